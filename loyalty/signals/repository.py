"""All SQL of signals: each question is one set-based statement over the receipts of a period's partitions.

Only posted receipts count, and only those with a card: card_id is 0 where none counts. Whatever a statement gives is
bounded, the most unusual first.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from msgspec import Struct, convert
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act
from database.memory import MORE_MEMORY
from loyalty.cards.tables import card
from loyalty.numbering import mask
from loyalty.signals.facts import Climb, EntryCount, Hop, Meeting, Standing
from loyalty.signals.model import Finding, Period, Thresholds
from loyalty.signals.tables import signal_dismissal

MOST_FACTS = 2_000
"""So many of each are judged; a period with more needs no list but a talk."""

MOST_BEHIND = 100
"""So many receipts are given for one signal, the newest."""

MOST_SECONDS = 60


class Behind(Struct, frozen=True):
    """A receipt behind a signal; `place` is the signal's place among those that were asked for."""

    place: int
    uid: UUID
    business_date: date


async def limit_time(connection: AsyncConnection) -> None:
    """Let no statement of this transaction run longer than MOST_SECONDS, and sort in memory."""
    await connection.execute(text(f"set local statement_timeout = '{MOST_SECONDS}s'"))
    await connection.execute(MORE_MEMORY)


async def list_meetings(connection: AsyncConnection, period: Period, limits: Thresholds) -> list[Meeting]:
    """List cards and the cashiers who ring them up more often than their share of the sales explains."""
    bound = {"least": limits.own_card_receipts, "beyond": limits.own_card_beyond}
    rows = await connection.execute(text(_MEETINGS), _dates(period) | bound | {"most": MOST_FACTS})
    return [convert(row, Meeting, from_attributes=True) for row in rows]


# Hours are hours of the day in UTC: they only have to be the same for all sales of a store. A cashier's share is taken
# over all days of the period, so that who always works on a card's days is not explained away by it.
_MEETINGS = """
with visits as materialized (
    select card_id, store, extract(hour from closed_at)::int as hour, cashier, count(*) as receipts
    from receipt
    where business_date between :first and :last and state = 'posted' and kind = 'sale'
    group by card_id, store, hour, cashier
), shares as (
    select store, hour, cashier,
        sum(receipts) / sum(sum(receipts)) over (partition by store, hour) as share
    from visits group by store, hour, cashier
), pairs as (
    select card_id, store, cashier, sum(receipts)::bigint as receipts
    from visits where card_id <> 0 group by card_id, store, cashier having sum(receipts) >= :least
), hours as (
    select card_id, store, hour, sum(receipts)::bigint as receipts
    from visits where (card_id, store) in (select card_id, store from pairs) group by card_id, store, hour
), meetings as (
    select p.card_id, p.store, p.cashier, p.receipts, sum(h.receipts)::bigint as of_card,
        coalesce(sum(h.receipts * s.share), 0) as expected
    from pairs p
    join hours h using (card_id, store)
    left join shares s on s.store = p.store and s.hour = h.hour and s.cashier = p.cashier
    group by p.card_id, p.store, p.cashier, p.receipts
)
select card_id, store, cashier, receipts, of_card, round(expected, 6) as expected from meetings
where receipts - expected >= :beyond
order by receipts - expected desc, card_id, store, cashier limit :most
"""


async def list_entry_counts(connection: AsyncConnection, period: Period) -> list[EntryCount]:
    """Count by store, till and cashier how cards were shown; a receipt that does not say how is passed over."""
    rows = await connection.execute(text(_ENTRIES), _dates(period))
    return [convert(row, EntryCount, from_attributes=True) for row in rows]


_ENTRIES = """
select store, till, cashier, count(*) as shown, count(*) filter (where entry = 'keyed') as keyed
from receipt
where business_date between :first and :last and state = 'posted' and card_number is not null and entry is not null
group by store, till, cashier
order by store, till, cashier
"""


