"""Layouts of a text: other line breaks, or a heading, an emoji, a link or Markdown marks in addition to its words.

The heads are trained on good and bad texts in the same layouts, so that no layout tells good from bad. The words of
a text stay in their order.
"""
from __future__ import annotations

import random
import re
import textwrap
from collections.abc import Callable

SENTENCE_ENDS = re.compile(r"(?<=[.!?…])\s+")
EMOJI = "📌 🔥 ❗️ ✅ 👉 📄 ⚡️ 🎬 💬 📊 🧪 😀 🇷🇺 ➡️ 🏆 🗓".split()
HOSTS = "example.org example.com news.example.net t.me/example www.example.org/ru blog.example.com/post".split()


def address(chance: random.Random) -> str:
    """Returns a made-up link, with or without a path."""
    words = "news article 2024 11 story page topic item post id view read about doc".split()
    path = "/".join(chance.choice(words) for _ in range(chance.randrange(4)))
    number = f"/{chance.randrange(10 ** chance.randrange(1, 8))}" if chance.random() < 0.5 else ""
    return f"https://{chance.choice(HOSTS)}/{path}{number}"


def one_line(text: str, chance: random.Random | None = None) -> str:
    return " ".join(text.split())


def wrapped(width: int) -> Callable[[str, random.Random], str]:
    def change(text: str, chance: random.Random) -> str:
        paragraphs = (part for part in re.split(r"\n+", text) if part.strip())
        return "\n".join(
            textwrap.fill(part, width, break_long_words=False, break_on_hyphens=False) for part in paragraphs)

    return change


def sentences(text: str, chance: random.Random) -> str:
    return "\n".join(SENTENCE_ENDS.split(one_line(text)))


def blank_lines(text: str, chance: random.Random) -> str:
    return re.sub(r"\n+", "\n\n", text) if "\n" in text else "\n\n".join(SENTENCE_ENDS.split(text))


def heading(text: str, chance: random.Random) -> str:
    title = " ".join(text.split()[:chance.randrange(2, 8)])
    mark = chance.choice(["# ", "## ", "**", ""])
    return f"{mark}{title}{'**' if mark == '**' else ''}\n\n{text}"


def emoji(text: str, chance: random.Random) -> str:
    return f"{chance.choice(EMOJI)} {text}"


def link(text: str, chance: random.Random) -> str:
    return text + chance.choice(["\n\n", "\n", " "]) + address(chance)


def markdown(text: str, chance: random.Random) -> str:
    """Makes some words bold, some a link, and some lines items of a list."""
    lines = []
    for line in text.split("\n"):
        words = line.split(" ")
        if len(words) > 3:
            start = chance.randrange(len(words) - 2)
            stop = start + chance.randrange(1, 4)
            marked = " ".join(words[start:stop])
            kind = chance.randrange(5)
            if kind == 0:
                marked = f"[{marked}]({address(chance)})"
            elif kind < 3:
                mark = chance.choice(["**", "__", "*", "`"])
                marked = f"{mark}{marked}{mark}"
            words[start:stop] = [marked]
        lines.append((chance.choice(["- ", "* ", "> "]) if chance.random() < 0.15 else "") + " ".join(words))
    return "\n".join(lines)


LAYOUTS: dict[str, Callable[[str, random.Random], str]] = {
    "as is": lambda text, chance: text,
    "one line": one_line,
    "wrapped at 40": wrapped(40),
    "wrapped at 72": wrapped(72),
    "wrapped at 100": wrapped(100),
    "a line per sentence": sentences,
    "blank lines": blank_lines,
    "heading": heading,
    "emoji": emoji,
    "link": link,
    "markdown": markdown,
}


def drawn(text: str, seed: str, count: int) -> list[tuple[str, str]]:
    """Returns `count` layouts of a text, by name, of those that differ from one another. The seed decides which."""
    chance = random.Random(seed)
    found: dict[str, str] = {}
    for name in chance.sample(list(LAYOUTS), len(LAYOUTS)):
        changed = LAYOUTS[name](text, chance)
        if len(found) < count and changed not in found.values():
            found[name] = changed
    return list(found.items())
