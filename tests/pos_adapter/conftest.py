from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.simulator import SimulatedReader
from tests.pos_adapter.running import Server, Till, running_server, running_till


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def scanner() -> Iterator[SimulatedReader]:
    with SimulatedReader(baud_rate=0) as reader:
        yield reader


@pytest.fixture(scope="session")
def stripe() -> Iterator[SimulatedReader]:
    with SimulatedReader(baud_rate=0) as reader:
        yield reader


@pytest.fixture(scope="session")
def till(
    tmp_path_factory: pytest.TempPathFactory, server: Server, scanner: SimulatedReader, stripe: SimulatedReader
) -> Iterator[Till]:
    folder: Path = tmp_path_factory.mktemp("till")
    readers = {"scanner": (scanner.port, "scanner-cr"), "stripe": (stripe.port, "msr-cr")}
    with running_till(folder, server.url, readers=readers) as till:
        yield till