async def list_hops(connection: AsyncConnection, period: Period, limits: Thresholds) -> list[Hop]:
    """List receipts of one card in a row that were closed in different stores within minutes."""
    bound = {"within": limits.distant_minutes * 60, "most": MOST_FACTS}
    rows = await connection.execute(text(_HOPS), _dates(period) | bound)
    return [convert(row, Hop, from_attributes=True) for row in rows]


# The number that was shown is what was in two stores: cards of one account, or a card and its successor, may well be.
_HOPS = """
select card_id, store, uid, business_date, store_before, uid_before, seconds
from (
    select card_id, store, uid, business_date, lag(store) over shown as store_before, lag(uid) over shown as uid_before,
        extract(epoch from closed_at - lag(closed_at) over shown)::bigint as seconds
    from receipt
    where business_date between :first and :last and state = 'posted' and card_id <> 0 and card_number is not null
    window shown as (partition by card_id, card_number order by closed_at, uid)
) r
where store <> store_before and seconds <= :within
order by seconds, card_id, uid limit :most
"""


async def list_climbs(
    connection: AsyncConnection, period: Period, limits: Thresholds, series_ids: Sequence[int]
) -> list[Climb]:
    """List large sales on cards of some series, most of which was returned soon, by returns of the period."""
    bound = {
        "series": list(series_ids),
        "days": limits.riding_days,
        "percent": limits.riding_percent,
        "times": limits.riding_times,
        "most": MOST_FACTS,
    }
    rows = await connection.execute(text(_CLIMBS), _dates(period) | bound)
    return [convert(row, Climb, from_attributes=True) for row in rows]


_CLIMBS = """
with returned as (
    select original_uid as uid, sum(total)::bigint as returned, max(closed_at) as returned_at,
        max(business_date) as returned_on, array_agg(uid order by closed_at desc) as returns
    from receipt
    where business_date between :first and :last and state = 'posted' and kind = 'return' and card_id <> 0
        and original_uid is not null
    group by original_uid
), sold as (
    select s.card_id, c.series_id, s.uid, s.store, s.cashier, s.business_date, s.closed_at, s.total, x.returned,
        x.returned_at, x.returned_on, x.returns
    from returned x
    join receipt_key k on k.uid = x.uid
    join receipt s on s.card_id = k.card_id and s.business_date = k.business_date and s.id = k.receipt_id
    join card c on c.card_id = s.card_id
    where s.state = 'posted' and s.total > 0 and c.series_id = any(cast(:series as bigint[]))
        and x.returned * 100 >= s.total * :percent and x.returned_at - s.closed_at < make_interval(days => :days + 1)
)
select s.*, sale.seq as entry, back.seq as last_entry, usual.usual
from sold s
join ledger sale on sale.card_id = s.card_id and sale.business_date = s.business_date and sale.source_uid = s.uid
    and sale.account = 'turnover'
cross join lateral (
    select max(seq) as seq from ledger l
    where l.card_id = s.card_id and l.business_date between s.business_date and s.returned_on
        and l.source_uid = any(s.returns) and l.account = 'turnover'
) back
cross join lateral (
    select avg(total)::bigint as usual from receipt o
    where o.card_id = s.card_id and o.business_date between s.business_date - 92 and :last and o.kind = 'sale'
        and o.state = 'posted' and o.uid <> s.uid
) usual
where back.seq is not null and (usual.usual is null or s.total >= :times * usual.usual)
order by s.total desc, s.uid limit :most
"""


async def list_standings(
    connection: AsyncConnection, climbs: Sequence[Climb], periods: Sequence[tuple[date, date]]
) -> list[Standing]:
    """Give the turnovers around each climb in the period of its table: from one day to another, both inclusive.

    Its returns count wherever they fall: who climbs on the last day and returns on the first rides all the same.
    """
    values = {
        "sales": [climb.uid for climb in climbs],
        "cards": [climb.card_id for climb in climbs],
        "entries": [climb.entry for climb in climbs],
        "last_entries": [climb.last_entry for climb in climbs],
        "firsts": [first for first, _ in periods],
        "lasts": [last for _, last in periods],
    }
    rows = await connection.execute(text(_STANDINGS), values)
    return [convert(row, Standing, from_attributes=True) for row in rows]


