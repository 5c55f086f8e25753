"""Taking a mass change back: each card gets what it had, unless something else changed it since.

The closing of cards, final otherwise, is taken back as well: a wrong filter must not be.
"""

import msgspec
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act
from database.jobs import Job, Progress, enqueue_job, find_job
from loyalty.cards import mass_changes, mass_repository, repository
from loyalty.cards.catalogue.repository import load_series
from loyalty.cards.mass_changes import kept_columns
from loyalty.cards.mass_repository import Changed
from loyalty.cards.model import Card
from loyalty.cards.service import PRICING_COLUMNS, load_card, record_act
from loyalty.errors import JobUnknownError, TransitionRefusedError

KIND = "cards.undo"
_LIFE = frozenset({"state", "frozen_from", "frozen_until"})


class Asked(Struct, frozen=True):
    """Which mass change is taken back."""

    change: int


class Undone(Struct, frozen=True):
    """What was taken back so far; cards that were `changed_since` keep what they have."""

    after: int = 0
    undone: int = 0
    changed_since: int = 0


async def ask_for_undo(connection: AsyncConnection, change: int, *, act: Act) -> int:
    """Put the undoing of a mass change into the queue; gives the job's identifier.

    Raises JobUnknownError, TransitionRefusedError where the change still goes on.
    """
    job = await find_job(connection, change)
    if job is None or job.kind != mass_changes.KIND:
        raise JobUnknownError("no mass change has this identifier")
    if not job.has_ended:
        raise TransitionRefusedError("the change still goes on: cancel it first, or wait for its end")
    total = await mass_repository.count_changes(connection, change)
    return await enqueue_job(connection, KIND, msgspec.to_builtins(Asked(change)), act=act, total=total)


async def undo_portion(connection: AsyncConnection, job: Job, *, act: Act) -> Progress:
    """Take the change of the next cards back."""
    asked = msgspec.convert(job.arguments, Asked)
    before = msgspec.convert(job.progress, Undone)
    changes = await mass_repository.list_changes(
        connection, asked.change, after=before.after, limit=mass_changes.CARDS_PER_PORTION
    )
    undone = sum([await _undo(connection, one, change=asked.change, act=act) for one in changes])
    after = Undone(
        after=changes[-1].card_id if changes else before.after,
        undone=before.undone + undone,
        changed_since=before.changed_since + len(changes) - undone,
    )
    return mass_changes.progress_of(job, len(changes), after)


async def _undo(connection: AsyncConnection, made: Changed, *, change: int, act: Act) -> bool:
    """Give a card back what it had; tells whether it still was what the change had made of it."""
    card = await load_card(connection, made.card_id, lock=True)
    now = kept_columns(card)
    if any(now[name] != value for name, value in made.new.items()):
        return False
    before = msgspec.convert(msgspec.to_builtins(card) | made.old, Card)
    if not PRICING_COLUMNS.isdisjoint(made.old):
        await repository.keep_past(connection, card, cause="card.change_undone", now=act.at)
    if not _LIFE.isdisjoint(made.old):
        await repository.change_freeze(connection, card, before, now=act.at)
    values: dict[str, object] = {name: getattr(before, name) for name in made.old if name not in _LIFE}
    limit = await _limit(connection, before)
    if limit != card.credit_limit:
        values |= {"credit_limit": limit, "overdraft": max(0, card.held - card.balance - limit)}
    if values:
        await repository.change_card(connection, card.card_id, values)
    data = {"old": made.new, "new": made.old, "change": change}
    await record_act(connection, card.card_id, "card.change_undone", data, act=act)
    return True


async def _limit(connection: AsyncConnection, card: Card) -> int:
    if card.own_credit_limit is not None:
        return card.own_credit_limit
    return (await load_series(connection, card.series_id)).settings.credit_limit
