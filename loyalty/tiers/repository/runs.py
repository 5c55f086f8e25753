"""Runs in SQL: a whole series re-rated in one statement, and the table that remembers what was run."""

from datetime import date, datetime

import msgspec
from msgspec import Struct
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act
from database.jobs import job_table
from loyalty.cards.model import Series
from loyalty.cards.rules import Period, RuleTable, SeriesRules
from loyalty.cards.tables import series_rules_version
from loyalty.tiers.periods import Span
from loyalty.tiers.repository.expressions import percent_sql, series_sql
from loyalty.tiers.tables import rule_run
from loyalty.tiers.thresholds import Tiers

FIRST_SHOWN = 20
"""So many of the cards that a run changes are named at once."""

ALL_CARDS = range(2**63 - 1)
"""The identifiers of cards, as a range that holds them all."""

OUT_OF_RULES = "('replaced', 'closed')"
"""States of cards on which no rule acts any more."""


class TierMove(Struct, frozen=True):
    """So many cards of a run's series came from an own percent to another one, and perhaps to another series."""

    own_percent: int | None
    new_percent: int | None
    new_series_id: int
    cards: int


class ChangedCard(Struct, frozen=True):
    """A card that a run changes; percents are its own, None the series'."""

    card_id: int
    number: str
    own_percent: int | None
    new_percent: int | None
    new_series_id: int


class KeptRun(Struct, frozen=True):
    """A run that was done."""

    id: int
    series_id: int
    rule_table: RuleTable
    first_day: date | None
    last_day: date
    rules_version: int
    ran_at: datetime
    actor: str
    job_id: int | None
    summary: dict[str, object]


def bought_sql(span: Span) -> str:
    """Give `turnover` and `receipts` of each card `c` from `:start` to before `:stop` in a period.

    Of a lifetime they are what the card has.
    """
    if span.first is None:
        return "cross join lateral (select c.turnover, c.purchases as receipts) b"
    return """
        left join (
            select card_id, sum(turnover)::bigint as turnover, sum(receipts) as receipts
            from card_day where day between :first and :last and card_id >= :start and card_id < :stop group by card_id
        ) s on s.card_id = c.card_id
        cross join lateral (select coalesce(s.turnover, 0) as turnover, coalesce(s.receipts, 0) as receipts) b"""


def bought_singly_sql(span: Span) -> str:
    """Give what `bought_sql` does, summed up card by card: for the first few cards of many."""
    if span.first is None:
        return bought_sql(span)
    return """
        cross join lateral (
            select coalesce(sum(turnover), 0)::bigint as turnover, coalesce(sum(receipts), 0) as receipts
            from card_day d where d.card_id = c.card_id and d.day between :first and :last
        ) b"""


def span_parameters(span: Span) -> dict[str, object]:
    """Give the parameters of a period in `bought_sql`."""
    return {} if span.first is None else {"first": span.first, "last": span.last}


def cards_parameters(cards: range) -> dict[str, object]:
    """Give the parameters of the cards in `bought_sql`."""
    return {"start": cards.start, "stop": cards.stop}


def _decided_sql(tiers: Tiers, span: Span) -> str:
    """Give the cards that change, with what they become."""
    moves = "" if _targets(tiers) == {tiers.series_id} else "or n.new_series_id <> c.series_id"
    return f"""
        select c.card_id, c.number, c.series_id, c.own_percent, c.own_expires_on, n.percent, n.new_series_id
        from card c {bought_sql(span)}
        cross join lateral (select c.own_percent as own, coalesce(c.own_percent, {tiers.inherited}) as acting) a
        cross join lateral (select {percent_sql(tiers)} as percent, {series_sql(tiers)} as new_series_id) n
        where c.series_id = {tiers.series_id} and c.state not in {OUT_OF_RULES}
            and c.card_id >= :start and c.card_id < :stop
            and (n.percent is distinct from c.own_percent {moves})"""


