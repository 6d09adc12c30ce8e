"""Russian inflection for the word lists: regular nouns, adjectives, past tenses."""

CASES = "ngdaip"  # nominative, genitive, dative, accusative, instrumental, prepositional
HUSH, VELAR = "жшщч", "гкх"


def _i(stem):
    """The ending ы, spelt и after velars and sibilants."""
    return "и" if stem[-1] in HUSH + VELAR else "ы"


class Noun:
    def __init__(self, lemma, gender, animate, forms):
        self.lemma, self.gender, self.animate, self.forms = lemma, gender, animate, forms

    def form(self, case, plural=False):
        return self.forms["P" if plural else "S"][CASES.index(case)]


def noun(spec):
    lemma, kind, *options = spec.split(":")
    option = dict(o.split("=") for o in options if "=" in o)
    stressed, gender, animate = "!" in options, kind[0], kind.endswith("a")
    end, stem = lemma[-1], lemma[:-1]
    if gender == "m" and end not in "ьй":
        stem = option.get("st", lemma)
        front = stem[-1] in HUSH + "ц"
        s = [lemma, stem + "а", stem + "у", lemma, stem + ("ом" if stressed or not front else "ем"), stem + "е"]
        gp = stem + ("ей" if stem[-1] in HUSH else "ев" if stem[-1] == "ц" and not stressed else "ов")
        p = [stem + _i(stem), gp, "ам", "", "ами", "ах"]
    elif gender == "m":
        stem = option.get("st", stem)
        e = "и" if stem[-1] == "и" else "е"
        s = [lemma, stem + "я", stem + "ю", lemma, stem + ("ём" if stressed else "ем"), stem + e]
        p = [stem + "и", stem + ("ей" if end == "ь" else "ев"), "ям", "", "ями", "ях"]
    elif gender == "f" and end == "а":
        front = stem[-1] in HUSH + "ц" and not stressed
        ins = stem + ("ей" if front else "ой")
        s = [lemma, stem + _i(stem), stem + "е", stem + "у", ins, stem + "е"]
        p = [stem + _i(stem), stem, "ам", "", "ами", "ах"]
    elif gender == "f" and end == "я":
        e = "и" if stem[-1] == "и" else "е"
        s = [lemma, stem + "и", stem + e, stem + "ю", stem + ("ёй" if stressed else "ей"), stem + e]
        p = [stem + "и", stem + ("й" if stem[-1] == "и" else "ь"), "ям", "", "ями", "ях"]
    elif gender == "f":
        soft = "а" if stem[-1] in HUSH else "я"
        s = [lemma, stem + "и", stem + "и", lemma, stem + "ью", stem + "и"]
        p = [stem + "и", stem + "ей", soft + "м", "", soft + "ми", soft + "х"]
    elif end == "о" or stem[-1] in HUSH + "ц":
        s = [lemma, stem + "а", stem + "у", lemma, stem + ("ом" if end == "о" else "ем"), stem + "е"]
        p = [stem + "а", stem, "ам", "", "ами", "ах"]
    else:
        ie = stem[-1] == "и"
        s = [lemma, stem + "я", stem + "ю", lemma, stem + "ем", stem + ("и" if ie else "е")]
        p = [stem + "я", stem + ("й" if ie else "ей"), "ям", "", "ями", "ях"]
    p[0], p[1] = option.get("np", p[0]), option.get("gp", p[1])
    base = stem if "np" not in option else option["np"][:-1]
    for i in (2, 4, 5):
        p[i] = base + p[i]
    p[3] = p[1] if animate else p[0]
    if animate and gender == "m":
        s[3] = s[1]
    return Noun(lemma, gender, animate, {"S": s, "P": p})


def adjective(lemma, gender, case, animate, plural):
    """The form of an adjective."""
    stem, end = lemma[:-2], lemma[-2:]
    i = CASES.index(case)
    hush, velar = stem[-1] in HUSH, stem[-1] in VELAR
    soft = end == "ий" and not hush and not velar
    y = "и" if soft or hush or velar else "ы"
    o = "е" if soft or (hush and end != "ой") else "о"
    if case == "a" and (plural or gender == "m"):
        i = 1 if animate else 0
    if plural:
        return stem + [y + "е", y + "х", y + "м", "", y + "ми", y + "х"][i]
    if gender == "f":
        oblique = o + "й"
        return stem + ["яя" if soft else "ая", oblique, oblique, "юю" if soft else "ую", oblique, oblique][i]
    nominative = lemma if gender == "m" else stem + o + "е"
    return [nominative, stem + o + "го", stem + o + "му", nominative, stem + y + "м", stem + o + "м"][i]


def past(verb, gender, plural):
    """The past tense of `past[,stem]/infinitive`."""
    masculine, *other = verb.split("/")[0].split(",")
    if gender == "m" and not plural:
        return masculine
    reflexive = masculine.endswith("ся")
    stem = other[0] if other else masculine.removesuffix("ся")
    if not stem.endswith("л"):
        stem += "л"
    ending = "и" if plural else {"f": "а", "n": "о"}[gender]
    return stem + ending + ("сь" if reflexive else "")


def surname(lemma, female, case):
    i = CASES.index(case)
    return lemma + (["а", "ой", "ой", "у", "ой", "ой"] if female else ["", "а", "у", "а", "ым", "е"])[i]
