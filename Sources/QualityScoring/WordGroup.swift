/// Groups of Russian and English words that tell the tone and the topic of a text. `TextAnalyzer` makes a statistic of
/// most groups: the share of words that belong to it.
enum WordGroup: UInt32, CaseIterable {
    case preposition, firstPerson, company, secondPerson, thirdPerson, particle, earning, contact, offer, urgency
    case currency, time

    /// The whole words of the group, separated by spaces.
    var words: String {
        switch self {
        case .preposition:
            """
            в во на с со к ко у о об от из за по под подо над до для при про без через между перед ради сквозь \
            и или но а что чтобы если как не ни the a an of to in on at for from with by into and or but as my your \
            its their
            """
        case .firstPerson:
            """
            я мне меня мной мой моя мое моё мои моего моей моих моим мою i me my mine myself im ive id
            """
        case .company: "мы нас нам нами наш наша наше наши нашего нашей нашем нашу наших нашим we us our ours"
        case .secondPerson:
            """
            вы вас вам вами ваш ваша ваше ваши вашего вашей вашем вашу ваших вашим вашими ты тебя тебе тобой твой твоя \
            твое твоё твои твоего твоей твою you your yours u ur yourself
            """
        case .thirdPerson:
            """
            он она оно они его ее её их ему ей им ними него нее неё них был была было были тот того том то этот эта \
            это этого этом he she it they him her them his its their was were that those
            """
        case .particle:
            """
            ну же бы ли вот там тут да нет ведь даже уж вроде вообще просто типа короче блин хз ок норм щас ага угу \
            нету че чё чо тоже потом так еще ещё oh ok okay lol haha yeah yes hey hi well then so too still just gonna \
            wanna really sorry
            """
        case .earning:
            """
            деньги денег деньгам деньгами зп подработка подработку подработки подработке шабашка шабашку халтура \
            работа работу работы работе труд смена смену смены прибыль прибыли процент проценты ставка ставки кеш кэш \
            займ займы кредит usdt btc темка тему график опыт опыта опытом вложений money cash income profit earn \
            earning earnings salary job jobs work invest investment crypto bitcoin trading loan credit pay paid wages
            """
        case .contact:
            """
            лс личку личка личные личных личным сообщение сообщения пиши напиши отпиши телеграм телеграмм ватсап канал канала чат группу \
            ссылка ссылке ссылку тг бот бота боте call text txt reply contact msg message whatsapp telegram dm inbox \
            link click visit sms subscribe join www com send stop
            """
        case .offer:
            """
            бонус бонусы подарок акция скидка скидки скидкой приз выигрыш розыгрыш набор нужен нужны нужно нужна ищу \
            ищем требуется требуются купить продам продаю куплю заказать цена цены стоимость услуги услуга помогу \
            поможем возможность шанс новый лучший любой каждый free win won winner prize bonus gift offer discount \
            sale guaranteed guarantee award awarded claim congratulations congrats cheap buy order price new best deal \
            special chance selected collect voucher
            """
        case .urgency:
            """
            срочно сегодня завтра сейчас сразу быстро скорее успей успейте прямо только ограничено немедленно now today \
            urgent urgently hurry limited expires immediately quick quickly fast instant instantly important
            """
        case .currency:
            """
            р руб рублей рубля рубль рублях тыс тысяч тысячи к тр долларов доллара доллар баксов евро гривен грн \
            usd eur rub rur gbp dollars dollar euro euros pounds pence p k ppm
            """
        case .time:
            """
            день дня дней днем днём неделю неделя недели месяц месяца мес час часа часов сутки суток смену ежедневно \
            еженедельно утра вечера лет года day days week weeks month months hour hours hrs wk wkly daily weekly min \
            mins per
            """
        }
    }

    /// The first five letters of further words of the group, separated by spaces.
    var beginnings: String {
        switch self {
        case .earning:
            """
            зараб доход зарпл оплат оплач выпла вакан трудо подра бизне крипт инвес трейд аванс обуче предо услов \
            занят удале удалё дохож ставк пасси финан налич вложе карье сотру партн персо коман клиен рассы продв \
            водит курье разно
            """
        case .contact:
            """
            пишит напиш отпиш звони позво подро детал связь свяжи сообщ обращ обсуд расск подпи регис whats teleg
            """
        case .offer:
            """
            беспл скидк предл гаран выгод подде уника интер хотит любые дости лучши бонус акцие предо возмо набир \
            поиск прода доста помощ услуг качес стаби свобо ежедн ежене гибки congr guara
            """
        case .preposition, .firstPerson, .company, .secondPerson, .thirdPerson, .particle, .urgency, .currency, .time:
            ""
        }
    }
}
