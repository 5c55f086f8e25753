"""PAP-23: cards are printed from the command line, a large series into several files."""

from pathlib import Path
from subprocess import CompletedProcess

import asyncpg
import pypdfium2
import zxingcpp

from api.settings import load_settings
from database.engine import Database
from loyalty.cards.model import SeriesSettings
from loyalty.cards.series import put_series
from loyalty.cards.service import make_cards_with_numbers
from loyalty.installation import ensure_installation
from loyalty.numbering import read_template
from tests.conftest import ACT, run_command

TEMPLATE = "290%09^"


async def make_series(url: str, count: int) -> list[str]:
    """Make the series GOLD with so many cards; gives their numbers."""
    database, settings = Database(url), load_settings({})
    template = read_template(TEMPLATE)
    numbers = [template.number(counter) for counter in range(1, count + 1)]
    series = SeriesSettings(name="Gold", kind="discount", number_template=TEMPLATE)
    try:
        await database.run(ensure_installation, currency=settings.currency, timezone=settings.timezone)
        await database.run(put_series, "GOLD", series, act=ACT)
        await database.run(make_cards_with_numbers, "GOLD", numbers=numbers, act=ACT)
    finally:
        await database.close()
    return numbers


def print_gold(tallycard: list[str], url: str, *options: str) -> CompletedProcess[str]:
    return run_command([*tallycard, "cards", "print", "GOLD", *options], TALLYCARD_DATABASE_URL=url)


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def read_page(file: Path, page: int) -> set[str]:
    picture = pypdfium2.PdfDocument(file)[page].render(scale=300 / 72, grayscale=True).to_pil()
    return {code.text for code in zxingcpp.read_barcodes(picture)}


async def test_small_series_is_one_file(tallycard: list[str], database_url: str, tmp_path: Path) -> None:
    numbers = await make_series(database_url, 12)
    file = tmp_path / "gold.pdf"

    done = print_gold(tallycard, database_url, "--out", str(file), "--symbology", "ean13")

    assert (done.returncode, done.stdout) == (0, f"{file}: 12 cards\n12 cards printed\n"), done.stderr
    assert read_page(file, 0) | read_page(file, 1) == set(numbers)


async def test_large_series_is_several_files_and_each_is_journalled(
    tallycard: list[str], database_url: str, tmp_path: Path
) -> None:
    numbers = await make_series(database_url, 700)

    done = print_gold(tallycard, database_url, "--out", f"{tmp_path}/gold.pdf", "--layout", "a4-tags", "--count", "600")

    assert done.stdout.splitlines()[-1] == "600 cards printed into 2 files", done.stderr
    assert names(tmp_path) == ["gold-1.pdf", "gold-2.pdf"]
    assert read_page(tmp_path / "gold-1.pdf", 0) == set(numbers[:27])
    assert read_page(tmp_path / "gold-2.pdf", 0) == set(numbers[500:527])
    connection = await asyncpg.connect(database_url)
    rows = await connection.fetch(
        "select actor, data ->> 'count' as count from activity where act = 'cards.printed' order by id"
    )
    await connection.close()
    assert [tuple(row) for row in rows] == [("command", "500"), ("command", "100")]


async def test_cards_that_cannot_be_printed_are_refused_in_one_line(
    tallycard: list[str], database_url: str, tmp_path: Path
) -> None:
    await make_series(database_url, 1)
    file = f"{tmp_path}/gold.pdf"

    late = print_gold(tallycard, database_url, "--out", file, "--from", "99999")
    nowhere = print_gold(tallycard, database_url, "--out", f"{tmp_path}/no/gold.pdf")
    strange = print_gold(tallycard, database_url, "--out", file, "--text", "漢")

    assert (late.returncode, late.stderr) == (1, "tallycard: series GOLD has no card to print from here on\n")
    assert (nowhere.returncode, nowhere.stderr.count("\n")) == (1, 1)
    assert (strange.returncode, strange.stderr) == (
        1,
        "tallycard: '漢' cannot be printed: the font has no such character\n",
    )
    assert names(tmp_path) == []
