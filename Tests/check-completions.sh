#!/bin/bash
# Completes paths and names with completion scripts, in bash and, if they are installed, in fish and zsh.
#
#     Tests/check-completions.sh BASH_SCRIPT FISH_SCRIPT ZSH_SCRIPT
#
# The last line on standard output names the shells that were looked at.
set -eu
export LC_ALL=C.UTF-8
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

bash_script=$(realpath "$1") fish_script=$(realpath "$2") zsh_script=$(realpath "$3")
mkdir "$work/zsh" "$work/home" "$work/files" "$work/files/shards"
cp "$zsh_script" "$work/zsh/_dedup"
cd "$work/files"
touch shard.jsonl settings.yaml
export HOME=$work/home XDG_CONFIG_HOME=$work/home XDG_DATA_HOME=$work/home

# A command line, and what its last word can become.
cases() {
	cat <<-'END'
		dedup run s|settings.yaml shard.jsonl shards
		dedup run --out s|shards
		dedup run --pipeline s|settings.yaml shards
		dedup run --against s|shards
		dedup run --model s|shards
		dedup run --head s|settings.yaml shard.jsonl shards
		dedup run --embeddings s|shards
		dedup run --normalization nf|nfc nfkc
		dedup run --on-bad-line k|keep
		dedup run --on-bad-shard s|skip stop
		dedup explain s|shards
		dedup verify s|shards
		dedup tokenize s|settings.yaml shard.jsonl shards
		dedup train mlm --config s|settings.yaml shards
		dedup run --pipel|--pipeline
		dedup explain-s|explain-score
	END
}

# The functions below print the candidates for a command line, one a line.

in_bash() {
	# shellcheck disable=SC2016  # the inner bash expands it
	bash --norc -c '
		source "$1"
		read -ra COMP_WORDS <<<"$2"
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE=$2 COMP_POINT=${#2}
		_dedup dedup "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
		printf "%s\n" "${COMPREPLY[@]}"' bash "$bash_script" "$1"
}

in_fish() {
	# shellcheck disable=SC2016  # fish expands it
	fish --no-config -c 'source $argv[1]; complete --do-complete $argv[2]' "$fish_script" "$1" | cut -f 1
}

# zsh completes only at a terminal. The key ^X writes the candidates that the completion functions have added.
cat >"$work/zsh/.zshrc" <<END
fpath=("$work/zsh" \$fpath)
autoload -Uz compinit && compinit -u -d "$work/zsh/dump"
PROMPT='ready> '
typeset -ga candidates
compadd() {
	local -a added
	builtin compadd -O added "\$@"
	candidates+=("\${added[@]}")
	builtin compadd "\$@"
}
finish() {
	print -r -- "\${(F)candidates}" >"$work/zsh/candidates.new"
	mv "$work/zsh/candidates.new" "$work/zsh/candidates"
}
zle -N finish
bindkey '^X' finish
END

in_zsh() {
	rm -f "$work/zsh/candidates"
	# shellcheck disable=SC2016  # zsh expands it
	timeout 60 env ZDOTDIR="$work/zsh" zsh -f -c '
		zmodload zsh/zpty zsh/zselect
		zpty terminal "TERM=dumb zsh -i"
		zpty -r terminal shown "*ready> *"
		zpty -w -n terminal "$1"$'"'\\t\\x18'"'
		while [[ ! -e $2 ]]; do zpty -r -t terminal shown; zselect -t 2; done
		zpty -d terminal' zsh "$1" "$work/zsh/candidates" || true
	cat "$work/zsh/candidates"
}

checked=
for shell in bash fish zsh; do
	command -v $shell >/dev/null || continue
	while IFS='|' read -r line expected; do
		# A folder may end with a slash.
		found=$(in_$shell "$line" </dev/null | sed 's:/$::' | sort -u | tr '\n' ' ')
		if [ "${found% }" != "$expected" ]; then
			echo "check-completions: $shell completes '$line' to '${found% }' instead of '$expected'" >&2
			exit 1
		fi
	done < <(cases)
	checked="$checked${checked:+, }$shell"
done
echo "$checked"
