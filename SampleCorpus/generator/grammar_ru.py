"""Russian sentences of the sample corpus: a small template language over the word lists, and patterns for three genres.

In a template, `[a|b|]` picks one alternative and `{...}` is filled:
  {person:g}      a noun phrase of that list in a case (n g d a i p); `P` before the colon makes it plural; with
                  `+` it always has an adjective, with `0` never; `#1` names it for agreement
  {act#1}         a phrase of a random action, agreeing with #1 ({act} alone: the infinitive)
  {oact#1}        the same for offices
  {=был#1}        a past tense agreeing with #1
  {full:n#1} {given:d} {city:p} {adv} {num} {date} {money} {pct} {period} {time} {year}
"""

import re

from . import words_ru as W
from .morphology_ru import CASES, adjective, noun, past, surname

NOUNS = {group: [noun(spec) for spec in text.split()] for group, text in W.NOUNS.items()}
ADJECTIVES = {group: text.split() for group, text in W.ADJECTIVES.items()}
MALE, FEMALE = ([noun(spec) for spec in text.split()] for text in (W.MALE, W.FEMALE))
CITIES = [noun(spec) for spec in W.CITIES.split()]
SURNAMES = W.SURNAMES.split()
CHOICE = re.compile(r"\[([^\[\]]*)\]")
SLOT = re.compile(r"\{([^{}]+)\}")


def _swaps():
    """form -> other words in the same form, of the same list and gender: for edited copies."""
    table = {}
    for nouns in NOUNS.values():
        for n in nouns:
            for number in "SP":
                for i, form in enumerate(n.forms[number]):
                    alike = [m.forms[number][i] for m in nouns if (m.gender, m.animate) == (n.gender, n.animate) and m is not n]
                    table.setdefault(form, alike)
    for words in ADJECTIVES.values():
        for gender, plural in (("m", 0), ("f", 0), ("n", 0), ("m", 1)):
            for case in CASES:
                forms = [adjective(a, gender, case, False, plural) for a in words]
                for form in forms:
                    table.setdefault(form, [f for f in forms if f != form])
    for verbs, _ in W.ACTIONS + W.OFFICIAL_ACTIONS:
        for gender, plural in (("m", 0), ("f", 0), ("n", 0), ("m", 1)):
            forms = [past(v, gender, plural) for v in verbs.split()]
            for form in forms:
                table.setdefault(form, [f for f in forms if f != form])
    return {form: alike for form, alike in table.items() if alike}


SWAPS = _swaps()


