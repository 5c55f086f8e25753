import random

from devices.profiles import ready_profile
from devices.recording import Recorder
from devices.vectors import check_vectors, load_vectors

STRIPE = b";9990010000000010=0?\r"
BANK = b"%B4111111111111111^DOE/JANE^3001201?;4111111111111111=3001201?\r"


def record(*chunks: tuple[int, bytes], rng: random.Random) -> Recorder:
    recorder = Recorder("msr-cr", ready_profile("msr-cr", own_prefixes=["999001"]), rng)
    for at_ms, data in chunks:
        recorder.hear(data, at_ms)
    return recorder


def test_recording_is_a_vectors_file_that_holds_today_and_shows_no_card(rng: random.Random) -> None:
    recorder = record((0, STRIPE[:7]), (10, STRIPE[7:]), (900, BANK), rng=rng)
    file = load_vectors(recorder.content())
    assert list(check_vectors(file)) == []
    assert [[(chunk.at_ms, len(chunk.hex) // 2) for chunk in vector.chunks] for vector in file.vectors] == [
        [(0, 7), (10, len(STRIPE) - 7)],
        [(0, len(BANK))],
    ]
    for shown in (b"1111111", b"DOE", b"0000000010", b"1111111".hex().encode(), b"DOE".hex().encode()):
        assert shown not in recorder.content()


def test_reading_that_breaks_is_recorded_as_broken(rng: random.Random) -> None:
    recorder = record((0, STRIPE[:9]), (600, b""), (1_000, STRIPE), rng=rng)
    assert [
        [type(event).__name__ for event in vector.expect] for vector in load_vectors(recorder.content()).vectors
    ] == [
        ["ReadError"],
        ["Swipe"],
    ]


def test_what_gives_no_event_is_not_recorded(rng: random.Random) -> None:
    assert record((0, b"\r\n"), (700, b""), rng=rng).count == 0


def test_what_cannot_be_masked_is_counted_and_left_out(rng: random.Random) -> None:
    recorder = Recorder("rfid-binary", ready_profile("rfid-binary", own_prefixes=[]), rng)
    recorder.hear(bytes.fromhex("020a0206008e6d5db004020a0206008e6d5db003"), 0)
    assert (recorder.count, recorder.left_out) == (0, 1)
