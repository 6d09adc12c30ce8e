#!/usr/bin/env python3
"""Measures `dedup run` on the texts that are worst for it, with one size of corpus and with twice that size.

    Benchmarks/worst-cases.py [--dedup .build/release/dedup] [--scale 1] [--only KIND ...] [--work FOLDER]

The kinds of corpora, at scale 1 (J is the Jaccard similarity):

    slot        100,000 pages of 300 words, of which 60 at one place are the page's own: the pages have J of 0.64 to
                each other, and one pair in nine shares a band
    scatter     100,000 pages with two runs of 25 own words each, at other places in every page: J of 0.44 to 0.67
    near        50,000 slot pages and, after every second page, a copy of an earlier page with 4 words changed
    short       500,000 texts of 30 words, of which 2 are the text's own: J of 0.63 to each other
    copies      500,000 copies of one document of 100 words
    words       500,000 documents of three words, all different
    large       one document of 100 MB, with --memory 4G

The output has a line for each kind: the number of documents; the CPU seconds (user and system) of both sizes and their
ratio; microseconds per document; the number of candidates from report.json (pairs, counted once for each shared band);
and nanoseconds of CPU per candidate. A ratio of 2 means linear time. The script fails if a ratio is above 2.3.

Needs zstd on the PATH. The corpora take up to 2 GB in the work folder, one at a time.
"""
import argparse
import json
import pathlib
import random
import resource
import shutil
import subprocess
import sys
import tempfile

SHARD_BYTES = 12_500_000


def vocabulary(rng, count=20_000):
    syllables = [c + v for c in "бвгдклмнпрст" for v in "аеиоуя"] + [c + v for c in "bdfklmnprst" for v in "aeiou"]
    return ["".join(rng.choice(syllables) for _ in range(rng.randint(2, 4))) for _ in range(count)]


def slot(rng, count, words=300, start=120, own=60):
    vocab = vocabulary(rng)
    layout = rng.sample(vocab, words)
    for _ in range(count):
        page = layout[:]
        page[start : start + own] = rng.choices(vocab, k=own)
        yield " ".join(page)


def scatter(rng, count):
    vocab = vocabulary(rng)
    layout = rng.sample(vocab, 300)
    for _ in range(count):
        page = layout[:]
        for start in (rng.randrange(0, 120), rng.randrange(150, 270)):
            page[start : start + 25] = rng.choices(vocab, k=25)
        yield " ".join(page)


def near(rng, count):
    pages = []
    for number, page in enumerate(slot(rng, count)):
        yield page
        pages.append(page)
        if number % 2:
            words = rng.choice(pages).split(" ")
            for place in rng.sample(range(len(words)), 4):
                words[place] = "иной"
            yield " ".join(words)


def words(rng, count):
    for number in range(count):
        yield f"слово{number} word{number * 7} {number * 13}"


def large(rng, megabytes):
    vocab = vocabulary(rng)
    text = []
    size = 0
    while size < megabytes * 1_000_000:
        part = " ".join(rng.choices(vocab, k=100_000))
        text.append(part)
        size += len(part.encode())
    yield " ".join(text)


KINDS = {
    "slot": (100_000, slot),
    "scatter": (100_000, scatter),
    "near": (50_000, near),
    "short": (500_000, lambda rng, count: slot(rng, count, words=30, start=14, own=2)),
    "copies": (500_000, lambda rng, count: iter([next(slot(rng, 1, words=100))] * count)),
    "words": (500_000, words),
    "large": (100, large),
}

OPTIONS = {"large": ["--memory", "4G"]}


def write(texts, folder):
    folder.mkdir(parents=True)
    count, lines, size, shard = 0, [], 0, 0

    def flush():
        nonlocal lines, size, shard
        path = folder / f"part-{shard:05d}.jsonl.zst"
        subprocess.run(["zstd", "-q", "-3", "-o", str(path)], input="".join(lines).encode(), check=True)
        lines, size, shard = [], 0, shard + 1

    for text in texts:
        lines.append(json.dumps({"id": f"d{count}", "text": text}, ensure_ascii=False) + "\n")
        size += len(lines[-1])
        count += 1
        if size > SHARD_BYTES:
            flush()
    if lines:
        flush()
    return count


def run(dedup, corpus, out, options):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [dedup, "run", str(corpus), "--out", str(out), *options]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    report = json.loads((out / ".dedup" / "report.json").read_text())["corpus"]
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, report


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dedup", default=".build/release/dedup")
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--only", nargs="*", choices=list(KINDS))
    parser.add_argument("--work", type=pathlib.Path)
    args = parser.parse_args()
    work = pathlib.Path(tempfile.mkdtemp(prefix="worst-cases-", dir=args.work))
    print("| kind | documents | CPU s | CPU s, twice as much | ratio | µs/document | candidates | ns/candidate |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    failed = []
    try:
        for kind in args.only or KINDS:
            size, texts = KINDS[kind]
            seconds = []
            for factor in (1, 2):
                count = write(texts(random.Random(1), int(size * args.scale * factor)), work / "corpus")
                cpu, report = run(args.dedup, work / "corpus", work / "out", OPTIONS.get(kind, []))
                seconds.append(cpu)
                shutil.rmtree(work / "corpus")
                shutil.rmtree(work / "out")
            ratio = seconds[1] / seconds[0]
            pairs = report.get("candidates", 0)
            each = f"{seconds[1] / pairs * 1e9:.0f}" if pairs > count else ""
            print(f"| {kind} | {count:,} | {seconds[0]:.2f} | {seconds[1]:.2f} | {ratio:.2f} "
                  f"| {seconds[1] / count * 1e6:.1f} | {pairs:,} | {each} |", flush=True)
            if ratio > 2.3:
                failed.append(kind)
    finally:
        shutil.rmtree(work)
    if failed:
        sys.exit("more than 2.3 times the time for twice as much: " + ", ".join(failed))


if __name__ == "__main__":
    main()
