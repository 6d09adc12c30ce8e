#!/usr/bin/env bash
# Builds the bundled model, its quality heads and its model card from the data.
#
#     pip install -r Training/requirements.txt
#     apt-get update
#     Training/build-model.sh DATA OUT [--tests FOLDER]... [--dedup BINARY] [--only STEP]
#
# DATA has docs/ and quality/. Each step writes a folder or files in OUT. The published model is OUT/model, and its card
# is OUT/MODEL_CARD.md. With --only STEP, the script stops after that step.
#
# The step `gather` downloads packages of Debian (about 3 GB) with apt; `packages` those for the heads.
# --tests names folders of shards with texts that the encoder must not learn from, beside those of the split.
#
# The script can be stopped at any time and run again. A step is skipped if its results are complete and were made from
# the same inputs by the same command. A training that was interrupted is resumed. OUT/steps has a file for each
# finished step, with a hash of its inputs and the checksums of its results. If a training was made from other inputs,
# the script does not delete it, but stops with an error that says what to do.
#
# OUT/build.log has the time when each step ran, its duration in seconds and the checksums (SHA-256) of its results. The
# log ends with the checksums of the published files. They are the same every time on the same kind of processor with
# the same number of threads.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
dedup=$root/.build/release/dedup
python=${PYTHON:-python3}
whitening_documents=5000
only=
tests=()

fail() {
    echo "build-model.sh: $*" >&2
    exit 1
}

places=()
while [ $# -gt 0 ]; do
    case $1 in
    --dedup) dedup=${2:?--dedup takes a binary} && shift 2 ;;
    --tests) tests+=("$(cd "${2:?--tests takes a folder}" && pwd)") && shift 2 ;;
    --only) only=${2:?--only takes a step} && shift 2 ;;
    -h | --help) sed -n '2,/^set/p' "$0" | sed '$d; s/^# \{0,1\}//' && exit ;;
    -*) fail "no option $1; see --help" ;;
    *) places+=("$1") && shift ;;
    esac
