"""The commands for readers: what is plugged in, what a reader sends, and whether the decoders read it right.

The key idea: nothing here shows a number whole. `test` and `record` hear a port through the thread that the till itself
uses, so that what works here works at the till; a port is heard by one program at a time.
"""

import random
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic, monotonic_ns
from typing import Final

import click
import msgspec

from api.commands.readers_options import reader_options
from api.commands.saying import Failure, say
from api.logs import configure_logging
from devices.hints import MEANINGS, Seen, hints
from devices.lines import overheard
from devices.model import Event, Refused, Scan, Swipe, Tag, word_of
from devices.opening import opener
from devices.ports import holders, list_ports, stable_names
from devices.recording import MOST_READINGS, Recorder
from devices.transport import Condition, Reader
from devices.vectors import Difference, VectorsFile, check_vector, count_feedings, load_vectors
from loyalty.numbering import mask
from pos_adapter.config import ReaderConfig

HINT_SECONDS: Final = 5.0
TICK_SECONDS: Final = 0.1

_FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
_SECONDS = click.option("--seconds", type=click.FloatRange(0), help="End after so long; else with Ctrl-C.")


@click.group("readers")
def readers() -> None:
    """Look at the card readers of this machine, and check what is decoded."""


@readers.command("list")
def list_command() -> None:
    """Show the serial ports with the names that settings should use."""
    ports = list_ports()
    for port in ports:
        best, *others = stable_names(port, ports)
        click.echo(best)
        click.echo(f"  {port.description}" + (f"; also {', '.join(others)}" if others else ""))
        if held := holders(port.device):
            click.echo(f"  open in {', '.join(held)}")
    if not ports:
        say("no serial port is here; a reader that types like a keyboard is none, set it to USB-COM or RS-232")


@readers.command("test")
@reader_options
@_SECONDS
def test_command(config: ReaderConfig, seconds: float | None) -> None:
    """Show what a reader reads, numbers masked, and what to change when nothing can be read."""
    seen, is_connected = Seen(), False
    hinted_at = monotonic() + HINT_SECONDS
    with _listening(config, seen.hear) as heard:
        for said in _until(heard, seconds):
            if isinstance(said, Condition):
                is_connected = said.state == "connected"
                _show_condition(config, said)
            elif said is not None:
                seen.take(said)
                click.echo(f"{word_of(said):22} {_shown(said):28} {MEANINGS[word_of(said)]}")
            if is_connected and monotonic() >= hinted_at:
                hinted_at = _hint(seen, config)
    if is_connected:
        _hint(seen, config)


@readers.command("record")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@reader_options
@_SECONDS
@click.option("--count", type=click.IntRange(1, MOST_READINGS), help="End after so many readings.")
def record_command(file: Path, config: ReaderConfig, seconds: float | None, count: int | None) -> None:
    """Keep what a reader sends in a new FILE, every number and name replaced by an invented one."""
    if file.exists():
        raise Failure(f"{file} is there already; name a new one")
    recorder = Recorder("recorded", config.profile, random.SystemRandom())
    kept = 0
    with _listening(config, lambda data: recorder.hear(data, monotonic_ns() // 1_000_000)) as heard:
        for said in _until(heard, seconds):
            if isinstance(said, Condition):
                _show_condition(config, said)
            if recorder.count > kept:
                kept = recorder.count
                say(f"{kept} kept")
            if count and kept >= count:
                break
    file.write_bytes(recorder.content())
    left_out = f", {recorder.left_out} left out that could not be masked" if recorder.left_out else ""
    click.echo(f"{recorder.count} readings in {file}{left_out}")


@readers.command("replay")
@_FILE
def replay_command(file: Path) -> None:
    """Play a recording on a simulated port at the pace of a real line; exit 1 if other events come of it."""
    from devices.replaying import replay  # noqa: PLC0415 - its pseudo-terminals are not for Windows

    vectors = _load(file)
    configure_logging("error")
    _conclude([found for found in replay(vectors) if found], f"{len(vectors.vectors)} vectors played")


@readers.command("check")
@_FILE
def check_command(file: Path) -> None:
    """Run a file of byte vectors through the decoders; print what differs, and exit 1 if anything does."""
    vectors = _load(file)
    profiles = vectors.profiles
    found = [difference for vector in vectors.vectors for difference in check_vector(vector, profiles[vector.profile])]
    feedings = sum(map(count_feedings, vectors.vectors))
    _conclude(found, f"{len(vectors.vectors)} vectors fed in {feedings} ways")


@contextmanager
def _listening(config: ReaderConfig, hear: Callable[[bytes], None]) -> Iterator[SimpleQueue[Event | Condition]]:
    """Hear a reader as the till does; what passes goes to `hear`, what it means to the queue."""
    configure_logging("error")
    heard: SimpleQueue[Event | Condition] = SimpleQueue()
    with Reader(
        config.id,
        port=config.port,
        profile=config.profile,
        on_event=lambda _, event: heard.put(event),
        on_condition=lambda _, condition: heard.put(condition),
        line=config.line,
        open_line=overheard(opener(config.library), hear),
    ):
        yield heard


def _until(heard: SimpleQueue[Event | Condition], seconds: float | None) -> Iterator[Event | Condition | None]:
    """Give what is heard, and None now and then, until the time is over or Ctrl-C."""
    ends_at = None if seconds is None else monotonic() + seconds
    try:
        while ends_at is None or monotonic() < ends_at:
            try:
                yield heard.get(timeout=TICK_SECONDS)
            except Empty:
                yield None
    except KeyboardInterrupt:
        return


def _show_condition(config: ReaderConfig, condition: Condition) -> None:
    say(f"{config.port}: {condition.state}" + (f"; {condition.trouble.words}" if condition.trouble else ""))
    held = holders(config.port) if condition.trouble and condition.trouble.cause == "held" else []
    if held:
        say(f"it is open in {', '.join(held)}")


def _shown(event: Event) -> str:
    """Show an event's number masked."""
    match event:
        case Scan():
            return f"{event.symbology} {mask(event.data)}"
        case Swipe():
            return f"tracks {' '.join(map(str, event.tracks))} {mask(event.card_number)}"
        case Tag():
            return f"{event.tech} {mask(event.uid)}"
        case Refused():
            return event.masked or ""
        case _:
            return ", ".join(f"track {track} {error}" for track, error in getattr(event, "track_errors", {}).items())


def _hint(seen: Seen, config: ReaderConfig) -> float:
    """Say what may be wrong where nothing was read yet, and give when to say it again."""
    for advice in hints(seen, config.profile):
        say(f"hint: {advice}")
    return monotonic() + HINT_SECONDS


def _load(file: Path) -> VectorsFile:
    try:
        return load_vectors(file.read_bytes())
    except OSError as error:
        raise Failure(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:  # msgspec's are among them
        raise Failure(f"{file} is no vectors file: {error}") from error


def _conclude(differences: Sequence[Difference], done: str) -> None:
    for difference in differences:
        click.echo(f"{difference.vector_id} ({difference.feeding}):")
        click.echo(f"  expected {msgspec.json.encode(difference.expected).decode()}")
        click.echo(f"  given    {msgspec.json.encode(difference.given).decode()}")
    vectors = len({difference.vector_id for difference in differences})
    click.echo(f"{done}, {vectors} vectors differ" if differences else f"{done}, all as expected")
    if differences:
        sys.exit(1)


COMMANDS: Sequence[click.Command] = (readers,)
