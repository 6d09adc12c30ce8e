"""Kinds of damage, each a function that makes a damaged text from a good one.

KINDS has them by name; the families say which kinds are alike, so that an evaluation can leave out all kinds of a family.
A function returns None if the text has nothing that it could damage.

Damage that keeps most sentences or phrases as they were is not here, for example words that are missing, and the halves of
sentences exchanged. Heads that never saw such a kind found 6 to 32 % of its texts, and those that were trained on it took
good texts for damaged.
"""
from __future__ import annotations

import base64
import html
import random
import re
import zlib
from collections.abc import Callable

Damage = Callable[[str, random.Random], str | None]
WORD = re.compile(r"\S+")
LETTER = re.compile(r"[^\W\d_]")


def share(chance: random.Random, least: float, most: float) -> float:
    return chance.uniform(least, most)


def decoded(encode: str, decode: str, times: int = 1) -> Damage:
    """Text that was written in one encoding and read in another."""
    def damage(text: str, chance: random.Random) -> str | None:
        changed = text
        for _ in range(times):
            changed = changed.encode(encode, "ignore").decode(decode, "replace" if decode == "utf-8" else "ignore")
        return changed if changed.strip() and changed != text else None

    return damage


def letters_to(mark: str, least: float, most: float) -> Damage:
    def damage(text: str, chance: random.Random) -> str:
        part = share(chance, least, most)
        return LETTER.sub(lambda found: mark if chance.random() < part else found[0], text)

    return damage


LOOKS_LIKE = dict(pair.split(":") for pair in (
    "а:я б:6 в:8 г:r д:л е:с ж:х з:3 и:н л:п н:п о:0 п:л р:p с:е т:m у:v ф:cp ц:u ч:4 ш:ц1 щ:ш ы:ьi ь:b э:з ю:10 я:л "
    "a:o b:6 c:e d:cl e:c f:t g:9 h:li i:1 l:1 m:rn n:ri o:0 q:g r:i' s:5 t:f u:ii w:vv z:2").split())


def ocr(text: str, chance: random.Random) -> str:
    """Letters read as ones that look like them, lost spaces, specks, and words that are broken apart."""
    part = share(chance, 0.06, 0.3)
    out = []
    for letter in text:
        if letter.isalpha() and chance.random() < part:
            kind = chance.random()
            out.append(
                LOOKS_LIKE.get(letter.lower(), letter) if kind < 0.7 else
                chance.choice([".", ",", "'", "|", ";", "■", "°", "*", "~", "_", ""]) if kind < 0.85 else f"{letter} ")
        elif letter == " " and chance.random() < part / 2:
            continue
        else:
            out.append(letter)
    return "".join(out)


def broken_lines(text: str, chance: random.Random) -> str:
    """Words that are hyphenated as in a narrow column, with the numbers of pages in between."""
    out = []
    for number, word in enumerate(text.split()):
        if len(word) > 5 and chance.random() < 0.4:
            place = chance.randrange(2, len(word) - 2)
            word = f"{word[:place]}- {word[place:]}" if chance.random() < 0.5 else f"{word[:place]} {word[place:]}"
        out.append(word)
        if chance.random() < 0.05:
            out.append(f"— {number} —")
    return " ".join(out)


def no_spaces(text: str, chance: random.Random) -> str:
    part = share(chance, 0.6, 1)
    return re.sub(r"[ \t]+", lambda found: "" if chance.random() < part else " ", text)


def spaced_letters(text: str, chance: random.Random) -> str:
    part = share(chance, 0.5, 1)
    return WORD.sub(lambda found: " ".join(found[0]) if chance.random() < part else found[0], text)


def some_spaces_lost(text: str, chance: random.Random) -> str:
    part = share(chance, 0.25, 0.6)
    return re.sub(r"[ \t]+", lambda found: "" if chance.random() < part else " ", text)


def split_words(text: str, chance: random.Random) -> str:
    """Words in pieces of two to four letters, as from a poor extraction of a PDF file."""
    part, size = share(chance, 0.4, 1), chance.randrange(2, 5)
    return WORD.sub(
        lambda found: " ".join(found[0][first:first + size] for first in range(0, len(found[0]), size))
        if chance.random() < part else found[0], text)


def words_in(order: Callable[[list[str], random.Random], list[str]]) -> Damage:
    def damage(text: str, chance: random.Random) -> str | None:
        words = text.split()
        return " ".join(order(words, chance)) if len(words) > 5 else None

    return damage


def shuffled(words: list[str], chance: random.Random) -> list[str]:
    return chance.sample(words, len(words))


def swapped(words: list[str], chance: random.Random) -> list[str]:
    """Shuffles the words within windows of three to seven."""
    size = chance.randrange(3, 8)
    return [word for first in range(0, len(words), size) for word in shuffled(words[first:first + size], chance)]


