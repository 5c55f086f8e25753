"""Guessing at cards: refused lookups are counted in the database, by the till or person who asked, and stop at a limit.

Key idea: only what was refused is counted, after it was refused. A lookup that finds its card costs a look into memory:
who is stopped is known to a process from the refusals it counted, and to another one from the first that it counts.
The same number asked for again is one guess, and a code of goods that no series of ours begins with is none, so a
register that asks for whatever was scanned is not taken for a guesser. No address counts, and no number is kept: `last`
is 32 bits of the hash of the one asked for last, which millions of numbers share.

`MOST_REFUSED`: a till closes at most some hundred receipts an hour, so 17 in `WITHIN`; were each customer's card
unknown, it would get to a third of the limit. A guesser has 9,000 tries a day at a till, and an administrator sees it
from the first minute on.

Programs' tokens are not stopped: who holds one may list all cards.
"""

import hashlib
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct
from sqlalchemy import case, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.errors import TooManyGuessesError
from api.auth.model import Principal
from api.auth.tables import card_guessing
from database.activity import Act, record_activity
from database.engine import Database
from loyalty.payment_cards import is_gtin, is_own

MOST_REFUSED: Final = 60
WITHIN: Final = timedelta(minutes=10)
STOPPED_FOR: Final = timedelta(minutes=10)
MOST_STOPPED: Final = 10_000
MOST_LISTED: Final = 100
_MARK_BYTES: Final = 4
_GOODS_CODE_LENGTHS: Final = frozenset({8, 12, 13, 14})


class Stopped(Struct, frozen=True):
    """Whose lookups are stopped, `till:0007/3` or `user:nora`, and until when."""

    who: str
    until: datetime


class Guesses:
    """What a process knows of whose lookups are stopped. `now` reads the clock."""

    def __init__(self, database: Database, *, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._stopped: set[str] = set()

    async def check(self, principal: Principal) -> None:
        """Raise TooManyGuessesError for somebody whose lookups are stopped; costs all others a look into memory."""
        if principal.actor not in self._stopped:
            return
        now = self._now()
        until = await self._database.run(find_stop, principal.actor, now=now)
        if until is None:
            self._stopped.discard(principal.actor)
        else:
            raise _refusal(until - now)

    async def note_refused(self, principal: Principal, asked: str, own_prefixes: Collection[str]) -> None:
        """Count a refused lookup. Raises TooManyGuessesError where that was one too many."""
        if not is_counted(principal) or _is_goods(asked, own_prefixes):
            return
        now = self._now()
        until = await self._database.run(count_refused, principal, asked, now=now)
        if until is not None:
            if len(self._stopped) >= MOST_STOPPED:
                self._stopped.clear()
            self._stopped.add(principal.actor)
            raise _refusal(until - now)


def is_counted(principal: Principal) -> bool:
    """Tell whether somebody's refused lookups count: those of tills and people do."""
    return principal.role == "till" or principal.user_id is not None


async def count_refused(
    connection: AsyncConnection, principal: Principal, asked: str, *, now: datetime
) -> datetime | None:
    """Count a refused lookup and give until when more are stopped, if they are; the same number in a row counts once.

    The count that stops is told in the journal, where an administrator sees it.
    """
    column, mark = card_guessing.c, hashlib.sha256(asked.encode()).digest()[:_MARK_BYTES]
    is_over = column.since <= now - WITHIN
    counted = case((is_over, 1), (column.last == mark, column.refused), else_=column.refused + 1)
    is_stop = counted == MOST_REFUSED
    made = insert(card_guessing).values(who=principal.actor, refused=1, since=now, last=mark)
    statement = made.on_conflict_do_update(
        index_elements=[column.who],
        set_={
            "refused": case((is_stop, 0), else_=counted),
            "since": case((is_over, now), else_=column.since),
            "last": mark,
            "stopped_until": case((is_stop, now + STOPPED_FOR), else_=column.stopped_until),
        },
    ).returning(column.stopped_until)
    until: datetime | None = (await connection.execute(statement)).scalar_one()
    if until == now + STOPPED_FOR:
        data = {"refused": MOST_REFUSED, "minutes": WITHIN // timedelta(minutes=1)}
        act, record = Act(principal.actor, now), principal.actor
        if principal.user_id is not None:
            record = f"user:{principal.user_id}"
        await record_activity(connection, act=act, what="cards.guessed", record=record, data=data, importance=1)
    return until if until is not None and until > now else None


async def find_stop(connection: AsyncConnection, who: str, *, now: datetime) -> datetime | None:
    """Find until when somebody's lookups are stopped; None for somebody who may look cards up."""
    query = select(card_guessing.c.stopped_until).where(card_guessing.c.who == who)
    until: datetime | None = (await connection.execute(query.where(card_guessing.c.stopped_until > now))).scalar()
    return until


async def list_stopped(connection: AsyncConnection, *, now: datetime) -> list[Stopped]:
    """List whose lookups are stopped, the last to be let go first."""
    column = card_guessing.c
    query = select(column.who, column.stopped_until).where(column.stopped_until > now)
    rows = await connection.execute(query.order_by(column.stopped_until.desc()).limit(MOST_LISTED))
    return [Stopped(row.who, row.stopped_until) for row in rows]


async def allow_again(connection: AsyncConnection, who: str, *, act: Act) -> None:
    """Let somebody look cards up again; again changes nothing."""
    if (await connection.execute(delete(card_guessing).where(card_guessing.c.who == who))).rowcount:
        await record_activity(connection, act=act, what="cards.lookups_allowed", record=who)


def _refusal(left: timedelta) -> TooManyGuessesError:
    detail = "too many unknown cards were asked for: look cards up again in some minutes, or ask an administrator"
    return TooManyGuessesError(detail, retry_after_seconds=int(left.total_seconds()) + 1)


def _is_goods(asked: str, own_prefixes: Collection[str]) -> bool:
    return len(asked) in _GOODS_CODE_LENGTHS and is_gtin(asked) and not is_own(asked, own_prefixes)
