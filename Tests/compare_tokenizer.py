#!/usr/bin/env python3
"""Compares `dedup tokenize` with Hugging Face's `tokenizers`: every id of every document must be equal.

    pip install tokenizers
    python3 Tests/compare_tokenizer.py MODEL INPUT... [--dedup BINARY]

MODEL is a folder with a tokenizer.json. An INPUT is a shard (.jsonl, .json or .ndjson, plain, .zst or .gz), a folder of
shards, or a JSON file with an array of strings. Each text is tokenized twice:

split  special tokens in a text are read as special tokens, and the post-processor's special tokens are added
plain  special tokens in a text are read as text; Hugging Face's tokenizer runs with encode_special_tokens

Prints the numbers of documents, bytes and tokens compared and the time that both took. Exits with 1 at the first
difference.
"""
from __future__ import annotations

import argparse
import itertools
import json
import pathlib
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

import tokenizers

SUFFIXES = (".jsonl", ".json", ".ndjson")
BATCH = 1000


def shards(path: pathlib.Path, scratch: pathlib.Path) -> Iterator[pathlib.Path]:
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            name = file.name.removesuffix(".zst").removesuffix(".gz")
            if file.is_file() and name.endswith(SUFFIXES) and not name.startswith("."):
                yield file
        return
    if path.suffix == ".json":
        strings = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(strings, list):
            path = scratch / (path.stem + ".jsonl")
            with path.open("w", encoding="utf-8") as file:
                for string in strings:
                    print(json.dumps({"text": string}), file=file)
    yield path


def texts(shard: pathlib.Path) -> Iterator[str]:
    command = {".zst": ["zstd", "-dc"], ".gz": ["gzip", "-dc"]}.get(shard.suffix, ["cat"])
    with subprocess.Popen([*command, str(shard)], stdout=subprocess.PIPE) as process:
        for line in process.stdout:
            if line.strip():
                text = json.loads(line)["text"]
                # An escaped lone surrogate is read as U+FFFD.
                yield text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if process.returncode:
        sys.exit(f"{shard}: cannot be read")


def plain(path: pathlib.Path) -> tokenizers.Tokenizer:
    settings = json.loads(path.read_text(encoding="utf-8"))
    settings["post_processor"] = None
    tokenizer = tokenizers.Tokenizer.from_str(json.dumps(settings))
    tokenizer.encode_special_tokens = True
    return tokenizer


def processor_seconds(who: int) -> float:
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


class Comparison:
    def __init__(self, binary: str, model: pathlib.Path, mode: str) -> None:
        self.mode = mode
        path = model / "tokenizer.json"
        self.other = tokenizers.Tokenizer.from_file(str(path)) if mode == "split" else plain(path)
        self.other.no_truncation()
        self.other.no_padding()
        self.command = [binary, "tokenize", "--model", str(model), "--quiet", "--special-tokens", mode]
        if mode == "plain":
            self.command.append("--no-special")
        self.documents = self.bytes = self.tokens = 0
        self.own_seconds = self.other_seconds = 0.0

    def add(self, shard: pathlib.Path) -> None:
        before = processor_seconds(resource.RUSAGE_CHILDREN)
        with tempfile.TemporaryFile() as lines:
            subprocess.run([*self.command, str(shard)], stdout=lines, check=True)
            self.own_seconds += processor_seconds(resource.RUSAGE_CHILDREN) - before
            lines.seek(0)
            documents = texts(shard)
            while batch := list(itertools.islice(documents, BATCH)):
                start = processor_seconds(resource.RUSAGE_SELF)
                encodings = self.other.encode_batch(batch, add_special_tokens=self.mode == "split")
                self.other_seconds += processor_seconds(resource.RUSAGE_SELF) - start
                for text, encoding in zip(batch, encodings):
                    line = json.loads(lines.readline())
                    if line["ids"] != encoding.ids:
                        self.differ(shard, line, encoding.ids)
                    self.documents += 1
                    self.bytes += len(text.encode())
                    self.tokens += len(encoding.ids)
            if lines.readline():
                sys.exit(f"{shard}: more lines than documents")

    def differ(self, shard: pathlib.Path, line: dict, expected: list[int]) -> None:
        own = line["ids"]
        at = next((i for i, (a, b) in enumerate(zip(own, expected)) if a != b), min(len(own), len(expected)))
        sys.exit(
            f"{shard}, line {line['line']}, {self.mode}: the ids differ from token {at} on: "
            f"{own[at:at + 8]} instead of {expected[at:at + 8]}")

    def figures(self) -> str:
        return (
            f"{self.mode}: {self.documents:,} documents, {self.bytes:,} bytes, {self.tokens:,} tokens: all equal; "
            f"CPU {self.own_seconds:.1f} s (reading, tokenizing and writing), {self.other_seconds:.1f} s (tokenizing)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("inputs", type=pathlib.Path, nargs="+")
    parser.add_argument("--dedup", default=".build/release/dedup", help="the binary (default: %(default)s)")
    options = parser.parse_args()
    start = time.monotonic()
    print(f"tokenizers {tokenizers.__version__}, {options.model}", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        found = [shard for path in options.inputs for shard in shards(path, pathlib.Path(scratch))]
        for mode in ("split", "plain"):
            comparison = Comparison(options.dedup, options.model, mode)
            for shard in found:
                comparison.add(shard)
            print(comparison.figures(), flush=True)
    print(f"{time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
