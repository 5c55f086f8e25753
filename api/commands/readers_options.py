"""Which reader a command means: one of till.toml, or a port with its settings on the command line."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Literal

import click
import msgspec
from msgspec import Struct

from api.commands.saying import Failure
from devices.model import LineSettings
from devices.opening import LIBRARIES, Library, LibraryMissingError, opener
from devices.ports import shows_what_passes
from devices.profiles import READY_PROFILES, ready_profile
from pos_adapter.config import ConfigError, ReaderConfig, load_config

_OPTIONS = (
    click.option("--config", type=click.Path(dir_okay=False), help="A till.toml ..."),
    click.option("--reader", metavar="ID", help="... and one of its readers; or instead of both:"),
    click.option("--port", help="A device, VID:PID[:serial], socket:// or rfc2217://."),
    click.option("--profile", type=click.Choice(list(READY_PROFILES)), default="scanner-cr", show_default=True),
    click.option("--own-prefix", "own_prefixes", multiple=True, help="Head of your card numbers; may be repeated."),
    click.option("--baud-rate", type=click.IntRange(1), default=9600, show_default=True),
    click.option("--data-bits", type=click.Choice(["7", "8"]), default="8", show_default=True),
    click.option("--parity", type=click.Choice(["N", "E", "O"]), default="N", show_default=True),
    click.option("--stop-bits", type=click.Choice(["1", "2"]), default="1", show_default=True),
    click.option("--library", type=click.Choice(LIBRARIES), default="pyserial", show_default=True),
)


class _Asked(Struct, frozen=True):
    """The options as they were given."""

    config: str | None
    reader: str | None
    port: str | None
    profile: str
    own_prefixes: tuple[str, ...]
    baud_rate: int
    data_bits: Literal[7, 8]
    parity: Literal["N", "E", "O"]
    stop_bits: Literal[1, 2]
    library: Library


def reader_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that name a reader, and call it with that reader's settings as `config`."""

    @wraps(command)
    def call(**given: object) -> None:
        asked = msgspec.convert({name: given.pop(name) for name in _Asked.__struct_fields__}, _Asked, strict=False)
        command(config=_from_options(asked) if asked.port else _from_file(asked), **given)

    for option in reversed(_OPTIONS):
        call = option(call)
    return call


def _from_options(asked: _Asked) -> ReaderConfig:
    assert asked.port
    if shows_what_passes(asked.port):
        raise Failure(f"{asked.port} would show card numbers")
    try:
        opener(asked.library)
    except LibraryMissingError as error:
        raise Failure(str(error)) from error
    line = LineSettings(asked.baud_rate, asked.data_bits, asked.parity, asked.stop_bits)
    profile = ready_profile(asked.profile, own_prefixes=asked.own_prefixes)
    return ReaderConfig("reader", port=asked.port, profile=profile, line=line, library=asked.library)


def _from_file(asked: _Asked) -> ReaderConfig:
    if asked.config is None:
        raise click.UsageError("name a reader by --port, or by --config and --reader")
    try:
        readers = {reader.id: reader for reader in load_config(Path(asked.config)).readers}
    except ConfigError as error:
        raise Failure(str(error)) from error
    if len(readers) == 1 and asked.reader is None:
        return next(iter(readers.values()))
    if asked.reader not in readers:
        raise click.UsageError(f"--reader: the readers of this file are {', '.join(readers) or 'none'}")
    return readers[asked.reader]
