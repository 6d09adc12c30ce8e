#!/usr/bin/env python3
"""Gathers text from packages of Debian: documentation, manual pages, message catalogues, descriptions, dictionaries.

    python3 Training/gather.py OUT [--sources FILE] [--only SOURCE,...]
    python3 Training/gather.py OUT --pin

sources.tsv has a line for each package, and says what is taken from it: see `--help-sources`. Packages are downloaded by
apt (`apt-get update` first) in the version that the file says, and their SHA-256 must be the one in the file. OUT gets

OUT/packages/       the packages
OUT/docs/SOURCE.jsonl.zst   the documents of a source, sorted by id: {"id", "text", "source", "lang", "kind"}
OUT/pairs/SOURCE.jsonl.zst  the entries of a dictionary with their translations: {"id", "source", "kind", "texts"}
OUT/sources.json    for each source: packages, licence, and the documents and bytes for each language, or the pairs

The id is SOURCE/LANG/KEY. Documents of one source with the same key are translations of each other. Paragraphs of a text
are separated by blank lines. "kind" is "prose"; or "strings" for texts that stand alone (messages, dictionary entries).
"texts" has a text for each language.

--pin downloads the versions that apt has now, and writes them to sources.tsv with their SHA-256. The output depends only
on the packages.
"""
from __future__ import annotations

import argparse
import bz2
import collections
import csv
import gzip
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator

import extract

SOURCES_HELP = """Columns of sources.tsv, separated by tabs; lines that begin with # are comments:

source     name of the source; several packages may have one (a package for each language)
package    name of the Debian package; `pypi:NAME` for one of PyPI; or `descriptions`: translated descriptions of packages
version    the version
sha256     the checksum of the package
licence    the licence of the text, in short
kind       html, mallard, docbook, man, mo (gettext), dict (dictd), fortunes, quoted, descriptions,
           wiktionary, or ding (a German-English word list: its pairs of texts go to pairs/, not to docs/)
languages  which languages: ru,en,de,...
pattern    regular expression for the paths in the package; the groups `lang` and `key` name the language (or it is
           the first of `languages`) and what translations have in common
"""
CODES = {"C": "en", "en-US": "en", "en_US": "en", "en-us": "en", "ru-RU": "ru", "de-DE": "de"}
# A paragraph is boilerplate if it is in this share of the documents of a source and language.
BOILERPLATE = 0.1
LICENCE = re.compile(r"gfdl|fdl-|gpl|licen[cs]e|legal|copying|genindex|search\.html|/index-|ix01|bk01|glossary-index", re.I)


