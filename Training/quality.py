#!/usr/bin/env python3
"""Measures whether quality scores hold for texts of a kind that the heads were not trained on, compared with simpler methods.

    pip install -r Training/requirements.txt
    python3 Training/quality.py MODEL --texts HEADS/texts --vectors VECTORS --statistics SCORES --out OUT [--old SCORES]
        [--dedup BINARY]

MODEL is the published model, HEADS the output folder of heads.py, VECTORS what `dedup embed HEADS/texts` wrote, SCORES the folder of
scores that `dedup score HEADS/texts --statistics` wrote (HEADS/texts/.dedup/scores). --old are the scores of an older release for
the same texts.

Each row of the table is a set of features, to which heads are fitted as by `dedup score train` (headfit.py). The penalties are
those that are best for sources and kinds that were left out.

- Leave one source out: for each source of docs/, heads that were trained without it (and without any text that shares a group
  with it) score its whole documents. A document is right if its quality is 0.5 or above, or if it is out of domain: its script
  is one that fewer than 1 % of the good training texts have, or its vector is unlike theirs.
- Leave one kind out: for each kind of damage, spam and surroundings, heads that were trained without it score its texts. Right is
  a quality below 0.5.
- The area under the ROC curve of a set is that of its texts against all left-out texts of the other label.
- Calibration: how many of the left-out texts of a score are good, where all sources and all kinds weigh the same, and good texts
  twice as much as bad ones.
- Pages: how often the main part of a page scores above the whole page. News: reports against what their channel repeats.
- The quality sets: the area under the ROC curve, each text scored by heads that have not seen its fold.

Intervals are of 95 %, by bootstrap over the groups of each set. OUT gets quality.json and quality.md.
"""
from __future__ import annotations

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unicodedata

import numpy
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from threadpoolctl import threadpool_limits

import headfit
import heads
from evaluation import Encoder, interval, read, resamples, save, shards, shown, table, untrained

OURS = "vectors + statistics"
STATISTICS = "statistics alone"
# The penalties that are tried, and how much stronger those of the vector are.
STRENGTHS = (100, 1000, 10_000)
FACTORS = (1, 4, 16)
FIRST = (1, 1)
FOLDS = 5
LEAST_SHARE = 0.01
ROUNDS = 1000
BINS = (0, 0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95, 1.000001)


class Texts:
    """All texts in one list. `of[name]` has the indices of those of a file of HEADS/texts."""

    def __init__(self, folder: pathlib.Path) -> None:
        found = shards(folder)
        if missing := {"train", "sources", "pages", "news", *heads.SETS} - set(found):
            sys.exit(f"{folder}: no {', '.join(sorted(missing))}; heads.py writes them")
        self.rows = [row for of_file in found.values() for row in of_file]
        bounds = numpy.cumsum([0, *(len(of_file) for of_file in found.values())])
        self.of = {name: numpy.arange(first, last) for name, first, last in zip(found, bounds, bounds[1:])}
        self.train = self.of["train"]

        def values(key: str) -> numpy.ndarray:
            return numpy.array([str(row.get(key, "")) for row in self.rows], object)

        self.text = [row["text"] for row in self.rows]
        self.id, self.source, self.kind, self.group = values("id"), values("source"), values("kind"), values("group")
        self.script = numpy.array([script(text) for text in self.text], object)
        self.labels = {
            question: numpy.array([{True: 1, False: 0}.get(self.rows[row]["labels"].get(question), -1) for row in self.train])
            for question in heads.QUESTIONS}
        known = numpy.stack(list(self.labels.values()))
        # For each training text: whether it is good in all respects that are known.
        self.good = ~(known == 0).any(0)
        # What is left out as a whole: a source of good texts, or a kind of bad ones.
        self.part = numpy.where(self.good, self.source[self.train], self.kind[self.train])


def script(text: str) -> str:
    """The script that most of the first letters of a text have, as Unicode names it."""
    counts: dict[str, int] = {}
    for letter in re.findall(r"[^\W\d_]", text[:3000])[:300]:
        name = unicodedata.name(letter, "OTHER").split()[0]
        name = name if name in ("LATIN", "CYRILLIC", "ARABIC", "HANGUL", "GREEK", "CJK", "HIRAGANA", "KATAKANA") else "OTHER"
        counts[name] = counts.get(name, 0) + 1
    return max(sorted(counts), key=lambda name: counts[name], default="")


