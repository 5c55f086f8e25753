import sys

import pytest

from devices.lines import open_pyserial
from devices.opening import LibraryMissingError, opener
from devices.serialx_line import open_serialx


def test_library_is_loaded_when_it_is_asked_for() -> None:
    assert opener("pyserial") is open_pyserial
    assert opener("serialx") is open_serialx


def test_library_that_is_not_installed_is_named_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "evdev", None)
    monkeypatch.delitem(sys.modules, "devices.keyboard_line", raising=False)
    with pytest.raises(LibraryMissingError, match=r"evdev is not installed; install tallycard\[evdev\]"):
        opener("evdev")
