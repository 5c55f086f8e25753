import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from devices.decoder import Decoder
from devices.model import Event, ReaderProfile, Scan, Swipe, Tag
from devices.profiles import READY_PROFILES, ready_profile
from devices.sending import send_code, send_stripe, send_tag
from loyalty.numbering import ean_digit

OWN = "999001"
CODES = [name for name, profile in READY_PROFILES.items() if profile.kind == "barcode"]
STRIPES = [name for name, profile in READY_PROFILES.items() if profile.kind == "msr"]
TAGS = [name for name, profile in READY_PROFILES.items() if profile.kind == "rfid"]


@given(st.sampled_from(CODES), st.from_regex("20[0-9]{10}", fullmatch=True))
def test_sent_code_is_the_code_that_is_decoded(name: str, digits: str) -> None:
    number = digits + ean_digit(digits)
    (event,) = _decode(send_code(number, "ean13", profile(name)), profile(name))
    assert isinstance(event, Scan)
    assert (event.data, event.symbology) == (number, "ean13")


@given(st.sampled_from(STRIPES), st.from_regex("999001[0-9]{6,12}", fullmatch=True))
def test_sent_stripe_is_the_card_that_is_decoded(name: str, number: str) -> None:
    sent = send_stripe([f"B{number}^CARD/LOYALTY^0", f"{number}=0", "0123"], profile(name))
    assert _decode(sent, profile(name)) == [Swipe(number, (1, 2, 3))]


@given(st.sampled_from(TAGS), st.from_regex("[0-9A-F]{10}", fullmatch=True))
def test_sent_tag_is_the_tag_that_is_decoded(name: str, uid: str) -> None:
    assert _decode(send_tag(uid, profile(name)), profile(name)) == [Tag(uid, "em4100")]


@pytest.mark.parametrize("name", STRIPES)
def test_track_that_is_none_is_not_sent(name: str) -> None:
    sent = send_stripe([None, "9990010000000010=0"], profile(name))
    assert _decode(sent, profile(name)) == [Swipe("9990010000000010", (2,))]


def profile(name: str) -> ReaderProfile:
    # Random bytes of a binary frame may be anything, so that no wish of a test decides what is a repeat.
    return replace(ready_profile(name, own_prefixes=[OWN]), duplicate_ms=0)


def _decode(data: bytes, profile: ReaderProfile) -> list[Event]:
    decoder = Decoder(profile)
    return decoder.feed(data, 0) + decoder.tick(10_000)
