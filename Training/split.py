#!/usr/bin/env python3
"""Splits the data into training and test, by a hash of groups: all texts of a group are on the same side.

    python3 Training/split.py DATA OUT [--dedup BINARY] [--seed TEXT] [--retrieval N] [--folds N]

DATA is a folder with docs/ and quality/ (shards of {"id", "text", "source", "lang"}; quality sets also have "label" and
"kind"), OUT a new folder. The script needs only Python, `zstd` and a built dedup. The result depends only on the data,
the seed and the numbers.

A group has the texts that belong together: texts that are equal except for case, punctuation and spaces;
near-duplicates, as found by dedup among all texts of docs/ and quality/ (in two runs: shingles of five words at a
similarity of 0.5, and shingles of five characters at 0.7 for the short texts of quality/); and a damaged text of
corruptions-ru with the document it was made from (bases.py).

OUT/train/            the documents of docs/ on which the heads and, by corpus.py, the encoder are trained,
                      with a shard for each source. It does not contain sources without a licence of their own
                      (news-telegram), documents of a group with a text of quality/ or of the retrieval test, documents
                      that `dedup run --against` finds to be near such texts, and near-duplicates within the rest. It
                      is an output of dedup.
OUT/retrieval.jsonl.zst   the retrieval test: documents of 1,200 to 4,000 characters, at most one from a group, chosen
                      by the hash of the group.
OUT/quality/          the quality sets. Each row also has "group", "fold" (from the hash of the group) and "test" (true
                      in fold 0).
OUT/split.json        counts: how many documents were left out of train/, and why.

In cross-validation every fold is a test set once, so no text of quality/ is in train/, whatever its fold.
"""
from __future__ import annotations

import argparse
import collections
import hashlib
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator

import bases

NO_LICENCE = {"news-telegram"}
DAMAGED = "corruptions-ru"
LENGTHS = range(1200, 4001)
SIMILAR = ["--pipeline", "recall", "--threshold", "0.5"]
SIMILAR_SHORT = ["--pipeline", "short-texts", "--threshold", "0.7"]
WORD = re.compile(r"\w+")


def read(shard: pathlib.Path) -> list[dict]:
    lines = subprocess.run(["zstd", "-dcq", str(shard)], check=True, capture_output=True).stdout.splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def write(rows: Iterable[dict], shard: pathlib.Path) -> None:
    shard.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    subprocess.run(["zstd", "-q", "-o", str(shard)], input=text.encode(), check=True)


class Groups:
    """Groups of ids (disjoint sets). The name of a group is its lowest id."""

    def __init__(self, ids: Iterable[str]) -> None:
        self.above = {id: id for id in ids}

    def name(self, id: str) -> str:
        root = id
        while self.above[root] != root:
            root = self.above[root]
        while self.above[id] != root:
            self.above[id], id = root, self.above[id]
        return root

    def join(self, a: str, b: str) -> None:
        a, b = sorted((self.name(a), self.name(b)))
        self.above[b] = a


class Dedup:
    def __init__(self, binary: str, scratch: pathlib.Path) -> None:
        self.binary = binary
        self.scratch = scratch
        self.runs = 0

    def run(self, inputs: Iterable[str], options: list[str], out: pathlib.Path | None = None) -> pathlib.Path:
        self.runs += 1
        out = out or self.scratch / f"run-{self.runs}"
        subprocess.run([self.binary, "run", *inputs, "--out", str(out), "--quiet", *options], check=True)
        return out

    @staticmethod
    def removed(out: pathlib.Path) -> Iterator[dict]:
        for shard in sorted((out / ".dedup" / "removed").rglob("*.jsonl.zst")):
            yield from read(shard)


