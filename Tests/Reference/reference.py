"""The definition of a duplicate, as slow and plain Python.

`check_dedup.py` holds the output of a run against this module, and tests of the Swift code compare words and shingles
with it. It shares no code with dedup. Whoever wants to know what dedup promises can read it from top to bottom:

1. `words`: the words of a text.
2. `shingles`: the set of shingles of a text.
3. `exceeds`: whether two sets are more alike than the threshold.
4. `signature` and `sketch`: the MinHash signature and its bands.
5. `Deduplicator`: which document is a duplicate of which.
6. `is_sampled`: which documents the stage `sample` keeps.

The general categories come from the `unicodedata` module of Python. dedup uses Unicode 15.0. A text with a scalar that
the module does not know cannot be compared, see `is_comparable`; Python 3.13 and later know a few scalars more.
"""

import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Iterable, NamedTuple

from xxh3 import xxh3_64

# Scripts that put no space between words. Each of their letters and digits is a word of its own.
SCRIPTS_WITHOUT_SPACES = [
    range(0x0E00, 0x1000),  # Thai, Lao, Tibetan
    range(0x1000, 0x10A0),  # Myanmar
    range(0x1780, 0x1800),  # Khmer
    range(0x3040, 0x3100),  # Hiragana, Katakana
    range(0x3400, 0x4DC0),  # CJK extension A
    range(0x4E00, 0xA000),  # CJK unified ideographs
    range(0xF900, 0xFB00),  # CJK compatibility ideographs
    range(0x20000, 0x40000),  # CJK extensions B and later
]
VARIATION_SELECTORS = [range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0)]


@dataclass(frozen=True)
class Settings:
    """The parameters that decide what a duplicate is. The names and defaults are those of `dedup run`."""

    normalization: str = "nfc"  # nfc, nfkc or none
    shingle_unit: str = "word"  # word or char
    shingle_size: int = 5
    match: str = "jaccard"  # jaccard or exact
    thousandths: int = 700  # the threshold, times 1000
    bands: int = 10
    rows: int = 10
    min_words: int = 0
    sample_share: float = 1
    sample_seed: int = 0


# Words


def is_comparable(text: str) -> bool:
    """Returns whether this version of Python knows every scalar of the text."""
    return text.isascii() or all(unicodedata.category(scalar) != "Cn" for scalar in set(text))


def is_mark(scalar: str) -> bool:
    """Returns whether a scalar is a combining mark (general category M)."""
    return unicodedata.category(scalar).startswith("M")


def is_letter_or_digit(scalar: str) -> bool:
    """Returns whether a scalar is a letter or a number (general category L or N)."""
    return unicodedata.category(scalar)[0] in "LN"


class _Pieces(dict[str, str]):
    """What each scalar adds to a text in which one space stands between two words; computed once per scalar.

    A letter of a script without spaces brings the space before it along. The space after it depends on the next scalar,
    see `words`.
    """

    def __missing__(self, scalar: str) -> str:
        piece = self[scalar] = self.piece(scalar)
        return piece

    @staticmethod
    def piece(scalar: str) -> str:
        code = ord(scalar)
        if unicodedata.category(scalar) == "Cf" or any(code in selectors for selectors in VARIATION_SELECTORS):
            return ""
        if is_mark(scalar):
            return scalar.lower()
        if not is_letter_or_digit(scalar):
            return " "
        if any(code in script for script in SCRIPTS_WITHOUT_SPACES):
            return " " + scalar.lower()
        return scalar.lower()


_pieces = _Pieces()


def words(text: str, normalization: str = "nfc") -> list[str]:
    """Returns the words of a text, in order.

    The text is normalized. Format characters (Cf) and variation selectors are left out. Every scalar is replaced by its
    full lowercase mapping. A word is a maximal run of letters, marks and digits that has at least one letter or digit.
    A letter or digit of a script without spaces is a word of its own, with the marks that follow it.
    """
    if normalization != "none":
        text = unicodedata.normalize(normalization.upper(), text)
    spaced: list[str] = []
    follows_single = False  # whether the word at hand is one letter of a script without spaces
    for scalar in text:
        piece = _pieces[scalar]
        if piece == "":
            continue
        if piece == " " or len(piece) > 1 and piece[0] == " ":
            follows_single = piece != " "
        elif follows_single and not is_mark(scalar):
            spaced.append(" ")
            follows_single = False
        spaced.append(piece)
    return [run for run in "".join(spaced).split(" ") if any(map(is_letter_or_digit, run))]


# Shingles and their similarity


def shingles(text: str, settings: Settings = Settings()) -> frozenset[str]:
    """Returns the shingles of a text: all runs of `shingle_size` words, or characters, of it.

    Words are joined by one space. A shorter text has one shingle, which is all of it. A text without words has one
    shingle, its scalars without white space. A blank text has none.
    """
    return _shingles(words(text, settings.normalization), text, settings)


def _shingles(found: list[str], text: str, settings: Settings) -> frozenset[str]:
    if not found:
        return _set_of(_without_space(text))
    if settings.match == "exact":
        return _set_of(" ".join(found))
    units, separator = (found, " ") if settings.shingle_unit == "word" else (list(" ".join(found)), "")
    size = min(settings.shingle_size, len(units))
    return frozenset(separator.join(units[start : start + size]) for start in range(len(units) - size + 1))


