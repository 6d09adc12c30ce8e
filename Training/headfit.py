"""Fits and applies quality heads in numpy, in the same way as `dedup score train`, so that many can be fitted to parts of the data.

An output is a logistic regression over standardised features: the vector, then the statistics. The features of a statistic are
shrunk towards the mean if the text is short (`Reliability`), and limited to the range of the training. Each source of good texts
and each kind of bad ones weighs the same. The log-odds are calibrated on texts of sources and kinds that were left out (Platt
1999); the quality is the calibrated lowest log-odds of all outputs.
"""
from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy

# As in Sources/Training/Heads and Sources/QualityScoring.
LEAST_WEIGHT = 50
# The share of good texts in the corpora that the quality is calibrated for.
GOOD = 3 / 4
OUTSIDE = 0.002
STRENGTHS = {"words": 10, "characters": 50, "sentences": 1}


@dataclasses.dataclass
class Features:
    """A vector and statistics for each text, and how much each statistic of a text counts (0 to 1)."""
    vectors: numpy.ndarray
    statistics: numpy.ndarray
    reliability: numpy.ndarray

    @property
    def width(self) -> int:
        return self.vectors.shape[1] + self.statistics.shape[1]

    def rows(self, chosen: numpy.ndarray) -> Features:
        return Features(self.vectors[chosen], self.statistics[chosen], self.reliability[chosen])


class Scaling:
    """How features become numbers of comparable size."""

    def __init__(self, features: Features) -> None:
        self.means = numpy.concatenate([
            features.vectors.mean(0, dtype=numpy.float64), features.statistics.mean(0, dtype=numpy.float64)])
        values = self.shrunk(features)
        outer = int(OUTSIDE * len(values))
        ordered = numpy.sort(values, axis=0)
        least, most = ordered[outer].astype(float), ordered[-1 - outer].astype(float)
        del ordered
        deviation = numpy.clip(values, least, most).std(0, dtype=numpy.float64)
        constant = deviation <= 1e-9 * numpy.maximum(1, abs(self.means))
        self.scales = numpy.where(constant, 1, deviation)
        self.least = numpy.where(constant, 0, least / self.scales).astype(numpy.float32)
        self.most = numpy.where(constant, 0, most / self.scales).astype(numpy.float32)

    def shrunk(self, features: Features) -> numpy.ndarray:
        dimensions = features.vectors.shape[1]
        values = numpy.concatenate([features.vectors, features.statistics], axis=1) - self.means.astype(numpy.float32)
        values[:, dimensions:] *= features.reliability
        return values

    def standardised(self, features: Features) -> numpy.ndarray:
        return numpy.clip(self.shrunk(features) / self.scales.astype(numpy.float32), self.least, self.most)


def fit(
    values: numpy.ndarray, good: numpy.ndarray, weights: numpy.ndarray, penalties: numpy.ndarray,
    start: numpy.ndarray | None = None, steps: int = 30, tolerance: float = 1e-6
) -> numpy.ndarray:
    """Fits a logistic regression by Newton's method. Returns the weights, then the bias, which is not penalised.

    It minimises sum(penalties w^2) / 2 + sum of weights of the texts times log(1 + exp(-y (w x + bias))).
    """
    one = numpy.ones((len(values), 1), numpy.float32)
    matrix = numpy.concatenate([values.astype(numpy.float32), one], axis=1)
    penalties = numpy.append(penalties, 0)
    found = numpy.zeros(matrix.shape[1]) if start is None else start.copy()
    target = good.astype(float)

    def loss(point: numpy.ndarray) -> float:
        odds = (matrix @ point.astype(numpy.float32)).astype(float)
        return float((weights * (numpy.logaddexp(0, odds) - target * odds)).sum() + (penalties * point * point).sum() / 2)

    current = loss(found)
    for _ in range(steps):
        odds = (matrix @ found.astype(numpy.float32)).astype(float)
        chance = 1 / (1 + numpy.exp(-odds))
        gradient = matrix.T @ (weights * (chance - target)).astype(numpy.float32) + penalties * found
        root = numpy.sqrt(weights * chance * (1 - chance)).astype(numpy.float32)
        scaled = matrix * root[:, None]
        hessian = (scaled.T @ scaled).astype(float)
        hessian[numpy.diag_indices(len(hessian))] += penalties + 1e-6
        step = numpy.linalg.solve(hessian, gradient)
        size = 1.0
        while size > 1e-4 and loss(found - size * step) > current:
            size /= 2
        after = loss(found - size * step)
        if after >= current:
            break
        found -= size * step
        if current - after < tolerance * abs(current):
            break
        current = after
    return found


def calibration(odds: numpy.ndarray, good: numpy.ndarray, weights: numpy.ndarray) -> tuple[float, float]:
    """Returns the slope and the intercept that turn log-odds into calibrated ones."""
    target = numpy.where(good, (good.sum() + 1) / (good.sum() + 2), 1 / ((~good).sum() + 2))
    weights = weights / weights.sum()
    point = numpy.array([1.0, 0.0])

    def loss(point: numpy.ndarray) -> float:
        found = point[0] * odds + point[1]
        return float((weights * (numpy.logaddexp(0, found) - target * found)).sum())

    current = loss(point)
    for _ in range(100):
        chance = 1 / (1 + numpy.exp(-(point[0] * odds + point[1])))
        gradient = numpy.array([(weights * (chance - target) * odds).sum(), (weights * (chance - target)).sum()])
        curve = weights * chance * (1 - chance)
        hessian = numpy.array([[(curve * odds * odds).sum(), (curve * odds).sum()], [(curve * odds).sum(), curve.sum()]])
        step = numpy.linalg.solve(hessian + 1e-9 * numpy.eye(2), gradient)
        size = 1.0
        while size > 1e-6 and loss(point - size * step) >= current:
            size /= 2
        if loss(point - size * step) >= current:
            break
        point = point - size * step
        current = loss(point)
    return (0.0, 0.0) if point[0] < 0 else (float(point[0]), float(point[1]))


def part_weights(parts: Sequence[str], good: numpy.ndarray, share: float = 0.5) -> numpy.ndarray:
    """Returns a weight for each text: each part weighs the same (small ones less), and good texts have `share` of the whole. They
    add up to the number of the texts."""
    _, number, sizes = numpy.unique(numpy.asarray(parts), return_inverse=True, return_counts=True)
    weights = 1 / numpy.maximum(sizes[number], LEAST_WEIGHT)
    for label, part in ((True, share), (False, 1 - share)):
        if (good == label).any():
            weights[good == label] *= part * len(weights) / weights[good == label].sum()
    return weights


def folds(parts: Sequence[str], good: numpy.ndarray, most: int = 12) -> numpy.ndarray:
    """Returns a fold for each text; all texts of a part are in one fold, and folds have about the same number of texts."""
    parts = numpy.asarray(parts)
    fold = numpy.zeros(len(parts), int)
    for label in (True, False):
        names, sizes = numpy.unique(parts[good == label], return_counts=True)
        counts = [0] * min(most, len(names))
        for size, name in sorted(zip(-sizes, names)):
            smallest = counts.index(min(counts))
            counts[smallest] -= size
            fold[(parts == name) & (good == label)] = smallest
    return fold