class Russian:
    """Sentences from one random source; `cast` holds the persons of the current text."""

    def __init__(self, rng, cast=()):
        self.rng, self.bound, self.cast = rng, {}, cast

    def person_name(self):
        female = self.rng.random() < 0.5
        return (self.rng.choice(FEMALE if female else MALE), self.rng.choice(SURNAMES), female)

    def sentence(self, template):
        self.bound = {}
        text = self.expand(template)
        text = re.sub(r"\b([Оо]) (?=[аоуэиАОУЭИ])", r"\1б ", text)
        text = re.sub(r"\b([Сс]) (?=[сзшж][бвгджзклмнпрстфхцчшщ])", r"\1о ", text)
        text = re.sub(r"\b([Вв]) (?=[вф][бвгджзклмнпрстфхцчшщ])", r"\1о ", text)
        text = re.sub(r" +", " ", text).replace(" ,", ",").replace(" .", ".").strip()
        for i, c in enumerate(text):
            if c.isalnum():
                return text[:i] + c.upper() + text[i + 1 :]
        return text

    def expand(self, template):
        while (m := CHOICE.search(template)):
            template = template[: m.start()] + self.rng.choice(m[1].split("|")) + template[m.end() :]
        while (m := next((m for m in SLOT.finditer(template) if self._ready(m[1])), None)):
            template = template[: m.start()] + self.slot(m[1]) + template[m.end() :]
        return template

    def _ready(self, spec):
        """False for a predicate whose subject comes later in the sentence and is not chosen yet."""
        name, _, ref = spec.partition("#")
        return ":" in name or not ref or ref in self.bound

    def slot(self, spec):
        rng = self.rng
        body, _, ref = spec.partition("#")
        name, _, case = body.partition(":")
        if name.startswith("="):
            return past(name[1:], *self.bound[ref])
        if name in ("act", "oact"):
            verbs, complements = rng.choice(W.ACTIONS if name == "act" else W.OFFICIAL_ACTIONS)
            verb = rng.choice(verbs.split())
            verb = past(verb, *self.bound[ref]) if ref else verb.split("/")[1]
            return verb + " " + self.expand(rng.choice(complements))
        if name in ("full", "given", "hero"):
            given, family, female = rng.choice(self.cast) if self.cast and name != "full" else self.person_name()
            self.bound[ref] = ("f" if female else "m", False)
            first = given.form(case)
            return first if name != "full" else first + " " + surname(family, female, case)
        if name == "city":
            return rng.choice(CITIES).form(case)
        if name in NOUNS or name.rstrip("P+0") in NOUNS:
            return self.noun_phrase(name, case, ref)
        return getattr(self, "_" + name)()

    def noun_phrase(self, name, case, ref):
        rng = self.rng
        group, flags = name.rstrip("P+0"), name[len(name.rstrip("P+0")) :]
        plural = "P" in flags
        n = rng.choice(NOUNS[group])
        if ref:
            self.bound[ref] = (n.gender, plural)
        text = n.form(case, plural)
        if "0" not in flags and (("+" in flags) or rng.random() < 0.45):
            text = adjective(rng.choice(ADJECTIVES[group]), n.gender, case, n.animate, plural) + " " + text
        return text

    def _adv(self):
        return self.rng.choice(W.ADVERBS)

    def _num(self):
        """A number that governs the genitive plural."""
        if self.rng.random() < 0.4:
            return self.rng.choice(W.NUMBER_WORDS)
        return str(self.rng.choice([1, 3, 12, 40, 90]) * 10 + self.rng.choice([0, 5, 6, 7, 8, 9]))

    def _year(self):
        return str(self.rng.randint(1961, 2024))

    def _date(self):
        return f"{self.rng.randint(1, 28)} {self.rng.choice(W.MONTHS)}"

    def _time(self):
        return f"{self.rng.randint(0, 23)}:{self.rng.randint(0, 59):02}"

    def _money(self):
        whole, tenth = self.rng.randint(2, 960), self.rng.choice(["", "", f",{self.rng.randint(1, 9)}"])
        return f"{whole}{tenth} {self.rng.choice(['млн', 'млрд', 'тыс.'])} рублей"

    def _pct(self):
        return f"{self.rng.randint(1, 48)},{self.rng.randint(1, 9)}" + self.rng.choice(["%", " процента"])

    def _score(self):
        return f"{self.rng.randint(0, 7)}:{self.rng.randint(0, 5)}"

    def _period(self):
        return self.rng.choice(["первого полугодия", "прошлого года", "третьего квартала", f"{self._year()} года",
                                "летнего сезона", "последних двух лет", "минувшей недели", "зимних месяцев"])


