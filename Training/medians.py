#!/usr/bin/env python3
"""Summarizes the quality scores of a corpus by source, length and language.

    pip install -r Training/requirements.txt
    python3 Training/medians.py DIR --out OUT

DIR is a corpus that was scored with `dedup score DIR`, whose documents have "source" and "lang". The summary has the
median and the lowest decile of the quality, and the share of documents whose language or length does not occur in the
head's training (out_of_domain): for each source, for each decile of length (in characters), and for each language of
mul-udhr. Documents without a quality do not count.

OUT gets medians.json and medians.md. medians.md lists only the languages with a median below 0.5. It also names every
source, decile or language with such a median of which at most half of the documents are out of domain.
"""
from __future__ import annotations

import argparse
import collections
import pathlib
import sys

import numpy

from evaluation import read, save, table

LANGUAGES_OF = "mul-udhr"
LEAST = 0.5


def documents(folder: pathlib.Path) -> list[dict]:
    """Returns the source, language, length and scores of each document, without its text."""
    found = []
    for shard in sorted(folder.glob("*.jsonl*")):
        attributes = folder / ".dedup" / "scores" / f"{shard.name}.jsonl.zst"
        if not attributes.exists():
            sys.exit(f"{shard} has no scores ({attributes}); run dedup score {folder}")
        rows, scores = read(shard), read(attributes)
        if [row["id"] for row in rows] != [score["id"] for score in scores]:
            sys.exit(f"{attributes} is of other documents than {shard}; run dedup score {folder}")
        for row, score in zip(rows, scores):
            if score["quality"] is None:
                continue
            found.append(dict(
                source=row["source"], language=row["lang"], characters=len(row["text"]), quality=score["quality"],
                outside=score["out_of_domain"]))
    if not found:
        sys.exit(f"{folder} holds no shards")
    return found


def summary(rows: list[dict]) -> dict:
    quality = numpy.array([row["quality"] for row in rows])
    lowest, median = numpy.percentile(quality, [10, 50])
    return dict(
        documents=len(rows), median=float(median), lower_decile=float(lowest),
        out_of_domain=float(numpy.mean([row["outside"] for row in rows])))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", metavar="DIR", type=pathlib.Path)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    options = parser.parse_args()
    rows = documents(options.corpus)
    bounds = numpy.percentile([row["characters"] for row in rows], numpy.arange(10, 100, 10))
    groups: dict[str, dict] = {name: collections.defaultdict(list) for name in ("source", "length", "language")}
    for row in rows:
        groups["source"][row["source"]].append(row)
        decile = int(numpy.searchsorted(bounds, row["characters"], side="left"))
        groups["length"][decile].append(row)
        if row["source"] == LANGUAGES_OF:
            groups["language"][row["language"]].append(row)

    def of_length(decile: int) -> str:
        lengths = [row["characters"] for row in groups["length"][decile]]
        return f"{decile + 1}: {min(lengths):,} to {max(lengths):,} characters"

    result = {kind: {(of_length(key) if kind == "length" else key): summary(members)
                     for key, members in sorted(found.items())} for kind, found in groups.items()}
    result["all"] = summary(rows)
    titles = {"source": "source", "length": "decile of length", "language": f"language of {LANGUAGES_OF}"}
    text = (f"Quality of {len(rows):,} documents: median {result['all']['median']:.3f}, "
            f"{result['all']['out_of_domain']:.1%} out of domain.\n")
    for kind, title in titles.items():
        listed = result[kind]
        if kind == "language":
            listed = {name: found for name, found in listed.items() if found["median"] < LEAST}
            text += f"\nOf {len(result[kind])} languages, {len(listed)} have a median below {LEAST}:\n"
        text += "\n" + table(
            [title, "documents", "median", "lower decile", "out of domain"],
            ([name, f"{found['documents']:,}", f"{found['median']:.3f}", f"{found['lower_decile']:.3f}",
              f"{found['out_of_domain']:.0%}"] for name, found in listed.items()))
    low = [
        f"{name} ({found['median']:.3f})" for kind in titles for name, found in result[kind].items()
        if found["median"] < LEAST and found["out_of_domain"] <= 0.5]
    text += f"\nBelow {LEAST} at the median, and not called out of domain: {', '.join(low) or 'none'}.\n"
    save(options.out, "medians", result, text)


if __name__ == "__main__":
    main()