class Gatherer:
    def __init__(self, options: argparse.Namespace) -> None:
        self.out = options.out
        self.path = options.sources
        lines = [line for line in self.path.read_text().splitlines() if line and not line.startswith("#")]
        self.rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
        self.packages = self.out / "packages"
        self.packages.mkdir(parents=True, exist_ok=True)

    def package(self, row: dict) -> pathlib.Path:
        """Returns the file of a package, which is downloaded if it is missing."""
        name, version = row["package"], row["version"]
        if name == "descriptions":
            return self.descriptions_file(row)
        if name.startswith("pypi:"):
            return self.archive(name.removeprefix("pypi:"), version)
        # apt writes the colon of an epoch as %3a.
        found = [path for path in self.packages.glob(f"{name}_{version.replace(':', '%3a') or '*'}_*.deb")]
        if not found:
            wanted = f"{name}={version}" if version else name
            if subprocess.run(["apt-get", "download", "-qq", wanted], cwd=self.packages).returncode:
                sys.exit(f"{wanted}: apt does not have it; run apt-get update, or take today's versions with --pin")
            found = list(self.packages.glob(f"{name}_{version.replace(':', '%3a') or '*'}_*.deb"))
        return max(found, key=lambda path: path.stat().st_mtime)

    def checked_package(self, row: dict) -> pathlib.Path:
        """Returns the file of a package, and stops if it is not the one that sources.tsv names."""
        file = self.package(row)
        if hashlib.sha256(file.read_bytes()).hexdigest() != row["sha256"]:
            sys.exit(f"{file}: not the SHA-256 of {self.path.name}; remove it, or run --pin and look at what changed")
        return file

    def descriptions_file(self, row: dict) -> pathlib.Path:
        """Returns a file with the descriptions of all packages in the languages of the row."""
        target = self.packages / f"descriptions-{row['languages'].replace(',', '-')}.txt"
        if not target.exists():
            with tempfile.TemporaryDirectory() as lists:
                (pathlib.Path(lists) / "partial").mkdir()
                languages = row["languages"].split(",")
                subprocess.run(
                    ["apt-get", "update", "-qq", "-o", f"Dir::State::lists={lists}",
                     "-o", "Acquire::Languages=" + row["languages"]], check=True)
                parts = []
                for language in languages:
                    # The point release only: updates change from day to day.
                    for path in sorted(pathlib.Path(lists).glob(f"*_dists_bookworm_main_i18n_Translation-{language}*")):
                        parts.append(subprocess.run(
                            ["/usr/lib/apt/apt-helper", "cat-file", str(path)], check=True, capture_output=True).stdout)
                target.write_bytes(b"\n".join(parts))
        return target

    def archive(self, name: str, version: str) -> pathlib.Path:
        """Returns the source archive of a package of PyPI."""
        pattern = f"{name.replace('-', '[-_]')}-{version or '*'}.tar.gz"
        if not list(self.packages.glob(pattern)):
            subprocess.run(
                [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-build-isolation", "--no-binary", ":all:",
                 f"{name}=={version}" if version else name], cwd=self.packages, check=True)
        return next(self.packages.glob(pattern))

    def pin(self) -> None:
        for row in self.rows:
            row["version"] = ""
            file = self.package(row)
            row["sha256"] = hashlib.sha256(file.read_bytes()).hexdigest()
            if row["package"].startswith("pypi:"):
                row["version"] = file.name.removesuffix(".tar.gz").rsplit("-", 1)[1]
            elif row["package"] != "descriptions":
                row["version"] = file.name.split("_")[1].replace("%3a", ":")
        comments = [line for line in self.path.read_text().splitlines() if line.startswith("#")]
        names = list(self.rows[0])
        lines = comments + ["\t".join(names)] + ["\t".join(row[name] for name in names) for row in self.rows]
        self.path.write_text("\n".join(lines) + "\n")

    def files(self, row: dict, deb: pathlib.Path) -> Iterator[tuple[str, str, pathlib.Path]]:
        """Unpacks a package, and yields language, key and path of its files that match the pattern."""
        pattern = re.compile(row["pattern"])
        languages = row["languages"].split(",")
        with tempfile.TemporaryDirectory() as scratch:
            subprocess.run(["dpkg", "-x", str(deb), scratch], check=True)
            for path in sorted(pathlib.Path(scratch).rglob("*")):
                name = str(path.relative_to(scratch))
                found = pattern.fullmatch(name)
                if not found or not path.is_file() or path.is_symlink():
                    continue
                groups = found.groupdict()
                language = CODES.get(groups.get("lang") or "", groups.get("lang") or languages[0])
                if language in languages:
                    yield language, groups.get("key") or path.name, path

    def documents(self, row: dict) -> Iterator[tuple[str, str, str, list[str]]]:
        """Yields language, key, kind and paragraphs of the documents of a package."""
        deb = self.checked_package(row)
        kind = row["kind"]
        if kind == "descriptions":
            yield from extract.descriptions(deb)
            return
        if kind == "wiktionary":
            for key, text in extract.wiktionary(deb):
                yield row["languages"], key, "strings", [text]
            return
        for language, key, path in self.files(row, deb):
            data = path.read_bytes()
            data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
            data = bz2.decompress(data) if data[:3] == b"BZh" else data
            if kind == "html":
                if not LICENCE.search(key):
                    yield language, key, "prose", extract.paragraphs_of_html(data)
            elif kind == "mallard":
                yield language, key, "prose", extract.paragraphs_of_xml(data, {"title", "p"}, {"info", "code", "media", "comment"})
            elif kind == "docbook":
                yield language, key, "prose", extract.paragraphs_of_xml(
                    data, {"title", "para", "simpara", "term"},
                    {"info", "bookinfo", "articleinfo", "programlisting", "screen", "legalnotice", "indexterm", "remark"})
            elif kind == "man":
                # Pages of the mdoc macros are left out: their names stand in macros.
                if not data.startswith(b".so") and b"\n.Dd " not in data:
                    yield language, key, "prose", extract.paragraphs_of_man(data)
            elif kind == "mo":
                for source, translation in extract.messages(data):
                    one, other = extract.message(source), extract.message(translation)
                    if one and other and one != other:
                        number = hashlib.sha256(source.encode()).hexdigest()[:12]
                        yield "en", f"{key}/{number}", "strings", [one]
                        yield language, f"{key}/{number}", "strings", [other]
            elif kind == "dict":
                for number, entry in enumerate(extract.dictionary_entries(data)):
                    yield language, f"{key}/{number:06}", "strings", [entry]
            elif kind == "fortunes":
                for number, part in enumerate(data.decode("utf-8", "replace").split("\n%\n")):
                    yield language, f"{key}/{number:05}", "strings", [extract.plain(part)]
            elif kind == "quoted":
                yield language, key, "prose", [
                    part for part in map(extract.plain, re.findall(r"`([^`\n]+)`", data.decode("utf-8", "replace"))) if len(part) > 40]
            else:
                sys.exit(f"{self.path}: no kind {kind}")

    def pairs(self, row: dict) -> Iterator[dict]:
        """Yields the translations of a word list."""
        for language, key, path in self.files(row, self.checked_package(row)):
            for number, (kind, german, english) in enumerate(extract.translated_entries(path.read_bytes())):
                yield dict(id=f"{row['source']}/{key}/{number:06}", source=row["source"], kind=kind,
                           texts=dict(de=german, en=english))

    def run(self, only: set[str]) -> None:
        sources = self.out / "sources.json"
        summary = json.loads(sources.read_text()) if only and sources.exists() else {}
        for source in dict.fromkeys(row["source"] for row in self.rows):
            if only and source not in only:
                continue
            rows = [row for row in self.rows if row["source"] == source]
            if rows[0]["kind"] == "ding":
                found = [pair for row in rows for pair in self.pairs(row)]
                self.write("pairs", source, found)
                summary[source] = self.summary(rows) | dict(pairs=len(found))
                print(f"{source}: {len(found)} pairs", flush=True)
                continue
            documents: dict[str, dict] = {}
            for row in rows:
                for language, key, kind, parts in self.documents(row):
                    parts = [part for part in parts if part]
                    text = "\n\n".join(parts)
                    if len(text) < (25 if kind == "strings" else 80):
                        continue
                    id = f"{source}/{language}/{key}"
                    documents.setdefault(id, dict(id=id, text=text, source=source, lang=language, kind=kind))
            # A page that nobody translated is the same in both languages.
            english = {row["text"] for row in documents.values() if row["lang"] == "en"}
            kept = [row for id, row in sorted(documents.items()) if row["lang"] == "en" or row["text"] not in english]
            kept = without_boilerplate(kept)
            self.write("docs", source, kept)
            counts = collections.Counter(row["lang"] for row in kept)
            sizes = collections.Counter()
            for row in kept:
                sizes[row["lang"]] += len(row["text"].encode())
            summary[source] = self.summary(rows) | dict(
                documents=dict(sorted(counts.items())), bytes=dict(sorted(sizes.items())))
            print(f"{source}: " + ", ".join(f"{n} {lang} ({sizes[lang] / 1e6:.1f} MB)" for lang, n in counts.most_common()),
                  flush=True)
        sources.write_text(json.dumps(summary, ensure_ascii=False, indent=1) + "\n")

    @staticmethod
    def summary(rows: list[dict]) -> dict:
        return dict(packages=[f"{row['package']} {row['version']}".strip() for row in rows],
                    licence=sorted({row["licence"] for row in rows}))

    def write(self, kind: str, source: str, rows: list[dict]) -> None:
        folder = self.out / kind
        folder.mkdir(exist_ok=True)
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        part = folder / f".{source}.part"
        subprocess.run(["zstd", "-qf", "-o", str(part)], input=text.encode("utf-8", "replace"), check=True)
        part.rename(folder / f"{source}.jsonl.zst")


def without_boilerplate(rows: list[dict]) -> list[dict]:
    """Removes the paragraphs that many documents of a language have: links to the contents, names of the manual."""
    counts: dict[str, collections.Counter] = collections.defaultdict(collections.Counter)
    totals = collections.Counter(row["lang"] for row in rows)
    for row in rows:
        counts[row["lang"]].update(set(row["text"].split("\n\n")))
    kept = []
    for row in rows:
        count, least = counts[row["lang"]], max(8, BOILERPLATE * totals[row["lang"]])
        text = "\n\n".join(part for part in row["text"].split("\n\n") if count[part] < least)
        if text:
            kept.append(row | dict(text=text))
    return kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--sources", type=pathlib.Path, default=pathlib.Path(__file__).with_name("sources.tsv"))
    parser.add_argument("--only", default="", help="only these sources, separated by commas")
    parser.add_argument("--pin", action="store_true")
    parser.add_argument("--help-sources", action="version", version=SOURCES_HELP, help="describes sources.tsv")
    options = parser.parse_args()
    gatherer = Gatherer(options)
    if options.pin:
        gatherer.pin()
    else:
        gatherer.run({name for name in options.only.split(",") if name})


if __name__ == "__main__":
    main()
