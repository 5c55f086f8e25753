"""The serial ports of this machine, and names of them that outlive a plug pulled and put in again.

The key idea: `ttyUSB0` and `COM3` are given anew at each plugging, so settings name a port by what stays. Best is the
serial number of the device (`/dev/serial/by-id/...`, or `VID:PID:serial` on every system), then `VID:PID` where only
one such device is there, then the socket it is plugged into (`by-path`). A name is resolved anew at each opening.

It opens nothing: it looks at what the system lists.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct
from serial.tools.list_ports import comports

from devices.troubles import PortAmbiguousError

LINKS: Final = Path("/dev/serial")
PROCESSES: Final = Path("/proc")

_USB_NAME: Final = re.compile(r"([0-9A-Fa-f]{4}):([0-9A-Fa-f]{4})(?::(.+))?")
_TELLTALES: Final = re.compile(r"spy://|.*[?&]logging=", re.IGNORECASE)


class Port(Struct, frozen=True):
    """One port as the system lists it; USB facts are None for what is no USB device, `links` are its stable paths."""

    device: str
    description: str
    vid: int | None = None
    pid: int | None = None
    serial_number: str | None = None
    links: tuple[str, ...] = ()


def list_ports(links: Path = LINKS) -> list[Port]:
    """List the ports, in the order of their names. `links` is the folder in which udev keeps stable paths."""
    found = {path: str(path.resolve()) for path in sorted(links.glob("by-*/*"))}
    ports = [
        Port(
            info.device,
            info.description,
            vid=info.vid,
            pid=info.pid,
            serial_number=info.serial_number,
            links=tuple(str(path) for path, device in found.items() if device == info.device),
        )
        for info in comports()
    ]
    return sorted(ports, key=lambda port: port.device)


def stable_names(port: Port, ports: Sequence[Port]) -> list[str]:
    """Give the names under which settings may name a port, best first; its device path comes last.

    A device without a serial number shares its by-id path with its likes and is better named by its socket.
    """
    by_id = [link for link in port.links if "/by-id/" in link] if port.serial_number else []
    by_path = [link for link in port.links if "/by-path/" in link]
    return [*by_id, *_usb_names(port, ports), *by_path, port.device]


def resolve(name: str, ports: Sequence[Port] | None = None) -> str:
    """Give what to open for a name of a port: `VID:PID[:serial]` becomes the device, all else stays as it is.

    Raises FileNotFoundError where no such device is there, and PortAmbiguousError where several are.
    """
    wanted = _USB_NAME.fullmatch(name)
    if wanted is None:
        return name
    vid, pid, serial_number = int(wanted[1], 16), int(wanted[2], 16), wanted[3]
    devices = [
        port.device
        for port in (list_ports() if ports is None else ports)
        if (port.vid, port.pid) == (vid, pid) and serial_number in {None, port.serial_number}
    ]
    if not devices:
        raise FileNotFoundError(2, f"no device {name}")
    if len(devices) > 1:
        raise PortAmbiguousError(f"{len(devices)} devices are {name}")
    return devices[0]


def shows_what_passes(name: str) -> bool:
    """Say whether a port of pyserial would write what it reads, card numbers among it, to a log or a terminal."""
    return _TELLTALES.match(name) is not None


def holders(device: str, processes: Path = PROCESSES) -> list[str]:
    """Name the programs that have a device open, as `minicom (412)`, as far as this account may see them (Linux)."""
    target = Path(device).resolve()
    found = set()
    for descriptor in processes.glob("[0-9]*/fd/*"):
        try:
            if descriptor.readlink() == target:
                process = descriptor.parent.parent
                found.add(f"{(process / 'comm').read_text().strip()} ({process.name})")
        except OSError:
            continue  # it ended, or is another account's
    return sorted(found)


def _usb_names(port: Port, ports: Sequence[Port]) -> list[str]:
    if port.vid is None or port.pid is None:
        return []
    name = f"{port.vid:04x}:{port.pid:04x}"
    if port.serial_number:
        return [f"{name}:{port.serial_number}"]
    is_alone = [(other.vid, other.pid) for other in ports].count((port.vid, port.pid)) == 1
    return [name] if is_alone else []
