"""Texts that surround running text on pages and disks, by kind: menus, notices, lists, logs, settings, code, numbers.

`found(packages, seed)` yields texts from unpacked Debian packages (packages.py), and `made(kind, language, chance)` writes
some from phrases of ours. Texts may be long; heads.py cuts them.
"""
from __future__ import annotations

import gettext
import gzip
import hashlib
import json
import pathlib
import random
import re
from collections.abc import Iterator

# At most this many texts of a kind from files, and pieces of a file.
OF_A_KIND = 450
PIECES = 6
# Of kinds with few files there are more pieces of a file.
PIECES_OF = {"word list": 120, "data": 40}
LINES = 120

MENU = {
    "ru": """Главная;Новости;О компании;О проекте;Контакты;Войти;Вход;Регистрация;Личный кабинет;Корзина;Каталог;Поиск;Карта сайта;Форум;
Блог;Статьи;Видео;Фото;Афиша;Погода;Курсы валют;Политика;Экономика;Общество;Спорт;Культура;Наука;Технологии;Авто;Недвижимость;Мнения;
Интервью;Архив;Подписка;Реклама;Вакансии;Партнеры;Доставка и оплата;Гарантия;Помощь;Вопросы и ответы;Правила;Соглашение;Версия для печати;
Следующая;Предыдущая;Наверх;Назад;Далее;Ещё;Показать ещё;Читать далее;Подробнее;Все новости;Последние новости;Самое читаемое;Популярное;
Рубрики;Теги;Комментарии (0);Комментировать;Ответить;Поделиться;Нравится;Скачать приложение;Мобильная версия;RSS;Telegram;ВКонтакте;
Одноклассники;Дзен;YouTube;Английская версия;Русский;English;Меню;Закрыть;Открыть меню;Настройки;Избранное;Сравнение;Отзывы;Распродажа;
Женщинам;Мужчинам;Детям;Дом и сад;Электроника;Книги;Бренды;Акции;Магазины;Сервисы;Документы;Услуги;Цены;Портфолио;Команда;История""",
    "en": """Home;News;About;About us;Contact;Contact us;Log in;Sign in;Sign up;Register;My account;Cart;Basket;Catalog;Search;Site map;Forum;
Blog;Articles;Video;Photos;Events;Weather;Markets;Politics;Business;Economy;Sport;Culture;Science;Technology;Cars;Property;Opinion;
Interviews;Archive;Subscribe;Newsletter;Advertise;Careers;Partners;Delivery;Warranty;Help;FAQ;Terms of use;Privacy policy;Print;Next;
Previous;Top;Back;More;Show more;Read more;Learn more;All news;Latest;Most read;Trending;Categories;Tags;Comments (0);Leave a comment;Reply;
Share;Like;Download the app;Mobile version;RSS;Facebook;Twitter;LinkedIn;Instagram;YouTube;Русский;English;Deutsch;Menu;Close;Open menu;
Settings;Wishlist;Compare;Reviews;Sale;Women;Men;Kids;Home and garden;Electronics;Books;Brands;Deals;Stores;Services;Documents;Pricing;
Features;Solutions;Resources;Support;Community;Docs;API;Status;Download;Releases;Issues;Pull requests;Wiki;Edit;History;Talk;Portfolio""",
}
MENU = {language: [item for item in items.replace("\n", "").split(";")] for language, items in MENU.items()}
COOKIES = {
    "ru": ["Мы используем файлы cookie.", "Этот сайт использует cookie для хранения данных.", "Продолжая пользоваться сайтом, вы соглашаетесь с политикой "
           "обработки персональных данных.", "Принять все", "Отклонить", "Настроить", "Только необходимые", "Подробнее о cookie",
           "Строго необходимые", "Аналитические", "Рекламные", "Всегда включены", "Сохранить настройки", "Мы и наши {n} партнеров храним "
           "информацию на устройстве.", "Вы можете отозвать согласие в любое время.", "Политика конфиденциальности", "Понятно", "Хорошо",
           "Срок хранения: {n} дней", "Имя: _ga, поставщик: сторонний"],
    "en": ["We use cookies.", "This website uses cookies to improve your experience.", "By continuing to browse, you agree to our use of "
           "cookies.", "Accept all", "Reject all", "Manage preferences", "Necessary only", "Cookie policy", "Strictly necessary",
           "Performance", "Targeting", "Always active", "Save settings", "We and our {n} partners store information on your device.",
           "You can withdraw consent at any time.", "Privacy policy", "Got it", "OK", "Expires: {n} days", "Name: _ga, provider: third party",
           "Your privacy matters to us.", "Do not sell my personal information"],
}
SHARE = {
    "ru": ["Поделиться", "Поделиться ссылкой", "Скопировать ссылку", "ВКонтакте", "Одноклассники", "Telegram", "WhatsApp", "Viber", "Твитнуть",
           "Отправить по почте", "Распечатать", "Нравится {n}", "Просмотров: {n}", "{n} комментариев", "Подписаться", "Читайте нас в Telegram",
           "Подписывайтесь на наш канал", "Добавить в закладки", "Сообщить об ошибке", "Нашли опечатку? Выделите и нажмите Ctrl+Enter",
           "Фото: пресс-служба", "Автор: редакция", "Время чтения: {n} мин", "Рейтинг: 4.{n} ({n} голосов)", "Теги:", "Источник:"],
    "en": ["Share", "Share this article", "Copy link", "Facebook", "Twitter", "LinkedIn", "WhatsApp", "Reddit", "Pin it", "Email", "Print",
           "{n} likes", "{n} views", "{n} comments", "Subscribe", "Follow us", "Join our newsletter", "Save for later", "Report an error",
           "Photo: press office", "By staff writer", "{n} min read", "Rating: 4.{n} ({n} votes)", "Tags:", "Source:", "Sign up for alerts",
           "Listen to this article", "Related topics", "Sponsored", "Advertisement"],
}
FOOTER = {
    "ru": ["© {y} Все права защищены.", "© 20{n}-{y} ООО «Пример»", "При использовании материалов ссылка обязательна.", "Свидетельство о регистрации "
           "СМИ № ФС77-{n}{n}", "Учредитель: ООО «Пример». Главный редактор: Иванов И. И.", "Телефон редакции: +7 (495) {n}{n}-00", "18+",
           "ИНН {n}{n}{n} ОГРН {n}{n}{n}", "Пользовательское соглашение", "Политика конфиденциальности", "Размещение рекламы", "Обратная связь",
           "Адрес: 1{n}, г. Москва, ул. Примерная, д. {n}", "Сделано в студии", "Пн-Пт 9:00-18:00", "Материалы предназначены для лиц старше 18 лет."],
    "en": ["© {y} All rights reserved.", "Copyright © 20{n}-{y} Example Ltd.", "Terms of service", "Privacy policy", "Cookie settings",
           "Contact the editor", "Registered in England No. {n}{n}{n}", "Powered by Example CMS", "Advertise with us", "Accessibility",
           "Do not sell my data", "Last updated: {n}/{n}/{y}", "Mon-Fri 9:00-17:30", "Site map", "Phone: +1 555 01{n}", "Version {n}.{n}.{n}",
           "Reproduction without permission is prohibited.", "Part of the Example Group"],
}
FORM = {
    "ru": ["Имя *", "Фамилия", "E-mail *", "Телефон", "Пароль", "Повторите пароль", "Забыли пароль?", "Запомнить меня", "Войти", "Отправить",
           "Введите код с картинки", "Сообщение", "Согласен на обработку данных", "Дата рождения: дд.мм.гггг", "Выберите город", "Сортировать по:",
           "Цена от {n} до {n}", "Показать {n} товаров", "Сбросить фильтр", "Количество: {n}", "В корзину", "Купить в один клик", "Артикул: {n}{n}",
           "Нет в наличии", "Осталось {n} шт.", "Итого: {n} руб.", "Доставка: завтра", "Обязательное поле", "Вы не авторизованы",
           "Ваш комментарий появится после проверки", "Страница {n} из {n}", "Найдено результатов: {n}"],
    "en": ["First name *", "Last name", "Email address *", "Phone", "Password", "Confirm password", "Forgot your password?", "Remember me",
           "Sign in", "Submit", "Enter the code", "Message", "I agree to the terms", "Date of birth: dd/mm/yyyy", "Select a country", "Sort by:",
           "Price from {n} to {n}", "Show {n} items", "Clear filters", "Qty: {n}", "Add to cart", "Buy now", "SKU: {n}{n}", "Out of stock",
           "Only {n} left", "Total: ${n}.00", "Ships tomorrow", "Required field", "You must be logged in to comment",
           "Your comment is awaiting moderation", "Page {n} of {n}", "{n} results found"],
}
TEMPLATES = {"cookie notice": COOKIES, "share buttons": SHARE, "footer": FOOTER, "form": FORM}


