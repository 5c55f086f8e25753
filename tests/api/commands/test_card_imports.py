from pathlib import Path

import asyncpg
import pytest

from tests.conftest import run_command

HEADER = "number,percent,turnover,balance,points,expires_on,state"


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def _make_series(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        definition = '{"name": "Old", "kind": "discount"}'
        await connection.execute(
            "insert into series (code, version, definition) values ('OLD', 1, $1::text::jsonb)", definition
        )
    finally:
        await connection.close()


async def test_cards_are_imported_once_and_bad_rows_are_given_back(
    tallycard: list[str], database_url: str, tmp_path: Path
) -> None:
    await _make_series(database_url)
    rows = ["A1,5,100.00,,,,", "A2,,,,,,lost", "A3,,,7.00,,,"]
    (tmp_path / "cards.csv").write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    command = [*tallycard, "import", "cards", "cards.csv", "--series", "OLD"]

    first, again = [run_command(command, TALLYCARD_DATABASE_URL=database_url) for _ in range(2)]

    assert (first.returncode, again.returncode) == (1, 1)
    assert first.stdout.splitlines() == ["3 rows, 2 cards", "1 imported, 0 were here already"]
    assert "line 3: state must be one of active, blocked, closed" in first.stderr
    assert "line 4: cards of series OLD hold no money" in first.stderr
    assert again.stdout.splitlines()[-1] == "nothing new: all 1 were here already"
    given_back = (tmp_path / "cards.rejected.csv").read_text(encoding="utf-8").splitlines()
    assert given_back[0] == f"line,reason,{HEADER}"
    assert len(given_back) == 3


async def test_unknown_series_is_told(tallycard: list[str], database_url: str, tmp_path: Path) -> None:
    (tmp_path / "cards.csv").write_text(f"{HEADER}\nA1,,,,,,\n", encoding="utf-8")

    told = run_command(
        [*tallycard, "import", "cards", "cards.csv", "--series", "OLD"], TALLYCARD_DATABASE_URL=database_url
    )

    assert told.returncode == 1
    assert told.stderr.endswith("tallycard: there is no series of this code; nothing was imported\n")