class Split:
    def __init__(self, options: argparse.Namespace, scratch: pathlib.Path) -> None:
        self.options = options
        self.dedup = Dedup(options.dedup, scratch)
        self.scratch = scratch
        self.docs_folder, self.quality_folder = options.data / "docs", options.data / "quality"
        self.docs = [row for shard in sorted(self.docs_folder.glob("*.jsonl.zst")) for row in read(shard)]
        self.quality = {
            shard.name.removesuffix(".jsonl.zst"): read(shard)
            for shard in sorted(self.quality_folder.glob("*.jsonl.zst"))}
        if not self.docs or DAMAGED not in self.quality:
            sys.exit(f"{options.data}: no docs/*.jsonl.zst, or no quality/{DAMAGED}.jsonl.zst; give the folder of the data")
        self.rows = [row for rows in self.quality.values() for row in rows]
        ids = [row["id"] for row in self.docs + self.rows]
        if len(set(ids)) < len(ids):
            sys.exit(f"{options.data}: two texts have one id")
        self.groups = Groups(ids)
        self.counts: dict = {}

    def hash(self, name: str) -> int:
        return int.from_bytes(hashlib.sha256(f"{self.options.seed}\0{name}".encode()).digest()[:8], "big")

    def join(self) -> None:
        """Joins the texts that belong together to groups."""
        seen: dict[str, str] = {}
        for row in self.docs + self.rows:
            key = " ".join(WORD.findall(row["text"].lower().replace("ё", "е"))) or row["text"].strip()
            self.groups.join(row["id"], seen.setdefault(key, row["id"]))
        both = [f"quality={self.quality_folder}", f"docs={self.docs_folder}"]
        for inputs, how in ((both, SIMILAR), (both[:1], SIMILAR_SHORT)):
            for line in Dedup.removed(self.dedup.run(inputs, how)):
                self.groups.join(line["id"], line["twin"]["id"])
        damaged = [row for row in self.quality[DAMAGED] if row["label"] == "bad"]
        sources = {row["source"] for row in damaged}
        found = bases.find(damaged, [row for row in self.docs if row["source"] in sources])
        for id, (base, _) in sorted(found.items()):
            self.groups.join(id, base)
        missing = collections.Counter(
            row["kind"] for row in damaged if row["id"] not in found and row["kind"] not in bases.BASELESS)
        licensed = [
            row["id"] for row in damaged
            if row["id"] not in found and row["kind"] not in bases.BASELESS and row["source"] not in NO_LICENCE]
        self.counts["bases"] = dict(
            damaged=len(damaged), made_of_no_document=sum(row["kind"] in bases.BASELESS for row in damaged),
            found=len(found), not_found=dict(sorted(missing.items())),
            not_found_in_sources_that_are_trained_on=licensed)

    def choose(self) -> list[dict]:
        """Returns the documents of the retrieval test."""
        taken = {self.groups.name(row["id"]) for row in self.rows}
        by_group: dict[str, dict] = {}
        for row in self.docs:
            group = self.groups.name(row["id"])
            if group not in taken and len(row["text"]) in LENGTHS and row["source"] not in NO_LICENCE:
                by_group.setdefault(group, row)
        chosen = sorted(by_group, key=lambda group: (self.hash("retrieval " + group), group))[:self.options.retrieval]
        if len(chosen) < self.options.retrieval:
            sys.exit(f"only {len(chosen)} groups have a document of {LENGTHS.start} to {LENGTHS.stop - 1} characters")
        return [by_group[group] for group in sorted(chosen)]

    def near(self, held: list[dict], candidates: list[dict]) -> set[str]:
        """Returns the ids of the candidates that are near a held-out text."""
        write(held, self.scratch / "held" / "held.jsonl.zst")
        # With this threshold nearly all held-out texts stay in the output, so candidates are compared with nearly all
        # of them.
        options = ["--pipeline", "recall", "--threshold", "0.999"]
        against = self.dedup.run([str(self.scratch / "held")], options)
        write(candidates, self.scratch / "candidates" / "candidates.jsonl.zst")
        out = self.dedup.run([str(self.scratch / "candidates")], [*SIMILAR, "--against", str(against)])
        return {line["id"] for line in Dedup.removed(out) if "against" in line["twin"]}

    def run(self) -> None:
        out = self.options.out
        self.join()
        retrieval = self.choose()
        of_quality = {self.groups.name(row["id"]) for row in self.rows}
        of_retrieval = {self.groups.name(row["id"]) for row in retrieval}
        reasons: dict[str, str] = {}
        for row in self.docs:
            group = self.groups.name(row["id"])
            if row["source"] in NO_LICENCE:
                reasons[row["id"]] = "no licence of its own"
            elif group in of_quality:
                reasons[row["id"]] = "group of a quality text"
            elif group in of_retrieval:
                reasons[row["id"]] = "group of a retrieval text"
        # Candidates are compared with whole groups: a document that is near any member of a group is left out.
        held = self.rows + [row for row in self.docs if reasons.get(row["id"], "").startswith("group")]
        for id in self.near(held, [row for row in self.docs if row["id"] not in reasons]):
            reasons[id] = "near a held-out text (dedup run --against)"
        by_source = collections.defaultdict(list)
        for row in self.docs:
            if row["id"] not in reasons:
                by_source[row["source"]].append(row)
        for source, rows in by_source.items():
            write(rows, self.scratch / "train" / f"{source}-000.jsonl.zst")
        self.dedup.run([str(self.scratch / "train")], [], out / "train")
        for line in Dedup.removed(out / "train"):
            reasons[line["id"]] = "near-duplicate in what is left"
        write(retrieval, out / "retrieval.jsonl.zst")
        for name, rows in self.quality.items():
            self.write_quality(name, rows)
        self.write_counts(reasons, retrieval)

    def fold(self, row: dict) -> int:
        return self.hash("fold " + self.groups.name(row["id"])) % self.options.folds

    def write_quality(self, name: str, rows: list[dict]) -> None:
        def flagged() -> Iterator[dict]:
            for row in rows:
                fold = self.fold(row)
                yield row | dict(group=self.groups.name(row["id"]), fold=fold, test=fold == 0)

        write(flagged(), self.options.out / "quality" / f"{name}.jsonl.zst")

    def write_counts(self, reasons: dict[str, str], retrieval: list[dict]) -> None:
        left = [row for row in self.docs if row["id"] not in reasons]

        def by_source(rows: Iterable[dict]) -> dict[str, int]:
            return dict(sorted(collections.Counter(row["source"] for row in rows).items()))

        why = collections.defaultdict(list)
        for row in self.docs:
            if row["id"] in reasons:
                why[reasons[row["id"]]].append(row)
        self.counts |= dict(
            seed=self.options.seed, documents=len(self.docs),
            kept_out={reason: dict(documents=len(rows), by_source=by_source(rows)) for reason, rows in sorted(why.items())},
            train=dict(
                documents=len(left), bytes=sum(len(row["text"].encode()) for row in left), by_source=by_source(left)),
            retrieval=dict(documents=len(retrieval), by_source=by_source(retrieval)),
            quality={name: self.quality_counts(rows) for name, rows in self.quality.items()})
        text = json.dumps(self.counts, ensure_ascii=False, indent=1) + "\n"
        (self.options.out / "split.json").write_text(text, encoding="utf-8")

    def quality_counts(self, rows: list[dict]) -> dict:
        folds = collections.Counter((self.fold(row), row["label"]) for row in rows)
        return dict(
            rows=len(rows), groups=len({self.groups.name(row["id"]) for row in rows}),
            folds=[{label: folds[fold, label] for label in ("good", "bad")} for fold in range(self.options.folds)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--dedup", default=".build/release/dedup", help="the binary (default: %(default)s)")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--retrieval", type=int, default=2000, help="documents of the retrieval test")
    parser.add_argument("--folds", type=int, default=5)
    options = parser.parse_args()
    if options.out.exists():
        sys.exit(f"{options.out} is there already; give a new folder")
    if options.folds < 2 or options.retrieval < 1:
        sys.exit("at least two folds, and one document for the retrieval test")
    options.out.mkdir(parents=True)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            Split(options, pathlib.Path(scratch)).run()
    except BaseException:
        shutil.rmtree(options.out)
        raise
    print((options.out / "split.json").read_text(encoding="utf-8"), end="")


if __name__ == "__main__":
    main()
