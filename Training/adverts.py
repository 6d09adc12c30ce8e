"""Made-up spam in Russian and English, by kind: texts that a small grammar writes from phrases of ours.

`written(kind, language, chance, sentences)` returns a text. A phrase in curly braces is replaced by one of PARTS, and
`a|b` in square brackets by one of the alternatives.
"""
from __future__ import annotations

import random
import re

PARTS = {
    "money": ["{n}000 рублей", "{n} 000 ₽", "до {n}00 тысяч", "от {n}0 000 руб", "{n}00$", "${n}000"],
    "cash": ["${n}00", "${n},000", "{n}000 USD", "£{n}00", "€{n}00", "{n}k"],
    "n": [str(number) for number in range(1, 10)],
    "percent": ["5%", "10%", "30%", "50%", "70%", "90%", "100%", "200%", "300%"],
    "time": ["день", "неделю", "месяц", "час", "сутки", "15 минут"],
    "period": ["day", "week", "month", "hour", "24 hours", "15 minutes"],
    "site": ["www.best-{n}{n}.example", "https://example.com/{n}{n}{n}", "http://win{n}.example.org/go", "t.me/example_{n}{n}",
             "bit.example/{n}x{n}", "@example_bot", "@manager_{n}{n}"],
    "phone": ["+7 (9{n}{n}) {n}{n}{n}-{n}{n}-{n}{n}", "8-800-{n}{n}{n}-{n}0-{n}0", "8 9{n}{n} {n}{n}{n} {n}{n} {n}{n}"],
    "call": ["0{n}00 {n}{n}{n} {n}{n}{n}{n}", "1-800-{n}{n}{n}-{n}{n}{n}{n}", "+1 ({n}{n}{n}) 555-01{n}{n}"],
    "city": ["Москва", "СПб", "Казань", "Екатеринбург", "Краснодар", "Новосибирск", "Самара", "Уфа", "Минск", "Алматы"],
    "town": ["London", "New York", "Chicago", "Dubai", "Toronto", "Berlin", "Sydney", "your city", "your area"],
    "goods": ["iPhone", "сумки", "кроссовки", "часы", "окна ПВХ", "шины", "мебель", "двери", "кондиционеры", "ламинат",
              "запчасти", "натяжные потолки", "духи", "матрасы", "пластиковые окна", "бетон", "металлочерепица"],
    "items": ["Rolex replicas", "handbags", "sneakers", "phone cases", "mattresses", "windows", "printer ink", "sunglasses",
              "tyres", "supplements", "LED lamps", "laptops", "perfumes", "roofing", "solar panels"],
    "verb": ["купить", "заказать", "цена", "недорого", "отзывы", "доставка", "оптом", "со скидкой", "дешево", "в кредит",
             "официальный сайт", "каталог", "стоимость", "акция", "бесплатно", "интернет магазин", "распродажа"],
    "tail": ["buy", "cheap", "online", "best price", "reviews", "free shipping", "for sale", "discount", "near me", "coupon",
             "wholesale", "official site", "low cost", "deals", "2024", "top 10", "order"],
    "coin": ["BTC", "ETH", "USDT", "Bitcoin", "TON", "SOL", "Ethereum", "NFT"],
    "pill": ["Viagra", "Cialis", "weight loss pills", "keto gummies", "CBD oil", "hair growth serum", "testosterone booster"],
    "cure": ["капсулы для похудения", "крем для суставов", "капли от храпа", "чай для похудения", "средство от паразитов",
             "гель для увеличения", "пластырь от боли", "спрей от грибка"],
    "name": ["Анна", "Марина", "Ольга", "Алина", "Кристина", "Катя", "Виктория", "Ирина", "Светлана"],
    "girl": ["Anna", "Jessica", "Emily", "Kate", "Sandra", "Olivia", "Nicole"],
}

