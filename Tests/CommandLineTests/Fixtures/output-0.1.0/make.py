"""Makes this fixture: two inputs of generated text, and the output that dedup 0.1.0 (commit e184ef1) writes for them.

    python3 make.py DEDUP        in this folder, where DEDUP is a binary of that version

The words of the texts are random numbers. The shards contain duplicates, bad lines and blank lines.
"""

import json
import pathlib
import random
import shutil
import subprocess
import sys

number = random.Random(11)


def text():
    return " ".join("word%d" % number.randrange(400) for _ in range(25))


def shard(path, lines, texts, name):
    written = []
    for place in range(lines):
        own = number.choice(texts) if texts and number.random() < 0.3 else text()
        texts.append(own)
        written.append(json.dumps({"id": "%s-%d" % (name, place), "text": own}))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(written) + "\n")


shutil.rmtree("inputs", ignore_errors=True)
shutil.rmtree("output", ignore_errors=True)
texts = []
shard(pathlib.Path("inputs/books/a.jsonl"), 30, texts, "a")
shard(pathlib.Path("inputs/books/deep/b.jsonl"), 20, texts, "b")
shard(pathlib.Path("inputs/crawl/c.jsonl"), 20, texts, "c")
with open("inputs/crawl/c.jsonl", "a") as file:
    file.write("\n{\"id\": \"cut off\n\n  \n")
with open("inputs/books/deep/b.jsonl", "a") as file:
    file.write("[1]\n{\"id\": 7, \"text\": \"short\"}\n")
subprocess.run(
    [sys.argv[1], "run", "inputs/books", "crawl=inputs/crawl", "--out", "output", "--on-bad-line", "keep",
     "--min-words", "2", "--quiet"], check=True)
pathlib.Path("output/.dedup/catalog.sqlite-wal").unlink()
pathlib.Path("output/.dedup/lock").unlink()
