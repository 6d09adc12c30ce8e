"""The other languages of the sample corpus: per language a few sentence patterns and the words that fill them.

A slot `{a}` takes any phrase of list `a` (phrases are stored in the form that the patterns need, joined by `/`).
Words and patterns are written for this corpus.
"""

CAPITALS = ("en", "uk", "de")
UNSPACED = ("zh", "ja", "th")


class Language:
    def __init__(self, code, patterns, joiner=" ", **lists):
        self.code, self.joiner = code, joiner
        self.patterns = patterns.strip().split("\n")
        self.lists = {name: phrases.split("/") for name, phrases in lists.items()}

    def sentence(self, rng):
        text = rng.choice(self.patterns)
        while "{" in text:
            start = text.index("{")
            end = text.index("}", start)
            name = text[start + 1 : end]
            fill = str(rng.randint(2, 990)) if name == "num" else rng.choice(self.lists[name])
            text = text[:start] + fill + text[end + 1 :]
        return text[0].upper() + text[1:] if self.code in CAPITALS else text


LANGUAGES = {
    language.code: language
    for language in [
        Language(
            "en",
            """{adj} {who} {did} the {adj} {thing} and {did} a {thing} {where}.
{who} {name} {did} {num} {things} before {when}.
the {adj} {who} never {did} the {thing}, although {name} {did} it {when}.
{when} the {thing} {where} was {state}, so the {who} {did} another {thing}.
{name} says the {things} {where} are {state} and the {adj} {thing} is {state}.
"{name} {did} my {thing}," the {adj} {who} said {where}, "and the {thing} was {state}."
no {who} {where} {did} as many {things} as {name} {did} {when}.
{where}, a {adj} {who} and a {who} {did} the {thing} for {num} dollars.
the council {did} the {adj} {thing} {when}; {num} {things} remain {state}.
prices of {adj} {things} rose by {num} percent {when}, {name} of the {org} said.
the {org} {did} its {thing} {where} because the {things} were {state}.
imagine a {adj} {thing} {where}: every {who} {did} one, yet {name} {did} {num}.
if the {thing} is {state}, {name} and the {who} meet {where} {when}.
the {org} and the {who} agreed {when} that {num} {things} {where} should stay {state}.
after the {adj} {who} {did} a {thing}, {num} {things} appeared {where}.
{name} wrote {num} letters about the {thing} and one about the {adj} {who}.""",
            adj="quiet/crooked/rusty/patient/forgotten/cheerful/narrow/bright/stubborn/borrowed/northern/careless/heavy/wooden/careful/weary/golden/early/distant/clumsy",
            who="baker/ferryman/librarian/surveyor/violinist/gardener/clerk/fisherman/nurse/carpenter/teacher/stranger/beekeeper/printer/cartographer/miller/captain/watchmaker/cook/painter",
            did="repaired/carried/counted/sold/painted/hid/measured/described/lost/found/copied/wrapped/inspected/borrowed/ordered/polished/weighed/promised/delivered/dropped/recorded/ignored",
            thing="lantern/ladder/ledger/bicycle/barrel/compass/bridge/kettle/clock/rope/mirror/boat/chair/window/bell/wagon/map/suitcase/letter/garden/staircase/umbrella",
            things="lanterns/ledgers/bicycles/barrels/clocks/mirrors/boats/chairs/windows/bells/maps/apples/tickets/bricks/lamps/blankets/candles/notebooks/kettles/stamps",
            where="near the old mill/behind the station/under the bridge/at the harbour/in the attic/beside the orchard/across the square/in the upper town/on the eastern shore/at the crossroads/inside the greenhouse/along the canal/by the lighthouse/above the bakery",
            when="on Monday/last winter/before sunrise/in late autumn/yesterday/after the storm/on market day/at midnight/during the fair/in the spring/a week ago/at noon/on the last evening/after supper",
            state="broken/empty/painted blue/for sale/out of sight/wet/locked/covered with snow/almost new/in good order/half finished/under repair/too heavy/lost again/ready",
            name="Edith/Harold/Mabel/Rufus/Agnes/Clement/Dora/Ernest/Winifred/Oscar/Hester/Silas/Beatrix/Gilbert/Nell/Tobias",
            org="harbour office/county museum/rowing club/water board/school district/weather bureau/printing house/tram company/city orchestra/health board",
        ),
        Language(
            "uk",
            """{adj} {who} {did} {obj} {where}.
{when} {who} {did} {obj}, а потім {did} {obj}.
{name} {did} {obj}, бо {who} {did} {obj} {where}.
{where} {when} стояв {adj} {thing}, і {who} {did} його за {num} гривень.
{name} розповів, як {adj} {who} {did} {obj} {when}.
Ніхто не бачив, щоб {who} {did} {obj}, але {name} {did} {num} листів.
{adj} {thing} і {thing} лежали {where}, доки {name} не {did} {obj}.""",
            adj="старий/веселий/втомлений/далекий/тихий/мудрий/новий/впертий/сивий/добрий",
            who="учитель/коваль/рибалка/пасічник/лікар/сусід/мельник/мандрівник/художник/бібліотекар/пекар",
            did="знайшов/полагодив/купив/намалював/загубив/приніс/описав/сховав/подарував/помітив/забув",
            obj="стару скриню/дерев'яний човен/пожовклий лист/мідний дзвін/вишиваний рушник/зламаний годинник/нову книжку/кошик яблук/їхній ліхтар/глечик молока/гострий ніж/ґанок сусіда",
            where="біля річки/за церквою/на ярмарку/у старій хаті/під горою/край лісу/на подвір'ї/у місті/понад ставом",
            when="навесні/торік/уранці/під вечір/минулої зими/на світанку/у неділю/щодня",
            thing="вітряк/човен/стіл/дзвін/віз/тин/міст/колодязь",
            name="Остап/Левко/Данило/Юхим/Андрій/Тарас/Гнат/Ярема",
        ),
        Language(
            "de",
            """{when} {did} {who} {obj} {where}.
{who} {did} {obj}, während {name} {num} {things} zählte.
{where} {did} {who} {obj}, doch {name} bemerkte nur {num} {things}.
{name} glaubt, dass {who} {when} {where} wartete und {obj} verlor.
für {num} Euro {did} {name} {obj} und {num} {things}.
weil {name} {where} schlief, {did} {who} {when} {obj}.
„{name} {did} {obj}“, sagte {who} {when} {where}.""",
            who="der alte Müller/die Apothekerin/ein müder Bote/der Straßenbahner/die Lehrerin/der Gärtner/eine Fremde/der Uhrmacher/die Köchin/der Förster",
            did="reparierte/verkaufte/fand/versteckte/bemalte/trug/suchte/verschenkte/beschrieb/prüfte",
            obj="den großen Schlüssel/die grüne Laterne/das schöne Gemälde/einen hölzernen Löffel/die zerrissene Karte/das weiße Fahrrad/den süßen Kuchen/die Brücke/einen Koffer voller Bücher/das Tagebuch",
            where="am Fluss/hinter der Mühle/im Dachgeschoss/auf dem Marktplatz/vor dem Rathaus/unter der Treppe/im Gewächshaus/an der Küste",
            when="gestern/am Donnerstag/im Frühling/nach dem Gewitter/vor Sonnenaufgang/in der Nacht/im März/kurz vor Mittag",
            things="Äpfel/Briefe/Stühle/Glühwürmchen/Fässer/Münzen/Möwen/Ziegel",
            name="Jürgen/Käthe/Ulrich/Sieglinde/Björn/Hedwig/Götz/Lieselotte",
        ),
        Language(
            "zh",
            """{when}，{who}在{where}{did}{obj}。
{who}说{obj}比{obj}更{adj}。
{where}的{obj}很{adj}，{who}{did}了{num}次。
{who}和{who}{when}一起{did}{obj}，花了{num}元。
虽然{obj}{adj}，{who}还是{did}{obj}。
谁{when}{did}{obj}？{who}不知道，{where}没有人。""",
            joiner="",
            when="昨天早上/去年冬天/下雨之前/星期五/春节期间/半夜/放学后/夏末/天亮时/十月初",
            who="老船夫/王老师/图书管理员/小画家/邻居奶奶/木匠李叔/卖花姑娘/摄影师/年轻医生/守林人",
            where="河边/火车站/山脚下/旧书店/市场门口/灯塔旁/竹林里/博物馆/屋顶上/码头",
            did="修理/寻找/卖掉/画下/看见/搬走/收藏/检查/忘记/打开",
            obj="一盏红灯笼/木船/那封信/破雨伞/三只白鹅/铜钟/新地图/半篮苹果/蓝色自行车/祖父的笔记/厚毛毯/瓷碗",
            adj="漂亮/便宜/沉重/奇怪/重要/安静/古老/有趣",
        ),
        Language(
            "ja",
            """{when}、{who}は{where}で{obj}を{did}。
{obj}は{adj}が、{who}は{obj}を{did}。
{where}には{adj}{obj}があり、{who}が{num}回も{did}。
「{obj}を{did}」と{who}が{when}言った。
{who}と{who}は{num}円で{obj}を{did}。
{when}から{where}の{obj}が{adj}ので、{who}は黙って{did}。""",
            joiner="",
            when="昨日/去年の秋/雨の朝/日曜日/夜明け前/祭りの日/夕方/三月",
            who="漁師/先生/郵便屋さん/時計職人/図書館の人/おばあさん/写真家/カメラマン/庭師/若い医者",
            where="港/古い駅/丘の上/カフェ/神社の裏/川のそば/市場/灯台",
            did="直した/見つけた/売った/描いた/なくした/運んだ/借りた/数えた/隠した",
            obj="赤い傘/手紙/ガラスの瓶/木の舟/地図/カバン/ノート/鐘/自転車/りんごの籠/ラジオ",
            adj="静かな/珍しい/重い/きれいな/古い/小さい",
        ),
        Language(
            "ar",
            """{did} {who} {obj} {where} {when}.
{when} كان {who} {where}، ثم {did} {obj}.
قال {name} إن {who} {did} {obj} و{num} رسالة.
لم يعرف {name} لماذا {did} {who} {obj} {where}.
بعد أن {did} {name} {obj}، {did} {who} {obj} مقابل {num} دينارا.""",
            did="وجد/باع/أصلح/رسم/حمل/أخفى/وصف/نسي/اشترى",
            who="المعلم العجوز/الصياد/الطبيب/جارنا الطيب/البستاني/الخباز/المسافر/أمين المكتبة/النجار",
            obj="مفتاحا قديما/قاربا خشبيا/كتابا نادرا/ساعة مكسورة/مصباحا أزرق/خريطة المدينة/سلة تفاح/رسالة طويلة/جرسا نحاسيا",
            where="قرب النهر/في السوق/خلف المحطة/عند الميناء/تحت الجسر/في الحديقة/على السطح",
            when="في الصباح/يوم الجمعة/قبل المطر/في الشتاء الماضي/عند الغروب/بعد العيد",
            name="سالم/ليلى/يوسف/مريم/حسن/نادية",
        ),
        Language(
            "ka",
            """{who} {where} {when} {obj} {did}.
{when} {who} {obj} {did}, ხოლო {name} {num} წერილი დაითვალა.
{name} ამბობს, რომ {who} {where} {obj} {did}.
{where} {adj} {thing} იდგა და {who} {when} {obj} {did}.
არავინ იცოდა, რატომ {did} {who} {obj} {when}.""",
            who="მოხუცმა მებაღემ/მეზობელმა/მასწავლებელმა/ექიმმა/მეთევზემ/მხატვარმა/ხუროს შვილმა/მოგზაურმა",
            did="იპოვა/გაყიდა/შეაკეთა/დახატა/დამალა/იყიდა/დაკარგა/აღწერა",
            obj="ძველი გასაღები/ხის ნავი/წითელი ფარანი/გატეხილი საათი/ვაშლის კალათა/სპილენძის ზარი/იშვიათი წიგნი/გრძელი წერილი",
            where="მდინარესთან/ბაზარში/სადგურის უკან/ხიდის ქვეშ/ბაღში/სოფლის ბოლოს",
            when="გუშინ/გაზაფხულზე/დილით/წვიმის შემდეგ/კვირას/შარშან",
            adj="ძველი/ლამაზი/დიდი/უცნაური", thing="კოშკი/სახლი/ურემი/წისქვილი",
            name="ნინო/გიორგი/თამარი/ლევანი/ანა",
        ),
        Language(
            "th",
            """{who}{did}{obj}{where}{when}
{when}{who}กับ{who}{did}{obj} {num} ชิ้น
{obj}{where}{adj}มาก แต่{who}ก็{did}{obj}
{who}บอกว่า{obj}{adj}กว่า{obj}
ไม่มีใครรู้ว่า{who}{did}{obj}{when}""",
            who="ครูใหญ่/ชาวประมง/คุณหมอ/ยายข้างบ้าน/ช่างไม้/นักเดินทาง/คนทำขนมปัง/ลุงสมชาย",
            did="ซ่อม/ขาย/ตามหา/วาด/ซ่อน/ซื้อ/ทำหาย/ยก",
            obj="กุญแจเก่า/เรือไม้/โคมไฟสีแดง/นาฬิกา/จดหมาย/ร่มสีน้ำเงิน/ตะกร้าผลไม้/แผนที่เมือง/ระฆังทอง",
            where="ริมแม่น้ำ/ที่ตลาด/หลังสถานี/ใต้สะพาน/ในสวน/บนภูเขา",
            when="เมื่อวานนี้/ตอนเช้า/ก่อนฝนตก/ปีที่แล้ว/วันศุกร์",
            adj="สวย/หนัก/แปลก/ถูก/เก่า",
        ),
        Language(
            "ko",
            """{who} {when} {where} {obj} {did}.
{when} {obj} {adj} {who} 다시 {obj} {did}.
{name}에 따르면 {who} {where} {obj} {num}개를 {did}.
{where} {adj} {who} {obj} {did}, 그리고 {name}도 {obj} {did}.
왜 {who} {when} {obj} {did} 아무도 몰랐다고 {name}이 말했다.""",
            who="늙은 어부가/선생님이/이웃집 할머니가/젊은 의사가/목수가/사진사가/도서관 사서가/정원사가",
            did="고쳤다/팔았다/찾았다/그렸다/숨겼다/잃어버렸다/옮겼다/빌렸다",
            obj="낡은 열쇠를/나무 배를/빨간 등을/고장 난 시계를/긴 편지를/파란 우산을/사과 바구니를/오래된 지도를/구리 종을",
            where="강가에서/시장에서/역 뒤에서/다리 아래에서/정원에서/언덕 위에서/항구에서",
            when="어제/봄에/아침 일찍/비가 오기 전에/일요일에/작년 겨울에",
            adj="조용해서/무거웠지만/예뻐서/비쌌지만/이상해서",
            name="민준/서연/지우/영호/수진",
        ),
    ]
}
