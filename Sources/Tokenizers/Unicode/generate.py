#!/usr/bin/env python3
"""Writes CharacterRanges.swift, beside this script: the classes of characters that the tokenizer distinguishes.

    pip install tokenizers
    python3 Sources/Tokenizers/Unicode/generate.py

The script asks Hugging Face's `tokenizers` about every code point, which takes about ten seconds: what its ByteLevel
pre-tokenizer treats as a letter, a number or whitespace, and what its added tokens treat as a word character
(`single_word`) or as whitespace (`rstrip`). So the classes are those of the Unicode version that `tokenizers` was
built with, which is not Python's.

Given a JSON file whose members L, N and S are lists of ranges, it only compares them with what it found.
"""
from __future__ import annotations

import json
import pathlib
import sys
from collections.abc import Callable, Iterator

import tokenizers

Ranges = list[tuple[int, int]]


def scalars() -> Iterator[int]:
    yield from range(0xD800)
    yield from range(0xE000, 0x110000)


def ranges(holds: Callable[[str], bool]) -> Ranges:
    found: Ranges = []
    for code in scalars():
        if holds(chr(code)):
            if found and found[-1][1] == code - 1:
                found[-1] = (found[-1][0], code)
            else:
                found.append((code, code))
    return found


def classes() -> dict[str, Ranges]:
    split = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True).pre_tokenize_str

    def joins(before: str) -> Callable[[str], bool]:
        # A character of the same class as the one before it does not begin a new piece.
        return lambda character: len(split(before + character)) == 1

    found = {"L": joins("a"), "N": joins("1"), "other": joins("!")}
    result = {name: ranges(holds) for name, holds in found.items()}
    known = [range(low, high + 1) for spans in result.values() for low, high in spans]
    taken = bytearray(0x110000)
    for span in known:
        for code in span:
            assert not taken[code], f"U+{code:04X} has two classes"
            taken[code] = 1
    result["S"] = ranges(lambda character: not taken[ord(character)])
    del result["other"]

    model = tokenizers.models.BPE(vocab={"#": 0}, merges=[])
    word = tokenizers.Tokenizer(model)
    word.add_tokens([tokenizers.AddedToken("#", single_word=True)])
    strip = tokenizers.Tokenizer(model)
    strip.add_tokens([tokenizers.AddedToken("#", rstrip=True)])
    # If the next character is a word character, "#" is not found as a token. The pre-tokenizer then removes it as text.
    word.pre_tokenizer = tokenizers.pre_tokenizers.Split("#", "removed")
    result["word"] = ranges(lambda character: not word.encode("#" + character).ids)
    strips = ranges(lambda character: strip.encode("#" + character).offsets[0][1] == 2)
    assert strips == result["S"], "rstrip strips other characters than the pre-tokenizer's whitespace"
    return result


HEAD = '''\
// Written by generate.py beside it, which asked tokenizers {version}; do not edit.
// swift-format-ignore-file

/// The characters of each class: the first and the last code point of each range, in ascending order.
enum CharacterRanges {{
'''

TITLES = {
    "L": ("letters", "The characters that `\\\\p{L}` matches in the published pre-tokenizer."),
    "N": ("numbers", "The characters that `\\\\p{N}` matches in the published pre-tokenizer."),
    "S": ("whitespace", "The characters that `\\\\s` matches. Added tokens that strip whitespace strip these."),
    "word": ("word", "The characters that `\\\\w` matches. A `single_word` added token is not found beside them."),
}


def write(found: dict[str, Ranges], path: pathlib.Path) -> None:
    text = HEAD.format(version=tokenizers.__version__)
    for key, (name, title) in TITLES.items():
        text += f"    /// {title}\n    static let {name}: [UInt32] = [\n".replace("\\\\", "\\")
        line = "       "
        for low, high in found[key]:
            item = f" 0x{low:X}, 0x{high:X},"
            if len(line) + len(item) > 118:
                text += line + "\n"
                line = "       "
            line += item
        text += line + "\n    ]\n"
    path.write_text(text + "}\n", encoding="utf-8")


def main() -> None:
    found = classes()
    sizes = {key: sum(high - low + 1 for low, high in spans) for key, spans in found.items()}
    print(f"tokenizers {tokenizers.__version__}:", ", ".join(f"{key} {size:,}" for key, size in sizes.items()))
    if len(sys.argv) > 1:
        expected = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
        for key in "LNS":
            same = [tuple(span) for span in expected[key]] == found[key]
            print(key, "as expected" if same else "DIFFERS")
            if not same:
                sys.exit(1)
        return
    write(found, pathlib.Path(__file__).with_name("CharacterRanges.swift"))


if __name__ == "__main__":
    main()
