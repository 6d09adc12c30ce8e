"""The documents of the sample corpus: originals, and the planted copies of them."""

import re

from . import edits
from .grammar_ru import BOOK, COMMENTS, HEADLINES, NEWS, NEWS_LEAD, Russian
from .languages import LANGUAGES
from .similarity import Postings, jaccard, shingles, words

UNLIKE = 0.2  # originals stay below this similarity with each other
PATTERNS = {"books": BOOK, "news": NEWS, "comments": COMMENTS}
# Texts of one to four words, and texts without words.
SHORT = """Спасибо!|Согласен|не согласен|Ну да|Первый, ура|класс|Где ссылка?|Жду продолжения|ой всё|Ха ха ха|Так и есть|5 из 5|Топ|<3|\\o/|Огонь!!!|норм|Верните деньги|Автор молодец|Не верю|Как всегда прекрасно|До слёз|Вот это да|цена вопроса?|ещё 👍|дякую|Гарно сказано|thanks a lot|first|nice one|so true|danke schön|谢谢|真好|どうも|شكرا جزيلا|მადლობა|ดี|감사합니다|+1|№ 5|100%|2024|ёлки-палки|Й|ツ|5️⃣|½ кружки|x²""".split("|")
WORDLESS = """!!!|???|👍|👍👍|😂😂😂|❤️|🔥🔥|...|…|:)|:-)|— — —|👨‍👩‍👧‍👦|🇷🇺|🤷‍♀️|***|$$$|(((|^^|«»|👏🏽|=)|¡!|。。。|☀️🌊""".split("|")


class Document:
    """One line to be; `family` names the original it comes from, `special` what is odd about it."""

    def __init__(self, text, lang, folder, family, special=(), shard=None):
        self.text, self.lang, self.folder, self.family = text, lang, folder, family
        self.special, self.shard = list(special), shard


