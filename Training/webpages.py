"""Texts of HTML pages: the whole page, its main part, what surrounds it, and pages that are lists of links."""
from __future__ import annotations

import gzip
import hashlib
import pathlib
import re
from collections.abc import Iterator

import lxml.html
import trafilatura

# Elements that begin a line of their own.
BLOCKS = set(
    "address article aside blockquote body br button caption center dd div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hr legend li main nav ol option p pre section select summary table tbody td th thead title tr "
    "ul".split())
HIDDEN = {"script", "style", "head", "noscript", "template", "svg", "math"}
LETTER = re.compile(r"[^\W\d_]")
WORDS = re.compile(r"\w+")
CYRILLIC = re.compile(r"[а-яёА-ЯЁ]")


class Page:
    """A page in four forms. All texts have one line for each block of the page."""

    def __init__(self, data: bytes) -> None:
        tree = lxml.html.document_fromstring(data)
        self.lines, linked = lines_of(tree)
        self.whole = "\n".join(self.lines)
        # The share of the letters that are in links.
        self.linked = linked / max(1, sum(len(line) for line in self.lines))
        found = trafilatura.extract(data, include_comments=False, include_tables=True, deduplicate=False) or ""
        # The main part is made of the page's own lines, so that it differs from the page in nothing but what is left out.
        # Only letters and digits are compared: the extraction spaces the words around links and marks in its own way.
        flat = "".join(WORDS.findall(found))
        self.is_main = [
            bool(words := "".join(WORDS.findall(line))) and (words in flat or is_prose(line)) for line in self.lines]
        self.main = "\n".join(line for line, main in zip(self.lines, self.is_main) if main)
        self.around = "\n".join(line for line, main in zip(self.lines, self.is_main) if not main)
        self.headings = [" ".join(found.text_content().split()) for found in tree.iter("h1", "h2", "h3", "h4")]


def is_prose(line: str) -> bool:
    """Whether a line is a long sentence, which belongs to the main part even if the extraction leaves it out."""
    return len(line.split()) >= 15 and line.rstrip()[-1] in ".!?:;"


def lines_of(tree: lxml.html.HtmlElement) -> tuple[list[str], int]:
    """Returns the lines of the text of a page, and the number of characters that are in links."""
    lines: list[str] = []
    parts: list[str] = []
    linked = 0

    def end() -> None:
        line = " ".join("".join(parts).split())
        if line:
            lines.append(line)
        parts.clear()

    def visit(element: lxml.html.HtmlElement, in_link: bool) -> None:
        nonlocal linked
        if not isinstance(element.tag, str) or element.tag in HIDDEN:
            add(element.tail, in_link)
            return
        is_block, is_link = element.tag in BLOCKS, in_link or element.tag == "a"
        if is_block:
            end()
        add(element.text, is_link)
        for child in element:
            visit(child, is_link)
        if is_block:
            end()
        add(element.tail, in_link)

    def add(text: str | None, in_link: bool) -> None:
        nonlocal linked
        if text:
            parts.append(text)
            linked += len(text.strip()) if in_link else 0

    visit(tree, False)
    end()
    return lines, linked


def language(text: str) -> str:
    """`ru` if most letters are Cyrillic, else `en`."""
    return "ru" if 2 * len(CYRILLIC.findall(text)) > len(LETTER.findall(text)) else "en"


def pages(folder: pathlib.Path, count: int, below: str = "") -> Iterator[tuple[str, bytes, Page]]:
    """Yields up to `count` pages of an unpacked package: the path, the source and the page. A hash of the path chooses them."""
    files = [
        file for file in folder.rglob("*")
        if re.search(r"\.x?html?(\.gz)?$", file.name) and file.is_file() and not file.is_symlink() and below in str(file)]

    def key(file: pathlib.Path) -> bytes:
        return hashlib.sha256(str(file.relative_to(folder)).encode()).digest()

    for file in sorted(files, key=key)[:count]:
        data = file.read_bytes()
        data = gzip.decompress(data) if file.suffix == ".gz" else data
        if not 1_000 < len(data) < 400_000:
            continue
        try:
            yield str(file.relative_to(folder)), data, Page(data)
        except (lxml.etree.ParserError, ValueError, RecursionError):
            continue
