import Foundation
import Testing

@testable import QualityScoring

@Suite struct SignsTests {
    /// A text, a statistic and its value.
    static let values: [(String, String, Float)] = [
        ("Заходи на https://example.org/a?b=1 сейчас", "link_share", 0.25),
        ("www.example.com, (example.co.uk) и example.ru/page", "link_share", 0.75),
        ("т.е. e.g. p.m. 3.14 file.Word конец.Начало v1.2", "link_share", 0),
        ("EXAMPLE.COM или end.Then", "link_share", 1.0 / 3),
        ("пиши на name.other@example.com", "email_share", 1.0 / 3),
        ("@name и @ и #тег и #1", "mention_share", 1.0 / 7),
        ("@name и @ и #тег и #1", "hashtag_share", 1.0 / 7),
        ("звони 8 (903) 123-45-67, или +44 1632 960961", "phone_share", 2.0 / 8),
        ("12 345 и 1990, 2010 и 1234567890123456", "phone_share", 0),
        ("$50 и 100€ и 500р и 20 руб и 5 лет", "amount_share", 4.0 / 11),
        ("зaрaбoтoк у всех", "mixed_script_share", 1.0 / 3),
        ("ᴨᴀᴩу чел", "styled_letter_share", 3.0 / 7),
        ("п0драбо7ка и 5лет и covid19", "digit_inside_share", 1.0 / 5),
        ("заблоки|овали м»рско кто-то don't и/или", "inner_symbol_share", 2.0 / 10),
        ("Конец.Начало, вот,так и 12:30", "missing_space_share", 2.0 / 7),
        ("Да , нет ! так.", "space_before_punctuation_share", 2.0 / 3),
        ("пошёл в, на столе и под.", "function_before_punctuation_share", 2.0 / 4),
        ("он в на столе у из", "preposition_pair_share", 2.0 / 4),
        ("Вот Так оно. И вот", "capital_inside_share", 1.0 / 5),
        ("Вот так. и вот. 5 раз! \nнет", "sentence_capital_share", 2.0 / 4),
        ("тЕсТ ТЕСТ Тест тест", "inner_capital_share", 1.0 / 4),
        ("РџСЂРёРІРµС‚", "utf8_as_cp1251_share", 1),
        ("С нового года. Рис и Сок", "utf8_as_cp1251_share", 0),
        ("Ð\u{9F}Ñ\u{80}Ð¸", "utf8_as_latin1_share", 1),
        ("Ïðèâåò мир", "accented_share", 6.0 / 9),
        ("\u{97}а", "c1_control_share", 0.5),
        ("?????? да? ??", "question_run_share", 6.0 / 11),
        ("а\u{FFFD}", "replacement_share", 0.5),
        ("█▓а╔", "box_share", 0.75),
        ("а\u{200B}\u{FEFF}б", "zero_width_share", 0.5),
        ("<p>да</p> 1 < 2", "tag_share", 7.0 / 15),
        ("R&amp;D &#8212; AT&T & co;", "entity_share", 2.0 / 5),
        ("да (нет) [или", "bracketed_share", 5.0 / 13),
        ("Вааааау 10000", "run_share", 5.0 / 12),
        ("слово word", "minor_script_share", 4.0 / 9),
        ("раз два раз три", "recent_word_share", 1.0 / 4),
        ("Главная 5 Новости Погода Спорт и Ещё", "capital_run_share", 4.0 / 7),
        ("дом кот лес река поле гора море небо и я", "stopless_run_share", 8.0 / 10),
        ("дом кот лес река поле гора море и небо", "stopless_run_share", 0),
        ("Это было в лесу. Новости погода", "sentence_word_share", 4.0 / 6),
        ("это было в лесу. А это не там!", "sentence_word_share", 4.0 / 8),
        ("Кот дом лес река море. Нет.", "sentence_word_share", 0),
        ("Да. Нет! Так 3.5 и т.д", "terminal_word_ratio", 2.0 / 8),
        ("... Да... Нет . . ? Да", "terminal_word_ratio", 2.0 / 3),
        ("a/b snake_case key=value obj.method call() std::x p->q {1} <br", "identifier_share", 1),
        ("3.5 10:30 e.g. т.е. конец.Начало (да) a=1 да; нет: да/нет", "identifier_share", 2.0 / 10),
        ("Раз два три. Раз. Раз два!", "sentence_length_deviation", log1p((2.0 / 3).squareRoot())),
        ("Раз два три. Раз. Раз два!", "short_sentence_share", 2.0 / 3),
        ("это это был Был дом", "repeated_neighbour_share", 2.0 / 5),
        ("дом кот лес река поле гора море небо стол рука и день", "long_stopless_run_share", 0),
        ("дом кот лес река поле гора море небо стол рука окно день", "long_stopless_run_share", 1),
        ("дом кот и лес", "function_word_gap", log1p(5.0 / 4)),
        (String(repeating: "дом ", count: 80), "function_word_gap", log1p(50)),
        ("Вскр html http2 ртуть мглы тпру ʒʒʒʒ стр", "vowelless_share", 2.0 / 8),
        ("мне кажется, я прав", "first_person_share", 0.5),
        ("Зарабатывай", "earning_word_share", 1),
        ("0плата", "earning_word_share", 1),
        ("cpoчнo пишите в ЛC", "contact_word_share", 0.5),
        ("cpoчнo пишите в ЛC", "urgency_word_share", 0.25),
        ("10 words of 2024", "mean_number_length", 1.3862944),
    ]

