#!/usr/bin/env python3
"""Cuts the training text into pieces, from which a student learns the teacher's vectors: sentences, windows, translations.

    python3 Training/pieces.py CORPUS OUT --gathered FOLDER [--pieces N] [--shard N] [--seed TEXT]

CORPUS is train/ of corpus.py, --gathered the folder of gather.py. OUT gets shards NNNN.jsonl of lines {"id", "text", "pair",
"source", "lang", "kind"}, and OUT.json has counts. Two lines with the same "pair" follow each other in a shard.
Kinds:

translation  two texts that are translations of each other: strings of a catalogue, or paragraphs at the same place of
             documents with as many paragraphs. Long paragraphs are cut where both have as many sentences.
neighbours   two windows of 100 to 450 characters of one document, cut at the ends of sentences: side by side, or (every
             second time) up to eight windows apart
heading      a heading and the paragraph below it
sentence     a sentence of 5 to 30 words, and the window before or after it
single       a short text that stands alone, or a sentence, without another
entry        words or phrases of a dictionary, and their translations
example      a sentence of a dictionary, and its translation

KINDS says how many pieces of each kind there are, LANGUAGES how many of each language. A source has a share of these that
is proportional to the square root of the number of pieces it could give, so that no source is half of it. Pieces are
shuffled before they are written: every shard is a sample of all. The same inputs and seed give the same bytes.
"""
from __future__ import annotations

import argparse
import collections
import itertools
import json
import math
import pathlib
import random
import re
import sys
from collections.abc import Iterator

from evaluation import read, write

KINDS = {"translation": 0.30, "neighbours": 0.27, "heading": 0.05, "sentence": 0.11, "single": 0.15, "entry": 0.06, "example": 0.06}
# A dictionary has one pair of languages.
OF_DICTIONARIES = {"entry", "example"}
TRANSLATED = {"translation", *OF_DICTIONARIES}
LANGUAGES = {"ru": 0.50, "en": 0.29, "de": 0.16, "other": 0.05}
TRANSLATIONS = {"en ru": 0.52, "de en": 0.19, "de ru": 0.24, "other": 0.05}
# These sources give less than the others: their texts are lists of words, or all alike.
SPARING = {"mueller": 0.2, "wordnet": 0.3, "fortunes-zh": 0.3, "doc-ms-winserver-ru": 0.5, "doc-php-ru": 0.5}
SHORTEST, LONGEST = 100, 450
APART = 8
SENTENCE_END = re.compile(r"(?<=[.!?…])[\"»”)]*\s+(?=[\"«„“(—–-]?\s*[A-ZА-ЯЁÄÖÜЄІЇҐ\d])")
CYRILLIC, LATIN = re.compile(r"[а-яёіїєґ]", re.I), re.compile(r"[a-zäöüß]", re.I)
WORD = re.compile(r"[^\W\d_]+")

# A unit is one or two texts with their languages.
Unit = tuple[str, list[tuple[str, str]]]


def flat(text: str) -> str:
    return " ".join(text.split())


def paragraphs(text: str) -> list[str]:
    """Returns the paragraphs: between blank lines, or lines if there are none, unless they are lines of wrapped text."""
    parts = re.split(r"\n\s*\n", text)
    lines = [line for line in text.split("\n") if line.strip()]
    if len(parts) < 3 and len(lines) > 2 and sum(len(line) < 90 for line in lines) < 0.7 * len(lines):
        parts = lines
    return [part for part in map(flat, parts) if part]


def sentences(paragraph: str) -> list[str]:
    """Returns the sentences. Those that are too long for a window are cut at spaces."""
    found = []
    for sentence in SENTENCE_END.split(paragraph):
        while len(sentence) > LONGEST:
            at = sentence.rfind(" ", SHORTEST, LONGEST)
            at = at if at > 0 else LONGEST
            found.append(sentence[:at].strip())
            sentence = sentence[at:].strip()
        if sentence:
            found.append(sentence)
    return found


def is_text(text: str, language: str) -> bool:
    """Whether most of it is letters, of the script that the language has."""
    cyrillic, latin = len(CYRILLIC.findall(text)), len(LATIN.findall(text))
    letters = sum(character.isalpha() for character in text)
    if letters < 0.55 * len(text) or len(WORD.findall(text)) < 3 and len(text) < 25:
        return False
    if language in ("ru", "uk"):
        return cyrillic > 0.5 * letters
    return latin > 0.5 * letters if language in ("en", "de", "es", "fr") else True