done
[ ${#places[@]} = 2 ] || fail "give the folder of the data and one to write; see --help"
[ -d "${places[0]}/docs" ] && [ -d "${places[0]}/quality" ] || fail "${places[0]} has no docs/ and quality/"
[ -x "$dedup" ] || fail "$dedup is no program; build it (make build), or give another with --dedup"
"$python" -c 'import lxml, numpy, safetensors, sklearn, tokenizers, xxhash, yaml' ||
    fail "$python lacks packages: pip install -r Training/requirements.txt"
mkdir -p "${places[1]}/steps"
data=$(cd "${places[0]}" && pwd)
out=$(cd "${places[1]}" && pwd)
dedup=$(cd "$(dirname "$dedup")" && pwd)/$(basename "$dedup")
renice -n 10 -p $$ >/dev/null

say() { echo "$(date -u '+%F %T') $*" | tee -a "$out/build.log"; }

# Lists the files of results without hidden ones: `.dedup` contains the time when it was written.
files() { (cd "$out" && find "$@" -name '.?*' -prune -o -type f -print | LC_ALL=C sort); }

key=start
# step NAME "RESULT..." [FILE...]: runs the function run_NAME, unless its results already exist and were made from the
# same inputs. Inputs are the files (scripts, settings), the text of the function, and the results of the steps before.
step() {
    local name=$1 results=$2 stamp=$out/steps/$1 began status
    shift 2
    key=$(cd "$root" && { echo "$key" && declare -f "run_$name" && cat -- "$@" </dev/null; } | sha256sum | cut -d' ' -f1)
    if [ -f "$stamp" ] && [ "$(head -1 "$stamp")" = "$key" ] && (cd "$out" && tail -n +2 "$stamp" | sha256sum --check --status); then
        say "$name: there already"
    else
        # Such a step resumes by itself, so its results are kept. The results of other steps are deleted first.
        if [ -z "${trainings[$name]:-}" ]; then
            (cd "$out" && rm -rf -- $results)
        elif [ -f "$stamp" ] && [ "$(head -1 "$stamp")" != "$key" ]; then
            fail "$out/$name was made from other text or settings; move it and $stamp away to train anew"
        fi
        rm -f "$stamp"
        say "$name: begins"
        began=$SECONDS
        # The function does not run as `run_... || fail`, because `set -e` has no effect there: it would continue after
        # an error.
        set +e
        (
            set -e
            cd "$root"
            "run_$name"
        )
        status=$?
        set -e
        [ $status = 0 ] || fail "$name failed; mend what the lines above say, and run this again"
        (cd "$out" && echo "$key" && sha256sum -- $(files $results)) >"$stamp.part"
        mv "$stamp.part" "$stamp"
        say "$name: $((SECONDS - began)) seconds"
        tail -n +2 "$stamp" | sed 's/^/    /' | tee -a "$out/build.log"
    fi
    key=$(sha256sum "$stamp" | cut -d' ' -f1)
    [ "$only" != "$name" ] || exit 0
}

run_split() { "$python" Training/split.py "$data" "$out/split" --dedup "$dedup" >/dev/null; }

run_gather() { "$python" Training/gather.py "$out/gathered"; }

run_corpus() {
    "$python" Training/corpus.py "$out/corpus" --docs "$out/split/train" "$out/gathered/docs" \
        --tests "$out/split/quality" "$out/split/retrieval.jsonl.zst" "${tests[@]}" --dedup "$dedup"
}

run_tokenizer() { "$dedup" tokenizer train "$out/corpus/train" --vocab 20000 --out "$out/tokenizer"; }

# The teacher, as it is and as a model to begin with: every second layer, and the new tokenizer.
run_teacher() {
    "$python" Training/teacher.py pieces "$out/teacher"
    "$python" Training/teacher.py convert "$out/start" --tokenizer "$out/tokenizer" --layers 6
}

run_pieces() { "$python" Training/pieces.py "$out/corpus/train" "$out/pieces" --gathered "$out/gathered"; }

run_vectors() {
    "$python" Training/teacher.py embed "$out/pieces" "$out/vectors" --model "$out/teacher" --threads "$(nproc)" \
        --dedup "$dedup"
}

run_student() {
    "$dedup" train distill "$out/pieces" --model "$out/start" --teacher-vectors "$out/vectors" --pair-field pair \
        --config Pipelines/train-vectors.yaml --out "$out/student"
}

# A vector covers the whole document, in several windows if necessary. White space does not count, so that line breaks
# change neither vectors nor scores, and scores can be computed from vectors that are there.
run_export() {
    "$dedup" train export --model "$out/student" --out "$out/model" --dtype int8 --encoder-only
    echo '{"pooling": "mean", "long": "mean", "layout": "joined", "max-tokens": 128}' >"$out/model/embedding.json"
    cp NOTICE "$out/model/"
}

run_whitening() {
    "$dedup" train whitening "$out/corpus/train" --model "$out/model" --shrinkage 0.5 --max-documents "$whitening_documents"
}

run_packages() { "$python" Training/packages.py "$out/packages"; }

run_examples() {
    "$python" Training/heads.py "$data" "$out/split" "$out/packages" "$out/gathered" "$out/heads" --dedup "$dedup"
}

# Heads, scores and evaluations read these vectors.
run_texts() { "$dedup" embed "$out/heads/texts" --model "$out/model" --out "$out/texts"; }

run_heads() {
    "$dedup" score train "$out/heads/texts/train.jsonl" --embeddings "$out/texts" \
        --out "$out/model/head.json" 2>&1 | tee "$out/heads.txt"
}

# `dedup score` writes scores beside the documents, so docs/ is a folder of links to the data. The scores of the
# examples include the statistics, which quality.py needs.
run_scores() {
    mkdir -p "$out/docs"
    ln -sf "$data"/docs/*.jsonl* "$out/docs/"
    "$dedup" score "$out/docs" --model "$out/model"
    "$dedup" score "$out/heads/texts" --embeddings "$out/texts" --head "$out/model/head.json" --statistics
}

run_retrieval() {
    "$python" Training/retrieval.py "$out/start" "$out/student" "$out/model" --split "$out/split" \
        --whitening-documents "$whitening_documents" --out "$out/evaluation" --dedup "$dedup"
}

run_quality() {
    "$python" Training/quality.py "$out/model" --texts "$out/heads/texts" --vectors "$out/texts" \
        --statistics "$out/heads/texts/.dedup/scores" --out "$out/evaluation" --dedup "$dedup"
}

run_medians() { "$python" Training/medians.py "$out/docs" --out "$out/evaluation"; }

run_card() { "$python" Training/card.py "$out/model" "$out" >"$out/MODEL_CARD.md"; }

# Steps that go on where they stopped.
declare -A trainings=([texts]=1 [vectors]=1 [student]=1)
weights() { echo "$1/config.json $1/model.safetensors $1/tokenizer.json"; }

say "$(cd "$root" && git describe --always --dirty 2>/dev/null || echo 'no commit'), $("$dedup" --version), $(nproc) threads of" \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)"
step split split Training/split.py Training/bases.py
step gather "gathered/docs gathered/pairs gathered/sources.json" Training/gather.py Training/extract.py Training/sources.tsv
step corpus corpus Training/corpus.py Training/evaluation.py $(find "${tests[@]}" /dev/null -type f -name '*.jsonl*' | LC_ALL=C sort)
step tokenizer tokenizer
step teacher "teacher start" Training/teacher.py Training/e5.py
step pieces "pieces pieces.json" Training/pieces.py
step vectors vectors Training/teacher.py Training/e5.py
step student "$(weights student)" Pipelines/train-vectors.yaml
step export model NOTICE
step whitening model/whitening.safetensors
step packages packages/packages.json Training/packages.py
step examples heads Training/heads.py Training/{adverts,damage,layouts,packages,surroundings,webpages}.py Training/evaluation.py
step texts texts
step heads "model/head.json heads.txt"
step scores "docs/.dedup/scores heads/texts/.dedup/scores"
step retrieval "evaluation/retrieval.json evaluation/retrieval.md" Training/retrieval.py Training/evaluation.py
step quality "evaluation/quality.json evaluation/quality.md" Training/quality.py Training/evaluation.py
step medians "evaluation/medians.json evaluation/medians.md" Training/medians.py Training/evaluation.py
step card MODEL_CARD.md Training/card.py
say "what ships:"
(cd "$out/model" && sha256sum -- *) | tee -a "$out/build.log"
