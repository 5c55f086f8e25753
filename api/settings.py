"""Settings from the environment, prefix TALLYCARD_, each with a default that serves.

Every value remembers where it came from, so that `tallycard settings` can say it.
"""

import os
from collections.abc import Callable, Mapping
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import babel.numbers
from msgspec import Struct

from crm.mailboxes.secrets import LEAST_KEY
from crm.parties.addresses import COUNTRIES
from crm.parties.model import WrongNumbers
from loyalty.money import Currency

PREFIX = "TALLYCARD_"
MODULES = frozenset(
    {"attributes", "business", "calendar", "dispatcher", "events", "letters", "mail", "mailings", "notifications"}
    | {"own_page", "segments", "surveys", "tasks"}
)
"""What may be switched off; parties, cards and receipts are the service itself. `api.auth.rights` names the same."""
_SECRETS = frozenset({"MAIL_KEY"})
_LAST_PORT = 65_535
_MOST_PLACES = 4
_MOST_MINUTES = 7 * 24 * 60
_MOST_MEGABYTES = 100
_MOST_DAYS = 3_660


class SettingError(Exception):
    """A setting that cannot be used; the message names it and says what it takes."""


class Settings(Struct, frozen=True):
    """The settings of one process. An empty database_url means a PostgreSQL of our own in the data folder."""

    database_url: str
    replica_url: str
    data: Path
    currency: Currency
    timezone: str
    host: str
    port: int
    secure_cookies: bool
    log_level: str
    signal_minutes: int
    hold_minutes: int
    country: str | None
    wrong_numbers: WrongNumbers
    file_megabytes: int
    recording_days: int
    own_page_days: int | None
    smtp_url: str
    mail_from: str
    mail_key: str
    public_url: str
    modules_off: frozenset[str]
    sources: dict[str, str]

    @property
    def can_link(self) -> bool:
        """Tell whether letters can have links that lead back here."""
        return bool(self.mail_key and self.public_url)


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings. Raises SettingError for a value that cannot be used or a name that does not exist."""
    given = {
        name.removeprefix(PREFIX): value
        for name, value in (os.environ if environment is None else environment).items()
        if name.startswith(PREFIX)
    }
    unknown = sorted(given.keys() - _READERS.keys())
    if unknown:
        known = ", ".join(PREFIX + name for name in _READERS)
        raise SettingError(f"there is no setting {PREFIX}{unknown[0]}; there are {known}")
    values: dict[str, Any] = {}  # each reader gives the type of its own field
    for name, (default, read, _) in _READERS.items():
        try:
            values[name.lower()] = read(given.get(name, default))
        except ValueError as error:
            raise SettingError(f"{PREFIX}{name} is {given[name]!r}: {error}") from error
    sources = {name: "environment" if name in given else "default" for name in _READERS}
    return Settings(**values, sources=sources)


def describe(settings: Settings) -> list[tuple[str, str, str, str]]:
    """List name, value, source and meaning of every setting; a password in the database's address is hidden."""
    rows = []
    for name, (_, _, meaning) in _READERS.items():
        value = getattr(settings, name.lower())
        shown = _in_words(value)
        hidden = "***" if name in _SECRETS and shown else _without_password(shown)
        rows.append((PREFIX + name, hidden, settings.sources[name], meaning))
    return rows


def _in_words(value: object) -> str:
    """Write a value as it is set; what is not set is empty."""
    match value:
        case Currency():
            return value.code
        case frozenset():
            return ",".join(sorted(value))
        case bool():
            return "yes" if value else "no"
        case None:
            return ""
        case _:
            return str(value)


def _without_password(value: str) -> str:
    head, at, tail = value.partition("@")
    scheme, slashes, credentials = head.partition("://")
    user, colon, _ = credentials.partition(":")
    return f"{scheme}://{user}:***@{tail}" if at and slashes and colon else value


def _currency(text: str) -> Currency:
    code = text.upper()
    if code not in babel.numbers.list_currencies():
        raise ValueError("must be a currency of ISO 4217 such as EUR")
    places = babel.numbers.get_currency_precision(code)
    if places > _MOST_PLACES:
        raise ValueError(f"currencies of more than {_MOST_PLACES} decimals are not kept")
    return Currency(code, places)


def _timezone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("must be a time zone such as Europe/Sofia") from error
    return text


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 <= int(text) <= _LAST_PORT:
        raise ValueError(f"must be a port from 0 to {_LAST_PORT}")
    return int(text)