BOOK = """{hero:n#1} {adv} {act#1}.
{hero:n#1} {act#1} и {adv} {act#1}.
{person:n#1} {act#1}, а {person:n#2} {act#2}.
Когда {person:n#1} {act#1}, {weather:n#2} [уже|ещё|наконец|внезапно] {=стих#2}.
[Утром|Вечером|Ночью|Под утро|К полудню|На закате] {hero:n#1} {act#1}.
[Над|За] {nature:i} [{=стоял#1}|{=висел#1}|{=поднимался#1}] {weather+:n#1}.
[Весной|Летом|Осенью|Зимой] {year} года {person:n#1} {act#1} и больше не {=вернулся#1} в {city:a}.
{given:n#1} не {=успел#1} {act}, потому что {person:n#2} {act#2}.
{hero:n#1} {=решил#1} {act}, но сначала {=собрался#1} {act}.
— {adv} {act} — вот чего не хватает {person:d}, — {=сказал#3} {hero:n#3}.
— Вы видели {animal:a} у {nature:g}? — {=спросил#1} {hero:n#1}.
— Нельзя {act}, пока {weather:n} не [утихнет|кончится|пройдёт], — {adv} {=ответил#1} {person:n#1}.
— Мне говорили, будто {person:n#2} {act#2}, — {=заметил#1} {hero:n#1} и {act#1}.
{place+:n#1} {city:g} {adv} {=напомнил#1} {given:d} {place:a} из {text:g}.
В {place:p} пахло {food:i} и {thingP:i}, а у окна {=дремал#1} {animal+:n#1}.
На {nature:p} [{=лежал#2}|{=начинался#2}|{=кончался#2}] {weather:n#2}, и {animal:n#1} {adv} {=кричал#1} за {nature:i}.
Никто не знал, зачем {person:n#1} {act#1} и кому {=достался#2} {thing+:n#2}.
{abstract+:n#1} {=пришёл,пришл#1} позже, когда {hero:n#2} {act#2}.
Это {=был#1} {abstract+:n#1}, о чём {hero:n#2} {=писал#2} в {text:p}.
[Через|Спустя] {num} [дней|лет|недель|часов] {hero:n#1} {act#1}.
Ни {person:n#1}, ни {person:n#2} не {=мог#2} {act}.
{thing+:n#1} {=стоял#1} у {place:g}, рядом с {thing:i}, и {adv} {=скрипел#1}.
Говорили, что {person:n#1} из {city:g} {=умел#1} {act} {adv}.
[За|Перед] {place:i} начиналась [глухая|пыльная|лесная|широкая] дорога, ведущая к {nature:d}.
{hero:n#1} {=достал#1} {thing:a}, {=положил#1} {text:a} на {thing:a} и {act#1}.
[Если бы|Хотя] {person:n#1} {act#1}, {hero:n#2} {adv} {act#2}.
{weather+:n#1} {=застал#1} {hero:a} у {nature:g}; пришлось {act}.
{animal:n#1} {=выбежал#1} из {place:g}, и {person:n#2} {act#2}.
Каждый вечер {person:n#1} {=выходил#1} к {nature:d}, чтобы {act}.
В {text:p} {person:g} было сказано: {num} шагов от {place:g} до {nature:g}.
{hero:n#1} всё {=думал#1} о {abstract:p}, хотя давно пора было {act}.
Вместо {food:g} {person:n#1} {=подал#1} {food:a} и {act#1}.
{adv} скрипнула дверь: {person+:n#1} {act#1}.
{hero:n#1} {=молчал#1}: {weather:n#2} {=усилился#2}, и {animal:n#3} {=спрятался#3} под {thing:i}.
Ближе к {nature:d} {person:n#1} {=перестал#1} говорить о {abstract:p} и {act#1}.
Ему казалось, что {abstract:n#1} {=исчез,исчезл#1} вместе с {weather:i}.
Из всех {personP:g} {city:g} только {hero:n#1} {act#1}.
{hero:n#1} и {hero:n#2} {adv} смотрели на {nature:a}, пока {animal:n#3} не {=скрылся#3} за {place:i}.
В ту [зиму|осень|весну] {person:n#1} {adv} {act#1}, {act#1} и {act#1}.
[Однажды|Как-то раз|Накануне праздника] в {city:a} {=приехал#1} {person:n#1} с {thing:i} и {animal:i}.
{text+:n#1} {=лежал#1} в {thing:p} {person:g} {num} лет.
Трудно было {act}, но ещё труднее — {act}.
— Что за {abstract:n}! — {=воскликнул#1} {hero:n#1}, {adv} разглядывая {thing:a}.
— Завтра, — {=пообещал#1} {person:n#1}, — мы поедем в {city:a} и купим {thing:a} для {person:g}.
Сначала {person:n#1} {act#1}, потом {hero:n#2} {act#2}, и наконец {person:n#3} {=устал#3} ждать {weather:a}.
Без {person:g} {place:n#1} {=опустел#1}: ни {animal:g}, ни {thing:g}, ни {food:g}.""".split("\n")

