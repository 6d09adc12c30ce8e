#!/usr/bin/env python3
"""Writes the examples that the quality heads of the bundled model are trained on, and the texts that test them.

    pip install -r Training/requirements.txt
    python3 Training/packages.py PACKAGES
    python3 Training/heads.py DATA SPLIT PACKAGES GATHERED OUT [--dedup BINARY]

DATA has docs/, quality/ and neardup/, SPLIT is the output folder of split.py, PACKAGES that of packages.py, GATHERED that of
gather.py, OUT a new folder. The same inputs give the same bytes. Each head answers one question:

intact      Is the text undamaged? Bad examples are the damaged texts of corruptions-ru, and good texts damaged in the ways of
            damage.py.
not_spam    Is the text free of spam? Bad examples are the spam of the spam sets: as it is, several messages joined, and
            messages inside other texts; and the made-up spam of adverts.py.
main_text   Is it running text, not what surrounds it? Bad examples are whole pages with their menus, real ones and made-up
            ones, and the lists, notices, logs, settings, code and numbers of surroundings.py.

Good examples are the same for all three: documents of SPLIT/train, the good texts of the quality sets, and the main parts of
pages. Texts are cut to lengths that good and bad ones share, and each takes part in LAYOUTS_OF_A_TEXT layouts (layouts.py).

What tests the heads is not trained on: fold 0 of the quality sets, rucola-ru, the sources without a licence of their own, the
texts that tools/check_scores.py draws, HELD_OUT of packages.py, and texts that dedup finds to be near any of these.

OUT/QUESTION/good.jsonl, bad.jsonl    the input of `dedup score train`: {"id", "text", "group", "source", "kind", "layout"}
OUT/texts/train.jsonl                 all of these; "labels" says for which questions a text is a good or a bad example
OUT/texts/SET.jsonl                   the quality sets with group and fold; "sources" (whole documents of docs/), "pages" (pages
                                      of HELD_OUT, whole and their main parts) and "news" (posts and repeated boilerplate)
OUT/heads.json                        counts by question, label, kind, source and length
"""
from __future__ import annotations

import argparse
import collections
import hashlib
import json
import logging
import math
import pathlib
import random
import re
import sys
import tempfile
from collections.abc import Iterable

import adverts
import damage
import layouts
import packages
import split
import surroundings
import webpages
from evaluation import read, shards, write

QUESTIONS = ("intact", "not_spam", "main_text")
SPAM = ("spam-telegram-ru", "spam-sms-en", "spam-umputun-ru-en")
SETS = ("corruptions-ru", *SPAM, "rucola-ru")
# Sources of gather.py that have no text in common with docs/ or the pages.
GATHERED = (
    "evolution-help", "kde-help", "khelpcenter", "kmymoney", "mate-user-guide", "wesnoth", "widelands", "freedroidrpg",
    "endless-sky", "stellarium", "lincity-ng", "foldoc", "jargon", "descriptions")
# Further sets with good texts, in DATA/neardup: news, and messages of which the corrected form is used.
NEWS, MESSAGES = "articles-en", "ruspellru-ru"
# The sources that tools/check_scores.py draws texts from.
CHECKED = (
    "lit-novels", "lit-ruslit", "news-telegram", "doc-ms-winserver-ru", "doc-php-ru", "en-ats-sermons", "en-nltk-state_union",
    "jokes-ru", "fortunes-ru")
SEED = "heads 2"
OF_A_SOURCE = 350
OF_A_GATHERED = 120
OF_A_SET = 900
OF_A_DAMAGE = 160
# The least number of words of a text that is damaged, by family of damage: in a few words it may not be seen.
LEAST_WORDS = {"words": 24, "cuts": 24, "repeats": 12}
# The least share of the words that the damage changes, for the other families.
LEAST_CHANGE = 0.2
OF_A_SURROUNDING = 220
SPAM_MESSAGES = 2200
JOINED = 500
ADVERTS = 90
PAGES = 150
MADE_PAGES = 700
LAYOUTS_OF_A_TEXT = 2
# Lengths are drawn between these numbers of words, evenly on a logarithmic scale.
WORDS = (6, 1000)
# In each class of length (a power of two of words), no more than this many times as many texts of one label as of the other.
MOST = 2
TESTED = 100
WORD = re.compile(r"\S+")


def number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{SEED} {name}".encode()).digest()[:8], "big")


