import random
import re
from pathlib import Path

import pytest

from devices.decoder import Decoder
from devices.masking import masked
from devices.model import Event, Refused, Swipe, word_of
from devices.profiles import READY_PROFILES, ready_profile
from devices.sending import send_code, send_stripe, send_tag
from devices.vectors import Vector, load_vectors

FILE = load_vectors((Path(__file__).parent.parent / "golden" / "readers.json").read_bytes())
LEFT_OUT = {
    "noise-latin1", "msr-high-bytes",  # garbled on the line
    "ssi-retransmit", "ssi-bad-checksum", "ssi-noise-before", "ssi-other-packet",  # several packets in one piece, or none
    "rfid-repeats-in-field", "rfid-binary-no-etx", "rfid-binary-noise",  # several tags in one piece, or noise
}  # fmt: skip
STRIPES = [name for name, profile in READY_PROFILES.items() if profile.kind == "msr"]


def test_masked_frames_of_all_readers_are_read_alike_and_hold_nothing_of_the_original(rng: random.Random) -> None:
    assert {vector.id for vector in FILE.vectors if not _is_masked_alike(vector, rng)} == LEFT_OUT


def _is_masked_alike(vector: Vector, rng: random.Random) -> bool:
    profile = FILE.profiles[vector.profile]
    data = b"".join(bytes.fromhex(chunk.hex) * chunk.repeat for chunk in vector.chunks)
    mask = masked(data, profile, rng)
    if mask is None:
        return False
    assert len(mask) == len(data)
    assert [word_of(event) for event in _decode(mask, vector.profile)] == [
        word_of(event) for event in _decode(data, vector.profile)
    ]
    for number in re.findall(r"[0-9]{12,}", data.decode("ascii", errors="ignore")):
        assert number[6:] not in mask.decode("ascii", errors="ignore")
    return True


@pytest.mark.parametrize("name", STRIPES)
def test_stripe_of_a_bank_card_becomes_one_of_nobody(name: str, rng: random.Random) -> None:
    profile = ready_profile(name, own_prefixes=["999001"])
    data = send_stripe(["B4111111111111111^DOE/JANE^3001201123", "4111111111111111=3001201123"], profile)
    mask = masked(data, profile, rng)
    assert mask is not None
    assert b"1111111" not in mask
    assert b"DOE" not in mask
    assert b"3001201" not in mask
    decoder = Decoder(profile)
    (event,) = decoder.feed(mask, 0) + decoder.tick(10_000)
    assert isinstance(event, Refused)
    assert event.reason == "payment-card"


def test_own_card_keeps_the_prefix_that_makes_it_own(rng: random.Random) -> None:
    profile = ready_profile("msr-cr", own_prefixes=["999001"], luhn=True)
    mask = masked(send_stripe([None, "9990010000000010=0"], profile), profile, rng)
    assert mask is not None
    (event,) = Decoder(profile).feed(mask, 0)
    assert isinstance(event, Swipe)
    assert event.card_number.startswith("999001")
    assert event.card_number != "9990010000000010"


@pytest.mark.parametrize("name", ["rfid-binary", "rfid-colon", "rfid-stx-hex-etx", "rfid-ironlogic"])
def test_tag_becomes_another_tag(name: str, rng: random.Random) -> None:
    profile = ready_profile(name, own_prefixes=[])
    data = send_tag("5500FEE424", profile)
    mask = masked(data, profile, rng)
    assert mask is not None
    assert [word_of(event) for event in Decoder(profile).feed(mask, 0)] == ["rfid"]
    assert mask != data


def test_reading_at_a_wrong_speed_is_never_kept_for_its_digits_could_be_computed_back(rng: random.Random) -> None:
    profile = ready_profile("scanner-cr", own_prefixes=[])
    assert masked(bytes.fromhex("9ef8e6981ff8067e9ec00d"), profile, rng) is None


def test_same_number_twice_in_a_frame_is_masked_alike(rng: random.Random) -> None:
    profile = ready_profile("msr-cr", own_prefixes=["999001"])
    mask = masked(b"%B9990010000000010^A^0?;9990010000000010=0?\r", profile, rng)
    assert mask is not None
    assert len(set(re.findall(rb"999001[0-9]{10}", mask))) == 1


def test_seven_bit_text_keeps_its_parity(rng: random.Random) -> None:
    profile = ready_profile("scanner-cr", own_prefixes=[])
    text = send_code("2000000000015", "ean13", profile)
    mask = masked(bytes(byte | (0x80 if byte.bit_count() % 2 else 0) for byte in text), profile, rng)
    assert mask is not None
    assert {byte.bit_count() % 2 for byte in mask} == {0}
    assert b"200000000001" not in bytes(byte & 0x7F for byte in mask)


def _decode(data: bytes, name: str) -> list[Event]:
    decoder = Decoder(FILE.profiles[name])
    return decoder.feed(data, 0) + decoder.tick(10_000)
