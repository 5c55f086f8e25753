"""The command itself, on a small shop: real service, real pgbench, a table at the end, and nothing left running."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest

SMALL = ("--seconds", "0.5", "--rounds", "1", "--cards", "200", "--quiet-seconds", "0")
WAIT_SECONDS = 120


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "benchmarks", *words]


def environment_in(folder: Path) -> dict[str, str]:
    return os.environ | {"TMPDIR": str(folder)}


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder for all that the command makes; pytest's own cannot be entered by root's PostgreSQL."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def processes_that_know(folder: Path) -> list[str]:
    """List processes with the folder in their command or environment: PostgreSQL, pgbench, the service, the driver."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended
            command_line = (process / "cmdline").read_bytes()
            if os.fsencode(folder) in command_line + (process / "environ").read_bytes():
                found.append(command_line.replace(b"\0", b" ").decode(errors="replace"))
    return found


def test_second_of_load_ends_in_a_table_of_ratios(folder: Path) -> None:
    raw = folder / "raw.json"
    words = (*SMALL, "--seed", "7", "--only", "post-16", "--only", "calculate-p*", "--json", str(raw))
    done = subprocess.run(
        command(*words), env=environment_in(folder), capture_output=True, text=True, check=False, timeout=WAIT_SECONDS
    )
    assert done.returncode == 0, done.stderr
    rows = [line.split()[0] for line in done.stdout.splitlines()[2:]]
    assert rows == ["post-16", "calculate-p50", "calculate-p99"]
    assert "seed 7" in done.stderr
    readings = msgspec.json.decode(raw.read_bytes())["readings"]
    assert [reading["what"] for reading in readings if reading["round"]] == [
        "post_full at 16",
        "post at 16",
        "health at 1",
        "calculate at 1",
    ]
    assert list(folder.iterdir()) == [raw]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="the system does not list its processes in files")
def test_interrupted_command_leaves_nothing_behind(folder: Path) -> None:
    with subprocess.Popen(
        command(*SMALL, "--only", "post-16", "--seconds", "30"),
        env=environment_in(folder),
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stderr is not None
        next(line for line in run.stderr if "round 1" in line)
        assert processes_that_know(folder)
        run.send_signal(signal.SIGINT)
        rest = run.stderr.read()
        assert run.wait(WAIT_SECONDS) == 130
    assert "stopped" in rest
    assert processes_that_know(folder) == []
    assert list(folder.iterdir()) == []


def test_row_that_does_not_exist_is_refused_with_those_that_do() -> None:
    done = subprocess.run(command("--only", "pots"), capture_output=True, text=True, check=False, timeout=WAIT_SECONDS)
    assert done.returncode == 2
    assert "no row is called pots" in done.stderr
    assert "calculate-16" in done.stderr
