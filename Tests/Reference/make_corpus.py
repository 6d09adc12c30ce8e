#!/usr/bin/env python3
"""Writes a corpus of made-up documents in which near-duplicates are planted. The same seed gives the same corpus.

kinds:
  mixed     articles, tales and posts in ten languages, mostly Russian
  comments  100 to 300 bytes each, as in a social network
  books     some 50 kB each
  slot      pages with the same 240 words and 60 words of their own, in one place: all pairs share bands and have a
            similarity of 0.64, so that none is a duplicate
  scatter   pages with the same words except for two runs of 25 words, in other places in every page: similarities of
            0.44 to 0.67, so that none is a duplicate

In the first three, --copies says what share of the documents is followed by one to five edited copies. A third of the
copies has the same words and differs in case, white space, invisible characters or the normalization form. In the
others, up to a fifth of the words is replaced, next to each other or all over the text. A copy comes one document after
its original, or later, up to --farthest documents.

The text comes from the sentence patterns of SampleCorpus. A corpus begins with the same full shards as a smaller one of
the same kind and seed. It takes a second for 2 to 5 MB.
"""

import argparse
import gzip
import heapq
import itertools
import json
import pathlib
import random
import subprocess
import sys
from typing import Callable, Iterator

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "SampleCorpus"))

from generator import edits
from generator.grammar_ru import BOOK, COMMENTS, HEADLINES, NEWS, NEWS_LEAD, Russian
from generator.languages import LANGUAGES

RUSSIAN_SHARE = 0.7
MOST_COPIES = 5
LARGEST_EDIT = 0.2  # share of the words
SENTENCES_FOR_VOCABULARY = 4000
PAGE_WORDS = 300
SUFFIXES = {"zst": ".jsonl.zst", "gz": ".jsonl.gz", "none": ".jsonl"}

Texts = Iterator[tuple[str, str]]  # languages and texts


class Author:
    """Writes texts out of sentences that are put together from patterns."""

    def __init__(self, rng: random.Random):
        self.rng = rng
        self.russian = Russian(rng)
        self.genres = [("news", 4), ("book", 2), ("comments", 1)]
        sentences = [self.sentence(self.language(), "book") for _ in range(SENTENCES_FOR_VOCABULARY)]
        self.vocabulary = sorted({word for sentence in sentences for word in sentence.split() if word.isalpha()})

    def language(self) -> str:
        """Chooses a language."""
        return "ru" if self.rng.random() < RUSSIAN_SHARE else self.rng.choice(list(LANGUAGES))

    def sentence(self, language: str, genre: str) -> str:
        """Writes a sentence."""
        if language != "ru":
            return LANGUAGES[language].sentence(self.rng)
        patterns = {"book": BOOK, "news": NEWS, "comments": COMMENTS}[genre]
        return self.russian.sentence(self.rng.choice(patterns))

    def text(self, language: str, size: int, genre: str) -> str:
        """Writes a text of at least `size` bytes."""
        parts = []
        if genre == "news" and language == "ru":
            parts = [self.russian.sentence(self.rng.choice(patterns)) + "\n" for patterns in (HEADLINES, NEWS_LEAD)]
        length = sum(len(part.encode()) for part in parts)
        while length < size:
            parts.append(self.sentence(language, genre) + self.rng.choice([" "] * 5 + ["\n"]))
            length += len(parts[-1].encode())
        return "".join(parts).rstrip()

    def mixed(self) -> Texts:
        """Writes documents of a few hundred bytes to some ten kilobytes."""
        names, weights = zip(*self.genres)
        while True:
            language = self.language()
            genre = self.rng.choices(names, weights)[0]
            size = 200 if genre == "comments" else min(20_000, int(self.rng.lognormvariate(7.6, 0.8)))
            yield language, self.text(language, size, genre)

    def comments(self) -> Texts:
        """Writes comments."""
        while True:
            language = self.language()
            text = self.text(language, self.rng.randint(100, 280), "comments").encode()[:300]
            yield language, text.decode(errors="ignore").strip()

    def books(self) -> Texts:
        """Writes books."""
        while True:
            language = self.language()
            yield language, self.text(language, self.rng.randint(40_000, 60_000), "book")

    def pages(self, changes: Callable[[random.Random], list[tuple[int, int]]]) -> Texts:
        """Writes pages of one layout; `changes` returns where words of their own stand: starts and counts."""
        layout = self.rng.choices(self.vocabulary, k=PAGE_WORDS)
        while True:
            page = layout[:]
            for start, count in changes(self.rng):
                page[start : start + count] = self.rng.choices(self.vocabulary, k=count)
            yield "mixed", " ".join(page)

    def slot(self) -> Texts:
        """Writes pages that differ in one place."""
        return self.pages(lambda rng: [(120, 60)])

    def scatter(self) -> Texts:
        """Writes pages that differ in two places, other ones in each."""
        return self.pages(lambda rng: [(rng.randrange(0, 120), 25), (rng.randrange(150, 270), 25)])

    # Copies

    def copy(self, language: str, text: str) -> str:
        """Writes a copy of a text."""
        if self.rng.random() < 1 / 3:
            changes = [edits.other_whitespace, edits.other_case, edits.decomposed, edits.soft_hyphens]
            return self.rng.choice([*changes, lambda _, same: same])(self.rng, text)
        separator = "" if language in ("zh", "ja", "th") else " "
        units = text.split(" ") if separator else list(text)
        count = round(LARGEST_EDIT * self.rng.random() ** 2 * len(units))
        if self.rng.random() < 0.5:
            start = self.rng.randint(0, len(units) - count)
            places = list(range(start, start + count))
        else:
            places = self.rng.sample(range(len(units)), count)
        for place in places:
            units[place] = self.rng.choice(self.vocabulary)
        return separator.join(units)

    def with_copies(self, originals: Texts, share: float, farthest: int) -> Texts:
        """Puts copies of a share of the texts between them, at most `farthest` texts after their originals."""
        due: list[tuple[float, int, str, str]] = []  # the number of the document after which a copy comes, and the copy
        serial = itertools.count()
        for number, (language, text) in enumerate(originals):
            yield language, text
            if self.rng.random() < share:
                for _ in range(self.rng.randint(1, MOST_COPIES)):
                    distance = farthest ** self.rng.random()
                    heapq.heappush(due, (number + distance, next(serial), language, self.copy(language, text)))
            while due and due[0][0] <= number + 1:
                _, _, language_of_copy, copy = heapq.heappop(due)
                yield language_of_copy, copy


