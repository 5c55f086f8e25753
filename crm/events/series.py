"""Use cases of series: a rule becomes occurrences, which stand in the calendar like any other event.

Key idea: occurrences are made at once as far as a rolling horizon, and further by the worker, so that a month is read
by an index and never computed. A series is changed by comparing the days on which it is to happen with those on which
it stands: the same day is changed in place, keeping its identifier; of other days the first becomes the first, and so
on; what is left is removed or made. What somebody did to one occurrence alone stays, and takes the place of the series
on its day, or on the day to which the series moved it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct, structs
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.events import repeating
from crm.events.errors import EventRuleRefusedError
from crm.events.keeping import columns_of
from crm.events.kinds import load_kind
from crm.events.model import Draft, Event, Kind, at_wall_time, wall_time
from crm.events.repeating import Rule
from crm.events.repository import events
from crm.events.repository import series as repository
from crm.events.repository.series import Occurrence, Series, Times
from database.activity import Act

HORIZON: Final = timedelta(days=400)
"""So far ahead occurrences stand; the worker makes more when less than that without `SLACK` is left."""
SLACK: Final = timedelta(days=14)
MOST_BACK: Final = timedelta(days=366)
"""A series begins a year ago at the earliest."""
SERIES_AT_ONCE: Final = 100
_MINUTE: Final = timedelta(minutes=1)


class Plan(Struct, frozen=True):
    """What becomes of a series: occurrences that get times, times that get occurrences, occurrences that go."""

    changed: Mapping[int, Times]
    made: tuple[Times, ...]
    removed: tuple[int, ...]


async def begin_series(
    connection: AsyncConnection, draft: Draft, kind: Kind, *, act: Act, first: Event | None = None
) -> tuple[int, int]:
    """Make a series of a checked draft and its occurrences; gives the identifiers of the series and the first of them.

    An event that is `first` becomes the first occurrence. Raises EventRuleRefusedError.
    """
    rule, starts = _read(draft)
    if starts < wall_time(act.at, draft.zone) - MOST_BACK:
        raise EventRuleRefusedError("a series begins a year ago at the earliest", field="starts_at")
    series = _series(draft, rule, starts, act=act)
    series_id = await repository.insert_series(connection, series)
    times = _times(rule, starts, draft, before=_until(series))
    if first is not None:
        columns = _columns(draft, kind)
        await repository.update_occurrences(connection, columns, series_id, {first.id: times[0]}, now=act.at)
        await events.replace_people(connection, [first.id], persons=draft.persons, users=draft.users())
        await _make(connection, draft, kind, series_id, times[1:], act=act)
        return series_id, first.id
    made = await _make(connection, draft, kind, series_id, times, act=act)
    return series_id, made[0]


async def change_all(connection: AsyncConnection, before: Event, draft: Draft, kind: Kind, *, act: Act) -> None:
    """Change a whole series by the draft of one of its occurrences. Raises EventRuleRefusedError."""
    assert before.series_id is not None, "who calls looked"
    assert before.series_start is not None, "an occurrence has its time"
    series = await repository.find_series(connection, before.series_id)
    assert series is not None, "an occurrence has its series"
    meant = _meant(before, draft)
    days = (meant.date() - before.series_start.date()).days
    origin = datetime.combine(series.starts.date() + timedelta(days=days), meant.time())
    rule = _moved_along(repeating.read_rule(draft.rule or "", draft.zone), series, days=days)
    starts = repeating.first_occurrence(rule, origin)
    await _remake(
        connection, series, draft, kind, rule=rule, starts=starts, since=None, days=days, edited=before.id, act=act
    )


async def change_following(connection: AsyncConnection, before: Event, draft: Draft, kind: Kind, *, act: Act) -> None:
    """Let a series end before one of its occurrences, and begin a new one there. Raises EventRuleRefusedError."""
    assert before.series_id is not None, "who calls looked"
    assert before.series_start is not None, "an occurrence has its time"
    series = await repository.find_series(connection, before.series_id)
    assert series is not None, "an occurrence has its series"
    meant = _meant(before, draft)
    days = (meant.date() - before.series_start.date()).days
    rule = _moved_along(repeating.read_rule(draft.rule or "", draft.zone), series, days=days)
    starts = repeating.first_occurrence(rule, meant)
    old = repeating.read_rule(series.rule, series.zone)
    if rule.count is not None and rule.count == old.count:
        rule = structs.replace(rule, count=repeating.end_after(old, series.starts, before.series_start).count)
    new = _series(draft, rule, starts, act=act)
    new_id = await repository.insert_series(connection, new)
    await _end(connection, series, before.series_start)
    heir = Series(id=new_id, **new)  # type: ignore[arg-type] # the columns are its fields
    since = before.series_start
    await _remake(
        connection,
        heir,
        draft,
        kind,
        rule=rule,
        starts=starts,
        since=since,
        days=days,
        edited=before.id,
        act=act,
        of=series,
    )


def _moved_along(rule: Rule, series: Series, *, days: int) -> Rule:
    """Let the end of a series move with it, unless who moves it says another end."""
    kept = repeating.read_rule(series.rule, series.zone)
    same_end = rule.until is not None and kept.until is not None and rule.until.date() == kept.until.date()
    return repeating.moved(rule, days) if same_end else rule


async def remove_occurrence(connection: AsyncConnection, event: Event) -> None:
    """Leave one occurrence out of its series."""
    assert event.series_id is not None, "who calls looked"
    series = await repository.find_series(connection, event.series_id)
    assert series is not None, "an occurrence has its series"
    left_out = sorted({*series.left_out, event.series_start})  # type: ignore[type-var] # an occurrence has its time
    await repository.update_series(connection, series.id, {"left_out": left_out})


async def end_series(connection: AsyncConnection, event: Event, *, since: datetime | None) -> None:
    """Let a series end before a time of it, None for its beginning; what stands for itself stays."""
    assert event.series_id is not None, "who calls looked"
    series = await repository.find_series(connection, event.series_id)
    assert series is not None, "an occurrence has its series"
    begin = series.starts if since is None else since
    await _end(connection, series, begin)
    found = await repository.list_occurrences(connection, series.id, since=begin)
    gone = [one.id for one in found if not one.is_own and one.id != event.id]
    await repository.delete_occurrences(connection, gone)


async def _end(connection: AsyncConnection, series: Series, split: datetime) -> None:
    """Keep a series with a rule that ends before a time, so that no later change brings back what was cut."""
    rule = repeating.end_before(repeating.read_rule(series.rule, series.zone), split)
    await repository.update_series(connection, series.id, {"rule": rule.kept, "made_all": True})


async def extend_series(connection: AsyncConnection, *, act: Act) -> int:
    """Make what is to stand by now of some series that end too early, and tell how many of them there were."""
    soon = (act.at.astimezone(UTC) + HORIZON - SLACK).replace(tzinfo=None)
    found = await repository.list_unmade(connection, before=soon, limit=SERIES_AT_ONCE)
    for series in found:
        await _extend(connection, series, act=act)
    return len(found)


async def _extend(connection: AsyncConnection, series: Series, *, act: Act) -> None:
    draft = await _heir_of(connection, msgspec.convert(series.template, Draft))
    rule = repeating.read_rule(series.rule, series.zone)
    until = wall_time(act.at, series.zone) + HORIZON
    if draft is None:
        await repository.update_series(connection, series.id, {"made_all": True})
        return
    times = repeating.occurrences(rule, series.starts, before=until)
    wanted = [one for one in repeating.without(times, series.left_out) if one >= series.made_until]
    kind = await load_kind(connection, draft.kind)
    new = [_at(one, draft, series.minutes) for one in wanted]
    await _make(connection, draft, kind, series.id, new, act=act)
    made_all = repeating.is_over(rule, series.starts, until)
    await repository.update_series(connection, series.id, {"made_until": until, "made_all": made_all})


async def _heir_of(connection: AsyncConnection, draft: Draft) -> Draft | None:
    """Give a template with the parties as they are today; None where the party was erased."""
    named = [*draft.persons, *([] if draft.party_id is None else [draft.party_id])]
    heirs = await repository.heirs_of(connection, named) if named else {}
    if draft.party_id is not None and draft.party_id not in heirs:
        return None
    party_id = None if draft.party_id is None else heirs[draft.party_id]
    return structs.replace(
        draft, party_id=party_id, persons=tuple(sorted({heirs[one] for one in draft.persons if one in heirs}))
    )


async def _remake(
    connection: AsyncConnection,
    series: Series,
    draft: Draft,
    kind: Kind,
    *,
    rule: Rule,
    starts: datetime,
    since: datetime | None,
    days: int,
    edited: int,
    act: Act,
    of: Series | None = None,
) -> None:
    """Give a series, moved by so many days, what it is to be, taking over the occurrences of another from a time on.

    Raises EventRuleRefusedError where none of its times is left to it.
    """
    source = of or series
    found = await repository.list_occurrences(connection, source.id, since=since)
    values = _series(draft, rule, starts, act=act)
    wanted = _times(rule, starts, draft, before=_until(values))
    taken = [one.series_start for one in found if one.is_own]
    taken += [one for one in source.left_out if since is None or one >= since]
    out = places_taken(taken, [one.wall for one in wanted], days=days)
    await repository.update_series(connection, series.id, values | {"left_out": out})
    left = [one for one in wanted if one.wall not in out]
    if not left:
        raise EventRuleRefusedError("nothing would be left of the series: remove it", field="rule")
    plan = plan_series([one for one in found if not one.is_own], left, edited=edited)
    await repository.delete_occurrences(connection, plan.removed)
    await repository.update_occurrences(connection, _columns(draft, kind), series.id, plan.changed, now=act.at)
    if plan.changed:
        await events.replace_people(connection, list(plan.changed), persons=draft.persons, users=draft.users())
    await _make(connection, draft, kind, series.id, plan.made, act=act)


def places_taken(taken: Iterable[datetime], wanted: Iterable[datetime], *, days: int) -> list[datetime]:
    """Give the times of a series on whose days something else stands, or is left out; by the day moved to otherwise."""
    by_day = {one.date(): one for one in wanted}
    moved = timedelta(days=days)
    found = (by_day.get(one.date()) or by_day.get(one.date() + moved) for one in taken)
    return sorted({one for one in found if one is not None})


def plan_series(found: Iterable[Occurrence], wanted: Sequence[Times], *, edited: int) -> Plan:
    """Compare the days on which a series stands with those on which it is to happen; the edited occurrence stays."""
    by_day: dict[date, Occurrence] = {one.series_start.date(): one for one in found}
    changed: dict[int, Times] = {}
    homeless: list[Times] = []
    for one in wanted:
        there = by_day.pop(one.wall.date(), None)
        if there is None:
            homeless.append(one)
        else:
            changed[there.id] = one
    spare = sorted(by_day.values(), key=lambda one: one.series_start)
    changed |= {old.id: new for old, new in zip(spare, homeless, strict=False)}
    removed = spare[len(homeless) :]
    gone = next((one for one in removed if one.id == edited), None)
    if gone is not None and wanted:
        place = next((one for one in wanted if one.wall >= gone.series_start), wanted[-1])
        holder = next(key for key, times in changed.items() if times == place)
        changed[edited] = changed.pop(holder)
        return Plan(changed, (), tuple(holder if one.id == edited else one.id for one in removed))
    return Plan(changed, tuple(homeless[len(spare) :]), tuple(one.id for one in removed))


async def _make(
    connection: AsyncConnection, draft: Draft, kind: Kind, series_id: int, times: Iterable[Times], *, act: Act
) -> list[int]:
    wanted = list(times)
    if not wanted:
        return []
    values = _columns(draft, kind) | {"version": 1, "created_at": act.at, "changed_at": act.at, "is_detached": False}
    made = await repository.insert_occurrences(connection, values, series_id, wanted)
    await events.add_people(connection, made, persons=draft.persons, users=draft.users())
    return made


def _columns(draft: Draft, kind: Kind) -> dict[str, object]:
    return {name: value for name, value in columns_of(draft, kind).items() if name not in {"starts_at", "ends_at"}}


def _meant(before: Event, draft: Draft) -> datetime:
    """Give the time on the wall that the draft of an occurrence means.

    A draft that kept the occurrence's start means the time of its series, though the clock passed over it that day.
    """
    assert before.series_start is not None, "an occurrence has its time"
    assert draft.starts_at is not None, "a rule has a start"
    if (draft.starts_at, draft.zone) == (before.starts_at, before.zone):
        return before.series_start
    return wall_time(draft.starts_at, draft.zone)


def _read(draft: Draft) -> tuple[Rule, datetime]:
    """Read the rule of a draft, and the first time on the wall at which it happens. Raises EventRuleRefusedError."""
    assert draft.starts_at is not None, "a rule has a start"
    rule = repeating.read_rule(draft.rule or "", draft.zone)
    return rule, repeating.first_occurrence(rule, wall_time(draft.starts_at, draft.zone))


def _series(draft: Draft, rule: Rule, starts: datetime, *, act: Act) -> dict[str, object]:
    """Give the columns of a series that begins at a time, made as far as the horizon or its first occurrence."""
    until = max(wall_time(act.at, draft.zone) + HORIZON, starts + timedelta(seconds=1))
    template = msgspec.to_builtins(structs.replace(draft, starts_at=None, ends_at=None, rule=None))
    return {
        "rule": rule.kept,
        "zone": draft.zone,
        "starts": starts,
        "minutes": _minutes(draft),
        "left_out": [],
        "made_until": until,
        "made_all": repeating.is_over(rule, starts, until),
        "template": template,
        "version": 1,
    }


def _until(series: Mapping[str, object]) -> datetime:
    until = series["made_until"]
    assert isinstance(until, datetime), "it is the column's type"
    return until


def _minutes(draft: Draft) -> int | None:
    """Tell how long an event lasts: by the clock on the wall if it is of whole days."""
    if draft.starts_at is None or draft.ends_at is None:
        return None
    if draft.is_all_day:
        return (wall_time(draft.ends_at, draft.zone) - wall_time(draft.starts_at, draft.zone)) // _MINUTE
    return (draft.ends_at - draft.starts_at) // _MINUTE


def _times(rule: Rule, starts: datetime, draft: Draft, *, before: datetime) -> list[Times]:
    minutes = _minutes(draft)
    return [_at(wall, draft, minutes) for wall in repeating.occurrences(rule, starts, before=before)]


def _at(wall: datetime, draft: Draft, minutes: int | None) -> Times:
    """Put a time on the wall into its zone; an event of hours lasts as long as ever, one of days to its midnight."""
    zone = ZoneInfo(draft.zone)
    starts_at = at_wall_time(wall, zone)
    if minutes is None:
        return Times(wall, starts_at, None)
    length = minutes * _MINUTE
    return Times(wall, starts_at, at_wall_time(wall + length, zone) if draft.is_all_day else starts_at + length)