def numbered(text: str, chance: random.Random) -> str:
    text = text.replace("{y}", str(chance.randrange(2009, 2026)))
    return re.sub(r"\{n\}", lambda found: str(chance.randrange(1, 10 ** chance.randrange(1, 4))), text)


def of_templates(kind: str, language: str, chance: random.Random, count: int) -> list[str]:
    items = TEMPLATES[kind][language]
    return [numbered(item, chance) for item in chance.sample(items, min(count, len(items)))]


def menu(language: str, chance: random.Random, count: int) -> list[str]:
    items = [chance.choice(MENU[language]) for _ in range(count)]
    return [f"{item} ({chance.randrange(200)})" if chance.random() < 0.05 else item for item in items]


def joined(items: list[str], chance: random.Random) -> str:
    return chance.choice(["\n", "\n", "\n", " | ", " ", " · ", " » ", " / ", ", ", "\n* ", "\n\n"]).join(items)


def numbers(chance: random.Random, rows: int) -> str:
    columns = chance.randrange(3, 10)
    kinds = [chance.randrange(4) for _ in range(columns)]
    between = chance.choice(["\t", " ", ";", ",", " | ", "   "])

    def value(kind: int) -> str:
        if kind == 0:
            return str(chance.randrange(10 ** chance.randrange(1, 7)))
        if kind == 1:
            return f"{chance.uniform(0, 1000):.{chance.randrange(1, 4)}f}"
        if kind == 2:
            return f"{chance.randrange(100)}%"
        return f"{chance.randrange(1, 29):02d}.{chance.randrange(1, 13):02d}.{chance.randrange(1990, 2026)}"

    return "\n".join(between.join(value(kind) for kind in kinds) for _ in range(rows))


