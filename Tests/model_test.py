#!/usr/bin/env python3
"""Random steps on small corpora, held against a model of what dedup promises: batch equals incremental.

    Tests/model_test.py --dedup BINARY [--steps N] [--seed S] [--sequence K] [--without FEATURE,...] [--keep]

A sequence makes inputs and an output, and then takes steps that a random generator chooses: shards are added, removed,
restored, renamed, touched, replaced, appended to and damaged; runs take in what is new, with random threads, memory,
inputs and policies, and are killed (SIGKILL) at random moments; others compact, verify, embed, score, filter, count only,
or make the output anew; a byte is flipped in a copy of the output, which verify must find. In some sequences every run
embeds, scores and filters too. The script knows which shards must have been taken in, in which order, and which commands
must be refused. Now and then, and at the end of a sequence, the output is compared with
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
import collections
import dataclasses
import gzip
import json
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

FEATURES = ["kill", "embed", "score", "skip", "appended", "verify", "names", "renamed", "check"]
STEPS_OF_A_SEQUENCE = 25
# deberta-quality in one precision, whatever the processor has.
PIPELINE = """
pipeline: deberta-quality
stages: [read, words, filter, shingles, minhash, deduplicate, write, embed: {precision: f32}, score, report]
"""
# What a filtered corpus keeps.
QUALITY = "0.4"
figures = collections.Counter()


class Difference(Exception):
    """The binary did something that the model rules out."""


def expect(condition, *what):
    if not condition:
        raise Difference(" ".join(str(part) for part in what))


# Texts and shards


def make_words():
    generator = random.Random("words")
    syllables = ["ба", "ке", "ли", "мо", "ну", "зы", "че", "шё", "re", "so", "ti", "va", "ja", "qu", "ño", "čá"]
    return ["".join(generator.choices(syllables, k=generator.randint(1, 4))) for _ in range(600)]


WORDS = make_words()
BAD_LINES = [b"nothing", b"{}", b'{"text":1}', b'[{"text":"a"}]', b'{"text":"cut', b'{"text":"\xff\xfe"}']


class Texts:
    """Makes documents: new texts, copies of earlier ones, and copies with a few other words."""

    def __init__(self, generator):
        self.generator = generator
        self.made = []
        self.count = 0

    def text(self):
        generator = self.generator
        kind = generator.random()
        if self.made and kind < 0.45:
            words = list(generator.choice(self.made))
            if kind > 0.15:
                for _ in range(generator.randint(1, 3)):
                    words[generator.randrange(len(words))] = generator.choice(WORDS)
            return words
        return generator.choices(WORDS, k=generator.choice([1, 3, 8, 20, 40, 80]))

    def line(self):
        words = self.text()
        self.made.append(words)
        self.count += 1
        text = self.generator.choice([" ", ", ", "  "]).join(words)
        if self.generator.random() < 0.1:
            text = text.upper()
        if self.generator.random() < 0.02:
            text = ""
        document = {"id": f"d{self.count}", "text": text}
        return json.dumps(document, ensure_ascii=self.generator.random() < 0.3).encode()

    def lines(self, bad=False):
        """The lines of a shard, and how many of them are bad."""
        generator = self.generator
        lines = [self.line() for _ in range(generator.choice([0, 1, 3, 12, 30, 60, 150]))]
        for _ in range(generator.choice([0, 0, 1, 4])):
            lines.insert(generator.randint(0, len(lines)), generator.choice([b"", b"  ", b"\t"]))
        count = generator.randint(1, 3) if bad else 0
        for _ in range(count):
            lines.insert(generator.randint(0, len(lines)), generator.choice(BAD_LINES))
        return lines, count


def compressed(content, name, generator):
    """The file of a shard of that name, sometimes in two frames or members."""
    parts = [content]
    if content and generator.random() < 0.2:
        middle = generator.randrange(len(content))
        parts = [content[:middle], content[middle:]]
    if name.endswith(".zst"):
        level = f"-{generator.choice([1, 3, 9])}"
        return b"".join(subprocess.run(["zstd", "-qc", level], input=part, capture_output=True, check=True).stdout
                        for part in parts)
    if name.endswith(".gz"):
        return b"".join(gzip.compress(part) for part in parts)
    return content


def decompressed(path):
    return subprocess.run(["zstd", "-qdc", str(path)], capture_output=True, check=True).stdout


@dataclasses.dataclass
class File:
    """A shard in an input: what is in it now."""

    data: bytes
    bad: int
    ends_with_newline: bool = True
    # What it holds once it is mended, where it is damaged now.
    sound: bytes | None = None


@dataclasses.dataclass
class Taken:
    """A shard that was taken in: what was in it then."""

    input: str
    path: str
    name: str
    file: File
    documents: int = 0


@dataclasses.dataclass
class Event:
    """What one run took in, and with what that counts: inputs, policy for bad lines, states of other outputs."""

    inputs: list
    shards: list
    policy: str | None
    others: list


# Outputs


def results(out):
    """Every file of an output that others read, but for the reports."""
    found = {}
    for path in sorted(out.rglob("*")):
        name = str(path.relative_to(out))
        if path.is_file() and (not name.startswith(".dedup/") or name.startswith((".dedup/removed/", ".dedup/bad/"))):
            found[name] = path.read_bytes()
    return found


def report(out):
    return json.loads((out / ".dedup/report.json").read_text())


def differences(a, b):
    return [name for name in sorted(a.keys() | b.keys()) if a.get(name) != b.get(name)]


class World:
    """One sequence: inputs, an output, and what must be in it."""

    def __init__(self, arguments, number, tools):
        self.seed = f"{arguments.seed}/{number}"
        self.generator = random.Random(self.seed)
        # For what depends on the machine's speed: the others' numbers are the same whenever kills come.
        self.kills = random.Random(self.seed + " kills")
        self.without = arguments.without
        self.dedup = arguments.dedup
        self.tools = tools
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="dedup-model-"))
        self.out = self.work / "out"
        self.texts = Texts(self.generator)
        # By input and relative path.
        self.disk = {}
        self.inputs = ["in", "more", "x-tra"]
        # What the output knows: inputs with their labels, and what it was made of.
        self.labels = {}
        self.events = []
        self.others = []
        self.states_of_others = 0
        self.ever_taken = set()
        # Whether the last run was killed, and not run again.
        self.is_stopped = False
        self.parameters = self.generator.choice(
            [[], [], ["--min-words", "3"], ["--bands", "20", "--rows", "5"], ["--match", "exact"],
             ["--shingle-unit", "char", "--threshold", "0.8"]])
        # In some sequences every run embeds, scores and filters too.
        self.pipeline = []
        if {"embed", "score"}.isdisjoint(self.without) and self.generator.random() < 0.25:
            self.pipeline = ["--pipeline", tools.pipeline, "--embeddings", "vectors", "--filtered", "good",
                             "--min-quality", QUALITY, "--model", tools.model, "--head", tools.head]
        for name in self.inputs:
            (self.work / "inputs" / name).mkdir(parents=True)

    def has(self, feature):
        return feature not in self.without

    def say(self, *what):
        print(f"  {self.seed}:", *what, flush=True)

    @property
    def taken(self):
        return [shard for event in self.events for shard in event.shards]

    # Commands

    def command(self, *arguments):
        return subprocess.run([self.dedup, *map(str, arguments)], cwd=self.work, capture_output=True, text=True)

    def must(self, code, *arguments):
        start = time.monotonic()
        done = self.command(*arguments)
        self.tools.seconds += (time.monotonic() - start - self.tools.seconds) * 0.2
        codes = code if isinstance(code, tuple) else (code,)
        expect(done.returncode in codes, "exit", done.returncode, "in place of", code, "of",
               " ".join(map(str, arguments)), "\n", done.stderr)
        return done

    def killed(self, arguments):
        """Starts a command, and kills it at a random moment; returns what it did where it was faster."""
        process = subprocess.Popen([self.dedup, *map(str, arguments)], cwd=self.work, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        try:
            output, errors = process.communicate(timeout=self.kills.uniform(0, self.tools.seconds * 1.5))
            return subprocess.CompletedProcess(arguments, process.returncode, output, errors)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            figures["kills"] += 1
            return None

    def disturbed(self, code, *arguments, may_stop=lambda: False):
        """Runs a command to its end, after some kills; returns None where it is left as the last kill left it.

        may_stop: says after a kill whether it may be left.
        """
        if self.has("kill") and self.kills.random() < 0.4:
            kills = self.kills.randint(1, 3)
            for _ in range(kills):
                done = self.killed(arguments)
                if done is not None:
                    expect(done.returncode == code, "exit", done.returncode, "in place of", code, "of", arguments, "\n",
                           done.stderr)
                    return done
                self.verify_after_a_kill()
                if self.kills.random() < 0.3 and may_stop():
                    return None
            self.say(f"killed {kills} times")
        return self.must(code, *arguments)

    def settings(self):
        memory = self.generator.choice(["256M", "300M", "512M", "1G"])
        return ["--threads", self.generator.randint(1, 4), "--memory", memory]

    # Inputs

    def path(self, input, path):
        return self.work / "inputs" / input / path

    def write(self, input, path, file):
        target = self.path(input, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.data)
        self.disk[input, path] = file

    def forget(self, input, path):
        self.path(input, path).unlink()
        return self.disk.pop((input, path))

    def is_taken(self, input, path):
        return any((shard.input, shard.path) == (input, path) for shard in self.taken)

    def new_path(self, input):
        while True:
            folder = self.generator.choice(["", "", "b/", "z/q/", "ё/"])
            ending = self.generator.choice([".jsonl", ".jsonl.zst", ".jsonl.zst", ".jsonl.gz", ".ndjson", ".json"])
            path = f"{folder}{self.generator.choice('abcdefghijklmnop')}{self.generator.randrange(100)}{ending}"
            if (input, path) not in self.disk and not self.is_taken(input, path):
                return path

    def new_file(self, path, bad=0.1):
        lines, count = self.texts.lines(self.generator.random() < bad)
        content = b"".join(line + b"\n" for line in lines)
        ends = True
        if content and self.generator.random() < 0.2:
            content, ends = content[:-1], False
        if self.generator.random() < 0.05:
            content = b"\xef\xbb\xbf" + content
        return File(compressed(content, path, self.generator), count, ends)

    def add(self):
        input = self.generator.choices(self.inputs, [4, 2, 1])[0]
        for _ in range(self.generator.choice([1, 1, 2, 3, 6])):
            path = self.new_path(input)
            self.write(input, path, self.new_file(path))
        self.say("added shards to", input)

    def some(self, condition=lambda file: True, taken=None):
        """A shard in the inputs, or None."""
        found = [key for key, file in sorted(self.disk.items())
                 if condition(file) and (taken is None or self.is_taken(*key) == taken)]
        return self.generator.choice(found) if found else None

    def remove(self):
        key = self.some()
        if key:
            self.say("removed", *key)
            self.forget(*key)

    def restore(self):
        gone = [shard for shard in self.taken if (shard.input, shard.path) not in self.disk]
        if gone:
            shard = self.generator.choice(gone)
            self.say("restored", shard.name)
            self.write(shard.input, shard.path, shard.file)

    def rename(self):
        key = self.some(lambda file: file.sound is None)
        if key:
            file = self.forget(*key)
            path = self.new_path(key[0])
            ending = key[1][key[1].index("."):]
            path = path[:path.index(".")] + ending
            if (key[0], path) in self.disk or self.is_taken(key[0], path):
                self.write(*key, file)
                return
            self.say("renamed", *key, "to", path)
            self.write(key[0], path, file)

    def touch(self):
        key = self.some()
        if key:
            self.say("touched", *key)
            moment = self.generator.randrange(10**9, 2 * 10**9)
            os.utime(self.path(*key), (moment, moment))

    def damage(self):
        """A new shard that is cut short, or has a byte flipped."""
        if not self.has("skip"):
            return
        input = self.generator.choice(self.inputs)
        path = self.new_path(input)
        path = path[:path.index(".")] + self.generator.choice([".jsonl.zst", ".jsonl.gz"])
        if (input, path) in self.disk or self.is_taken(input, path):
            return
        sound = compressed(b"".join(self.texts.line() + b"\n" for _ in range(40)), path, random.Random(0))
        data = bytearray(sound)
        if self.generator.random() < 0.5:
            del data[self.generator.randrange(len(data) // 4, len(data) - 1):]
        else:
            data[self.generator.randrange(len(data) // 4, len(data) * 3 // 4)] ^= 1 << self.generator.randrange(8)
        self.write(input, path, File(bytes(data), 0, sound=sound))
        self.say("added the damaged shard", input, path)

    def mend(self):
        key = self.some(lambda file: file.sound is not None)
        if key:
            self.say("mended", *key)
            self.write(*key, File(self.disk[key].sound, 0))

    # Runs

    def argument(self, input):
        """An input as it may be given."""
        forms = [f"inputs/{input}", f"./inputs/{input}/", self.work / "inputs" / input]
        if self.labels.get(input) is not None:
            forms.append(f"{input}=inputs/../inputs/{input}")
        return self.generator.choice(forms)

    def against(self, others):
        forms = []
        for other in others:
            spellings = [other, f"./{other}/", self.work / other] if self.has("names") else [other]
            forms.append(self.generator.choice(spellings))
        return [part for form in forms for part in ("--against", form)]

    def new_shards(self, inputs):
        known = {(shard.input, shard.path) for shard in self.taken}
        for input in inputs:
            for path in sorted((path for key, path in self.disk if key == input), key=os.fsencode):
                if (input, path) not in known:
                    yield input, path, self.disk[input, path]

    def has_shards(self, input):
        """Whether an input can be named: a new one must have a shard that can be taken in."""
        if input in self.labels and any(shard.input == input for shard in self.taken):
            return True
        return any(file.sound is None for key, file in self.disk.items() if key[0] == input)

    def labels_with(self, inputs):
        """The labels that a run over these inputs leaves."""
        labels = dict(self.labels) if self.events else {}
        is_first = not labels and len(inputs) == 1
        for input in inputs:
            labels.setdefault(input, None if is_first else input)
        return labels

    def choose_inputs(self):
        possible = [input for input in self.inputs if self.has_shards(input)]
        if not possible:
            return []
        chosen = [input for input in possible if self.generator.random() < 0.7] or [self.generator.choice(possible)]
        if self.generator.random() < 0.3:
            self.generator.shuffle(chosen)
        return chosen

    def run(self):
        inputs = self.choose_inputs()
        if not inputs:
            return
        policy = self.policy("stop", "keep", "drop")
        skips = self.has("skip") and self.generator.random() < 0.7
        if not self.take_in(inputs, policy, skips):
            # It stopped at a bad line or a damaged shard: going on is the next step.
            self.comes_through(inputs)

    def comes_through(self, inputs, *options, **how):
        """Does a run that nothing but a kill can stop."""
        policy = self.policy("keep", "drop")
        expect(self.take_in(inputs, policy, self.has("skip"), *options, **how), "it stopped at nothing")

    def policy(self, *policies):
        """A policy for bad lines. Where runs embed too, lines that were kept are no error only with keep."""
        return "keep" if self.pipeline else self.generator.choice(policies)

    def take_in(self, inputs, policy, skips, *options, replaces=False, comes_to_end=False):
        """Does a run and expects what the model says of it; returns whether nothing but a kill stopped it.

        comes_to_end: whether it is run again until nothing kills it, as one that replaces the output is.
        """
        if replaces:
            self.events, self.labels = [], {}
        labels = self.labels_with(inputs)
        shards, skipped, stops_at = [], [], None
        for input, path, file in self.new_shards(inputs):
            name = path if labels[input] is None else f"{labels[input]}/{path}"
            if file.sound is not None and skips:
                skipped.append(name)
            elif file.sound is not None or (file.bad and policy == "stop"):
                stops_at = name
                break
            else:
                shards.append(Taken(input, path, name, file))
        arguments = ["run", *map(self.argument, inputs), "--out", "out", *self.parameters, *options]
        if policy != "stop":
            arguments += ["--on-bad-line", policy]
        if skips:
            arguments += ["--on-bad-shard", "skip"]
        arguments += self.against(self.others) + self.pipeline
        if replaces:
            arguments.append("--force")
        # A replacement that is stopped leaves the old output: what is compared is what it ends with.
        gone = [shard.file.data for shard in self.taken
                if shard.documents and shard.input in inputs and (shard.input, shard.path) not in self.disk]
        kills = figures["kills"]

        def may_stop():
            # An input of which nothing was taken in cannot be named in a fresh run.
            if replaces or comes_to_end:
                return False
            done = self.done_shards()
            names = [shard.name for shard in self.taken + shards]
            expect(done == names[:len(done)], "a run that was killed took in", done)
            taken = {shard.input for shard in (self.taken + shards)[:len(done)]}
            return bool(done) and taken.issuperset(inputs)

        done = self.disturbed(1 if stops_at else 0, *arguments, *self.settings(), may_stop=may_stop)
        figures["runs"] += 1
        self.is_stopped = done is None
        if done is None:
            shards = shards[:len(self.done_shards()) - len(self.taken)]
            self.labels = labels
            if shards:
                policy = policy if any(shard.file.bad for shard in shards) else None
                self.events.append(Event(inputs, shards, policy, list(self.others)))
            figures["left as killed"] += 1
            self.say(f"run over {', '.join(inputs)}: killed after {len(shards)} new shards")
            return True
        if stops_at:
            expect(stops_at in done.stderr, "the error does not name", stops_at, ":", done.stderr)
        uses_policy = any(shard.file.bad for shard in shards)
        if shards or self.events:
            self.labels = labels
        if shards:
            self.events.append(Event(inputs, shards, policy if uses_policy else None, list(self.others)))
        self.check_report(stops_at, skipped)
        # What a run noticed before it was killed is lost.
        if self.has("renamed") and figures["kills"] == kills:
            renamed = report(self.out)["run"].get("renamedShards", []) if self.events else []
            noticed = {shard["name"] for shard in renamed}
            for shard in shards:
                expect(shard.file.data not in gone or shard.name in noticed, "not noticed as renamed:", shard.name)
                figures["renamed"] += shard.file.data in gone
        self.say(f"run over {', '.join(inputs)}: {len(shards)} new shards" + (f", {len(skipped)} skipped" if skipped else "")
                 + (f", stopped at {stops_at}" if stops_at else ""))
        return stops_at is None

    def done_shards(self):
        """The names of the shards that the catalog says are done."""
        catalog = self.out / ".dedup/catalog.sqlite"
        with tempfile.TemporaryDirectory() as folder:
            for ending in ("", "-wal"):
                if pathlib.Path(f"{catalog}{ending}").exists():
                    shutil.copy(f"{catalog}{ending}", folder)
            try:
                database = sqlite3.connect(pathlib.Path(folder) / catalog.name)
                try:
                    return [name for name, in database.execute("SELECT name FROM shard WHERE is_done ORDER BY ordinal")]
                finally:
                    database.close()
            except sqlite3.OperationalError:
                return []

    def finish(self):
        """After a run that was left as it was killed: one that comes to its end."""
        if not self.is_stopped:
            return
        self.comes_through([input for input in self.inputs if self.has_shards(input)], comes_to_end=True)

    def check_report(self, stops_at, skipped):
        if stops_at and not self.events:
            return
        found = report(self.out)
        names = [shard["name"] for shard in found["corpus"]["shards"]]
        expect(names == [shard.name for shard in self.taken], "other shards, or in another order: ", names,
               [shard.name for shard in self.taken])
        expect(found["run"]["outcome"] == ("failed" if stops_at else "done"), "outcome", found["run"]["outcome"])
        for taken, shard in zip(self.taken, found["corpus"]["shards"]):
            expect(shard["bad"] == taken.file.bad, taken.name, "bad lines:", shard["bad"], "not", taken.file.bad)
            taken.documents = shard["kept"] + shard["removed"] + shard["dropped"]
        text = json.dumps(found["run"], ensure_ascii=False)
        for name in skipped:
            expect(name in text, "skipped, but not under \"run\":", name)
            remains = [f"out/{name}", f"good/{name}"] + [
                f"out/.dedup/{kind}/{name}.jsonl.zst" for kind in ("removed", "bad", "scores")]
            # Vectors of what an output held before it was made anew stay.
            if name not in self.ever_taken:
                remains += [f"vectors/{name}.npy", f"vectors/{name}.ids.jsonl"]
            for path in remains:
                expect(not (self.work / path).exists(), "skipped, but there is", path)
        self.ever_taken.update(names)
        temporary = self.out / ".dedup/tmp"
        expect(not temporary.exists() or not any(temporary.iterdir()), "files under temporary names are left")

    def force(self):
        """Makes the output anew, of what is in the inputs now."""
        sound = {key[0] for key, file in self.disk.items() if file.sound is None}
        inputs = [input for input in self.choose_inputs() if input in sound]
        if not inputs:
            return
        # Other outputs have the parameters of this one.
        if self.generator.random() < 0.3 and not self.others:
            self.parameters = self.generator.choice([[], ["--min-words", "5"], ["--rows", "5", "--bands", "20"]])
        self.say("anew, with", *self.parameters)
        self.comes_through(inputs, replaces=True)

    # Runs that are refused

    def refused(self, code, naming, *arguments):
        before = results(self.out)
        done = self.must(code, "run", *arguments, "--out", "out", *self.against(self.others), *self.settings())
        expect(naming in done.stderr, "the error does not name", naming, ":", done.stderr)
        expect(len(done.stderr.splitlines()) == 1, "not one line:", done.stderr)
        expect(results(self.out) == before, "a run that was refused changed the output")
        figures["refusals"] += 1
        return done

    def replace(self):
        """Other content under the name of a shard that was taken in."""
        key = self.some(taken=True)
        if not key:
            return
        shard = next(shard for shard in self.taken if (shard.input, shard.path) == key)
        file = self.disk[key]
        status = self.path(*key).stat()
        options = []
        if file.data and self.generator.random() < 0.5:
            # The same size and time: only reading it tells.
            other = bytearray(file.data)
            other[self.generator.randrange(len(other))] ^= 1
            self.write(*key, File(bytes(other), 0))
            os.utime(self.path(*key), ns=(status.st_atime_ns, status.st_mtime_ns))
            options = ["--verify-inputs"]
        else:
            other = self.new_file(key[1], bad=0).data
            if other == file.data:
                return
            self.write(*key, File(other, 0))
        self.say("replaced", shard.name)
        self.refused(1, shard.name, self.argument(shard.input), *self.parameters, *options)
        self.write(*key, file)
        os.utime(self.path(*key), ns=(status.st_atime_ns, status.st_mtime_ns))

    def append(self):
        """A shard that grew: its old bytes, and new lines behind them."""
        last = self.taken[-1] if self.taken else None
        key = self.some(lambda file: file.sound is None and file.ends_with_newline, taken=True)
        if last and (last.input, last.path) in self.disk and self.generator.random() < 0.7:
            key = (last.input, last.path)
        if not key or not self.disk[key].ends_with_newline or not self.disk[key].data:
            return
        shard = next(shard for shard in self.taken if (shard.input, shard.path) == key)
        file = self.disk[key]
        more = b"".join(self.texts.line() + b"\n" for _ in range(self.generator.choice([1, 5, 40])))
        grown = File(file.data + compressed(more, key[1], self.generator), file.bad)
        self.write(*key, grown)
        self.say("appended to", shard.name)
        self.refused(1, shard.name, self.argument(shard.input), *self.parameters)
        if self.has("appended"):
            if shard is last and not any(self.new_shards([shard.input])):
                arguments = ["run", self.argument(shard.input), "--out", "out", *self.parameters, "--appended"]
                policy = self.events[-1].policy
                if policy:
                    arguments += ["--on-bad-line", policy]
                elif self.pipeline:
                    arguments += ["--on-bad-line", "keep"]
                self.disturbed(0, *arguments, *self.against(self.others), *self.pipeline, *self.settings())
                figures["runs"] += 1
                figures["appended"] += 1
                shard.file = grown
                self.check_report(None, [])
                return
            if shard is not last:
                self.refused(1, shard.name, self.argument(shard.input), *self.parameters, "--appended")
        self.write(*key, file)

    def strict(self):
        """A run with other parameters, or one that is strict, where there is something to be strict about."""
        if not self.events:
            return
        named = [input for input in self.labels if any(shard.input == input for shard in self.taken)]
        gone = [shard for shard in self.taken if (shard.input, shard.path) not in self.disk]
        if gone and self.generator.random() < 0.5:
            shard = gone[0]
            self.refused(1, shard.name, self.argument(shard.input), *self.parameters, "--strict-inputs")
        else:
            self.refused(2, "text-field", self.argument(named[0]), *self.parameters, "--text-field", "body")
        self.say("refused")

    def dry_run(self):
        inputs = self.choose_inputs()
        new = list(self.new_shards(inputs))
        if not inputs or any(file.sound is not None for _, _, file in new):
            return
        before = results(self.out) if self.events else {}
        policy = self.policy("keep", "drop")
        arguments = [*map(self.argument, inputs), "--out", "out", *self.parameters, "--on-bad-line", policy,
                     *self.against(self.others)]
        done = self.must(0, "run", *arguments, "--dry-run", *self.settings())
        expect(not self.events or results(self.out) == before, "a dry run changed the output")
        expect(self.take_in(inputs, policy, False, comes_to_end=True), "a run stopped after a dry run that did not")
        expect(json.loads(done.stdout)["corpus"] == report(self.out)["corpus"], "a dry run counted something else")
        self.say("counted before it ran")

    # Other commands

    def verify_command(self):
        return ["verify", "out"] if self.has("verify") else ["index", "verify", "out"]

    def verify_after_a_kill(self):
        """After a kill the output is sound, or stopped; before the first commit there may be none."""
        if self.has("verify") and (self.out / ".dedup/catalog.sqlite").exists():
            self.must((0, 2, 3) if not self.events else (0, 3), *self.verify_command())

    def verify(self):
        if self.events:
            self.must(0, *self.verify_command())
            self.say("verified")

    def flip(self):
        """A byte that is flipped in a copy of the output is found."""
        if not self.events:
            return
        copy = self.work / "copy"
        shutil.copytree(self.out, copy, copy_function=shutil.copy2)
        folders = [".dedup/removed/", ".dedup/bad/", ".dedup/index/"] + [".dedup/scores/"] * self.has("verify")
        files = []
        for path in sorted(copy.rglob("*")):
            name = str(path.relative_to(copy))
            is_checked = not name.startswith(".dedup/") or name.startswith((".dedup/report.", *folders))
            if path.is_file() and is_checked and path.stat().st_size:
                files.append(path)
        path = self.generator.choice(files)
        data = bytearray(path.read_bytes())
        data[self.generator.randrange(len(data))] ^= 1 << self.generator.randrange(8)
        path.write_bytes(data)
        name = path.relative_to(copy)
        done = self.must(1, *self.verify_command()[:-1], "copy")
        expect(path.name in done.stdout + done.stderr, "the damaged file is not named:", name, done.stdout, done.stderr)
        figures["flipped bytes"] += 1
        shutil.rmtree(copy)
        self.say("a flipped byte was found in", name)

    def check_inputs(self):
        """'dedup check' lists every damaged shard and every bad line, and writes nothing."""
        inputs = [input for input in self.inputs if any(key[0] == input for key in self.disk)]
        if not self.has("check") or not inputs:
            return
        files = {(input, path): file for (input, path), file in self.disk.items() if input in inputs}
        is_sound = not any(file.bad or file.sound is not None for file in files.values())
        done = self.must(0 if is_sound else 1, "check", *(f"inputs/{input}" for input in inputs))
        for (input, path), file in files.items():
            lines = [line for line in done.stdout.splitlines() if path in line]
            expect(len(lines) >= (1 if file.sound is not None else file.bad), "not all is listed of", path, done.stdout)
        self.say("checked the inputs")

    def compact(self):
        if self.events:
            self.disturbed(0, "index", "compact", "out")
            if not self.is_stopped:
                self.must(0, *self.verify_command())
            self.say("compacted")

    def embed(self):
        """Vectors of the output; where runs embed, they must have made them."""
        if not self.has("embed") or not self.events:
            return
        options = ["--model", self.tools.model, "--precision", "f32", "--on-bad-line", "keep"]
        if not self.pipeline:
            self.disturbed(0, "embed", "out", "--out", "vectors", *options, *self.settings())
        fresh = self.work / "fresh-vectors"
        self.must(0, "embed", "out", "--out", fresh, *options)
        for path in sorted(fresh.rglob("*")):
            if path.is_file() and path.name.endswith((".npy", ".ids.jsonl")):
                name = path.relative_to(fresh)
                expect(path.read_bytes() == (self.work / "vectors" / name).read_bytes(), "other vectors:", name)
                if path.name.endswith(".ids.jsonl"):
                    figures["vectors compared"] += path.read_bytes().count(b"\n")
        shutil.rmtree(fresh)
        self.say("embedded")

    def score(self):
        """Scores of the output and a corpus of what is good enough; where runs score, they must have made them."""
        if not self.has("score") or not self.events:
            return
        options = ["--model", self.tools.model, "--precision", "f32", "--head", self.tools.head, "--on-bad-line", "keep",
                   "--min-quality", QUALITY]
        if not self.pipeline:
            self.disturbed(0, "score", "out", *options, "--out", "good", *self.settings())
        # Shards alone, without what the output knows of them.
        fresh = self.work / "fresh"
        for name in results(self.out):
            if not name.startswith(".dedup/"):
                (fresh / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(self.out / name, fresh / name)
        self.must(0, "score", fresh, *options, "--out", "fresh-good")
        own, other = ({str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.jsonl.zst")}
                      for folder in (self.out / ".dedup/scores", fresh / ".dedup/scores"))
        different = differences(own, other)
        expect(not different, "other scores:", different[:5])
        different = differences(results(self.work / "good"), results(self.work / "fresh-good"))
        expect(not different, "another filtered corpus:", different[:5])
        if self.has("verify"):
            self.must(0, "verify", "good")
        figures["scores compared"] += sum(shard.documents for shard in self.taken)
        shutil.rmtree(fresh)
        shutil.rmtree(self.work / "fresh-good")
        self.say("scored")

    # Comparison with fresh outputs

    def make_others(self):
        """Other outputs, which the documents of this one are compared with; two have the same base name."""
        if self.generator.random() > 0.3:
            return
        for number in range(self.generator.randint(1, 2)):
            path = f"others/{number}/old"
            folder = self.work / "other-inputs" / str(number)
            folder.mkdir(parents=True)
            for shard in range(self.generator.randint(1, 3)):
                file = self.new_file("s.jsonl", bad=0)
                (folder / f"s{shard}.jsonl").write_bytes(file.data)
            self.must(0, "run", folder, "--out", path, *self.parameters, *self.settings())
            self.others.append(path)
        self.say("other outputs:", *self.others)

    def grow_another(self):
        """Another output holds more than before: refused, unless it is asked for."""
        if not self.others or not self.events or not self.has("names"):
            return
        # The old state is what earlier shards were compared with: it stays, and a copy of it grows.
        number = self.generator.randrange(len(self.others))
        self.states_of_others += 1
        path = f"others/state-{self.states_of_others}/old"
        shutil.copytree(self.work / self.others[number], self.work / path, copy_function=shutil.copy2)
        folder = self.work / "other-inputs" / str(number)
        folder = shutil.copytree(folder, self.work / "other-inputs" / f"state-{self.states_of_others}" / folder.name)
        file = self.new_file("s.jsonl", bad=0)
        (folder / f"t{self.states_of_others}.jsonl").write_bytes(file.data + b'\n{"text": "one more"}\n')
        # Its input has the name that it had, but for one that is known by another.
        self.must(0, "run", folder, "--out", path, *self.parameters, *self.settings())
        self.others[number] = path
        named = [input for input in self.labels if any(shard.input == input for shard in self.taken)]
        self.refused(2, "--against", self.argument(named[0]), *self.parameters)
        self.say("another output grew:", path)
        self.comes_through(self.choose_inputs() or named[:1], "--against-changed", comes_to_end=True)

    def chunks(self):
        """The runs that a fresh output needs: events that follow each other are one run where its order is theirs."""
        chunks = []
        for event in self.events:
            if chunks:
                last = chunks[-1]
                inputs = last.inputs + [input for input in event.inputs if input not in last.inputs]
                shards = last.shards + event.shards
                rank = {input: number for number, input in enumerate(inputs)}
                order = [(rank[shard.input], os.fsencode(shard.path)) for shard in shards]
                policies = {last.policy, event.policy} - {None}
                # The only input of the first run has no label, and gets one when there are others.
                is_alone = len(chunks) == 1 and None in self.labels.values() and len(inputs) > 1
                if order == sorted(order) and len(policies) < 2 and last.others == event.others and not is_alone:
                    chunks[-1] = Event(inputs, shards, policies.pop() if policies else None, event.others)
                    continue
            chunks.append(Event(list(event.inputs), list(event.shards), event.policy, event.others))
        return chunks

    def compare(self):
        if not self.events:
            return
        expected = results(self.out)
        counted = report(self.out)["corpus"]
        self.compare_with_few_runs(expected, counted)
        self.compare_with_one_run(expected, counted)
        figures["comparisons"] += 1
        figures["shards compared"] += len(self.taken)
        self.say(f"compared {len(self.taken)} shards")

    def compare_with_few_runs(self, expected, counted):
        folder = self.work / "replay"
        others = None
        for chunk in self.chunks():
            for shard in chunk.shards:
                target = folder / shard.input / shard.path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(shard.file.data)
            arguments = [*(folder / input for input in chunk.inputs), "--out", "fresh", *self.parameters]
            if chunk.policy:
                arguments += ["--on-bad-line", chunk.policy]
            if others not in (None, chunk.others):
                arguments.append("--against-changed")
            others = chunk.others
            self.must(0, "run", *arguments, *self.against(others))
        fresh = self.work / "fresh"
        different = differences(expected, results(fresh))
        expect(not different, "other bytes than a fresh output:", different[:5])
        again = report(fresh)["corpus"]
        expect(again == counted, "report.json counts otherwise than a fresh output:", again, counted)
        shutil.rmtree(fresh)
        shutil.rmtree(folder)

    def compare_with_one_run(self, expected, counted):
        policies = {event.policy for event in self.events} - {None}
        if len(policies) > 1 or any(event.others != self.others for event in self.events):
            return
        folder = self.work / "single"
        names, arguments = {}, []
        for number, shard in enumerate(self.taken):
            label = f"{number:04}"
            target = folder / label / shard.path
            target.parent.mkdir(parents=True)
            target.write_bytes(shard.file.data)
            names[f"{label}/{shard.path}"] = shard.name
            arguments.append(f"{label}={folder / label}")
        if policies:
            arguments += ["--on-bad-line", policies.pop()]
        self.must(0, "run", *arguments, "--out", "fresh", *self.parameters, *self.against(self.others))
        fresh = self.work / "fresh"
        for number, (label, name) in enumerate(names.items()):
            expect((fresh / label).read_bytes() == expected[name], "other bytes than one run:", name)
            for kind in ("removed", "bad"):
                own = self.out / f".dedup/{kind}/{name}.jsonl.zst"
                other = fresh / f".dedup/{kind}/{label}.jsonl.zst"
                expect(own.exists() == other.exists(), "a list that one run has not, or has alone:", kind, name)
                if own.exists():
                    lists = [[json.loads(line) for line in decompressed(path).splitlines()] for path in (own, other)]
                    for entry in lists[1]:
                        if kind == "removed" and "against" not in entry["twin"]:
                            entry["twin"]["shard"] = names[entry["twin"]["shard"]]
                    expect(lists[0] == lists[1], "another list than one run:", kind, name)
        counts = [[{key: value for key, value in shard.items() if key not in ("name", "input")} for shard in corpus["shards"]]
                  for corpus in (report(fresh)["corpus"], counted)]
        expect(counts[0] == counts[1], "one run counts otherwise")
        shutil.rmtree(fresh)
        shutil.rmtree(folder)

    # Sequences

    STEPS = [
        (add, 6), (run, 7), (remove, 1), (restore, 1), (rename, 1.5), (touch, 1), (replace, 1), (append, 2), (damage, 1),
        (mend, 0.7), (check_inputs, 0.7), (compact, 1), (verify, 1), (flip, 1), (embed, 1), (score, 1), (force, 0.5), (dry_run, 1), (strict, 0.7),
        (grow_another, 0.7), (compare, 1.5),
    ]

    OF_FINISHED_OUTPUTS = {verify, flip, embed, score, compare, grow_another, append, force, dry_run}

    def go(self, steps):
        self.make_others()
        self.add()
        kinds, weights = zip(*self.STEPS)
        for _ in range(steps):
            figures["steps"] += 1
            kind = self.generator.choices(kinds, weights)[0]
            if kind in self.OF_FINISHED_OUTPUTS:
                self.finish()
            kind(self)
        self.finish()
        self.compare()


class Tools:
    """What all sequences need: a model, a head, and how long a run takes."""

    def __init__(self, arguments):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dedup-model-tools-"))
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
    tools = Tools(arguments)
    number = arguments.sequence or 0
    left = arguments.steps
    try:
        while left > 0:
            steps = min(left, STEPS_OF_A_SEQUENCE)
            world = World(arguments, number, tools)
            try:
                world.go(steps)
            except Difference as difference:
                print(f"DIFFERENCE in {world.seed}: {difference}")
                if arguments.keep:
                    print(f"the folder: {world.work}")
                else:
                    shutil.rmtree(world.work)
                print(f"to repeat: {sys.argv[0]} --dedup {arguments.dedup} --seed {arguments.seed} --sequence {number} "
                      f"--steps {steps} --without '{','.join(sorted(arguments.without))}' --keep")
                return 1
            shutil.rmtree(world.work)
            left -= steps
            number += 1
            if arguments.sequence is not None:
                break
    finally:
        shutil.rmtree(tools.folder)
    print(", ".join(f"{figures[name]:,} {name}" for name in [
        "steps", "runs", "kills", "left as killed", "refusals", "appended", "renamed", "flipped bytes", "comparisons", "shards compared", "vectors compared",
        "scores compared"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
