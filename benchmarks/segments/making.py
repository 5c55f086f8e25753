"""Makes the folder of a large company that buys: parties and cards as `benchmarks.parties` makes them, and receipts.

Receipts and their lines are written by SQL into the tables of the product, two years of them, five lines each in one of
twenty groups of goods; few cards buy much and many little, as in a shop. Three mailings went to everybody. What is
counted from receipts the product counts itself: sums of groups of goods by its worker's portions, scores by its own
statement.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter

import asyncpg

from api.commands.places import POSTGRES_FOLDER
from benchmarks.parties.making import make as make_parties
from crm.scores.repository import score_all
from database.embedded import running
from database.engine import Database
from database.partitions import ensure_months
from loyalty.bought.service import catch_up

DAYS = 730
LINES_OF_RECEIPT = 5
ITEM_GROUPS = 20
MAILINGS = 3
RECEIPTS_AT_ONCE = 200_000
Say = Callable[[str], None]


def make(folder: Path, *, parties: int, lines: int, say: Say) -> None:
    """Make the folder; it must be empty or not there."""
    make_parties(folder, parties=parties, activities=0, say=say)
    settings = {"max_wal_size": "8GB", "synchronous_commit": "off"}
    with running(folder / POSTGRES_FOLDER, say=say, settings=settings) as server:
        asyncio.run(_make(server.dsn, receipts=lines // LINES_OF_RECEIPT, say=say))


async def _make(dsn: str, *, receipts: int, say: Say) -> None:
    today = datetime.now(UTC).date()
    owner, service = Database(dsn, role=None), Database(dsn)
    connection = await asyncpg.connect(dsn)
    try:
        await owner.run(ensure_months, today - timedelta(days=DAYS), today)
        await connection.execute("truncate card_day")
        for first in range(1, receipts + 1, RECEIPTS_AT_ONCE):
            last = min(first + RECEIPTS_AT_ONCE - 1, receipts)
            await connection.execute(_RECEIPTS, today, first, last, timeout=None)
            say(f"{last:,} of {receipts:,} receipts are in")
        await connection.execute(_LINES.format(lines=LINES_OF_RECEIPT, groups=ITEM_GROUPS), timeout=None)
        await connection.execute(_CARD_DAYS, timeout=None)
        for number in range(MAILINGS):
            await connection.execute(_LETTERS, number, timeout=None)
            say(f"{number + 1} of {MAILINGS} mailings were sent")
        await connection.execute("vacuum analyze")
        await _count_goods(service, say)
        await _score(service, today, say)
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()
        await owner.close()
        await service.close()


async def _count_goods(service: Database, say: Say) -> None:
    began = perf_counter()
    while await service.run(catch_up, now=datetime.now(UTC)):
        continue
    say(f"groups of goods were counted in {perf_counter() - began:.1f} s")


async def _score(service: Database, today: date, say: Say) -> None:
    began = perf_counter()
    scored = await service.run(score_all, today=today)
    say(f"{scored:,} parties were scored in {perf_counter() - began:.1f} s")


_RECEIPTS = f"""
with cards as (select array_agg(card_id order by card_id) as ids from card where state <> 'replaced')
insert into receipt (card_id, business_date, id, uid, kind, state, store, till, shift, number, closed_at, received_at,
    cashier, offline, total, purchases, payments, flags)
select ids[1 + floor(power(hashint8(n)::bigint % 1000000 / 1000000.0, 2) * cardinality(ids))], day, n,
    gen_random_uuid(), 'sale', 'posted', '0001', '1', 1, n::text, day + interval '12 hours', day + interval '12 hours',
    '1', false, 0, 1, '[]', '{{}}'
from cards, generate_series($2::bigint, $3::bigint) n
    cross join lateral (select $1::date - (n * 7919 % {DAYS})::int as day) d
where hashint8(n) >= 0
"""
_LINES = """
insert into receipt_line (card_id, business_date, receipt_id, line, sku, quantity, price, discount, net, item_group,
    marks)
select card_id, business_date, id, l, 'S' || (id * 31 + l) % 5000, 1000000, 100, 0, 100 + (id * 17 + l * 301) % 4900,
    'group ' || (id * 13 + l * l * 7) % {groups}, 0
from receipt, generate_series(1, {lines}) l
"""
_LETTERS = """
with made as (
    insert into mailing (name, kind_id, state, started_at, prepared_at, ended_at, created_at, changed_at)
    select 'News ' || $1::int, 1, 'sent', at, at, at, at, at
    from (select now() - $1::int * interval '40 days' as at) moment returning id, started_at
), wanted as (
    insert into subscription (party_id, kind_id, state, changed_at)
    select id, 2, case when id % 5 = 0 then 'unsubscribed' else 'subscribed' end, now() from party
    where $1::int = 0 and id % 10 <> 0
)
insert into mailing_recipient (mailing_id, party_id, address, domain, state, due_at, sent_at, opened_at, clicked_at,
    bounced_at)
select made.id, p.id, 'p' || p.id || '@example.com', 'example.com', 'sent', made.started_at, made.started_at,
    case when hashint8(p.id * 3 + $1::int) % 5 in (0, 1) then made.started_at + interval '3 hours' end,
    case when hashint8(p.id * 3 + $1::int) % 20 = 0 then made.started_at + interval '4 hours' end,
    case when p.id % 101 = 0 then made.started_at + interval '1 minute' end
from made, party p
"""
_CARD_DAYS = """
insert into card_day (card_id, day, turnover, receipts)
select r.card_id, r.business_date, sum(l.net), count(distinct r.id)
from receipt r join receipt_line l on l.receipt_id = r.id and l.business_date = r.business_date
group by r.card_id, r.business_date;
update card c set turnover = d.turnover, purchases = d.receipts
from (select card_id, sum(turnover) as turnover, sum(receipts) as receipts from card_day group by card_id) d
where d.card_id = c.card_id
"""