def salad(words: list[str], chance: random.Random) -> list[str]:
    """Runs of two to four words in random order, with some words lost, as from a poor machine translation."""
    runs, place = [], 0
    while place < len(words):
        size = chance.randrange(1, 4)
        runs.append(words[place:place + size])
        place += size
    return [word for run in chance.sample(runs, len(runs)) for word in run if chance.random() < 0.85]


def sorted_words(words: list[str], chance: random.Random) -> list[str]:
    return sorted(words, key=str.lower)


def stuttered(words: list[str], chance: random.Random) -> list[str]:
    return [copy for word in words for copy in [word] * chance.choice([1, 1, 2, 2, 3])]


def lost_endings(text: str, chance: random.Random) -> str:
    """Words that have lost their last letters."""
    part = share(chance, 0.4, 0.9)
    return re.sub(
        r"[^\W\d_]{4,}", lambda found: found[0][:-chance.randrange(1, 4)] if chance.random() < part else found[0], text)


def cut_lines(text: str, chance: random.Random) -> str:
    """The text in lines of which the end, or the beginning, is lost."""
    width, keep = chance.randrange(40, 90), share(chance, 0.35, 0.6)
    flat = " ".join(text.split())
    lines = [flat[first:first + width] for first in range(0, len(flat), width)]
    size = round(width * keep)
    from_end = chance.random() < 0.5
    return "\n".join(line[-size:] if from_end else line[:size] for line in lines)


def repeated(unit: Callable[[str, random.Random], str]) -> Damage:
    """A part of the text, repeated to about the length of the text, at least three times."""
    def damage(text: str, chance: random.Random) -> str | None:
        part = unit(" ".join(text.split()), chance)
        if len(part) < 3:
            return None
        between = chance.choice(["\n", " ", "\n"])
        return between.join([part] * max(3, min(60, round(len(text) / len(part)))))

    return damage


def sentence_of(text: str, chance: random.Random) -> str:
    return chance.choice(re.split(r"(?<=[.!?…])\s+", text))[:300]


def phrase_of(text: str, chance: random.Random) -> str:
    words = text.split()
    start = chance.randrange(max(1, len(words) - 4))
    return " ".join(words[start:start + chance.randrange(1, 5)])


def repeated_paragraphs(text: str, chance: random.Random) -> str | None:
    """Whole passages that come again and again, in another order each time."""
    parts = re.split(r"(?<=[.!?…])\s+", " ".join(text.split()))[:6]
    if len(parts) < 2:
        return None
    return " ".join(part for _ in range(chance.randrange(3, 6)) for part in chance.sample(parts, len(parts)))


def letters_in(order: Callable[[str, random.Random], str]) -> Damage:
    def damage(text: str, chance: random.Random) -> str:
        return WORD.sub(lambda found: order(found[0], chance), text)

    return damage


def keyboard(text: str, chance: random.Random) -> str | None:
    """Russian typed with the English layout of the keyboard, or the other way."""
    english = "qwertyuiop[]asdfghjkl;'zxcvbnm,./QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>?"
    russian = "йцукенгшщзхъфывапролджэячсмитьбю.ЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,"
    is_russian = len(re.findall("[а-я]", text)) > len(re.findall("[a-z]", text))
    table = str.maketrans(russian, english) if is_russian else str.maketrans(english, russian)
    return text.translate(table)


def other_script(text: str, chance: random.Random) -> str | None:
    """Some letters written with ones of another script that look alike, and some with digits."""
    alike = dict(zip("аеорсухвнкмтАЕОРСУХВНКМТaeopcyxABEKMHOPCTXy", "aeopcyxBHKMTAEOPCYXBHKMTаеорсухАВЕКМНОРСТХу"))
    alike |= {"и": "u", "п": "n", "г": "r", "з": "3", "б": "6", "o": "0", "l": "1", "i": "і"}
    part = share(chance, 0.5, 1)
    changed = "".join(alike.get(letter, letter) if chance.random() < part else letter for letter in text)
    return changed if changed != text else None


def noise(text: str, chance: random.Random) -> str:
    part = share(chance, 0.15, 0.45)
    return "".join(
        letter if letter.isspace() or chance.random() > part else chance.choice("#$%&*+/<=>@[\\]^_{|}~0123456789")
        for letter in text)


def all_capitals(text: str, chance: random.Random) -> str:
    return re.sub(r"[.!?]+", lambda found: "!" * chance.randrange(1, 5), text.upper())


def random_case(text: str, chance: random.Random) -> str:
    return "".join(letter.upper() if chance.random() < 0.5 else letter.lower() for letter in text)


TAGS = ["<div class=\"c-{n}\">", "</div>", "<span style=\"color:#{n}\">", "</span>", "<br/>", "<p>", "</p>", "<td>", "</td></tr>",
        "<a href=\"/p/{n}.html\">", "</a>", "<li>", "<b>", "</b>", "<img src=\"/i/{n}.png\" alt=\"\">", "&nbsp;",
        "<!-- {n} -->", "<script>var a{n}=[];a{n}.push('{n}');</script>"]


