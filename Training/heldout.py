#!/usr/bin/env python3
"""What a held-out loss is worth: the tokens of a training's text, and what knows nothing but how frequent each is.

    pip install -r Training/requirements.txt
    python3 Training/heldout.py TRAIN --tokenizer DIR --config FILE --out OUT [--dedup BINARY]

TRAIN is the text of a training, FILE its settings. Tokens are counted as `dedup tokenize` gives them; the documents and
windows that are held out are those of `dedup train` (a document is held out by the XXH3 of its text; of the windows as
many are looked at as the settings say, evenly spaced). OUT gets heldout.json:

sources             documents, bytes and tokens of each source
training, held_out  documents, windows and tokens, those put around a text not counted; of the held-out windows those
                    that are looked at
unigram_entropy     of the tokens of those windows, in nats: what a loss cannot fall below that knows their frequencies
                    and nothing of what stands beside
unigram_loss        the same with the frequencies of the training text
most_frequent       the accuracy of always telling the training text's most frequent token
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
    """The documents, each with its tokens, in the order of the training."""
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
    # One token is put before a text and one after it.
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
    # Add-one: a held-out token may be one that the training text never has.
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
