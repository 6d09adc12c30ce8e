#!/usr/bin/env python3
"""Makes the training text of the encoder: the split's training documents and gathered text, without what is tested.

    python3 Training/corpus.py OUT --docs FOLDER... --tests FOLDER... [--dedup BINARY]

--docs are folders of shards: train/ of split.py, docs/ of gather.py. --tests are folders or shards of test texts: those
that `semantics.py --write` writes, and quality/ and retrieval.jsonl.zst of split.py. The rule:

1. Sources that are tests as a whole are left out: pages of tldr and the Universal Declaration. So are the sources of
   docs/ that were made of packages that gather.py reads too (their translations stand beside them there).
2. A shingle is five words in a row, in lower case. If a sentence shares a shingle with any test text, it is removed,
   unless the shingle is common (in at least 20 training documents). A new paragraph begins where it was.
3. A document that loses a fifth of its words or more in this way is left out. So is a document of fewer than five words
   that is a test text.

What is left goes through `dedup run`, which removes near-duplicates. OUT/train is its output, with a shard for each
source. OUT/corpus.json counts documents and bytes by source, before and after each step. The same inputs give the same
bytes.
"""
from __future__ import annotations

import argparse
import collections
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from evaluation import read, write

TESTED = re.compile(r"doc-tldr-.*|mul-udhr")
GATHERED = {
    "doc-debian-install-ru": "debian-install", "doc-doublecmd-ru": "doublecmd-help", "doc-gimp-ru": "gimp-help",
    "doc-gnome-ru": "gnome-user-docs", "man-de": "manual-pages", "man-en": "manual-pages", "man-ru": "manual-pages"}
SHINGLE = 5
COMMON = 20
LOST = 0.2
WORD = re.compile(r"\w+")
SENTENCE = re.compile(r"((?<=[.!?…])\s+|\n+)")


def shingles(text: str) -> tuple[set[str], int]:
    """Returns the shingles of a text, and the number of its words."""
    words = WORD.findall(text.lower().replace("ё", "е"))
    if len(words) < SHINGLE:
        return ({" ".join(words)} if words else set()), len(words)
    return {" ".join(words[at:at + SHINGLE]) for at in range(len(words) - SHINGLE + 1)}, len(words)


def shards_of(places: list[pathlib.Path]) -> list[pathlib.Path]:
    found = []
    for place in places:
        found += sorted(place.glob("*.jsonl*")) if place.is_dir() else [place]
    if not found:
        sys.exit(f"no shards in {', '.join(map(str, places))}")
    return found


class Corpus:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.tested: set[str] = set()
        for shard in shards_of(options.tests):
            for row in read(shard):
                self.tested |= shingles(row["text"])[0]
        self.rows: dict[str, list[dict]] = collections.defaultdict(list)
        self.counts: dict[str, collections.Counter] = collections.defaultdict(collections.Counter)
        # For each document, the shingles that are in tests.
        self.hits: dict[str, set[str]] = {}
        self.common: collections.Counter = collections.Counter()

    def count(self, row: dict, what: str) -> None:
        self.counts[row["source"]].update({f"{what}": 1, f"{what}_bytes": len(row["text"].encode())})

    def read(self) -> None:
        paths = shards_of(self.options.docs)
        sources = {path.name.split(".jsonl")[0] for path in paths}
        for path in paths:
            for row in read(path):
                source = row["source"]
                if TESTED.fullmatch(source) or GATHERED.get(source) in sources:
                    continue
                self.count(row, "read")
                self.rows[source].append(row)
                hits = shingles(row["text"])[0] & self.tested
                self.common.update(hits)
                if hits:
                    self.hits[row["id"]] = hits

    def clean(self, row: dict) -> dict | None:
        hits = {shingle for shingle in self.hits.get(row["id"], ()) if self.common[shingle] < COMMON}
        if not hits:
            return row
        # Sentences and what is between them, in turn.
        parts = SENTENCE.split(row["text"])
        lost = total = 0
        for at in range(0, len(parts), 2):
            mine, count = shingles(parts[at])
            total += count
            if mine & hits:
                lost += count
                parts[at] = "\n\n"
        if lost >= LOST * total:
            self.count(row, "tested")
            return None
        return row | dict(text=re.sub(r"\s*\n\n\s*", "\n\n", "".join(parts)).strip())

    def run(self) -> None:
        self.read()
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch) / "texts"
            for source, rows in sorted(self.rows.items()):
                write((row for row in map(self.clean, rows) if row), folder / f"{source}.jsonl")
            subprocess.run(
                [self.options.dedup, "run", str(folder), "--out", str(self.options.out / "train"), "--quiet"], check=True)
        for path in sorted((self.options.out / "train").glob("*.jsonl*")):
            for row in read(path):
                self.count(row, "kept")
        text = json.dumps({name: dict(count) for name, count in sorted(self.counts.items())}, indent=1)
        (self.options.out / "corpus.json").write_text(text + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--docs", type=pathlib.Path, nargs="+", required=True)
    parser.add_argument("--tests", type=pathlib.Path, nargs="+", required=True)
    parser.add_argument("--dedup", default=".build/release/dedup", help="the binary (default: %(default)s)")
    options = parser.parse_args()
    if options.out.exists():
        sys.exit(f"{options.out} is there already; give a new folder")
    options.out.mkdir(parents=True)
    try:
        Corpus(options).run()
    except BaseException:
        shutil.rmtree(options.out)
        raise


if __name__ == "__main__":
    main()
