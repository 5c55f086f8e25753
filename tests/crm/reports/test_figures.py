"""Every figure of a report beside plain SQL over receipts, lines and entries, in a shop with a year behind it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any  # Any: rows of plain SQL
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from crm.reports.asking import find_report, read_asked
from crm.reports.model import Answer
from crm.reports.service import run_report
from crm.views.listing import load_words
from database.embedded import Server
from database.engine import Database
from loyalty.money import Scale
from tests.api.pages.conftest import database
from tests.api.pages.shop import ZONE, fill_shop
from tests.conftest import ACT

TODAY = date(2026, 11, 22)
YEAR = [("since", "2025-12-01"), ("until", "2026-11-30")]
GROUPS = ("store", "series", "tier", "cashier", "none")


class Books:
    """Runs reports of the shop, and plain SQL on its database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.database = Database(url)

    async def report(self, report_id: str, *fields: tuple[str, str]) -> Answer:
        """Run a report of the year, with these fields of an address."""

        async def run(connection: Any) -> Answer:
            zone = ZoneInfo(ZONE)
            words = await load_words(connection)
            context = words.context(now=datetime(2026, 11, 22, 12, tzinfo=zone), zone=zone, money=Scale(2))
            asked = read_asked(find_report(report_id), [*YEAR, *fields], today=context.today)
            return await run_report(connection, asked, context)

        return await self.database.run(run)

    async def sql(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Give the rows of plain SQL."""
        connection = await asyncpg.connect(self.url)
        try:
            return [tuple(row) for row in await connection.fetch(query, *values)]
        finally:
            await connection.close()


@pytest.fixture(scope="module")
async def books(postgres: Server, template: str) -> Any:
    """Give the shop of the tests of the pages, with some cards replaced in its books."""
    async with database(postgres, template, "test_report_figures") as url:
        owner = Database(url, role=None)
        await owner.run(fill_shop, today=ACT.at.date())
        await owner.close()
        found = Books(url)
        yield found
        await found.database.close()


def table(answer: Answer, column: int = 0) -> dict[Any, Any]:
    """Give a column by key."""
    return {row.keys[0] if len(row.keys) == 1 else row.keys: row.values[column] for row in answer.rows}


def sums(answer: Answer) -> list[int]:
    """Sum each column over all rows."""
    return [sum(row.values[place] or 0 for row in answer.rows) for place in range(len(answer.columns))]


async def test_turnover_by_store_is_that_of_the_receipts(books: Books) -> None:
    answer = await books.report("turnover", ("by", "store"))

    plain = await books.sql(
        """select r.store, sum(case r.kind when 'return' then -l.net else l.net end)::bigint
        from receipt r join receipt_line l on l.receipt_id = r.id
        where r.card_id <> 0 and l.marks & 8 = 0 and r.business_date between '2025-12-01' and '2026-11-30' group by 1"""
    )
    assert table(answer) == dict(plain)
    assert [row.values[0] for row in answer.rows] == sorted((amount for _, amount in plain), reverse=True)


@pytest.mark.parametrize("by", GROUPS)
@pytest.mark.parametrize("step", ["none", "day", "week", "month"])
async def test_turnover_is_that_of_the_ledger_however_it_is_grouped(books: Books, by: str, step: str) -> None:
    answer = await books.report("turnover", ("by", by), ("step", step), ("compare", "yes"))

    [(turnover,)] = await books.sql(
        "select sum(amount)::bigint from ledger where account = 'turnover' and business_date between '2025-12-01' and '2026-11-30'"
    )
    [(before,)] = await books.sql(
        "select coalesce(sum(amount), 0)::bigint from ledger where account = 'turnover' and business_date between '2024-12-01' and '2025-11-30'"
    )
    [(purchases,)] = await books.sql(
        "select sum(purchases)::bigint from receipt where business_date between '2025-12-01' and '2026-11-30'"
    )
    assert answer.totals[:2] == (turnover, purchases)
    assert answer.totals[3:] == (before, turnover - before)
    assert sums(answer)[:2] == [turnover, purchases]
    assert sums(answer)[3:] == [before, turnover - before]


async def test_turnover_by_month_and_tier_is_that_of_the_ledger(books: Books) -> None:
    answer = await books.report("turnover", ("by", "tier"), ("step", "month"))

    plain = await books.sql(
        """select date_trunc('month', l.business_date)::date,
            s.code || ':' || coalesce(c.own_percent, (s.definition ->> 'percent')::bigint), sum(l.amount)::bigint
        from ledger l join card c using (card_id) join series s on s.id = c.series_id
        where l.account = 'turnover' and business_date between '2025-12-01' and '2026-11-30' group by 1, 2"""
    )
    assert table(answer) == {(month, tier): amount for month, tier, amount in plain}


async def test_narrowed_report_counts_what_was_meant_alone(books: Books) -> None:
    answer = await books.report(
        "turnover",
        ("by", "series"),
        ("store", "0001"),
        ("store", "0003"),
        ("series", "GOLD"),
        ("where", "name~has~Nora"),
    )

    plain = await books.sql(
        """select s.code, sum(case r.kind when 'return' then -l.net else l.net end)::bigint
        from receipt r join receipt_line l on l.receipt_id = r.id join card c on c.card_id = r.card_id
        join series s on s.id = c.series_id join party p on p.id = c.holder_id
        where l.marks & 8 = 0 and r.business_date between '2025-12-01' and '2026-11-30'
            and r.store in ('0001', '0003') and s.code = 'GOLD' and p.name ilike '%nora%' group by 1"""
    )
    assert plain
    assert table(answer) == dict(plain)


async def test_cards_count_by_the_day_where_the_back_office_is(books: Books) -> None:
    answer = await books.report("cards", ("since", "2025-01-01"), ("step", "month"), ("by", "series"))

    plain = await books.sql(
        """select date_trunc('month', c.created_at at time zone 'Europe/London')::date, s.code, count(*)
        from card c join series s on s.id = c.series_id group by 1, 2"""
    )
    assert table(answer) == {(month, code): count for month, code, count in plain}


@pytest.mark.parametrize("by", ["reason", "store", "cashier", "series", "tier", "none"])
async def test_discounts_are_those_of_the_lines_however_they_are_grouped(books: Books, by: str) -> None:
    answer = await books.report("discounts", ("by", by), ("step", "week"))

    [(discount, gross, lines)] = await books.sql(
        """select sum(sign * l.discount)::bigint, sum(sign * (l.discount + l.net))::bigint, count(*)
        from (select *, case kind when 'return' then -1 else 1 end as sign from receipt) r
        join receipt_line l on l.receipt_id = r.id
        where l.marks & 8 = 0 and r.business_date between '2025-12-01' and '2026-11-30'"""
    )
    assert (answer.totals[0], answer.totals[1], answer.totals[3]) == (discount, gross, lines)
    assert [sums(answer)[place] for place in (0, 1, 3)] == [discount, gross, lines]


@pytest.mark.parametrize("by", ["none", "series", "tier"])
@pytest.mark.parametrize("step", ["none", "week", "month"])
async def test_balances_begin_and_end_as_the_ledger_says(books: Books, by: str, step: str) -> None:
    answer = await books.report(
        "balances", ("since", "2026-03-05"), ("until", "2026-09-10"), ("by", by), ("step", step)
    )

    query = "select coalesce(sum(amount), 0)::bigint from ledger where account = 'money' and "
    [(opening,)] = await books.sql(query + "business_date < '2026-03-05'")
    [(closing,)] = await books.sql(query + "business_date <= '2026-09-10'")
    [(topped_up,)] = await books.sql(query + "business_date between '2026-03-05' and '2026-09-10' and amount > 0")
    [(paid,)] = await books.sql(query + "business_date between '2026-03-05' and '2026-09-10' and amount < 0")
    assert answer.totals == (opening, topped_up, paid, 0, closing)
    assert all(row.values[-1] == sum(amount or 0 for amount in row.values[:-1]) for row in answer.rows)


async def test_retention_counts_cards_that_bought_again(books: Books) -> None:
    answer = await books.report("retention", ("since", "2025-10-01"))

    plain = await books.sql(
        """with bought as (select distinct r.card_id, date_trunc('month', r.business_date)::date as month
            from receipt r where r.card_id <> 0 and r.kind = 'sale' and r.purchases > 0),
        firsts as (select card_id, min(month) as cohort from bought group by 1)
        select cohort, ((extract(year from month) - extract(year from cohort)) * 12 + extract(month from month)
            - extract(month from cohort))::int, count(*) from bought join firsts using (card_id)
        where cohort >= '2025-10-01' group by 1, 2"""
    )
    counted = {keys: cards for keys, cards in table(answer).items() if cards}
    assert counted == {(cohort, age): count for cohort, age, count in plain}
    assert answer.totals[0] == sum(count for _, age, count in plain if age == 0)


async def test_tiers_are_those_of_the_two_moments(books: Books) -> None:
    moment = "2026-06-01T00:00:00+01:00"
    await books.sql(
        """insert into card_setting_past (card_id, until, series_id, own_percent, cause)
        select card_id, cast($1::text as timestamptz) + interval '1 hour' * card_id, series_id, 70000, 'test'
        from card where card_id % 40 = 1""",
        moment,
    )

    answer = await books.report("tiers", ("since", "2026-06-01"), ("until", "2026-11-22"))

    moved: Sequence[tuple[Any, ...]] = await books.sql(
        """select s.code || ':70000', s.code || ':' || c.own_percent, count(*)
        from card c join series s on s.id = c.series_id where c.card_id % 40 = 1 and c.state <> 'replaced' group by 1, 2"""
    )
    changed = {keys: cards for keys, cards in table(answer).items() if keys[0] != keys[1]}
    assert changed == {(before, after): count for before, after, count in moved}
    assert moved
    assert await books.sql("select count(*) from card where state <> 'replaced'") == [answer.totals]
