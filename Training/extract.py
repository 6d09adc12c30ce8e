"""Extracts text from files of packages: pages, manual pages, message catalogues, dictionaries. gather.py uses it."""
from __future__ import annotations

import collections
import html
import pathlib
import re
import sqlite3
import struct
import tarfile
import tempfile
from collections.abc import Iterator

import lxml.etree
import lxml.html

PARAGRAPHS = {"p", "li", "dd", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "td", "th", "blockquote", "caption", "div", "body",
              "section", "article", "main", "figcaption", "table", "ul", "ol", "dl", "tr", "pre"}
DROPPED = {"script", "style", "nav", "head", "footer", "header", "form", "button", "svg", "math"}
DROPPED_CLASSES = re.compile(
    r"navheader|navfooter|sphinxsidebar|related|toc\b|breadcrumb|headerlink|footer|navigation|indextable|programlisting|"
    r"highlight|screen|synopsis|legalnotice|copyright|trail|linktrail")


def plain(text: str) -> str:
    return re.sub(r"[ \t\r\n\xa0]+", " ", text).strip()


def paragraphs_of_html(data: bytes) -> list[str]:
    root = lxml.html.fromstring(data, parser=lxml.html.HTMLParser(encoding=encoding(data), remove_comments=True))
    body = root.find("body") if root.find("body") is not None else root
    found, current = [], []

    def flush() -> None:
        text = plain("".join(current))
        current.clear()
        if text:
            found.append(text)

    def walk(node: lxml.html.HtmlElement) -> None:
        if not isinstance(node.tag, str):
            return
        name = node.tag.lower()
        if name in DROPPED or name == "pre" or name != "body" and DROPPED_CLASSES.search(node.get("class") or ""):
            return
        block = name in PARAGRAPHS
        if block:
            flush()
        current.append(node.text or "")
        for child in node:
            if child.tag == "br":
                current.append(" ")
            walk(child)
            current.append(child.tail or "")
        if block:
            flush()

    walk(body)
    flush()
    return found


def encoding(data: bytes) -> str:
    """Returns what the page says, or UTF-8."""
    found = re.search(rb"charset=[\"']?([-\w]+)", data[:2000]) or re.search(rb"encoding=[\"']([-\w]+)", data[:200])
    return found[1].decode() if found else "utf-8"


def paragraphs_of_xml(data: bytes, wanted: set[str], dropped: set[str]) -> list[str]:
    """Returns the text of the elements with these local names, without the dropped ones in them."""
    data = re.sub(rb"&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)[-\w.]+;", b"", data)
    root = lxml.etree.fromstring(data, lxml.etree.XMLParser(recover=True, resolve_entities=False, load_dtd=False))
    found: list[str] = []
    if root is None:
        return found

    def local(node: lxml.etree._Element) -> str:
        return re.split("[:}]", node.tag)[-1] if isinstance(node.tag, str) else ""

    def text(node: lxml.etree._Element) -> str:
        parts = [node.text or ""]
        for child in node:
            name = local(child)
            if name in wanted:
                visit(child)
            elif name and name not in dropped:
                parts.append(text(child))
            parts.append(child.tail or "")
        return "".join(parts)

    def visit(node: lxml.etree._Element) -> None:
        name = local(node)
        if not name or name in dropped:
            return
        if name in wanted:
            place = len(found)
            inner = plain(text(node))
            if inner:
                found.insert(place, inner)
        else:
            for child in node:
                visit(child)

    visit(root)
    return found


ESCAPES = {r"\-": "-", r"\(bu": "•", r"\(em": "—", r"\(en": "–", r"\(aq": "'", r"\(cq": "’", r"\(oq": "‘", r"\(lq": "“",
           r"\(rq": "”", r"\(dq": '"', r"\&": "", r"\e": "\\", r"\ ": " ", r"\~": " ", r"\0": " ", r"\|": "", r"\^": "",
           r"\c": "", r"\:": "", r"\%": "", r"\(ti": "~", r"\(ha": "^", r"\(ga": "`", r"\(co": "©", r"\(rs": "\\",
           r"\(->": "→", r"\(mu": "×", r"\(Fo": "«", r"\(Fc": "»", r"\(Bq": "„", r"\(bq": "‚"}
