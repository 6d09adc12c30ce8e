#!/usr/bin/env python3
"""Measures how well the quality score separates good texts from bad ones, compared with simpler methods.

    pip install -r Training/requirements.txt
    python3 Training/quality.py MODEL --texts HEADS/texts --statistics SCORES --out OUT [--dedup BINARY]

MODEL is the published model, HEADS the output folder of heads.py, and SCORES the folder of scores that
`dedup score HEADS/texts --statistics` wrote (HEADS/texts/.dedup/scores). Without SCORES, no statistics are used.

Every row of the table is a set of features that is trained as in heads.py: one head for each question; quality is the
product of their answers. A head is a logistic regression (L2, balanced classes, standardised features), fitted as by
`dedup score train`. The one for TF-IDF has another strength of the penalty.

Scores are out of fold: each text is scored by a fit, one of five, that has not seen its group. For each set, the table
has the area under the ROC curve of quality and that of the answer to the set's own question; the mean is over the four
sets. Intervals are of 95 %, by bootstrap over groups. Differences between rows use the same bootstrap draws.

One row is trained on three sets and tested on the fourth; a question without bad texts in the three sets is left out.
rucola-ru (sentences that linguists consider acceptable or not) is scored by heads that were not trained on it.

Vectors are those of `dedup embed`. TF-IDF uses character n-grams of 2 to 4 within words; its frequencies are those of
all texts, test texts included. OUT gets quality.json and quality.md.
"""
from __future__ import annotations

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
from typing import Protocol

import numpy
import scipy.sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

import heads
from evaluation import Encoder, interval, read, resamples, save, shards, shown, table, untrained

APART = "rucola-ru"
FOLDS = 5
OURS = "vectors + statistics"
# Standardised features are limited to this range, so that one unusual value does not decide.
REACH = 8


class Texts:
    """All texts in one list: the quality sets, the set that is kept apart, and the clean documents."""

    def __init__(self, folder: pathlib.Path) -> None:
        found = shards(folder)
        rows = [(name, row) for name, of_set in found.items() for row in of_set]
        if missing := {*heads.SETS, APART, "clean"} - {name for name, _ in rows}:
            sys.exit(f"{folder}: no {', '.join(sorted(missing))}; heads.py writes them")
        self.texts = [row["text"] for _, row in rows]
        self.ids = [row["id"] for _, row in rows]
        self.group = numpy.array([row["group"] for _, row in rows])
        self.good = numpy.array([row["label"] == "good" for _, row in rows])
        # Clean documents are in no fold (-1), so all heads may be trained on them.
        self.fold = numpy.array([row.get("fold", -1) for _, row in rows])
        self.set = numpy.array([name for name, _ in rows])
        numbers = {id: number for number, id in enumerate(self.ids)}
        # For each question: the indices of its head's examples, and whether each of them is a good example.
        self.examples = {
            question: (numpy.array([numbers[row["id"]] for row, _ in chosen]), numpy.array([good for _, good in chosen]))
            for question, chosen in heads.examples(found).items()}

    def of(self, *sets: str) -> numpy.ndarray:
        return numpy.flatnonzero(numpy.isin(self.set, sets))


class Features(Protocol):
    # The strength of the penalty; None for that of the heads.
    l2: float | None
    solver: str

    def standardised(self, train: numpy.ndarray, test: numpy.ndarray) -> tuple: ...


class Dense:
    """A matrix of numbers. For the tested texts, the vectors may be those of another precision."""

    l2 = None
    solver = "lbfgs"

    def __init__(self, *parts: numpy.ndarray, test: numpy.ndarray | None = None) -> None:
        self.values = numpy.concatenate(parts, axis=1)
        self.test = self.values if test is None else numpy.concatenate([test, *parts[1:]], axis=1)

    def standardised(self, train: numpy.ndarray, test: numpy.ndarray) -> tuple:
        scaler = StandardScaler().fit(self.values[train])
        return tuple(
            numpy.clip(scaler.transform(rows), -REACH, REACH) for rows in (self.values[train], self.test[test]))


class Sparse:
    # The values of rows with unit length are small, so hardly anything would be learned with the penalty of the heads.
    l2 = 0.1
    solver = "liblinear"

    def __init__(self, matrix: scipy.sparse.csr_matrix) -> None:
        self.matrix = matrix

    def standardised(self, train: numpy.ndarray, test: numpy.ndarray) -> tuple:
        return self.matrix[train], self.matrix[test]