def chosen(rows: Iterable[dict], count: int) -> list[dict]:
    """Returns at most `count` rows, chosen by a hash of their ids."""
    return sorted(rows, key=lambda row: (number(row["id"]), row["id"]))[:count]


def wanted(name: str) -> int:
    """Returns a length in words that is drawn for a text."""
    least, most = (math.log(bound) for bound in WORDS)
    return round(math.exp(random.Random(f"{SEED} length {name}").uniform(least, most)))


def cut(text: str, name: str, from_start: bool = False) -> str:
    """Returns a part of a text of a drawn length, from the beginning of a line to the end of a sentence or line if possible."""
    count = wanted(name)
    words = list(WORD.finditer(text))
    if len(words) <= count * 1.2:
        return text.strip()
    starts = [0, *(place for place in range(1, len(words) - count) if "\n" in text[words[place - 1].end():words[place].start()])]
    first = 0 if from_start else random.Random(f"{SEED} place {name}").choice(starts)
    part = text[words[first].start():words[first + count - 1].end()]
    ends = [found.end() for found in re.finditer(r"[.!?…][\"»”)]*(?=\s)|\n", part)]
    return part[:ends[-1]].strip() if ends and ends[-1] > 0.6 * len(part) else part


def row(id: str, text: str, source: str, kind: str, group: str, **labels: bool) -> dict:
    return dict(id=id, text=text, source=source, kind=kind, group=group, labels=labels)


GOOD = {question: True for question in QUESTIONS}