class Domain:
    """Which texts are of another kind than the training: by script, and by the distance of the vector from clusters."""
    CLUSTERS, TURNS, WITHIN = 64, 10, 0.99
    LENGTHS = (16, 32, 64, 128, 256)

    def __init__(self, texts: Texts, vectors: numpy.ndarray, words: numpy.ndarray, kept: numpy.ndarray) -> None:
        rows = texts.train[kept]
        scripts = texts.script[texts.train[kept & texts.good]]
        names, counts = numpy.unique(scripts.astype(str), return_counts=True)
        self.scripts = {str(name) for name, count in zip(names, counts) if count >= LEAST_SHARE * len(scripts)}
        self.limits = None
        if vectors.shape[1] == 0:
            return
        units = unit(vectors[rows])
        self.centres = units[numpy.arange(self.CLUSTERS) * len(units) // self.CLUSTERS]
        for _ in range(self.TURNS):
            nearest = (units @ self.centres.T).argmax(1)
            sums = numpy.zeros_like(self.centres)
            numpy.add.at(sums, nearest, units)
            filled = abs(sums).sum(1) > 0
            self.centres[filled] = unit(sums[filled])
        distances, classes = self.distances(vectors[rows]), numpy.searchsorted(self.LENGTHS, words[rows])
        self.limits = numpy.array([numpy.quantile(distances[classes == number], self.WITHIN) if (classes == number).sum() >= 50
                                   else numpy.quantile(distances, self.WITHIN) for number in range(len(self.LENGTHS) + 1)])

    def distances(self, vectors: numpy.ndarray) -> numpy.ndarray:
        return 1 - (unit(vectors) @ self.centres.T).max(1)

    def outside(self, texts: Texts, vectors: numpy.ndarray, words: numpy.ndarray, rows: numpy.ndarray) -> numpy.ndarray:
        found = ~numpy.isin(texts.script[rows].astype(str), list(self.scripts))
        if self.limits is not None:
            found |= self.distances(vectors[rows]) > self.limits[numpy.searchsorted(self.LENGTHS, words[rows])]
        return found


def unit(vectors: numpy.ndarray) -> numpy.ndarray:
    return vectors / numpy.maximum(numpy.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


class Output:
    """One output of the heads: its examples, penalty, fit and calibration."""

    def __init__(self, texts: Texts, features: headfit.Features, question: str) -> None:
        self.texts, self.features = texts, features
        label = texts.labels[question]
        self.example = label >= 0
        self.rows = texts.train[self.example]
        self.good = label[self.example] == 1
        self.part = texts.part[self.example].astype(str)
        self.group, self.source = texts.group[self.rows].astype(str), texts.source[self.rows].astype(str)
        self.scaling = headfit.Scaling(features.rows(self.rows))
        self.values = self.scaling.standardised(features.rows(self.rows))
        self.fold = headfit.folds(self.part, self.good)
        self.search()

    def penalties(self, strength: float, factor: float) -> numpy.ndarray:
        dimensions = self.features.vectors.shape[1]
        return numpy.concatenate([
            numpy.full(dimensions, strength * factor), numpy.full(self.features.statistics.shape[1], strength)]).astype(float)

    def fitted(self, kept: numpy.ndarray, penalty: tuple, start: numpy.ndarray | None = None, rough: bool = True) -> numpy.ndarray:
        weights = headfit.part_weights(self.part[kept], self.good[kept])
        return headfit.fit(
            self.values[kept], self.good[kept], weights, self.penalties(*penalty), start, tolerance=1e-4 if rough else 1e-8)

    def without(self, held: numpy.ndarray) -> numpy.ndarray:
        """Returns the examples that have no group, and no source of held-out good texts, in common with the held-out ones."""
        sources = numpy.unique(self.source[held & self.good])
        return ~held & ~numpy.isin(self.group, numpy.unique(self.group[held])) & ~numpy.isin(self.source, sources)

    def validated(self, penalty: tuple, starts: dict) -> tuple[float, numpy.ndarray, tuple]:
        odds = numpy.zeros(len(self.rows))
        for fold in range(self.fold.max() + 1):
            held = self.fold == fold
            starts[fold] = self.fitted(self.without(held), penalty, starts.get(fold))
            odds[held] = self.values[held] @ starts[fold][:-1] + starts[fold][-1]
        weights = headfit.part_weights(self.part, self.good)
        slope, intercept = headfit.calibration(odds, self.good, weights)
        found = slope * odds + intercept
        loss = (weights * numpy.where(self.good, numpy.logaddexp(0, -found), numpy.logaddexp(0, found))).sum() / weights.sum()
        return float(loss), found, (slope, intercept)

    def search(self) -> None:
        """Finds the penalty, from the middle to neighbours that are better, and fits with it."""
        factors = FACTORS if self.features.vectors.shape[1] and self.features.statistics.shape[1] else (1,)
        place, starts = (FIRST[0], min(FIRST[1], len(factors) - 1)), {}
        tried = {place: self.validated((STRENGTHS[place[0]], factors[place[1]]), starts)}
        while True:
            near = [(place[0] + a, place[1] + b) for a, b in ((0, -1), (0, 1), (-1, 0), (1, 0))]
            for next in near:
                if 0 <= next[0] < len(STRENGTHS) and 0 <= next[1] < len(factors) and next not in tried:
                    tried[next] = self.validated((STRENGTHS[next[0]], factors[next[1]]), starts)
            best = min(tried, key=lambda found: tried[found][0])
            if best == place:
                break
            place = best
        self.penalty = (STRENGTHS[place[0]], factors[place[1]])
        self.loss, self.odds, self.calibration = tried[place]
        self.whole = self.fitted(numpy.ones(len(self.rows), bool), self.penalty, rough=False)

    def refitted(self, held: numpy.ndarray) -> numpy.ndarray:
        """Returns the weights of a fit to the examples that have nothing in common with the held-out training texts."""
        held = held[self.example]
        return self.whole if not held.any() else self.fitted(self.without(held), self.penalty, self.whole)

    def calibrated(self, weights: numpy.ndarray, rows: numpy.ndarray) -> numpy.ndarray:
        values = self.scaling.standardised(self.features.rows(rows))
        return self.calibration[0] * (values @ weights[:-1] + weights[-1]) + self.calibration[1]


class Heads:
    """All outputs, and the quality that they give together."""

    def __init__(self, texts: Texts, features: headfit.Features) -> None:
        self.texts, self.features = texts, features
        self.outputs = {question: Output(texts, features, question) for question in heads.QUESTIONS}
        lowest = numpy.full(len(texts.train), numpy.inf)
        for output in self.outputs.values():
            odds = output.calibrated(output.whole, texts.train)
            odds[output.example] = output.odds
            lowest = numpy.minimum(lowest, odds)
        self.calibration = headfit.calibration(lowest, texts.good, headfit.part_weights(texts.part.astype(str), texts.good, headfit.GOOD))

    def scores(self, rows: numpy.ndarray, held: numpy.ndarray | None = None) -> dict[str, numpy.ndarray]:
        """Returns the quality and the answers for some texts, by heads that have nothing in common with held-out texts."""
        found = {
            question: output.calibrated(output.whole if held is None else output.refitted(held), rows)
            for question, output in self.outputs.items()}
        lowest = numpy.minimum.reduce(list(found.values()))
        found["quality"] = self.calibration[0] * lowest + self.calibration[1]
        return {name: 1 / (1 + numpy.exp(-odds)) for name, odds in found.items()}


def left_out(texts: Texts, model: Heads, words: numpy.ndarray) -> dict[str, dict]:
    """Returns, for each source and each kind, its texts and their scores by heads that were trained without it."""
    found: dict[str, dict] = {}
    sources, kinds = texts.source[texts.train], texts.kind[texts.train]
    for source in sorted(set(texts.source[texts.of["sources"]])):
        rows = texts.of["sources"][texts.source[texts.of["sources"]] == source]
        held = sources == source
        domain = Domain(texts, model.features.vectors, words, ~held)
        outside = domain.outside(texts, model.features.vectors, words, rows)
        found[source] = dict(good=True, rows=rows, outside=outside, scores=model.scores(rows, held), whole=model.scores(rows))
    for kind in sorted(set(kinds[~texts.good])):
        held = (kinds == kind) & ~texts.good
        rows = texts.train[held]
        found[kind] = dict(good=False, rows=rows, outside=numpy.zeros(len(rows), bool), scores=model.scores(rows, held), whole=model.scores(rows))
    return found


def area(values: numpy.ndarray, others: numpy.ndarray, draws: numpy.ndarray, higher: bool) -> numpy.ndarray:
    """Returns, for each row of draws, the share of pairs of a text (drawn) and another one in which the text is higher (or lower)."""
    ordered = numpy.sort(others)
    below = (numpy.searchsorted(ordered, values, "left") + numpy.searchsorted(ordered, values, "right")) / 2 / len(others)
    return draws @ (below if higher else 1 - below) / numpy.maximum(draws.sum(1), 1)


def measures(texts: Texts, found: dict[str, dict]) -> dict[str, dict[str, numpy.ndarray]]:
    """Returns, for each set, the share that is right at 0.5 and the area under the ROC curve: first that of the set, then those of
    its resamples."""
    everything = {label: numpy.concatenate([entry["scores"]["quality"] for entry in found.values() if entry["good"] == label])
                  for label in (True, False)}
    result = {}
    for name, entry in found.items():
        groups = [re.sub(r"^test/|\|[^|]*$", "", texts.group[row] or texts.id[row]) for row in entry["rows"]]
        drawn = resamples(groups, rounds=ROUNDS)
        draws = numpy.concatenate([numpy.ones((1, drawn.shape[1])), drawn])
        quality = entry["scores"]["quality"]
        right = (quality >= 0.5) | entry["outside"] if entry["good"] else quality < 0.5
        result[name] = dict(
            right=draws @ right / numpy.maximum(draws.sum(1), 1), area=area(quality, everything[not entry["good"]], draws, entry["good"]))
    return result


def reliability(found: dict[str, dict]) -> list[dict]:
    """Returns, for ranges of the quality, the share of good texts among the left-out ones."""
    quality = numpy.concatenate([entry["scores"]["quality"] for entry in found.values()])
    good = numpy.concatenate([numpy.full(len(entry["rows"]), entry["good"]) for entry in found.values()])
    inside = numpy.concatenate([~entry["outside"] for entry in found.values()])
    part = numpy.concatenate([numpy.full(len(entry["rows"]), name, object) for name, entry in found.items()]).astype(str)
    quality, good, part = quality[inside], good[inside], part[inside]
    weights = headfit.part_weights(part, good, headfit.GOOD)
    result = []
    for least, most in zip(BINS, BINS[1:]):
        chosen = (quality >= least) & (quality < most)
        total = weights[chosen].sum()
        result.append(dict(
            least=least, most=min(1.0, most), texts=int(chosen.sum()), share=float(total / weights.sum()),
            mean=float((weights * quality)[chosen].sum() / total) if total else None,
            good=float((weights * good)[chosen].sum() / total) if total else None))
    return result


def auc(quality: numpy.ndarray, good: numpy.ndarray) -> float:
    return float(area(quality[good], quality[~good], numpy.ones((1, int(good.sum()))), True)[0])


def apart(texts: Texts, quality: numpy.ndarray) -> dict:
    """Returns the figures of the real sets that are kept apart, from the quality of all texts."""
    result: dict = {}
    pages = texts.of["pages"]
    pair = numpy.array([texts.rows[row]["pair"] for row in pages])
    whole, main = (pages[texts.kind[pages] == kind] for kind in ("whole", "main"))
    assert list(pair[texts.kind[pages] == "whole"]) == list(pair[texts.kind[pages] == "main"])
    result["pages"] = dict(
        pairs=len(main), main_above=float((quality[main] > quality[whole]).mean()), main_good=float((quality[main] >= 0.5).mean()),
        whole_good=float((quality[whole] >= 0.5).mean()), area=auc(quality[pages], texts.kind[pages] == "main"))
    news = texts.of["news"]
    report = texts.kind[news] == "report"
    result["news"] = dict(
        reports=int(report.sum()), repeated=int((~report).sum()), area=auc(quality[news], report),
        reports_good=float((quality[news][report] >= 0.5).mean()), repeated_good=float((quality[news][~report] >= 0.5).mean()))
    return result


def quality_sets(texts: Texts, model: Heads) -> dict[str, float]:
    """Returns the area under the ROC curve for each quality set; every text is scored by heads that have not seen its fold."""
    quality = numpy.full(len(texts.rows), numpy.nan)
    tested = numpy.concatenate([texts.of[name] for name in heads.SETS])
    fold = numpy.array([texts.rows[row]["fold"] for row in tested])
    for number in range(FOLDS):
        rows = tested[fold == number]
        held = numpy.isin(texts.group[texts.train].astype(str), numpy.unique(texts.group[rows].astype(str)))
        quality[rows] = model.scores(rows, held)["quality"]
    return areas_of_sets(texts, quality)


def areas_of_sets(texts: Texts, quality: numpy.ndarray) -> dict[str, float]:
    found = {}
    for name in heads.SETS:
        rows = texts.of[name]
        found[name] = auc(quality[rows], numpy.array([texts.rows[row]["label"] == "good" for row in rows]))
    found["mean"] = float(numpy.mean([found[name] for name in heads.SETS if name != "rucola-ru"]))
    return found


def scored(folder: pathlib.Path, texts: Texts) -> tuple[list[dict], numpy.ndarray]:
    """Returns the lines of scores of the texts, and the quality; 0 for a text that has none."""
    found = {row["id"]: row for shard in sorted(folder.rglob("*.jsonl*.zst")) for row in read(shard)}
    if missing := [id for id in texts.id if id not in found]:
        sys.exit(f"{folder}: no scores of {len(missing)} texts, {missing[0]} first; run dedup score --statistics")
    lines = [found[id] for id in texts.id]
    return lines, numpy.array([line["quality"] or 0 for line in lines])


def statistics(folder: pathlib.Path, texts: Texts) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """Returns the statistics of the texts, how much each counts, and the number of words of each text."""
    lines, _ = scored(folder, texts)
    names = next(list(line["statistics"]) for line in lines if line["statistics"])
    values = numpy.array([[line["statistics"][name] if line["statistics"] else 0 for name in names] for line in lines], numpy.float32)
    units = {of: numpy.array([(line["profile"] or {}).get(of, 0) for line in lines]) for of in headfit.STRENGTHS}
    counted = [basis(name) for name in names]
    reliability = numpy.stack([units[of] / (units[of] + headfit.STRENGTHS[of]) for of in counted], 1)
    return values, reliability.astype(numpy.float32), units["words"]


def basis(statistic: str) -> str:
    """Returns what a statistic counts over: see TextStatistic.basis."""
    if statistic in ("sentence_capital_share", "log_sentence_length", "sentence_length_deviation", "short_sentence_share"):
        return "sentences"
    characters = (
        "letter_share upper_case_share digit_share punctuation_share symbol_share brace_share period_share "
        "comma_share colon_share quote_share dash_share bracket_share exclamation_share question_share currency_share emoji_share "
        "styled_letter_share minor_script_share replacement_share accented_share utf8_as_cp1251_share utf8_as_latin1_share "
        "c1_control_share question_run_share box_share control_share zero_width_share run_share tag_share bracketed_share").split()
    return "characters" if statistic in characters else "words"


def feature_rows(options: argparse.Namespace, texts: Texts) -> tuple[dict[str, headfit.Features], numpy.ndarray]:
    """Returns the features for each row of the table, those of the published model first; and the numbers of words."""
    values, reliability, words = statistics(options.statistics, texts)
    none, nothing = numpy.empty((len(words), 0), numpy.float32), numpy.empty((len(words), 0), numpy.float32)
    vectors = numpy.concatenate([numpy.load(options.vectors / f"{shard.name}.npy") for shard in sorted(options.texts.glob("*.jsonl*"))])
    if len(vectors) != len(texts.text):
        sys.exit(f"{options.vectors}: vectors of other texts; run dedup embed {options.texts}")
    made = {OURS: headfit.Features(vectors, values, reliability), STATISTICS: headfit.Features(none, values, reliability)}
    made["vectors alone"] = headfit.Features(made[OURS].vectors, nothing, nothing)
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        untrained(options.model, folder / "model")
        plain = Encoder(options.dedup, folder / "model", None)
        if Encoder(options.dedup, options.model).is_whitened:
            plain = plain.whitened(options.texts / "sources.jsonl", options.whitening_documents, folder / "whitened")
        made["untrained encoder + statistics"] = headfit.Features(plain.vectors(texts.text), values, reliability)
    tfidf = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 4), min_df=10, max_features=100_000, sublinear_tf=True, dtype=numpy.float32)
    matrix = tfidf.fit_transform([text[:4000] for text in texts.text])
    dimensions = min(300, made[OURS].vectors.shape[1])
    made[f"TF-IDF of characters, {dimensions} singular vectors"] = headfit.Features(
        TruncatedSVD(dimensions, n_iter=3, random_state=1).fit_transform(matrix).astype(numpy.float32), nothing, nothing)
    return made, words