def price_list(words: list[str], language: str, chance: random.Random, rows: int) -> str:
    unit = {"ru": ["руб.", "₽", "шт.", "кг", "р/м2"], "en": ["USD", "$", "pcs", "kg", "each"]}[language]
    return "\n".join(
        f"{' '.join(chance.sample(words, chance.randrange(1, 4)))} {chance.choice(['-', '|', ' ', '....', ':'])} "
        f"{chance.randrange(10, 9999)} {chance.choice(unit)}" for _ in range(rows))


def log_lines(words: list[str], chance: random.Random, rows: int) -> str:
    """Lines of made-up logs: of a system, a web server, a program or a database."""
    kind = chance.randrange(5)
    host, name = chance.choice(words), chance.choice(words)
    levels = ["INFO", "WARN", "ERROR", "DEBUG", "NOTICE", "ОШИБКА", "ПРЕДУПРЕЖДЕНИЕ"]
    day, second = f"{chance.randrange(2015, 2026)}-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}", chance.randrange(70000)
    out = []
    for _ in range(rows):
        second += chance.randrange(40)
        time = f"{second // 3600 % 24:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
        address = ".".join(str(chance.randrange(256)) for _ in range(4))
        what = " ".join(chance.choice(words) for _ in range(chance.randrange(1, 5)))
        number = chance.randrange(99999)
        out.append([
            f"Nov {chance.randrange(1, 29):2d} {time} {host} {name}[{number}]: {what} from {address} port {number}",
            f'{address} - - [{day}:{time} +0300] "GET /{what.replace(" ", "/")}?id={number} HTTP/1.1" {chance.choice([200, 200, 304, 404, 500])} {number}',
            f"{day} {time},{number % 1000:03d} {chance.choice(levels)} [{name}-{number % 16}] {what}: {number} ms",
            f"[{second}.{number:06d}] {name} {what}: 0x{number:08x} ({chance.choice(words)}={number})",
            f"{day}T{time}Z {chance.choice(levels).lower()} {name}.{chance.choice(words)} {what} status={number % 600} elapsed={number % 97}"][kind])
    return "\n".join(out)


