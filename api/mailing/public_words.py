"""What the service says to customers themselves: on the pages behind links in letters, and in the letter that asks.

Key idea: a customer reads the own language and not the back office's; so each language has all the words, and one that
lacks a word does not pass the checker of types. Places in braces are filled by whoever shows them.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

DEFAULT: Final = "en"


class Words(Struct, frozen=True, kw_only=True):
    """All that is said in a language."""

    letter_subject: str
    letter: str
    letters_of: str
    language: str
    ask_intro: str
    name: str
    address: str
    kinds: str
    wording: str
    tracking: str
    ask: str
    asked_title: str
    asked: str
    closed_title: str
    closed: str
    confirm_title: str
    confirm_intro: str
    confirm: str
    confirmed_title: str
    confirmed: str
    expired_title: str
    expired: str
    unknown_title: str
    unknown: str
    yours_title: str
    yours_intro: str
    waits: str
    save: str
    saved: str
    nothing: str
    off: str
    refuse: str
    refused_title: str
    refused: str
    choose: str
    this_address: str
    tracked: str
    untracked: str
    wrong_name: str
    wrong_address: str
    wrong_kinds: str
    too_many: str
    problem: str


def words_of(language: str | None) -> Words:
    """Give the words of a language, those of English for one that is not spoken here."""
    return WORDS.get(language or DEFAULT, WORDS[DEFAULT])


WORDS: Final[Mapping[str, Words]] = {
    "en": Words(
        letter_subject="Please confirm: letters from {shop}",
        letter="""Hello {name},

you were asked, or you asked yourself, for letters from {shop} at this address:

{kinds}

To get them, open this page and press the button there:

{url}

The link holds until {until}. If you do not want letters, do nothing: you will get none.
""",
        letters_of="Letters from {shop}",
        language="Language",
        ask_intro="Say what you would like to read. We send you a letter with a link first, to be sure that it is you.",
        name="Your name",
        address="Your e-mail address",
        kinds="What we may write to you about",
        wording="I want {shop} to write to me by e-mail about what I ticked. I can take this back at any time by the "
        "link in each letter.",
        tracking="Some letters note when they were opened and which links were followed; the page behind that link "
        "says whether yours did.",
        ask="Send me the link",
        asked_title="Please look into your mailbox",
        asked="If we may write to this address, a letter with a link is on its way. Open the link and press the "
        "button: only then you get letters from us. The link holds for 7 days.",
        closed_title="Nobody can subscribe here now",
        closed="Please ask in the shop.",
        confirm_title="One more step",
        confirm_intro="At {address} you will get from {shop}:",
        confirm="Yes, write to me",
        confirmed_title="Thank you",
        confirmed="From now on you get at {address}:",
        expired_title="This link is too old",
        expired="It held for 7 days. Ask for a new letter, and use the link in it.",
        unknown_title="This link is not whole",
        unknown="Open it in the letter itself, or copy all of it, to the last character.",
        yours_title="Your letters from {shop}",
        yours_intro="What {address} gets:",
        waits="waits for the link in our letter",
        save="Save",
        saved="Saved.",
        nothing="No letters at all",
        off="This address gets no letters from us at all.",
        refuse="Unsubscribe: {kind}",
        refused_title="You are unsubscribed",
        refused="You get no more letters of this kind: {kind}.",
        choose="Choose what you get",
        this_address="Letters to this address",
        tracked="Our letter noted when it was opened and which of its links were followed.",
        untracked="Our letter did not note whether it was opened or which links were followed.",
        wrong_name="Please say who you are.",
        wrong_address="This is no e-mail address.",
        wrong_kinds="Please tick at least one.",
        too_many="Too many requests came from here. Please try again in an hour.",
        problem="Not sent yet.",
    ),
    "ru": Words(
        letter_subject="Подтвердите, пожалуйста: письма от {shop}",
        letter="""Здравствуйте, {name}!

Вас спросили, или вы сами попросили, о письмах от {shop} на этот адрес:

{kinds}

Чтобы получать их, откройте эту страницу и нажмите на ней кнопку:

{url}

