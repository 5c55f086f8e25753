"""What the columns of a file probably mean, by what their headers are called. Pure.

A guess is shown to a person before anything is done with it; so it may be wrong, and need not be clever.
"""

import re
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from crm.attributes.model import Attribute
from crm.parties.numbers import REGISTRATION_KINDS
from crm.transfer.model import ATTRIBUTE, REGISTRATION, SEVERAL, SKIP, By

_WORDS: Final[Dictionary[str, str]] = {
    "key": "id|uid|key|code|number|no|customer id|customer no|customer number|client id|member|код|номер|№",
    "name": "name|full name|fullname|company|company name|organisation|organization|customer|client|title|fn|"
    "имя|фио|название|наименование|организация|клиент|ім'я|піб|назва|име|фирма",
    "first_name": "first name|firstname|fname|given name|forename|собственное имя|ім’я|собствено име",
    "middle_name": "middle name|middlename|mi|patronymic|отчество|по батькові|презиме",
    "last_name": "last name|lastname|lname|surname|family name|фамилия|прізвище|фамилно име|фамилия име",
    "kind": "kind|type|party kind|вид|тип",
    "legal_status": "legal status|legal form|правовой статус|правова форма|правна форма|форма собственности",
    "birth_date": "birth date|birthdate|birthday|date of birth|dob|bday|дата рождения|день рождения|"
    "дата народження|дата на раждане|рожден ден",
    "note": "note|notes|comment|comments|remark|remarks|примечание|комментарий|примітка|бележка|коментар",
    "language": "language|lang|язык|мова|език",
    "line": "address|street|address 1|address 2|address 3|address 4|address1|address2|address3|address4|line|"
    "address line|address line 1|address line 2|адрес|улица|адреса|вулиця",
    "city": "city|town|city town|locality|город|населенный пункт|місто|град",
    "region": "region|state|state province|province|county|область|регион|регіон|област",
    "postal_code": "postal code|postcode|post code|zip|zip code|индекс|почтовый индекс|індекс|пощенски код",
    "country": "country|страна|країна|държава",
    "phone": "phone|phone 1|phone 2|phone 3|phone1|phone2|phone3|telephone|tel|mobile|mobile phone|cell|phone number|"
    "телефон|мобильный|мобильный телефон|мобільний|мобилен|gsm",
    "email": "e mail|email|mail|e mail address|email address|e mail 1|e mail 2|email1|email2|"
    "почта|электронная почта|эл почта|пошта|електронна пошта|имейл",
    "fax": "fax|факс",
    "messenger": "messenger|telegram|viber|whatsapp|skype|мессенджер|месенджер",
    "website": "website|web site|web|url|homepage|site|сайт|уебсайт",
    "group": "group|groups|category|categories|tag|tags|группа|группы|група|групи|категория",
    "mailings": "mailings|subscriptions|newsletter|newsletters|рассылки|рассылка|розсилки|бюлетин",
    "relation": "relation|relations|role|отношение|роль|відношення|отношения",
}
_MEANINGS: Final = {word: field for field, words in _WORDS.items() for word in words.split("|")}
_REJECTED: Final = ["line", "reason"]
"""How a file of rows that stayed out begins: those two columns are ours."""


def guess_columns(header: Sequence[str], attributes: Sequence[Attribute]) -> tuple[str, ...]:
    """Guess the meaning of each column of a header; what is not known, or taken by a column before, is skipped."""
    known = _meanings(attributes)
    plain = [_plain(name) for name in header]
    found: list[str] = []
    for place, name in enumerate(plain):
        is_ours = plain[:2] == _REJECTED and place < len(_REJECTED)
        meaning = SKIP if is_ours else known.get(name, SKIP)
        found.append(SKIP if meaning in found and meaning not in SEVERAL else meaning)
    return tuple(found)


def guess_by(columns: Sequence[str]) -> By:
    """Guess by what parties are known again."""
    if any(column.startswith(REGISTRATION) for column in columns) and "key" not in columns:
        return "registration"
    known: tuple[By, ...] = ("key", "email", "phone")
    return next((by for by in known if by in columns), "key")


def header_print(header: Sequence[str]) -> str:
    """Tell one header from another without keeping what stands in it: a file without one begins with somebody."""
    return sha256("\n".join(_plain(name) for name in header).encode()).hexdigest()


def _meanings(attributes: Sequence[Attribute]) -> dict[str, str]:
    own = {_plain(name): ATTRIBUTE + one.code for one in attributes for name in (one.code, *one.names.values())}
    papers = {
        _plain(name): REGISTRATION + code for code, kind in REGISTRATION_KINDS.items() for name in (code, kind.name)
    }
    more = {"vat number": f"{REGISTRATION}vat", "vat id": f"{REGISTRATION}vat", "иин": f"{REGISTRATION}inn"}
    return {**own, **papers, **more, **_MEANINGS}


def _plain(name: str) -> str:
    return " ".join(re.findall(r"[^\W_]+|[№'’]", name.casefold()))
