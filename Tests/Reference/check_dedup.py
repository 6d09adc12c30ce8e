#!/usr/bin/env python3
"""Checks the output of a finished `dedup run` against the definition in reference.py.

It decides every document anew and compares the result with the output folder:

  shards    the output has the shards of the input and no others, compressed in the same way;
  lines     each holds the kept lines, byte for byte and in order;
  removed   the lists in .dedup/removed name the documents that the definition removes, in order, with the twin, the
            sizes of intersection and union, the similarity and the shared bands;
  bad       the lists in .dedup/bad name the lines that are not documents;
  report    report.json has the same counts, by shard, by input and in all, and the same parameters.

INPUT... are the inputs of the run, in their order. After several runs, give all of their inputs, in the order in which
they were taken in; every shard of an earlier run must come before those of a later one. The other options are those of
`dedup run`. Documents with characters unknown to this Python's version of Unicode are not compared, and are counted.

Exit codes: 0 all is as it should be, 1 something is not, 2 wrong usage or an input that cannot be read, 3 (with
--recall) too few documents are duplicates for a test of the recall.

It takes about 3 seconds of a core for a megabyte of text, and keeps all shingles in memory.
"""

import argparse
import json
import os
import pathlib
import sys
from decimal import Decimal, InvalidOperation
from typing import Any

sys.dont_write_bytecode = True

import corpus
import recall
import reference
from checks import Check
from output_folder import OutputFolder

FAULTS_SHOWN = 40


def thousandths(text: str) -> int:
    """Reads a threshold: a number from 0 to 1 with at most three decimals."""
    try:
        value = Decimal(text) * 1000
    except InvalidOperation:
        value = Decimal(-1)
    if not 0 <= value <= 1000 or value != int(value):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 0 to 1 with at most three decimals")
    return int(value)


def share(text: str) -> float:
    """Reads a share: a number from 0 to 1."""
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 0 to 1")
    return value


def arguments(values: list[str] | None = None) -> argparse.Namespace:
    """Reads the command line."""
    standard = reference.Settings()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("inputs", nargs="+", metavar="INPUT", help="a folder, a shard, or LABEL=PATH")
    add("--out", required=True, metavar="DIR", help="the output folder of the run")
    add("--text-field", action="append", metavar="PATH", help="the field of the text; may be given several times")
    add("--id-field", default="id", metavar="PATH", help="the field that names a document")
    add("--allow-nan", action="store_true", help="NaN and Infinity are values of fields that are not read")
    add("--on-bad-line", choices=["stop", "keep", "drop"], default="stop", help="what happened to bad lines")
    add("--normalization", choices=["nfc", "nfkc", "none"], default=standard.normalization)
    add("--min-words", type=int, default=0, metavar="N", help="documents with fewer words were dropped")
    add("--sample-share", type=share, default=1.0, metavar="S", help="this share of the documents was kept; default: 1")
    add("--sample-seed", type=int, default=0, metavar="N", help="default: 0")
    add("--shingle-unit", choices=["word", "char"], default=standard.shingle_unit)
    add("--shingle-size", type=int, default=standard.shingle_size, metavar="N")
    add("--match", choices=["jaccard", "exact"], default=standard.match)
    add("--threshold", type=thousandths, default="0.7", metavar="J", help="default: 0.7")
    add("--bands", type=int, default=standard.bands, metavar="B", help="default: 10")
    add("--rows", type=int, default=standard.rows, metavar="R", help="default: 10")
    add("--first-is-unlabelled", action="store_true", help="the first input was the only one of the first run")
    add("--recall", action="store_true", help="find all pairs above the threshold too, and show what share was removed")
    add("--processes", type=int, default=os.cpu_count() or 1, metavar="N", help="default: one per core")
    add("--json", action="store_true", help="write a summary in JSON")
    return parser.parse_args(values)


def check(args: argparse.Namespace) -> Check:
    """Checks what the command line names."""
    settings = reference.Settings(
        args.normalization, args.shingle_unit, args.shingle_size, args.match, args.threshold, args.bands, args.rows,
        args.min_words, args.sample_share, args.sample_seed,
    )  # fmt: skip
    output = OutputFolder(pathlib.Path(args.out))
    if not output.path.is_dir():
        raise corpus.CorpusError(f"{args.out}: no folder")
    fields = corpus.Fields(args.text_field or ["text"], args.id_field, args.allow_nan)
    result = Check(settings, fields, args.on_bad_line, output, args.processes)
    result.run(corpus.shards(args.inputs, args.first_is_unlabelled))
    return result


def measured_recall(result: Check) -> recall.Recall:
    """Measures the recall, and adds a fault for each bin that is not as the banding promises."""
    compared = [document for document in result.documents if document.sketch and document.fate != "dropped"]
    settings = result.settings
    found = recall.measure(
        [document.sketch.shingles for document in compared],
        [document.fate == "removed" for document in compared],
        settings.thousandths, settings.bands, settings.rows,
    )  # fmt: skip
    for group in found.bins:
        if not group.is_plausible:
            result.faults.append(
                f"recall from a similarity of {group.least}: {group.removed} of {group.documents} were removed, the "
                f"banding promises {group.expected:.1f}"
            )
    return found


def main() -> int:
    """Runs the command."""
    args = arguments()
    sys.setrecursionlimit(10_000)
    try:
        result = check(args)
    except corpus.CorpusError as error:
        print(f"check_dedup.py: {error}", file=sys.stderr)
        return 2
    found = measured_recall(result) if args.recall else None
    print(summary_json(result, found) if args.json else summary_text(result, found))
    if result.faults:
        return 1
    return 3 if found and found.duplicates < recall.FEWEST_DUPLICATES else 0


def summary_json(result: Check, found: recall.Recall | None) -> str:
    """Returns the result for a program."""
    summary: dict[str, Any] = {"documents": len(result.documents)}
    summary |= {fate: result.count(fate) for fate in ("kept", "removed", "dropped")}
    summary["bad"] = sum(len(shard.bad_lines) for shard in result.shards)
    summary["not_compared"] = sum(document.sketch is None for document in result.documents)
    if found:
        summary |= {"duplicates": found.duplicates, "found": found.found}
    return json.dumps(summary | {"faults": result.faults}, ensure_ascii=False)


def summary_text(result: Check, found: recall.Recall | None) -> str:
    """Returns the result for a person."""
    summary = json.loads(summary_json(result, found))
    faults = summary.pop("faults")
    lines = [", ".join(f"{value} {name.replace('_', ' ')}" for name, value in summary.items() if value)]
    if found:
        lines.append("similarity  documents  removed  expected")
        for group in found.bins:
            numbers = f"{group.least:10.2f} {group.documents:10d} {group.removed:8d} {group.expected:9.1f}"
            lines.append(numbers + ("" if group.is_plausible else "  not plausible"))
        if found.duplicates < recall.FEWEST_DUPLICATES:
            lines.append(f"fewer than {recall.FEWEST_DUPLICATES} duplicates: the recall was not tested")
    lines += [f"FAULT {fault}" for fault in faults[:FAULTS_SHOWN]]
    if len(faults) > FAULTS_SHOWN:
        lines.append(f"... and {len(faults) - FAULTS_SHOWN} more faults")
    return "\n".join(lines + ["no faults" if not faults else f"{len(faults)} faults"])


if __name__ == "__main__":
    sys.exit(main())