def build_log(paths: list[str], chance: random.Random, rows: int) -> str:
    kind, out = chance.randrange(4), []
    for number in range(rows):
        path = chance.choice(paths)
        name = path.rsplit("/", 1)[-1]
        out.append([
            f"[{100 * number // rows:3d}%] Building CXX object {path}.o",
            f"gcc -O2 -g -Wall -I./include -DNDEBUG -c -o {name}.o {path}" if chance.random() < 0.7
            else f"{path}:{chance.randrange(999)}:{chance.randrange(80)}: warning: unused variable '{name}' [-Wunused-variable]",
            chance.choice([f"Unpacking {name} ({chance.randrange(9)}.{chance.randrange(20)}-1) ...", f"Setting up {name} ...",
                           f"Get:{number} http://deb.example.org/debian stable/main amd64 {name} [{chance.randrange(900)} kB]",
                           f"Selecting previously unselected package {name}."]),
            chance.choice([f"checking for {name}... yes", f"checking whether {name} works... no", f"make[{chance.randrange(1, 4)}]: Entering directory '{path}'",
                           f"PASS: {name}", f"ok {number} - {name}", f"  CC      {path}.o"])][kind])
    return "\n".join(out)


def contents(titles: list[str], chance: random.Random) -> str:
    """A table of contents."""
    style, page, out, chapter, section = chance.randrange(5), 1, [], 0, 0
    for title in titles:
        page += chance.randrange(1, 12)
        if not chapter or chance.random() < 0.25:
            chapter, section = chapter + 1, 0
        else:
            section += 1
        number = f"{chapter}.{section}" if section else f"{chapter}"
        title = re.sub(r"^[\d.]+\s*|¶", "", title)
        out.append([
            f"{number}. {title}", f"{number} {title} {'.' * chance.randrange(3, 30)} {page}", f"{title} {page}", f"{'  ' * bool(section)}* {title}",
            title][style])
    return "\n".join(out)


def pieces(file: pathlib.Path, chance: random.Random, encoding: str, count: int) -> Iterator[str]:
    """Yields up to `count` pieces of LINES lines of a text file, compressed or not."""
    data = file.read_bytes()
    lines = (gzip.decompress(data) if file.suffix == ".gz" else data).decode(encoding, "ignore").splitlines()
    starts = range(0, len(lines), LINES)
    for start in sorted(chance.sample(starts, min(count, len(starts)))):
        piece = "\n".join(lines[start:start + LINES])
        if len(piece) > 200:
            yield piece


