from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.keyboard import LAYOUTS, PRESSED, RELEASED, Layout, Typing

SHIFT = 42
ENTER = 28
KEYS = {
    "us": {"%": (6, True), ";": (39, False), "?": (53, True), "=": (13, False), "^": (7, True), "]": (27, False)},
    "de": {"%": (6, True), "=": (11, True), "Z": (21, True), "Y": (44, True)},
    "fr": {"1": (2, True), "a": (16, False), "=": (13, False)},
    "cz": {"1": (2, True), "%": (12, True), "z": (21, False)},
}  # fmt: skip


def strokes(key: int, *, shifted: bool) -> Iterator[tuple[int, int]]:
    if shifted:
        yield SHIFT, PRESSED
    yield key, PRESSED
    yield key, RELEASED
    if shifted:
        yield SHIFT, RELEASED


@pytest.mark.parametrize(("layout", "sign"), [(layout, sign) for layout, signs in KEYS.items() for sign in signs])
def test_key_types_what_its_layout_says(layout: Layout, sign: str) -> None:
    key, shifted = KEYS[layout][sign]
    typing = Typing(layout)
    assert "".join(typing.press(*stroke) for stroke in strokes(key, shifted=shifted)) == sign


def test_swipe_typed_by_an_american_reader_is_the_stripe() -> None:
    typing = Typing("us")
    numbers = {"9": 10, "0": 11, "1": 2}
    typed = "".join(typing.press(*stroke) for stroke in strokes(39, shifted=False))
    for digit in "9990010000000010":
        typed += "".join(typing.press(*stroke) for stroke in strokes(numbers[digit], shifted=False))
    typed += "".join(typing.press(*stroke) for stroke in strokes(53, shifted=True))
    typed += typing.press(ENTER, PRESSED)
    assert typed == ";9990010000000010?\r"


def test_czech_layout_on_an_american_reader_shows_why_the_layout_is_named() -> None:
    american, czech = Typing("us"), Typing("cz")
    assert (american.press(3, PRESSED), czech.press(3, PRESSED)) == ("2", "ě")


def test_held_key_and_unknown_key_type_nothing_more() -> None:
    typing = Typing("us")
    assert (typing.press(2, PRESSED), typing.press(2, 2), typing.press(2, RELEASED)) == ("1", "", "")
    assert typing.press(240, PRESSED) == ""


def test_both_shift_keys_must_be_released() -> None:
    typing = Typing("us")
    typing.press(42, PRESSED)
    typing.press(54, PRESSED)
    typing.press(42, RELEASED)
    assert typing.press(2, PRESSED) == "!"
    typing.press(54, RELEASED)
    assert typing.press(2, PRESSED) == "1"


def test_number_pad_types_digits_in_every_layout() -> None:
    pad = (82, 79, 80, 81, 75, 76, 77, 71, 72, 73)
    assert {"".join(Typing(layout).press(key, PRESSED) for key in pad) for layout in LAYOUTS} == {"0123456789"}


@pytest.mark.skipif(not Path("/dev/uinput").exists(), reason="this machine makes no keyboards")
def test_grabbed_keyboard_is_a_line() -> None:
    evdev = pytest.importorskip("evdev")
    from devices.keyboard_line import open_keyboard  # noqa: PLC0415 # only where its library is
    from devices.model import LineSettings  # noqa: PLC0415 # as above

    with evdev.UInput() as keyboard:
        line = open_keyboard(keyboard.device.path, LineSettings())
        keyboard.write(evdev.ecodes.EV_KEY, 2, PRESSED)
        keyboard.write(evdev.ecodes.EV_KEY, 2, RELEASED)
        keyboard.syn()
        typed = b""
        while not typed:
            typed = line.read(5)
        line.close()
    assert typed == b"1"