class Corpus:
    def __init__(self, rng):
        self.rng = rng
        self.units = []  # lists of documents that stay in order, next to each other
        self.planted = []  # (kind, document, document)
        self.originals = []
        self.postings = Postings()
        self.families = 0

    # Originals.

    def fill(self, folder, lang):
        """A source of further sentences of one kind."""
        if lang == "ru":
            russian = Russian(self.rng)
            return lambda: russian.sentence(self.rng.choice(PATTERNS[folder]))
        return lambda: LANGUAGES[lang].sentence(self.rng)

    def text(self, folder, lang):
        rng = self.rng
        if folder == "books":
            wanted = min(3000, max(500, int(rng.lognormvariate(6.6, 0.65))))
        elif folder == "news":
            wanted = min(380, max(60, int(rng.lognormvariate(4.85, 0.5))))
        else:
            wanted = rng.choice([3, 6, 6, 10, 14, 20, 30, 45])
        if lang != "ru":
            source, joiner = LANGUAGES[lang], LANGUAGES[lang].joiner
            parts, count = [], 0
            while count < wanted:
                parts.append(source.sentence(rng))
                count += len(words(parts[-1]))
            if folder == "books":
                return "\n".join(joiner.join(parts[i : i + 8]) for i in range(0, len(parts), 8))
            return joiner.join(parts) if lang != "th" else " ".join(parts)
        russian = Russian(rng)
        if folder == "news":
            parts = [russian.sentence(rng.choice(HEADLINES)) + "\n" + russian.sentence(rng.choice(NEWS_LEAD))]
            parts += [russian.sentence(t) for t in rng.sample(NEWS, len(NEWS))]
        elif folder == "comments":
            parts = [russian.sentence(t) for t in rng.sample(COMMENTS, 6)]
            if rng.random() < 0.25:
                parts[0] = parts[0].lower()
        else:
            russian.cast = [russian.person_name() for _ in range(rng.randint(3, 5))]
            parts = [russian.sentence(rng.choice(BOOK)) for _ in range(wanted // 5)]
        kept, count, paragraph = [], 0, rng.randint(4, 9)
        for part in parts:
            if kept and count >= wanted:
                break
            count += len(part.split())
            paragraph -= 1
            if kept:
                kept.append("\n" if paragraph == 0 and folder != "comments" else " ")
            if paragraph <= 0:
                paragraph = rng.randint(4, 9)
            kept.append(part)
        text = "".join(kept)
        return text + rng.choice(["", "", "", " 👍", " 😂", "!!", " )))", " 🙏"]) if folder == "comments" else text

    def original(self, folder, lang, least=0):
        """A new text that is like no text before it."""
        while True:
            text = self.text(folder, lang)
            s = shingles(text)
            if len(s) < least:
                continue
            if any(jaccard(s, self.postings.sets[i]) >= UNLIKE for i in self.postings.common(s)):
                continue
            self.postings.add(s)
            return self.document(text, lang, folder)

    def document(self, text, lang, folder, **more):
        self.families += 1
        return Document(text, lang, folder, self.families, **more)

    def plant_originals(self, folder, counts):
        for lang, count in counts.items():
            for _ in range(count):
                document = self.original(folder, lang)
                self.originals.append(document)
                self.units.append([document])

    # Copies.

    def copy(self, base, text, kind, folder=None, alone=True, **more):
        document = Document(text, base.lang, folder or base.folder, base.family, **more)
        self.planted.append((kind, base, document))
        if alone:
            self.units.append([document])
        return document

    def pick(self, folder=None, least=1, where=None):
        while True:
            base = self.rng.choice(self.originals)
            if (folder is None or base.folder == folder) and len(shingles(base.text)) >= least and (where is None or where(base)):
                return base

    def edited(self, base, low, high):
        return edits.edit(self.rng, base.text, base.lang, self.fill(base.folder, base.lang), low, high)

    def plant_edited(self, folder, count, low, high):
        kind = "edited-above" if low >= 0.7 else "edited-below"
        made = 0
        while made < count:
            base = self.pick(folder, least=10)
            # A small window of its own for every copy spreads the similarities evenly.
            centre = low + (made + 0.5) / count * (high - low)
            width = 0.01 if len(shingles(base.text)) > 60 else 0.04
            text = self.edited(base, max(low, centre - width), min(high, centre + width))
            if text is not None:
                self.copy(base, text, kind)
                made += 1

    def plant_exact(self):
        changes = {
            "exact": lambda rng, text: text,
            "exact-whitespace": edits.other_whitespace,
            "exact-punctuation": edits.other_punctuation,
            "exact-case": edits.other_case,
            "exact-decomposed": edits.decomposed,
            "exact-soft-hyphen": edits.soft_hyphens,
        }
        for kind, change in changes.items():
            for i in range(24):
                while True:
                    base = self.pick("books" if i == 0 else None, where=lambda d: (d.lang != "ru") == (i % 4 == 3))
                    text = change(self.rng, base.text)
                    if kind == "exact" or text != base.text:
                        break
                self.copy(base, text, kind)

    def plant_escaped(self, raw_shards, escaped_shards):
        """The same text, once in a shard of raw UTF-8 and once in one of \\u escapes."""
        for i in range(16):
            folder = ("news", "comments")[i % 2]
            base = self.pick(folder, where=lambda d: d.shard is None)
            base.shard = raw_shards[folder]
            self.copy(base, base.text, "exact-escaped", shard=escaped_shards[folder])

    def plant_neighbours(self):
        """Copies right after each other."""
        for i in range(24):
            folder = ("books", "news", "comments", "comments")[i % 4]
            base = self.original(folder, "ru", least=10)
            unit = [base, self.copy(base, base.text, "adjacent", alone=False)]
            if i % 3 == 0:
                unit.append(self.copy(base, base.text, "adjacent", alone=False))
            text = self.edited(base, 0.75, 0.97)
            if text is not None and i % 2:
                unit.insert(1, self.copy(base, text, "adjacent", alone=False))
            self.units.append(unit)

    def plant_across(self, shards):
        """Copies in another shard, and news repeated in comments."""
        for i in range(24):
            base = self.pick(least=10, where=lambda d: d.shard is None)
            mine, other = self.rng.sample(shards[base.folder], 2)
            base.shard = mine
            text = base.text if i % 3 == 0 else self.edited(base, 0.72, 0.97)
            self.copy(base, base.text if text is None else text, "cross-shard", shard=other)
        for i in range(30):
            base = self.pick("news", least=20)
            text = base.text if i % 3 == 0 else self.edited(base, 0.55, 0.97)
            self.copy(base, base.text if text is None else text, "cross-folder", folder="comments")

    def plant_chains(self):
        """A~B~C: the neighbours alike, the ends not; in this order, some with others between them."""
        made = 0
        while made < 20:
            a = self.original(("news", "comments", "books")[made % 3], "ru", least=40)
            unit, text = [a], a.text
            for _ in range(4 if made % 5 == 4 else 2):
                step = edits.edit(self.rng, text, "ru", self.fill(a.folder, "ru"), 0.74, 0.82)
                if step is None:
                    break
                unit.append(Document(step, "ru", a.folder, a.family))
                text = step
            sets = [shingles(d.text) for d in unit]
            alike = [len(x & y) / len(x | y) for x, y in zip(sets, sets[2:])]
            if len(unit) < 3 or max(alike) >= 0.69:
                continue
            self.planted += [("chain-step", x, y) for x, y in zip(unit, unit[1:])]
            self.planted += [("chain-ends", x, y) for x, y in zip(unit, unit[2:])]
            if a.folder != "books" and made % 4 < 2:
                unit = [d for x in unit for d in (x, self.original(a.folder, "ru"))]
            self.units.append(unit)
            made += 1

    def plant_boundary(self):
        """Exactly 0.7, which is no duplicate, and the next above it: the first words of a text."""
        sizes = [(10, 7), (20, 14), (30, 21), (40, 28), (100, 70), (60, 42)]
        sizes += [(whole, part + 1) for whole, part in sizes]
        for i, (whole, part) in enumerate(sizes):
            while True:
                base = self.original(("news", "comments")[i % 2], "ru", least=whole)
                tokens = re.findall(r"\S+", base.text)
                base.text = self.first(tokens, whole)
                text = self.first(tokens, part)
                if base.text and text and (len(shingles(base.text)), len(shingles(text))) == (whole, part):
                    break
            self.units.append([base])
            self.copy(base, text, "boundary-equal" if 10 * part == 7 * whole else "boundary-above")

    @staticmethod
    def first(tokens, count):
        """The first tokens that have so many shingles."""
        for n in range(1, len(tokens) + 1):
            if len(words(" ".join(tokens[:n]))) == count + 4:
                return " ".join(tokens[:n])
        return None

    # Odd texts.

    def plant_short(self):
        rng = self.rng
        again = {"short": ["{}", "{}!", "{} ...", "  {} "], "wordless": ["{}", " {}", "{}\n"]}
        for kind, texts in (("short", SHORT), ("wordless", WORDLESS)):
            for i, text in enumerate(texts):
                lang = "ru" if re.search("[а-яА-Я]", text) else "und"
                base = self.document(text, lang, "comments", special=[kind])
                assert len(words(text)) in (range(1, 5) if kind == "short" else [0]), text
                self.units.append([base])
                for _ in range((i % 3) if i % 3 < 2 else rng.choice([0, 2])):
                    other = rng.choice(again[kind]).format(text)
                    if kind == "short" and rng.random() < 0.3:
                        other = edits.other_case(rng, other)
                    self.copy(base, other, kind + "-equal", special=[kind])
        for kind, texts in (("empty", [""] * 6), ("blank", [" ", " ", "\n\n", "\t", "\u00a0", "\u3000", " \r\n \t", "   "])):
            for text in texts:
                self.units.append([self.document(text, "und", rng.choice(["comments", "comments", "news"]), special=[kind])])

    def plant_odd_lines(self):
        """Lines that are written in an unusual way; what they hold is ordinary."""
        kinds = {"lone-surrogate": 4, "text-twice": 4, "escaped-key": 2, "no-id": 8, "numeric-id": 8, "spaced-json": 6}
        for kind, count in kinds.items():
            for i in range(count):
                folder = ("comments", "news")[i % 2]
                base = self.original(folder, "ru", least=10)
                if kind == "lone-surrogate":
                    half = ("\ud83d", "\udc4d", "\ude00\ud83d", "\udfff")[i]
                    base.text = re.sub(" ", " " + half + " ", base.text, count=1 + i)
                base.special.append(kind)
                self.units.append([base])
                if i % 2 == 0:
                    text = re.sub("[\ud800-\udfff]", "\ufffd", base.text)
                    self.copy(base, text, kind + "-equal")
