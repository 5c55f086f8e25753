import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.decoder import Decoder
from devices.model import Event, Ignored, ReaderProfile, ReadError, Refused, Scan, Swipe
from devices.profiles import READY_PROFILES, ready_profile
from devices.ssi import ACKNOWLEDGED, SEND_AGAIN

OWN = ("999001",)
SSI_PACKET = bytes.fromhex("0ef30000034341 52442d30303031fcf4")
LINE_BYTES = st.sampled_from(b"%;+?=^BE\r\n\x02\x03\x10\x1b\x1d]0123459\x00\xff")
STREAMS = st.lists(st.one_of(st.binary(max_size=40), st.lists(LINE_BYTES, max_size=200).map(bytes)), max_size=12)
PROFILES = [ready_profile(name, own_prefixes=OWN) for name in READY_PROFILES]


@given(st.sampled_from(PROFILES), STREAMS, st.integers(0, 700))
def test_no_bytes_make_a_decoder_raise_or_hold_more_than_its_bound(
    profile: ReaderProfile, stream: list[bytes], gap_ms: int
) -> None:
    decoder = Decoder(profile)
    for place, data in enumerate(stream * 4):
        decoder.feed(data, place * gap_ms)
        held = [value for value in vars(decoder._framer).values() if isinstance(value, bytearray)]
        assert all(len(value) <= profile.max_frame + 1 for value in held)
    decoder.tick(10_000_000)
    assert not decoder.is_waiting


@given(st.sampled_from(PROFILES), STREAMS)
def test_bytes_give_the_same_events_however_they_are_split(profile: ReaderProfile, stream: list[bytes]) -> None:
    assert _decode(profile, stream) == _decode(profile, [b"".join(stream)])
    assert _decode(profile, stream) == _decode(profile, [bytes([byte]) for data in stream for byte in data])


@given(
    st.sampled_from(PROFILES),
    st.sampled_from(["4111111111111111", "5555555555554444", "378282246310005"]),
    st.sampled_from(
        ["{}", ";{}=4912101000?", "%B{}^DOE/JANE^4912101?", "]C0{}", "d{}", "A{}", "F{}", "]C0X;{}=4912101?"]
    ),
)
def test_payment_card_leaves_only_six_and_four_by_any_reader(profile: ReaderProfile, number: str, form: str) -> None:
    data = form.format(number).encode()
    events = _decode(profile, [b"\x02" + data + b"\x03", b"\n\r", data + b"\r\n", data + b"\t"])
    shown = repr([{name: getattr(event, name) for name in event.__struct_fields__} for event in events])
    assert number not in shown
    assert number[:9] not in shown
    assert "DOE" not in shown


def test_same_value_again_is_ignored_until_the_window_is_over() -> None:
    decoder = Decoder(ready_profile("scanner-cr", own_prefixes=OWN))
    scan = Scan("2000000000015", "ean13")
    assert decoder.feed(b"2000000000015\r", 0) == [scan]
    assert decoder.feed(b"2000000000015\r", 299) == [Ignored("duplicate")]
    assert decoder.feed(b"2000000000015\r", 300) == [scan]


def test_refused_card_between_two_reads_ends_the_window() -> None:
    decoder = Decoder(ready_profile("msr-cr", own_prefixes=OWN))
    own = b";9990010000000010?\r"
    events = decoder.feed(own + b";1234567?\r" + own, 0)
    assert events == [Swipe("9990010000000010", (2,)), Refused("not-own-card"), Swipe("9990010000000010", (2,))]


def test_head_of_a_frame_is_dropped_when_the_line_is_silent() -> None:
    decoder = Decoder(ready_profile("scanner-cr", own_prefixes=OWN))
    assert decoder.feed(b"20000", 0) == []
    assert decoder.is_waiting
    assert decoder.tick(499) == []
    assert decoder.tick(500) == [ReadError("truncated")]
    assert not decoder.is_waiting


@pytest.mark.parametrize("name", ["scanner-cr", "scanner-idle", "scanner-stx-etx", "msr-track-cr", "rfid-binary"])
def test_reading_that_a_lost_line_cut_off_is_truncated_and_never_half_read(name: str) -> None:
    decoder = Decoder(ready_profile(name, own_prefixes=OWN))
    decoder.feed(b"\x02\x0a\x02" if name == "rfid-binary" else b"\x0220000", 0)
    assert decoder.cut_off() == [ReadError("truncated")]
    assert decoder.cut_off() == []


def test_ssi_packet_is_acknowledged_once_and_a_broken_one_asked_for_again() -> None:
    decoder = Decoder(ready_profile("scanner-ssi", own_prefixes=OWN))
    assert decoder.feed(SSI_PACKET, 0) == [Scan("CARD-0001", "code128")]
    assert decoder.take_reply() == ACKNOWLEDGED
    assert decoder.take_reply() == b""
    assert decoder.feed(SSI_PACKET[:-1] + b"\x00", 1000) == [ReadError("checksum")]
    assert decoder.take_reply() == SEND_AGAIN


@pytest.mark.parametrize("name", [name for name in READY_PROFILES if name != "scanner-ssi"])
def test_other_readers_want_no_reply(name: str) -> None:
    decoder = Decoder(ready_profile(name, own_prefixes=OWN))
    decoder.feed(b"\x022000000000015\x03\r\n", 0)
    assert decoder.take_reply() == b""


def _decode(profile: ReaderProfile, stream: list[bytes]) -> list[Event]:
    decoder = Decoder(profile)
    events = [event for data in stream for event in decoder.feed(data, 0)]
    return events + decoder.tick(10_000)