ESCAPE = re.compile("|".join(re.escape(key) for key in sorted(ESCAPES, key=len, reverse=True)))


def paragraphs_of_man(data: bytes) -> list[str]:
    """Returns the paragraphs of a page of the man macros, in the order of the page. Examples and tables are left out."""
    found, current, skip = [], [], None

    def flush() -> None:
        text = plain(" ".join(current))
        current.clear()
        if text:
            found.append(text)

    for line in data.decode("utf-8", "replace").split("\n"):
        if line.startswith(("'\\\"", ".\\\"", "\\\"")):
            continue
        macro = re.match(r"[.'][ \t]*([A-Za-z]+)[ \t]*(.*)", line)
        name, rest = (macro[1], macro[2]) if macro else ("", line)
        if skip:
            if name == skip:
                skip = None
            continue
        if name in ("nf", "EX", "TS", "de", "ig"):
            flush()
            skip = {"nf": "fi", "EX": "EE", "TS": "TE"}.get(name, "")
            skip = skip or "."
            continue
        rest = re.sub(r"\\f(?:\[\w*\]|\(\w\w|\w)|\\s[-+]?\d|\\[mM]\[\w*\]|\\\*\[[^\]]*\]|\\\*\(\w\w", "", rest)
        rest = re.sub(r"\\\[([^\]]*)\]", lambda m: ESCAPES.get(rf"\({m[1]}", ""), rest)
        rest = ESCAPE.sub(lambda m: ESCAPES[m[0]], rest)
        if name in ("SH", "SS", "PP", "P", "LP", "TP", "IP", "HP", "TQ", "RS", "RE", "TH", "sp", "br", "UR", "fi"):
            if name not in ("br", "UR"):
                flush()
            if name in ("SH", "SS"):
                current.append(rest.strip('" '))
                flush()
        elif name in ("B", "I", "BI", "BR", "IB", "IR", "RB", "RI", "SM", "SB"):
            words = [a or b for a, b in re.findall(r'"([^"]*)"|(\S+)', rest)]
            current.append((" " if name in ("B", "I", "SM", "SB") else "").join(words))
        elif name in ("UE", "MT", "ME"):
            current.append(rest)
        elif not name and line[:1] not in (".", "'"):
            current.append(rest)
    flush()
    return found


def messages(data: bytes) -> Iterator[tuple[str, str]]:
    """Yields the pairs of a compiled message catalogue, without plural forms."""
    order = "<" if data[:4] == b"\xde\x12\x04\x95" else ">"
    count, first, second = struct.unpack_from(order + "3I", data, 8)
    for number in range(count):
        pair = []
        for table in (first, second):
            size, offset = struct.unpack_from(order + "2I", data, table + 8 * number)
            pair.append(data[offset:offset + size].decode("utf-8", "replace").split("\0")[0])
        if pair[0]:
            yield pair[0].split("\x04")[-1], pair[1]


MARKUP = re.compile(r"<[^<>\n]{1,80}>|\{[A-Z_]+\}|\$\{?\w+\}?|%\([\w ]+\)[sd]|[%$]\d?\$?[-+.\d]*l?l?[sdiufgcx]\b|\\[nt]")


def message(text: str) -> str | None:
    """Returns the words of a message, or None if it has few of them or mostly markup."""
    marks = len(MARKUP.findall(text))
    text = html.unescape(plain(MARKUP.sub(" ", text)))
    text = re.sub(r"(?<!\w)[_&~](?=\w)|(?<=\w)[_&](?=[a-zа-яё])", "", text)
    letters = sum(character.isalpha() for character in text)
    if len(text) < 25 or letters < 0.6 * len(text) or marks > 6 or len(text.split()) < 4:
        return None
    return text


def dictionary_entries(data: bytes) -> Iterator[str]:
    """Yields the entries of a dictionary of dictd: the text without the index has a headword at the beginning of a line."""
    for entry in re.split(r"\n(?=\S)", data.decode("utf-8", "replace")):
        lines = entry.split("\n")
        if len(lines) > 1 and not lines[0].startswith("00-database"):
            yield plain(entry)


ABBREVIATIONS = {
    "etw.": "etwas", "jdm.": "jemandem", "jdn.": "jemanden", "jd.": "jemand", "jds.": "jemandes",
    "sth.": "something", "sb.": "somebody", "sb.'s": "somebody's", "sth.'s": "something's"}


