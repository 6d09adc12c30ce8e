#!/usr/bin/env python3
"""Disturbs runs over a corpus, and checks that their final output has the same bytes as that of an undisturbed run.

    Tests/endure.py split DEDUP CORPUS WORK [--rounds N]   the corpus in several runs; threads and memory are random
    Tests/endure.py kill  DEDUP CORPUS WORK [--rounds N]   N times SIGKILL; the run is started again each time
    Tests/endure.py full  DEDUP CORPUS WORK [--rounds N]   the disk fills up and is freed again; mounts a tmpfs (root)

WORK is a folder for outputs, which is deleted first. Every mode prints what it did. Exits with 1 at the first
difference.
"""

import argparse
import collections
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time


def digest(out):
    """Returns a hash for every file of an output that must not vary, and for the "corpus" part of the report."""
    found = {}
    for path in sorted(out.rglob("*")):
        name = str(path.relative_to(out))
        hidden = name.startswith(".dedup/") and not name.startswith((".dedup/removed/", ".dedup/bad/"))
        if path.is_file() and not hidden:
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    report = json.loads((out / ".dedup/report.json").read_text())
    found["report"] = hashlib.sha256(json.dumps(report["corpus"], sort_keys=True).encode()).hexdigest()
    return found


def differences(a, b):
    return [name for name in sorted(a.keys() | b.keys()) if a.get(name) != b.get(name)]


def command(arguments, corpus, out, *options):
    return [arguments.dedup, "run", str(corpus), "--out", str(out), "--quiet", *options]


def run(arguments, corpus, out, *options):
    done = subprocess.run(command(arguments, corpus, out, *options), stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"a run failed: {done.stderr.strip()}")


def check(name, expected, out):
    different = differences(expected, digest(out))
    if different:
        sys.exit(f"{name}: other bytes than the undisturbed run in {len(different)} files: {different[:5]}")


def settings(generator):
    return ["--threads", str(generator.randint(1, 7)), "--memory", generator.choice(["256M", "300M", "512M", "1G", "2G"])]


def split(arguments, generator, expected):
    shards = sorted(str(path.relative_to(arguments.corpus)) for path in arguments.corpus.rglob("*") if path.is_file())
    for number in range(arguments.rounds):
        # The folder keeps the corpus's name, because the report contains the name of the input.
        corpus, out = arguments.work / "split" / arguments.corpus.resolve().name, arguments.work / "out"
        shutil.rmtree(corpus, ignore_errors=True)
        shutil.rmtree(out, ignore_errors=True)
        runs = generator.randint(1, min(10, len(shards)))
        ends = sorted(generator.sample(range(1, len(shards)), runs - 1)) + [len(shards)]
        start, used = 0, []
        for end in ends:
            for shard in shards[start:end]:
                (corpus / shard).parent.mkdir(parents=True, exist_ok=True)
                (corpus / shard).symlink_to((arguments.corpus / shard).resolve())
            options = settings(generator)
            run(arguments, corpus, out, *options)
            used.append(f"{end - start} shards {' '.join(options)}")
            start = end
        check(f"round {number}", expected, out)
        print(f"round {number}: {runs} runs, the same bytes ({'; '.join(used)})", flush=True)


def phase(out, shards):
    """Says in which phase a run was killed, judging by its catalog."""
    catalog = out / ".dedup/catalog.sqlite"
    if not catalog.exists():
        return "before the first write"
    copy = out.parent / "catalog.sqlite"
    for ending in ("", "-wal"):
        copied = pathlib.Path(str(copy) + ending)
        copied.unlink(missing_ok=True)
        if pathlib.Path(str(catalog) + ending).exists():
            shutil.copy(str(catalog) + ending, copied)
    try:
        with sqlite3.connect(copy) as database:
            done, intended = (
                database.execute(f"SELECT count(*) FROM shard WHERE is_done = {value}").fetchone()[0] for value in (1, 0)
            )
    except sqlite3.Error:
        return "while the catalog was made"
    if intended:
        return "between intent and commit"
    if done == shards:
        return "after the last commit"
    if any((out / ".dedup/tmp").iterdir()):
        return "while shards were written"
    return "between commits" if done else "before the first shard"


def kill(arguments, generator, expected):
    shards = sum(path.is_file() for path in arguments.corpus.rglob("*"))
    out = arguments.work / "out"
    started = time.monotonic()
    run(arguments, arguments.corpus, out)
    whole = time.monotonic() - started
    phases = collections.Counter()
    outputs = several = 0
    while phases.total() < arguments.rounds:
        shutil.rmtree(out, ignore_errors=True)
        while True:
            process = subprocess.Popen(
                command(arguments, arguments.corpus, out, *settings(generator)), stderr=subprocess.PIPE, text=True)
            try:
                errors = process.communicate(timeout=generator.uniform(0.02, whole * 0.9))[1]
                if process.returncode != 0:
                    sys.exit(f"a run failed: {errors.strip()}")
                break
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.communicate()
                phases[phase(out, shards)] += 1
                several += has_files_of_several_shards(out)
        check(f"output {outputs}", expected, out)
        outputs += 1
    print(f"{phases.total()} kills over {outputs} outputs, all with the same bytes; where they came:")
    for name, count in phases.most_common():
        print(f"  {count:5}  {name}")
    print(f"at {several} of the kills, two or more shards had files that were not committed")


def has_files_of_several_shards(out):
    """Whether there are more temporary files than one shard can have: its documents and two lists."""
    temporary = out / ".dedup/tmp"
    return temporary.is_dir() and len([path for path in temporary.iterdir() if path.name.isdigit()]) > 3


def full(arguments, generator, expected):
    disk = arguments.work / "disk"
    disk.mkdir()
    needed = sum(path.stat().st_size for path in (arguments.work / "undisturbed").rglob("*") if path.is_file())
    failures = collections.Counter()
    for number in range(arguments.rounds):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={needed * 4}", "tmpfs", str(disk)], check=True)
        try:
            out = disk / "out"
            fails = 0
            while True:
                # A ballast file leaves only a part of the space that the run still needs.
                ballast = disk / "ballast"
                room = os.statvfs(disk).f_bavail * os.statvfs(disk).f_bsize
                with open(ballast, "wb") as file:
                    os.posix_fallocate(file.fileno(), 0, max(1, room - generator.randint(1, needed)))
                done = subprocess.run(
                    command(arguments, arguments.corpus, out, *settings(generator)), stderr=subprocess.PIPE, text=True)
                ballast.unlink()
                if done.returncode == 0:
                    break
                if "No space left" not in done.stderr and "disk is full" not in done.stderr:
                    sys.exit(f"a run failed for another reason: {done.stderr.strip()}")
                failures[done.stderr.strip().split(":")[1].strip().split("/")[0]] += 1
                fails += 1
                if fails > 50:
                    sys.exit("no end of failures")
            check(f"round {number}", expected, out)
            print(f"round {number}: failed {fails} times for want of room, then the same bytes", flush=True)
        finally:
            subprocess.run(["umount", str(disk)], check=True)
    print(dict(failures))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=["split", "kill", "full"])
    parser.add_argument("dedup")
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    shutil.rmtree(arguments.work, ignore_errors=True)
    arguments.work.mkdir(parents=True)
    run(arguments, arguments.corpus, arguments.work / "undisturbed")
    expected = digest(arguments.work / "undisturbed")
    {"split": split, "kill": kill, "full": full}[arguments.mode](arguments, random.Random(arguments.seed), expected)


main()
