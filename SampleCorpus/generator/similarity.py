"""Words, shingles and exact Jaccard counts, as `dedup` defines them."""

import unicodedata
from collections import Counter, defaultdict
from functools import lru_cache

UNSPACED = ((0x0E00, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF),
            (0x20000, 0x3FFFF))


@lru_cache(maxsize=None)
def kind(c):
    """i ignored, m mark, u a word by itself, w part of a word, s separator"""
    category, code = unicodedata.category(c), ord(c)
    if category == "Cf" or 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF:
        return "i"
    if category[0] == "M":
        return "m"
    if any(low <= code <= high for low, high in UNSPACED):
        return "u" if category[0] in "LN" else "s"
    return "w" if category[0] in "LN" else "s"


def words(text):
    out, alone = [], False
    for c in unicodedata.normalize("NFC", text):
        k = kind(c)
        if k == "i":
            continue
        if k != "m":
            if alone or k in "us":
                out.append(" ")
            alone = k == "u"
        if k != "s":
            out.append(c.lower())
    return [w for w in "".join(out).split(" ") if any(kind(c) in "wu" for c in w)]


def shingles(text):
    w = words(text)
    if not w:
        rest = "".join(text.split())
        return {rest} if rest else set()
    return {" ".join(w[i : i + 5]) for i in range(max(1, len(w) - 4))}


def overlap(a, b):
    """(intersection, union)"""
    both = len(a & b)
    return both, len(a) + len(b) - both


def jaccard(a, b):
    both, union = overlap(a, b)
    return both / union if union else 0.0


class Postings:
    """Which sets hold a shingle; sets are numbered in the order they come."""

    def __init__(self):
        self.sets, self.posting = [], defaultdict(list)

    def common(self, s):
        """number of an earlier set -> how many shingles it shares with s"""
        shared = Counter()
        for x in s:
            shared.update(self.posting[x] if x in self.posting else ())
        return shared

    def add(self, s):
        for x in s:
            self.posting[x].append(len(self.sets))
        self.sets.append(s)


def all_pairs(sets, tenths):
    """Every pair with a Jaccard similarity of at least so many tenths, exactly: (earlier, later, intersection, union), ordered by later, earlier."""
    seen = Postings()
    for later, s in enumerate(sets):
        for earlier, both in sorted(seen.common(s).items()):
            union = len(s) + len(sets[earlier]) - both
            if 10 * both >= tenths * union:
                yield earlier, later, both, union
        seen.add(s)
