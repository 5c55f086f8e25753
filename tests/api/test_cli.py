"""The command line loads what a command needs and no more."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import api.commands
from api.cli import COMMANDS
from tests.conftest import run_command

HEAVY = ("sqlalchemy", "asyncpg", "alembic", "litestar", "reportlab")


def test_every_command_of_every_module_is_called_by_its_name() -> None:
    modules = [file.stem for file in Path(api.commands.__path__[0]).glob("*.py")]
    named = {
        command.name: module
        for module in modules
        for command in getattr(import_module(f"api.commands.{module}"), "COMMANDS", ())
    }
    assert named == dict(COMMANDS)


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        (["settings"], HEAVY),
        (["--version"], HEAVY),
        (["migrate", "--help"], ("alembic", "litestar", "reportlab")),
        (["till", "--help"], ("sqlalchemy", "asyncpg", "alembic", "reportlab", "api.app")),
        (["readers", "list"], HEAVY),
    ],
)
def test_small_command_loads_nothing_heavy(arguments: list[str], missing: tuple[str, ...]) -> None:
    program = f"import sys, atexit; sys.argv[1:] = {arguments!r}; from api.cli import main\n"
    program += "atexit.register(lambda: print('loaded', *sys.modules)); main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not set(missing) & set(done.stdout.splitlines()[-1].split())


def test_help_names_every_command_and_a_wrong_name_is_a_wrong_call(tallycard: list[str]) -> None:
    told = run_command([*tallycard, "--help"])
    assert [name for name in COMMANDS if f"\n  {name} " not in told.stdout] == []
    wrong = run_command([*tallycard, "srve"])
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "No such command 'srve'" in wrong.stderr
