#!/usr/bin/env python3
"""Writes the Unicode tables of this package: Sources/CUnicodeTables/UnicodeTables.c.

    python3 Sources/Shingling/Unicode/generate.py [FOLDER]

FOLDER holds the Unicode Character Database (by default /usr/share/unicode, Debian's unicode-data). The version is
part of the index format: it must stay 15.0.0, so this script refuses any other.

The tables are C because a Swift array literal of 30,000 numbers takes seconds to compile, and C arrays cost nothing
when a program starts. Their layout is described in include/CUnicodeTables.h.
"""
from __future__ import annotations

import pathlib
import re
import sys
from collections.abc import Iterator

VERSION = "15.0.0"
SCALARS = 0x110000
BLOCK = 7  # bits of a scalar that select within a block of the two-stage table

# Scripts written without spaces between words: each of their letters and numbers is a word.
UNSPACED = (
    (0x0E00, 0x0EFF),    # Thai, Lao
    (0x0F00, 0x0FFF),    # Tibetan
    (0x1000, 0x109F),    # Myanmar
    (0x1780, 0x17FF),    # Khmer
    (0x3040, 0x30FF),    # Hiragana, Katakana
    (0x3400, 0x4DBF),    # CJK extension A
    (0x4E00, 0x9FFF),    # CJK unified ideographs
    (0xF900, 0xFAFF),    # CJK compatibility ideographs
    (0x20000, 0x3FFFF),  # CJK extensions B and beyond
)

OTHER, WHITE_SPACE, BASE, MARK, IGNORED, UNSPACED_BASE = range(6)
HAS_LOWER, NFC_UNSAFE, NFKC_UNSAFE, HAS_CANONICAL, HAS_COMPATIBILITY = (1 << bit for bit in range(3, 8))
SHORT_IS_BASE, SHORT_NFC_UNSAFE, SHORT_NFKC_UNSAFE, SHORT_SPECIAL = 1 << 18, 1 << 29, 1 << 30, 1 << 31


