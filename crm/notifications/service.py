"""Use cases of notices: made by rules, told again until they are looked at, read by their recipients.

Key idea: a rule is run by one worker at a time, in a transaction of its own, and writes its notices with what it has
heard; whoever gets one hears of it live when that commits. Run twice it tells nobody twice.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.notifications.errors import NoticeUnknownError
from crm.notifications.model import Notice, Rule, list_birthdays
from crm.notifications.repository import making, notices
from crm.notifications.repository.making import LATE_ACTS, Place
from crm.notifications.repository.rules import find_rule, update_rule
from database.identifiers import MOST_ID
from database.live import tell_person

MOST_REPEATS: Final = 20
"""So often somebody is told of one thing at most."""
BIRTHDAYS_EVERY: Final = timedelta(minutes=10)


async def run_rule(connection: AsyncConnection, rule_id: int, *, now: datetime, zone: ZoneInfo) -> int:
    """Make the notices that are due by a rule; tells how many. A rule that another worker runs is left to it."""
    rule = await find_rule(connection, rule_id, is_locked=True, skips=True)
    if rule is None or not rule.is_on:
        return 0
    match rule.listens:
        case "event":
            told = await making.tell_events(connection, rule, now=now)
        case "task":
            told = await making.tell_tasks(connection, rule, now=now)
        case "birthday":
            told = await _tell_birthdays(connection, rule, now=now, zone=zone)
        case "act":
            told = await _tell_acts(connection, rule, now=now)
    await _ring(connection, told)
    return len(told)


async def repeat_unread(connection: AsyncConnection, *, now: datetime) -> int:
    """Tell again what was not looked at, by the rules that want it; tells how many."""
    told = await making.repeat_unread(connection, now=now, most=MOST_REPEATS)
    await _ring(connection, told)
    return len(told)


async def tell_users(
    connection: AsyncConnection, users: Iterable[int], *, key: str, record: str, what: str, now: datetime
) -> None:
    """Tell users of a record by no rule, each once for a key, however often it is said."""
    told = await notices.insert_notices(connection, sorted(set(users)), key=key, record=record, what=what, now=now)
    await _ring(connection, told)


async def read_notices(
    connection: AsyncConnection, user_id: int, ids: Iterable[int] | None = None, *, now: datetime
) -> int:
    """Note that a user has read some notices, all if none are named; tells how many were unread."""
    count = await notices.mark_read(connection, user_id, ids=ids, now=now)
    if count:
        await tell_person(connection, user_id)
    return count


async def read_of_record(connection: AsyncConnection, user_id: int, record: str, *, now: datetime) -> None:
    """Note that a user looks at a record: what they were told of it is read."""
    if await notices.mark_read(connection, user_id, record=record, now=now):
        await tell_person(connection, user_id)


async def open_notice(connection: AsyncConnection, notice_id: int, user_id: int, *, now: datetime) -> Notice:
    """Read a notice of a user's. Raises NoticeUnknownError."""
    found = await _load(connection, notice_id, user_id)
    await read_notices(connection, user_id, [notice_id], now=now)
    return found


async def unread_notice(connection: AsyncConnection, notice_id: int, user_id: int) -> None:
    """Let a notice count as unread again. Raises NoticeUnknownError."""
    await _load(connection, notice_id, user_id)
    await notices.mark_unread(connection, user_id, notice_id)
    await tell_person(connection, user_id)


async def _load(connection: AsyncConnection, notice_id: int, user_id: int) -> Notice:
    found = await notices.find_notice(connection, notice_id, user_id) if 0 < notice_id <= MOST_ID else None
    if found is None:
        raise NoticeUnknownError("there is no such notice")
    return found


async def _tell_birthdays(
    connection: AsyncConnection, rule: Rule, *, now: datetime, zone: ZoneInfo
) -> list[int | None]:
    """Look at birthdays now and then, for the first time at once: a day is long."""
    if rule.heard_id and now < rule.heard_at + BIRTHDAYS_EVERY:
        return []
    due = list_birthdays(now.astimezone(zone).date(), rule.times)
    told = await making.tell_birthdays(connection, rule, due, now=now)
    await update_rule(connection, rule.id, {"heard_at": now, "heard_id": 1})
    return told


async def _tell_acts(connection: AsyncConnection, rule: Rule, *, now: datetime) -> list[int | None]:
    """Hear the next acts, and again those of the last minute: one shows when its transaction ends."""
    heard = Place(rule.heard_at, rule.heard_id)
    again = Place(rule.heard_at - LATE_ACTS, 0) if rule.heard_id else heard
    last = await making.find_last_act(connection, rule, after=heard)
    until = heard.at if last is None else last.at
    told = await making.tell_acts(connection, rule, after=again, until=until, now=now)
    if last is not None:
        await update_rule(connection, rule.id, {"heard_at": last.at, "heard_id": last.id})
    return told


async def _ring(connection: AsyncConnection, told: Iterable[int | None]) -> None:
    for user_id in sorted({one for one in told if one is not None}):
        await tell_person(connection, user_id)