# A card's number comes with the decision: joined once more, a portion would read all cards of the shop.
_REPORT = f"""
    select 'move' as what, count(*) as cards, d.own_percent, d.percent, d.new_series_id, null::bigint as card_id,
        null as number
    from decided d group by d.own_percent, d.percent, d.new_series_id
    union all
    (select 'card', 1, d.own_percent, d.percent, d.new_series_id, d.card_id, d.number
    from decided d order by d.card_id limit {FIRST_SHOWN})
"""


async def preview_turnover(
    connection: AsyncConnection, tiers: Tiers, span: Span
) -> tuple[list[TierMove], list[ChangedCard]]:
    """Tell which cards a run would change, and change nothing."""
    statement = f"with decided as materialized ({_decided_sql(tiers, span)}) {_REPORT}"
    return await _report(connection, statement, span_parameters(span) | cards_parameters(ALL_CARDS))


async def apply_turnover(
    connection: AsyncConnection,
    tiers: Tiers,
    span: Span,
    *,
    series: dict[int, Series],
    cause: str,
    now: datetime,
    cards: range = ALL_CARDS,
) -> tuple[list[TierMove], list[ChangedCard]]:
    """Re-rate cards of a series, keeping what they had; they are locked in the order of their identifiers."""
    statement = f"""
        with decided as materialized ({_decided_sql(tiers, span)} order by c.card_id for no key update of c),
        changed as (
            update card c set own_percent = d.percent{_move_sql(tiers, series)}
            from decided d where c.card_id = d.card_id and c.card_id >= :start and c.card_id < :stop
        ), past as (
            insert into card_setting_past (card_id, until, series_id, own_percent, own_expires_on, cause)
            select card_id, :now, series_id, own_percent, own_expires_on, :cause from decided
        ) {_REPORT}"""
    bound = span_parameters(span) | cards_parameters(cards) | {"now": now, "cause": cause}
    return await _report(connection, statement, bound)


def _targets(tiers: Tiers) -> set[int]:
    """Give the series in which cards may be afterwards."""
    return {tier.series_id for tier in tiers.entries} | {tiers.series_id}


def _move_sql(tiers: Tiers, series: dict[int, Series]) -> str:
    """Give what else changes where cards move: the series, and the limit of those that inherit it."""
    targets = sorted(_targets(tiers))
    if targets == [tiers.series_id]:
        return ""
    branches = " ".join(f"when {target} then {series[target].settings.credit_limit}" for target in targets)
    limit = f"coalesce(c.own_credit_limit, case d.new_series_id {branches} end)"
    return (
        f", series_id = d.new_series_id, credit_limit = {limit},"
        f" overdraft = case when c.own_credit_limit is null then greatest(0, c.held - c.balance - {limit})"
        " else c.overdraft end"
    )


async def _report(
    connection: AsyncConnection, statement: str, parameters: dict[str, object]
) -> tuple[list[TierMove], list[ChangedCard]]:
    rows = (await connection.execute(text(statement), parameters)).all()
    moves = [TierMove(r.own_percent, r.percent, r.new_series_id, r.cards) for r in rows if r.what == "move"]
    cards = [
        ChangedCard(r.card_id, r.number, r.own_percent, r.percent, r.new_series_id) for r in rows if r.what == "card"
    ]
    return moves, sorted(cards, key=lambda card: card.card_id)


async def count_by_own_percent(connection: AsyncConnection, series_id: int) -> dict[int | None, int]:
    """Count the cards of a series on which rules act by their own percent."""
    query = text(
        f"select own_percent, count(*) as cards from card where series_id = :series and state not in {OUT_OF_RULES}"
        " group by own_percent"
    )
    return {row.own_percent: row.cards for row in await connection.execute(query, {"series": series_id})}


