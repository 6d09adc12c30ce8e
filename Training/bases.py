"""Finds the document that a damaged text was made from, because the rows of corruptions-ru do not name it.

Damage leaves some features of a text unchanged: its words (in another order, in upper case, or among other words), the
letters within its words, or its runs of letters (when spaces were removed). A damaged text is compared with every
document of its source by three families of features: rare words, the sorted letters of words, and runs of eight
letters. Features that both texts have are weighted by the inverse document frequency. Mojibake is undone first, if
possible.

The document with the highest share of the weight in any family is the base, if the share is at least a third.
Otherwise the base is the document of the same length with the most characters at the same positions, if it has twice
as many as any other document: damage often leaves the characters that it does not change where they were. For a short
line that occurs in several documents no base is found, and none is needed, because such a line is typical of no
document. Some kinds of damage use no document, or many: `BASELESS`.
"""
from __future__ import annotations

import collections
import math
import re

LEAST_SHARE = 1 / 3
LEAST_FEATURES = 4
LEAST_ALIGNED = 0.15
BASELESS = {"digits_table", "navigation", "random_words", "seo_keywords"}
RUN = 8

WORD = re.compile(r"[^\W\d_]+")


def undone(text: str) -> list[str]:
    """Returns the text, and the texts that it may have been before one of the usual wrong decodings."""
    versions = [text]
    for written, read in (("latin-1", "cp1251"), ("cp1251", "utf-8"), ("latin-1", "utf-8")):
        version = text.encode(written, "ignore").decode(read, "ignore")
        if len(version) > len(text) / 4:
            versions.append(version)
    return versions


def families(text: str) -> tuple[set[str], set[str], set[str]]:
    words = [word.replace("ё", "е") for word in WORD.findall(text.lower())]
    letters = "".join(words)
    return (
        {word for word in words if len(word) >= 4},
        {"".join(sorted(word)) for word in words if len(word) >= 5},
        {letters[at:at + RUN] for at in range(len(letters) - RUN + 1)})


def aligned(row: dict, documents: list[dict]) -> tuple[float, str] | None:
    """Of documents of the same length, returns the one with by far the most characters at the same positions."""
    text = row["text"]
    shares = sorted(
        (sum(a == b for a, b in zip(text, document["text"])) / max(1, len(text)), document["id"])
        for document in documents)
    if not shares or shares[-1][0] < LEAST_ALIGNED or len(shares) > 1 and shares[-2][0] > shares[-1][0] / 2:
        return None
    return shares[-1]


def find(damaged: list[dict], documents: list[dict]) -> dict[str, tuple[str, float]]:
    """Returns, for each damaged text whose base was found, the id of the base and its share of the weight."""
    wanted = [[families(version) for version in undone(row["text"])] for row in damaged]
    known = [set().union(*(version[family] for row in wanted for version in row)) for family in range(3)]
    holders = [collections.defaultdict(list) for _ in range(3)]
    for number, document in enumerate(documents):
        for family, features in enumerate(families(document["text"])):
            for feature in features & known[family]:
                holders[family][feature].append(number)
    of_length = collections.defaultdict(list)
    for document in documents:
        of_length[document["source"], len(document["text"])].append(document)
    found = {}
    for row, versions in zip(damaged, wanted):
        if row["kind"] in BASELESS:
            continue
        best = (0.0, 0)
        for version in versions:
            for family, features in enumerate(version):
                total = 0.0
                weights = collections.Counter()
                shared = collections.Counter()
                # The features are sorted, because the sum of floating-point numbers depends on their order.
                for feature in sorted(features):
                    numbers = holders[family].get(feature, [])
                    weight = math.log((1 + len(documents)) / (1 + len(numbers)))
                    total += weight
                    for number in numbers:
                        if documents[number]["source"] == row["source"]:
                            weights[number] += weight
                            shared[number] += 1
                for number, weight in weights.items():
                    if shared[number] >= LEAST_FEATURES:
                        best = max(best, (weight / total, -number))
        if best[0] >= LEAST_SHARE:
            found[row["id"]] = (documents[-best[1]]["id"], best[0])
            continue
        if best := aligned(row, of_length[row["source"], len(row["text"])]):
            found[row["id"]] = (best[1], best[0])
    return found
