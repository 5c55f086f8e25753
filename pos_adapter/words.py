"""All words that a till says, by code and language: for the cashier, and short ones for the slip (None: nothing there).

The codes are those of the till API: refusals of cards, reasons of discounts, problems, states of receipts.
"""

from collections.abc import Mapping
from typing import Final, Literal

Language = Literal["en", "ru", "uk", "bg"]
Words = Mapping[Language, tuple[str, str | None]]

WORDS: Final[Mapping[str, Words]] = {
    "blocked": {
        "en": ("The card is blocked.", "Card blocked"),
        "ru": ("Карта заблокирована.", "Карта заблокирована"),
        "uk": ("Картку заблоковано.", "Картку заблоковано"),
        "bg": ("Картата е блокирана.", "Картата е блокирана"),
    },
    "expired": {
        "en": ("The card has expired.", "Card expired"),
        "ru": ("Срок действия карты истёк.", "Срок карты истёк"),
        "uk": ("Термін дії картки закінчився.", "Термін картки минув"),
        "bg": ("Картата е изтекла.", "Картата е изтекла"),
    },
    "outside_hours": {
        "en": ("The card gives no discount at this hour.", "Card not valid at this hour"),
        "ru": ("В это время карта не даёт скидки.", "Карта сейчас не действует"),
        "uk": ("У цей час картка не дає знижки.", "Картка зараз не діє"),
        "bg": ("В този час картата не дава отстъпка.", "Картата не важи в този час"),
    },
    "frozen": {
        "en": ("The card is frozen for some days.", "Card frozen"),
        "ru": ("Действие карты приостановлено.", "Карта приостановлена"),
        "uk": ("Дію картки призупинено.", "Картку призупинено"),
        "bg": ("Картата е замразена за няколко дни.", "Картата е замразена"),
    },
    "not_activated": {
        "en": ("The card is not active yet.", "Card not active yet"),
        "ru": ("Карта ещё не активирована.", "Карта не активирована"),
        "uk": ("Картку ще не активовано.", "Картку не активовано"),
        "bg": ("Картата още не е активирана.", "Картата не е активирана"),
    },
    "replaced": {
        "en": ("The card was replaced: ask for the new one.", "Card replaced"),
        "ru": ("Карта заменена: попросите новую.", "Карта заменена"),
        "uk": ("Картку замінено: попросіть нову.", "Картку замінено"),
        "bg": ("Картата е заменена: поискайте новата.", "Картата е заменена"),
    },
    "closed": {
        "en": ("The card is closed for good.", "Card closed"),
        "ru": ("Карта закрыта.", "Карта закрыта"),
        "uk": ("Картку закрито.", "Картку закрито"),
        "bg": ("Картата е закрита.", "Картата е закрита"),
    },
    "card_percent": {
        "en": ("Discount by the card.", "Card discount"),
        "ru": ("Скидка по карте.", "Скидка по карте"),
        "uk": ("Знижка за карткою.", "Знижка за карткою"),
        "bg": ("Отстъпка по карта.", "Отстъпка по карта"),
    },
    "quotation": {
        "en": ("Price for card holders.", "Card holder's price"),
        "ru": ("Цена для держателей карт.", "Цена по карте"),
        "uk": ("Ціна для власників карток.", "Ціна за карткою"),
        "bg": ("Цена за притежатели на карти.", "Цена с карта"),
    },
    "receipt_rule": {
        "en": ("Discount on the receipt.", "Receipt discount"),
        "ru": ("Скидка на чек.", "Скидка на чек"),
        "uk": ("Знижка на чек.", "Знижка на чек"),
        "bg": ("Отстъпка за бележката.", "Отстъпка за бележката"),
    },
    "manual": {
        "en": ("Discount given by hand.", "Discount"),
        "ru": ("Ручная скидка.", "Скидка"),
        "uk": ("Ручна знижка.", "Знижка"),
        "bg": ("Ръчна отстъпка.", "Отстъпка"),
    },
    "rounding": {
        "en": ("The total was rounded.", "Rounding"),
        "ru": ("Итог округлён.", "Округление"),
        "uk": ("Підсумок округлено.", "Округлення"),
        "bg": ("Сумата е закръглена.", "Закръгляне"),
    },
    "offline": {
        "en": ("No connection to the server: as of the last snapshot.", None),
        "ru": ("Нет связи с сервером: по последним данным.", None),
        "uk": ("Немає зв'язку із сервером: за останніми даними.", None),
        "bg": ("Няма връзка със сървъра: по последните данни.", None),
    },
    "queued": {
        "en": ("The receipt is safe here and goes to the server later.", None),
        "ru": ("Чек сохранён здесь и уйдёт на сервер позже.", None),
        "uk": ("Чек збережено тут, на сервер він піде пізніше.", None),
        "bg": ("Бележката е запазена тук и ще отиде на сървъра по-късно.", None),
    },
    "rejected": {
        "en": ("The server refused the receipt: tell the office.", None),
        "ru": ("Сервер не принял чек: сообщите в офис.", None),
        "uk": ("Сервер не прийняв чек: повідомте в офіс.", None),
        "bg": ("Сървърът не прие бележката: съобщете в офиса.", None),
    },
    "card_unknown": {
        "en": ("There is no such card.", "Card unknown"),
        "ru": ("Такой карты нет.", "Карта неизвестна"),
        "uk": ("Такої картки немає.", "Картка невідома"),
        "bg": ("Няма такава карта.", "Непозната карта"),
    },
    "card_not_usable": {
        "en": ("The card may not be used.", "Card not usable"),
        "ru": ("Картой нельзя воспользоваться.", "Карта не действует"),
        "uk": ("Карткою не можна скористатися.", "Картка не діє"),
        "bg": ("Картата не може да се ползва.", "Картата не важи"),
    },
    "payment_card_refused": {
        "en": ("This is a bank card: nothing of it was kept.", None),
        "ru": ("Это банковская карта: ничего не сохранено.", None),
        "uk": ("Це банківська картка: нічого не збережено.", None),
        "bg": ("Това е банкова карта: нищо не е запазено.", None),
    },
    "too_many_refused_lookups": {
        "en": ("Too many unknown cards: sell without a card, or ask the office.", None),
        "ru": ("Слишком много неизвестных карт: продавайте без карты или обратитесь в офис.", None),
        "uk": ("Забагато невідомих карток: продавайте без картки або зверніться в офіс.", None),
        "bg": ("Твърде много непознати карти: продавайте без карта или се обърнете към офиса.", None),
    },
    "phone_ambiguous": {
        "en": ("Several cards have this phone: ask for the card.", None),
        "ru": ("На этот телефон несколько карт: попросите карту.", None),
        "uk": ("На цей телефон кілька карток: попросіть картку.", None),
        "bg": ("Няколко карти са с този телефон: поискайте картата.", None),
    },
    "insufficient_funds": {
        "en": ("There is not enough money on the card.", "Not enough money on the card"),
        "ru": ("На карте не хватает денег.", "Недостаточно средств"),
        "uk": ("На картці не вистачає грошей.", "Недостатньо коштів"),
        "bg": ("Парите в картата не стигат.", "Недостатъчни средства"),
    },
    "limit_exceeded": {
        "en": ("It is more than the card's limit.", "Card limit exceeded"),
        "ru": ("Превышен лимит карты.", "Превышен лимит"),
        "uk": ("Перевищено ліміт картки.", "Перевищено ліміт"),
        "bg": ("Надхвърлен е лимитът на картата.", "Надхвърлен лимит"),
    },
    "other_payment_refused": {
        "en": ("With this card the whole is paid from the card.", None),
        "ru": ("По этой карте вся сумма платится с карты.", None),
        "uk": ("За цією карткою вся сума сплачується з картки.", None),
        "bg": ("С тази карта цялата сума се плаща от нея.", None),
    },
    "offline_credit_refused": {
        "en": ("Without the server no money of the card: take another payment.", None),
        "ru": ("Без сервера деньги карты недоступны: возьмите другую оплату.", None),
        "uk": ("Без сервера гроші картки недоступні: візьміть іншу оплату.", None),
        "bg": ("Без сървъра парите в картата не са достъпни: вземете друго плащане.", None),
    },
    "nothing_left": {
        "en": ("Nothing of the sale is left to give back.", None),
        "ru": ("Возвращать по этой продаже больше нечего.", None),
        "uk": ("За цим продажем більше нічого повертати.", None),
        "bg": ("От тази продажба няма какво повече да се върне.", None),
    },
    "server_unreachable": {
        "en": ("No connection: ask for the card; take goods back by their printed receipt.", None),
        "ru": ("Нет связи: попросите карту; товар принимайте обратно по напечатанному чеку.", None),
        "uk": ("Немає зв'язку: попросіть картку; товар приймайте назад за надрукованим чеком.", None),
        "bg": ("Няма връзка: поискайте картата; стоки приемайте обратно по отпечатаната бележка.", None),
    },
    "journal_unavailable": {
        "en": ("The till cannot save anything: its disk is full or broken. Call for help.", None),
        "ru": ("Касса ничего не может сохранить: диск полон или неисправен. Позовите на помощь.", None),
        "uk": ("Каса нічого не може зберегти: диск повний або несправний. Покличте на допомогу.", None),
        "bg": ("Касата не може да запази нищо: дискът е пълен или повреден. Повикайте помощ.", None),
    },
}
