"""What a person types first: it says what is missing, is repaired by repeating it, and leaves nothing running."""

import fcntl
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WAIT_SECONDS = 60
OF_THE_OUTER_MAKE = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "ARGS", "ONCE", "PYTHON"}
SIGNALLED = 'trap "echo told to stop; exit 130" INT TERM\necho up\nwhile :; do sleep 1; done\n'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Copy what `make setup` reads, without an environment."""
    for name in ("Makefile", "tools", "pyproject.toml", "requirements.lock", "package-lock.json", "build_assets.py"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    return tmp_path


def make(checkout: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command, env = ["make", *words], clean_environment() | environment
    return subprocess.run(
        command, cwd=checkout, env=env, capture_output=True, text=True, check=False, timeout=WAIT_SECONDS
    )


def clean_environment() -> dict[str, str]:
    """Give the environment a person has who types `make`, also where a `make test` runs these tests."""
    return {name: value for name, value in os.environ.items() if name not in OF_THE_OUTER_MAKE}


def put_command(checkout: Path, script: str) -> None:
    """Put a script in the place of the installed command."""
    command = checkout / ".venv" / "bin" / "tallycard"
    command.parent.mkdir(parents=True)
    command.write_text(f"#!/bin/sh\n{script}")
    command.chmod(0o755)


def test_make_alone_lists_the_commands(checkout: Path) -> None:
    done = make(checkout)
    assert [line.split()[1] for line in done.stdout.splitlines()][:3] == ["demo", "setup", "test"]


def test_machine_without_python_is_told_what_to_do(checkout: Path) -> None:
    folder = checkout / "bin"
    folder.mkdir()
    for program in ("make", "sh"):
        (folder / program).symlink_to(shutil.which(program) or program)
    done = make(checkout, "setup", PATH=str(folder))
    assert done.returncode != 0
    assert "no Python of 3.11 or newer was found" in done.stderr


def test_second_setup_is_refused_while_one_runs(checkout: Path) -> None:
    running = os.open(checkout, os.O_RDONLY)
    fcntl.flock(running, fcntl.LOCK_EX)
    done = make(checkout, "setup")
    os.close(running)
    assert "another setup runs in this folder" in done.stderr


def test_failed_step_is_told_and_not_taken_for_done(checkout: Path) -> None:
    done = make(checkout, "setup", PIP_NO_INDEX="1", PIP_FIND_LINKS="")
    assert done.returncode != 0
    assert "setup: packages: up to" in done.stdout
    assert "repeat with `make setup`" in done.stderr
    assert "No matching distribution found" in done.stderr
    assert not (checkout / ".venv" / "packages.stamp").exists()


@pytest.mark.parametrize(("words", "told"), [((), "demo"), (("ONCE=1",), "demo --once"), (("ONCE=0",), "demo")])
def test_demo_passes_the_wish_for_one_story_on(checkout: Path, words: tuple[str, ...], told: str) -> None:
    put_command(checkout, 'echo "$@"\n')
    assert make(checkout, "--old-file=setup", "demo", *words).stdout == f"{told}\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_demo_hears_signals_and_leaves_nothing_running(checkout: Path, number: signal.Signals) -> None:
    put_command(checkout, SIGNALLED)
    with subprocess.Popen(
        ["make", "--old-file=setup", "demo"],
        cwd=checkout,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as demo:
        assert demo.stdout is not None
        assert demo.stdout.readline() == "up\n"
        if number == signal.SIGINT:
            os.killpg(demo.pid, number)  # as a terminal does
        else:
            demo.send_signal(number)
        assert demo.stdout.read() == "told to stop\n"  # ends only when nobody holds the other end any more
        assert demo.wait(WAIT_SECONDS) != 0
