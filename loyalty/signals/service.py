"""Use cases of signals: computing those of a period, and dismissing one with a reason."""

from collections.abc import Collection, Sequence
from datetime import date

from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act, record_activity
from loyalty.cards.catalogue.repository import load_all_series
from loyalty.cards.rules import TurnoverTable
from loyalty.signals import repository
from loyalty.signals.facts import Climb
from loyalty.signals.judging import judge_climbs, judge_entries, judge_hops, judge_meetings
from loyalty.signals.model import KINDS, Finding, Kind, Period, Signal, Subject, Thresholds
from loyalty.tiers.periods import span_of

FIRST_DAY, LAST_DAY = date(1, 1, 2), date(9999, 12, 30)
"""The days of a lifetime."""


async def list_signals(
    connection: AsyncConnection, period: Period, limits: Thresholds, *, kinds: Collection[Kind] = KINDS
) -> list[Signal]:
    """Compute the signals of some kinds over a period, the most unusual first; dismissed ones are left out."""
    await repository.limit_time(connection)
    findings: list[Finding] = []
    if "own_card" in kinds:
        findings += judge_meetings(await repository.list_meetings(connection, period, limits), limits)
    if "keyed" in kinds:
        findings += judge_entries(await repository.list_entry_counts(connection, period), limits)
    if "distant_stores" in kinds:
        findings += judge_hops(await repository.list_hops(connection, period, limits), limits)
    if "threshold_riding" in kinds:
        findings += await _find_climbs(connection, period, limits)
    signals = await _with_receipts(connection, findings, period)
    dismissed = await repository.load_dismissed(connection, [signal.subject.id for signal in signals])
    kept = [signal for signal in signals if signal.last_day > dismissed.get(signal.subject.id, date.min)]
    return sorted(kept, key=lambda signal: (-signal.score, signal.subject.id))


async def dismiss_signal(
    connection: AsyncConnection, subject: Subject, last_day: date, *, reason: str, act: Act
) -> bool:
    """Dismiss a signal up to a day: it comes again with newer receipts. Tells whether that was not done already."""
    is_new = await repository.save_dismissal(connection, subject.id, last_day, reason=reason, act=act)
    if is_new:
        data = structs.asdict(subject) | {"last_day": last_day.isoformat(), "reason": reason}
        record = f"signal:{subject.id}"
        await record_activity(
            connection, act=act, what="signal.dismissed", record=record, card_id=subject.card_id, data=data
        )
    return is_new


async def _find_climbs(connection: AsyncConnection, period: Period, limits: Thresholds) -> list[Finding]:
    series = (await load_all_series(connection)).values()
    tables = {one.id: one.rules.turnover for one in series if one.rules.turnover is not None}
    if not tables:
        return []
    climbs = await repository.list_climbs(connection, period, limits, list(tables))
    spans = [_span(climb, tables[climb.series_id]) for climb in climbs]
    standings = await repository.list_standings(connection, climbs, spans) if climbs else []
    judged = [(climb, standing, tables[climb.series_id]) for climb, standing in zip(climbs, standings, strict=True)]
    return judge_climbs(judged, limits)


def _span(climb: Climb, table: TurnoverTable) -> tuple[date, date]:
    if table.period == "lifetime":
        return FIRST_DAY, LAST_DAY
    span = span_of(table.period, climb.business_date)
    return span.first or FIRST_DAY, span.last


async def _with_receipts(connection: AsyncConnection, findings: Sequence[Finding], period: Period) -> list[Signal]:
    """Look the receipts up that the findings do not bring along, and mask the cards."""
    counted = [finding for finding in findings if not finding.receipts]
    behind: dict[Subject, list[repository.Behind]] = {}
    for one in await repository.list_behind(connection, counted, period) if counted else ():
        behind.setdefault(counted[one.place].subject, []).append(one)
    cards = {finding.subject.card_id for finding in findings if finding.subject.card_id is not None}
    masked = await repository.load_masked(connection, sorted(cards))
    signals = []
    for finding in findings:
        found = behind.get(finding.subject, [])
        signals.append(
            Signal(
                subject=finding.subject,
                masked=None if finding.subject.card_id is None else masked[finding.subject.card_id],
                score=finding.score,
                reason=finding.reason,
                receipts=finding.receipts or tuple(one.uid for one in found),
                last_day=finding.last_day or max((one.business_date for one in found), default=period.last),
            )
        )
    return signals
