"""Starts a till agent as a till does: the command `tallycard till`, a process of its own, with one scanner."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from typing import Final

import click
from msgspec import Struct

PATIENCE_SECONDS: Final = 30.0
HOST: Final = "127.0.0.1"
STORE, TILL = "0007", "3"
_AGENT: Final = "import sys; from api.cli import main; sys.argv[0] = 'tallycard'; main()"


class Agent(Struct, frozen=True):
    """A running agent: its port, its process, and what its programs show."""

    port: int
    pid: int
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """What a program sends with each request."""
        return {"Authorization": f"Bearer {self.token}"}


@contextmanager
def running_agent(folder: Path, *, reader: str, server: str, server_token: str) -> Iterator[Agent]:
    """Run an agent whose files are in a folder, with a scanner at a port; it has the scanner when it is given."""
    settings = _write_settings(folder, reader=reader, server=server, server_token=server_token)
    command = [sys.executable, "-c", _AGENT, "till", "--config", str(settings)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            port = _port_of(process)
            agent = Agent(port, process.pid, (folder / "local.token").read_text(encoding="utf-8").strip())
            _wait_for_reader(agent)
            yield agent
        finally:
            process.terminate()


def _write_settings(folder: Path, *, reader: str, server: str, server_token: str) -> Path:
    token_file = folder / "server.token"
    token_file.touch(mode=0o600)
    token_file.write_text(server_token, encoding="utf-8")
    path = folder / "till.toml"
    path.write_text(
        f'server = "{server}"\nstore = "{STORE}"\ntill = "{TILL}"\ntoken_file = "server.token"\nport = 0\n'
        f'own_prefixes = ["290"]\n\n[[readers]]\nid = "scanner"\nport = "{reader}"\nprofile = "scanner-cr"\n',
        encoding="utf-8",
    )
    return path


def _port_of(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None, "it is a pipe"
    said = []
    for line in process.stdout:
        said.append(line)
        if "listens on " in line:
            Thread(target=process.stdout.read, daemon=True).start()
            return int(line.split("listens on ")[1].split(",")[0].rsplit(":", 1)[1])
    raise click.ClickException(f"the till agent did not start:\n{''.join(said)}")


def _wait_for_reader(agent: Agent) -> None:
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends_at:
        asking = HTTPConnection(HOST, agent.port, timeout=PATIENCE_SECONDS)
        asking.request("GET", "/v1/readers", headers=agent.headers)
        if b'"connected"' in asking.getresponse().read():
            return
        time.sleep(0.05)
    raise click.ClickException("the till agent's reader did not connect")
