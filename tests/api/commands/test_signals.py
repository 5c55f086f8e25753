import csv
import io

import asyncpg

from api.state import Service
from tests.conftest import run_command
from tests.factories import make_line, make_receipt
from tests.loyalty.receipts.posting import make_card, post

REPORT = ["report", "signals", "--from", "2026-11-01", "--to", "2026-11-30"]


async def test_signals_are_written_as_a_table(service: Service, database_url: str, tallycard: list[str]) -> None:
    card = await make_card(service)
    sales = [
        make_receipt(make_line(), card={"number": card.number}, store=store, closed_at=f"2026-11-22T10:1{minute}:00Z")
        for minute, store in enumerate(("=1+1", "0002"))
    ]
    for sale in sales:
        await post(service, sale)

    told = run_command([*tallycard, *REPORT], TALLYCARD_DATABASE_URL=database_url)

    assert told.returncode == 0, told.stderr
    (row,) = csv.DictReader(io.StringIO(told.stdout.removeprefix("\ufeff")))
    assert (row["kind"], row["score"], row["last_day"]) == ("distant_stores", "95", "2026-11-22")
    assert row["reason"] == "in stores =1+1 and 0002 within 1 min 0 s"
    assert row["receipts"].split() == [sales[1]["receipt_uid"], sales[0]["receipt_uid"]]
    assert card.number not in told.stdout


async def test_minutes_between_stores_are_a_setting(service: Service, database_url: str, tallycard: list[str]) -> None:
    card = await make_card(service)
    for minute, store in enumerate(("0001", "0002")):
        closed = f"2026-11-22T10:{minute * 15:02}:00Z"
        await post(service, make_receipt(card={"number": card.number}, store=store, closed_at=closed))

    few = run_command([*tallycard, *REPORT], TALLYCARD_DATABASE_URL=database_url)
    many = run_command([*tallycard, *REPORT], TALLYCARD_DATABASE_URL=database_url, TALLYCARD_SIGNAL_MINUTES="20")

    assert (len(few.stdout.splitlines()), len(many.stdout.splitlines())) == (1, 2)


def test_period_that_ends_before_it_begins_is_said_in_one_line(tallycard: list[str], database_url: str) -> None:
    asked = ["report", "signals", "--from", "2026-11-02", "--to", "2026-11-01"]
    told = run_command([*tallycard, *asked], TALLYCARD_DATABASE_URL=database_url)
    assert (told.returncode, told.stderr) == (1, "tallycard: the period ends before it begins\n")


async def test_altered_entry_and_kept_anchor_are_named_by_verify(
    service: Service, database_url: str, tallycard: list[str]
) -> None:
    card = await make_card(service)
    await post(service, make_receipt(card={"number": card.number}))
    worked = run_command([*tallycard, "worker", "--once"], TALLYCARD_DATABASE_URL=database_url)
    assert '"event": "books anchored"' in worked.stderr
    assert run_command([*tallycard, "verify"], TALLYCARD_DATABASE_URL=database_url).returncode == 0

    connection = await asyncpg.connect(database_url)
    await connection.execute("update ledger set amount = amount + 1")
    await connection.close()
    anchor = ["--anchor", f"2026-10-01={'0' * 64}"]
    told = run_command([*tallycard, "verify", *anchor], TALLYCARD_DATABASE_URL=database_url)

    assert told.returncode == 1
    assert f"card {card.card_id}, entry 1 of turnover: the entry is not what was entered" in told.stderr
    assert "anchor of 2026-10-01: the chains up to then are not those that were anchored" in told.stderr


def test_anchor_that_is_none_is_a_wrong_call(tallycard: list[str]) -> None:
    for anchor in ("2026-10-01", "2026-10-01=12", f"yesterday={'0' * 64}"):
        told = run_command([*tallycard, "verify", "--anchor", anchor])
        assert (told.returncode, told.stdout) == (2, ""), anchor
