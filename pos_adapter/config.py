"""What a till is set up with: the file `till.toml`, read once into frozen values.

The key idea: everything that can be wrong in the file is found here and named with its place, so that no till starts
half set up. Relative paths count from the folder of the file. It opens no port, no reader and no token file.

    server = "https://loyalty.example"    # where receipts go
    store = "0007"
    till = "3"
    token_file = "server.token"           # what the server knows this till by
    local_token_file = "local.token"      # what programs on this machine must show; made at the first start
    port = 8471                           # of 127.0.0.1; 0 takes a free one
    own_prefixes = ["290"]                # the heads of the card numbers of all series
    origins = []                          # pages that may call from a browser, as "https://till.example"
    language = "en"                       # of texts for cashier and slip: en, ru, uk or bg
    journal_file = "journal.db"           # receipts on their way to the server
    snapshot_file = "snapshot.db"         # cards and prices, for when the server cannot be reached
    snapshot_hours = 24                   # an older snapshot is not used

    [offline_credit]                      # money of cards that is held without the server; without the table, none
    per_receipt = "20.00"
    per_card = "20.00"
    per_till = "200.00"

    [[readers]]
    id = "scanner"
    port = "/dev/serial/by-id/usb-scanner"
    profile = "scanner-cr"                # a ready profile, or a table of its own
    own_prefixes = ["290"]                # absent: those above
    luhn = false                          # whether all own numbers end in the Luhn digit
    line = { baud_rate = 9600, data_bits = 8, parity = "N", stop_bits = 1 }
    library = "pyserial"                  # or "serialx", or "evdev" for one that types like a keyboard
"""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from devices.model import LineSettings, ReaderProfile
from devices.opening import Library, LibraryMissingError, opener
from devices.ports import shows_what_passes
from devices.profiles import ready_profile
from loyalty.money import PRICE, PRICE_PLACES
from pos_adapter.problems import misfit
from pos_adapter.protocol import Decimal, Text
from pos_adapter.words import Language

DEFAULT_PORT: Final = 8471
MOST_READERS: Final = 16
JOURNAL_FILE: Final = "journal.db"
SNAPSHOT_FILE: Final = "snapshot.db"
SNAPSHOT_HOURS: Final = 24
MOST_SNAPSHOT_HOURS: Final = 7 * 24
LOCAL_TOKEN_FILE: Final = "local.token"  # noqa: S105 # the name of a file, not a token

Prefix = Annotated[str, Meta(min_length=1, max_length=40, pattern="^[A-Za-z0-9]+$")]
Origin = Annotated[str, Meta(pattern=r"^https?://[A-Za-z0-9.\[\]:-]+$")]


class ConfigError(Exception):
    """A file that cannot set up a till; the message names the file, the place in it and what to change."""


class ReaderConfig(Struct, frozen=True):
    """One reader: its name at this till, its port, how it is set up to send, how the line is set and who opens it."""

    id: str
    port: str
    profile: ReaderProfile
    line: LineSettings = LineSettings()
    library: Library = "pyserial"


