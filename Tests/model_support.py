"""Shared parts of Tests/model_test.py: generated texts, shards, and the files of an output."""

import collections
import dataclasses
import gzip
import json
import random
import subprocess

figures = collections.Counter()


class Difference(Exception):
    """The binary did something that the model does not allow."""


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
    """Generates documents: new texts, copies of earlier texts, and copies in which a few words are changed."""

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
        """Returns the lines of a shard, and the number of bad lines among them."""
        generator = self.generator
        lines = [self.line() for _ in range(generator.choice([0, 1, 3, 12, 30, 60, 150]))]
        for _ in range(generator.choice([0, 0, 1, 4])):
            lines.insert(generator.randint(0, len(lines)), generator.choice([b"", b"  ", b"\t"]))
        count = generator.randint(1, 3) if bad else 0
        for _ in range(count):
            lines.insert(generator.randint(0, len(lines)), generator.choice(BAD_LINES))
        return lines, count


def compressed(content, name, generator):
    """Returns the bytes of a shard with this name, sometimes as two zstd frames or gzip members."""
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
    """The present content of a shard in an input."""

    data: bytes
    bad: int
    ends_with_newline: bool = True
    # The undamaged bytes of a shard that is damaged now; None if it is not damaged.
    sound: bytes | None = None


@dataclasses.dataclass
class Taken:
    """A shard that a run has taken in, with its content at that time."""

    input: str
    path: str
    name: str
    file: File
    documents: int = 0


@dataclasses.dataclass
class Event:
    """The shards that one run took in, and the options that affected them: inputs, bad-line policy, other outputs."""

    inputs: list
    shards: list
    policy: str | None
    others: list


# Outputs


def results(out):
    """Returns the content of every result file of an output, except for the reports."""
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
