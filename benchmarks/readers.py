"""The command `python -m benchmarks.readers`: from the last byte on a line to the event, and frames lost of a million.

Key idea: everything is measured in turn, round by round in one run, beside the floor: a thread that reads the same port
with pyserial alone and looks for the carriage return. The line is a pseudo-terminal, so that the time a real line takes
for its bytes is in none of the figures.
"""

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

from benchmarks.agent import HOST, PATIENCE_SECONDS, running_agent
from devices.model import Event, Scan
from devices.profiles import ready_profile
from devices.simulator import SimulatedReader
from devices.transport import Condition, Reader
from loyalty.numbering import ean_digit

PAUSE_SECONDS: Final = 0.02
WARM_UP: Final = 20
FRAMES_A_WRITE: Final = 200
END: Final = b"\r"
FLOOR: Final = "pyserial alone"

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
            FLOOR: stack.enter_context(_floor()),
            "reader": stack.enter_context(_reader()),
            "agent to client": stack.enter_context(_agent()),
        }
        for name in [*rows] * rounds:
            times.setdefault(name, []).extend(_measure(*rows[name], frames))
    click.echo(_table(times))
    heard, seconds = _count(million)
    click.echo(f"lost of {million:,} frames: {million - heard:,} ({million / seconds:,.0f} frames/s)")


def _table(times: Mapping[str, list[float]]) -> str:
    cuts = {name: quantiles(seconds, n=100) for name, seconds in times.items()}
    floor = cuts[FLOOR]
    lines = [f"{'last byte to event':20} {'p50':>9} {'p99':>9} {'over the floor':>15} {'frames':>7}"]
    for name, cut in cuts.items():
        ratios = f"{cut[49] / floor[49]:6.2f} {cut[98] / floor[98]:6.2f}"
        lines.append(f"{name:20} {cut[49] * 1000:6.3f} ms {cut[98] * 1000:6.3f} ms {ratios:>15} {len(times[name]):7}")
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
        no_server = "http://127.0.0.1:1"
        agent = stack.enter_context(running_agent(folder, reader=device.port, server=no_server, server_token=no_server))
        connection = HTTPConnection(HOST, agent.port, timeout=PATIENCE_SECONDS)
        stack.callback(connection.close)
        connection.request("GET", "/v1/events", headers=agent.headers)
        arrivals: Arrivals = SimpleQueue()
        Thread(target=_hear, args=(connection, arrivals), daemon=True).start()
        yield device, arrivals


def _hear(connection: HTTPConnection, arrivals: Arrivals) -> None:
    response = connection.getresponse()
    with suppress(OSError, AttributeError):  # the connection is closed under it when all is measured
        while line := response.readline():
            if line.startswith(b"event: code-read"):
                arrivals.put(time.perf_counter())


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
