"""The commands of a till start where the modules that only POSIX has are not to be had, as under Windows."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.conftest import REPOSITORY
from tests.pos_adapter.running import WAIT_SECONDS, closed_port

PROGRAM = """
import builtins, sys

OURS = {"api", "crm", "database", "devices", "loyalty", "pos_adapter"}
ONLY_POSIX = {"fcntl", "grp", "pty", "pwd", "resource", "spwd", "syslog", "termios", "tty", "uvloop"}
BY_PLATFORM = {"devices.lines"}  # it asks sys.platform before it imports them
load = builtins.__import__

def refuse(name, globals=None, *rest, **more):
    asking = (globals or {}).get("__name__", "")
    if name in ONLY_POSIX and asking.partition(".")[0] in OURS and asking not in BY_PLATFORM:
        raise ModuleNotFoundError(f"{asking} asks for {name}")
    return load(name, globals, *rest, **more)

builtins.__import__ = refuse
sys.modules["uvloop"] = None
sys.argv[0] = "tallycard"
from api.cli import main
main()
"""


def start(*arguments: str, folder: Path) -> subprocess.Popen[str]:
    """Start the command line without what only POSIX has."""
    return subprocess.Popen(
        [sys.executable, "-u", "-c", PROGRAM, *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(REPOSITORY), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["till", "--help"], 0, "Run the agent of one till"),
        (["till", "init", "--help"], 0, "Set this till up"),
        (["till", "--config", "nothing.toml"], 1, "tallycard: "),
        (["readers", "list"], 0, ""),
        (["readers", "check", "nothing.json"], 1, "tallycard: "),
        (["--help"], 0, "readers"),
    ],
)
def test_command_of_a_till_needs_nothing_of_posix(tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    with start(*arguments, folder=tmp_path) as process:
        output, _ = process.communicate(timeout=WAIT_SECONDS)
    assert (process.returncode, "Traceback" in output) == (code, False), output
    assert said in output


def test_agent_of_a_till_starts_and_answers_without_posix(tmp_path: Path) -> None:
    token = tmp_path / "server.token"
    token.write_text("a-token-of-the-till\n")
    token.chmod(0o600)
    lines = [f'server = "{closed_port()}"', 'store = "0007"', 'till = "3"', "port = 0"]
    (tmp_path / "till.toml").write_text("\n".join([*lines, 'token_file = "server.token"\n']))
    with start("till", "--config", "till.toml", folder=tmp_path) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert "listens on " in first, first + process.stdout.read()
        health = httpx.get(f"{first.split('listens on ')[1].split(',')[0]}/v1/health", timeout=WAIT_SECONDS).json()
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=WAIT_SECONDS)
    assert (health["store"], health["till"]) == ("0007", "3")
    assert (process.returncode, "Traceback" in output) == (0, False), json.dumps(output)


def test_module_that_only_posix_has_is_really_out_of_reach(tmp_path: Path) -> None:
    with start("demo", "--once", folder=tmp_path) as process:
        output, _ = process.communicate(timeout=WAIT_SECONDS)
    assert "api.demo.run asks for fcntl" in output
