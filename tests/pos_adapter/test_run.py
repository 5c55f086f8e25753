import signal
import socket
from pathlib import Path

import pytest

from devices.simulator import SimulatedReader
from pos_adapter.config import ConfigError, load_config
from pos_adapter.run import run_till
from pos_adapter.tokens import TokenError
from tests.pos_adapter.running import closed_port, running_till

MINIMAL = 'server = "http://127.0.0.1:1"\nstore = "0007"\ntill = "3"\ntoken_file = "server.token"\n'


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_signal_ends_the_till_cleanly_with_a_listener_and_a_reader(tmp_path: Path, number: int) -> None:
    with SimulatedReader() as reader:
        readers = {"scanner": (reader.port, "scanner-cr")}
        with running_till(tmp_path, closed_port(), readers=readers) as till:
            async with till.events() as events:
                assert till.stop(number) == 0
                with pytest.raises(StopAsyncIteration):
                    await events.next("card-read")
    assert till.output.endswith("The till agent has stopped\n")
    assert "Traceback" not in till.output


async def test_till_listens_on_loopback_alone_and_says_where(tmp_path: Path) -> None:
    with running_till(tmp_path, closed_port()) as till:
        assert till.url.startswith("http://127.0.0.1:")
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.2", till.port), timeout=5)
    assert "Till 3 of store 0007" in till.output
    assert till.token not in till.output


def test_missing_token_of_the_server_is_named(tmp_path: Path) -> None:
    (tmp_path / "till.toml").write_text(MINIMAL)
    with pytest.raises(TokenError, match=r"server\.token cannot be read"):
        run_till(load_config(tmp_path / "till.toml"), say=print)


def test_port_that_is_taken_is_named(tmp_path: Path) -> None:
    token_file = tmp_path / "server.token"
    token_file.write_text("a-token-of-the-till\n")
    token_file.chmod(0o600)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        (tmp_path / "till.toml").write_text(f"{MINIMAL}port = {port}\n")
        with pytest.raises(
            ConfigError, match=f"port {port} of 127.0.0.1 cannot be listened on: Address already in use"
        ):
            run_till(load_config(tmp_path / "till.toml"), say=print)