def windows(text: str, draw: random.Random) -> list[str]:
    """Cuts a text into windows of random lengths."""
    found: list[str] = []
    current, wanted = "", draw.randint(SHORTEST, LONGEST)
    for paragraph in paragraphs(text):
        for number, sentence in enumerate(sentences(paragraph)):
            joined = current + ("\n" if number == 0 else " ") + sentence if current else sentence
            if current and len(joined) > wanted and len(current) >= SHORTEST or len(joined) > LONGEST:
                found.append(current)
                current, wanted = sentence, draw.randint(SHORTEST, LONGEST)
            else:
                current = joined
    if len(current) >= SHORTEST:
        found.append(current)
    return [window for window in found if len(window) >= SHORTEST]


def is_heading(text: str) -> bool:
    return 10 <= len(text) <= 110 and text[-1] not in ".!?:;,…" and 2 <= len(WORD.findall(text)) <= 14


def units_of(row: dict, draw: random.Random) -> Iterator[tuple[str, list[str]]]:
    """Yields the kind and texts of the units that one document gives."""
    text = row["text"]
    if row.get("kind") == "strings" or len(text) < 2 * SHORTEST:
        if 25 <= len(text) <= 2 * LONGEST:
            yield "single", [flat(text)[:LONGEST]]
        return
    cut = windows(text, draw)
    order = list(range(0, len(cut) - 1, 2))
    for at in order:
        if draw.random() < 0.5:
            yield "neighbours", [cut[at], cut[at + 1]]
        else:
            other = draw.randrange(max(0, at - APART), min(len(cut), at + APART + 1))
            if other != at:
                yield "neighbours", [cut[at], cut[other]]
    parts = paragraphs(text)
    for heading, below in itertools.pairwise(parts):
        if is_heading(heading) and len(below) >= SHORTEST and below[-1] in ".!?…":
            chosen = ""
            for sentence in sentences(below):
                if len(chosen) + len(sentence) > LONGEST:
                    break
                chosen = f"{chosen} {sentence}".strip()
            if len(chosen) >= SHORTEST:
                yield "heading", [heading, chosen]
    for before, after in itertools.pairwise(cut):
        # A sentence of one window, with the other window.
        source, other = (before, after) if draw.random() < 0.5 else (after, before)
        choice = [one for one in sentences(flat(source)) if 5 <= len(WORD.findall(one)) <= 30 and len(one) <= 250]
        if choice:
            yield ("sentence", [draw.choice(choice), other]) if draw.random() < 0.75 else ("single", [draw.choice(choice)])


def aligned(a: str, b: str) -> list[tuple[str, str]]:
    """Returns a pair of paragraphs, or pairs of parts of them if they are long and have as many sentences."""
    if max(len(a), len(b)) <= LONGEST + 50:
        return [(a, b)]
    ones, others = SENTENCE_END.split(a), SENTENCE_END.split(b)
    if len(ones) != len(others):
        return []
    found, at = [], 0
    while at < len(ones):
        end = at + 1
        while end < len(ones) and max(len(" ".join(ones[at:end + 1])), len(" ".join(others[at:end + 1]))) <= LONGEST:
            end += 1
        found.append((" ".join(ones[at:end]), " ".join(others[at:end])))
        at = end
    return [pair for pair in found if max(map(len, pair)) <= LONGEST + 50]


def translations(gathered: pathlib.Path, kept: dict[str, set[str]]) -> Iterator[tuple[str, str, Unit]]:
    """Yields source, id and unit of translations. kept has the paragraphs of the corpus: others may be in tests."""
    for shard in sorted(gathered.glob("*.jsonl*")):
        by_key: dict[str, dict[str, dict]] = collections.defaultdict(dict)
        for row in read(shard):
            source, language, key = row["id"].split("/", 2)
            by_key[key][language] = row
        for key, rows in sorted(by_key.items()):
            for one, other in itertools.combinations(sorted(rows), 2):
                first, second = rows[one], rows[other]
                if first["id"] not in kept or second["id"] not in kept:
                    continue
                left, right = first["text"].split("\n\n"), second["text"].split("\n\n")
                if len(left) != len(right):
                    continue
                number = 0
                for a, b in zip(left, right):
                    if a == b or a not in kept[first["id"]] or b not in kept[second["id"]]:
                        continue
                    for x, y in aligned(a, b):
                        if min(len(x), len(y)) >= 20 and 0.5 < len(x) / len(y) < 2 and is_text(x, one) and is_text(y, other):
                            number += 1
                            yield source, f"{source}/{one}-{other}/{key}#{number}", ("translation", [(x, one), (y, other)])


def group_of(kind: str, texts: list[tuple[str, str]]) -> str:
    """Returns the key of LANGUAGES or TRANSLATIONS to which a unit belongs."""
    name = " ".join(sorted(language for _, language in texts)) if kind in TRANSLATED else texts[0][1]
    return name if name in (TRANSLATIONS if kind in TRANSLATED else LANGUAGES) else "other"