NEWS_LEAD = """{org+:n#1} {city:g} {oact#1}.
{date} {org:n#1} {oact#1}, [сообщает пресс-служба|говорится на сайте ведомства|рассказали в {org:p}].
{official+:n#1} {full:n#2} {oact#2}.
В {city:p} {date} открыли {project+:a}.
{num} человек приняли участие в мероприятии, которое {org:n#1} {=провёл,провел#1} в {city:p}.
{issue+:n#1} в {city:p} {=вырос,выросл#1} на {pct} [по сравнению с прошлым годом|за месяц|к началу сезона].
{issue+:n#1} {=снизился#1} на {pct} по итогам {period}, следует из данных {org:g}.""".split("\n")

NEWS = """По словам {full:g#9}, {org:n#1} {oact#1} ещё в {year} году.
«{org:n#1} {=смог#1} {oact}, и теперь важно {oact}», — {=отметил#2} {official:n#3} {full:n#2}.
«Мы намерены {oact} до {date}», — {=подчеркнул#1} {full:n#1}.
Ранее {org+:n#1} {city:g} {oact#1}.
На эти цели [предусмотрено|направят|планируют потратить] {money}.
{official:n#1} {=добавил#1}, что {issue:n#2} {=составил#2} {money}.
Работы [начнутся|завершатся|возобновятся] {date}, их ведёт {org+:n}.
В {project:p} [заняты|участвуют] {num} {personP:g} и {num} единиц техники.
Как {=уточнил#1} {official:n#1} {org:g} {full:n#2}, {issue:n#3} {=вырос,выросл#3} на {pct}.
{project+:n#1} {=появился#1} в {city:p} в {year} году; с тех пор {org:n#2} дважды {oact#2}.
Жители {city:g} смогут посетить {project:a} с {date}, вход [свободный|платный|по записи].
В {org:p} [ожидают|не исключают], что {issue:n} [изменится|вырастет|сократится] на {pct}.
Синоптики {city:g} обещают {weather:a}, днём до {num} градусов, местами {weather:n}.
Движение по маршруту {city:n} — {city:n} [закрыто|ограничено|восстановлено] до {time} {date}.
Жюри, в которое вошли {personP+:n} и {personP:n}, назвало лучшим {project:a} из {city:g}.
{org:n#1} также {oact#1} и {oact#1}.
При этом {issue+:n#1} {=остался#1} на уровне {period}.
Причиной {=стал#1} {weather+:n#1}, из-за чего {org:n#2} не {=смог#2} {oact}.
Победителю вручили {thing:a}, второе место {=занял#1} {full:n#1} из {city:g}.
Общая площадь — {num} квадратных метров, рядом разместятся {place:n} и {place:n}.
{full:n#1} из {city:g} {=пожаловался#1}, что {org:n#2} {oact#2} слишком поздно.
Напомним, {date} {year} года {official+:n} {full:n#1} {oact#1}.
Для {personP:g} и {personP:g} подготовили {project:a}, {project:a} и {project:a}.
Эксперты связывают это с тем, что {org+:n#1} {oact#1}.
С начала года {org+:n#1} {city:g} {=принял#1} {num} заявок, из них {num} отклонены.
К {time} {org:n#1} {=получил#1} {num} обращений о {weather:p} в районе {nature:g}.
Проверка показала: {issue:n#1} {=завысил#1} {pct}, документы переданы в {org:a}.
По плану {org:g}, {project+:n#1} {=должен,должн#1} заработать к {date}.
Матч {city:n} — {city:n} завершился со счётом {score}; {num} зрителей, несмотря на {weather:a}.
Учёные обнаружили у {nature:g} следы {animalP:g}, возраст находки — {num} лет.
{official:n#1} {=назвал#1} {project:a} примером для {orgP:g} соседних областей.
Следующее заседание состоится {date} в {time}.
Билеты стоят от {num} рублей, для {personP:g} — бесплатно.""".split("\n")

