from typing import get_args

import pytest

from devices.decoder import Decoder
from devices.hints import MEANINGS, Seen, hints
from devices.model import ErrorReason, Ignored, LineSettings, ReaderProfile
from devices.profiles import ready_profile


def heard(data: bytes, profile: ReaderProfile) -> list[str]:
    seen, decoder = Seen(), Decoder(profile)
    seen.hear(data)
    for event in decoder.feed(data, 0) + decoder.tick(10_000):
        seen.take(event)
    return hints(seen, profile)


def with_parity(text: bytes, odd: int) -> bytes:
    return bytes(byte | (0x80 if byte.bit_count() % 2 != odd else 0) for byte in text)


@pytest.mark.parametrize(
    ("profile", "data", "advice"),
    [
        ("scanner-cr", b"", "no byte came"),
        ("scanner-cr", with_parity(b"2000000000015\r", 0), 'data_bits = 7, parity = "E"'),
        ("scanner-cr", with_parity(b"2000000000015\r", 1), 'data_bits = 7, parity = "O"'),
        ("scanner-cr", bytes.fromhex("9ef8e6981ff8067e9ec0"), "another baud_rate"),
        ("scanner-cr", b"2000000000015\n", "use a profile as scanner-lf"),
        ("scanner-cr", b"2000000000015\t", "use a profile as scanner-tab"),
        ("scanner-cr", b"2000000000015", "suffix CR"),
        ("scanner-cr", b";1234567=0?\n", "use profile msr-cr"),
        ("scanner-honeywell", b"2000000000015\r", "it sends no identifiers"),
        ("scanner-cr", bytes.fromhex("0ef3000003434152442d30303031fcf4"), "it speaks SSI"),
        ("msr-cr", b"2000000000015\r", "is this a scanner"),
        ("msr-cr", b";1234567=0?\r", "is its prefix missing in own_prefixes"),
    ],
)
def test_wrong_set_up_is_named_with_what_to_change(profile: str, data: bytes, advice: str) -> None:
    assert advice in " ".join(heard(data, ready_profile(profile, own_prefixes=["999001"])))


def test_reader_that_reads_needs_no_advice() -> None:
    assert heard(b"2000000000015\r", ready_profile("scanner-cr", own_prefixes=[])) == []


def test_every_reason_has_a_meaning() -> None:
    ignored = get_args(Ignored.__annotations__["reason"])
    assert {f"error {reason}" for reason in get_args(ErrorReason)} <= MEANINGS.keys()
    assert {f"ignored {reason}" for reason in ignored} <= MEANINGS.keys()
    assert LineSettings(data_bits=7, parity="E").data_bits == 7