def _without_space(text: str) -> str:
    return "".join(text.split())


def _set_of(shingle: str) -> frozenset[str]:
    return frozenset([shingle] if shingle else [])


def overlap(a: frozenset[str], b: frozenset[str]) -> tuple[int, int]:
    """Returns how many shingles both sets have, and how many at least one of them has."""
    intersection = len(a & b)
    return intersection, len(a) + len(b) - intersection


def exceeds(intersection: int, union: int, thousandths: int) -> bool:
    """Returns whether the Jaccard similarity is above the threshold. The comparison is one of integers."""
    return 1000 * intersection > thousandths * union


# Signatures and bands


def multipliers(count: int) -> list[int]:
    """Returns the constants of the first `count` hash functions: SplitMix64 of their numbers, the upper half, made odd.

    (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014.)
    """
    mask = (1 << 64) - 1
    found = []
    for number in range(1, count + 1):
        value = number * 0x9E3779B97F4A7C15 & mask
        value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & mask
        value = (value ^ value >> 27) * 0x94D049BB133111EB & mask
        found.append((value ^ value >> 31) >> 32 | 1)
    return found


def signature(shingle_set: Iterable[str], factors: list[int]) -> list[int]:
    """Returns for each hash function the least value that it has on a set of shingles, which must not be empty.

    The function with the factor m maps a shingle to `m * low + high` modulo 2^32, where `low` and `high` are the halves
    of the shingle's XXH3-64. (Broder: "On the resemblance and containment of documents", 1997.)
    """
    halves = [(value & 0xFFFFFFFF, value >> 32) for value in (xxh3_64(s.encode()) for s in shingle_set)]
    return [min([m * low + high & 0xFFFFFFFF for low, high in halves]) for m in factors]


class Sketch(NamedTuple):
    """What a document is compared by."""

    word_count: int
    shingles: frozenset[str]
    bands: list[tuple[int, ...]]  # the rows of each band; none for a blank text


def sketch(text: str, settings: Settings = Settings()) -> Sketch:
    """Returns the shingles of a text and the bands of its signature. With `exact`, the whole text is the only band."""
    found = words(text, settings.normalization)
    shingle_set = _shingles(found, text, settings)
    if not shingle_set:
        return Sketch(len(found), shingle_set, [])
    if settings.match == "exact":
        # A text without words is never equal to one with words.
        return Sketch(len(found), shingle_set, [(0 if found else 1, *shingle_set)])
    values = signature(shingle_set, multipliers(settings.bands * settings.rows))
    starts = range(0, len(values), settings.rows)
    return Sketch(len(found), shingle_set, [tuple(values[start : start + settings.rows]) for start in starts])


# Decisions


class Match(NamedTuple):
    """Why a document is removed."""

    twin: Any  # the earliest kept document that shares a band and is similar enough, as `keep` was told to call it
    intersection: int
    union: int
    bands: list[int]  # the numbers of all bands that the document shares with its twin, from 0


class Decision(NamedTuple):
    """What becomes of a document."""

    match: Match | None  # None: the document is kept
    candidates: int  # comparisons that the index counts: a kept document counts once per shared band, the twin once


@dataclass
class Deduplicator:
    """Decides documents one after the other.

    A document is removed when a document that was kept before it shares a band with it and has a Jaccard similarity
    above the threshold with it. Otherwise it is kept. So only kept documents are ever looked up, and a chain of small
    edits does not carry a document away.
    """

    settings: Settings = field(default_factory=Settings)
    _kept: list[tuple[Any, Sketch]] = field(default_factory=list)
    _buckets: dict[tuple[int, tuple[int, ...]], list[int]] = field(default_factory=lambda: defaultdict(list))

    def decide(self, document: Sketch) -> Decision:
        """Compares a document with the kept ones. The document is not added to them: see `keep`."""
        shared: dict[int, list[int]] = defaultdict(list)
        for number, rows in enumerate(document.bands):
            for other in self._buckets.get((number, rows), []):
                shared[other].append(number)
        candidates = 0
        for other in sorted(shared):
            name, kept = self._kept[other]
            intersection, union = overlap(document.shingles, kept.shingles)
            if self.settings.match == "exact" or exceeds(intersection, union, self.settings.thousandths):
                return Decision(Match(name, intersection, union, shared[other]), candidates + 1)
            candidates += len(shared[other])
        return Decision(None, candidates)

    def keep(self, name: Any, document: Sketch) -> None:
        """Adds a kept document, which later matches call by its name."""
        for number, rows in enumerate(document.bands):
            self._buckets[number, rows].append(len(self._kept))
        self._kept.append((name, document))


# Samples


def is_sampled(id: str | None, text: str, settings: Settings) -> bool:
    """Returns whether a document is in the sample.

    The hash of the document is the XXH3-64 of its id or, without an id, of its text, with the seed of the sample. The
    document is in the sample if the hash is below that share of all hashes. A number as an id is hashed as its digits.
    """
    if settings.sample_share == 1:
        return True
    return xxh3_64((text if id is None else id).encode(), settings.sample_seed) < int(settings.sample_share * 2**64)


def detection_probability(jaccard: float, bands: int, rows: int) -> float:
    """Returns how likely two documents of a Jaccard similarity share at least one band."""
    return 1 - (1 - jaccard**rows) ** bands
