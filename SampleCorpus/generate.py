#!/usr/bin/env python3
"""Writes the sample corpus: its shards, truth.tsv and counts.tsv.

    python3 SampleCorpus/generate.py [FOLDER]

FOLDER is where the corpus goes, by default the folder of this file. Needs Python 3.11 and the `zstd` command,
nothing else. The seed is fixed: every run writes the same uncompressed bytes (the compressed ones also depend on
the versions of zstd and zlib). All text comes from the word lists and sentence patterns in generator/.
"""

import pathlib
import random
import sys

sys.dont_write_bytecode = True

from generator.documents import Corpus
from generator.shards import Shard, distribute, encode, with_blank_lines, write
from generator.similarity import all_pairs, overlap, shingles

SEED = 20240229
LEAST = 3  # truth.tsv has every pair from this similarity on, in tenths


def shards():
    return [
        Shard("books/01-novels.jsonl.zst", 5, frames=3),
        Shard("books/02-villages.jsonl.gz", 3, final_newline=False),
        Shard("comments/part-00.jsonl.zst", 5, blank_lines=7),
        Shard("comments/part-01.jsonl.zst", 4, escaped=True),
        Shard("comments/part-02.jsonl", 1, blank_lines=3),
        Shard("comments/part-03.jsonl.zst", 4, newline=b"\r\n", blank_lines=4),
        Shard("news/2021.jsonl.zst", 4, bom=True),
        Shard("news/2022.jsonl.zst", 3, escaped=True, blank_lines=2),
        Shard("news/2023.jsonl.zst", 4),
    ]


def plant(corpus, files):
    folders = {f: [s.path for s in files if s.path.startswith(f)] for f in ("books", "news", "comments")}
    corpus.plant_originals("books", {"ru": 38, "en": 6, "uk": 1, "de": 1})
    others = {"uk": 14, "de": 12, "zh": 10, "ja": 8, "ar": 8, "ka": 6, "th": 6, "ko": 6}
    corpus.plant_originals("news", {"ru": 290, "en": 50, **others})
    corpus.plant_originals("comments", {"ru": 540, "en": 90, **others})
    corpus.plant_escaped({"news": "news/2021.jsonl.zst", "comments": "comments/part-00.jsonl.zst"},
                         {"news": "news/2022.jsonl.zst", "comments": "comments/part-01.jsonl.zst"})
    corpus.plant_across(folders)
    corpus.plant_exact()
    for folder, above, below in (("books", 30, 20), ("news", 130, 80), ("comments", 110, 80)):
        corpus.plant_edited(folder, above, 0.701, 0.98)
        corpus.plant_edited(folder, below, 0.45, 0.699)
    corpus.plant_neighbours()
    corpus.plant_chains()
    corpus.plant_boundary()
    corpus.plant_short()
    corpus.plant_odd_lines()


def main():
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent
    rng = random.Random(SEED)
    files = shards()
    corpus = Corpus(rng)
    plant(corpus, files)

    placed = distribute(rng, corpus.units, files)
    order, place = [], {}
    for shard in sorted(files, key=lambda s: s.path.encode()):
        for document in placed[shard.path]:
            order.append(document)
            shard.lines.append((document, encode(rng, document, len(order), shard.escaped)))
        with_blank_lines(rng, shard)
        place |= {d: (shard.path, n) for n, (d, _) in enumerate(shard.lines, 1) if d}
        write(shard, root)

    sets = [shingles(d.text) for d in order]
    rank = {d: i for i, d in enumerate(order)}
    kinds = {}
    for kind, a, b in corpus.planted:
        first, second = sorted((rank[a], rank[b]))
        kinds.setdefault((first, second), kind)
        both, union = overlap(sets[first], sets[second])
        check(kind, both, union)

    rows = [(i, (special, *place[d], "", "", "", "", "")) for i, d in enumerate(order) for special in d.special]
    rows += [(rank[d], (note, *place[d], "", "", "", "", "")) for note, d in landmarks(files)]
    twin, equal, kept, removed = set(), set(), [True] * len(order), 0
    pairs = list(all_pairs(sets, LEAST))
    for earlier, later, both, union in pairs:
        assert order[earlier].family == order[later].family, (order[earlier].text, order[later].text)
        kind = kinds.pop((earlier, later), "related")
        rows.append((later, (kind, *place[order[later]], *place[order[earlier]], both, union, f"{both / union:.6f}")))
        if 10 * both > 7 * union:
            twin.add(later)
            kept[later] = kept[later] and not kept[earlier]
        if both == union:
            equal.add(later)
    assert all("chain-ends" == k for k in kinds.values()), kinds
    rows.sort(key=lambda r: r[0])
    header = ("kind", "shard", "line", "twin_shard", "twin_line", "intersection", "union", "jaccard")
    write_table(root / "truth.tsv", [header] + [r for _, r in rows])

    counts = [("count", "value"), ("documents", len(order)), ("blank_lines", sum(d is None for s in files for d, _ in s.lines)),
              ("pairs_in_truth", len(pairs)), ("pairs_above_0.7", sum(10 * b > 7 * u for _, _, b, u in pairs)),
              ("pairs_from_0.45_to_0.7", sum(0.45 * u <= b and 10 * b <= 7 * u for _, _, b, u in pairs)),
              ("documents_with_earlier_twin_above_0.7", len(twin)), ("documents_with_earlier_twin_of_1", len(equal)),
              ("removed_if_every_pair_is_found", kept.count(False))]
    counts += [(f"documents:{s.path}", sum(d is not None for d, _ in s.lines)) for s in files]
    counts += [(f"lines:{s.path}", len(s.lines)) for s in files]
    for lang in sorted({d.lang for d in order}):
        counts.append((f"language:{lang}", sum(d.lang == lang for d in order)))
    write_table(root / "counts.tsv", counts)


def check(kind, both, union):
    """A planted relation is what its kind says."""
    if kind.startswith("exact") or kind.endswith("-equal") and kind != "boundary-equal":
        assert both == union > 0, (kind, both, union)
    elif kind == "boundary-equal":
        assert 10 * both == 7 * union
    elif kind in ("edited-above", "boundary-above", "chain-step"):
        assert 10 * both > 7 * union and both < union, (kind, both, union)
    elif kind in ("edited-below", "chain-ends"):
        assert 10 * both < 7 * union, (kind, both, union)


def landmarks(files):
    """The lines around which a shard is written unusually."""
    for shard in files:
        documents = [d for d, _ in shard.lines if d]
        if shard.bom:
            yield "after-byte-order-mark", documents[0]
        if not shard.final_newline:
            yield "no-final-newline", documents[-1]
        for (before, _), (document, _) in zip(shard.lines, shard.lines[1:]):
            if before is None and document is not None:
                yield "after-blank-line", document


def write_table(path, rows):
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main()
