#!/usr/bin/env python3
"""Runs dedup over small corpora of every kind, and holds each output against the definition in reference.py.

Every corpus is deduplicated in one run, and again in several runs between which shards are added. Both outputs are
checked, and have to be the same bytes. Further runs have other options. The sample corpus is the last.

Exit code: 0 all is as it should be, 1 something is not.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

HERE = pathlib.Path(__file__).resolve().parent
SAMPLE = HERE.parents[1] / "SampleCorpus"

# The arguments of make_corpus.py for each corpus.
CORPORA = {
    "mixed": ["--mb", "1.5", "--shard-mb", "0.4"],
    "comments": ["--mb", "1", "--shard-mb", "0.3"],
    "books": ["--mb", "2", "--shard-mb", "0.6", "--farthest", "20"],
    "slot": ["--mb", "0.5", "--shard-mb", "0.2"],
    "scatter": ["--mb", "0.5", "--shard-mb", "0.2"],
}
SMALL = ["--mb", "0.3", "--shard-mb", "0.1", "--farthest", "100", "--copies", "0.6"]
# Options that dedup run and check_dedup.py spell alike.
OPTIONS = [
    ["--threshold", "0.85"],
    ["--bands", "20", "--rows", "5"],
    ["--shingle-unit", "char"],
    ["--shingle-size", "3"],
    ["--normalization", "nfkc"],
    ["--normalization", "none"],
    ["--match", "exact"],
    ["--min-words", "25"],
    ["--sample-share", "0.3"],
    ["--sample-share", "0.6", "--sample-seed", "9223372036854775807", "--min-words", "25"],
    ["--sample-share", "0.5", "--sample-seed", "7", "--id-field", "missing"],
    ["--text-field", "lang", "--text-field", "missing,text", "--id-field", "text,id"],
    ["--on-bad-line", "keep"],
    ["--on-bad-line", "drop"],
]
BLANK_LINES = [b"", b" \t"]
BAD_LINES = [b"no JSON", b"{}", b'{"text":1}', b'["text"]', b'{"text":"cut', b'{"text":"\xff"}', b'{"text":NaN}']


class Failed(Exception):
    """Something is not as it should be."""


class Checks:
    """Runs dedup in a temporary folder."""

    def __init__(self, dedup: pathlib.Path, work: pathlib.Path):
        self.dedup, self.work = dedup, work
        self.count, self.failures = 0, 0

    def check(self, name: str, what) -> None:
        """Runs one check and prints a line about it."""
        start = time.monotonic()
        self.count += 1
        try:
            result = what()
        except Failed as failure:
            self.failures += 1
            result = f"FAILED: {failure}"
        print(f"{name:42} {result} ({time.monotonic() - start:.1f} s)", flush=True)

    def corpus(self, name: str, *options: str) -> pathlib.Path:
        """Makes a corpus."""
        folder = self.work / "corpora" / name
        command([sys.executable, HERE / "make_corpus.py", folder, *options])
        return folder

    def run(self, out: pathlib.Path, inputs: list, options: list[str]) -> None:
        """Runs `dedup run`."""
        command([self.dedup, "run", *inputs, "--out", out, "--quiet", *options])

    def hold(self, out: pathlib.Path, inputs: list, options: list[str]) -> str:
        """Runs check_dedup.py, and returns its figures."""
        script = [sys.executable, HERE / "check_dedup.py", *inputs, "--out", out, "--json", *options]
        result = subprocess.run(list(map(str, script)), capture_output=True, text=True, check=False)
        if result.returncode == 2 or not result.stdout:
            raise Failed(result.stderr.strip() or "check_dedup.py ended without a result")
        summary = json.loads(result.stdout)
        faults = summary.pop("faults")
        if faults:
            raise Failed(f"{len(faults)} faults, as: " + "; ".join(faults[:5]))
        return ", ".join(f"{value} {key.replace('_', ' ')}" for key, value in summary.items() if value)

    # What is checked

    def one_run(self, name: str, inputs: list, options: list[str]) -> str:
        """Checks a single run."""
        out = self.work / "out" / name
        self.run(out, inputs, options)
        return self.hold(out, inputs, options)

    def several_runs(self, name: str, corpus: pathlib.Path) -> str:
        """Checks runs between which shards are added, and compares their output with that of the single run."""
        out, grown = self.work / "out" / f"{name}-several", self.work / "grown" / name
        grown.mkdir(parents=True)
        for shard in sorted(corpus.iterdir()):
            shutil.copy2(shard, grown)
            self.run(out, [grown], [])
        result = self.hold(out, [grown], [])
        compare_outputs(self.work / "out" / name, out)
        return result

    def all(self) -> None:
        """Runs all checks."""
        for name, options in CORPORA.items():
            corpus = self.corpus(name, "--kind", name, *options)
            self.check(f"{name}, one run", lambda: self.one_run(name, [corpus], []))
            self.check(f"{name}, a run for each shard", lambda: self.several_runs(name, corpus))
        plain = self.corpus("small", *SMALL, "--compression", "none")
        spoil(plain / "part-00001.jsonl")
        escaped = self.corpus("escaped", *SMALL, "--escape", "--compression", "gz")
        for number, options in enumerate(OPTIONS):
            bad = [] if "--on-bad-line" in options else ["--on-bad-line", "drop"]
            name = " ".join(options)
            self.check(name, lambda: self.one_run(f"options-{number}", [plain], options + bad))
        # The second input has the same documents, so that nearly all of its documents are duplicates.
        inputs = [escaped, f"second={plain}"]
        self.check("two inputs", lambda: self.one_run("two", inputs, ["--on-bad-line", "keep"]))
        self.check("SampleCorpus", lambda: self.one_run("sample", [SAMPLE], []))


def command(words: list) -> None:
    """Runs a program that has to end well."""
    result = subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False)
    if result.returncode:
        raise Failed(f"{pathlib.Path(words[0]).name} ended with {result.returncode}: {result.stderr.strip()[-500:]}")


def spoil(shard: pathlib.Path) -> None:
    """Puts lines that are not documents, and blank ones, between the others."""
    lines = shard.read_bytes().splitlines()
    for place, line in enumerate(BLANK_LINES + BAD_LINES):
        lines.insert(3 * place, line)
    shard.write_bytes(b"\n".join(lines))


def compare_outputs(first: pathlib.Path, second: pathlib.Path) -> None:
    """Compares the shards and the lists of two outputs, byte for byte."""
    files = [files_to_compare(folder) for folder in (first, second)]
    if files[0] != files[1]:
        differing = {name for name in {**files[0], **files[1]} if files[0].get(name) != files[1].get(name)}
        raise Failed(f"the output of several runs differs from that of one: {', '.join(sorted(differing))}")


def files_to_compare(folder: pathlib.Path) -> dict[str, bytes]:
    """Returns the shards, the lists of removed documents and those of bad lines."""
    names = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    names = [name for name in names if name.parts[0] != ".dedup" or name.parts[1] in ("removed", "bad")]
    return {str(name): (folder / name).read_bytes() for name in names}


def main() -> int:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dedup", type=pathlib.Path, required=True, metavar="FILE", help="the binary")
    args = parser.parse_args()
    if not args.dedup.is_file():
        parser.error(f"{args.dedup}: no file")
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="dedup-reference-") as work:
        checks = Checks(args.dedup.resolve(), pathlib.Path(work))
        checks.all()
    print(f"{checks.count} checks, {checks.failures} failed, {time.monotonic() - start:.0f} s")
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())
