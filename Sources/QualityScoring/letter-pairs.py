"""Writes LetterPairs+Table.swift: how surprising each pair of letters is in ordinary Russian and English.

    letter-pairs.py RUSSIAN... -- ENGLISH...  > LetterPairs+Table.swift

Each file is JSON Lines compressed with zstd (.jsonl.zst) whose objects have a field "text". The committed table was
made from public-domain literature.
"""
import json
import math
import re
import subprocess
import sys

RUSSIAN = "абвгдежзийклмнопрстуфхцчшщъыьэюяё"
ENGLISH = "abcdefghijklmnopqrstuvwxyz"
STEP = 0.2  # bits


def rows(files, alphabet):
    index = {letter: place for place, letter in enumerate(alphabet, 1)}
    size = len(alphabet) + 1
    counts = [[0.5] * size for _ in range(size)]
    counts[0][0] = 0
    words = re.compile(f"[{alphabet}]+")
    for file in files:
        lines = subprocess.run(["zstdcat", file], capture_output=True, check=True).stdout.splitlines()
        for line in lines:
            for word in words.findall(json.loads(line)["text"].lower()):
                last = 0
                for letter in word:
                    counts[last][index[letter]] += 1
                    last = index[letter]
                counts[last][0] += 1
    result, total, bits = [], 0, 0
    for row in counts:
        sum_ = sum(row)
        line = ""
        for count in row:
            surprise = -math.log2(count / sum_) if count else 0
            total += max(0, count - 0.5)
            bits += max(0, count - 0.5) * surprise
            line += chr(35 + min(80, round(surprise / STEP)))
        result.append(line)
    return result, bits / total


cut = sys.argv.index("--")
print("// Written by letter-pairs.py.")
print()
print("extension LetterPairs {")
for name, files, alphabet in [
    ("russian", sys.argv[1:cut], RUSSIAN),
    ("english", sys.argv[cut + 1 :], ENGLISH),
]:
    lines, mean = rows(files, alphabet)
    print(f"    /// One row for each first letter, one character for each second letter: \"#\" plus one for every {STEP} bits.")
    print(f"    /// The first row is the beginning of a word, the first column its end. The mean surprise is {mean:.2f} bits.")
    print(f"    static let {name} = [")
    for line in lines:
        print(f'        #"{line}"#,')
    print("    ]")
print("}")