FILES: dict[str, list[tuple[str, str, str]]] = {
    # For each kind: packages, a pattern of the path, the encoding.
    "changelog": [("*", r"/changelog(\.Debian)?(\.gz)?$", "utf-8"), ("*", r"/(NEWS|CHANGES|RELEASE)[^/]*\.gz$", "utf-8")],
    "configuration": [("*", r"/etc/.*", "utf-8"), ("*", r"\.(conf|cnf|ini|cfg|service|rules)(\.sample|\.dpkg-new|\.gz)?$", "utf-8")],
    "log": [("fail2ban", r"/tests/files/logs/", "utf-8")],
    "code": [
        ("libpython3.11-stdlib", r"\.py$", "utf-8"), ("libc6-dev", r"\.h$", "utf-8"), ("libjs-jquery", r"[^n]\.js$", "utf-8"),
        ("perl-modules-5.36", r"\.p[lm]$", "utf-8"), ("mc", r"(\.sh|extfs\.d/[^/]*)$", "utf-8"), ("mariadb-server", r"\.sql$", "utf-8")],
    "markup": [("iso-codes", r"\.(xml|xsd)$", "utf-8"), ("*", r"\.(svg|css|xml|xslt?)$", "utf-8")],
    "data": [("iso-codes", r"\.json$", "utf-8"), ("unicode-data", r"\.txt(\.gz)?$", "utf-8"), ("tzdata", r"\.(tab|list)$", "utf-8"),
             ("geoip-database", r"\.csv$", "utf-8")],
    "word list": [("wamerican", r"/dict/american-english$", "utf-8"), ("hunspell-ru", r"\.dic$", "koi8-r")],
}


def of_files(packages: pathlib.Path, seed: str) -> Iterator[dict]:
    """Yields pieces of files, OF_A_KIND at most of a kind, in the order of a hash of their paths."""
    every = sorted(file for file in packages.rglob("*") if file.is_file() and not file.is_symlink())
    for kind, of_kind in FILES.items():
        chosen: dict[pathlib.Path, str] = {}
        for package, pattern, encoding in of_kind:
            for file in every:
                path = file.relative_to(packages)
                if package in ("*", path.parts[0]) and re.search(pattern, str(path)) and file.stat().st_size < 8 << 20:
                    chosen.setdefault(file, encoding)
        ordered = sorted(chosen, key=lambda file: hashlib.sha256(f"{seed} {file.relative_to(packages)}".encode()).digest())
        count = 0
        for file in ordered:
            for number, text in enumerate(pieces(
                    file, random.Random(f"{seed} {file.relative_to(packages)}"), chosen[file], PIECES_OF.get(kind, PIECES))):
                if kind == "word list":
                    text = re.sub(r"/\w+", "", text)
                if count < OF_A_KIND:
                    count += 1
                    yield dict(id=f"{kind}/{file.relative_to(packages)}#{number}", kind=kind, source=file.relative_to(packages).parts[0], text=text)


def catalogues(packages: pathlib.Path, seed: str) -> dict[str, list[tuple[str, str]]]:
    """The Russian messages of the packages, with the English ones, by package."""
    found: dict[str, list[tuple[str, str]]] = {}
    for file in sorted(packages.rglob("ru/LC_MESSAGES/*.mo")):
        with open(file, "rb") as opened:
            messages = gettext.GNUTranslations(opened)._catalog
        found.setdefault(file.relative_to(packages).parts[0], []).extend(
            (key, value) for key, value in sorted((k, v) for k, v in messages.items() if isinstance(k, str))
            if key and value and isinstance(value, str) and len(key) < 400)
    return found


