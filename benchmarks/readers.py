"""The command `python -m benchmarks.readers`: from the last byte on a line to the event, and frames lost of a million.

Key idea: everything is measured in turn, round by round in one run, beside the floor: a thread that reads the same port
with pyserial alone and looks for the carriage return. The line is a pseudo-terminal, so that the time a real line takes
for its bytes is in none of the figures.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from statistics import quantiles
from tempfile import TemporaryDirectory
from threading import Event as Signal
from threading import Thread
from typing import Final

import click
from serial import Serial

from devices.model import Event, Scan
from devices.profiles import ready_profile
from devices.simulator import SimulatedReader
from devices.transport import Condition, Reader
from loyalty.numbering import ean_digit

PATIENCE_SECONDS: Final = 30.0
PAUSE_SECONDS: Final = 0.02
WARM_UP: Final = 20
FRAMES_A_WRITE: Final = 200
END: Final = b"\r"
_AGENT: Final = "import sys; from api.cli import main; sys.argv[0] = 'tallycard'; main()"

Arrivals = SimpleQueue[float]


@click.command()
@click.option(
    "--frames", type=click.IntRange(50), default=300, show_default=True, help="Frames of a row in each round."
)
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True)
@click.option("--million", type=click.IntRange(1), default=1_000_000, show_default=True, help="Frames to lose none of.")
def main(frames: int, rounds: int, million: int) -> None:
    """Measure the way of a reading, and print a table."""
    times: dict[str, list[float]] = {}
    with ExitStack() as stack:
        rows = {
            "pyserial alone": stack.enter_context(_floor()),
            "reader": stack.enter_context(_reader()),
            "agent to client": stack.enter_context(_agent()),
        }
        for name in [*rows] * rounds:
            times.setdefault(name, []).extend(_measure(*rows[name], frames))
    click.echo(_table(times))
    heard, seconds = _count(million)
    click.echo(f"lost of {million:,} frames: {million - heard:,} ({million / seconds:,.0f} frames/s)")


def _table(times: Mapping[str, list[float]]) -> str:
    lines = [f"{'last byte to event':20} {'p50':>9} {'p99':>9} {'frames':>7}"]
    for name, seconds in times.items():
        cuts = quantiles(seconds, n=100)
        lines.append(f"{name:20} {cuts[49] * 1000:6.3f} ms {cuts[98] * 1000:6.3f} ms {len(seconds):7}")
    return "\n".join(lines)


def _measure(device: SimulatedReader, arrivals: Arrivals, frames: int) -> list[float]:
    """Send frames one by one and give the seconds from each one's last byte to its arrival."""
    taken = []
    for _ in range(frames + WARM_UP):
        device.send(next(_NUMBERS))
        sent_at = time.perf_counter()
        device.send(END)
        taken.append(arrivals.get(timeout=PATIENCE_SECONDS) - sent_at)
        time.sleep(PAUSE_SECONDS)
    return taken[WARM_UP:]


@contextmanager
def _floor() -> Iterator[tuple[SimulatedReader, Arrivals]]:
    """Read a port with nothing but pyserial."""
    arrivals: Arrivals = SimpleQueue()
    with SimulatedReader(baud_rate=0) as device, Serial(device.port, exclusive=True) as port:

        def read() -> None:
            held = b""
            while data := port.read(1):
                held += data + port.read(port.in_waiting)
                if held.endswith(END):
                    arrivals.put(time.perf_counter())
                    held = b""

        thread = Thread(target=read)
        thread.start()
        try:
            yield device, arrivals
        finally:
            port.cancel_read()
            thread.join()


@contextmanager
def _reader() -> Iterator[tuple[SimulatedReader, Arrivals]]:
    """Read a port as the till agent does, up to the decoded event in the reader's thread."""
    arrivals: Arrivals = SimpleQueue()
    with SimulatedReader(baud_rate=0) as device, _listening(device, lambda _: arrivals.put(time.perf_counter())):
        yield device, arrivals