def dictionary(pairs: pathlib.Path) -> Iterator[tuple[str, str, Unit]]:
    """Yields source, id and unit of the translations of dictionaries."""
    for shard in sorted(pairs.glob("*.jsonl*")):
        for row in read(shard):
            texts = [(text, language) for language, text in sorted(row["texts"].items())]
            if min(len(text) for text, _ in texts) >= 20 and all(is_text(text, language) for text, language in texts):
                yield row["source"], row["id"], (row["kind"], texts)


def shares(wanted: float, sizes: dict[str, int]) -> dict[str, int]:
    """Returns how many units each source gives: by the square root of what it has, and no more than it has."""
    weights = {name: math.sqrt(size) * SPARING.get(name, 1) for name, size in sizes.items()}
    given = dict.fromkeys(sizes, 0)
    open_ones = set(sizes)
    while open_ones and wanted >= 1:
        total = sum(weights[name] for name in open_ones)
        full = {name for name in open_ones if given[name] + wanted * weights[name] / total >= sizes[name]}
        if not full:
            for name in open_ones:
                given[name] += int(wanted * weights[name] / total)
            break
        for name in sorted(full):
            wanted -= sizes[name] - given[name]
            given[name] = sizes[name]
        open_ones -= full
    return given


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--gathered", type=pathlib.Path, required=True)
    parser.add_argument("--pieces", type=int, default=600_000)
    parser.add_argument("--shard", type=int, default=5000, help="pieces in a shard (default: %(default)s)")
    parser.add_argument("--seed", default="1")
    options = parser.parse_args()
    if options.out.exists():
        sys.exit(f"{options.out} is there already; give a new folder")
    # {(kind, group): {source: [(id, unit)]}}
    pools: dict[tuple[str, str], dict[str, list[tuple[str, Unit]]]] = collections.defaultdict(
        lambda: collections.defaultdict(list))
    kept: dict[str, set[str]] = {}
    for shard in sorted(options.corpus.glob("*.jsonl*")):
        for row in read(shard):
            if row["id"].count("/") >= 2:
                kept[row["id"]] = set(row["text"].split("\n\n"))
            draw = random.Random(f"{options.seed} {row['id']}")
            for number, (kind, texts) in enumerate(units_of(row, draw)):
                if all(is_text(text, row["lang"]) for text in texts):
                    unit = (kind, [(text, row["lang"]) for text in texts])
                    pools[kind, group_of(*unit)][row["source"]].append((f"{row['id']}#{kind[0]}{number}", unit))
    for source, id, unit in itertools.chain(
            translations(options.gathered / "docs", kept), dictionary(options.gathered / "pairs")):
        pools[unit[0], group_of(*unit)][source].append((id, unit))
    chosen: list[tuple[str, str, Unit]] = []
    for (kind, group), sources in sorted(pools.items()):
        share = 1 if kind in OF_DICTIONARIES else (TRANSLATIONS if kind in TRANSLATED else LANGUAGES)[group]
        each = 1 if kind == "single" else 2
        counts = shares(options.pieces * KINDS[kind] * share / each, {name: len(units) for name, units in sources.items()})
        for source, units in sorted(sources.items()):
            draw = random.Random(f"{options.seed} {kind} {group} {source}")
            # Not a sample: if a source gives more next time, it gives these and others.
            draw.shuffle(units)
            chosen += [(source, id, unit) for id, unit in units[:counts[source]]]
    random.Random(f"{options.seed} order").shuffle(chosen)
    options.out.mkdir(parents=True)
    write_shards(options, chosen)


def write_shards(options: argparse.Namespace, chosen: list[tuple[str, str, Unit]]) -> None:
    counts: dict[str, collections.Counter] = collections.defaultdict(collections.Counter)
    characters, shard, rows = 0, 0, []

    def flush() -> None:
        nonlocal shard
        write(rows, options.out / f"{shard:04}.jsonl")
        shard += 1
        rows.clear()

    for pair, (source, id, (kind, texts)) in enumerate(chosen):
        if len(rows) + len(texts) > options.shard:
            flush()
        for number, (text, language) in enumerate(texts):
            characters += len(text)
            counts["source"][source] += 1
            counts["lang"][language] += 1
            counts["kind"][kind] += 1
            counts["source and lang"][f"{source} {language}"] += 1
            rows.append(dict(id=f"{id}/{number + 1}", text=text, pair=pair, source=source, lang=language, kind=kind))
    if rows:
        flush()
    total = sum(counts["kind"].values())
    summary = dict(pieces=total, characters=characters) | {
        name: dict(counter.most_common()) for name, counter in counts.items()}
    options.out.with_name(options.out.name + ".json").write_text(json.dumps(summary, ensure_ascii=False, indent=1) + "\n")
    print(f"{total} pieces in {shard} shards, {characters / max(total, 1):.0f} characters each")


if __name__ == "__main__":
    main()
