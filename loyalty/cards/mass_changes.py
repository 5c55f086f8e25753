"""Changing many cards at once: which would change and which refuse, then the same acts as on one card, in portions.

The key idea: a preview is the change itself, done and rolled back. So it promises nothing that does not come, and no
rule stands twice. Each card is changed by the act that changes a single one, with its own row in the journal; what it
was and became is kept under the job, so that a mass change can be taken back.

Cards that refuse are passed over and counted by their reason; they never stop the others.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

import msgspec
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act
from database.jobs import Job, Progress, enqueue_job
from loyalty.cards import mass_repository
from loyalty.cards.catalogue.repository import load_zone
from loyalty.cards.freezing import freeze_card, unfreeze_card
from loyalty.cards.mass_repository import Changed
from loyalty.cards.model import Card
from loyalty.cards.selection import Selection
from loyalty.cards.service import (
    OwnSettings,
    activate_card,
    block_card,
    change_card,
    close_card,
    load_card,
    unblock_card,
)
from loyalty.errors import LoyaltyError
from loyalty.numbering import mask

KIND = "cards.change"
CARDS_PER_PORTION = 50
"""So many cards are locked at once: tills wait for them."""

MOST_PREVIEWED = 1_000
MOST_SHOWN = 20
KEPT = (
    "series_id", "state", "own_percent", "own_credit_limit", "own_expires_on", "activated_on", "frozen_from",
    "frozen_until",
)  # fmt: skip
"""The columns that a mass change may move."""

MassAct = Literal["block", "unblock", "activate", "close", "freeze", "unfreeze"]


class MassChange(Struct, frozen=True):
    """What is done to each card: one act, or settings of its own.

    `first` and `last` are the days of a freeze; one that is left out is today.
    """

    act: MassAct | None = None
    reason: str | None = None
    first: date | None = None
    last: date | None = None
    settings: OwnSettings = OwnSettings()


class Asked(Struct, frozen=True):
    """A mass change as a job keeps it."""

    selection: Selection
    change: MassChange


class Refused(Struct, frozen=True):
    """Cards that refuse a change for one reason: how many, the words for the first, and the first ones masked."""

    code: str
    detail: str
    count: int
    masked: list[str]


class Preview(Struct, frozen=True):
    """What a mass change would do. `matched` cards are meant; `looked_at` of them, the first, were tried.

    `changed` holds the first masked ones of `would_change`.
    """

    matched: int
    looked_at: int
    would_change: int
    changed: list[str]
    refused: list[Refused]


class Outcome(Struct, frozen=True):
    """What a mass change did so far; `after` is the card from which it goes on, `refused` counts by reason."""

    after: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: dict[str, int] = {}


class _Tried(Struct, frozen=True):
    card: Card
    change: Changed | None = None
    refusal: LoyaltyError | None = None


async def preview_change(connection: AsyncConnection, asked: Asked, *, act: Act) -> Preview:
    """Tell what a change would do to the first MOST_PREVIEWED cards that are meant, and change nothing."""
    today = act.at.astimezone(await load_zone(connection)).date()
    matched = await mass_repository.count_cards(connection, asked.selection, today=today)
    cards = await mass_repository.list_portion(connection, asked.selection, after=0, today=today, limit=MOST_PREVIEWED)
    tried: list[_Tried] = []
    for start in range(0, len(cards), CARDS_PER_PORTION):
        nested = await connection.begin_nested()  # which lets go of the cards' locks when it is rolled back
        portion = cards[start : start + CARDS_PER_PORTION]
        tried += [await _try(connection, card, asked.change, today=today, act=act) for card in portion]
        await nested.rollback()
    changed = [one for one in tried if one.change is not None]
    return Preview(
        matched=matched,
        looked_at=len(cards),
        would_change=len(changed),
        changed=[mask(one.card.number) for one in changed[:MOST_SHOWN]],
        refused=_by_reason(tried),
    )


def _by_reason(tried: Sequence[_Tried]) -> list[Refused]:
    reasons: dict[str, list[_Tried]] = {}
    for one in tried:
        if one.refusal is not None:
            reasons.setdefault(one.refusal.code, []).append(one)
    return [
        Refused(code, str(found[0].refusal), len(found), [mask(one.card.number) for one in found[:MOST_SHOWN]])
        for code, found in sorted(reasons.items())
    ]


async def ask_for_change(connection: AsyncConnection, asked: Asked, *, act: Act) -> int:
    """Put a mass change into the queue; gives the job's identifier, which is the change's too."""
    today = act.at.astimezone(await load_zone(connection)).date()
    total = await mass_repository.count_cards(connection, asked.selection, today=today)
    return await enqueue_job(connection, KIND, msgspec.to_builtins(asked), act=act, total=total)


async def change_portion(connection: AsyncConnection, job: Job, *, act: Act) -> Progress:
    """Change the next cards that are meant. The progress' total becomes what is done when there are no more."""
    asked = msgspec.convert(job.arguments, Asked)
    before = msgspec.convert(job.progress, Outcome)
    today = act.at.astimezone(await load_zone(connection)).date()
    cards = await mass_repository.list_portion(
        connection, asked.selection, after=before.after, today=today, limit=CARDS_PER_PORTION
    )
    tried = [await _try(connection, card, asked.change, today=today, act=act) for card in cards]
    changes = [one.change for one in tried if one.change is not None]
    await mass_repository.keep_changes(connection, job.id, changes)
    return progress_of(job, len(cards), _add(before, tried))


