#!/usr/bin/env python3
"""Computes what a held-out loss has to be compared with: the loss of a model that knows only how frequent each token is.

    pip install -r Training/requirements.txt
    python3 Training/heldout.py TRAIN --tokenizer DIR --config FILE --out OUT [--dedup BINARY]

TRAIN is the folder of the training text, FILE the settings of the training. Tokens are those of `dedup tokenize`. The
held-out documents and windows are those of `dedup train`: a document is held out by the XXH3 hash of its text, and the
number of windows that are evaluated, evenly spaced, is in the settings. The script writes OUT/heldout.json:

sources             the number of documents, bytes and tokens of each source
training, held_out  the number of documents, windows and tokens, without the tokens that are put around a text; for
                    held-out windows also the number of those that are evaluated
unigram_entropy     the entropy of the tokens of the evaluated windows, in nats: the lowest loss of a model that knows
                    their frequencies but not their context
unigram_loss        the loss, in nats, of a model that knows the token frequencies of the training text
most_frequent       the accuracy of always predicting the most frequent token of the training text
"""
from __future__ import annotations

import argparse
import collections
import json
import pathlib
import subprocess
import sys
from collections.abc import Iterator

import numpy
import xxhash
import yaml

from evaluation import read


def documents(options: argparse.Namespace) -> Iterator[tuple[dict, numpy.ndarray]]:
    """Yields the documents with their tokens, in the order of the training."""
    for shard in sorted(options.train.glob("*.jsonl.zst")):
        lines = subprocess.run(
            [options.dedup, "tokenize", str(shard), "--model", str(options.tokenizer), "--output", "ids",
             "--no-special", "--quiet"],
            check=True, capture_output=True).stdout.splitlines()
        rows = read(shard)
        if len(lines) != len(rows):
            sys.exit(f"{shard}: {len(rows)} documents, of which {len(lines)} were tokenized")
        for row, line in zip(rows, lines):
            yield row, numpy.array(json.loads(line)["ids"], numpy.int32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", type=pathlib.Path)
    parser.add_argument("--tokenizer", required=True, type=pathlib.Path)
    parser.add_argument("--config", required=True, type=pathlib.Path)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--dedup", default=".build/release/dedup", help="the binary (default: %(default)s)")
    options = parser.parse_args()
    settings = yaml.safe_load(options.config.read_text())["training"]
    # The tokenizer puts one token before a text and one after it.
    room = settings["max-tokens"] - 2
    vocabulary = len(json.loads((options.tokenizer / "vocab.json").read_text()))
    frequencies = numpy.zeros(vocabulary, numpy.int64)
    held: list[numpy.ndarray] = []
    counts = {name: collections.Counter() for name in ("training", "held_out")}
    sources: dict[str, collections.Counter] = collections.defaultdict(collections.Counter)
    for row, ids in documents(options):
        text = row["text"].encode()
        is_held = (xxhash.xxh3_64_intdigest(text) >> 11) * 2.0 ** -53 < settings["held-out"]
        windows = [ids[first:first + room] for first in range(0, len(ids), room)]
        counts["held_out" if is_held else "training"].update(documents=1, windows=len(windows), tokens=len(ids))
        sources[row["source"]].update(documents=1, bytes=len(text), tokens=len(ids))
        if is_held:
            held += windows
        else:
            frequencies += numpy.bincount(ids, minlength=vocabulary)
    looked = min(settings["held-out-sequences"], len(held))
    tokens = numpy.concatenate([held[number * len(held) // looked] for number in range(looked)])
    seen = numpy.bincount(tokens, minlength=vocabulary)
    share = seen[seen > 0] / len(tokens)
    # Add-one smoothing: a held-out token may not occur in the training text.
    learned = numpy.log((frequencies + 1) / (frequencies.sum() + vocabulary))
    frequent = int(frequencies.argmax())
    names = {id: token for token, id in json.loads((options.tokenizer / "vocab.json").read_text()).items()}
    result = {
        "sources": {name: dict(counter) for name, counter in sorted(sources.items())},
        "training": dict(counts["training"]),
        "held_out": dict(counts["held_out"]) | dict(windows_looked_at=looked, tokens_looked_at=len(tokens)),
        "unigram_entropy": float(-(share * numpy.log(share)).sum()),
        "unigram_loss": float(-(seen * learned).sum() / len(tokens)),
        "most_frequent": dict(id=frequent, token=names[frequent], accuracy=float(seen[frequent] / len(tokens))),
    }
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "heldout.json").write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(
        f"{looked} windows, {len(tokens):,} tokens: unigram entropy {result['unigram_entropy']:.3f} nats, by the training "
        f"text's frequencies {result['unigram_loss']:.3f}; always {names[frequent]!r}: "
        f"{result['most_frequent']['accuracy']:.1%} right")


if __name__ == "__main__":
    main()