class Evaluation:
    def __init__(self, texts: Texts, l2: float) -> None:
        self.texts = texts
        self.l2 = l2

    def answers(
        self, features: Features, test: numpy.ndarray, fold: int | None = None, without: str | None = None
    ) -> dict[str, numpy.ndarray]:
        """Returns the answers for `test` of heads trained without a fold or a set. Heads without bad texts are left out."""
        answers = {}
        for question, (rows, good) in self.texts.examples.items():
            left = (self.texts.fold[rows] != fold) & (self.texts.set[rows] != without)
            if good[left].all():
                continue
            seen, asked = features.standardised(rows[left], test)
            model = LogisticRegression(C=1 / (features.l2 or self.l2), solver=features.solver, class_weight="balanced", max_iter=1000)
            answers[question] = model.fit(seen, good[left]).predict_proba(asked)[:, 1]
        return answers | dict(quality=numpy.prod(list(answers.values()), axis=0))

    def out_of_fold(self, features: Features) -> dict[str, numpy.ndarray]:
        """Returns the scores of the texts of all sets for each output; NaN for the clean documents."""
        scores = {name: numpy.full(len(self.texts.ids), numpy.nan) for name in [*heads.QUESTIONS, "quality"]}
        tested = self.texts.of(*heads.SETS)
        for fold in range(FOLDS):
            test = tested[self.texts.fold[tested] == fold]
            for name, values in self.answers(features, test, fold=fold).items():
                scores[name][test] = values
        apart = self.texts.of(APART)
        for name, values in self.answers(features, apart).items():
            scores[name][apart] = values
        return scores

    def fourth_set(self, features: Features) -> dict[str, numpy.ndarray]:
        scores = {name: numpy.full(len(self.texts.ids), numpy.nan) for name in [*heads.QUESTIONS, "quality"]}
        for name in heads.SETS:
            test = self.texts.of(name)
            for output, values in self.answers(features, test, without=name).items():
                scores[output][test] = values
        return scores


class Areas:
    """The area under the ROC curve for the scores of one set, with those of its bootstrap resamples."""

    def __init__(self, texts: Texts, name: str) -> None:
        self.rows = texts.of(name)
        self.good = texts.good[self.rows]
        drawn = resamples(texts.group[self.rows])
        self.draws = numpy.concatenate([numpy.ones((1, drawn.shape[1]), drawn.dtype), drawn]).astype(float)

    def of(self, scores: numpy.ndarray) -> numpy.ndarray:
        """Returns the area for the set, then one for each resample. Pairs with equal scores count half."""
        values = scores[self.rows]
        order = numpy.argsort(values, kind="stable")
        starts = numpy.flatnonzero(numpy.concatenate([[True], numpy.diff(values[order]) != 0]))
        good = numpy.add.reduceat(self.draws[:, order] * self.good[order], starts, axis=1)
        bad = numpy.add.reduceat(self.draws[:, order] * ~self.good[order], starts, axis=1)
        below = numpy.cumsum(bad, axis=1) - bad / 2
        return (good * below).sum(1) / numpy.maximum(good.sum(1) * bad.sum(1), 1)


def statistics(folder: pathlib.Path, texts: Texts) -> tuple[list[str], numpy.ndarray]:
    """Returns the statistics from `dedup score --statistics`, in the order of the texts."""
    found = {}
    for shard in sorted(folder.rglob("*.jsonl.zst")):
        for row in read(shard):
            found[row["id"]] = row["statistics"]
    missing = [id for id in texts.ids if id not in found]
    if missing:
        sys.exit(f"{folder}: no statistics of {len(missing)} texts, {missing[0]} first; run dedup score --statistics")
    names = list(found[texts.ids[0]])
    return names, numpy.array([[found[id][name] for name in names] for id in texts.ids])


def rows(options: argparse.Namespace, texts: Texts) -> dict[str, Features]:
    """Returns the features for each row of the table; those of the published model come first."""
    encoder = Encoder(options.dedup, options.model)
    vectors = encoder.vectors(texts.texts)
    names, values = statistics(options.statistics, texts) if options.statistics else ([], numpy.empty((len(vectors), 0)))
    length = numpy.array([[numpy.log1p(len(text))] for text in texts.texts])
    made: dict[str, Features] = {OURS: Dense(vectors, values)}
    for precision in ("bf16", "int8"):
        try:
            rounded = Encoder(options.dedup, options.model, precision).vectors(texts.texts)
        except subprocess.CalledProcessError:
            continue
        made[f"{OURS}, {precision}"] = Dense(vectors, values, test=rounded)
    made["vectors alone"] = Dense(vectors)
    if names:
        made["statistics alone"] = Dense(values)
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        untrained(options.model, folder / "model")
        plain = Encoder(options.dedup, folder / "model")
        if encoder.is_whitened:
            plain = plain.whitened(options.texts / "clean.jsonl", options.whitening_documents, folder / "whitened")
        made["untrained encoder + statistics"] = Dense(plain.vectors(texts.texts), values)
    tfidf = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 4), min_df=5, max_features=200_000, sublinear_tf=True, dtype=numpy.float32)
    made["TF-IDF of characters"] = Sparse(tfidf.fit_transform(texts.texts))
    made["length alone"] = Dense(length)
    return made


