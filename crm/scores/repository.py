"""The SQL of scores: made for everybody at once, and counted by class."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.scores.model import CLASSES, DAYS, Cell, Scores
from crm.scores.tables import party_score
from database.jobs import job_table


async def score_all(connection: AsyncConnection, *, today: date) -> int:
    """Score all who bought within the year up to a day, take the scores of others away, and count the scored."""
    bounds = {"today": today, "before": today - timedelta(days=DAYS), "classes": len(CLASSES)}
    return int((await connection.execute(text(_SCORE), bounds)).scalar_one())


async def load_scores(connection: AsyncConnection) -> Scores:
    """Count parties by class, those that are archived left out."""
    score = party_score.c
    sums = func.count(), func.sum(score.turnover)
    query = select(score.recency, score.frequency, *sums).where(_IS_SHOWN).group_by(score.recency, score.frequency)
    rows = (await connection.execute(query)).all()
    cells = [Cell(recency, frequency, parties, int(turnover)) for recency, frequency, parties, turnover in rows]
    newest = (await connection.execute(select(func.max(score.scored_on)))).scalar_one()
    return Scores(tuple(cells), newest)


async def was_asked_for(connection: AsyncConnection, kind: str, arguments: Mapping[str, object]) -> bool:
    """Tell whether a job with these arguments was ever put into the queue."""
    query = select(job_table.c.id).where(job_table.c.kind == kind, job_table.c.arguments == arguments)
    return (await connection.execute(query.limit(1))).scalar_one_or_none() is not None


async def find_open(connection: AsyncConnection, kind: str) -> int | None:
    """Find a job that waits or runs."""
    is_open = job_table.c.state.in_(("queued", "running"))
    found = await connection.execute(select(job_table.c.id).where(job_table.c.kind == kind, is_open).limit(1))
    identifier: int | None = found.scalar_one_or_none()
    return identifier


_IS_SHOWN: Final = text(
    "not exists (select from party p where p.id = party_score.party_id"
    " and (p.archived_at is not null or p.merged_into is not null))"
)
_SCORE: Final = """
with bought as (
    select c.holder_id as party_id, max(d.day) filter (where d.receipts > 0) as last_purchase,
        sum(d.receipts) as receipts, sum(d.turnover)::bigint as turnover
    from card c join card_day d using (card_id)
    where c.holder_id is not null and c.state <> 'replaced' and d.day > :before and d.day <= :today
    group by c.holder_id having sum(d.receipts) > 0
), scored as materialized (
    select party_id, last_purchase, receipts, turnover,
        1 + :classes * (rank() over (order by last_purchase) - 1) / count(*) over () as recency,
        1 + :classes * (rank() over (order by receipts) - 1) / count(*) over () as frequency,
        1 + :classes * (rank() over (order by turnover) - 1) / count(*) over () as monetary
    from bought
), gone as (
    delete from party_score s where not exists (select from scored n where n.party_id = s.party_id)
), kept as (
    insert into party_score (party_id, recency, frequency, monetary, last_purchase, receipts, turnover, scored_on)
    select party_id, recency, frequency, monetary, last_purchase, receipts, turnover, :today from scored
    on conflict (party_id) do update set recency = excluded.recency, frequency = excluded.frequency,
        monetary = excluded.monetary, last_purchase = excluded.last_purchase, receipts = excluded.receipts,
        turnover = excluded.turnover, scored_on = excluded.scored_on
)
select count(*) from scored
"""
