"""The use case of mailings that send themselves: who is concerned since the last look becomes a recipient, once each.

Key idea: a look adds recipients and writes down how far it came in one transaction, in portions; so a worker that is
killed in the middle doubles nobody and loses nobody. What each occurrence is called, a year, a day, tells one birthday,
one end of points, one absence from the next. A mailing that was paused looks at what it missed, a month at most, but
for birthdays and last days that are over.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.consents.kinds import load_kind
from crm.mailings.model import Mailing, Trigger
from crm.mailings.repository import choosing, mailings, triggers
from crm.mailings.repository.triggers import PORTION, Occasion
from crm.mailings.service import Office, choice_of
from crm.parties.births import birthdays_on
from database.activity import Act

OVERLAP: Final = timedelta(minutes=10)
"""Longer than any transaction lasts: what was begun before the last look and committed behind it is found too."""
MOST_MISSED: Final = 31
_DAY: Final = timedelta(days=1)

list_running = triggers.list_running


async def run_trigger(connection: AsyncConnection, mailing_id: int, office: Office, *, act: Act) -> bool:
    """Add the next portion of whom a running mailing concerns; False where there is nobody more now.

    Raises MailingRefusedError for a segment that means nothing any more.
    """
    found = await mailings.find_mailing(connection, mailing_id, lock=True)
    if found is None or found.state != "running" or found.details.trigger is None:
        return False
    mark = await triggers.find_mark(connection, mailing_id) or act.at
    zone = ZoneInfo(office.timezone)
    if found.details.trigger.kind == "welcome":
        occasions, upto = await _list_new(connection, found, since=mark - OVERLAP), act.at
    else:
        today = act.at.astimezone(zone).date()
        day = first_day(mark.astimezone(zone).date(), today)
        if day is None:
            return False
        occasions = await _list_of_day(connection, found.id, found.details.trigger, day, today=today)
        upto = datetime(day.year, day.month, day.day, tzinfo=zone)
    if occasions:
        await _add(connection, found, occasions, office, act=act)
    is_done = len(occasions) < PORTION
    if is_done:
        await triggers.put_mark(connection, mailing_id, upto)
    return bool(occasions) if found.details.trigger.kind == "welcome" else True


def first_day(looked: date, today: date) -> date | None:
    """Give the first day that was not looked at, of the last month; None where that is after today."""
    day = max(looked + _DAY, today - MOST_MISSED * _DAY)
    return day if day <= today else None


async def _list_new(connection: AsyncConnection, found: Mailing, *, since: datetime) -> list[Occasion]:
    begun = found.started_at or found.created_at
    kind = await load_kind(connection, found.details.kind_id)
    return await triggers.list_new(
        connection, found.id, kind_id=kind.id, needs_consent=kind.needs_consent, since=max(since, begun)
    )


async def _list_of_day(
    connection: AsyncConnection, mailing_id: int, trigger: Trigger, day: date, *, today: date
) -> list[Occasion]:
    """List whom a day concerns: so many days before a birthday or the last day of points, or behind a last receipt."""
    if trigger.kind == "absent":
        return await triggers.list_absent(connection, mailing_id, day - trigger.days * _DAY)
    then = day + trigger.days * _DAY
    if then < today:
        return []
    if trigger.kind == "points":
        return await triggers.list_expiring(connection, mailing_id, then)
    numbers = birthdays_on(then)
    return await triggers.list_birthdays(connection, mailing_id, numbers=numbers, occurrence=str(then.year))


async def _add(
    connection: AsyncConnection, found: Mailing, occasions: Sequence[Occasion], office: Office, *, act: Act
) -> None:
    """Make recipients of parties by the same reasons as ever; whom an audience does not name is left out."""
    choice = await choice_of(connection, found.id, office)
    ordered = sorted(occasions, key=lambda one: (one.occurrence, one.party_id))
    for occurrence, group in groupby(ordered, key=lambda one: one.occurrence):
        ids = [one.party_id for one in group]
        named = ids if found.details.audience.is_empty else await choosing.list_named(connection, choice, ids)
        await choosing.add_recipients(connection, choice, named, occurrence=occurrence, now=act.at)
        await triggers.leave_out(connection, found.id, sorted(set(ids) - set(named)), occurrence, now=act.at)
