#!/usr/bin/env bash
# Builds the examples, runs each of them, and compares what they print with the files in Expected.
set -euo pipefail
cd "$(dirname "$0")"
swift=${SWIFT:-swift}
build=(--scratch-path ../.build/examples)
"$swift" build "${build[@]}"
bin=$("$swift" build "${build[@]}" --show-bin-path)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

failed=0
check() {
    if diff -u "Expected/$1.txt" "$folder/$1.txt"; then
        echo "$1: as expected"
    else
        echo "$1: not as expected"
        failed=1
    fi
}

"$bin/DeduplicateTexts" >"$folder/DeduplicateTexts.txt"
check DeduplicateTexts

# Two processes share one index.
{
    "$bin/KeepAnIndex" "$folder/index" \
        "A text of more than five words, which is new." "Another text of more than five words."
    "$bin/KeepAnIndex" "$folder/index" \
        "A third text, which no other process has added." "Another text of more than five words!"
} >"$folder/KeepAnIndex.txt"
check KeepAnIndex

# The second run has nothing left to do.
{
    "$bin/RunACorpus" ../SampleCorpus "$folder/clean"
    "$bin/RunACorpus" ../SampleCorpus "$folder/clean"
} >"$folder/RunACorpus.txt" 2>/dev/null
check RunACorpus

DEDUP_MODEL=${DEDUP_MODEL:-$PWD/../Sources/CommandLine/Model} "$bin/SearchTexts" >"$folder/SearchTexts.txt"
check SearchTexts
exit "$failed"
