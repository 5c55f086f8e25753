import os
from pathlib import Path

import pytest

from devices.simulator import SimulatedReader, SimulatorError


def test_port_is_a_terminal_that_gives_what_was_sent_as_it_was() -> None:
    with SimulatedReader() as device, Path(device.port).open("rb", buffering=0) as port:
        assert port.isatty()
        device.scan("2000000000015")
        device.swipe(track1="B1^A", track2="1=0")
        sent = b"2000000000015\r%B1^A?;1=0?\r"
        assert b"".join(port.read(1) or b"" for _ in sent) == sent


def test_port_keeps_its_name_while_the_reader_comes_and_goes() -> None:
    with SimulatedReader() as device:
        name = device.port
        device.unplug()
        assert not Path(name).exists()
        device.plug()
        assert device.port == name
        assert Path(name).exists()
    assert not Path(name).exists()


def test_what_the_host_sends_is_heard() -> None:
    with SimulatedReader() as device:
        assert device.heard(0) == b""
        port = os.open(device.port, os.O_RDWR | os.O_NOCTTY)
        os.write(port, b"\x04\xd0")
        assert device.heard(5) == b"\x04\xd0"
        os.close(port)


def test_unplugged_reader_cannot_send() -> None:
    with SimulatedReader(baud_rate=0) as device:
        device.unplug()
        device.unplug()
        assert device.heard(0) == b""
        with pytest.raises(SimulatorError, match="unplugged"):
            device.send(b"1")
