#!/bin/sh
# Runs a command in an empty temporary directory, and fails, naming what is left, if the directory is not empty afterwards:
#
#     Tests/check-leftovers.sh swift test --skip-build
#
# The files that the Swift package manager itself leaves there do not count.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
# Some tests run the binary as another user.
chmod 755 "$folder"

status=0
TMPDIR=$folder "$@" || status=$?
left=$(ls -A "$folder" | grep -vxE 'TemporaryDirectory\.[A-Za-z0-9]{6}|_.*\.lock' || true)
if [ -n "$left" ]; then
	echo "check-leftovers: these were left in the temporary directory:" >&2
	(cd "$folder" && echo "$left" | while IFS= read -r name; do find "./$name" | head -n 20; done) >&2
	exit 1
fi
exit "$status"
