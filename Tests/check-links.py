#!/usr/bin/env python3
"""Checks that links between the Markdown files of the repository lead to files and headings that exist."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
LINK = re.compile(r"\]\(([^)\s]+)\)")


def documents() -> list[pathlib.Path]:
    """Returns the Markdown files, except those in hidden folders."""
    found = sorted(ROOT.rglob("*.md"))
    return [path for path in found if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)]


def anchors(document: pathlib.Path) -> set[str]:
    """Returns what links call the headings of a file."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", heading.strip().lower())) for heading in headings}


def fault(document: pathlib.Path, link: str) -> str | None:
    """Returns what is wrong with a link of a file, or None."""
    path, _, anchor = link.partition("#")
    target = document.parent / path if path else document
    if not target.exists():
        return "no such file"
    return f"no heading {anchor}" if anchor and anchor not in anchors(target) else None


def main() -> int:
    """Runs the check."""
    count, faults = 0, []
    for document in documents():
        for link in LINK.findall(document.read_text()):
            if re.match(r"[a-z]+:", link):
                continue
            count += 1
            wrong = fault(document, link)
            if wrong:
                faults.append(f"{document.relative_to(ROOT)}: {link}: {wrong}")
    print("\n".join([*faults, f"{count} links, {len(faults)} of them wrong"]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