def lines(texts: Texts, escape: bool) -> Iterator[tuple[int, bytes]]:
    """Returns the size of each text, in bytes of UTF-8, and its line."""
    for number, (language, text) in enumerate(texts):
        record = {"id": f"d{number:09d}", "lang": language, "text": text}
        yield len(text.encode()), json.dumps(record, ensure_ascii=escape).encode() + b"\n"


def write_shard(path: pathlib.Path, data: bytes) -> None:
    """Writes a shard, compressed as its name says."""
    if path.suffix == ".zst":
        subprocess.run(["zstd", "--quiet", "--force", "-o", str(path)], input=data, check=True)
    else:
        path.write_bytes(gzip.compress(data, 6, mtime=0) if path.suffix == ".gz" else data)


def write_corpus(
    folder: pathlib.Path, stream: Iterator[tuple[int, bytes]], size: float, shard_size: float, suffix: str
) -> str:
    """Writes shards of `shard_size` bytes of text until they hold `size` bytes. Returns a line that describes them."""
    folder.mkdir(parents=True, exist_ok=True)
    total, documents = 0, 0
    for shard in itertools.count():
        if total >= size:
            return f"{documents:,} documents, {total / 1e6:.1f} MB of text, {shard} shards"
        content, filled = [], 0
        while filled < shard_size and total + filled < size:
            length, line = next(stream)
            content.append(line)
            filled += length
        write_shard(folder / f"part-{shard:05d}{suffix}", b"".join(content))
        total += filled
        documents += len(content)


def positive(text: str) -> float:
    """Reads a number above 0."""
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"'{text}' is not above 0")
    return value


def main() -> int:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path, metavar="OUT", help="the folder to write; it must not hold shards")
    parser.add_argument("--kind", choices=["mixed", "comments", "books", "slot", "scatter"], default="mixed")
    parser.add_argument("--mb", type=positive, default=10, metavar="N", help="megabytes of text (default: 10)")
    parser.add_argument("--shard-mb", type=positive, default=12.5, metavar="N", help="of a shard (default: 12.5)")
    parser.add_argument("--copies", type=float, default=0.3, metavar="SHARE", help="0 to 1 (default: 0.3)")
    parser.add_argument("--farthest", type=int, default=100_000, metavar="N", help="documents (default: 100000)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="another one makes other texts (default: 1)")
    parser.add_argument("--escape", action="store_true", help="write letters beyond ASCII as \\uXXXX")
    parser.add_argument("--compression", choices=list(SUFFIXES), default="zst", help="of the shards (default: zst)")
    args = parser.parse_args()
    if args.farthest < 1:
        parser.error(f"--farthest: {args.farthest} is not 1 or more")
    if not 0 <= args.copies <= 1:
        parser.error(f"--copies: {args.copies} is not from 0 to 1")
    if args.out.is_dir() and any(args.out.glob("part-*")):
        parser.error(f"{args.out} holds shards already")
    author = Author(random.Random(args.seed))
    texts: Texts = getattr(author, args.kind)()
    if args.kind in ("mixed", "comments", "books"):
        texts = author.with_copies(texts, args.copies, args.farthest)
    try:
        made = write_corpus(
            args.out, lines(texts, args.escape), args.mb * 1e6, args.shard_mb * 1e6, SUFFIXES[args.compression]
        )
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"make_corpus.py: {error}", file=sys.stderr)
        return 1
    print(made, file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
