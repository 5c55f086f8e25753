"""Numbers that authorities and banks give: which kinds there are, and whether their check digits are right. Pure.

Key idea: the rules of each country are python-stdnum's, never ours. A wrong check digit of a registration is refused or
only marked, as the installation says, because an old paper may hold what no rule knows; a wrong IBAN is always refused,
since money would go astray.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from babel.numbers import list_currencies
from msgspec import Struct
from stdnum import bic, iban
from stdnum.bg import egn
from stdnum.bg import vat as bg_vat
from stdnum.by import unp
from stdnum.de import vat as de_vat
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError
from stdnum.gb import vat as gb_vat
from stdnum.pl import nip
from stdnum.ro import cui
from stdnum.ru import inn, ogrn
from stdnum.ua import edrpou, rntrc

from crm.parties.errors import AccountRefusedError, RegistrationRefusedError
from crm.parties.model import MOST_TEXT, BankAccount, Checked, Registration, WrongNumbers
from crm.parties.texts import read_line

MOST_NUMBER = 64

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]*", re.ASCII)
_ACCOUNT = re.compile(r"[0-9A-Z]{4,34}", re.ASCII)
_NATIONAL_BANK = re.compile(r"[0-9]{9}|[0-9]{6}", re.ASCII)
"""The codes of Russian (9 digits) and Ukrainian (6 digits) banks, which carry no check digit."""
_KPP = re.compile(r"[0-9]{4}[0-9A-Z]{2}[0-9]{3}", re.ASCII)
_BETWEEN = re.compile(r"[\s.\-–/]")


class NumberKind(Struct, frozen=True):
    """A kind of registration: as its paper calls it, its country, and what its number is checked by."""

    name: str
    country: str | None
    validate: Callable[[str], str] | None


def _check_kpp(number: str) -> str:
    if _KPP.fullmatch(number) is None:
        raise ValidationError
    return number


REGISTRATION_KINDS: Final[Mapping[str, NumberKind]] = {
    "inn": NumberKind("ИНН", "RU", inn.validate),
    "kpp": NumberKind("КПП", "RU", _check_kpp),
    "ogrn": NumberKind("ОГРН", "RU", ogrn.validate),
    "edrpou": NumberKind("ЄДРПОУ", "UA", edrpou.validate),
    "rnokpp": NumberKind("РНОКПП", "UA", rntrc.validate),
    "eik": NumberKind("ЕИК", "BG", bg_vat.validate),
    "egn": NumberKind("ЕГН", "BG", egn.validate),
    "unp": NumberKind("УНП", "BY", unp.validate),
    "nip": NumberKind("NIP", "PL", nip.validate),
    "cui": NumberKind("CUI", "RO", cui.validate),
    "ust_id": NumberKind("USt-IdNr.", "DE", de_vat.validate),
    "vat_gb": NumberKind("VAT", "GB", gb_vat.validate),
    "vat": NumberKind("VAT", None, eu_vat.validate),
    "passport": NumberKind("Passport", None, None),
    "licence": NumberKind("Licence", None, None),
    "other": NumberKind("Other", None, None),
}
"""The kinds by code; those without a country take any."""


def make_registration(
    kind: str,
    number: str,
    *,
    wrong: WrongNumbers,
    country: str | None = None,
    issued_on: date | None = None,
    valid_until: date | None = None,
    issuer: str | None = None,
) -> Registration:
    """Make a registration of what was typed; a wrong number is refused or marked, as `wrong` says.

    Raises RegistrationRefusedError.
    """
    known = REGISTRATION_KINDS.get(kind)
    if known is None:
        raise RegistrationRefusedError(f"is none of {', '.join(REGISTRATION_KINDS)}", field="kind")
    shown = read_line(number, RegistrationRefusedError, "number", most=MOST_NUMBER)
    if shown is None:
        raise RegistrationRefusedError("is empty", field="number")
    canonical, checked = _check(known, _compact(shown))
    if checked == "wrong" and wrong == "refuse":
        raise RegistrationRefusedError(f"is no {known.name}: its form or check digits are wrong", field="number")
    if issued_on is not None and valid_until is not None and valid_until < issued_on:
        raise RegistrationRefusedError("lies before the day of issue", field="valid_until")
    return Registration(
        kind=kind,
        number=shown,
        canonical=canonical,
        checked=checked,
        country=known.country or country,
        issued_on=issued_on,
        valid_until=valid_until,
        issuer=read_line(issuer or "", RegistrationRefusedError, "issuer", most=MOST_TEXT),
    )


def _check(kind: NumberKind, number: str) -> tuple[str, Checked]:
    if kind.validate is None:
        return number, "unchecked"
    try:
        return kind.validate(number), "right"
    except ValidationError:
        return number, "wrong"


def make_account(
    bank: str, account: str, *, currency: str, code: str | None = None, is_main: bool = False
) -> BankAccount:
    """Make a bank account of what was typed; `code` is the bank's BIC. Raises AccountRefusedError."""
    name = read_line(bank, AccountRefusedError, "bank", most=MOST_TEXT)
    if name is None:
        raise AccountRefusedError("is empty", field="bank")
    if currency not in list_currencies():
        raise AccountRefusedError("is no currency of ISO 4217 such as EUR", field="currency")
    number = _check_account(_compact(account))
    return BankAccount(bank=name, account=number, currency=currency, bic=_check_bic(code), is_main=is_main)


def show_account(account: str) -> str:
    """Write an IBAN in groups of four, as ISO 13616 prints it; any other account as it is."""
    return iban.format(account) if _IBAN.fullmatch(account) else account


def _check_account(number: str) -> str:
    if _IBAN.fullmatch(number) is None:
        if _ACCOUNT.fullmatch(number) is None:
            raise AccountRefusedError("is no IBAN and no account of 4 to 34 digits or letters", field="account")
        return number
    try:
        return iban.validate(number)
    except ValidationError as error:
        raise AccountRefusedError("is no IBAN: its form or check digits are wrong", field="account") from error


def _check_bic(code: str | None) -> str | None:
    number = _compact(code or "")
    if not number or _NATIONAL_BANK.fullmatch(number):
        return number or None
    try:
        return bic.validate(number)
    except ValidationError as error:
        raise AccountRefusedError("is no BIC of ISO 9362 such as BNBGBGSD", field="bic") from error


def _compact(number: str) -> str:
    return _BETWEEN.sub("", number).upper()
