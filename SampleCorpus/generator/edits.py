"""Copies of a text: the same words written otherwise, and edited copies of a wanted similarity."""

import re
import unicodedata

from .grammar_ru import SWAPS
from .languages import UNSPACED
from .similarity import jaccard, shingles
from .words_ru import ADVERBS


# The same words, written otherwise: Jaccard 1.

def other_whitespace(rng, text):
    spaces = ["  ", "\n", "\t", "\u00a0", " \n ", "\r\n"]
    spaced = re.sub(" ", lambda m: rng.choice(spaces) if rng.random() < 0.3 else " ", text)
    return rng.choice(["", " ", "\n"]) + spaced + rng.choice([" ", "\n", "\t\n"])


def other_punctuation(rng, text):
    marks = [",", ";", " —", "!", "...", " …", ":", " ", "!!!", " (", ")", "?", " «", "» "]
    changed = "".join(rng.choice(marks) if unicodedata.category(c)[0] == "P" and rng.random() < 0.7 else c for c in text)
    return changed.rstrip() + rng.choice([" !!!", " …", " :)", "?!", " ***"])


def other_case(rng, text):
    share = rng.choice([1.0, 1.0, 0.5])

    def turned(c):
        up = c.upper()
        return up if len(up) == 1 and up.lower() == c and rng.random() < share else c

    return "".join(turned(c) for c in text)


def decomposed(rng, text):
    return unicodedata.normalize("NFD", text)


def soft_hyphens(rng, text):
    out = []
    for a, b in zip(text, text[1:] + " "):
        out.append(a)
        if a.isalpha() and b.isalpha() and rng.random() < 0.12:
            out.append(rng.choice(["\u00ad", "\u00ad", "\u200b", "\u2060"]))
    return "".join(out)


# Edited copies.

def _typo(rng, word):
    if len(word) < 4:
        return word + word[-1:]
    i = rng.randrange(1, len(word) - 2)
    return word[:i] + word[i + 1] + word[i] + word[i + 2 :]


def _edit_word(rng, text, lang, fill):
    if lang in UNSPACED:
        i = rng.randrange(len(text))
        return text[:i] + rng.choice([rng.choice(text), "", text[i] * 2]) + text[i + 1 :]
    tokens = text.split(" ")
    i = rng.randrange(len(tokens))
    core = re.search(r"\w+", tokens[i])
    if not core or "\n" in tokens[i]:
        return text
    word, roll = core[0], rng.random()
    if word.isdigit():
        new = str(rng.randint(2, 999))
    elif word.lower() in SWAPS and roll < 0.7:
        new = rng.choice(SWAPS[word.lower()])
        new = new.capitalize() if word[0].isupper() else new
    elif roll < 0.45:
        new = _typo(rng, word)
    elif roll < 0.6 and lang == "ru":
        new = rng.choice(ADVERBS) + " " + word
    elif roll < 0.8:
        tokens[i] = tokens[i][core.end() :]
        return " ".join(t for t in tokens if t)
    elif i + 1 < len(tokens):
        tokens[i], tokens[i + 1] = tokens[i + 1], tokens[i]
        return " ".join(tokens)
    else:
        new = word + word[-1:]
    tokens[i] = tokens[i][: core.start()] + new + tokens[i][core.end() :]
    return " ".join(tokens)


def _sentences(text, lang):
    if lang in ("zh", "ja"):
        return re.findall(r"[^。]*。|[^。]+$", text), ""
    if lang == "th":
        return text.split(" "), " "
    return re.split(r"(?<=[.!?…]) ", text), " "


def _edit_sentence(rng, text, lang, fill):
    parts, joiner = _sentences(text, lang)
    i, roll = rng.randrange(len(parts)), rng.random()
    if roll < 0.4 and len(parts) > 2:
        del parts[i]
    elif roll < 0.7:
        parts.insert(i, fill())
    elif roll < 0.85:
        j = rng.randrange(len(parts))
        parts[i], parts[j] = parts[j], parts[i]
    else:
        parts[i] = fill()
    return joiner.join(parts)


def _edit_end(rng, text, lang, fill):
    """A word or a sentence less or more at the start or the end."""
    if lang in UNSPACED:
        return rng.choice([text[:-1], text[1:], text + rng.choice(text)])
    parts, joiner = _sentences(text, lang)
    roll = rng.random()
    if roll < 0.2 and len(parts) > 2:
        return joiner.join(parts[1:] if rng.random() < 0.5 else parts[:-1])
    if roll < 0.3:
        return joiner.join([fill(), *parts] if rng.random() < 0.5 else [*parts, fill()])
    tokens = text.split(" ")
    if roll < 0.6:
        return " ".join(tokens[1:])
    if roll < 0.85:
        return " ".join(tokens[:-1])
    return " ".join(tokens + fill().split(" ")[: rng.randint(1, 3)])


STYLES = [
    [_edit_word],
    [_edit_word],
    [_edit_sentence],
    [_edit_end],
    [_edit_word, _edit_sentence, _edit_end],
]


def edit(rng, text, lang, fill, low, high):
    """A copy with a Jaccard similarity to `text` in low..high, edited step by step in one style; None if none was found."""
    base = shingles(text)
    for _ in range(6):
        style, goal = rng.choice(STYLES), rng.uniform(low, high)
        copy, j = text, 1.0
        for _ in range(250):
            # Many small edits at once while the goal is far, then one by one.
            far = int(0.5 * len(base) * (j - goal) / 10) if style[0] is _edit_word else 0
            new = copy
            for _ in range(max(1, far)):
                new = rng.choice(style)(rng, new, lang, fill)
            new_j = jaccard(base, shingles(new))
            if new_j < low:
                continue
            copy, j = new, new_j
            if j <= max(goal, low):
                break
        if low <= j <= high:
            return copy
    return None