@contextmanager
def _listening(device: SimulatedReader, take: Callable[[Event], None]) -> Iterator[None]:
    is_connected = Signal()

    def change(_: str, condition: Condition) -> None:
        if condition.state == "connected":
            is_connected.set()

    profile = ready_profile("scanner-cr", own_prefixes=["290"])
    reader = Reader("scanner", port=device.port, profile=profile, on_event=lambda _, e: take(e), on_condition=change)
    with reader:
        assert is_connected.wait(PATIENCE_SECONDS)
        yield


@contextmanager
def _agent() -> Iterator[tuple[SimulatedReader, Arrivals]]:
    """Run a till agent in a process of its own, and hear its events over HTTP."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        device = stack.enter_context(SimulatedReader(baud_rate=0))
        process = stack.enter_context(_running(_write_settings(folder, device.port)))
        port = _port_of(process)
        token = (folder / "local.token").read_text(encoding="utf-8").strip()
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        stack.callback(connection.close)
        connection.request("GET", "/v1/events", headers={"Authorization": f"Bearer {token}"})
        arrivals: Arrivals = SimpleQueue()
        Thread(target=_hear, args=(connection, arrivals), daemon=True).start()
        _wait_for_reader(connection.host, port, token)
        yield device, arrivals


def _write_settings(folder: Path, port: str) -> Path:
    (folder / "server.token").write_text("the-token-of-a-till-without-a-server\n", encoding="utf-8")
    (folder / "server.token").chmod(0o600)
    path = folder / "till.toml"
    path.write_text(
        'server = "http://127.0.0.1:1"\nstore = "1"\ntill = "1"\ntoken_file = "server.token"\nport = 0\n'
        f'own_prefixes = ["290"]\n\n[[readers]]\nid = "scanner"\nport = "{port}"\nprofile = "scanner-cr"\n',
        encoding="utf-8",
    )
    return path


@contextmanager
def _running(settings: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", _AGENT, "till", "--config", str(settings)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


def _port_of(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if "listens on " in line:
            Thread(target=process.stdout.read, daemon=True).start()
            return int(line.split("listens on ")[1].split(",")[0].rsplit(":", 1)[1])
    raise click.ClickException(f"the till agent did not start:\n{''.join(said)}")


def _hear(connection: HTTPConnection, arrivals: Arrivals) -> None:
    response = connection.getresponse()
    with suppress(OSError, AttributeError):  # the connection is closed under it when all is measured
        while line := response.readline():
            if line.startswith(b"event: code-read"):
                arrivals.put(time.perf_counter())


def _wait_for_reader(host: str, port: int, token: str) -> None:
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends_at:
        asking = HTTPConnection(host, port, timeout=PATIENCE_SECONDS)
        asking.request("GET", "/v1/readers", headers={"Authorization": f"Bearer {token}"})
        if b'"connected"' in asking.getresponse().read():
            return
        time.sleep(0.05)
    raise click.ClickException("the till agent's reader did not connect")


def _count(frames: int) -> tuple[int, float]:
    """Send frames as fast as the line takes them; give how many were heard, each as it was sent, and the seconds."""
    waited_for = map(_number, range(frames))
    heard = count()
    is_over = Signal()
    lost = 0

    def take(event: Event) -> None:
        nonlocal lost
        assert isinstance(event, Scan)
        while (number := next(waited_for, None)) is not None and number.decode() != event.data:
            lost += 1
        if next(heard) + lost + 1 >= frames:
            is_over.set()

    with SimulatedReader(baud_rate=0) as device, _listening(device, take):
        began = time.perf_counter()
        for start in range(0, frames, FRAMES_A_WRITE):
            numbers = range(start, min(start + FRAMES_A_WRITE, frames))
            device.send(b"".join(_number(number) + END for number in numbers))
        is_over.wait(PATIENCE_SECONDS)
        return next(heard), time.perf_counter() - began


def _number(number: int) -> bytes:
    digits = f"20{number:010}"
    return (digits + ean_digit(digits)).encode("ascii")


_NUMBERS: Final = map(_number, count())


if __name__ == "__main__":
    main()
