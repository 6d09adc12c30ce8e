"""How many duplicates a run finds, by similarity, and how many its banding should find."""

import math
from collections import defaultdict
from typing import Iterator, NamedTuple

from reference import detection_probability, exceeds, overlap

FEWEST_DUPLICATES = 100  # with fewer, the rates say nothing
BINS_OF_ONE = 20  # bins of a width of 0.05


class Bin(NamedTuple):
    """The documents whose similarity to their only twin lies in one bin."""

    least: float  # the lower end of the bin
    documents: int
    removed: int
    expected: float  # how many of them a banding removes on average

    @property
    def is_plausible(self) -> bool:
        """Whether the count is within six standard deviations, and one document, of the expected one.

        The deviation is that of independent documents. Copies of one document are found or missed together, which is
        why the bound is so wide.
        """
        return abs(self.removed - self.expected) <= 6 * self.deviation + 1

    @property
    def deviation(self) -> float:
        """The standard deviation, if each document were found independently with the mean probability of the bin."""
        probability = self.expected / self.documents
        return math.sqrt(self.documents * probability * (1 - probability))


class Recall(NamedTuple):
    """What share of the duplicates was removed."""

    duplicates: int  # documents with a kept document before them that is more alike than the threshold
    found: int
    bins: list[Bin]  # of the documents with exactly one such kept document, and a similarity below 1


def similar_pairs(sets: list[frozenset[str]], thousandths: int) -> Iterator[tuple[int, int, float]]:
    """Returns every pair of sets above a threshold: the earlier, the later, and the similarity.

    Prefix filtering (Chaudhuri, Ganti, Kaushik: "A primitive operator for similarity joins in data cleaning", 2006): if
    all sets are sorted by one order, two similar sets share a shingle in their first few; rare shingles come first.
    """
    frequency: dict[str, int] = defaultdict(int)
    for shingle_set in sets:
        for shingle in shingle_set:
            frequency[shingle] += 1
    members: dict[str, list[int]] = defaultdict(list)
    for later, shingle_set in enumerate(sets):
        size = len(shingle_set)
        prefix = sorted(shingle_set, key=lambda shingle: (frequency[shingle], shingle))
        prefix = prefix[: size - thousandths * size // 1000 + 1]
        for earlier in sorted({number for shingle in prefix for number in members[shingle]}):
            intersection, union = overlap(sets[earlier], shingle_set)
            if exceeds(intersection, union, thousandths):
                yield earlier, later, intersection / union
        for shingle in prefix:
            members[shingle].append(later)


def measure(sets: list[frozenset[str]], removed: list[bool], thousandths: int, bands: int, rows: int) -> Recall:
    """Compares which documents were removed with all pairs above the threshold."""
    twins: dict[int, list[float]] = defaultdict(list)
    for earlier, later, jaccard in similar_pairs(sets, thousandths):
        if not removed[earlier]:
            twins[later].append(jaccard)
    by_bin: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for number, similarities in twins.items():
        if len(similarities) == 1 and similarities[0] < 1:
            probability = detection_probability(similarities[0], bands, rows)
            by_bin[int(similarities[0] * BINS_OF_ONE)].append((probability, removed[number]))
    bins = [
        Bin(place / BINS_OF_ONE, len(found), sum(hit for _, hit in found), sum(p for p, _ in found))
        for place, found in sorted(by_bin.items())
    ]
    return Recall(len(twins), sum(removed[number] for number in twins), bins)
