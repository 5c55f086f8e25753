import errno
import termios
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from queue import Queue
from typing import Final

import pytest
from msgspec.structs import replace
from serial import SerialException, serial_for_url
from structlog.testing import capture_logs

from devices.model import Event, LineSettings, ReaderProfile, ReadError, Refused, Scan, Swipe
from devices.profiles import ready_profile
from devices.simulator import SimulatedReader
from devices.ssi import ACKNOWLEDGED
from devices.transport import Reader, ReaderState

PATIENCE_SECONDS: Final = 20.0
# A machine under load may hold up a sender for long; only the tests of silence are in a hurry.
STALE_MS: Final = 10_000
SCANNER: Final = replace(ready_profile("scanner-cr", own_prefixes=["999001"]), stale_ms=STALE_MS)
STRIPES: Final = replace(ready_profile("msr-cr", own_prefixes=["999001"]), stale_ms=STALE_MS)
SCAN: Final = Scan("2000000000015", "ean13")

Heard = Queue[Event | ReaderState]
Listen = Callable[..., Reader]


@pytest.fixture
def heard() -> Heard:
    return Queue()


@pytest.fixture
def device() -> Iterator[SimulatedReader]:
    with SimulatedReader(baud_rate=0) as device:
        yield device


@pytest.fixture
def listen(heard: Heard, device: SimulatedReader) -> Iterator[Listen]:
    """Start readers whose callbacks land in `heard`, and close them in the end."""
    with ExitStack() as readers:

        def listen(*, port: str = device.port, profile: ReaderProfile = SCANNER) -> Reader:
            reader = Reader(
                "r",
                port=port,
                profile=profile,
                on_event=lambda _, e: heard.put(e),
                on_condition=lambda _, c: heard.put(c.state),
            )
            return readers.enter_context(reader)

        yield listen


def test_scan_arrives_once(device: SimulatedReader, listen: Listen, heard: Heard) -> None:
    listen()
    assert _next(heard) == "connected"
    device.scan("2000000000015")
    assert _next(heard) == SCAN
    device.scan("2000000000022")
    assert _next(heard) == Scan("2000000000022", "ean13")
    assert heard.empty()


def test_bytes_at_the_pace_of_a_real_line_are_one_swipe(listen: Listen, heard: Heard) -> None:
    with SimulatedReader() as device:
        listen(port=device.port, profile=STRIPES)
        assert _next(heard) == "connected"
        device.swipe(track1="B9990010000000010^CARD/LOYALTY^0", track2="9990010000000010=0", track3="0")
        assert _next(heard) == Swipe("9990010000000010", (1, 2, 3))


def test_replugged_reader_is_heard_again_without_the_lost_head(
    device: SimulatedReader, listen: Listen, heard: Heard
) -> None:
    listen()
    assert _next(heard) == "connected"
    device.send(b"20000")
    device.unplug()
    assert _next(heard) == "absent"
    device.plug()
    assert _next(heard) == "connected"
    device.scan("2000000000015")
    assert _next(heard) == SCAN


def test_reader_that_is_not_there_yet_is_absent_until_it_comes(
    device: SimulatedReader, listen: Listen, heard: Heard
) -> None:
    device.unplug()
    reader = listen()
    assert (_next(heard), reader.condition.state) == ("absent", "absent")
    device.plug()
    assert (_next(heard), reader.condition.state) == ("connected", "connected")


def test_port_held_by_another_is_an_error_until_it_is_let_go(
    device: SimulatedReader, listen: Listen, heard: Heard
) -> None:
    first = listen()
    assert _next(heard) == "connected"
    listen()
    assert _next(heard) == "error"
    first.close()
    assert _next(heard) == "connected"
    device.scan("2000000000015")
    assert _next(heard) == SCAN


def test_second_exclusive_opener_is_refused(device: SimulatedReader, listen: Listen, heard: Heard) -> None:
    listen()
    assert _next(heard) == "connected"
    with pytest.raises(SerialException) as refused:
        serial_for_url(device.port, exclusive=True)
    assert refused.value.errno == errno.EAGAIN


def test_payment_card_leaves_no_trace(device: SimulatedReader, listen: Listen, heard: Heard) -> None:
    with capture_logs() as logs:
        listen(profile=STRIPES)
        assert _next(heard) == "connected"
        device.swipe(track1="B4111111111111111^DOE/JANE^49121010000", track2="4111111111111111=4912101000")
        assert _next(heard) == Refused("payment-card", "411111******1111")
        device.unplug()
        assert _next(heard) == "absent"
    assert [log["event"] for log in logs] == ["reader_state", "reader_state"]
    assert "1111111" not in str(logs)
    assert "DOE" not in str(logs)


