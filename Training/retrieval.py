#!/usr/bin/env python3
"""Measures how well vectors find the other half of a document, that is, how much they know about its topic.

    pip install -r Training/requirements.txt
    python3 Training/retrieval.py MODEL... --split SPLIT --out OUT [--dedup BINARY]

The documents of SPLIT/retrieval.jsonl.zst, which no training has seen, are cut in two at a word boundary. The first
halves are the queries, the second halves the answers, and answers are ranked by cosine. Recall at 1 and at 10 is the
share of queries whose right answer is ranked first, or among the first ten; a wrong answer with the same cosine is
ranked before the right one. Intervals are of 95 %, by bootstrap over the documents. Differences between rows use the
same bootstrap draws.

Each MODEL has a row for its plain vectors and one for whitened vectors. The whitening is the model's own or, if it has
none, one that is fitted to documents of SPLIT/train. The last MODEL is the published one. It also has rows for bf16 and
int8, if the processor supports them, and is compared with untrained weights of the same shape, also whitened, and with
TF-IDF of words (sublinear, lower case), which is fitted to all halves.

OUT gets retrieval.json and retrieval.md.
"""
from __future__ import annotations

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy
from sklearn.feature_extraction.text import TfidfVectorizer

from evaluation import Encoder, interval, read, resamples, save, shown, table, untrained

AT = (1, 10)


def halves(text: str) -> tuple[str, str]:
    """Cuts a text at the white space nearest to its middle, or at the middle if it has no white space."""
    middle = len(text) // 2
    cut = min((match.start() for match in re.finditer(r"\s", text.strip())), key=lambda at: abs(at - middle), default=middle)
    return text.strip()[:cut].strip(), text.strip()[cut:].strip()


def ranks(similarity: numpy.ndarray) -> numpy.ndarray:
    """Returns the rank of each query's right answer, counted from 1; the right answer has the number of the query."""
    right = numpy.diagonal(similarity)
    return (similarity >= right[:, None]).sum(1)


def cosine_ranks(vectors: numpy.ndarray) -> numpy.ndarray:
    vectors = vectors.astype(numpy.float64)
    vectors /= numpy.maximum(numpy.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    count = len(vectors) // 2
    return ranks(vectors[:count] @ vectors[count:].T)


def tfidf_ranks(texts: list[str]) -> numpy.ndarray:
    matrix = TfidfVectorizer(sublinear_tf=True).fit_transform(texts)
    count = len(texts) // 2
    return ranks((matrix[:count] @ matrix[count:].T).toarray())


def measure(options: argparse.Namespace, texts: list[str], scratch: pathlib.Path) -> dict[str, numpy.ndarray]:
    """Returns the ranks of the right answers for each row of the table."""
    train = options.split / "train"
    found = {}

    def both(name: str, model: pathlib.Path) -> Encoder:
        raw = Encoder(options.dedup, model)
        found[name] = cosine_ranks(raw.vectors(texts, whitening=False))
        white = raw.whitened(train, options.whitening_documents, scratch / f"{len(found)}")
        found[f"{name}, whitened"] = cosine_ranks(white.vectors(texts))
        return white

    for model in options.models:
        white = both(model.name, model)
    for precision in ("bf16", "int8"):
        try:
            vectors = Encoder(options.dedup, white.model, precision).vectors(texts)
        except subprocess.CalledProcessError:
            continue
        found[f"{options.models[-1].name}, whitened, {precision}"] = cosine_ranks(vectors)
    untrained(options.models[-1], scratch / "untrained")
    both("untrained", scratch / "untrained")
    found["TF-IDF of words"] = tfidf_ranks(texts)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", metavar="MODEL", nargs="+", type=pathlib.Path)
    parser.add_argument("--split", required=True, type=pathlib.Path, help="what split.py wrote")
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--dedup", default=".build/release/dedup", help="the binary (default: %(default)s)")
    parser.add_argument(
        "--whitening-documents", type=int, default=5000,
        help="documents of SPLIT/train that a whitening is fitted to (default: %(default)s)")
    options = parser.parse_args()
    options.models = [model.resolve() for model in options.models]
    if len({model.name for model in options.models}) < len(options.models):
        sys.exit("two models have one name; rename a folder")
    rows = read(options.split / "retrieval.jsonl.zst")
    cut = [halves(row["text"]) for row in rows]
    texts = [first for first, _ in cut] + [second for _, second in cut]
    with tempfile.TemporaryDirectory() as scratch:
        found = measure(options, texts, pathlib.Path(scratch))

    draws = resamples([row["id"] for row in rows])
    shipped = f"{options.models[-1].name}, whitened"
    result = {"documents": len(rows), "shipped": shipped, "rows": {}}
    recalls = {(name, at): draws @ (places <= at) / len(rows) for name, places in found.items() for at in AT}
    for name, places in found.items():
        entry = {}
        for at in AT:
            hits = places <= at
            entry[f"recall_at_{at}"] = float(hits.mean())
            entry[f"recall_at_{at}_interval"] = interval(recalls[name, at])
            if name != shipped:
                entry[f"shipped_minus_this_at_{at}"] = float((found[shipped] <= at).mean() - hits.mean())
                entry[f"shipped_minus_this_at_{at}_interval"] = interval(recalls[shipped, at] - recalls[name, at])
        result["rows"][name] = entry

    def cells(name: str, entry: dict) -> list[str]:
        line = [f"**{name}**" if name == shipped else name]
        line += [shown(entry[f"recall_at_{at}"], entry[f"recall_at_{at}_interval"]) for at in AT]
        for at in AT:
            key = f"shipped_minus_this_at_{at}"
            line.append(shown(entry[key], entry[key + "_interval"]) if key in entry else "")
        return line

    head = ["vectors", *(f"recall at {at}" for at in AT), *(f"{shipped} minus this, at {at}" for at in AT)]
    text = f"The other half of {len(rows):,} documents, among as many, by cosine (intervals of 95 %):\n\n"
    text += table(head, (cells(name, entry) for name, entry in result["rows"].items()))
    better = [
        f"{name} at {at}" for name, entry in result["rows"].items() for at in AT
        if entry.get(f"shipped_minus_this_at_{at}_interval", [0])[-1] < 0]
    if better:
        text += f"\nClearly better than what ships: {', '.join(better)}.\n"
    save(options.out, "retrieval", result, text)


if __name__ == "__main__":
    main()