# For each kind: sentences to open, to go on and to close with, Russian and English.
PHRASES: dict[str, dict[str, tuple[list[str], list[str], list[str]]]] = {
    "casino": {
        "ru": (
            ["[Лучшее|Новое|Честное] онлайн казино [года|России]!", "Играй и выигрывай {money} [прямо сейчас|каждый {time}]!",
             "🎰 Бонус {percent} на первый депозит!", "Твой бонус {money} уже ждет тебя!", "Слоты с отдачей до 98%!"],
            ["Регистрируйся и получи {n}0 фриспинов [без депозита|бесплатно].", "Вывод за {time} на любую карту.",
             "Более {n}000 игровых автоматов, рулетка, покер и ставки на спорт.", "Промокод BONUS{n}{n} дает еще {money}.",
             "Каждый [второй|третий] игрок уходит с выигрышем.", "Джекпот вчера составил {money}, сегодня он больше.",
             "Рабочее зеркало, вход без блокировок.", "Кешбэк {percent} каждую неделю всем игрокам.",
             "Служба поддержки 24/7 ответит на все вопросы.", "Прогнозы на матчи с проходимостью {percent}.",
             "Турниры с призовым фондом {money}.", "Лицензия, мгновенные выплаты, никаких проверок.",
             "Наши игроки уже вывели более {n}0 миллионов."],
            ["Жми и забирай: {site}", "Переходи по ссылке {site} и крути барабан!", "Только {n} дня, успей: {site}",
             "Ставь и побеждай вместе с нами {site}"]),
        "en": (
            ["[Best|Hottest|New] online casino of the year!", "Win {cash} [today|tonight|right now]!",
             "🎰 {percent} welcome bonus on your first deposit!", "Your {cash} bonus is waiting!", "Slots that really pay!"],
            ["Sign up and get {n}0 free spins, no deposit needed.", "Withdraw your winnings within {period}.",
             "Over {n}000 slots, roulette, blackjack and live dealers.", "Use code LUCKY{n}{n} for an extra {cash}.",
             "Yesterday's jackpot was {cash} and today it is bigger.", "Every second player walks away a winner.",
             "{percent} cashback every week for all members.", "Sure tips with a {percent} hit rate.",
             "Licensed, instant payouts, no questions asked.", "Tournaments with a prize pool of {cash}.",
             "Support answers around the clock.", "Play from your phone anywhere in {town}."],
            ["Claim it now: {site}", "Spin the wheel at {site}", "Offer ends in {n} days, hurry: {site}",
             "Join thousands of winners {site}"])},
    "credit": {
        "ru": (
            ["Нужны деньги [срочно|сегодня|до зарплаты]?", "Кредит [без отказа|без справок|онлайн] до {money}!",
             "Займ на карту за {time}!", "Вам одобрен кредит {money}.", "Поможем списать долги законно!"],
            ["Плохая кредитная история не проблема.", "Первый займ под 0% на {n}0 дней.", "Нужен только паспорт и телефон.",
             "Решение за 5 минут, деньги сразу на карту.", "Без поручителей, залога и визита в офис.",
             "Ставка от {n}% годовых для новых клиентов.", "Рефинансируем кредиты любых банков.",
             "Банкротство физических лиц под ключ, {percent} гарантия.", "Приставы больше вас не побеспокоят.",
             "Работаем по всей России: {city}, {city}, {city}.", "Одобряем {percent} заявок.",
             "Кредитная карта с лимитом {money} и доставкой на дом."],
            ["Оставьте заявку: {site}", "Звоните {phone}, консультация бесплатно.", "Пишите менеджеру {site}",
             "Количество заявок ограничено, {phone}"]),
        "en": (
            ["Need cash [fast|today|before payday]?", "You are pre-approved for a loan of {cash}!",
             "Get {cash} in your account within {period}!", "Bad credit? No problem!", "Wipe out your debts legally!"],
            ["No credit check, no paperwork, no hidden fees.", "Rates from {n}% for new customers.",
             "All you need is an ID and a bank account.", "We approve {percent} of applications.",
             "Consolidate all your loans into one low payment.", "Money arrives the same day.",
             "Our advisers helped {n}000 families last month.", "Credit cards with a limit of {cash}, delivered free.",
             "Homeowners and tenants welcome.", "Repay when it suits you.", "No upfront payment in {town}."],
            ["Apply now at {site}", "Call {call} free of charge.", "Reply YES to receive your {cash}.",
             "This offer expires today, call {call}"])},
    "adult": {
        "ru": (
            ["Девушки [рядом|твоего города] ждут [тебя|звонка]!", "Я {name}, [скучаю одна|ищу мужчину], пиши!",
             "🔞 Горячие фото и видео [бесплатно|без регистрации]!", "Знакомства для взрослых [в городе {city}|без обязательств].",
             "Интим услуги, {city}, круглосуточно."],
            ["Мои фото смотри в профиле.", "Более {n}000 анкет с проверенными телефонами.", "Без предоплаты и посредников.",
             "Мне {n}{n}, живу одна, приеду сама.", "Индивидуалки и массаж, выезд и апартаменты.",
             "Слив приватных видео известных блогерш.", "Видеочат с девушками онлайн прямо сейчас.",
             "Встречусь сегодня вечером, звони.", "Полная анонимность гарантирована.", "Первая встреча со скидкой {percent}.",
             "Каждый день новые анкеты из твоего города."],
            ["Смотри тут {site}", "Мой номер {phone}, жду", "Пиши в личку {site}", "Вход для взрослых: {site}"]),
        "en": (
            ["Hot singles in {town} want to meet you!", "I am {girl}, [lonely|bored] tonight, text me!",
             "🔞 Free private photos and videos!", "Adult dating [without limits|near you].", "Naughty chat, live now."],
            ["See my pictures in my profile.", "Over {n}000 girls online in {town}.", "No sign-up and no credit card.",
             "I am {n}{n} and live near you.", "Live cams around the clock.", "Leaked videos of famous models.",
             "Discreet meetings, complete privacy.", "She sent you a private message.", "Meet tonight, no strings attached.",
             "New members join every minute."],
            ["Watch here {site}", "Text DATE to {call}", "My private page: {site}", "Over 18 only, click {site}"])},
    "crypto": {
        "ru": (
            ["{coin} [взлетит|вырастет] на {percent} [уже завтра|за неделю]!", "Сигналы по крипте с точностью {percent}!",
             "Инвестируй {money} и получай {percent} в {time}!", "Раздача {coin} [всем|первым {n}000 участникам]!",
             "Арбитраж криптовалют: доход от {money} в день."],
            ["Торговый бот работает за тебя круглосуточно.", "Наши клиенты удвоили депозит за {time}.",
             "Никаких рисков, прибыль фиксируем ежедневно.", "Пассивный доход без опыта и вложений.",
             "Закрытый канал с инсайдами, осталось {n} места.", "Подключи кошелек и получи {n}0 {coin}.",
             "Обучу всему бесплатно, работаю за процент.", "Связка дает {percent} за круг, проверено.",
             "Обмен {coin} на рубли по лучшему курсу, {city}.", "Стейкинг под {percent} годовых.",
             "Я сам начинал с {money}, а теперь живу на Бали."],
            ["Вступай: {site}", "Подробности у менеджера {site}", "Забери свои {coin}: {site}", "Пиши + в лс {site}"]),
        "en": (
            ["{coin} will [explode|rise {percent}] [tomorrow|this week]!", "Trading signals with {percent} accuracy!",
             "Invest {cash} and earn {percent} every {period}!", "Giveaway: {coin} for the first {n}000 people!",
             "I made {cash} in a {period} with {coin}."],
            ["The bot trades for you around the clock.", "My account manager doubled my deposit in a {period}.",
             "No risk, guaranteed returns, withdraw any time.", "Passive income without any experience.",
             "Private group with insider calls, {n} seats left.", "Connect your wallet to claim {n}0 {coin}.",
             "I was sceptical at first but now I am debt free.", "Forex and binary options, minimum {cash}.",
             "Send {n} {coin} and receive twice as much back.", "Staking at {percent} a year.",
             "This platform is legit and has changed my life."],
            ["Join {site}", "Message the expert trader {site}", "Claim before it ends: {site}", "Thank me later {site}"])},
    "work": {
        "ru": (
            ["[Ищем|Требуются|Набираем] людей на удаленную работу!", "Подработка [без опыта|на дому], {money} в {time}!",
             "Есть тема, можно поднять {money}.", "Хочешь зарабатывать {money} в {time}?", "Вакансия: {city}, оплата ежедневно."],
            ["Занятость 1-2 часа в день, нужен только телефон.", "Всему научим, от вас желание работать.",
             "Оплата каждый день на карту.", "Подойдет студентам и мамам в декрете.", "От 18 лет, без вложений и обмана.",
             "Вывожу на доход {money} за {time}.", "Нужны курьеры, оплата {money} за смену.", "Легально, официально, без риска.",
             "Пишем отзывы и ставим лайки за деньги.", "Свободный график, карьерный рост, дружная команда.",
             "Беру в команду {n} человек, опыт не важен.", "Мои ребята уже сделали {money} на этой неделе."],
            ["Пишите в лс {site}", "Кому интересно, ставьте + в личку.", "Подробности: {site}", "Звоните {phone}, {name}"]),
        "en": (
            ["Work from home and earn {cash} a {period}!", "We are hiring [now|in {town}], no experience needed!",
             "Make {cash} a {period} with your phone!", "Secret shoppers wanted in {town}.", "Be your own boss!"],
            ["Only 1-2 hours a day.", "Full training is provided free of charge.", "Get paid every {period}.",
             "Ideal for students and mums.", "No selling and no boss.", "My team made {cash} last {period}.",
             "Like videos and get paid.", "Fill in surveys for cash.", "Flexible hours, great bonuses.",
             "Limited positions available.", "I quit my job after one {period}."],
            ["Apply: {site}", "Text JOB to {call}", "Message me for details {site}", "Call {call} and ask for {girl}"])},
    "shop": {
        "ru": (
            ["{goods} [со скидкой|дешевле на] {percent}!", "Распродажа! {goods} от {money}!", "Внимание, акция {percent}!",
             "Новая коллекция уже в продаже.", "{goods} {city} [недорого|с доставкой]."],
            ["Доставка по всей России бесплатно.", "Гарантия {n} года, оплата при получении.", "Закажи два и получи третий в подарок.",
             "Оригинальное качество по цене копии.", "Работаем без посредников с 200{n} года.", "Замер и установка в подарок.",
             "Рассрочка без переплат на {n} месяцев.", "Осталось всего {n}0 штук по старой цене.", "{goods}, {goods} и многое другое.",
             "Скидка действует только сегодня.", "Оптовикам особые условия.", "Более {n}000 довольных клиентов."],
            ["Заказать: {site}", "Телефон {phone}, звоните прямо сейчас!", "Каталог на сайте {site}", "Успей купить {site}"]),
        "en": (
            ["{items} [up to|now] {percent} off!", "Clearance sale: {items} from {cash}!", "Flash deal, {percent} discount!",
             "The new collection has arrived.", "Cheap {items} in {town}."],
            ["Free worldwide shipping.", "Buy two and get one free.", "Money back guarantee for {n}0 days.",
             "Original quality at the price of a copy.", "Only {n}0 left at this price.", "Pay in {n} instalments.",
             "{items}, {items} and more.", "Over {n}000 happy customers.", "Trade prices on request.", "Today only.",
             "Rated five stars by our buyers.", "No minimum order."],
            ["Shop now {site}", "Order on {call}", "Use code SALE{n}{n} at {site}", "Click to unsubscribe or buy {site}"])},
    "prize": {
        "ru": (
            ["Поздравляем! Вы [выиграли|стали победителем] {goods}!", "Ваш номер выбран для приза {money}.",
             "Вам начислена выплата {money}.", "Ваша карта заблокирована.", "Посылка ожидает подтверждения."],
            ["Для получения подтвердите данные карты.", "Приз нужно забрать до конца дня.", "Оплатите только доставку.",
             "Служба безопасности банка просит позвонить.", "Код победителя {n}{n}{n}{n}.", "Заполните анкету из {n} вопросов.",
             "Государственная компенсация положена каждому.", "Деньги будут переведены в течение часа.",
             "Не сообщайте код никому, кроме оператора.", "Проверьте по ИНН, сколько вам положено.",
             "Акция проводится совместно с магазином."],
            ["Получить: {site}", "Срочно звоните {phone}", "Подтвердите по ссылке {site}", "Ваш код на сайте {site}"]),
        "en": (
            ["Congratulations! You [have won|were selected for] {cash}!", "Your mobile number has won a {cash} prize.",
             "Your account has been suspended.", "You have an unclaimed refund of {cash}.", "Your parcel is on hold."],
            ["To claim, confirm your card details.", "Claim before midnight or lose your prize.", "Pay only for shipping.",
             "Winner code {n}{n}{n}{n}.", "Answer {n} short questions.", "Verify your identity to avoid closure.",
             "The transfer of {cash} is ready.", "I am a lawyer of a late client who left {cash}.",
             "Your help in moving the funds will be rewarded with {percent}.", "Terms apply, 18 and over.",
             "Calls cost 150p a minute."],
            ["Claim at {site}", "Call {call} now", "Log in here {site}", "Reply with your details to {site}"])},
    "health": {
        "ru": (
            ["{cure}: результат за {time}!", "Врачи скрывали этот [метод|рецепт]!", "Забудьте о боли [навсегда|за {time}]!",
             "Минус {n}0 кг за {time} без диет!", "Справки, дипломы, больничные за {time}."],
            ["Без побочных эффектов, одобрено институтом.", "Принимайте утром и вечером.", "Действует с первого применения.",
             "Я похудела на {n} кг, рассказывает {name}.", "Скидка {percent} при заказе сегодня.", "Натуральный состав, без химии.",
             "Перед сном капните в воду и увидите, что выйдет.", "Потомственная ясновидящая поможет вернуть любимого.",
             "Снимаю порчу, гадаю по фото, гарантия {percent}.", "Остерегайтесь подделок.", "Доставка почтой по всей стране."],
            ["Заказать {site}", "Консультация бесплатно {phone}", "Официальный сайт {site}", "Читать историю {site}"]),
        "en": (
            ["{pill}: results in a {period}!", "Doctors hate this simple trick!", "Lose {n}0 pounds in a {period}!",
             "{pill} without prescription.", "Feel twenty years younger."],
            ["No side effects, clinically proven.", "Works from the first day.", "I lost {n} stone, says {girl}.",
             "{percent} off if you order today.", "All natural, made in our own lab.", "Discreet packaging, fast delivery.",
             "Big pharma does not want you to know.", "Free trial bottle, pay only postage.", "{pill} and {pill} at half price.",
             "Psychic reading reveals your future.", "Degrees and certificates without exams."],
            ["Order at {site}", "Free bottle: {site}", "Read her story {site}", "Call {call}"])},
    "promotion": {
        "ru": (
            ["Продвижение [сайтов|каналов|в соцсетях] с гарантией!", "Накрутка подписчиков от {n} рублей!",
             "Рассылка по {n}0000 чатам!", "Подпишись на лучший канал [о деньгах|о ставках|города {city}]!",
             "Сделаем сайт за {time} под ключ."],
            ["Выведем в топ за {time}.", "Живые подписчики без отписок.", "Базы номеров и почт по любой тематике.",
             "Тысячи клиентов увидят вашу рекламу.", "Цена от {money}, тест бесплатно.", "Настроим контекст и таргет.",
             "Только у нас эксклюзив каждый день.", "Взаимный пиар и розыгрыши {goods} среди подписчиков.",
             "Удалим плохие отзывы и напишем хорошие.", "Добавляйся, пока вход открыт.", "Пиши, обсудим ваш проект."],
            ["Подробнее {site}", "Заказать рекламу {site}", "Подписаться: {site}", "Бот с ценами {site}"]),
        "en": (
            ["We put your site on page one!", "Buy [followers|likes|views] from {cash}!", "Your ad in {n}0000 inboxes!",
             "Join the best channel [on money|for tips]!", "A new website in a {period}."],
            ["Backlinks from {n}000 domains.", "Real followers who stay.", "Bulk lists of numbers and mails.",
             "Thousands of visitors every {period}.", "Free audit, no obligation.", "We write five-star reviews for you.",
             "I visited your website and noticed errors.", "White label SEO for agencies.", "Pay only for results.",
             "Daily exclusive content.", "Like, share and subscribe for a chance to win {items}."],
            ["Reply for a quote {site}", "Order here {site}", "Subscribe {site}", "Prices: {site}"])},
}
KEYWORDS = "keywords"
DOORWAY = "doorway"
KINDS = [*PHRASES, KEYWORDS, DOORWAY]


