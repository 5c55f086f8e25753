"""The command `python -m tests.faults.serial_faults`: a thousand faults of serial lines, every reading accounted for.

Key idea (I9): each fault says beforehand which words the reader must count because of it, and after each fault a good
reading follows. In the end the readings heard are exactly the good ones, once each and in order, and the reader's own
counts are exactly the words that were foretold: nothing lost, nothing doubled, nothing passed over in silence.
"""

import logging
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Condition as Gate
from typing import Final

import click
import structlog
from msgspec import Struct

from devices.framing import STX
from devices.lines import open_pyserial, overheard
from devices.model import Event, ReaderProfile, Scan, Swipe, Tag, word_of
from devices.profiles import READY_PROFILES, ready_profile
from devices.sending import send_code, send_stripe, send_tag
from devices.simulator import SimulatedReader
from devices.transport import Condition, Reader
from loyalty.numbering import ean_digit

PATIENCE_SECONDS: Final = 60.0
OWN: Final = "999001"
# The profiles whose frames end by silence alone take half a frame for a whole one; faults of time are not for them.
PROFILES: Final = tuple(name for name, profile in READY_PROFILES.items() if profile.framing not in {"idle", "track-cr"})
NOISE: Final = (b"\x00", b"\x00\xff\x00", b"\x11\x13", b"\r\n", b"\xff" * 40)
FLOOD: Final = 6_000


class Outcome(Struct, frozen=True):
    """What one reader went through: good readings sent and heard, words foretold and counted, faults by name."""

    profile: str
    sent: list[str]
    heard: list[str]
    foretold: Counter[str]
    counted: Counter[str]
    faults: Counter[str]

    @property
    def is_well(self) -> bool:
        """Whether all is accounted for."""
        return self.sent == self.heard and self.foretold == self.counted


class Rig:
    """A reader of one profile on a simulated port, and what is known of both ends."""

    def __init__(self, name: str, device: SimulatedReader, rng: random.Random) -> None:
        self.profile = ready_profile(name, own_prefixes=[OWN])
        self.device = device
        self.rng = rng
        self.sent: list[str] = []
        self.heard: list[str] = []
        self.foretold: Counter[str] = Counter()
        self.conditions: SimpleQueue[Condition] = SimpleQueue()
        self._told: Counter[str] = Counter()
        self._bytes_sent = 0
        self._bytes_heard = 0
        self._gate = Gate()

    @contextmanager
    def listening(self) -> Iterator[Reader]:
        """Hear the port as a till does."""
        reader = Reader(
            "faulty",
            port=self.device.port,
            profile=self.profile,
            on_event=self._take,
            on_condition=lambda _, condition: self.conditions.put(condition),
            open_line=overheard(open_pyserial, self._overhear),
        )
        with reader:
            assert self.conditions.get(timeout=PATIENCE_SECONDS).state == "connected"
            yield reader

    def send(self, data: bytes) -> None:
        """Send bytes and wait until the reader's thread has them."""
        self.device.send(data)
        self._bytes_sent += len(data)
        with self._gate:
            assert self._gate.wait_for(lambda: self._bytes_heard == self._bytes_sent, PATIENCE_SECONDS)
        self.device.heard(0)

    def good_frame(self) -> bytes:
        """Give the next good reading, which nothing has been before."""
        number = f"{OWN}{len(self.sent):06}"
        value, frame = _good(self.profile, number)
        self.sent.append(value)
        self.foretold[_WORDS[self.profile.kind]] += 1
        return frame

    def foretell(self, word: str) -> None:
        """Say what the reader must count."""
        self.foretold[word] += 1

    def wait_for_told(self) -> None:
        """Wait until all that was foretold and is told came."""
        with self._gate:
            assert self._gate.wait_for(lambda: self._told.total() >= self.foretold.total(), PATIENCE_SECONDS), (
                self.profile.framing,
                self.foretold - self._told,
            )

    def replug(self, *, cut_off: bool) -> None:
        """Pull the plug and put it in again; a frame that was cut off is counted and not told."""
        self.device.unplug()
        assert self.conditions.get(timeout=PATIENCE_SECONDS).state == "absent"
        if cut_off:
            self.foretell("error truncated")
            self._told["error truncated"] += 1
        self.device.plug()
        assert self.conditions.get(timeout=PATIENCE_SECONDS).state == "connected"

    def _overhear(self, data: bytes) -> None:
        with self._gate:
            self._bytes_heard += len(data)
            self._gate.notify_all()

    def _take(self, _: str, event: Event) -> None:
        with self._gate:
            self._told[word_of(event)] += 1
            if isinstance(event, Scan | Swipe | Tag):
                self.heard.append(_value(event))
            self._gate.notify_all()