def translations(packages: pathlib.Path, seed: str) -> Iterator[dict]:
    """Yields pieces of message catalogues as .po files, and their messages in JSON."""
    found = catalogues(packages, seed)
    for package, messages in found.items():
        if len(messages) < 30:
            continue
        for number in range(min(120, len(messages) // 10)):
            chance = random.Random(f"{seed} {package} {number}")
            start, count = chance.randrange(len(messages)), chance.randrange(3, 60)
            part = messages[start:start + count]
            if chance.random() < 0.7:
                text = "\n\n".join(
                    f"#: src/{package}.c:{chance.randrange(3000)}\nmsgid {json.dumps(key)}\nmsgstr {json.dumps(value, ensure_ascii=False)}"
                    for key, value in part)
            else:
                text = json.dumps(dict(part), ensure_ascii=False, indent=1)
            if len(text) > 60:
                yield dict(id=f"translations/{package}#{number}", kind="translations", source=package, text=text)


def lists(packages: pathlib.Path, words: dict[str, list[str]], titles: dict[str, list[str]], seed: str) -> Iterator[dict]:
    """Yields texts that are written here: menus, notices, tables, logs, contents, lists of packages and files."""
    paths = [str(file.relative_to(packages)) for file in sorted(packages.rglob("*")) if file.is_file()]
    names = sorted(path.name for path in packages.iterdir() if path.is_dir())
    kinds = ["menu", *TEMPLATES, "numbers", "prices", "log", "build log", "contents", "files", "package list", "headlines"]
    for kind in kinds:
        for number in range(OF_A_KIND // 2):
            language = "ru" if number % 2 else "en"
            chance = random.Random(f"{seed} {kind} {number}")
            rows = round(2 ** chance.uniform(2, 6.5))
            if kind == "menu":
                text = joined(menu(language, chance, rows), chance)
            elif kind in TEMPLATES:
                text = joined(of_templates(kind, language, chance, rows), chance)
            elif kind == "numbers":
                text = numbers(chance, rows)
            elif kind == "prices":
                text = price_list(words[language], language, chance, rows)
            elif kind == "log":
                text = log_lines(words[language] if number % 4 == 1 else words["en"], chance, rows)
            elif kind == "build log":
                text = build_log(paths, chance, rows)
            elif kind == "contents":
                text = contents(chance.sample(titles[language], rows), chance)
            elif kind == "headlines":
                text = joined(chance.sample(titles[language], rows), chance)
            elif kind == "files":
                start = chance.randrange(len(paths))
                mark = chance.choice(["", "./", "-rw-r--r-- 1 root root {n}{n} Jan {n} 2023 /", "{n} /"])
                text = "\n".join(numbered(mark, chance) + path for path in paths[start:start + rows])
            else:
                style = chance.randrange(3)
                text = "\n".join([
                    f"ii  {name}:amd64 {chance.randrange(9)}.{chance.randrange(30)}-{chance.randrange(9)} amd64",
                    f"{name}=={chance.randrange(9)}.{chance.randrange(30)}.{chance.randrange(9)}",
                    f"Package: {name}\nVersion: {chance.randrange(9)}.{chance.randrange(30)}\nDepends: {chance.choice(names)}, {chance.choice(names)}\n"
                    f"Installed-Size: {chance.randrange(9999)}"][style] for name in (
                        chance.choice(names) if chance.random() < 0.3 else f"lib{chance.choice(words['en']).lower()}{chance.randrange(9)}"
                        for _ in range(rows)))
            yield dict(id=f"{kind}/{number}", kind=kind, source="made", text=text)


def around(text: str, language: str, titles: list[str], chance: random.Random) -> str:
    """Returns a made-up page: the text with a menu, notices, links to other texts and a footer around it.

    The surroundings have 0.4 to 2 times as many words as the text.
    """
    wanted = round(len(text.split()) * chance.uniform(0.4, 2))
    before: list[str] = []
    after: list[str] = []
    while sum(len(line.split()) for line in before + after) < wanted:
        part = chance.randrange(7)
        if part < 2:
            lines = menu(language, chance, chance.randrange(4, 25))
        elif part == 2:
            lines = chance.sample(titles, min(len(titles), chance.randrange(2, 9)))
        else:
            lines = of_templates(list(TEMPLATES)[part - 3], language, chance, chance.randrange(2, 9))
        (before if part < 2 or chance.random() < 0.4 else after).extend(lines)
    between = chance.choice(["\n", "\n", "\n\n", " ", " | "])
    middle = text.split("\n")
    if chance.random() < 0.4 and len(middle) > 2:
        middle.insert(chance.randrange(1, len(middle)), between.join(of_templates("share buttons", language, chance, 3)))
    return between.join(before) + "\n" + "\n".join(middle) + "\n" + between.join(after)
