"""The result of a mailing: what became of its letters, and what it brought beside those who were held back.

Key idea: without a group that was held back by chance nobody knows what would have been bought anyway, so no number is
given then. The days of a mailing begin with the one on which its sending began; those of one that goes on by itself
with each recipient's own, and only whole ones count.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import reduce
from operator import add
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.mailings.errors import MailingRefusedError
from crm.mailings.lift import Lift, Spent, compare
from crm.mailings.model import Mailing
from crm.mailings.repository import results
from crm.mailings.repository.results import Funnel
from crm.mailings.service import Office, load_mailing

DAYS: Final = 30
MOST_DAYS: Final = 365


class Compared(Struct, frozen=True):
    """What those bought who were meant to get a variant, or all where it has no letter, and how much more it is."""

    letter: str | None
    spent: Spent
    lift: Lift | None

    @property
    def gained(self) -> Lift | None:
        """How much more all of them together turned over."""
        if self.lift is None:
            return None
        heads, bounds = self.spent.heads, (self.lift.low, self.lift.high)
        return Lift(self.lift.difference * heads, *(None if one is None else one * heads for one in bounds))


class Result(Struct, frozen=True, kw_only=True):
    """A mailing with what came of it in so many days, of which `past` are over; `first` is the first of them."""

    mailing: Mailing
    days: int
    first: date | None
    past: int
    funnels: list[Funnel]
    held_back: Spent
    compared: list[Compared]


async def load_result(connection: AsyncConnection, mailing_id: int, office: Office, *, days: int = DAYS) -> Result:
    """Load what came of a mailing. Raises MailingUnknownError, MailingRefusedError for too few or too many days."""
    if not 0 < days <= MOST_DAYS:
        raise MailingRefusedError(f"are from 1 to {MOST_DAYS}", field="days")
    found = await load_mailing(connection, mailing_id)
    zone = ZoneInfo(office.timezone)
    today = office.now.astimezone(zone).date()
    first = None if found.prepared_at is None else found.prepared_at.astimezone(zone).date()
    spent: Mapping[str | None, Spent] = {}
    if found.started_at is not None:
        spent = await results.list_spent(
            connection, mailing_id, first=first, days=days, today=today, timezone=office.timezone
        )
    held_back = spent.get(None, Spent())
    return Result(
        mailing=found,
        days=days,
        first=first,
        past=days if first is None else max(min((today - first) // timedelta(days=1) + 1, days), 0),
        funnels=await results.list_funnels(connection, mailing_id),
        held_back=held_back,
        compared=_compare({letter: one for letter, one in spent.items() if letter is not None}, held_back),
    )


def _compare(spent: Mapping[str, Spent], held_back: Spent) -> list[Compared]:
    """Compare all recipients and, where there are several variants, those of each with all who were held back."""
    together = reduce(add, spent.values(), Spent())
    several = sorted(spent.items()) if len(spent) > 1 else []
    groups = [(None, together), *several] if spent else []
    return [Compared(letter, one, compare(one, held_back)) for letter, one in groups]