def progress_of(job: Job, cards: int, outcome: Struct) -> Progress:
    """Give how far a job is after a portion of so many cards: a portion that is not full was the last one."""
    done = job.done + cards
    is_over = cards < CARDS_PER_PORTION
    return Progress(done, done if is_over else max(job.total or 0, done + 1), msgspec.to_builtins(outcome))


def _add(before: Outcome, tried: Sequence[_Tried]) -> Outcome:
    refused = dict(before.refused)
    for one in tried:
        if one.refusal is not None:
            refused[one.refusal.code] = refused.get(one.refusal.code, 0) + 1
    changed = sum(one.change is not None for one in tried)
    unchanged = sum(one.change is None and one.refusal is None for one in tried)
    after = tried[-1].card.card_id if tried else before.after
    return Outcome(after, before.changed + changed, before.unchanged + unchanged, refused)


async def _try(connection: AsyncConnection, card: Card, change: MassChange, *, today: date, act: Act) -> _Tried:
    """Change a card by the act of a single one; acts refuse before they write."""
    before = await load_card(connection, card.card_id, lock=True)
    try:
        after = await _act(connection, card.card_id, change, today=today, act=act)
    except LoyaltyError as refusal:
        return _Tried(card, refusal=refusal)
    old, new = kept_columns(before), kept_columns(after)
    changed = {name: value for name, value in new.items() if old[name] != value}
    if not changed:
        return _Tried(card)
    return _Tried(card, Changed(card.card_id, {name: old[name] for name in changed}, changed))


async def _act(connection: AsyncConnection, card_id: int, change: MassChange, *, today: date, act: Act) -> Card:
    match change.act:
        case "block":
            after = await block_card(connection, card_id, reason=change.reason or "", act=act)
        case "unblock":
            after = await unblock_card(connection, card_id, reason=change.reason, act=act)
        case "activate":
            after = await activate_card(connection, card_id, today=today, act=act)
        case "close":
            after = await close_card(connection, card_id, reason=change.reason, act=act)
        case "freeze":
            first, last = change.first or today, change.last or today
            after = await freeze_card(connection, card_id, first=first, last=last, act=act)
        case "unfreeze":
            after = await unfreeze_card(connection, card_id, act=act)
        case None:
            after = await change_card(connection, card_id, change.settings, act=act)
    return after


def kept_columns(card: Card) -> dict[str, object]:
    """Give the columns that a mass change may move, as plain JSON values."""
    plain: Mapping[str, object] = msgspec.to_builtins(card)
    return {name: plain[name] for name in KEPT}