async def find_portion(connection: AsyncConnection, series_id: int, *, start: int, limit: int) -> range:
    """Find the identifiers that hold the next cards of a series, from one on; the last portion is open."""
    query = text(
        "select card_id from card where series_id = :series and card_id >= :start"
        " order by card_id offset :limit limit 1"
    )
    bound = {"series": series_id, "start": start, "limit": limit}
    stop: int | None = (await connection.execute(query, bound)).scalar_one_or_none()
    return range(start, ALL_CARDS.stop if stop is None else stop)


async def find_run(connection: AsyncConnection, series_id: int, rule_table: RuleTable, span: Span) -> KeptRun | None:
    """Find the run of a series' table for a period."""
    run = rule_run.c
    same_first = run.first_day.is_not_distinct_from(span.first)
    query = select(rule_run).where(
        run.series_id == series_id, run.rule_table == rule_table, same_first, run.last_day == span.last
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else KeptRun(*row)


async def load_run(connection: AsyncConnection, run_id: int) -> KeptRun:
    """Load a run."""
    return KeptRun(*(await connection.execute(select(rule_run).where(rule_run.c.id == run_id))).one())


async def list_runs(connection: AsyncConnection, series_id: int, *, limit: int) -> list[KeptRun]:
    """List the runs of a series, the newest first."""
    query = select(rule_run).where(rule_run.c.series_id == series_id).order_by(rule_run.c.id.desc()).limit(limit)
    return [KeptRun(*row) for row in await connection.execute(query)]


async def take_run_id(connection: AsyncConnection) -> int:
    """Take the identifier of a run before it is written: what it changes names it."""
    return int(
        (await connection.execute(text("select nextval(pg_get_serial_sequence('rule_run', 'id'))"))).scalar_one()
    )


async def insert_run(
    connection: AsyncConnection,
    run_id: int,
    *,
    series: Series,
    rule_table: RuleTable,
    span: Span,
    act: Act,
    job_id: int | None,
    summary: Struct,
) -> None:
    """Remember a run; of two for the same series, table and period only one can be written."""
    row = {
        "id": run_id,
        "series_id": series.id,
        "rule_table": rule_table,
        "first_day": span.first,
        "last_day": span.last,
        "rules_version": series.rules_version,
        "ran_at": act.at,
        "actor": act.actor,
        "job_id": job_id,
        "summary": msgspec.to_builtins(summary),
    }
    statement = insert(rule_run).values(row)
    await connection.execute(statement)


async def save_summary(connection: AsyncConnection, run_id: int, summary: Struct) -> None:
    """Keep what a run has done by now."""
    values = {"summary": msgspec.to_builtins(summary)}
    await connection.execute(update(rule_run).where(rule_run.c.id == run_id).values(values))


async def take_over_run(connection: AsyncConnection, run_id: int, *, job_id: int | None) -> None:
    """Let another job finish a run."""
    await connection.execute(update(rule_run).where(rule_run.c.id == run_id).values(job_id=job_id))


async def load_rules_of_run(connection: AsyncConnection, run: KeptRun) -> SeriesRules:
    """Load the rules of a series by which a run is done."""
    version = series_rules_version.c
    query = select(version.rules).where(version.series_id == run.series_id, version.version == run.rules_version)
    return msgspec.convert((await connection.execute(query)).scalar_one(), SeriesRules)


async def find_table_since(
    connection: AsyncConnection, series_id: int, rule_table: RuleTable, period: Period
) -> datetime | None:
    """Find when a series first had a table for such periods."""
    kind = series_rules_version.c.rules[rule_table]["period"].astext
    query = select(func.min(series_rules_version.c.since)).where(series_rules_version.c.series_id == series_id)
    since: datetime | None = (await connection.execute(query.where(kind == period))).scalar_one_or_none()
    return since


async def was_asked_for(connection: AsyncConnection, kind: str, arguments: dict[str, object]) -> bool:
    """Tell whether a job with these arguments was ever put into the queue."""
    query = select(job_table.c.id).where(job_table.c.kind == kind, job_table.c.arguments == arguments)
    return (await connection.execute(query.limit(1))).scalar_one_or_none() is not None