_STANDINGS = """
select coalesce(sum(l.amount) filter (where l.seq < c.entry), 0)::bigint as before,
    coalesce(sum(l.amount) filter (where l.seq <= c.entry), 0)::bigint as after,
    coalesce(sum(l.amount) filter (where l.seq <= c.last_entry), 0)::bigint + (
        select coalesce(sum(late.amount), 0)::bigint from receipt r
        join ledger late on late.card_id = c.card_id and late.business_date = r.business_date
            and late.source_uid = r.uid and late.account = 'turnover'
        where r.original_uid = c.sale and r.business_date not between c.first and c.last and late.seq <= c.last_entry
    ) as at_last
from unnest(cast(:sales as uuid[]), cast(:cards as bigint[]), cast(:entries as bigint[]),
    cast(:last_entries as bigint[]), cast(:firsts as date[]), cast(:lasts as date[])) with ordinality
    as c(sale, card_id, entry, last_entry, first, last, place)
left join ledger l on l.card_id = c.card_id and l.business_date between c.first and c.last and l.account = 'turnover'
group by c.place, c.sale, c.card_id, c.first, c.last, c.last_entry
order by c.place
"""


async def list_behind(connection: AsyncConnection, findings: Sequence[Finding], period: Period) -> list[Behind]:
    """List the receipts behind findings that rest on counts, newest first, MOST_BEHIND at most for each."""
    subjects = [finding.subject for finding in findings]
    values = {
        "cards": [subject.card_id for subject in subjects],
        "stores": [subject.store for subject in subjects],
        "tills": [subject.till for subject in subjects],
        "cashiers": [subject.cashier for subject in subjects],
        "keyed": [subject.kind == "keyed" for subject in subjects],
    }
    rows = await connection.execute(text(_BEHIND), _dates(period) | values | {"most": MOST_BEHIND})
    return [convert(row, Behind, from_attributes=True) for row in rows]


_BEHIND = """
with behind as (
    select s.place, r.uid, r.business_date,
        row_number() over (partition by s.place order by r.business_date desc, r.id desc) as number
    from unnest(cast(:cards as bigint[]), cast(:stores as text[]), cast(:tills as text[]), cast(:cashiers as text[]),
        cast(:keyed as boolean[])) with ordinality as s(card_id, store, till, cashier, keyed, place)
    join receipt r on r.store = s.store
    where r.business_date between :first and :last and r.state = 'posted'
        and (s.card_id is null or r.card_id = s.card_id) and (s.till is null or r.till = s.till)
        and (s.cashier is null or r.cashier = s.cashier)
        and case when s.keyed then r.card_number is not null and r.entry = 'keyed' else r.kind = 'sale' end
)
select (place - 1)::int as place, uid, business_date from behind where number <= :most order by place, number
"""


async def load_masked(connection: AsyncConnection, card_ids: Sequence[int]) -> dict[int, str]:
    """Give cards' numbers as they may be shown."""
    rows = await connection.execute(select(card.c.card_id, card.c.number).where(card.c.card_id.in_(card_ids)))
    return {row.card_id: mask(row.number) for row in rows}


async def load_dismissed(connection: AsyncConnection, subjects: Sequence[str]) -> dict[str, date]:
    """Give the last day up to which each dismissed one of some subjects is dismissed."""
    row = signal_dismissal.c
    query = select(row.subject, func.max(row.last_day).label("last_day")).where(row.subject.in_(subjects))
    return {found.subject: found.last_day for found in await connection.execute(query.group_by(row.subject))}


async def save_dismissal(connection: AsyncConnection, subject: str, last_day: date, *, reason: str, act: Act) -> bool:
    """Keep that a subject is dismissed up to a day; tells whether that is new."""
    row = {"subject": subject, "last_day": last_day, "reason": reason, "actor": act.actor, "at": act.at}
    saved = await connection.execute(upsert(signal_dismissal).values(row).on_conflict_do_nothing())
    return bool(saved.rowcount)


def _dates(period: Period) -> dict[str, object]:
    return {"first": period.first, "last": period.last}
