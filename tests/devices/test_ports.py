import os
import pty
from pathlib import Path

import pytest
from serial.tools import list_ports_common

from devices import ports
from devices.ports import Port, holders, list_ports, resolve, shows_what_passes, stable_names
from devices.troubles import PortAmbiguousError

SCANNER = Port("/dev/ttyUSB0", "Scanner", vid=0x0403, pid=0x6001, serial_number="A50285BI")
STRIPE = Port("/dev/ttyUSB1", "Stripe", vid=0x0801, pid=0x0001)
TWIN = Port("/dev/ttyUSB2", "Stripe", vid=0x0801, pid=0x0001)
BUILT_IN = Port("/dev/ttyS0", "n/a")


@pytest.mark.parametrize("name", ["0403:6001", "0403:6001:A50285BI"])
def test_usb_name_is_the_device_wherever_it_is_plugged_in(name: str) -> None:
    moved = Port("/dev/ttyUSB7", "Scanner", vid=0x0403, pid=0x6001, serial_number="A50285BI")
    assert resolve(name, [STRIPE, SCANNER]) == "/dev/ttyUSB0"
    assert resolve(name, [moved, STRIPE]) == "/dev/ttyUSB7"


@pytest.mark.parametrize("name", ["0403:6015", "0403:6001:OTHER"])
def test_usb_name_of_no_device_is_not_found(name: str) -> None:
    with pytest.raises(FileNotFoundError, match="no device"):
        resolve(name, [STRIPE, SCANNER])


def test_usb_name_of_two_devices_is_refused() -> None:
    with pytest.raises(PortAmbiguousError, match="2 devices are 0801:0001"):
        resolve("0801:0001", [STRIPE, TWIN])


@pytest.mark.parametrize("name", ["/dev/ttyUSB0", "COM3", "socket://10.0.0.5:4001", "rfc2217://10.0.0.5:2217"])
def test_other_names_stay_as_they_are(name: str) -> None:
    assert resolve(name, []) == name


def test_device_with_a_serial_number_is_best_named_by_it() -> None:
    links = ("/dev/serial/by-id/usb-A50285BI", "/dev/serial/by-path/pci-0:2")
    port = Port(**{field: getattr(SCANNER, field) for field in SCANNER.__struct_fields__} | {"links": links})
    assert stable_names(port, [port]) == [
        "/dev/serial/by-id/usb-A50285BI", "0403:6001:A50285BI", "/dev/serial/by-path/pci-0:2", "/dev/ttyUSB0"
    ]  # fmt: skip


def test_device_without_a_serial_number_is_named_by_what_tells_it_from_its_likes() -> None:
    links = ("/dev/serial/by-id/usb-shared", "/dev/serial/by-path/pci-0:3")
    port = Port("/dev/ttyUSB1", "Stripe", vid=0x0801, pid=0x0001, links=links)
    assert stable_names(port, [port, SCANNER]) == ["0801:0001", "/dev/serial/by-path/pci-0:3", "/dev/ttyUSB1"]
    assert stable_names(port, [port, TWIN]) == ["/dev/serial/by-path/pci-0:3", "/dev/ttyUSB1"]
    assert stable_names(BUILT_IN, [BUILT_IN]) == ["/dev/ttyS0"]


def test_list_joins_what_the_system_says_with_the_stable_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = tmp_path / "ttyUSB0"
    device.touch()
    link = tmp_path / "serial" / "by-path" / "pci-0:2"
    link.parent.mkdir(parents=True)
    link.symlink_to(device)
    # No machine of tests has a serial port to list.
    monkeypatch.setattr(ports, "comports", lambda: [list_ports_common.ListPortInfo(str(device))])
    assert list_ports(tmp_path / "serial") == [Port(str(device), "n/a", links=(str(link),))]


@pytest.mark.parametrize(
    "name", ["spy:///dev/ttyUSB0", "SPY://COM3", "rfc2217://h:1?logging=debug", "loop://?x=1&logging=info"]
)
def test_port_that_shows_what_passes_is_known(name: str) -> None:
    assert shows_what_passes(name)


@pytest.mark.parametrize("name", ["/dev/ttyUSB0", "socket://h:1", "rfc2217://h:1?ign_set_control", "0403:6001:logging"])
def test_port_that_shows_nothing_is_known(name: str) -> None:
    assert not shows_what_passes(name)


def test_programs_that_hold_a_port_are_named() -> None:
    ours, theirs = pty.openpty()
    name = os.ttyname(theirs)
    assert [who.endswith(f"({os.getpid()})") for who in holders(name)] == [True]
    os.close(theirs)
    assert holders(name) == []
    os.close(ours)