def test_silent_line_breaks_a_frame_without_another_byte(device: SimulatedReader, listen: Listen, heard: Heard) -> None:
    listen(profile=replace(SCANNER, stale_ms=500))
    assert _next(heard) == "connected"
    device.send(b"2")
    assert _next(heard) == ReadError("truncated")


def test_reader_without_terminator_is_heard_when_it_pauses(
    device: SimulatedReader, listen: Listen, heard: Heard
) -> None:
    listen(profile=replace(ready_profile("scanner-idle", own_prefixes=[]), idle_ms=1000))
    assert _next(heard) == "connected"
    device.send(b"2000000000015")
    assert _next(heard) == SCAN


def test_new_prefix_counts_from_the_next_card_on(device: SimulatedReader, listen: Listen, heard: Heard) -> None:
    reader = listen(profile=STRIPES)
    assert _next(heard) == "connected"
    device.swipe(track2="2900000000018")
    assert _next(heard) == Refused("not-own-card")
    reader.use(replace(STRIPES, own_prefixes=("999001", "290")))
    device.swipe(track2="2900000000018")
    assert _next(heard) == Swipe("2900000000018", (2,))


def test_ssi_scanner_is_answered(device: SimulatedReader, listen: Listen, heard: Heard) -> None:
    listen(profile=replace(ready_profile("scanner-ssi", own_prefixes=[]), stale_ms=STALE_MS))
    assert _next(heard) == "connected"
    device.send(bytes.fromhex("0ef3000003434152442d30303031fcf4"))
    assert _next(heard) == Scan("CARD-0001", "code128")
    assert device.heard(PATIENCE_SECONDS) == ACKNOWLEDGED


def test_failing_callback_does_not_silence_the_reader(device: SimulatedReader, heard: Heard) -> None:
    def fail(_: str, event: Event) -> None:
        heard.put(event)
        raise RuntimeError("2000000000015")

    reader = Reader("r", port=device.port, profile=SCANNER, on_event=fail, on_condition=lambda _, c: heard.put(c.state))
    with capture_logs() as logs, reader:
        assert _next(heard) == "connected"
        device.scan("2000000000015")
        assert _next(heard) == SCAN
        device.scan("2000000000022")
        assert _next(heard) == Scan("2000000000022", "ean13")
    assert {log["error"] for log in logs if log["event"] == "reader_callback_failed"} == {"RuntimeError"}
    assert "2000000000015" not in str(logs)


def test_closed_reader_lets_go_of_its_port(device: SimulatedReader, listen: Listen, heard: Heard) -> None:
    reader = listen()
    assert _next(heard) == "connected"
    reader.close()
    reader.close()
    serial_for_url(device.port, exclusive=True).close()
    assert heard.empty()


def test_network_port_is_heard_and_closed(heard: Heard, listen: Listen) -> None:
    reader = listen(port="loop://")
    assert _next(heard) == "connected"
    reader.close()
    assert heard.empty()


def test_unknown_kind_of_port_is_an_error(heard: Heard, listen: Listen) -> None:
    listen(port="nonsense://x")
    assert _next(heard) == "error"


@pytest.mark.parametrize("port", ["SPY://{}", "socket://127.0.0.1:7000?logging=debug"])
def test_port_that_would_show_what_passes_is_refused(device: SimulatedReader, listen: Listen, port: str) -> None:
    with pytest.raises(ValueError, match=r"r: a port that shows what passes"):
        listen(port=port.format(device.port))


def test_line_settings_reach_the_port(device: SimulatedReader, heard: Heard) -> None:
    line = LineSettings(baud_rate=19200, stop_bits=2)  # a pseudo-terminal takes no parity
    reader = Reader(
        "r",
        port=device.port,
        profile=SCANNER,
        on_event=_nothing,
        on_condition=lambda _, c: heard.put(c.state),
        line=line,
    )
    with reader, Path(device.port).open("rb") as port:
        assert _next(heard) == "connected"
        _, _, control, _, speed, _, _ = termios.tcgetattr(port)
    assert speed == termios.B19200
    assert control & termios.CSTOPB


def _nothing(_: str, __: Event) -> None:
    pass


def _next(heard: Heard) -> Event | ReaderState:
    return heard.get(timeout=PATIENCE_SECONDS)