def split(rig: Rig) -> None:
    """Send a good reading in pieces."""
    frame = rig.good_frame()
    while frame:
        size = rig.rng.randint(1, max(1, len(frame) // 2))
        rig.send(frame[:size])
        frame = frame[size:]


def merged(rig: Rig) -> None:
    """Send two good readings as one piece."""
    rig.send(rig.good_frame() + rig.good_frame())


def noise(rig: Rig) -> None:
    """Let the line crackle before a good reading."""
    rig.send(rig.rng.choice(NOISE) + rig.good_frame())


def half(rig: Rig) -> None:
    """Never send the second half of a reading."""
    rig.send(_half(rig))
    rig.foretell("error truncated")
    rig.wait_for_told()


def hangup(rig: Rig) -> None:
    """Pull the plug in the middle of a reading."""
    rig.send(_half(rig))
    rig.replug(cut_off=True)


def replug(rig: Rig) -> None:
    """Pull the plug and put it in between two readings."""
    rig.replug(cut_off=False)


def doubled(rig: Rig) -> None:
    """Send the same reading twice within the window."""
    frame = rig.good_frame()
    rig.send(frame + frame)
    rig.foretell("ignored duplicate")


def flood(rig: Rig) -> None:
    """Send for long without an end."""
    start = bytes([STX]) if rig.profile.framing in {"stx-etx", "uic"} else b""
    rig.send(start + b"A" * FLOOD)
    rig.foretell("error overrun")
    rig.wait_for_told()
    rig.send(bytes.fromhex(rig.profile.terminator) if rig.profile.framing == "terminator" else b"\x03")


def seven_bits(rig: Rig) -> None:
    """Send as a reader does that is set to 7E1, on a line set to 8N1."""
    _, frame = _good(rig.profile, f"{OWN}000000")
    with_parity = bytes(byte | (0x80 if byte.bit_count() % 2 else 0) for byte in frame)
    rig.send(with_parity)
    rig.foretell("error line-settings")
    rig.wait_for_told()


def damaged(rig: Rig) -> None:
    """Damage a byte inside a reading so that no text has it."""
    _, frame = _good(rig.profile, f"{OWN}000000")
    place = len(frame) // 2
    rig.send(frame[:place] + bytes([frame[place] | 0x80]) + frame[place + 1 :])
    rig.foretell("error encoding" if rig.profile.framing not in {"ssi", "binary-len"} else "error checksum")


Fault = Callable[[Rig], None]
ANYWHERE: Final[tuple[Fault, ...]] = (split, merged, noise, half, hangup, replug, doubled, damaged)
OF_TEXT: Final[tuple[Fault, ...]] = (*ANYWHERE, flood, seven_bits)


def go_through(name: str, count: int, seed: int) -> Outcome:
    """Let a reader of one profile go through so many faults, a good reading after each."""
    rng = random.Random(f"{seed} {name}")
    faults = OF_TEXT if READY_PROFILES[name].framing not in {"ssi", "binary-len"} else ANYWHERE
    done: Counter[str] = Counter()
    with SimulatedReader(baud_rate=0) as device:
        rig = Rig(name, device, rng)
        with rig.listening() as reader:
            for _ in range(count):
                fault = rng.choice(faults)
                done[fault.__name__] += 1
                fault(rig)
                rig.send(rig.good_frame())
                rig.wait_for_told()
        return Outcome(name, rig.sent, rig.heard, rig.foretold, reader.counts, done)


def go_through_all(count: int, seed: int) -> list[Outcome]:
    """Share faults out over all profiles, every reader in a thread of its own."""
    shares = [count // len(PROFILES) + (place < count % len(PROFILES)) for place in range(len(PROFILES))]
    with ThreadPoolExecutor(len(PROFILES)) as pool:
        return list(pool.map(go_through, PROFILES, shares, [seed] * len(PROFILES)))


@click.command()
@click.option("--count", type=click.IntRange(1), default=1_000, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
def main(count: int, seed: int) -> None:
    """Do the faults and print what came of them; exit 1 if anything is not accounted for."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))  # plugs come and go here
    outcomes = go_through_all(count, seed)
    for outcome in outcomes:
        verdict = "all accounted for" if outcome.is_well else "NOT ACCOUNTED FOR"
        click.echo(
            f"{outcome.profile:24} {outcome.faults.total():4} faults, {len(outcome.sent):4} good readings: {verdict}"
        )
        if not outcome.is_well:
            click.echo(f"  foretold {dict(outcome.foretold)}\n  counted  {dict(outcome.counted)}")
    faults = sum((outcome.faults for outcome in outcomes), Counter[str]())
    counted = sum((outcome.counted for outcome in outcomes), Counter[str]())
    click.echo(f"{faults.total()} faults: {dict(faults)}\ncounted: {dict(counted)}")
    sys.exit(0 if all(outcome.is_well for outcome in outcomes) else 1)


_WORDS: Final = {"barcode": "scan", "msr": "msr", "rfid": "rfid"}


def _good(profile: ReaderProfile, number: str) -> tuple[str, bytes]:
    """Give a good reading of a number and the value that must come of it."""
    match profile.kind:
        case "barcode":
            code = number + ean_digit(number)
            return code, send_code(code, "ean13", profile)
        case "msr":
            return number, send_stripe([f"B{number}^CARD/LOYALTY^0", f"{number}=0"], profile)
        case "rfid":
            uid = f"{int(number):010X}"
            return uid, send_tag(uid, profile)


def _half(rig: Rig) -> bytes:
    """Give the head of a reading that is none: with more than its first byte, and without its end."""
    _, frame = _good(rig.profile, f"{OWN}000000")
    return frame[: rig.rng.randint(4, len(frame) - 3)]


def _value(event: Scan | Swipe | Tag) -> str:
    match event:
        case Scan():
            return event.data
        case Swipe():
            return event.card_number
        case Tag():
            return event.uid


if __name__ == "__main__":
    main()