def translated_entries(data: bytes) -> Iterator[tuple[str, str, str]]:
    """Yields `entry`, German and English of the entries of Ding's word list; and with `example`, the sentences in them.

    A line has both sides, `German :: English`. `|` separates words and phrases, which correspond to each other; a side
    has notes on grammar and use in brackets.
    """
    def clean(text: str) -> str:
        text = re.sub(r"\{[^{}]*\}|\[[^\[\]]*\]|\([^()]*\)|<[^<>]*>|/[A-Z][^/]*/", " ", text)
        text = re.sub(r"\s+([;,.!?])", r"\1", " ".join(ABBREVIATIONS.get(word, word) for word in text.split()))
        return text.strip(" ;,")

    for line in data.decode("utf-8", "replace").split("\n"):
        sides = [side.split("|") for side in line.split(" :: ")]
        if line.startswith("#") or len(sides) != 2 or len(sides[0]) != len(sides[1]):
            continue
        pairs = [(german, english) for german, english in zip(map(clean, sides[0]), map(clean, sides[1])) if german and english]
        short: list[tuple[str, str]] = []
        for german, english in pairs:
            if german[-1] in ".!?" and english[-1] in ".!?" and len(german.split()) > 3:
                yield "example", german, english
            elif sum(len(one) for one, _ in short) + len(german) < 200:
                short.append((german, english))
        if short:
            yield "entry", "; ".join(german for german, _ in short), "; ".join(english for _, english in short)


def descriptions(file: pathlib.Path) -> Iterator[tuple[str, str, str, list[str]]]:
    """Yields the descriptions that are translated, in all languages."""
    found: dict[str, dict[str, list[str]]] = collections.defaultdict(dict)
    for entry in file.read_text("utf-8", "replace").split("\n\n"):
        head = re.match(r"Package: \S+\nDescription-md5: (\w+)\nDescription-(\w+): (.*)((?:\n .*)*)", entry)
        if head:
            lines = [line[1:] for line in head[4].split("\n")[1:]]
            parts = re.split(r"\n\.\n|\n(?= )", "\n".join(lines))
            found[head[1]][head[2]] = [plain(head[3]), *(plain(part) for part in parts)]
    for key in sorted(found):
        if len(found[key]) > 1:
            for language, parts in sorted(found[key].items()):
                if "trans>" not in " ".join(parts):
                    yield language, key, "prose", parts


def without_wiki_markup(text: str) -> str:
    """Returns the words of an entry: of links their text, of templates for emphasis their content, of others nothing."""
    text = re.sub(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]*)\]\]", r"\1", text)
    while True:
        shorter = re.sub(r"\{\{выдел\|([^{}|]*)\}\}", r"\1", text)
        shorter = re.sub(r"\{\{[^{}]*\}\}", " ", shorter) if shorter == text else shorter
        if shorter == text:
            return plain(re.sub(r"<[^<>]*>|'{2,}", "", html.unescape(text)))
        text = shorter


def wiktionary(archive: pathlib.Path) -> Iterator[tuple[str, str]]:
    """Yields the definitions and the examples of the Russian Wiktionary, as wiki-ru-wordnet has them."""
    with tempfile.TemporaryDirectory() as scratch, tarfile.open(archive) as tar:
        member = next(member for member in tar if member.name.endswith(".db"))
        tar.extract(member, scratch, filter="data")
        rows = sqlite3.connect(pathlib.Path(scratch) / member.name).execute(
            "select synset_id, lemma, definition from synsets order by synset_id, lemma, definition").fetchall()
    for number, (synset, lemma, entry) in enumerate(rows):
        content = entry.split("~ru~")[-1].rsplit("~", 2)[0]
        # The first argument of an example is its text; templates in it are words in bold.
        examples = re.findall(r"\{\{пример\|((?:[^{}|]|\{\{[^{}]*\}\})+)", content)
        definition = without_wiki_markup(content.split("{{пример")[0])
        if len(definition) > 10:
            yield f"{number:06}-{synset}", f"{lemma} — {definition}"
        for place, example in enumerate(examples):
            text = without_wiki_markup(example)
            if len(text.split()) >= 5:
                yield f"{number:06}-{synset}/{place + 1}", text