Ссылка действует до {until}. Если письма вам не нужны, ничего не делайте: их не будет.
""",
        letters_of="Письма от {shop}",
        language="Язык",
        ask_intro="Выберите, о чём вам интересно читать. Сначала мы пришлём письмо со ссылкой, чтобы убедиться, что "
        "это вы.",
        name="Ваше имя",
        address="Ваш адрес электронной почты",
        kinds="О чём вам можно писать",
        wording="Я хочу, чтобы {shop} писал мне по электронной почте о том, что отмечено. Я могу отказаться в любое "
        "время по ссылке в каждом письме.",
        tracking="Некоторые письма отмечают, когда их открыли и по каким ссылкам перешли; страница по этой ссылке "
        "скажет, было ли так с вашим.",
        ask="Прислать ссылку",
        asked_title="Загляните, пожалуйста, в почту",
        asked="Если на этот адрес можно писать, письмо со ссылкой уже в пути. Откройте ссылку и нажмите кнопку: "
        "только после этого вы будете получать письма. Ссылка действует 7 дней.",
        closed_title="Сейчас здесь нельзя подписаться",
        closed="Спросите, пожалуйста, в магазине.",
        confirm_title="Ещё один шаг",
        confirm_intro="На адрес {address} вы будете получать от {shop}:",
        confirm="Да, пишите мне",
        confirmed_title="Спасибо",
        confirmed="Теперь на адрес {address} приходят:",
        expired_title="Ссылка устарела",
        expired="Она действовала 7 дней. Запросите новое письмо и откройте ссылку из него.",
        unknown_title="Ссылка неполная",
        unknown="Откройте её прямо в письме или скопируйте целиком, до последнего знака.",
        yours_title="Ваши письма от {shop}",
        yours_intro="Что приходит на {address}:",
        waits="ждёт перехода по ссылке из нашего письма",
        save="Сохранить",
        saved="Сохранено.",
        nothing="Никаких писем",
        off="На этот адрес мы больше ничего не пишем.",
        refuse="Отписаться: {kind}",
        refused_title="Вы отписаны",
        refused="Писем этого вида больше не будет: {kind}.",
        choose="Выбрать, что получать",
        this_address="Письма на этот адрес",
        tracked="Наше письмо отметило, когда его открыли и по каким его ссылкам перешли.",
        untracked="Наше письмо не отмечало, открыли ли его и по каким ссылкам перешли.",
        wrong_name="Напишите, пожалуйста, как вас зовут.",
        wrong_address="Это не адрес электронной почты.",
        wrong_kinds="Отметьте, пожалуйста, хотя бы одно.",
        too_many="Отсюда пришло слишком много запросов. Попробуйте, пожалуйста, через час.",
        problem="Ещё не отправлено.",
    ),
    "uk": Words(
        letter_subject="Підтвердьте, будь ласка: листи від {shop}",
        letter="""Вітаємо, {name}!

Вас запитали, або ви самі попросили, про листи від {shop} на цю адресу:

{kinds}

Щоб отримувати їх, відкрийте цю сторінку й натисніть на ній кнопку:

{url}