    @Test(arguments: values)
    func statisticsAreThoseCountedByHand(_ text: String, _ name: String, _ value: Float) {
        let found = Analysis(text)[name]
        #expect(abs(found - value) < 1e-5, "\(name) of \(text) is \(found)")
    }

    @Test func unusualLetterPairsSurprise() {
        let ordinary = Analysis(
            "Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива по-своему.")
        let shuffled = Analysis(
            "Вес члтсасыиве мсьеи опхиож гдур ан ургад, ядкжаа яаввситнсеалч сямье ансталисчев оп-мсоуев.")
        let english = Analysis("It is a truth universally acknowledged, that a single man must be in want of a wife.")
        #expect(abs(ordinary["letter_surprise"]) < 0.5 && abs(english["letter_surprise"]) < 0.5)
        #expect(shuffled["letter_surprise"] > 1.5 && shuffled["strange_word_share"] > ordinary["strange_word_share"])
    }

    /// The first words of the Universal Declaration and the like, in the languages that are recognized.
    static let languages: [(String, Language, Script)] = [
        ("Все люди рождаются свободными и равными в своём достоинстве и правах", .russian, .cyrillic),
        ("Всі люди народжуються вільними і рівними у своїй гідності та правах", .ukrainian, .cyrillic),
        ("Усе людзі нараджаюцца свабоднымі і роўнымі ў сваёй годнасці і правах", .belarusian, .cyrillic),
        ("Всички хора се раждат свободни и равни по достойнство и права, те са надарени", .bulgarian, .cyrillic),
        ("Сва људска бића рађају се слободна и једнака у достојанству и правима", .serbian, .cyrillic),
        ("All human beings are born free and equal in dignity and rights", .english, .latin),
        ("Alle Menschen sind frei und gleich an Würde und Rechten geboren", .german, .latin),
        ("Tous les êtres humains naissent libres et égaux en dignité et en droits", .french, .latin),
        (
            "Todos los seres humanos nacen libres e iguales en dignidad y derechos y, dotados como están", .spanish,
            .latin
        ),
        (
            "Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti, essi sono dotati di ragione",
            .italian, .latin
        ),
        ("Todos os seres humanos nascem livres e iguais em dignidade e em direitos, não são", .portuguese, .latin),
        ("Alle mensen worden vrij en gelijk in waardigheid en rechten geboren, zij zijn begiftigd", .dutch, .latin),
        ("Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw", .polish, .latin),
        ("Všichni lidé se rodí svobodní a sobě rovní co do důstojnosti a práv, jsou nadáni", .czech, .latin),
        ("Alla människor är födda fria och lika i värde och rättigheter", .swedish, .latin),
        ("Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar ve bir vicdana", .turkish, .latin),
        ("ok lol", .unknown, .latin),
        ("人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心,并应以兄弟关系的精神相对待。", .other, .han),
        (
            "Minden emberi lény szabadon születik és egyenlő méltósága és joga van. Az emberek, ésszel és lelkiismerettel "
                + "bírván, egymással szemben testvéri szellemben kell hogy viseltessenek", .other, .latin
        ),
        ("יעדער מענטש ווערט געבוירן", .unknown, .hebrew), ("1 + 1 = 2", .unknown, .unknown),
    ]

    @Test(arguments: languages)
    func languagesAndScriptsAreRecognized(_ text: String, _ language: Language, _ script: Script) {
        let profile = Analysis(text).profile
        #expect(profile.language == language && profile.script == script, "\(profile)")
    }

    @Test func everyListedWordIsFound() throws {
        for (language, words) in FunctionWords.all {
            for word in words.split(separator: " ") {
                let key = try #require(Lexicon.key(word), "\(word)")
                #expect(Lexicon.payload(Lexicon.table, key) & 1 << (UInt32(language.rawValue) - 1) != 0, "\(word)")
            }
        }
        for group in WordGroup.allCases {
            for word in group.words.split(separator: " ") {
                let key = try #require(Lexicon.key(word), "\(word)")
                #expect(Lexicon.payload(Lexicon.table, key) >> Lexicon.firstGroup & 1 << group.rawValue != 0, "\(word)")
            }
            for word in group.beginnings.split(separator: " ") {
                #expect(word.count == Lexicon.beginning && Analysis(String(word))["mixed_script_share"] == 0, "\(word)")
            }
        }
        #expect(Lexicon.payload(Lexicon.table, try #require(Lexicon.key("электричество"))) == 0)
    }
}
