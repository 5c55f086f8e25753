"""`tallycard cards make`: cards by number, done by the command itself, and refusals in one line."""

import signal
import subprocess

import asyncpg

from api.settings import load_settings
from database.engine import Database
from loyalty.cards.model import SeriesSettings
from loyalty.cards.series import put_series
from loyalty.installation import ensure_installation
from tests.conftest import ACT, run_command


async def put_gold(url: str, template: str = "290%09^") -> None:
    database, settings = Database(url), load_settings({})
    try:
        await database.run(ensure_installation, currency=settings.currency, timezone=settings.timezone)
        series = SeriesSettings(name="Gold", kind="discount", number_template=template)
        await database.run(put_series, "GOLD", series, act=ACT)
    finally:
        await database.close()


async def fetch(url: str, query: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(query))
    finally:
        await connection.close()


def interrupt(command: list[str], url: str) -> tuple[int, str, str]:
    """Run a command until it shows progress, and press Ctrl-C; give its code and what it said."""
    pipe, environment = subprocess.PIPE, {"TALLYCARD_DATABASE_URL": url}
    with subprocess.Popen(command, env=environment, stderr=pipe, stdout=pipe, text=True) as run:
        assert run.stderr is not None
        next(line for line in run.stderr if "cards of GOLD" in line)
        run.send_signal(signal.SIGINT)
        said, complaint = run.communicate(timeout=60)
    return run.returncode, said, complaint


async def test_cards_are_made_without_a_worker(tallycard: list[str], database_url: str) -> None:
    """PAP-18: as many as are asked for, going on after the last."""
    await put_gold(database_url)

    for total in (500, 1_000):
        done = run_command([*tallycard, "cards", "make", "GOLD", "500"], TALLYCARD_DATABASE_URL=database_url)

        assert (done.returncode, done.stdout) == (0, "500 cards of GOLD made\n"), done.stderr
        assert "500 cards in" in done.stderr
        counted = await fetch(database_url, "select count(*), count(distinct number), max(number) from card")
        assert tuple(counted[0])[:2] == (total, total)


async def test_cards_that_cannot_be_made_are_refused_in_one_line(tallycard: list[str], database_url: str) -> None:
    await put_gold(database_url, "29%02")

    full = run_command([*tallycard, "cards", "make", "GOLD", "500"], TALLYCARD_DATABASE_URL=database_url)
    unknown = run_command([*tallycard, "cards", "make", "SILVER", "500"], TALLYCARD_DATABASE_URL=database_url)

    assert (full.returncode, full.stderr.count("\n")) == (1, 1)
    assert "99 numbers left, 500 were asked for" in full.stderr
    assert (unknown.returncode, unknown.stderr) == (1, "tallycard: there is no series of this code\n")


async def test_interrupted_command_keeps_what_it_made_and_says_so(tallycard: list[str], database_url: str) -> None:
    await put_gold(database_url)

    code, said, complaint = interrupt([*tallycard, "cards", "make", "GOLD", "2000000"], database_url)

    row = (await fetch(database_url, "select state, done, (select count(*) from card) from job"))[0]
    assert (code, said) == (130, f"{row['done']:,} cards of GOLD made\n"), complaint
    assert (row["state"], row["done"]) == ("cancelled", row["count"])
