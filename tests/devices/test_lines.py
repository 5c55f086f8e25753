import array
import fcntl
import logging
import os
from collections.abc import Iterator
from queue import Queue
from typing import Final

import pytest
from serial import serial_for_url

from devices.decoder import Decoder
from devices.lines import LINE_ERRORS, OpenLine, open_pyserial, overheard
from devices.model import Event, LineSettings, Scan
from devices.profiles import ready_profile
from devices.serialx_line import open_serialx
from devices.simulator import USB_ADAPTER_SECONDS, SimulatedReader
from devices.transport import Condition, Reader
from tests.devices.serial_server import serial_server

PATIENCE_SECONDS: Final = 20.0
TIOCGEXCL: Final = 0x80045440
SETTINGS: Final = LineSettings()
PROFILE: Final = ready_profile("scanner-cr", own_prefixes=["999001"])
SCAN: Final = Scan("2000000000015", "ean13")
LIBRARIES: Final = pytest.mark.parametrize("open_line", [open_pyserial, open_serialx])

Heard = Queue[Event | Condition]

pytestmark = pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")  # pyserial's way of RFC 2217


@pytest.fixture
def device() -> Iterator[SimulatedReader]:
    with SimulatedReader(baud_rate=0) as device:
        yield device


def listen(port: str, heard: Heard, open_line: OpenLine = open_pyserial) -> Reader:
    return Reader(
        "r",
        port=port,
        profile=PROFILE,
        on_event=lambda _, event: heard.put(event),
        on_condition=lambda _, condition: heard.put(condition),
        open_line=open_line,
    )


@LIBRARIES
def test_line_gives_what_comes_and_sends_what_is_answered(device: SimulatedReader, open_line: OpenLine) -> None:
    line = open_line(device.port, SETTINGS)
    device.send(b"2000000000015\r")
    assert line.read(PATIENCE_SECONDS) == b"2000000000015\r"
    assert line.read(0.01) == b""
    line.write(b"\x04")
    assert device.heard(PATIENCE_SECONDS) == b"\x04"
    line.close()


@LIBRARIES
def test_line_that_is_lost_raises_and_can_still_be_closed(device: SimulatedReader, open_line: OpenLine) -> None:
    line = open_line(device.port, SETTINGS)
    device.unplug()
    with pytest.raises(LINE_ERRORS):
        line.read(PATIENCE_SECONDS)
    line.close()


@LIBRARIES
def test_reader_comes_back_by_either_library(device: SimulatedReader, open_line: OpenLine) -> None:
    heard: Heard = Queue()
    with listen(device.port, heard, open_line):
        assert _state(heard) == "connected"
        device.unplug()
        assert _state(heard) == "absent"
        device.plug()
        assert _state(heard) == "connected"
        device.scan("2000000000015")
        assert heard.get(timeout=PATIENCE_SECONDS) == SCAN


@LIBRARIES
def test_port_held_by_another_is_said_to_be_held(device: SimulatedReader, open_line: OpenLine) -> None:
    heard: Heard = Queue()
    with serial_for_url(device.port, exclusive=True), listen(device.port, heard, open_line):
        condition = heard.get(timeout=PATIENCE_SECONDS)
    assert isinstance(condition, Condition)
    assert condition.trouble is not None
    assert (condition.state, condition.trouble.cause) == ("error", "held")
    assert "another program has this port open" in condition.trouble.words


def test_open_port_keeps_out_programs_that_ask_for_no_lock(device: SimulatedReader) -> None:
    other = os.open(device.port, os.O_RDWR | os.O_NOCTTY)
    line = open_pyserial(device.port, SETTINGS)
    assert _is_exclusive(other)
    line.close()
    assert not _is_exclusive(other)
    os.close(other)


def test_serialx_never_logs_what_passes(device: SimulatedReader, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    line = open_serialx(device.port, SETTINGS)
    device.send(b"4111111111111111\r")
    assert line.read(PATIENCE_SECONDS)
    line.close()
    assert "4111" not in caplog.text


def test_what_passes_can_be_overheard(device: SimulatedReader) -> None:
    heard: list[bytes] = []
    line = overheard(open_pyserial, heard.append)(device.port, SETTINGS)
    device.send(b"2000")
    assert line.read(PATIENCE_SECONDS) == b"2000"
    line.close()
    assert heard == [b"2000"]


@pytest.mark.parametrize("scheme", ["socket", "rfc2217"])
def test_reader_behind_a_serial_server_is_heard_and_comes_back(device: SimulatedReader, scheme: str) -> None:
    heard: Heard = Queue()
    with serial_server(device.port, scheme=scheme) as server, listen(server.url, heard):
        assert _state(heard) == "connected"
        server.wait_for_client()
        device.scan("2000000000015")
        assert heard.get(timeout=PATIENCE_SECONDS) == SCAN
        server.drop()
        assert _state(heard) == "absent"
        assert _state(heard) == "connected"
        server.wait_for_client()
        device.scan("2000000000015")
        assert heard.get(timeout=PATIENCE_SECONDS) == SCAN


def test_line_settings_reach_the_port_behind_a_serial_server(device: SimulatedReader) -> None:
    with serial_server(device.port, scheme="rfc2217") as server:
        line = open_pyserial(server.url, LineSettings(baud_rate=19200))
        assert server.baud_rate == 19200
        line.close()


def test_bytes_gathered_by_an_adapter_give_the_same_event() -> None:
    with SimulatedReader(gather_seconds=USB_ADAPTER_SECONDS) as device:
        line = open_pyserial(device.port, SETTINGS)
        decoder = Decoder(PROFILE)
        device.scan("2000000000015")
        events = decoder.feed(line.read(PATIENCE_SECONDS), 0)
        line.close()
    assert events == [SCAN]


def _state(heard: Heard) -> str:
    condition = heard.get(timeout=PATIENCE_SECONDS)
    assert isinstance(condition, Condition)
    return condition.state


def _is_exclusive(descriptor: int) -> bool:
    answer = array.array("i", [0])
    fcntl.ioctl(descriptor, TIOCGEXCL, answer)
    return bool(answer[0])
