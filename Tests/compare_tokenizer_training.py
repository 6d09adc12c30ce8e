#!/usr/bin/env python3
"""Compares `dedup tokenizer train` with Hugging Face's `tokenizers`: the files must be the same, byte for byte.

    pip install tokenizers
    python3 Tests/compare_tokenizer_training.py INPUT... [--vocab N] [--min-frequency N] [--dedup BINARY]
    python3 Tests/compare_tokenizer_training.py --random 300 [--seed N]

An INPUT is a shard (.jsonl, .json or .ndjson, plain, .zst or .gz) or a folder of shards; all inputs together are one
corpus. With --random N, N small corpora are generated instead. They have few letters, so ties and overlapping pairs are
frequent; the size of the vocabulary and the minimum frequency vary.

Both train with the same settings: the alphabet is all bytes; the special tokens are <s>, <pad>, </s>, <unk> and <mask>,
which strips whitespace on its left. The files tokenizer.json, vocab.json and merges.txt are compared. Then the folder
that dedup wrote is read by `tokenizers` and, if installed, by `transformers` (AutoTokenizer). Both must give the same
ids as the tokenizer that was trained by `tokenizers`.

Prints what was compared and the time that both took. Exits with 1 at the first difference.
"""
from __future__ import annotations

import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator

import tokenizers
from tokenizers import AddedToken, decoders, models, pre_tokenizers, processors, trainers

from compare_tokenizer import shards, texts

FILES = ("tokenizer.json", "vocab.json", "merges.txt")


def train(documents: Iterable[str], vocabulary: int, frequency: int, out: pathlib.Path) -> tokenizers.Tokenizer:
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, min_frequency=frequency, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", AddedToken("<mask>", lstrip=True)])
    tokenizer.train_from_iterator(documents, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    out.mkdir(exist_ok=True)
    tokenizer.save(str(out / "tokenizer.json"))
    tokenizer.model.save(str(out))
    return tokenizer


def check_files(own: pathlib.Path, other: pathlib.Path, what: str) -> int:
    """Exits if the files differ. Returns the number of merges."""
    merges = [(folder / "merges.txt").read_text(encoding="utf-8").splitlines()[1:] for folder in (own, other)]
    for at, (a, b) in enumerate(zip(*merges)):
        if a != b:
            sys.exit(f"{what}: merge {at} is {a!r} instead of {b!r}")
    if len(merges[0]) != len(merges[1]):
        sys.exit(f"{what}: {len(merges[0])} merges instead of {len(merges[1])}")
    for name in FILES:
        if (own / name).read_bytes() != (other / name).read_bytes():
            sys.exit(f"{what}: {name} differs")
    return len(merges[0])


def check_ids(own: pathlib.Path, other: tokenizers.Tokenizer, documents: list[str]) -> str:
    expected = [encoding.ids for encoding in other.encode_batch(documents)]
    read = tokenizers.Tokenizer.from_file(str(own / "tokenizer.json"))
    if [encoding.ids for encoding in read.encode_batch(documents)] != expected:
        sys.exit("tokenizers: the ids differ")
    by = "tokenizers"
    try:
        import transformers
    except ImportError:
        return by + " (transformers is not installed)"
    automatic = transformers.AutoTokenizer.from_pretrained(str(own))
    if automatic.model_max_length != 512 or automatic.mask_token_id != 4 or automatic.pad_token_id != 1:
        sys.exit("transformers: the settings differ")
    if [automatic(text)["input_ids"] for text in documents] != expected:
        sys.exit("transformers: the ids differ")
    return by + f" and transformers {transformers.__version__} ({type(automatic).__name__})"


def run_own(options: argparse.Namespace, inputs: list[str], vocabulary: int, frequency: int, out: pathlib.Path) -> None:
    subprocess.run(
        [options.dedup, "tokenizer", "train", *inputs, "--vocab", str(vocabulary), "--min-frequency", str(frequency),
         "--out", str(out), "--quiet"], check=True)


def compare_corpus(options: argparse.Namespace, scratch: pathlib.Path) -> None:
    found = [shard for path in options.inputs for shard in shards(path, scratch)]
    own, other = scratch / "own", scratch / "other"
    start = time.monotonic()
    run_own(options, [str(path) for path in options.inputs], options.vocab, options.min_frequency, own)
    own_seconds = time.monotonic() - start
    count = size = 0
    sample: list[str] = []

    def documents() -> Iterator[str]:
        nonlocal count, size
        for shard in found:
            for text in texts(shard):
                if count % 97 == 0:
                    sample.append(text)
                count += 1
                size += len(text.encode())
                yield text

    start = time.monotonic()
    tokenizer = train(documents(), options.vocab, options.min_frequency, other)
    seconds = time.monotonic() - start
    merges = check_files(own, other, "the corpus")
    print(f"{count:,} documents, {size:,} bytes, {merges:,} merges: {', '.join(FILES)} are the same, byte for byte; "
          f"dedup {own_seconds:.1f} s, tokenizers {seconds:.1f} s (with reading)")
    print(f"{len(sample):,} documents: the same ids by {check_ids(own, tokenizer, sample)}")


def made_up(generator: random.Random) -> list[str]:
    letters = "".join(generator.sample("abcdeАбв好é'.1", generator.randint(1, 6)))
    words = ["".join(generator.choices(letters, k=generator.randint(1, 14))) for _ in range(generator.randint(1, 60))]
    joints = generator.choice([" ", "  ", "\n", ""])
    return [joints.join(generator.choices(words, k=generator.randint(0, 60))) for _ in range(generator.randint(1, 30))]


def compare_made_up(options: argparse.Namespace, scratch: pathlib.Path) -> None:
    merges = 0
    for number in range(options.random):
        generator = random.Random(options.seed + number)
        documents = made_up(generator)
        vocabulary = 261 + generator.choice([0, 1, 5, 30, 200, 1000])
        frequency = generator.choice([1, 2, 5])
        shard, own, other = scratch / "made-up.jsonl", scratch / f"own-{number}", scratch / f"other-{number}"
        shard.write_text("".join(json.dumps({"text": text}) + "\n" for text in documents), encoding="utf-8")
        run_own(options, [str(shard)], vocabulary, frequency, own)
        train(documents, vocabulary, frequency, other)
        merges += check_files(own, other, f"made-up corpus with seed {options.seed + number}")
    print(f"{options.random:,} made-up corpora, {merges:,} merges: {', '.join(FILES)} are the same, byte for byte")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", type=pathlib.Path, nargs="*")
    parser.add_argument("--vocab", type=int, default=8000)
    parser.add_argument("--min-frequency", type=int, default=2)
    parser.add_argument("--random", type=int, default=0, metavar="N", help="compare over so many made-up corpora")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dedup", default=".build/release/dedup", help="the binary (default: %(default)s)")
    options = parser.parse_args()
    if not options.inputs and not options.random:
        parser.error("nothing to compare: give inputs, or --random")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    print(f"tokenizers {tokenizers.__version__}", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        if options.inputs:
            compare_corpus(options, pathlib.Path(scratch))
        if options.random:
            compare_made_up(options, pathlib.Path(scratch))


if __name__ == "__main__":
    main()
