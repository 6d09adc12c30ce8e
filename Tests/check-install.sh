#!/bin/sh
# Installs dedup to a temporary folder, looks at everything that was installed, and removes it again.
#
# The binary is called through a link from another folder, without DEDUP_MODEL, and has to find its model. It has to be
# stripped, and its code and data must not name the checkout. Completion scripts and the manual page have to be free of
# errors for every shell and viewer that is installed here. In the end no file may be left.
set -eu
cd "$(dirname "$0")/.."
checkout=$(pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix

fail() {
	echo "check-install: $*" >&2
	exit 1
}

is_here() { command -v "$1" >/dev/null; }

# The bundled model or, if it is not there, a tiny generated one.
model=Sources/CommandLine/Model
if [ ! -d "$model" ]; then
	model=$work/model
	python3 Tests/tiny_model.py "$model"
fi
${MAKE:-make} --no-print-directory install PREFIX="$prefix" MODEL="$model" >"$work/log" 2>&1 || {
	tail -n 20 "$work/log" >&2
	fail "make install failed"
}

# The binary. Nothing lies beside the link that could be found in place of what was installed.
mkdir "$work/bin" "$work/elsewhere" "$work/corpus"
ln -s "$prefix/bin/dedup" "$work/bin/dedup"
printf '{"id":"a","text":"Один документ"}\n{"id":"b","text":"and another one"}\n' >"$work/corpus/a.jsonl"
unset DEDUP_MODEL
(cd "$work/elsewhere" && "$work/bin/dedup" embed "$work/corpus" --out "$work/vectors" --quiet)
installed=$(cd "$prefix/share/dedup/model" && pwd -P)
grep -q "\"model\" : \"$installed\"" "$work/vectors/embeddings.json" ||
	fail "the model was not found where it was installed"
"$work/bin/dedup" tokenize --text 'a' >/dev/null
[ -z "$(nm "$prefix/bin/dedup" 2>/dev/null)" ] || fail "the binary is not stripped"
if grep -aqF "$checkout" "$prefix/bin/dedup"; then
	strings -a "$prefix/bin/dedup" | grep -F "$checkout" | head -n 5 >&2
	fail "the code or data of the binary name the checkout"
fi

# Completions.
bash_script=$prefix/share/bash-completion/completions/dedup
zsh_script=$prefix/share/zsh/site-functions/_dedup
fish_script=$prefix/share/fish/vendor_completions.d/dedup.fish
bash -n "$bash_script" || fail "bash does not read its completion script"
head -n 1 "$zsh_script" | grep -qx '#compdef dedup' ||
	fail "the completion script of zsh does not say what it completes"
grep -q explain-score "$fish_script" || fail "the completion script of fish does not know all commands"
if is_here zsh; then zsh -n "$zsh_script" || fail "zsh does not read its completion script"; fi
if is_here fish; then fish --no-execute "$fish_script" || fail "fish does not read its completion script"; fi
shells=$(Tests/check-completions.sh "$bash_script" "$fish_script" "$zsh_script") || fail "the completions are wrong"
checked="completions in $shells"

# The manual page.
page=$prefix/share/man/man1/dedup.1
if is_here man; then
	LC_ALL=C.UTF-8 MANPATH=$prefix/share/man man --warnings dedup >"$work/page" 2>"$work/warnings" ||
		fail "man does not show the page"
	[ ! -s "$work/warnings" ] || fail "man warns about the page: $(head -n 3 "$work/warnings")"
	grep -q -- --on-bad-shard "$work/page" || fail "the page does not describe all options"
	checked="$checked, man"
fi
if is_here mandoc; then
	mandoc -T lint -W error "$page" >"$work/warnings" ||
		fail "mandoc finds errors in the page: $(head -n 3 "$work/warnings")"
	checked="$checked, mandoc"
fi

${MAKE:-make} --no-print-directory uninstall PREFIX="$prefix" >/dev/null
left=$(find "$prefix" ! -type d)
[ -z "$left" ] || fail "uninstall left: $left"
echo "check-install: the installed binary finds its model and names no path of the build; looked at with: $checked"