def _minutes(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _MOST_MINUTES:
        raise ValueError(f"must be minutes from 1 to {_MOST_MINUTES}")
    return int(text)


def _country(text: str) -> str | None:
    if text and text not in COUNTRIES:
        raise ValueError("must be a country of ISO 3166 in two capital letters such as BG, or empty")
    return text or None


def _wrong_numbers(text: str) -> str:
    if text not in {"refuse", "warn"}:
        raise ValueError("must be refuse or warn")
    return text


def _megabytes(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _MOST_MEGABYTES:
        raise ValueError(f"must be megabytes from 1 to {_MOST_MEGABYTES}")
    return int(text)


def _days(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _MOST_DAYS:
        raise ValueError(f"must be days from 1 to {_MOST_DAYS}")
    return int(text)


def _days_if_any(text: str) -> int | None:
    return _days(text) if text else None


def _modules(text: str) -> frozenset[str]:
    names = frozenset(text.replace(",", " ").split())
    if names - MODULES:
        raise ValueError(f"must be names out of {', '.join(sorted(MODULES))}")
    return names


def _truth(text: str) -> bool:
    if text.lower() not in {"yes", "no", "true", "false", "1", "0"}:
        raise ValueError("must be yes or no")
    return text.lower() in {"yes", "true", "1"}


def _url(text: str) -> str:
    if text and not text.startswith(("postgresql://", "postgres://")):
        raise ValueError("must begin with postgresql://")
    return text.replace("postgres://", "postgresql://", 1)


def _smtp(text: str) -> str:
    """Read where mail goes: the mail server's address, with a login and a password where it wants them."""
    address = urlsplit(text)
    if text and (address.scheme not in {"smtp", "smtps"} or not address.hostname or address.port == 0):
        raise ValueError("must begin with smtp:// or smtps:// and name a mail server")
    return text


def _sender(text: str) -> str:
    if text and "@" not in parseaddr(text)[1]:
        raise ValueError("must be an address such as Mill Lane <shop@example.com>")
    return text


def _key(text: str) -> str:
    if text and len(text) < LEAST_KEY:
        raise ValueError(f"must be a text of at least {LEAST_KEY} characters that nobody guesses, or empty")
    return text


def _public(text: str) -> str:
    address = urlsplit(text)
    is_plain = text.isascii() and text.isprintable() and not set(text) & set(' <>"?#')
    if text and not (is_plain and address.scheme in {"http", "https"} and address.hostname):
        raise ValueError("must be an address such as https://shop.example.com, or empty")
    return text.rstrip("/")


def _level(text: str) -> str:
    if text.lower() not in {"debug", "info", "warning", "error"}:
        raise ValueError("must be debug, info, warning or error")
    return text.lower()


def _folder(text: str) -> Path:
    return Path(text).expanduser().absolute()


_READERS: dict[str, tuple[str, Callable[[str], object], str]] = {
    "DATABASE_URL": ("", _url, "address of a PostgreSQL; empty: one of our own in the data folder"),
    "REPLICA_URL": ("", _url, "address of a streaming replica, from which reports are read while it is fresh"),
    "DATA": (".data", _folder, "folder of our own PostgreSQL and of the till's files"),
    "CURRENCY": ("EUR", _currency, "the one currency of the installation"),
    "TIMEZONE": ("UTC", _timezone, "time zone of new stores and of the back office"),
    "HOST": ("127.0.0.1", str, "address on which the server listens"),
    "PORT": ("8470", _port, "port on which the server listens"),
    "SECURE_COOKIES": ("no", _truth, "send session cookies over https only"),
    "LOG_LEVEL": ("info", _level, "least level of what is logged"),
    "SIGNAL_MINUTES": ("10", _minutes, "a card in two stores within so many minutes is a signal"),
    "HOLD_MINUTES": ("15", _minutes, "how long money is held for a receipt that does not come"),
    "COUNTRY": ("", _country, "country of phones without a country code, where a party's address names none"),
    "WRONG_NUMBERS": ("refuse", _wrong_numbers, "registration numbers of wrong check digits: refuse, or warn and keep"),
    "MODULES_OFF": ("", _modules, f"parts of the back office to leave out: {', '.join(sorted(MODULES))}"),
    "FILE_MEGABYTES": ("10", _megabytes, "how large a file kept with a party, a task or an event may be"),
    "SMTP_URL": ("", _smtp, "mail server, smtp:// or smtps:// with login and password; empty: no mail is sent"),
    "MAIL_FROM": ("", _sender, "from whom mail of the service comes"),
    "MAIL_KEY": ("", _key, "key that seals secrets of mailboxes and second steps, and signs links in letters"),
    "PUBLIC_URL": ("", _public, "address under which the shop's customers reach this service, for links in letters"),
    "RECORDING_DAYS": ("180", _days, "for how many days recordings of talks are kept"),
    "OWN_PAGE_DAYS": ("", _days_if_any, "for how many days links to customers' own pages are good; empty: for ever"),
}
