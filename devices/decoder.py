"""One reader's bytes in, events out: a pure function of bytes and clock, kept between calls.

The key idea: `feed` and `tick` are all there is, and time is told to them, so that every byte of every reader can be
replayed. The same bytes split anywhere give the same events. It does no input or output and raises nothing for what a
line may send; a value that comes again within the profile's window is ignored. Whatever comes, it holds no more than
one frame of `max_frame` and `framing.LONGEST_PACKET` bytes beside it.
"""

from devices.barcode import read_label
from devices.framing import EnvelopeFramer, Frame, Framer, IdleFramer, Reply, TerminatorFramer, has_parity_bits
from devices.magnetic import read_swipe
from devices.model import Event, Ignored, ReaderProfile, ReadError, Refused, Removed, Scan, Swipe, Tag
from devices.rfid import BinaryFramer, read_binary_tag, read_tag
from devices.ssi import SsiFramer, read_packet

MOST_REPLY_BYTES = 64  # of replies that nobody took; one is six bytes


class Decoder:
    """The decoding of one reader, for one thread. `profile` is what it was made with."""

    def __init__(self, profile: ReaderProfile) -> None:
        self.profile = profile
        self._framer = _framer(profile)
        self.quiet_ms = profile.idle_ms if profile.framing in {"idle", "track-cr"} else profile.stale_ms
        self._last_byte_ms = 0
        self._last_value = ""
        self._last_value_ms = 0
        self._reply = bytearray()

    def feed(self, data: bytes, now_ms: int) -> list[Event]:
        """Take bytes that arrived at `now_ms` (of any clock that never goes back) and give the events they complete."""
        events = self.tick(now_ms)
        self._last_byte_ms = now_ms if data else self._last_byte_ms
        return events + self._decode(self._framer.push(data), now_ms)

    def tick(self, now_ms: int) -> list[Event]:
        """Let time pass: give what a line that was silent for `quiet_ms` completes or breaks."""
        if not self.is_waiting or now_ms - self._last_byte_ms < self.quiet_ms:
            return []
        return self._decode(self._framer.silence(), now_ms)

    def cut_off(self) -> list[Event]:
        """Let the line be lost: give what that breaks. What silence would have completed is `truncated` too."""
        broken = (frame for frame in self._framer.silence() if not isinstance(frame, Reply))
        return [ReadError("truncated") if isinstance(frame, bytes) else frame for frame in broken]

    @property
    def is_waiting(self) -> bool:
        """Whether silence would mean something now; if not, `tick` does nothing until the next byte."""
        return self._framer.is_waiting

    def take_reply(self) -> bytes:
        """Give, once, what the reader wants to be answered (SSI acknowledgements); empty for all others."""
        reply = bytes(self._reply)
        self._reply.clear()
        return reply

    def _decode(self, frames: list[Frame], now_ms: int) -> list[Event]:
        events: list[Event] = []
        for frame in frames:
            if isinstance(frame, Reply):
                self._reply += frame.data
                del self._reply[:-MOST_REPLY_BYTES]
            elif isinstance(frame, bytes):
                events.append(self._once(_read(frame, self.profile), now_ms))
            else:
                events.append(frame)
        return events

    def _once(self, event: Event, now_ms: int) -> Event:
        """Ignore the value of the last event if it comes again within the window; another value ends the window."""
        value = _value(event)
        if value is None:
            return event
        is_again = value == self._last_value and now_ms - self._last_value_ms < self.profile.duplicate_ms
        if not is_again or self.profile.sliding:
            self._last_value, self._last_value_ms = value, now_ms
        return Ignored("duplicate") if is_again and value else event


def _framer(profile: ReaderProfile) -> Framer:
    match profile.framing:
        case "terminator":
            return TerminatorFramer(bytes.fromhex(profile.terminator), profile.max_frame)
        case "stx-etx" | "uic":
            return EnvelopeFramer(profile.max_frame, has_tracks=profile.framing == "uic")
        case "idle" | "track-cr":
            return IdleFramer(profile.max_frame, has_tracks=profile.framing == "track-cr")
        case "ssi":
            return SsiFramer(profile.max_frame)
        case "binary-len":
            return BinaryFramer()


def _read(frame: bytes, profile: ReaderProfile) -> Event:
    if profile.framing == "binary-len":
        return read_binary_tag(frame)
    if profile.framing == "ssi":
        return read_packet(frame, profile)
    if not frame.isascii():
        return ReadError("line-settings" if has_parity_bits(frame) else "encoding")
    text = frame.decode("ascii")
    match profile.kind:
        case "barcode":
            return read_label(text, profile)
        case "msr":
            return read_swipe(text, profile)
        case "rfid":
            return read_tag(text, profile)


def _value(event: Event) -> str | None:
    """Give what makes an event the same as another; "" for what only ends a window, None for what leaves it be."""
    match event:
        case Scan():
            return event.data
        case Swipe():
            return event.card_number
        case Tag():
            return event.uid
        case Removed() | Refused():
            return ""
        case ReadError() | Ignored():
            return None
