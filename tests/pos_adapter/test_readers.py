from collections.abc import Iterator
from pathlib import Path

import pytest
from serial import Serial

from devices.simulator import SimulatedReader
from tests.pos_adapter.running import Till, running_till

NO_SERVER = "http://127.0.0.1:1"


@pytest.fixture
def device() -> Iterator[SimulatedReader]:
    with SimulatedReader(baud_rate=0) as device:
        yield device


@pytest.fixture
def own_till(tmp_path: Path, device: SimulatedReader) -> Iterator[Till]:
    """Give a till without a server, with one scanner of its own."""
    with running_till(tmp_path, NO_SERVER, readers={"scanner": (device.port, "scanner-cr")}) as till:
        yield till


async def test_every_reading_is_counted_with_what_came_of_it(own_till: Till, device: SimulatedReader) -> None:
    """I9: the good one, the repeat, the bank card, and the one whose end never came."""
    async with own_till.events() as events, own_till.client() as program:
        for data in (b"2000000000015\r", b"2000000000015\r", b"4111111111111111\r", b"20000"):
            device.send(data)
        await events.next("reader-error")
        (reader,) = (await program.get("/v1/readers")).json()["readers"]
        disarmed = (await program.post("/v1/readers/scanner/disarm")).json()
    assert (reader["state"], reader["trouble"]) == ("connected", None)
    assert disarmed == reader
    assert reader["counts"] == {"scan": 1, "ignored duplicate": 1, "refused payment-card": 1, "error truncated": 1}


async def test_port_that_another_program_took_is_an_error_in_words(own_till: Till, device: SimulatedReader) -> None:
    async with own_till.events() as events, own_till.client() as program:
        device.unplug()
        assert (await events.next("reader-state"))[1]["trouble"].startswith("no such device is plugged in")
        device.plug()
        with Serial(device.port, exclusive=True):
            shown = (await events.next("reader-state"))[1]
            (reader,) = (await program.get("/v1/readers")).json()["readers"]
        assert (shown["state"], reader["state"], reader["trouble"]) == ("error", "error", shown["trouble"])
        assert shown["trouble"].startswith("another program has this port open")
        back = (await events.next("reader-state"))[1]
    assert (back["state"], back["trouble"]) == ("connected", None)
