"""What docs/security.md claims is held by a test that is there, and its limits are those of the code."""

import ast
import re
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from api.auth import enrolments, guessing, one_time_codes, passwords, sessions, users

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
_ROW = re.compile(r"^\| (\d+)\.(\d+)\.(\d+) \| (.+?) \| `(tests/[\w/]+\.py)::(test_\w+)` \|$", re.MULTILINE)
ROWS = [(tuple(map(int, found[:3])), *found[3:]) for found in _ROW.findall(PAGE)]


@cache
def names_in(path: str) -> set[str]:
    """Name the functions of a file."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize(("path", "name"), sorted({(path, name) for _, _, path, name in ROWS}))
def test_named_test_exists(path: str, name: str) -> None:
    assert (ROOT / path).is_file(), path
    assert name in names_in(path)


def test_table_is_read_whole_and_stands_in_order() -> None:
    numbers = [number for number, *_ in ROWS]
    lines = [line for line in PAGE.splitlines() if re.match(r"\| \d+\.\d+\.\d+ ", line)]
    assert len(lines) == len(ROWS) > 60
    assert numbers == sorted(set(numbers))


def test_test_that_is_not_there_would_be_noticed() -> None:
    assert "test_of_nothing" not in names_in("tests/docs/test_security.py")


def test_limits_are_those_of_the_code() -> None:
    minute = timedelta(minutes=1)
    said = [
        f"{users.MOST_REFUSALS} in a row | locked for {users.LOCKED_FOR // minute} minutes",
        f"{passwords.MOST_AT_ONCE} at once, {passwords.MOST_WAITING} wait",
        f"{enrolments.MOST_REFUSALS} tries",
        f"{guessing.MOST_REFUSED} different ones in {guessing.WITHIN // minute} minutes",
        f"429 with `Retry-After`, {guessing.STOPPED_FOR // minute} minutes",
        f"ends {sessions.IDLE // (60 * minute)} hours after its last use, after {sessions.LIFETIME.days}",
        f"at most {passwords.MOST_LENGTH}",
    ]
    assert [one for one in said if one not in PAGE.replace("\n", " ")] == []
    assert (passwords.LEAST_LENGTH, one_time_codes.RECOVERY_CODES, one_time_codes.DIGITS) == (10, 10, 6)
