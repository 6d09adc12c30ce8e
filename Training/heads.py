#!/usr/bin/env python3
"""Writes the examples that the quality heads of the bundled model are trained on.

    python3 Training/heads.py SPLIT OUT

SPLIT is the output folder of split.py, OUT a new folder. Each head answers one question:

intact      Is the text undamaged? Good examples are the good texts of corruptions-ru, bad ones its damaged texts. Some
            messages of the spam sets are good examples too, whether spam or not: without them, the head considers
            every short text damaged.
not_spam    Is the text free of spam? Good examples are the good texts of the spam sets, bad ones their spam.

Clean documents of SPLIT/train are good examples for both questions. From each source the same number of documents is
taken (CLEAN_OF_A_SOURCE), chosen by a hash of their ids. rucola-ru (sentences that linguists consider acceptable or
not) is not used for training.

OUT/QUESTION/good.jsonl, bad.jsonl    the input of `dedup score train`: {"id", "text", "group"}
OUT/texts/SET.jsonl                   all rows of each quality set, with their group and fold; and clean.jsonl
"""
from __future__ import annotations

import argparse
import hashlib
import pathlib
import sys

from evaluation import shards, write

QUESTIONS = {
    "intact": ["corruptions-ru"],
    "not_spam": ["spam-telegram-ru", "spam-sms-en", "spam-umputun-ru-en"],
}
SETS = [name for sets in QUESTIONS.values() for name in sets]
CLEAN_OF_A_SOURCE = 100
WHOLE_MESSAGES = 800


def chosen(rows: list[dict], count: int) -> list[dict]:
    """Returns at most `count` rows, chosen by a hash of their ids."""
    return sorted(rows, key=lambda row: hashlib.sha256(f"heads {row['id']}".encode()).digest())[:count]


def clean(split: pathlib.Path) -> list[dict]:
    """Returns the chosen documents of train/. Each is a group of its own, and belongs to no fold."""
    return [
        row | dict(label="good", group=row["id"])
        for rows in shards(split / "train").values() for row in chosen(rows, CLEAN_OF_A_SOURCE)]


def examples(texts: dict[str, list[dict]]) -> dict[str, list[tuple[dict, bool]]]:
    """Returns, for each question, the texts that its head is trained on, and whether each is a good example."""
    found = {
        question: [(row, row["label"] == "good") for name in [*sets, "clean"] for row in texts[name]]
        for question, sets in QUESTIONS.items()}
    messages = [row for name in QUESTIONS["not_spam"] for row in texts[name]]
    found["intact"] += [(row, True) for row in chosen(messages, WHOLE_MESSAGES)]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("split", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    options = parser.parse_args()
    if options.out.exists():
        sys.exit(f"{options.out} is there already; give a new folder")
    texts = shards(options.split / "quality") | {"clean": clean(options.split)}
    for question, rows in examples(texts).items():
        for label in ("good", "bad"):
            write(
                ({key: row[key] for key in ("id", "text", "group")} for row, good in rows if good == (label == "good")),
                options.out / question / f"{label}.jsonl")
    for name, rows in texts.items():
        write(rows, options.out / "texts" / f"{name}.jsonl")


if __name__ == "__main__":
    main()