class OfflineCredit(Struct, frozen=True, forbid_unknown_fields=True):
    """How much money of cards may be granted without the server, and not yet be settled: decimals of the currency."""

    per_receipt: Decimal = "0"
    per_card: Decimal = "0"
    per_till: Decimal = "0"

    def __post_init__(self) -> None:
        """Refuse what is no amount."""
        for amount in (self.per_receipt, self.per_card, self.per_till):
            if PRICE.parse(amount) < 0:
                raise ValueError("an allowance must not be negative")

    @property
    def is_on(self) -> bool:
        """Whether anything may be granted."""
        return all(PRICE.parse(amount) > 0 for amount in (self.per_receipt, self.per_card, self.per_till))

    def minor(self, amount: str, places: int) -> int:
        """Give an amount in minor units of a currency with so many places; what is less than one is cut off."""
        return int(PRICE.parse(amount) // 10 ** (PRICE_PLACES - places))


class TillConfig(Struct, frozen=True):
    """One till: its server, who it is there, where it listens, its readers and the card prefixes of all of them."""

    server: str
    store: str
    till: str
    token_file: Path
    local_token_file: Path
    port: int
    own_prefixes: tuple[str, ...]
    origins: tuple[str, ...]
    readers: tuple[ReaderConfig, ...]
    language: Language
    journal_file: Path
    snapshot_file: Path
    snapshot_hours: int
    offline_credit: OfflineCredit


def load_config(path: Path) -> TillConfig:
    """Read a `till.toml`. Raises ConfigError."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        file = msgspec.convert(table, _File)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    except msgspec.ValidationError as error:
        found = misfit(error)
        raise ConfigError(f"{path}: {found.field or 'file'}: {error.__cause__ or found.reason}") from error
    return _read(path, file)


class _ReaderTable(Struct, frozen=True, forbid_unknown_fields=True):
    """A table `[[readers]]` as it is written."""

    id: Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]{0,39}$")]
    port: Text
    profile: str | ReaderProfile
    own_prefixes: tuple[Prefix, ...] | None = None
    luhn: bool = False
    line: LineSettings = LineSettings()
    library: Library = "pyserial"


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    """The file as it is written."""

    server: str
    store: Text
    till: Text
    token_file: Text
    local_token_file: Text = LOCAL_TOKEN_FILE
    port: Annotated[int, Meta(ge=0, le=65_535)] = DEFAULT_PORT
    own_prefixes: tuple[Prefix, ...] = ()
    origins: tuple[Origin, ...] = ()
    readers: Annotated[tuple[_ReaderTable, ...], Meta(max_length=MOST_READERS)] = ()
    language: Language = "en"
    journal_file: Text = JOURNAL_FILE
    snapshot_file: Text = SNAPSHOT_FILE
    snapshot_hours: Annotated[int, Meta(ge=1, le=MOST_SNAPSHOT_HOURS)] = SNAPSHOT_HOURS
    offline_credit: OfflineCredit = OfflineCredit()


def _read(path: Path, file: _File) -> TillConfig:
    if not _is_address(file.server):
        raise ConfigError(f"{path}: server: must be an address as https://loyalty.example")
    for place, values in (("id", [r.id for r in file.readers]), ("port", [r.port for r in file.readers])):
        if twice := _find_double(values):
            raise ConfigError(f"{path}: readers[{twice}].{place}: stands twice")
    readers = tuple(_read_reader(path, file, place) for place in range(len(file.readers)))
    own_prefixes = {*file.own_prefixes, *(prefix for reader in readers for prefix in reader.profile.own_prefixes)}
    return TillConfig(
        server=file.server.rstrip("/"),
        store=file.store,
        till=file.till,
        token_file=path.parent / file.token_file,
        local_token_file=path.parent / file.local_token_file,
        port=file.port,
        own_prefixes=tuple(sorted(own_prefixes)),
        origins=file.origins,
        readers=readers,
        language=file.language,
        journal_file=path.parent / file.journal_file,
        snapshot_file=path.parent / file.snapshot_file,
        snapshot_hours=file.snapshot_hours,
        offline_credit=file.offline_credit,
    )


def _read_reader(path: Path, file: _File, place: int) -> ReaderConfig:
    table = file.readers[place]
    if shows_what_passes(table.port):
        raise ConfigError(f"{path}: readers[{place}].port: {table.port.partition(':')[0]}:// would show card numbers")
    own_prefixes = file.own_prefixes if table.own_prefixes is None else table.own_prefixes
    if isinstance(table.profile, ReaderProfile):
        profile = replace(table.profile, own_prefixes=table.profile.own_prefixes or own_prefixes)
    else:
        try:
            profile = ready_profile(table.profile, own_prefixes=own_prefixes, luhn=table.luhn)
        except LookupError as error:
            raise ConfigError(f"{path}: readers[{place}].profile: {error}") from error
    if profile.kind == "msr" and not profile.own_prefixes:
        raise ConfigError(f"{path}: readers[{place}].own_prefixes: a magnetic reader needs at least one")
    try:
        opener(table.library)
    except LibraryMissingError as error:
        raise ConfigError(f"{path}: readers[{place}].library: {error}") from error
    return ReaderConfig(table.id, port=table.port, profile=profile, line=table.line, library=table.library)


def _is_address(server: str) -> bool:
    try:
        parts = urlsplit(server)
        has_place = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    has_more = parts.username or parts.password or parts.query or parts.fragment
    return parts.scheme in {"http", "https"} and has_place and not has_more


def _find_double(values: Iterable[str]) -> int | None:
    """Give the place of the first value that stood before; 0 is never it."""
    seen: set[str] = set()
    for place, value in enumerate(values):
        if value in seen:
            return place
        seen.add(value)
    return None