def tags(text: str, chance: random.Random) -> str:
    """What a broken removal of HTML leaves: tags, entities and pieces of scripts among the words."""
    part = share(chance, 0.25, 0.6)
    return WORD.sub(
        lambda found: found[0] + (
            chance.choice(TAGS).replace("{n}", str(chance.randrange(9999))) if chance.random() < part else ""), text)


def entities(text: str, chance: random.Random) -> str:
    """Letters as numbers of HTML entities, or of escapes of JSON and of addresses."""
    part, kind = share(chance, 0.3, 1), chance.randrange(4)
    code = [
        lambda letter: f"&#{ord(letter)};", lambda letter: f"&#x{ord(letter):x};",
        lambda letter: f"\\u{ord(letter):04x}",
        lambda letter: "".join(f"%{byte:02X}" for byte in letter.encode())][kind]
    return LETTER.sub(lambda found: code(found[0]) if chance.random() < part else found[0], html.escape(text))


def encoded(text: str, chance: random.Random) -> str:
    """The bytes of the text, or what is left of them when compressed, as base64 or hexadecimal numbers."""
    data = text.encode()
    if chance.random() < 0.5:
        data = zlib.compress(data)
    if chance.random() < 0.5:
        written = base64.b64encode(data).decode()
        width = chance.choice([64, 76])
        return "\n".join(written[first:first + width] for first in range(0, len(written), width))
    between = chance.choice(["", " "])
    return "\n".join(data[first:first + 16].hex(between) if between else data[first:first + 16].hex()
                     for first in range(0, len(data), 16))


def mixed_encodings(text: str, chance: random.Random) -> str | None:
    """Words of the text read in the wrong encoding, others as they are."""
    wrong = [decoded("utf-8", "cp1251"), decoded("cp1251", "latin-1"), decoded("utf-8", "latin-1"), decoded("koi8-r", "cp1251")]
    damage = chance.choice(wrong)
    part = share(chance, 0.25, 0.7)
    changed = WORD.sub(
        lambda found: (damage(found[0], chance) or found[0]) if chance.random() < part else found[0], text)
    return changed if sum(a != b for a, b in zip(changed, text)) > len(text) / 10 else None


FAMILIES: dict[str, dict[str, Damage]] = {
    "encoding": {
        "utf-8 read as cp1251": decoded("utf-8", "cp1251"),
        "utf-8 read as latin-1": decoded("utf-8", "latin-1"),
        "utf-8 read as cp866": decoded("utf-8", "cp866"),
        "cp1251 read as latin-1": decoded("cp1251", "latin-1"),
        "cp1251 read as koi8-r": decoded("cp1251", "koi8-r"),
        "koi8-r read as cp1251": decoded("koi8-r", "cp1251"),
        "cp866 read as cp1251": decoded("cp866", "cp1251"),
        "cp1251 read as utf-8": decoded("cp1251", "utf-8"),
        "utf-8 read as cp1251 twice": decoded("utf-8", "cp1251", 2),
        "encodings mixed": mixed_encodings,
        "keyboard layout": keyboard,
    },
    "lost letters": {
        "question marks": letters_to("?", 0.5, 1),
        "replacement characters": letters_to("\ufffd", 0.15, 0.8),
        "letters lost": letters_to("", 0.25, 0.5),
        "noise": noise,
    },
    "letters": {
        "letters shuffled": letters_in(lambda word, chance: "".join(chance.sample(word, len(word)))),
        "words reversed": letters_in(lambda word, chance: word[::-1]),
        "letters of other scripts": other_script,
        "ocr": ocr,
        "random case": random_case,
        "all capitals": all_capitals,
    },
    "spaces": {
        "no spaces": no_spaces,
        "some spaces lost": some_spaces_lost,
        "words split": split_words,
        "spaced letters": spaced_letters,
        "broken lines": broken_lines,
    },
    "words": {
        "words shuffled": words_in(shuffled),
        "words swapped": words_in(swapped),
        "word salad": words_in(salad),
        "words sorted": words_in(sorted_words),
        "words stuttered": words_in(stuttered),
        "endings lost": lost_endings,
    },
    "cuts": {
        "lines cut": cut_lines,
    },
    "repeats": {
        "sentence repeated": repeated(sentence_of),
        "phrase repeated": repeated(phrase_of),
        "passages repeated": repeated_paragraphs,
    },
    "codes": {
        "tags": tags,
        "entities": entities,
        "base64 and hex": encoded,
    },
}
KINDS: dict[str, Damage] = {name: kind for kinds in FAMILIES.values() for name, kind in kinds.items()}
FAMILY: dict[str, str] = {name: family for family, kinds in FAMILIES.items() for name in kinds}


def changed(text: str, base: str) -> float:
    """Returns the share of the words of `base` that `text` does not have."""
    words = base.split()
    left = set(text.split())
    return sum(word not in left for word in words) / max(1, len(words))