class Heads:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.quality = shards(options.split / "quality")
        self.docs = shards(options.split / "train")
        self.tests: dict[str, list[dict]] = {name: self.quality[name] for name in SETS}
        self.add_sources()
        self.add_news()
        self.add_pages()

    # What tests the heads.

    def add_sources(self) -> None:
        """Whole documents of every source, and what check_scores.py draws."""
        drawn: list[dict] = []
        self.tests["sources"] = []
        for source, found in sorted(shards(self.options.data / "docs").items()):
            source = source.rsplit("-", 1)[0]
            rows = [found_row for found_row in found if len(found_row["text"].split()) >= 6]
            if source in CHECKED:
                drawn += random.Random(5).sample(rows, min(200, len(rows)))
            self.tests["sources"] += [
                dict(id=f"test/{found_row['id']}", text=found_row["text"], source=source, lang=found_row["lang"])
                for found_row in chosen(rows, TESTED)]
        for label in ("good", "bad"):
            # The order of check_scores.py is that of the data, which split.py keeps.
            rows = [found for found in self.quality["spam-telegram-ru"] if found["label"] == label and len(found["text"].split()) >= 6]
            drawn += random.Random(5).sample(rows, 200)
        self.drawn = drawn

    def add_news(self) -> None:
        """Posts of news channels without what their channel repeats, and what it repeats."""
        channels = collections.defaultdict(list)
        for post in shards(self.options.data / "docs")["news-telegram-000"]:
            channels[post["id"].split("/")[1]].append(post)
        self.tests["news"] = []
        for channel, posts in sorted(channels.items()):
            def key(line: str) -> str:
                return " ".join(re.findall(r"\w+", line.lower()))

            seen = collections.Counter(name for post in posts for name in {key(line) for line in post["text"].split("\n")})
            for post in chosen(posts, 150):
                lines = [line for line in post["text"].split("\n") if line.strip()]
                common = [line for line in lines if seen[key(line)] >= 4]
                own = re.sub(r"\[([^\]]*)\]\([^)]*\)|\*\*|__", r"\1", "\n".join(line for line in lines if line not in common))
                for kind, text in (("boilerplate", "\n".join(common)), ("report", own)):
                    if len(text.split()) >= (6 if kind == "boilerplate" else 20):
                        self.tests["news"].append(dict(id=f"{kind}/{post['id']}", text=text, kind=kind, source=channel))

    def add_pages(self) -> None:
        self.tests["pages"] = []
        for language, name, path, _, page in self.pages(packages.HELD_OUT):
            share = len(page.around.split()) / max(1, len(page.whole.split()))
            if len(page.main.split()) >= 60 and share >= 0.1:
                for kind, text in (("whole", page.whole), ("main", page.main)):
                    self.tests["pages"].append(dict(id=f"{kind}/{path}", text=text, kind=kind, source=name, pair=path, around=share))

    def pages(self, listed: dict[str, list[str]]) -> Iterable[tuple]:
        below = {"apache2-doc": "/en/", "debian-handbook": "/ru-RU/", "gnucash-docs": "/C/"}
        for names in listed.values():
            for name in names:
                for path, data, page in webpages.pages(self.options.packages / name, PAGES, below.get(name, "")):
                    yield webpages.language(page.whole), name, f"{name}/{path}", data, page

    # What the heads are trained on.

    def good(self) -> list[dict]:
        """Returns the good texts, each cut to its length."""
        found = []
        for name, rows in self.docs.items():
            source = name.rsplit("-", 1)[0]
            found += [(doc["id"], doc["text"], source, doc["id"]) for doc in chosen(rows, OF_A_SOURCE)]
        for name in (*SPAM, "corruptions-ru"):
            rows = [quality for quality in self.quality[name] if quality["label"] == "good" and not quality["test"]]
            found += [
                (quality["id"], quality["text"], quality["source"] if name == "corruptions-ru" else name, quality["group"])
                for quality in chosen(rows, OF_A_SET)]
        for name, end in ((NEWS, ""), (MESSAGES, "c")):
            rows = [doc for shard in shards(self.options.data / "neardup" / name).values() for doc in shard if "text" in doc]
            rows = [doc for doc in rows if doc["id"].endswith(end)]
            found += [(f"{name}/{doc['id']}", doc["text"], name, f"{name}/{doc['id']}") for doc in chosen(rows, OF_A_SOURCE)]
        for name in GATHERED:
            # Shorter messages of programs are labels of buttons and the like.
            rows = [doc for doc in read(self.options.gathered / "docs" / f"{name}.jsonl.zst") if len(doc["text"].split()) >= 8]
            # The id is SOURCE/LANGUAGE/PAGE. Translations of a page are a group.
            found += [
                (doc["id"], doc["text"], name, doc["id"].replace(f"/{doc['lang']}/", "/", 1)) for doc in chosen(rows, OF_A_GATHERED)]
        return [row(id, cut(text, id), source, "clean", group, **GOOD) for id, text, source, group in found]

    def damaged(self, good: list[dict]) -> list[dict]:
        made = [
            row(quality["id"], cut(quality["text"], quality["id"]), quality["source"], f"corruptions-ru: {quality['kind']}",
                quality["group"], intact=False)
            for quality in self.quality["corruptions-ru"] if quality["label"] == "bad" and not quality["test"]]
        # Damage to a text of another script than Latin and Cyrillic, or of a language that the heads do not know, often
        # cannot be seen.
        bases = [base for base in good if not base["source"].startswith("mul-") and is_alphabetic(base["text"])]
        for kind, change in damage.KINDS.items():
            count = 0
            family = damage.FAMILY[kind]
            for base in sorted(bases, key=lambda base: number(f"{kind} {base['id']}")):
                if count == OF_A_DAMAGE:
                    break
                if len(base["text"].split()) < LEAST_WORDS.get(family, 5):
                    continue
                text = change(base["text"], random.Random(f"{SEED} {kind} {base['id']}"))
                # An English text may look the same in another encoding.
                if text and text.strip() and (family in LEAST_WORDS or damage.changed(text, base["text"]) >= LEAST_CHANGE):
                    count += 1
                    made.append(row(
                        f"{kind}/{base['id']}", relined(text, base["text"]), base["source"], kind, base["group"], intact=False))
        return made

    def spam(self, good: list[dict]) -> list[dict]:
        messages = [
            dict(quality, set=name) for name in SPAM for quality in self.quality[name]
            if quality["label"] == "bad" and not quality["test"]]
        messages = [message for message in messages if message["id"] not in self.left_out]
        made = [
            row(message["id"], message["text"], message["set"], message["set"], message["group"], not_spam=False)
            for message in chosen(messages, SPAM_MESSAGES)]
        bases = [base for base in good if len(base["text"].split()) >= 12 and base["source"] not in SPAM]
        for place in range(JOINED):
            chance = random.Random(f"{SEED} joined {place}")
            count = wanted(f"joined {place}")
            parts: list[dict] = []
            while not parts or sum(len(part["text"].split()) for part in parts) < count:
                parts.append(chance.choice(messages))
            text = chance.choice(["\n", "\n\n", " ", "\n---\n"]).join(part["text"] for part in parts)
            made.append(row(f"joined/{place}", text, parts[0]["set"], "messages joined", parts[0]["group"], not_spam=False))
            # Spam of 0.5 to 2 times the length of the text that it is put into.
            base = chance.choice(bases)
            size, lines = len(base["text"].split()), base["text"].split("\n")
            added = 0
            while added < size * chance.uniform(0.5, 2):
                message = chance.choice(messages)["text"] if chance.random() < 0.5 else adverts.written(
                    chance.choice(adverts.KINDS), webpages.language(base["text"]), chance, chance.randrange(1, 8))
                lines.insert(chance.randrange(len(lines) + 1), message)
                added += len(message.split())
            made.append(row(f"inside/{place}", "\n".join(lines), base["source"], "spam inside a text", base["group"], not_spam=False))
        for kind in adverts.KINDS:
            for language in ("ru", "en"):
                for place in range(ADVERTS):
                    name = f"{kind}/{language}/{place}"
                    chance = random.Random(f"{SEED} {name}")
                    sentences = max(1, round(wanted(name) / 8))
                    made.append(row(
                        name, adverts.written(kind, language, chance, sentences), "adverts.py", kind, name, not_spam=False))
        return made

    def surrounding(self, good: list[dict]) -> tuple[list[dict], list[dict]]:
        """Returns texts that surround others, and the main parts of the pages."""
        made: list[dict] = []
        main: list[dict] = []
        titles: dict[str, list[str]] = {"ru": [], "en": []}
        for language, name, path, data, page in self.pages(packages.TRAINED):
            titles[language] += [heading for heading in page.headings if 2 < len(heading) < 90]
            texts = {"whole page": page.whole, "around a page": page.around, "HTML": data.decode("utf-8", "replace")}
            if page.linked > 0.6:
                texts = {"list of links": page.whole}
            elif len(page.main.split()) >= 30:
                main.append(row(f"main/{path}", cut(page.main, path), f"pages: {name}", "clean", path, **GOOD))
            for kind, text in texts.items():
                part = cut(text, f"{kind} {path}", from_start=kind == "whole page")
                kept = set(page.main.split("\n"))
                share = sum(len(line.split()) for line in part.split("\n") if line not in kept) / max(1, len(part.split()))
                if len(part.split()) >= 6 and (kind != "whole page" or share > 0.25):
                    made.append(row(f"{kind}/{path}", part, f"pages: {name}", kind, path, main_text=False))
        words: dict[str, list[str]] = {"ru": [], "en": []}
        for base in good:
            for word in re.findall(r"[^\W\d_]{4,}", base["text"][:2000]):
                words[webpages.language(word)].append(word)
        for texts in (surroundings.of_files(self.options.packages, SEED), surroundings.translations(self.options.packages, SEED),
                      surroundings.lists(self.options.packages, words, titles, SEED)):
            made += [
                row(text["id"], cut(text["text"], text["id"]), text["source"], text["kind"], text["id"], main_text=False)
                for text in texts]
        bases = [base for base in good + main if len(base["text"].split()) >= 20 and base["source"] not in SPAM]
        for base in sorted(bases, key=lambda base: number(f"page {base['id']}"))[:MADE_PAGES]:
            language = webpages.language(base["text"])
            text = surroundings.around(base["text"], language, titles[language], random.Random(f"{SEED} page {base['id']}"))
            made.append(row(f"page/{base['id']}", text, base["source"], "made-up page", base["group"], main_text=False))
        by_kind = collections.defaultdict(list)
        for text in made:
            by_kind[text["kind"]].append(text)
        limits = {"made-up page": MADE_PAGES, "whole page": 4 * OF_A_SURROUNDING}
        return [
            text for kind, texts in by_kind.items() for text in chosen(texts, limits.get(kind, OF_A_SURROUNDING))
            if len(text["text"].split()) >= 4], main

    def near(self, rows: list[dict]) -> set[str]:
        """Returns the ids of the rows that are tested, or that dedup finds to be near a tested text."""
        tested = [dict(id=test["id"], text=test["text"]) for name, tests in self.tests.items() for test in tests
                  if name not in SETS and name != "sources" or test.get("test") or name == "rucola-ru"]
        tested += [dict(id=test["id"], text=test["text"]) for test in self.drawn]
        near = {test["id"] for test in tested}
        with tempfile.TemporaryDirectory() as folder:
            scratch = pathlib.Path(folder)
            dedup = split.Dedup(self.options.dedup, scratch)
            split.write(tested, scratch / "tested" / "tested.jsonl.zst")
            split.write(({"id": text["id"], "text": text["text"]} for text in rows), scratch / "rows" / "rows.jsonl.zst")
            for how in (split.SIMILAR, split.SIMILAR_SHORT):
                against = dedup.run([str(scratch / "tested")], [*how[:-1], "0.999"])
                out = dedup.run([str(scratch / "rows")], [*how, "--against", str(against)])
                near |= {line["id"] for line in dedup.removed(out) if "against" in line["twin"]}
        return near

    def run(self) -> None:
        good = self.good()
        # First whole texts are compared: a damaged text may not look like the tested text that it was made from.
        self.left_out = self.near(good + [
            dict(id=message["id"], text=message["text"]) for name in SPAM for message in self.quality[name]])
        left = {base["group"] for base in good if base["id"] in self.left_out}
        good = [base for base in good if base["group"] not in left and len(base["text"].split()) >= 4]
        surrounding, main = self.surrounding(good)
        bad = self.damaged(good) + self.spam(good) + surrounding
        near = self.near(main + bad)
        rows = [text for text in good + main + bad if text["id"] not in near]
        print(f"{sum(text['id'] in near for text in main + bad)} made texts are near a tested one", file=sys.stderr)
        for question in QUESTIONS:
            balance(rows, question)
        out = []
        for text in rows:
            if text["labels"]:
                for layout, changed in layouts.drawn(text["text"], f"{SEED} layout {text['id']}", LAYOUTS_OF_A_TEXT):
                    out.append(text | dict(id=f"{text['id']}|{layout}", text=changed, layout=layout))
        for question in QUESTIONS:
            for label in (True, False):
                write(
                    ({key: text[key] for key in ("id", "text", "group", "source", "kind", "layout")} for text in out
                     if text["labels"].get(question) is label),
                    self.options.out / question / f"{'good' if label else 'bad'}.jsonl")
        for name, texts in (self.tests | {"train": out}).items():
            write(texts, self.options.out / "texts" / f"{name}.jsonl")
        counted = counts(out)
        (self.options.out / "heads.json").write_text(json.dumps(counted, ensure_ascii=False, indent=1) + "\n")
        print(json.dumps({key: value for key, value in counted.items() if key != "lengths"}, ensure_ascii=False))


