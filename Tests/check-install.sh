#!/bin/sh
# Installs dedup elsewhere with a model, calls it through a link from another folder without DEDUP_MODEL, and embeds.
#
# What is loaded of the binary (its code and data, not the debug information and the symbols, which no run reads) must
# not name the checkout.
set -eu
cd "$(dirname "$0")/.."
checkout=$(pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# The bundled model, or one that is made up.
model=Sources/CommandLine/Model
if [ ! -d "$model" ]; then
	model=$work/model
	python3 Tests/tiny_model.py "$model"
fi
${MAKE:-make} --no-print-directory install PREFIX="$work/prefix" MODEL="$model" >/dev/null
# Beside the built binary lies nothing that could be found in place of what was installed.
mkdir "$work/bin" "$work/elsewhere" "$work/corpus"
ln -s "$work/prefix/bin/dedup" "$work/bin/dedup"
printf '{"id":"a","text":"Один документ"}\n{"id":"b","text":"and another one"}\n' >"$work/corpus/a.jsonl"
cd "$work/elsewhere"
unset DEDUP_MODEL
"$work/bin/dedup" embed "$work/corpus" --out "$work/vectors" --quiet
installed=$(cd "$work/prefix/share/dedup/model" && pwd -P)
grep -q "\"model\" : \"$installed\"" "$work/vectors/embeddings.json" || {
	echo "check-install: the model was not found where it was installed" >&2
	exit 1
}
"$work/bin/dedup" tokenize --text 'a' >/dev/null

cp "$work/prefix/bin/dedup" "$work/stripped"
strip --strip-all "$work/stripped"
if grep -aqF "$checkout" "$work/stripped"; then
	echo "check-install: the code or data of the binary name the checkout:" >&2
	strings -a "$work/stripped" | grep -F "$checkout" | head -n 5 >&2
	exit 1
fi

cd "$checkout"
${MAKE:-make} --no-print-directory uninstall PREFIX="$work/prefix" >/dev/null
if [ -e "$work/prefix/bin/dedup" ] || [ -e "$work/prefix/share/dedup" ]; then
	echo "check-install: something was left by uninstall" >&2
	exit 1
fi
echo "check-install: the installed binary finds its model, and names no path of the build"
