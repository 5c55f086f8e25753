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

    [[readers]]
    id = "scanner"
    port = "/dev/serial/by-id/usb-scanner"
    profile = "scanner-cr"                # a ready profile, or a table of its own
    own_prefixes = ["290"]                # absent: those above
    luhn = false                          # whether all own numbers end in the Luhn digit
    line = { baud_rate = 9600, data_bits = 8, parity = "N", stop_bits = 1 }
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
from devices.profiles import ready_profile
from pos_adapter.problems import misfit
from pos_adapter.protocol import Text

DEFAULT_PORT: Final = 8471
MOST_READERS: Final = 16
LOCAL_TOKEN_FILE: Final = "local.token"  # noqa: S105 # the name of a file, not a token

Prefix = Annotated[str, Meta(min_length=1, max_length=40, pattern="^[A-Za-z0-9]+$")]
Origin = Annotated[str, Meta(pattern=r"^https?://[A-Za-z0-9.\[\]:-]+$")]


class ConfigError(Exception):
    """A file that cannot set up a till; the message names the file, the place in it and what to change."""


class ReaderConfig(Struct, frozen=True):
    """One reader: its name at this till, its serial port, how it is set up to send, and how the line is set."""

    id: str
    port: str
    profile: ReaderProfile
    line: LineSettings = LineSettings()


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
    )


def _read_reader(path: Path, file: _File, place: int) -> ReaderConfig:
    table = file.readers[place]
    if table.port.lower().startswith("spy://"):
        raise ConfigError(f"{path}: readers[{place}].port: spy:// would show card numbers")
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
    return ReaderConfig(table.id, port=table.port, profile=profile, line=table.line)


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
