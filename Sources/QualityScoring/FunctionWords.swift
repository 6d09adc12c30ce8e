/// The most frequent function words, in lower case, of the languages that can be recognized.
enum FunctionWords {
    static let all: [(Language, String)] = [
        (
            .russian,
            """
            и в во не что он на я с со как а то все она так его но да ты к у же вы за бы по только ее её мне было вот \
            от меня еще ещё нет о из ему теперь когда даже ну ли если уже или быть был него до вас опять уж вам ведь \
            там потом себя ничего ей может они тут где есть надо ней для мы тебя их чем была сам чтоб без будто чего \
            раз тоже себе под будет тогда кто этот того потому этого какой совсем ним здесь этом один почти мой тем \
            чтобы нее сейчас были куда зачем всех никогда можно при об другой хоть после над больше тот через эти нас \
            про всего них какая много три эту моя свою этой перед иногда лучше чуть том нельзя такой им более всегда \
            конечно всю между это также который которые которая которых
            """
        ),
        (
            .ukrainian,
            """
            і й та в у на не що він з із до як я це за але від по його так ти вона ми ви же бо чи про для вже ще ні \
            був була було були є який яка яке які коли тільки або якщо через при під над де там тут цей ця ці цього \
            щоб їх його її мене тебе себе всі все бути може можна також після перед між без лише того тому
            """
        ),
        (
            .belarusian,
            """
            і у ў на не што ён з са да як я гэта за але ад па яго так ты яна мы вы ж бо ці пра для ўжо яшчэ быў была \
            было былі які якая якое якія калі толькі або дзе там тут гэты яны іх яе мяне усе ўсё быць можа таксама \
            пасля паміж без таго таму каб пры
            """
        ),
        (
            .bulgarian,
            """
            и в на не че да се за от с със по как аз това но ти той тя ние вие те са е съм си ще беше бяха който която \
            което които кога само или ако през при под над където там тук този тази тези за да му го ги им всички \
            всичко може също след преди между без до като към още вече така
            """
        ),
        (
            .serbian,
            """
            и у на не да је се за од са са по као ја то али ти он она ми ви они су сам си ће био била било који која \
            које када само или ако кроз при под над где тамо овде овај ова ово му га их им све може такође после пре \
            између без до још већ тако што и његов i u na ne da je se za od sa po kao ja to ali on ona su sam biti \
            koji koja koje kada samo ili ako gde ovaj ovo
            """
        ),
        (
            .english,
            """
            the of and to a in is it you that he was for on are with as i his they be at one have this from or had by \
            not but what all were we when your can said there an each which she do how their if will up other about \
            out many then them these so some her would make like him into has two more no could my than been who its \
            now did get may over just only very after also our me where most any because should does
            """
        ),
        (
            .german,
            """
            der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er \
            hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor \
            zur bis mehr durch man sein wurde ich du wir ihr kann wenn diese dieser
            """
        ),
        (
            .french,
            """
            le la les de des du et à en un une que qui dans pour pas au sur ne se ce il elle est sont par avec plus \
            son sa ses mais ou où nous vous je tu ils elles on leur cette ces été être avoir fait aussi comme si tout \
            sans entre aux même
            """
        ),
        (
            .spanish,
            """
            el la los las de del y a en un una que por con no se su para es al lo como más o pero sus le ha me si sin \
            sobre este ya entre cuando todo esta ser son dos también fue había era muy hasta desde está mi porque qué \
            sólo han yo hay nos
            """
        ),
        (
            .italian,
            """
            il la lo i gli le di del della dei delle e a in un una che per con non si su da dal è sono come più o ma \
            anche al alla nel nella questo questa ha ho hanno era essere suo sua se mi ti ci quando tutto tutti cui \
            ogni loro
            """
        ),
        (
            .portuguese,
            """
            o a os as de do da dos das e em um uma que por com não se seu sua para é ao como mais ou mas no na nos nas \
            foi são ele ela eu você isso este esta quando muito também já até pelo pela ser tem todo toda entre sem sobre
            """
        ),
        (
            .dutch,
            """
            de het een en van in is dat op te zijn met voor niet aan er om ook als dan maar bij of uit nog worden door \
            naar heeft hij ze zij wij je ik was werd over deze dit hebben kan meer wordt geen zo tot
            """
        ),
        (
            .polish,
            """
            i w we z ze na nie się do to że jest o jak a ale po co tak za od przez przy dla jego jej ich są był była \
            było być który która które gdy tylko lub czy już jeszcze może tym tego ten ta te mnie mi ja on ona oni pod \
            nad bez oraz także
            """
        ),
        (
            .czech,
            """
            a v ve na se je že to s z ze do o i jako za by ale pro jsou tak po jeho její jejich byl byla bylo být který \
            která které když jen nebo už ještě může tím toho ten ta mě já on ona pod nad bez také při aby od k ke u
            """
        ),
        (
            .swedish,
            """
            och i att det som en på är av för med den till inte har de ett om var jag han hon så men från vi kan sig \
            när skulle nu under efter också eller där vara blev alla hade ska vid bara mycket hans detta
            """
        ),
        (
            .turkish,
            """
            ve bir bu da de için ile çok o ne daha gibi kadar var olarak ben sen biz siz ama en her değil olan sonra \
            ya mi mı ki şey bunu onun böyle şu veya yok ise göre kendi hiç bana
            """
        ),
    ]
}