def filled(phrase: str, chance: random.Random) -> str:
    while "{" in phrase:
        phrase = re.sub(r"\{(\w+)\}", lambda found: chance.choice(PARTS[found[1]]), phrase)
    return re.sub(r"\[([^\]|]*\|[^\]]*)\]", lambda found: chance.choice(found[1].split("|")), phrase)


def keywords(language: str, chance: random.Random, count: int) -> str:
    """A list of search terms."""
    goods, tail, places = ("goods", "verb", "city") if language == "ru" else ("items", "tail", "town")
    between = chance.choice([", ", "\n", " ", " | ", "; ", " #"])
    pieces = ["{%s} {%s}" % (goods, tail), "{%s} {%s} {%s}" % (goods, tail, places), "{%s} {%s}" % (tail, goods)]
    return between.join(filled(chance.choice(pieces), chance).lower() for _ in range(3 + 3 * count))


def doorway(language: str, chance: random.Random, count: int) -> str:
    """Sentences that are written around search terms for search engines."""
    sentences = {
        "ru": ["{goods} {verb} в городе {city} можно у нас.", "Если вам нужны {goods} {verb}, то {goods} {verb} ищите здесь.",
               "Наши {goods} {verb} лучшие, ведь {verb} {goods} просто.", "Почему {goods} {verb} выгодно?",
               "{goods} {city} {verb} {verb} отзывы покупателей.", "Мы предлагаем {goods} {verb}, а также {goods} {verb}.",
               "Запрос {goods} {verb} {city} популярен."],
        "en": ["{items} {tail} in {town} are here.", "If you need {items} {tail}, find {items} {tail} with us.",
               "Our {items} {tail} are the best {items} for sale.", "Why {items} {tail}?",
               "{items} {town} {tail} {tail} customer reviews.", "We offer {items} {tail} and also {items} {tail}.",
               "People who search {items} {tail} like {items}."],
    }[language]
    return " ".join(filled(chance.choice(sentences), chance) for _ in range(1 + count))


def written(kind: str, language: str, chance: random.Random, sentences: int) -> str:
    """Returns a text of this kind with about `sentences` sentences."""
    if kind == KEYWORDS:
        return keywords(language, chance, sentences)
    if kind == DOORWAY:
        return doorway(language, chance, sentences)
    opening, body, closing = PHRASES[kind][language]
    parts = [chance.choice(opening)]
    while len(parts) < sentences - 1:
        parts += chance.sample(body, min(len(body), sentences - 1 - len(parts)))
    if sentences > 1:
        parts.append(chance.choice(closing))
    between = chance.choice([" ", " ", "\n", "\n\n"])
    text = between.join(filled(part, chance) for part in parts)
    style = chance.randrange(8)
    if style == 0:
        return text.upper()
    if style == 1:
        return re.sub(r"[.!?]+(?=\s|$)", lambda found: "!" * chance.randrange(1, 4), text)
    if style == 2:
        return " ".join(f"{word} {chance.choice('🔥💰✅👉💵🎁⚡️')}" if chance.random() < 0.1 else word for word in text.split(" "))
    return text.lower() if style == 3 else text
