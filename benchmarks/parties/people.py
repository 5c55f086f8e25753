"""Invented parties by number: the same number is always the same party, whoever asks.

So the measurement knows names, phones and e-mails that are there without asking the database. Names are of many scripts
and lengths, phones of five countries.
"""

from collections.abc import Sequence
from random import Random

from msgspec import Struct

SEED = 20_261_122
FIRST: Sequence[Sequence[str]] = (
    ("Anna", "Ivan", "Maria", "Petar", "Elena", "Georgi", "Boris", "Zoe", "Liam", "Noah", "Emma", "Oskar", "Mia"),
    ("Анна", "Иван", "Мария", "Пётр", "Елена", "Георгий", "Борис", "Оксана", "Тарас", "Ольга", "Сергей", "Юлия"),
    ("Ἄννα", "Γιώργος", "Ελένη", "Νίκος", "Σοφία", "Δημήτρης"),
    ("李", "王", "张", "陈", "刘"),
    ("محمد", "فاطمة", "علي", "مريم"),
)
STEMS: Sequence[Sequence[str]] = (
    ("Ivan", "Petr", "Marsh", "Novak", "Lind", "Smith", "Dimitr", "Kowal", "Schmid", "Moreau", "Rossi", "Jans", "Berg"),
    ("Иван", "Петр", "Сидор", "Ковал", "Шевч", "Бондар", "Дими", "Никол", "Стоян", "Мороз", "Волк", "Зайц"),
    ("Παπαδ", "Νικολα", "Γεωργι", "Ιωανν"),
    ("伟", "芳", "娜", "敏", "静"),
    ("حسن", "أحمد", "خالد"),
)
ENDINGS: Sequence[Sequence[str]] = (
    ("ov", "ova", "son", "ski", "sky", "er", "s", "man", "ton", "feld", "ini", "escu", "quist"),
    ("ов", "ова", "енко", "ский", "чук", "ев", "ева", "ин", "ина"),
    ("όπουλος", "ίδης", "άκης"),
    ("明", "华", "军", ""),
    ("ي", "", "ان"),
)
WORDS = (
    "North", "Quay", "Green", "Baltic", "Danube", "Silver", "Mill", "Garden", "Marine", "Alpine", "Sun", "Stone",
    "River", "Восток", "Днепр", "Балкан", "Север", "Юг", "Зоря", "Витоша",
)  # fmt: skip
TRADES = (
    "Foods",
    "Trade",
    "Logistics",
    "Bakery",
    "Pharma",
    "Print",
    "Motors",
    "Textil",
    "Стройка",
    "Хлебозавод",
    "Аптека",
)
FORMS = ("Ltd", "GmbH", "ООО", "ЕООД", "ТОВ", "S.A.", "& Sons", "Holding International Group of Companies")
CITIES = (
    "Sofia", "Varna", "Plovdiv", "Burgas", "Kyiv", "Lviv", "Odesa", "Bristol", "Leeds", "Berlin", "Vienna", "Athens",
    "София", "Пловдив", "Київ", "Москва", "Минск", "Рига", "Praha", "Wien", "Ny Ålesund",
)  # fmt: skip
COUNTRIES = ("BG", "UA", "GB", "DE", "AT", "GR", "LV", "CZ")
DIALLING = ("359", "380", "44", "49", "7")
_ORGANISATIONS = 4
_LONG = 97


class Invented(Struct, frozen=True):
    """A party as it is invented; organisations are one in four."""

    number: int
    name: str
    is_person: bool
    phone: str
    email: str
    city: str
    country: str
    postal_code: str


def invent(number: int) -> Invented:
    """Invent the party of a number from 1 on."""
    rng = chance("name", number)
    is_person = number % _ORGANISATIONS != 0
    dialling = rng.choice(DIALLING)
    return Invented(
        number=number,
        name=_person(rng, number) if is_person else _organisation(rng, number),
        is_person=is_person,
        phone=f"{dialling}{200_000_000 + number}",
        email=f"{rng.choice('abcdefghijklmnop')}{number}@{rng.choice(('mail', 'post', 'shop'))}.example",
        city=rng.choice(CITIES),
        country=rng.choice(COUNTRIES),
        postal_code=f"{rng.randrange(1_000, 9_999)}",
    )


def chance(what: str, number: int) -> Random:
    """Give the randomness of something about a party, the same each time."""
    return Random(f"{SEED} {what} {number}")  # noqa: S311 # repeatable numbers, no secrets


def misspell(name: str, rng: Random) -> str:
    """Swap two neighbouring letters of the longest word, as fingers do."""
    words = name.split()
    longest = max(range(len(words)), key=lambda place: len(words[place]))
    word = words[longest]
    at = rng.randrange(1, max(2, len(word) - 1))
    words[longest] = word[:at] + word[at : at + 2][::-1] + word[at + 2 :]
    return " ".join(words)


def _person(rng: Random, number: int) -> str:
    script = rng.choices(range(len(FIRST)), (50, 40, 5, 3, 2))[0]
    last = rng.choice(STEMS[script]) + rng.choice(ENDINGS[script])
    name = f"{rng.choice(FIRST[script])} {last}"
    return f"{name} {' '.join(rng.choice(STEMS[0]) for _ in range(9))}" if number % _LONG == 0 else name


def _organisation(rng: Random, number: int) -> str:
    return f"{rng.choice(WORDS)} {rng.choice(WORDS)} {rng.choice(TRADES)} {number % 10_000} {rng.choice(FORMS)}"