def is_alphabetic(text: str) -> bool:
    """Whether most letters of a text are Latin or Cyrillic."""
    return 2 * len(re.findall(r"[a-zA-Z\u0400-\u04ff]", text)) > len(re.findall(r"[^\W\d_]", text))


def relined(text: str, base: str) -> str:
    """Breaks a text of one line where the text that it was made from has its line breaks, by the share of the text."""
    if "\n" in text or "\n" not in base:
        return text
    breaks = [place / len(base) for place, letter in enumerate(base) if letter == "\n"]
    letters = list(text)
    for place in breaks:
        near = text.find(" ", round(place * len(text)))
        if near >= 0:
            letters[near] = "\n"
    return "".join(letters)


def balance(rows: list[dict], question: str) -> None:
    """Takes examples of the more frequent label away until its texts of each length are at most MOST times as many."""
    classes: dict[int, dict[bool, list[dict]]] = collections.defaultdict(lambda: {True: [], False: []})
    for text in rows:
        if question in text["labels"]:
            classes[int(math.log2(max(1, len(text["text"].split()))))][text["labels"][question]].append(text)
    for found in classes.values():
        for label in (True, False):
            most = MOST * len(found[not label])
            for text in sorted(found[label], key=lambda text: number(f"{question} {text['id']}"))[most:]:
                del text["labels"][question]


def counts(rows: list[dict]) -> dict:
    result: dict = {}
    for question in QUESTIONS:
        for label in (True, False):
            found = [text for text in rows if text["labels"].get(question) is label]
            result[f"{question}, {'good' if label else 'bad'}"] = dict(
                texts=len(found), groups=len({text["group"] for text in found}),
                kinds=dict(sorted(collections.Counter(text["kind"] for text in found).items())),
                sources=dict(sorted(collections.Counter(text["source"] for text in found).items())) if label else {})
            lengths = collections.Counter(2 ** int(math.log2(max(1, len(text["text"].split())))) for text in found)
            result.setdefault("lengths", {})[f"{question}, {label}"] = dict(sorted(lengths.items()))
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("data", "split", "packages", "gathered", "out"):
        parser.add_argument(name, type=pathlib.Path)
    parser.add_argument("--dedup", default=".build/release/dedup", help="the binary (default: %(default)s)")
    options = parser.parse_args()
    if options.out.exists():
        sys.exit(f"{options.out} is there already; give a new folder")
    # trafilatura reports every page that it finds short.
    logging.disable(logging.CRITICAL)
    Heads(options).run()


if __name__ == "__main__":
    main()