def evaluate(options: argparse.Namespace) -> dict:
    texts = Texts(options.texts)
    features, words = feature_rows(options, texts)
    result: dict = dict(training_texts=len(texts.train), rows={}, old=None)
    drawn: dict[str, dict] = {}
    for name, of_row in features.items():
        print(name, file=sys.stderr, flush=True)
        model = Heads(texts, of_row)
        found = left_out(texts, model, words)
        drawn[name] = measures(texts, found)
        everything = numpy.full(len(texts.rows), numpy.nan)
        for set_name in ("pages", "news"):
            everything[texts.of[set_name]] = model.scores(texts.of[set_name])["quality"]
        result["rows"][name] = dict(
            penalties={question: output.penalty for question, output in model.outputs.items()},
            losses={question: output.loss for question, output in model.outputs.items()},
            sets={set_name: dict(
                good=entry["good"], texts=len(entry["rows"]), right=float(drawn[name][set_name]["right"][0]),
                interval=interval(drawn[name][set_name]["right"][1:]), area=float(drawn[name][set_name]["area"][0]),
                outside=float(entry["outside"].mean()), at_half=float((entry["scores"]["quality"] >= 0.5).mean()),
                trained_at_half=float((entry["whole"]["quality"] >= 0.5).mean()),
                answers={question: float((entry["scores"][question] >= 0.5).mean()) for question in heads.QUESTIONS})
                for set_name, entry in found.items()},
            calibration=reliability(found), apart=apart(texts, everything), quality_sets=quality_sets(texts, model))
    for name, of_row in result["rows"].items():
        of_row["means"] = {}
        for measure in ("right", "area"):
            for label, chosen in (("sources", True), ("kinds", False), ("all", None)):
                sets = [set_name for set_name, entry in of_row["sets"].items() if chosen is None or entry["good"] == chosen]
                values, ours = (numpy.mean([drawn[row][set_name][measure] for set_name in sets], axis=0) for row in (name, OURS))
                of_row["means"][f"{measure}, {label}"] = dict(
                    value=float(values[0]), interval=interval(values[1:]), ours_minus_this=float(ours[0] - values[0]),
                    ours_minus_this_interval=interval(ours[1:] - values[1:]))
    if options.old:
        result["old"] = old(options.old, texts, result["rows"][OURS]["sets"])
    return result