def rows(path: pathlib.Path) -> Iterator[list[str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        line = line.split("#")[0].strip()
        if line:
            yield [field.strip() for field in line.split(";")]


def span(field: str) -> range:
    low, _, high = field.partition("..")
    return range(int(low, 16), int(high or low, 16) + 1)


def scalars(field: str) -> tuple[int, ...]:
    return tuple(int(code, 16) for code in field.split())


class Database:
    def __init__(self, folder: pathlib.Path) -> None:
        properties = (folder / "DerivedNormalizationProps.txt").read_text(encoding="utf-8")
        found = re.search(r"DerivedNormalizationProps-([0-9.]+)\.txt", properties)
        if not found or found.group(1) != VERSION:
            sys.exit(f"{folder} holds Unicode {found and found.group(1)}, but an index is made with {VERSION}")

        self.category = ["Cn"] * SCALARS
        self.bidi = [""] * SCALARS
        self.combining = [0] * SCALARS
        self.lower: dict[int, tuple[int, ...]] = {}
        self.decomposition: dict[int, tuple[bool, tuple[int, ...]]] = {}  # (is canonical, one step)
        self.read_scalars(folder / "UnicodeData.txt")
        for code, lower, *rest in rows(folder / "SpecialCasing.txt"):
            unconditional = not any(rest[2:])
            if unconditional and scalars(lower) != scalars(code):
                self.lower[int(code, 16)] = scalars(lower)

        self.nfc_unsafe: set[int] = set()
        self.nfkc_unsafe: set[int] = set()
        maybe: set[int] = set()
        excluded: set[int] = set()
        for field, name, *value in rows(folder / "DerivedNormalizationProps.txt"):
            if name == "NFC_QC":
                self.nfc_unsafe.update(span(field))
                if value == ["M"]:
                    maybe.update(span(field))
            elif name == "NFKC_QC":
                self.nfkc_unsafe.update(span(field))
            elif name == "Full_Composition_Exclusion":
                excluded.update(span(field))

        self.canonical = {c: self.decomposed(c, False) for c in self.decomposition}
        self.canonical = {c: to for c, to in self.canonical.items() if to != (c,)}
        self.compatibility = {c: self.decomposed(c, True) for c in self.decomposition}
        self.compatibility = {c: to for c, to in self.compatibility.items() if to != self.canonical.get(c, (c,))}
        self.composites = {
            to: c for c, (is_canonical, to) in self.decomposition.items()
            if is_canonical and len(to) == 2 and c not in excluded
        }
        self.check(excluded, maybe)

    def read_scalars(self, path: pathlib.Path) -> None:
        first = 0
        for row in rows(path):
            code, name = int(row[0], 16), row[1]
            if name.endswith(", First>"):
                first = code
                continue
            for c in range(first if name.endswith(", Last>") else code, code + 1):
                self.category[c], self.combining[c], self.bidi[c] = row[2], int(row[3]), row[4]
            if row[5]:
                is_canonical = not row[5].startswith("<")
                self.decomposition[code] = is_canonical, scalars(row[5].split("> ")[-1])
            if row[13]:
                self.lower[code] = scalars(row[13])

    def decomposed(self, c: int, compatibility: bool) -> tuple[int, ...]:
        is_canonical, to = self.decomposition.get(c, (False, ()))
        if not to or not (is_canonical or compatibility):
            return (c,)
        return tuple(d for part in to for d in self.decomposed(part, compatibility))

    def check(self, excluded: set[int], maybe: set[int]) -> None:
        """Checks the assumptions of the code that reads the tables."""
        seconds = {second for _, second in self.composites} | set(range(0x1161, 0x1176)) | set(range(0x11A8, 0x11C3))
        assert seconds == maybe, "what can compose with a scalar before it is just what is NFC_QC=Maybe"
        for c, to in (self.canonical | self.compatibility).items():
            if self.combining[c] == 0 and c not in self.nfkc_unsafe:
                assert self.combining[to[0]] == 0 and to[0] not in maybe, "a safe starter is a boundary"
        assert self.nfc_unsafe <= self.nfkc_unsafe
        for (first, _), composite in self.composites.items():
            assert self.combining[first] == 0 and self.combining[composite] == 0
        for c in self.compatibility:
            assert len(self.compatibility[c]) < 32
        for c in range(SCALARS):
            if self.lower.get(c):
                length = sum(len(chr(d).encode()) for d in self.lower[c])
                assert 2 * length <= 3 * len(chr(c).encode()), "WordSplitter makes room for no more"

    def word_class(self, c: int) -> int:
        category = self.category[c]
        if category == "Cf" or 0xFE00 <= c <= 0xFE0F or 0xE0100 <= c <= 0xE01EF:
            return IGNORED
        if category[0] == "M":
            return MARK
        if category[0] in "LN":
            return UNSPACED_BASE if any(low <= c <= high for low, high in UNSPACED) else BASE
        # White space as defined by Python's str.isspace.
        if category == "Zs" or self.bidi[c] in ("WS", "B", "S"):
            return WHITE_SPACE
        return OTHER

    def properties(self, c: int) -> int:
        return (
            self.word_class(c)
            | HAS_LOWER * (c in self.lower)
            | NFC_UNSAFE * (c in self.nfc_unsafe)
            | NFKC_UNSAFE * (c in self.nfkc_unsafe)
            | HAS_CANONICAL * (c in self.canonical)
            | HAS_COMPATIBILITY * (c in self.compatibility)
            | self.combining[c] << 8
        )

    def short(self, c: int) -> int:
        """Returns the table entry of a scalar of one or two bytes."""
        unsafe = SHORT_NFC_UNSAFE * (c in self.nfc_unsafe) | SHORT_NFKC_UNSAFE * (c in self.nfkc_unsafe)
        word_class = self.word_class(c)
        if word_class in (OTHER, WHITE_SPACE):
            return ord(" ") | unsafe
        lower = "".join(map(chr, self.lower.get(c, (c,)))).encode()
        if word_class != BASE or len(lower) > 2:
            return SHORT_SPECIAL | unsafe
        return int.from_bytes(lower, "little") | len(lower) << 16 | SHORT_IS_BASE | unsafe


def array(declaration: str, values: list[int]) -> str:
    lines, line = [], ""
    for value in values:
        item = f"{value},"
        if len(line) + len(item) > 116:
            lines.append(line)
            line = ""
        line += item
    lines.append(line)
    return f"const {declaration}[{len(values)}] = {{\n" + "\n".join(lines) + "\n};\n"


def mapping(name: str, table: dict[int, tuple[int, ...]]) -> str:
    """Returns the sorted keys, the offset of the scalars of each (and one more for the end), and all the scalars."""
    keys = sorted(table)
    offsets, pool = [0], []
    for key in keys:
        pool += table[key]
        offsets.append(len(pool))
    assert len(pool) < 1 << 16
    return "\n".join((
        array(f"uint32_t dedup_{name}_keys", keys),
        array(f"uint16_t dedup_{name}_offsets", offsets),
        array(f"uint32_t dedup_{name}_scalars", pool),
        f"const int32_t dedup_{name}_count = {len(keys)};\n",
    ))


def main() -> None:
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/unicode")
    database = Database(folder)

    blocks: dict[tuple[int, ...], int] = {}
    stage1: list[int] = []
    for start in range(0, SCALARS, 1 << BLOCK):
        block = tuple(database.properties(c) for c in range(start, start + (1 << BLOCK)))
        stage1.append(blocks.setdefault(block, len(blocks)))
    assert len(blocks) <= 256
    stage2 = [value for block in blocks for value in block]

    pairs = sorted(database.composites)
    parts = (
        f"// Written by Sources/Shingling/Unicode/generate.py from the Unicode Character Database {VERSION}.\n"
        '#include "CUnicodeTables.h"\n',
        array("uint8_t dedup_property_blocks", stage1),
        array("uint16_t dedup_property_values", stage2),
        array("uint32_t dedup_short_scalars", [database.short(c) for c in range(0x800)]),
        mapping("lower", database.lower),
        mapping("canonical", database.canonical),
        mapping("compatibility", database.compatibility),
        array("uint64_t dedup_composite_pairs", [first << 32 | second for first, second in pairs]),
        array("uint32_t dedup_composite_scalars", [database.composites[pair] for pair in pairs]),
        f"const int32_t dedup_composite_count = {len(pairs)};\n",
    )
    root = pathlib.Path(__file__).resolve().parents[2]
    (root / "CUnicodeTables" / "UnicodeTables.c").write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
