#!/usr/bin/env python3
"""Random steps on small corpora, held against a model of what dedup promises: batch equals incremental.

    Tests/model_test.py --dedup BINARY [--steps N] [--seed S] [--sequence K] [--without FEATURE,...] [--keep]

A sequence makes inputs and an output, and then takes steps that a random generator chooses: shards are added, removed,
restored, renamed, touched, replaced, appended to and damaged; runs take in what is new, with random threads, memory,
inputs and policies, and are killed (SIGKILL) at random moments; others compact, verify, embed, score, filter, count
only, or make the output anew; a byte is flipped in a copy of the output, which verify must find. In some sequences every
run embeds, scores and filters too. The script knows which shards must have been taken in, in which order, and which
commands must be refused. Now and then, and at the end of a sequence, the output is compared with
  - the same shards taken in by a fresh output in as few runs as their order allows: every file of the corpus, of
    removed/ and of bad/, byte for byte, and the "corpus" part of report.json;
  - one single run over the same shards, each as an input of its own: the same but for the names;
  - fresh vectors and fresh scores, byte for byte.

Every step is printed. At the first difference the script says how to repeat the sequence, and exits with 1. The moments
of kills are not repeated: they depend on the machine. --without leaves features out that a binary does not have: kill,
embed, score, skip (--on-bad-shard), appended (--appended), verify ('dedup verify', and its exit code 3 after a kill),
names (lists call other outputs by the base names of their real paths), renamed (new shards that repeat one that is gone
are named in the report), check ('dedup check').

Needs Python 3.11 and the zstd command.
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

from model_support import Difference, Texts, figures
from model_world import World

FEATURES = ["kill", "embed", "score", "skip", "appended", "verify", "names", "renamed", "check"]
STEPS_OF_A_SEQUENCE = 25
# deberta-quality in one precision, whatever the processor has.
PIPELINE = """
pipeline: deberta-quality
stages: [read, words, filter, shingles, minhash, deduplicate, write, embed: {precision: f32}, score, report]
"""


class Tools:
    """What all sequences need: a folder, a model, a head, and how long a run takes."""

    def __init__(self, arguments, folder):
        self.folder = folder
        self.model, self.head = self.folder / "model", self.folder / "head.json"
        self.seconds = 0.1
        if {"embed", "score"} <= arguments.without:
            return
        script = pathlib.Path(__file__).resolve().parent / "tiny_model.py"
        subprocess.run([sys.executable, script, self.model], check=True)
        texts = Texts(random.Random(1))
        for name, change in [("good", lambda line: line), ("bad", lambda line: line.upper())]:
            documents = [json.dumps({"text": change(" ".join(texts.text() + [str(number)]))}) for number in range(60)]
            (self.folder / f"{name}.jsonl").write_text("\n".join(documents))
        self.pipeline = self.folder / "pipeline.yaml"
        self.pipeline.write_text(PIPELINE)
        if "score" not in arguments.without:
            subprocess.run([arguments.dedup, "score", "train", "--good", self.folder / "good.jsonl", "--bad",
                            self.folder / "bad.jsonl", "--name", "calm", "--out", self.head, "--model", self.model,
                            "--precision", "f32"], check=True, capture_output=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dedup", required=True, type=os.path.abspath, help="the binary")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sequence", type=int, help="this sequence of the seed alone")
    parser.add_argument("--without", default="", help="features to leave out: " + ", ".join(FEATURES))
    parser.add_argument("--keep", action="store_true", help="leave the folder of a sequence that failed")
    arguments = parser.parse_args()
    arguments.without = set(filter(None, arguments.without.split(",")))
    unknown = arguments.without - set(FEATURES)
    if unknown:
        parser.error(f"--without: no such feature: {', '.join(sorted(unknown))}")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dedup-model-"))
    is_kept = False
    try:
        # Runs that are killed leave their temporary files: these go with the folder.
        (folder / "tmp").mkdir()
        os.environ["TMPDIR"] = str(folder / "tmp")
        tools = Tools(arguments, folder)
        number = arguments.sequence or 0
        left = arguments.steps
        while left > 0:
            steps = min(left, STEPS_OF_A_SEQUENCE)
            world = World(arguments, number, tools)
            try:
                world.go(steps)
            except Difference as difference:
                print(f"DIFFERENCE in {world.seed}: {difference}")
                is_kept = arguments.keep
                if is_kept:
                    print(f"the folder: {world.work}")
                print(f"to repeat: {sys.argv[0]} --dedup {arguments.dedup} --seed {arguments.seed} --sequence {number} "
                      f"--steps {steps} --without '{','.join(sorted(arguments.without))}' --keep")
                return 1
            shutil.rmtree(world.work)
            left -= steps
            number += 1
            if arguments.sequence is not None:
                break
    finally:
        if not is_kept:
            shutil.rmtree(folder)
    names = ["steps", "runs", "kills", "left as killed", "refusals", "appended", "renamed", "flipped bytes", "comparisons",
             "shards compared", "vectors compared", "scores compared"]
    print(", ".join(f"{figures[name]:,} {name}" for name in names))
    return 0


if __name__ == "__main__":
    sys.exit(main())