HEADLINES = """{org:n#1} {oact#1}
В {city:p} {oact} обещают к {date}
{issue+:n#1} в {city:p}: {pct} за {year} год
{city:n}: {project:n} и {project:n}
{full:n#1} {oact#1}
{weather+:n} в {city:p}: {org:n#1} {oact#1}""".split("\n")

COMMENTS = """[Взял|Взяла|Купили|Заказал] {gadget:a} [месяц|неделю|год] назад, [пока доволен|ни разу не пожалели|уже сломался|шумит как трактор].
[ну|вот|слушайте,] {media+:n} [так себе|огонь|ни о чём|на любителя|просто космос], [особенно|кроме как] {media0:n} про {animalP:a}
Кто-нибудь пробовал {act}? [Поделитесь опытом|А то боюсь|Мне вот не удалось]
{person:n#1} {act#1}, [а вы говорите|вот это поворот|такие дела|жиза]
[Спасибо за|Жду ещё|Где найти|Киньте ссылку на] {media:a} [про {personP:a}|о {nature:p}|с {personP:i}]!
У меня {gadget:n#1} {=сломался#1} через {num} дней, {org:n#2} деньги не {=вернул#2}.
[Согласен|Не согласна|Полностью поддерживаю|Чушь]: {org:n#1} {oact#1}, а {issue:n} всё растёт.
Живу в {city:p}, у нас {weather:n} и {weather:n} уже {num} дней, [дороги не чистят|красота|никто не удивляется].
[Моя кошка|Наша такса|Соседская овчарка] [тоже|вообще|однажды] [стащила|съела|утащила|уронила] {food:a} [со стола|прямо на кухне|у соседа], [ржали всей семьёй|до сих пор вспоминаем].
[Автор|Товарищ|Уважаемый], вы хоть [раз|сами] пробовали {act}?
Рецепт [рабочий|так себе|супер], только вместо {food:g} положила {food:a} и {food:a}.
[Почему|Зачем] {org:n#1} {oact#1}, если можно было просто {act}?
[Доставка|Упаковка|Поддержка] [ужасная|на пять|хромает], {gadget:n} пришёл без {gadget:g} и с {thing:i} в комплекте
{num} рублей за {gadget:a}?? [Да ладно|За что|Серьёзно]
Бабушка всегда говорила: сначала {act}, потом {act}.
Был я в {city:p} в {year}, {place:n} там [закрыт|на ремонте|чудесный], {personP:n} [приветливые|грубят|спят].
Подскажите, {gadget:n} [подойдёт|годится] для {person:g}? {num} лет, любит {media:a} и {animalP:a}.
[Имхо|По-моему|Как по мне], {media:n} про {nature:a} лучше, чем {media:n} о {person:p}.
[ахаха|лол|ой всё], {person:n#1} {act#1} и {act#1}
Ставлю {num} из 10, потому что {media:n#1} {=затянул#1} {abstract:a}, а {person:n} [картонный|никакой|гениальный].
{full:n#1} опять {oact#1}... [Ну-ну|Посмотрим|Верим, ждём]
Продам {gadget:a}, {gadget:a} и {thing:a}, {city:n}, самовывоз, торг.
{full:n#5} из третьего подъезда {act#5}, теперь весь дом [не спит|в шоке|обсуждает].
[Вчера|Сегодня|На выходных] видели {animal:a} у {nature:g}, [еле ушли|сфоткать не успели|внуки в восторге].
А мне {media:n} [зашёл|не зашёл|напомнил детство], пересматриваю под {food:a} и {weather:a}.
Не верю ни одному слову: {official:n#1} {=обещал#1} {project:a} ещё в {year}, где он?
[Плюсую|Минус|Двачую], {gadget:n} после {num} зарядок [умер|держит бодро|греется].
[Девочки|Мужики|Народ], посоветуйте {media:a} на вечер, [только не|но не] {media:a} про {official:a}""".split("\n")

