#!/usr/bin/env bash
# Runs the binary over real and generated corpora, in every combination of options that matters, and checks each output
# with tools/check_dedup.py. Takes some minutes and some gigabytes of memory (check_dedup.py keeps all shingles).
#
#   SHARED   the folder with tools/ and data/ (default: shared, beside this checkout)
#   DEDUP    the binary (default: .build/release/dedup)
#   ONLY     a pattern: only checks whose names match it are run
#   WORK     the folder for corpora and outputs, which is kept (default: a temporary folder)
#
# Prints one line for each check: ok, few or FAILED. "few" means that fewer than 100 documents have a twin, so recall was
# not tested; this is no fault. Faults are listed below a FAILED line. Exits with 1 if a check failed.
set -uo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
SHARED=${SHARED:-$root/../shared}
DEDUP=${DEDUP:-$root/.build/release/dedup}
ONLY=${ONLY:-}
if [ ! -f "$SHARED/tools/check_dedup.py" ]; then
    echo "check-shared: no $SHARED/tools/check_dedup.py; say where it is: SHARED=FOLDER" >&2
    exit 2
fi
if [ ! -x "$DEDUP" ]; then
    echo "check-shared: no binary at $DEDUP; build it, or say where it is: DEDUP=FILE" >&2
    exit 2
fi
export PYTHONDONTWRITEBYTECODE=1
if [ -n "${WORK:-}" ]; then
    mkdir -p "$WORK"
else
    WORK=$(mktemp -d)
    trap 'rm -rf "$WORK"' EXIT
fi
failed=0

wanted() { [ -z "$ONLY" ] || [[ $1 =~ $ONLY ]]; }

# corpus NAME ARGUMENTS...: prints the folder of a generated corpus. The corpus is generated on the first call.
corpus() {
    local folder=$WORK/corpora/$1
    shift
    if [ ! -d "$folder" ]; then
        python3 "$SHARED/tools/make_corpus.py" "$folder.new" "$@" >"$WORK/make.log" 2>&1 || { cat "$WORK/make.log" >&2; return 1; }
        mv "$folder.new" "$folder"
    fi
    echo "$folder"
}

# check NAME "INPUTS" "OPTIONS OF THE RUN" "OPTIONS OF THE CHECK" [LEAST RECALL] [MAY HAVE FEW TWINS]
check() {
    local name=$1 inputs=$2 run=$3 options=$4 recall=${5:-0} few=${6:-} out=$WORK/out start=$SECONDS result code verdict
    rm -rf "$out"
    # shellcheck disable=SC2086  # lists of words
    if ! "$DEDUP" run $inputs --out "$out" --quiet $run >"$WORK/run.log" 2>&1; then
        printf 'FAILED %-34s the run: %s\n' "$name" "$(tail -1 "$WORK/run.log")"
        failed=1
        return
    fi
    # shellcheck disable=SC2086
    result=$(python3 "$SHARED/tools/check_dedup.py" $inputs --out "$out" --json $options 2>"$WORK/check.log")
    code=$?
    verdict=$(RESULT=$result python3 - "$code" "$recall" "$few" "$WORK/check.log" <<'PYTHON'
import json, os, sys
code, least, few, log = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3], sys.argv[4]
try:
    r = json.loads(os.environ["RESULT"])
except ValueError:
    lines = open(log).read().strip().splitlines()
    print("FAILED check_dedup.py:", lines[-1] if lines else f"exit {code}")
    sys.exit()
faults = r["faults"]
if r["recall"] < least and r["true_duplicates"]:
    faults.append(f"recall {r['recall']:.4f} is below {least}")
if code == 3 and not few:
    faults.append(f"only {r['true_duplicates']} documents have a twin")
word = "FAILED" if faults or code not in (0, 3) else "few" if code == 3 else "ok"
print(word, f"{r['documents']} documents, {r['removed']} removed, {r['true_duplicates']} with a twin, recall {r['recall']:.4f}")
for fault in faults[:10]:
    print("        " + fault)
PYTHON
    )
    [[ $verdict == FAILED* ]] && failed=1
    printf '%-6s %-34s %s (%d s)\n' "${verdict%% *}" "$name" "${verdict#* }" $((SECONDS - start))
}

# generated NAME "MAKE ARGUMENTS" "OPTIONS OF THE RUN" "OPTIONS OF THE CHECK" [RECALL] [FEW]
generated() {
    local folder name=$1 make=$2
    wanted "$name" || return 0
    # shellcheck disable=SC2086
    folder=$(corpus "${make// /}" $make) || { echo "FAILED $name: the corpus could not be made"; failed=1; return; }
    shift 2
    check "$name" "$folder" "$@"
}

mixed="--kind mixed --mb 10 --shard-mb 2"
generated mixed "$mixed" "" ""
generated mixed-escape "$mixed --escape" "" ""
generated comments "--kind comments --mb 10" "" ""
generated books "--kind books --mb 100" "" ""
generated slot "--kind slot --mb 5" "" "" 0 few
generated scatter "--kind scatter --mb 5" "" "" 0 few
generated mixed-char "$mixed" "--shingle-unit char" "--unit char"
generated mixed-nfkc "$mixed" "--normalization nfkc" "--normalization NFKC"
generated mixed-normalization-none "$mixed" "--normalization none" "--normalization none"
generated mixed-threshold-0.85 "$mixed" "--threshold 0.85" "--threshold 0.85"
generated mixed-20x5 "$mixed" "--bands 20 --rows 5" "--bands 20 --rows 5" 0.97
generated mixed-recall.yaml "$mixed" "--pipeline recall" "--bands 20 --rows 5" 0.97
generated mixed-short-texts.yaml "$mixed" "--pipeline short-texts" \
    "--unit char --normalization NFKC --bands 20 --rows 5" 0.97
generated comments-short-texts.yaml "--kind comments --mb 2" "--pipeline short-texts" \
    "--unit char --normalization NFKC --bands 20 --rows 5" 0.97
generated mixed-size-3 "$mixed" "--shingle-size 3" "--size 3"
generated mixed-7-threads-256M "$mixed" "--threads 7 --memory 256M" ""

for folder in "$SHARED"/data/neardup/*/; do
    name=neardup/$(basename "$folder")
    # Only the documents are a corpus; pairs.jsonl beside them is not.
    wanted "$name" && check "$name" "${folder}docs.jsonl.zst" "" "" 0 few
done

wanted docs && check docs "$SHARED/data/docs" "" ""
if wanted two-inputs; then
    a=$(corpus two/first --kind mixed --mb 6 --shard-mb 2) && b=$(corpus two/second --kind mixed --mb 10 --shard-mb 2) && {
        check two-inputs "$a $b" "" ""
        check two-inputs-other-order "$b $a" "" ""
    } || failed=1
fi

exit $failed
