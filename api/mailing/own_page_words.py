"""What a customer's own page says, and the letter that brings its link.

Key idea: as `public_words`, of which the page takes what it says of letters: a customer reads the own language, each
language has all the words, and one that lacks a word does not pass the checker of types. Amounts, days and names stand
in braces.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from api.mailing.public_words import DEFAULT


class OwnWords(Struct, frozen=True, kw_only=True):
    """All that is said in a language; `states` says of a card that cannot be used what to do."""

    letter_subject: str
    letter: str
    title: str
    hello: str
    show: str
    as_qr: str
    code: str
    discount: str
    balance: str
    available: str
    shared: str
    points: str
    points_end: str
    since: str
    in_all: str
    next_by: str
    next_ever: str
    best: str
    last_day: str
    states: Mapping[str, str]
    no_card: str
    past: str
    receipts: str
    no_receipts: str
    receipt: str
    returned: str
    saved: str
    total: str
    newer: str
    older: str
    letters: str
    no_letters: str
    data: str
    name: str
    phone: str
    email: str
    correction: str
    correction_hint: str
    correct: str
    corrected: str
    wrong_correction: str
    enough: str
    not_now: str
    keep: str
    gone_title: str
    gone: str
    slow_title: str
    slow: str


def own_words_of(language: str | None) -> OwnWords:
    """Give the words of a language, those of English for one that is not spoken here."""
    return WORDS.get(language or DEFAULT, WORDS[DEFAULT])


WORDS: Final[Mapping[str, OwnWords]] = {
    "en": OwnWords(
        letter_subject="Your card at {shop}",
        letter="""Hello {name},

this is the page with your card, what is on it and what you bought:

{url}

Keep the address to yourself: whoever has it sees your page. If you lose it, ask in the shop for a new one.
""",
        title="Your card",
        hello="Hello, {name}",
        show="Show this at the till",
        as_qr="As a QR code",
        code="The card's number as a code",
        discount="Your discount",
        balance="On the card",
        available="You can spend",
        shared="Pays from another card's account",
        points="Points",
        points_end="{points} of them until {day}",
        since="Spent since {day}",
        in_all="Spent in all",
        next_by="{amount} more by {day} for a discount of {percent}",
        next_ever="{amount} more for a discount of {percent}",
        best="This is the best discount that the card gives.",
        last_day="Good until {day}",
        states={
            "blocked": "This card is blocked. Ask in the shop: they can open it again.",
            "frozen": "This card rests until {day}.",
            "expired": "This card has expired. Ask in the shop for a new one.",
            "not_activated": "This card is not active yet. Ask in the shop to have it activated.",
            "replaced": "Another card took the place of this one: use that.",
            "closed": "This card is closed for good.",
        },
        no_card="There is no card in your name yet. Ask in the shop for one.",
        past="Earlier cards",
        receipts="What you bought in the last 12 months",
        no_receipts="Nothing was bought with your card in this time.",
        receipt="Receipt {number}",
        returned="Return {number}",
        saved="saved {amount}",
        total="Total",
        newer="Newer",
        older="Older",
        letters="Letters to {address}",
        no_letters="The shop does not have your e-mail address.",
        data="What the shop knows of you",
        name="Name",
        phone="Phone",
        email="E-mail",
        correction="What should be corrected",
        correction_hint="Write what is wrong and what is right. The shop looks at it and changes it.",
        correct="Ask the shop",
        corrected="Thank you. The shop has what you wrote.",
        wrong_correction="Write what should be corrected, in at most 500 characters.",
        enough="The shop has enough from you for today. Write again tomorrow.",
        not_now="This cannot be taken here now. Ask in the shop.",
        keep="Keep the address of this page to yourself: whoever has it sees all of this. If others have it, ask in "
        "the shop for a new one; the old one then leads nowhere.",
        gone_title="There is no page here",
        gone="Open the whole address, to its last character. If that does not help, ask in the shop for a new one.",
        slow_title="Too many wrong addresses",
        slow="Wait an hour and open the whole address, to its last character.",
    ),
    "ru": OwnWords(
        letter_subject="Ваша карта в {shop}",
        letter="""Здравствуйте, {name}!

Это страница с вашей картой: что на ней есть и что вы купили.

{url}