def evaluate(options: argparse.Namespace) -> dict:
    texts = Texts(options.texts)
    evaluation = Evaluation(texts, options.l2)
    scores = {}
    for name, features in rows(options, texts).items():
        scores[name] = evaluation.out_of_fold(features)
        if name == OURS:
            scores[f"{OURS}, trained on the other three sets"] = evaluation.fourth_set(features)
    areas = {name: Areas(texts, name) for name in [*heads.SETS, APART]}
    questions = {name: question for question, sets in heads.QUESTIONS.items() for name in sets}
    result: dict = {
        "sets": {name: dict(rows=len(texts.of(name)), good=int(texts.good[texts.of(name)].sum())) for name in areas},
        "clean": len(texts.of("clean")), "l2": options.l2, "folds": FOLDS, "rows": {}}
    drawn: dict = {}
    for name, outputs in scores.items():
        entry: dict = {}
        for output in ("quality", "own question"):
            found = {}
            for set in areas:
                values = outputs[questions.get(set, "quality") if output == "own question" else "quality"]
                if not numpy.isnan(values[texts.of(set)]).any():
                    found[set] = areas[set].of(values)
            if all(set in found for set in heads.SETS):
                found["mean"] = numpy.mean([found[set] for set in heads.SETS], axis=0)
            drawn[name, output] = found
            ours = drawn[OURS, output]
            entry[output] = {
                set: dict(auc=float(values[0]), interval=interval(values[1:])) | (
                    dict(ours_minus_this=float(ours[set][0] - values[0]),
                         ours_minus_this_interval=interval(ours[set][1:] - values[1:])) if name != OURS else {})
                for set, values in found.items()}
        result["rows"][name] = entry
    return result


def text(result: dict) -> str:
    sets = [*heads.SETS, "mean", APART]

    def cell(entry: dict, name: str) -> str:
        return shown(entry[name]["auc"], entry[name]["interval"]) if name in entry else ""

    def names() -> list[str]:
        return [f"{name} ({result['sets'][name]['rows']:,})" if name in result["sets"] else name for name in sets]

    lines = f"Area under the ROC curve, out of {result['folds']} folds, with intervals of 95 % by bootstrap over groups:\n"
    for output, title in (("quality", "quality, the product"), ("own question", "the answer to the set's own question")):
        lines += f"\n### By {title}\n\n" + table(
            ["features", *names()],
            ([f"**{name}**" if name == OURS else name, *(cell(entry[output], set) for set in sets)]
             for name, entry in result["rows"].items()))
    lines += f"\n### {OURS} minus the row, by quality\n\n" + table(
        ["features", *names()],
        ([name, *(shown(entry["quality"][set]["ours_minus_this"], entry["quality"][set]["ours_minus_this_interval"])
                  if set in entry["quality"] else "" for set in sets)]
         for name, entry in result["rows"].items() if name != OURS))
    losses = []
    for output in ("quality", "own question"):
        for name, entry in result["rows"].items():
            # The other precisions of our own model are not competitors.
            for set in () if name.startswith(f"{OURS}, ") else sets:
                found = entry[output].get(set, {})
                if found.get("ours_minus_this", 0) < -0.0005:
                    sure = found["ours_minus_this_interval"][1] < 0
                    losses.append(
                        f"{name} on {set}, by {-found['ours_minus_this']:.3f} ({output}{'' if sure else '; the interval holds 0'})")
    lines += "\n" + (f"What ships loses to: {'; '.join(losses)}.\n" if losses else "What ships loses to none of these.\n")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--texts", required=True, type=pathlib.Path)
    parser.add_argument("--statistics", type=pathlib.Path)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--dedup", default=".build/release/dedup", help="the binary (default: %(default)s)")
    parser.add_argument(
        "--l2", type=float, default=20, help="strength of the penalty of the heads (default: %(default)s, as dedup has it)")
    parser.add_argument(
        "--whitening-documents", type=int, default=5000,
        help="documents that the whitening of the untrained encoder is fitted to (default: %(default)s)")
    options = parser.parse_args()
    # For matrices of this size, several threads of the linear algebra library would wait more than they compute.
    with threadpool_limits(1):
        result = evaluate(options)
    save(options.out, "quality", result, text(result))


if __name__ == "__main__":
    main()
