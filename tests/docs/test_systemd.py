"""The units for systemd: its own checker has nothing to say of them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

UNITS = sorted((REPOSITORY / "docs" / "systemd").glob("*.service"), key=lambda unit: unit.stem)
TIMER = REPOSITORY / "docs" / "systemd" / "tallycard-backup.timer"
PROGRAM = "/opt/tallycard/bin/tallycard"


def test_units_pass_the_checker_of_systemd(tmp_path: Path) -> None:
    assert [unit.stem for unit in UNITS] == ["tallycard", "tallycard-backup", "tallycard-till", "tallycard-worker"]
    assert complaints([unit.read_text() for unit in UNITS], tmp_path) == ""


def test_unit_with_a_slip_is_noticed(tmp_path: Path) -> None:
    assert "Unknown key 'RestrtSec'" in complaints([UNITS[0].read_text().replace("RestartSec", "RestrtSec")], tmp_path)


def complaints(units: list[str], folder: Path) -> str:
    """Give what the checker says of units whose program is this checkout's."""
    checker = shutil.which("systemd-analyze")
    if checker is None:
        pytest.skip("there is no systemd-analyze on this machine")
    program = str(Path(sys.executable).with_name("tallycard"))
    files = [folder / unit.name for unit in UNITS[: len(units)]]
    for file, unit in zip(files, units, strict=True):
        assert PROGRAM in unit
        file.write_text(unit.replace(PROGRAM, program))
    files.append(folder / TIMER.name)
    files[-1].write_text(TIMER.read_text())
    done = subprocess.run(
        [checker, "verify", *map(str, files)], capture_output=True, text=True, check=False, timeout=60
    )
    return done.stdout + done.stderr
