"""The page for shopkeepers tells of every message and every profile there is."""

from pathlib import Path

import pytest

from devices.hints import MEANINGS
from devices.keyboard import LAYOUTS
from devices.opening import LIBRARIES
from devices.profiles import READY_PROFILES

PAGE = (Path(__file__).parent.parent.parent / "docs" / "readers.md").read_text(encoding="utf-8")
WELL = {"scan", "msr", "rfid", "removed"}


@pytest.mark.parametrize("word", [*sorted(MEANINGS.keys() - WELL), *READY_PROFILES, *LAYOUTS])
def test_page_tells_of_every_word(word: str) -> None:
    assert f"`{word}`" in PAGE


def test_page_tells_of_every_library() -> None:
    assert all(f'library = "{library}"' in PAGE for library in LIBRARIES if library != "pyserial")