Никому не передавайте этот адрес: кто его знает, видит вашу страницу. Если вы его потеряете, попросите в магазине новый.
""",
        title="Ваша карта",
        hello="Здравствуйте, {name}",
        show="Покажите это на кассе",
        as_qr="QR-кодом",
        code="Номер карты в виде кода",
        discount="Ваша скидка",
        balance="На карте",
        available="Можно потратить",
        shared="Платит со счёта другой карты",
        points="Баллы",
        points_end="из них {points} до {day}",
        since="Покупки с {day}",
        in_all="Покупки за всё время",
        next_by="Ещё {amount} до {day}, и скидка составит {percent}",
        next_ever="Ещё {amount}, и скидка составит {percent}",
        best="Это наибольшая скидка, которую даёт карта.",
        last_day="Действует до {day}",
        states={
            "blocked": "Карта заблокирована. Обратитесь в магазин: там её могут разблокировать.",
            "frozen": "Карта приостановлена до {day}.",
            "expired": "Срок карты истёк. Попросите в магазине новую.",
            "not_activated": "Карта ещё не активна. Попросите в магазине активировать её.",
            "replaced": "Вместо этой карты действует другая.",
            "closed": "Карта закрыта навсегда.",
        },
        no_card="На ваше имя ещё нет карты. Попросите её в магазине.",
        past="Прежние карты",
        receipts="Ваши покупки за последние 12 месяцев",
        no_receipts="За это время покупок по карте не было.",
        receipt="Чек {number}",
        returned="Возврат {number}",
        saved="сэкономлено {amount}",
        total="Итого",
        newer="Новее",
        older="Раньше",
        letters="Письма на {address}",
        no_letters="Магазин не знает вашего адреса электронной почты.",
        data="Что магазин знает о вас",
        name="Имя",
        phone="Телефон",
        email="Эл. почта",
        correction="Что нужно исправить",
        correction_hint="Напишите, что неверно и как правильно. Магазин посмотрит и исправит.",
        correct="Попросить магазин",
        corrected="Спасибо. Магазин получил ваше сообщение.",
        wrong_correction="Напишите, что нужно исправить, не длиннее 500 знаков.",
        enough="На сегодня у магазина достаточно ваших сообщений. Напишите завтра.",
        not_now="Сейчас это нельзя принять здесь. Обратитесь в магазин.",
        keep="Никому не передавайте адрес этой страницы: кто его знает, видит всё это. Если его узнали другие, "
        "попросите в магазине новый; старый тогда никуда не приведёт.",
        gone_title="Здесь нет страницы",
        gone="Откройте адрес целиком, до последнего знака. Если это не поможет, попросите в магазине новый.",
        slow_title="Слишком много неверных адресов",
        slow="Подождите час и откройте адрес целиком, до последнего знака.",
    ),
    "uk": OwnWords(
        letter_subject="Ваша картка в {shop}",
        letter="""Вітаємо, {name}!

Це сторінка з вашою карткою: що на ній є і що ви купили.

{url}