def old(folder: pathlib.Path, texts: Texts, sets: dict) -> dict:
    """Returns the figures of heads of an older release. Nothing is left out: they are what they were trained on."""
    _, quality = scored(folder, texts)
    shares = {}
    for name, entry in sets.items():
        if entry["good"]:
            rows = texts.of["sources"][texts.source[texts.of["sources"]] == name]
        else:
            rows = texts.train[(texts.kind[texts.train] == name) & ~texts.good]
        shares[name] = float((quality[rows] >= 0.5).mean())
    return dict(at_half=shares, apart=apart(texts, quality), quality_sets=areas_of_sets(texts, quality))


def text(result: dict) -> str:
    rows, before = result["rows"], result["old"]
    lines = [f"Heads fitted to {result['training_texts']:,} texts; intervals of 95 % by bootstrap over groups.\n"]
    ours = rows[OURS]["sets"]

    def sign(name: str) -> str:
        return f"**{name}**" if name == OURS else name

    lines.append("### Left out: the share that is right at 0.5, and the area under the ROC curve\n")
    columns = ["right, sources", "right, kinds", "right, all", "area, sources", "area, kinds", "area, all"]
    body = [[sign(name), *(shown(of_row["means"][column]["value"], of_row["means"][column]["interval"]) for column in columns)]
            for name, of_row in rows.items()]
    if before:
        right = [numpy.mean([share if ours[name]["good"] else 1 - share for name, share in before["at_half"].items()
                             if wanted is None or ours[name]["good"] == wanted]) for wanted in (True, False, None)]
        body.append(["old heads (nothing left out)", *(f"{value:.3f}" for value in right), "", "", ""])
    lines.append(table(["features", *columns], body))
    lines.append(f"{OURS} minus the row:\n")
    lines.append(table(["features", *columns], (
        [name, *(shown(of_row["means"][column]["ours_minus_this"], of_row["means"][column]["ours_minus_this_interval"])
                 for column in columns)] for name, of_row in rows.items() if name != OURS)))
    short = [STATISTICS, "untrained encoder + statistics", *(name for name in rows if name.startswith("TF-IDF"))]
    for good, title in ((True, "Leave one source out: share of whole documents at 0.5 or above"),
                        (False, "Leave one kind out: share of texts at 0.5 or above")):
        lines.append(f"\n### {title}\n")
        head = [OURS, "interval", *heads.QUESTIONS, "trained with it", *(["out of domain"] if good else []), *short,
                *(["old heads"] if before else [])]
        body = []
        order = sorted((name for name in ours if ours[name]["good"] == good), key=lambda name: ours[name]["at_half"] * (1 if good else -1))
        for name in order:
            entry = ours[name]
            low, high = entry["interval"] if good else [1 - bound for bound in reversed(entry["interval"])]
            missed = entry["right"] < 0.9 if good else entry["right"] < 0.75
            body.append([
                f"{name}{' ✗' if missed else ''}", f"{entry['at_half']:.2f}", f"{low:.2f} to {high:.2f}",
                *(f"{entry['answers'][question]:.2f}" for question in heads.QUESTIONS), f"{entry['trained_at_half']:.2f}",
                *([f"{entry['outside']:.2f}"] if good else []), *(f"{rows[row]['sets'][name]['at_half']:.2f}" for row in short),
                *([f"{before['at_half'][name]:.2f}"] if before else [])])
        lines.append(table(["source" if good else "kind", *head], body))
        lines.append(f"{sum('✗' in row[0] for row in body)} of {len(body)} miss the bar "
                     f"({'90 % at 0.5 or out of domain' if good else 'at most 25 %'}).\n")
    lines.append("\n### Calibration on left-out sources and kinds\n")
    lines.append(table(["quality", "texts", "share of the weight", "mean quality", "good"], (
        [f"{entry['least']:.2f} to {entry['most']:.2f}", str(entry["texts"]), f"{entry['share']:.3f}",
         *(("" if entry[key] is None else f"{entry[key]:.2f}") for key in ("mean", "good"))]
        for entry in rows[OURS]["calibration"])))
    lines.append("\n### Sets that are kept apart\n")
    everyone = {sign(name): of_row for name, of_row in rows.items()} | ({"old heads": before} if before else {})
    lines.append(table(
        ["features", "pages: main part above", "pages: main parts at 0.5", "pages: whole ones at 0.5", "news: area", "news: reports at 0.5",
         "news: repeated at 0.5", *heads.SETS, "mean"],
        ([name, *(f"{of_row['apart']['pages'][key]:.3f}" for key in ("main_above", "main_good", "whole_good")),
          *(f"{of_row['apart']['news'][key]:.3f}" for key in ("area", "reports_good", "repeated_good")),
          *(f"{of_row['quality_sets'][key]:.3f}" for key in (*heads.SETS, "mean"))] for name, of_row in everyone.items())))
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--texts", required=True, type=pathlib.Path)
    parser.add_argument("--vectors", required=True, type=pathlib.Path)
    parser.add_argument("--statistics", required=True, type=pathlib.Path)
    parser.add_argument("--old", type=pathlib.Path)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--dedup", default=".build/release/dedup", help="the binary (default: %(default)s)")
    parser.add_argument(
        "--whitening-documents", type=int, default=5000,
        help="documents that the whitening of the untrained encoder is fitted to (default: %(default)s)")
    options = parser.parse_args()
    with threadpool_limits(2):
        result = evaluate(options)
    save(options.out, "quality", result, text(result))


if __name__ == "__main__":
    main()
