import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.profiles import READY_PROFILES
from tests.fuzz.properties import examine, profile_of, samples_of

SPEAKING = st.sampled_from(b"%;+?=^BE\r\n\t\x02\x03\x10\x11\x1b\x1d\xef\xbb\xbf]{}FAd0123459\x00\xff\x8d\xb2\xf3\x0a")
INPUTS = st.one_of(st.binary(max_size=300), st.lists(SPEAKING, max_size=300).map(bytes))


@given(st.sampled_from(list(READY_PROFILES)), INPUTS)
def test_any_bytes_keep_every_promise_of_a_decoder(name: str, data: bytes) -> None:
    """I9: whatever a line sends, a decoder raises nothing, holds little and lets no payment card through."""
    examine(profile_of(name), data)


@pytest.mark.parametrize("name", READY_PROFILES)
def test_known_readings_changed_a_little_keep_every_promise(name: str) -> None:
    for sample in samples_of(name):
        for place in range(min(len(sample), 60)):
            examine(profile_of(name), sample[:place] + bytes([sample[place] ^ 0x80]) + sample[place + 1 :])
            examine(profile_of(name), sample[place:] + sample[:place])


def test_broken_promise_is_found() -> None:
    with pytest.raises(AssertionError):
        examine(profile_of("scanner-cr"), _Liar(b"2000000000015\r"))


class _Liar(bytes):
    """Bytes that are others when they are looked at one by one."""

    def __getitem__(self, place: object) -> bytes:  # type: ignore[override] # it lies
        return b"9"
