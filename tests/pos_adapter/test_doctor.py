from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devices.simulator import SimulatedReader
from pos_adapter.doctor import look_at_till
from pos_adapter.findings import Finding
from tests.pos_adapter.running import Server, Till, closed_port, running_server, running_till


@pytest.fixture
def server() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture
def scanner() -> Iterator[SimulatedReader]:
    with SimulatedReader(baud_rate=0) as reader:
        yield reader


def looked(folder: Path, *, port: int | None = None, replaced: tuple[str, str] = ("", "")) -> dict[str, Finding]:
    """Look at a till whose file says where its agent listens, and something else than it did."""
    file = folder / "till.toml"
    text = file.read_text().replace("port = 0", f"port = {port or 1}").replace(*replaced)
    (folder / "looked.toml").write_text(text)
    return {one.where: one for one in look_at_till(folder / "looked.toml", now=datetime.now(UTC))}


def how(found: dict[str, Finding]) -> dict[str, str]:
    return {where: finding.how for where, finding in found.items()}


@pytest.fixture
def till(server: Server, scanner: SimulatedReader, tmp_path: Path) -> Iterator[Till]:
    server.answers = {}
    with running_till(tmp_path, server.url, readers={"scanner": (scanner.port, "scanner-cr")}) as till:
        yield till


def test_till_that_is_well_has_nothing_broken(till: Till, tmp_path: Path) -> None:
    found = how(looked(tmp_path, port=till.port))
    assert {where for where, state in found.items() if state == "broken"} == set()
    assert {"till.toml", "reader scanner", "server", "clock", "agent", "journal"} <= found.keys()


def test_each_trouble_of_a_till_is_named_with_its_mending(
    till: Till, server: Server, scanner: SimulatedReader, tmp_path: Path
) -> None:
    port, no_reader = till.port, (scanner.port, "/dev/nothing")
    assert till.stop() == 0
    stopped = looked(tmp_path, replaced=no_reader)
    assert (how(stopped)["agent"], how(stopped)["journal"], how(stopped)["reader scanner"]) == (
        "broken",
        "well",
        "broken",
    )
    away = looked(tmp_path, replaced=(server.url, closed_port()))
    (tmp_path / "server.token").chmod(0o644)
    (tmp_path / "journal.db").write_bytes(b"no database at all" * 100)
    spoilt = looked(tmp_path, port=port)
    assert (how(away)["server"], how(spoilt)["token"], how(spoilt)["journal"]) == ("broken", "broken", "broken")
    assert all(one.mend for found in (stopped, away, spoilt) for one in found.values() if one.how != "well")


def test_file_that_cannot_set_up_a_till_is_the_only_finding(tmp_path: Path) -> None:
    [finding] = look_at_till(tmp_path / "till.toml", now=datetime.now(UTC))
    assert (finding.how, finding.where) == ("broken", "till.toml")