Нікому не передавайте цю адресу: хто її знає, бачить вашу сторінку. Якщо ви її втратите, попросіть у магазині нову.
""",
        title="Ваша картка",
        hello="Вітаємо, {name}",
        show="Покажіть це на касі",
        as_qr="QR-кодом",
        code="Номер картки у вигляді коду",
        discount="Ваша знижка",
        balance="На картці",
        available="Можна витратити",
        shared="Платить з рахунку іншої картки",
        points="Бали",
        points_end="з них {points} до {day}",
        since="Покупки з {day}",
        in_all="Покупки за весь час",
        next_by="Ще {amount} до {day}, і знижка становитиме {percent}",
        next_ever="Ще {amount}, і знижка становитиме {percent}",
        best="Це найбільша знижка, яку дає картка.",
        last_day="Діє до {day}",
        states={
            "blocked": "Картку заблоковано. Зверніться до магазину: там її можуть розблокувати.",
            "frozen": "Картку призупинено до {day}.",
            "expired": "Строк картки минув. Попросіть у магазині нову.",
            "not_activated": "Картка ще не активна. Попросіть у магазині активувати її.",
            "replaced": "Замість цієї картки діє інша.",
            "closed": "Картку закрито назавжди.",
        },
        no_card="На ваше ім’я ще немає картки. Попросіть її в магазині.",
        past="Попередні картки",
        receipts="Ваші покупки за останні 12 місяців",
        no_receipts="За цей час покупок за карткою не було.",
        receipt="Чек {number}",
        returned="Повернення {number}",
        saved="заощаджено {amount}",
        total="Разом",
        newer="Новіші",
        older="Давніші",
        letters="Листи на {address}",
        no_letters="Магазин не знає вашої адреси електронної пошти.",
        data="Що магазин знає про вас",
        name="Ім’я",
        phone="Телефон",
        email="Ел. пошта",
        correction="Що треба виправити",
        correction_hint="Напишіть, що неправильно і як має бути. Магазин подивиться й виправить.",
        correct="Попросити магазин",
        corrected="Дякуємо. Магазин отримав ваше повідомлення.",
        wrong_correction="Напишіть, що треба виправити, не довше ніж 500 знаків.",
        enough="На сьогодні магазин має достатньо ваших повідомлень. Напишіть завтра.",
        not_now="Зараз це не можна прийняти тут. Зверніться до магазину.",
        keep="Нікому не передавайте адресу цієї сторінки: хто її знає, бачить усе це. Якщо її дізналися інші, "
        "попросіть у магазині нову; стара тоді нікуди не веде.",
        gone_title="Тут немає сторінки",
        gone="Відкрийте адресу повністю, до останнього знака. Якщо це не допоможе, попросіть у магазині нову.",
        slow_title="Забагато неправильних адрес",
        slow="Зачекайте годину й відкрийте адресу повністю, до останнього знака.",
    ),
    "bg": OwnWords(
        letter_subject="Вашата карта в {shop}",
        letter="""Здравейте, {name},

това е страницата с вашата карта: какво има в нея и какво сте купили.

{url}

Не давайте адреса на никого: който го знае, вижда вашата страница. Ако го загубите, поискайте нов в магазина.
""",
        title="Вашата карта",
        hello="Здравейте, {name}",
        show="Покажете това на касата",
        as_qr="Като QR код",
        code="Номерът на картата като код",
        discount="Вашата отстъпка",
        balance="В картата",
        available="Можете да похарчите",
        shared="Плаща от сметката на друга карта",
        points="Точки",
        points_end="от тях {points} до {day}",
        since="Покупки от {day}",
        in_all="Покупки общо",
        next_by="Още {amount} до {day} за отстъпка {percent}",
        next_ever="Още {amount} за отстъпка {percent}",
        best="Това е най-голямата отстъпка, която картата дава.",
        last_day="Валидна до {day}",
        states={
            "blocked": "Картата е блокирана. Обърнете се към магазина: там могат да я отблокират.",
            "frozen": "Картата е спряна до {day}.",
            "expired": "Картата е изтекла. Поискайте нова в магазина.",
            "not_activated": "Картата още не е активна. Поискайте в магазина да я активират.",
            "replaced": "На мястото на тази карта има друга: използвайте нея.",
            "closed": "Картата е закрита завинаги.",
        },
        no_card="Още няма карта на ваше име. Поискайте я в магазина.",
        past="Предишни карти",
        receipts="Какво сте купили през последните 12 месеца",
        no_receipts="През това време няма покупки с картата.",
        receipt="Бележка {number}",
        returned="Връщане {number}",
        saved="спестени {amount}",
        total="Общо",
        newer="По-нови",
        older="По-стари",
        letters="Писма до {address}",
        no_letters="Магазинът няма вашия имейл адрес.",
        data="Какво знае магазинът за вас",
        name="Име",
        phone="Телефон",
        email="Имейл",
        correction="Какво трябва да се поправи",
        correction_hint="Напишете какво е грешно и как е вярно. Магазинът ще го види и поправи.",
        correct="Помолете магазина",
        corrected="Благодарим. Магазинът получи написаното.",
        wrong_correction="Напишете какво трябва да се поправи, най-много 500 знака.",
        enough="За днес магазинът има достатъчно от вас. Пишете пак утре.",
        not_now="Сега това не може да се приеме тук. Обърнете се към магазина.",
        keep="Не давайте адреса на тази страница на никого: който го знае, вижда всичко това. Ако други го знаят, "
        "поискайте нов в магазина; старият тогава не води никъде.",
        gone_title="Тук няма страница",
        gone="Отворете целия адрес, до последния знак. Ако това не помогне, поискайте нов в магазина.",
        slow_title="Твърде много грешни адреси",
        slow="Изчакайте един час и отворете целия адрес, до последния знак.",
    ),
}
