import signal
import subprocess
from os import environ
from pathlib import Path

import asyncpg
import pytest

from tests.conftest import run_command
from tests.loyalty.imports.sheets import HEADER, SHOP, make_sheet

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_imported_receipts_are_told_and_again_nothing_is_new(
    tallycard: list[str], database_url: str, tmp_path: Path
) -> None:
    command = [*tallycard, "import", "receipts", str(make_sheet(tmp_path))]

    first = run_command(command, TALLYCARD_DATABASE_URL=database_url)
    again = run_command(command, TALLYCARD_DATABASE_URL=database_url)

    assert (first.returncode, again.returncode) == (0, 0)
    assert first.stdout.splitlines() == [
        "7 rows, 5 receipts: 3 sales, 1 returns, 1 adjustments",
        "2 customers; 2 receipts without one",
        "5 imported, 0 were here already; 2 cards made",
    ]
    assert again.stdout.splitlines()[-1] == "nothing new: all 5 were here already"
    assert "importing: 5 receipts in" in first.stderr


def test_rejected_rows_are_told_and_written_down_and_the_rest_goes_in(
    tallycard: list[str], database_url: str, tmp_path: Path
) -> None:
    sheet = make_sheet(tmp_path, [*SHOP[:3], SHOP[3].replace("3.50", "-3.50"), *SHOP[4:]])

    told = run_command([*tallycard, "import", "receipts", str(sheet)], TALLYCARD_DATABASE_URL=database_url)

    assert told.returncode == 1
    assert "4 imported, 0 were here already; 1 cards made" in told.stdout
    assert "line 5: its receipt has a negative price, which only an adjustment may have" in told.stderr
    assert told.stderr.endswith("tallycard: 1 rows stay out, with their reasons in shop.rejected.csv; the rest is in\n")
    assert len((tmp_path / "shop.rejected.csv").read_text(encoding="utf-8").splitlines()) == 2


def test_only_the_first_reasons_are_told(tallycard: list[str], database_url: str, tmp_path: Path) -> None:
    sheet = make_sheet(tmp_path, [f"6000{number:02d},TEA" for number in range(12)])
    told = run_command([*tallycard, "import", "receipts", str(sheet)], TALLYCARD_DATABASE_URL=database_url)
    assert told.stderr.count("has 2 fields, the header has 8") == 5
    assert "and 7 more" in told.stderr


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"Invoice,StockCode\n", "wants Quantity (quantity), UnitPrice or Price (price)"),
        ("a.csv", HEADER.encode() + b"\n\xff", "byte 82 of the text is no UTF-8"),
        ("a.csv.xz", b"\xfd7zXZ\x00", "is damaged or cut off"),
        ("a.xlsx", b"PK", "files that end in"),
    ],
)
def test_file_that_cannot_be_read_is_refused_before_a_database_is_asked(
    tallycard: list[str], tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    told = run_command([*tallycard, "import", "receipts", name], TALLYCARD_DATABASE_URL=NOWHERE)
    assert (told.returncode, told.stdout) == (1, "")
    assert reason in told.stderr
    assert told.stderr.endswith("nothing was imported\n")


def test_database_that_does_not_answer_is_told(tallycard: list[str], tmp_path: Path) -> None:
    told = run_command([*tallycard, "import", "receipts", str(make_sheet(tmp_path))], TALLYCARD_DATABASE_URL=NOWHERE)
    assert told.returncode == 1
    assert "look at TALLYCARD_DATABASE_URL" in told.stderr


def test_parties_are_told_as_new_changed_and_the_same(tallycard: list[str], database_url: str, tmp_path: Path) -> None:
    (tmp_path / "club.toml").write_text('source = "club"\n[columns]\nkey = "id"\nname = "who"\n', encoding="utf-8")
    command = [*tallycard, "import", "parties", "club.csv", "--mapping", "club.toml"]
    told = []
    for rows in ("1,Ana\n2,Eva\n", "1,Ana\n2,Eva\n", "1,Ana\n2,Eva Ilieva\n3,None\n"):
        (tmp_path / "club.csv").write_text(f"id,who\n{rows}", encoding="utf-8")
        told.append(run_command(command, TALLYCARD_DATABASE_URL=database_url).stdout.splitlines()[-1])
    assert told == [
        "2 imported, 0 changed, 0 as they were",
        "nothing new: all 2 were here already",
        "1 imported, 1 changed, 1 as they were",
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_interrupted_import_says_how_to_go_on(
    tallycard: list[str], database_url: str, tmp_path: Path, number: signal.Signals
) -> None:
    rows = [SHOP[0].replace("500001", f"{700_000 + at}") for at in range(4_000)]
    command = [*tallycard, "import", "receipts", str(make_sheet(tmp_path, rows))]

    stopped = interrupt(command, number, database_url)
    finished = run_command(command, TALLYCARD_DATABASE_URL=database_url)

    assert stopped.returncode == 130
    assert "of 4,000 receipts are in: the same command goes on from there" in stopped.stderr
    assert finished.returncode == 0
    assert await ask(database_url) == (1, 4_000 * 700, 4_000)


@pytest.mark.data
async def test_interrupted_year_goes_on_where_it_was(
    tallycard: list[str], database_url: str, shared_data: Path
) -> None:
    command = [*tallycard, "import", "receipts", str(shared_data / "online_retail_2010_2011.csv.xz")]

    stopped = interrupt(command, signal.SIGINT, database_url)
    assert stopped.returncode == 130
    _, _, before = await ask(database_url)
    finished = run_command(command, TALLYCARD_DATABASE_URL=database_url)

    assert 0 < before < 25_897
    assert (finished.returncode, finished.stdout.splitlines()[-1].split(" ")[0]) == (0, f"{25_897 + 3 - before:,}")
    assert await ask(database_url) == (4_372, 830_006_581, 25_897)


async def ask(url: str) -> tuple[int, int, int]:
    """Give the number of cards, their turnover and the number of receipts."""
    connection = await asyncpg.connect(url)
    try:
        row = await connection.fetchrow("select count(*), sum(turnover), (select count(*) from receipt) from card")
    finally:
        await connection.close()
    return (row[0], int(row[1]), row[2])


def interrupt(command: list[str], number: signal.Signals, url: str) -> subprocess.CompletedProcess[str]:
    """Start an import and send it a signal when the first receipts are in."""
    clean = {name: value for name, value in environ.items() if not name.startswith("TALLYCARD_")}
    importing = subprocess.Popen(
        command, env=clean | {"TALLYCARD_DATABASE_URL": url}, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with importing:
        assert importing.stderr is not None
        told = ""
        for line in importing.stderr:
            told += line
            if line.startswith("importing: "):
                importing.send_signal(number)
                break
        out, rest = importing.communicate(timeout=60)
    return subprocess.CompletedProcess(command, importing.returncode, out, told + rest)
