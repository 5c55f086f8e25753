"""What must hold for any bytes and any splitting, whoever feeds them: Hypothesis in every run, a fuzzer for hours.

Key idea: one function examines one input from end to end and asserts; it knows nothing of who made the input.
"""

from pathlib import Path
from typing import Final

from msgspec.structs import replace

from devices.decoder import MOST_REPLY_BYTES, Decoder
from devices.framing import LONGEST_PACKET
from devices.model import Event, ReaderProfile, Refused, Scan, Swipe, Tag
from devices.profiles import READY_PROFILES
from devices.retail import is_retail
from devices.vectors import load_vectors
from loyalty.payment_cards import is_gtin, looks_like_payment_card

OWN: Final = ("999001",)
AFTERWARDS_MS: Final = 10_000
GTIN14_LENGTH: Final = 14
MOST_MASKED_DIGITS: Final = 10
SAMPLES: Final = Path(__file__).parent.parent / "golden" / "readers.json"


def profile_of(name: str) -> ReaderProfile:
    """Give a ready profile with a prefix of its own."""
    return replace(READY_PROFILES[name], own_prefixes=OWN)


def samples_of(name: str) -> list[bytes]:
    """Give what the vectors of a profile send, to begin from."""
    vectors = load_vectors(SAMPLES.read_bytes()).vectors
    return [
        b"".join(bytes.fromhex(chunk.hex) * min(chunk.repeat, 64) for chunk in vector.chunks)
        for vector in vectors
        if vector.profile == name
    ]


def examine(profile: ReaderProfile, data: bytes) -> None:
    """Feed bytes whole, one by one and in pieces, and with pauses; assert what must hold of all of it."""
    whole = _decode(profile, [data])
    assert whole == _decode(profile, [data[place : place + 1] for place in range(len(data))])
    size = 1 + (data[0] if data else 0) % 61
    pieces = [data[place : place + size] for place in range(0, len(data), size)]
    assert whole == _decode(profile, pieces)
    paused = _decode(profile, pieces, gap_ms=profile.stale_ms // 2 + size)
    for event in (*whole, *paused):
        _examine_event(event)


def _decode(profile: ReaderProfile, pieces: list[bytes], gap_ms: int = 0) -> list[Event]:
    decoder = Decoder(profile)
    events: list[Event] = []
    for place, piece in enumerate(pieces):
        events += decoder.feed(piece, place * gap_ms)
        assert _held(decoder) <= profile.max_frame + LONGEST_PACKET
        assert len(decoder.take_reply()) <= MOST_REPLY_BYTES
    events += decoder.tick(len(pieces) * gap_ms + AFTERWARDS_MS)
    assert not decoder.is_waiting
    assert decoder.cut_off() == []
    return events


def _held(decoder: Decoder) -> int:
    """Count the bytes that the framer keeps, in whatever fields."""
    return sum(len(value) for value in vars(decoder._framer).values() if isinstance(value, bytearray))


def _examine_event(event: Event) -> None:
    """Assert that no payment card got through, by a rule that shares nothing with the way the decoder goes."""
    match event:
        case Scan() if is_retail(event.symbology) or (event.symbology == "itf" and _is_gtin14(event.data)):
            pass
        case Scan():
            assert event.data.startswith(OWN) or not looks_like_payment_card(event.data)
        case Swipe():
            assert event.card_number.startswith(OWN)
        case Refused():
            assert event.masked is None or sum(map(str.isdigit, event.masked)) <= MOST_MASKED_DIGITS
        case Tag():
            assert len(event.uid) in {8, 10, 14}
        case _:
            pass


def _is_gtin14(data: str) -> bool:
    return len(data) == GTIN14_LENGTH and is_gtin(data)