Посилання діє до {until}. Якщо листи вам не потрібні, нічого не робіть: їх не буде.
""",
        letters_of="Листи від {shop}",
        language="Мова",
        ask_intro="Оберіть, про що вам цікаво читати. Спершу ми надішлемо лист із посиланням, щоб упевнитися, що це "
        "ви.",
        name="Ваше ім’я",
        address="Ваша адреса електронної пошти",
        kinds="Про що вам можна писати",
        wording="Я хочу, щоб {shop} писав мені електронною поштою про те, що позначено. Я можу відмовитися будь-коли "
        "за посиланням у кожному листі.",
        tracking="Деякі листи відзначають, коли їх відкрили та за якими посиланнями перейшли; сторінка за цим "
        "посиланням скаже, чи було так із вашим.",
        ask="Надіслати посилання",
        asked_title="Загляньте, будь ласка, до пошти",
        asked="Якщо на цю адресу можна писати, лист із посиланням уже в дорозі. Відкрийте посилання й натисніть "
        "кнопку: лише тоді ви отримуватимете листи. Посилання діє 7 днів.",
        closed_title="Зараз тут не можна підписатися",
        closed="Запитайте, будь ласка, у магазині.",
        confirm_title="Ще один крок",
        confirm_intro="На адресу {address} ви отримуватимете від {shop}:",
        confirm="Так, пишіть мені",
        confirmed_title="Дякуємо",
        confirmed="Відтепер на адресу {address} надходять:",
        expired_title="Посилання застаріло",
        expired="Воно діяло 7 днів. Попросіть новий лист і відкрийте посилання з нього.",
        unknown_title="Посилання неповне",
        unknown="Відкрийте його просто в листі або скопіюйте повністю, до останнього знака.",
        yours_title="Ваші листи від {shop}",
        yours_intro="Що надходить на {address}:",
        waits="чекає на перехід за посиланням із нашого листа",
        save="Зберегти",
        saved="Збережено.",
        nothing="Жодних листів",
        off="На цю адресу ми більше нічого не пишемо.",
        refuse="Відписатися: {kind}",
        refused_title="Вас відписано",
        refused="Листів цього виду більше не буде: {kind}.",
        choose="Обрати, що отримувати",
        this_address="Листи на цю адресу",
        tracked="Наш лист відзначив, коли його відкрили та за якими його посиланнями перейшли.",
        untracked="Наш лист не відзначав, чи його відкрили та за якими посиланнями перейшли.",
        wrong_name="Напишіть, будь ласка, як вас звати.",
        wrong_address="Це не адреса електронної пошти.",
        wrong_kinds="Позначте, будь ласка, хоча б одне.",
        too_many="Звідси надійшло забагато запитів. Спробуйте, будь ласка, за годину.",
        problem="Ще не надіслано.",
    ),
    "bg": Words(
        letter_subject="Моля, потвърдете: писма от {shop}",
        letter="""Здравейте, {name},

попитаха ви или вие сами поискахте писма от {shop} на този адрес:

{kinds}

За да ги получавате, отворете тази страница и натиснете бутона на нея:

{url}

Връзката важи до {until}. Ако не искате писма, не правете нищо: няма да получите такива.
""",
        letters_of="Писма от {shop}",
        language="Език",
        ask_intro="Изберете за какво искате да четете. Първо ще ви изпратим писмо с връзка, за да сме сигурни, че "
        "сте вие.",
        name="Вашето име",
        address="Вашият имейл адрес",
        kinds="За какво може да ви пишем",
        wording="Искам {shop} да ми пише по имейл за това, което отбелязах. Мога да се откажа по всяко време чрез "
        "връзката във всяко писмо.",
        tracking="Някои писма отбелязват кога са отворени и кои връзки са последвани; страницата зад тази връзка "
        "казва дали вашето го е направило.",
        ask="Изпратете ми връзката",
        asked_title="Моля, погледнете пощата си",
        asked="Ако може да пишем на този адрес, писмо с връзка вече пътува. Отворете връзката и натиснете бутона: "
        "едва тогава ще получавате писма от нас. Връзката важи 7 дни.",
        closed_title="В момента тук не може да се абонирате",
        closed="Моля, попитайте в магазина.",
        confirm_title="Още една стъпка",
        confirm_intro="На {address} ще получавате от {shop}:",
        confirm="Да, пишете ми",
        confirmed_title="Благодарим",
        confirmed="Отсега на {address} получавате:",
        expired_title="Връзката е твърде стара",
        expired="Тя важеше 7 дни. Поискайте ново писмо и използвайте връзката в него.",
        unknown_title="Връзката не е цяла",
        unknown="Отворете я в самото писмо или я копирайте цялата, до последния знак.",
        yours_title="Вашите писма от {shop}",
        yours_intro="Какво получава {address}:",
        waits="чака връзката от нашето писмо",
        save="Запазване",
        saved="Запазено.",
        nothing="Никакви писма",
        off="На този адрес вече не пишем нищо.",
        refuse="Отписване: {kind}",
        refused_title="Отписани сте",
        refused="Повече няма да получавате писма от този вид: {kind}.",
        choose="Изберете какво да получавате",
        this_address="Писма на този адрес",
        tracked="Нашето писмо отбеляза кога е отворено и кои от връзките му са последвани.",
        untracked="Нашето писмо не отбелязваше дали е отворено и кои връзки са последвани.",
        wrong_name="Моля, кажете кой сте.",
        wrong_address="Това не е имейл адрес.",
        wrong_kinds="Моля, отбележете поне едно.",
        too_many="Оттук дойдоха твърде много заявки. Моля, опитайте отново след час.",
        problem="Още не е изпратено.",
    ),
}
