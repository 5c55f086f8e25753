"""The use case of importing cards: each is made, gets its own settings and its opening figures, once.

The key idea: a line is an operation with an identity of its own, made from the source's name and the card's number. A
file imported again changes nothing, not even a card that was changed here since; one that was stopped goes on. The same
card with other content is a rejection, never a change. Each line is in whole or not at all, and one that stays out
never keeps another out.

Turnover from a former system is entered on the day for which the file's figures count; opening points never expire.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date

import msgspec
from msgspec import UNSET, Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act
from database.engine import Database
from loyalty.accounts.model import PointsDay
from loyalty.accounts.operations import find_answer, keep_answer
from loyalty.accounts.repository import add_points_days
from loyalty.accounts.service import Entry, enter
from loyalty.cards import repository
from loyalty.cards import service as cards
from loyalty.cards.catalogue.repository import load_zone
from loyalty.cards.model import Card, Series
from loyalty.errors import LoyaltyError, OperationConflictError, SettingRefusedError
from loyalty.imports.building import identify
from loyalty.imports.card_rows import CardDraft
from loyalty.imports.progress import Watch
from loyalty.imports.rejections import Rejection
from loyalty.numbering import canonical

CARDS_AT_ONCE = 50
SOURCE = "opening"
REASON = "imported"
_OTHER_CONTENT = "its card was imported already, with another content"

FindHolders = Callable[[AsyncConnection, Sequence[str]], Awaitable[Mapping[str, int]]]
"""Finds parties by their source's own keys."""


class CardsImported(Struct, frozen=True):
    """How many cards came in now and how many were in already; `rejections` are rows."""

    new: int
    known: int
    rejections: list[Rejection]
    is_complete: bool


class _Line(Struct, frozen=True):
    """What a line means; the operation's fingerprint is made from it."""

    series: str
    draft: CardDraft
    holder_id: int | None


class _Opened(Struct, frozen=True):
    card_id: int


async def import_cards(
    drafts: Sequence[CardDraft],
    series: str,
    *,
    source: str,
    find_holders: FindHolders,
    database: Database,
    act: Act,
    watch: Watch,
) -> CardsImported:
    """Import cards into a series in portions; ends after one where the watch says so. Raises SeriesUnknownError."""
    new, rejections, done = 0, list[Rejection](), 0
    await database.run(cards.load_series_by_code, series)
    for start in range(0, len(drafts), CARDS_AT_ONCE):
        if watch.is_stopped():
            break
        portion = drafts[start : start + CARDS_AT_ONCE]
        made, refused = await database.run(
            _import_portion, portion, series, source=source, find_holders=find_holders, act=act
        )
        new, done = new + made, done + len(portion)
        rejections += refused
        watch.report(done, len(drafts))
    return CardsImported(new, done - new - len(rejections), rejections, done == len(drafts))


async def _import_portion(
    connection: AsyncConnection,
    drafts: Sequence[CardDraft],
    code: str,
    *,
    source: str,
    find_holders: FindHolders,
    act: Act,
) -> tuple[int, list[Rejection]]:
    series = await cards.load_series_by_code(connection, code)
    keys = [draft.holder for draft in drafts if draft.holder is not None]
    holders = await find_holders(connection, keys) if keys else {}
    new, rejections = 0, []
    for draft in drafts:
        if draft.holder is not None and draft.holder not in holders:
            rejections.append(Rejection(draft.line, "no party was imported under its holder's key"))
            continue
        holder_id = None if draft.holder is None else holders[draft.holder]
        nested = await connection.begin_nested()
        try:
            new += await _import_line(connection, _Line(code, draft, holder_id), series, source=source, act=act)
        except OperationConflictError:
            await nested.rollback()
            rejections.append(Rejection(draft.line, _OTHER_CONTENT))
        except LoyaltyError as refusal:
            await nested.rollback()
            rejections.append(Rejection(draft.line, refusal.detail))
        else:
            await nested.commit()
    return new, rejections


async def _import_line(connection: AsyncConnection, line: _Line, series: Series, *, source: str, act: Act) -> bool:
    """Import one card; tells whether it came in now. Raises its refusal."""
    draft = line.draft
    asked = msgspec.structs.replace(line, draft=msgspec.structs.replace(draft, line=0))
    uid = identify(f"{source}:card", canonical(draft.number))
    if await find_answer(connection, uid, asked, answer_type=_Opened) is not None:
        return False
    card = await _make(connection, draft.number, series, act=act)
    await _give_settings(connection, card, line, act=act)
    today = act.at.astimezone(await load_zone(connection)).date()
    entries = _entries(draft, series, day=draft.as_of or today)
    await enter(connection, card.card_id, entries, source=SOURCE, source_uid=uid, now=act.at)
    if draft.points:
        await add_points_days(connection, card.card_id, [PointsDay(None, draft.points, 0)])
    figures = {"turnover": draft.turnover, "balance": draft.balance, "points": draft.points}
    await cards.record_act(connection, card.card_id, "card.opened", {"new": figures}, act=act)
    await _give_state(connection, card, draft, today=today, act=act)
    await keep_answer(connection, uid, asked, _Opened(card.card_id), act=SOURCE, card_id=card.card_id, now=act.at)
    return True


async def _make(connection: AsyncConnection, number: str, series: Series, *, act: Act) -> Card:
    """Make the card, or find it where it was made in the series already. Raises SettingRefusedError."""
    made = await cards.make_cards_with_numbers(connection, series.code, numbers=[number], act=act)
    card_id = made.get(number) or await repository.find_card_id(connection, canonical(number))
    assert card_id is not None, "it was made, now or before"
    card = await cards.load_card(connection, card_id, lock=True)
    if card.series_id != series.id:
        raise SettingRefusedError("a card of another series has its number")
    return card


async def _give_settings(connection: AsyncConnection, card: Card, line: _Line, *, act: Act) -> None:
    draft = line.draft
    changes = cards.OwnSettings(
        percent=UNSET if draft.percent is None else draft.percent,
        credit_limit=UNSET if draft.credit_limit is None else draft.credit_limit,
        expires_on=UNSET if draft.expires_on is None else draft.expires_on,
        holder_id=UNSET if line.holder_id is None else line.holder_id,
    )
    await cards.change_card(connection, card.card_id, changes, act=act)


def _entries(draft: CardDraft, series: Series, *, day: date) -> list[Entry]:
    """Give the entries of a card's opening figures. Raises SettingRefusedError for what its kind does not hold."""
    kind = series.settings.kind
    if draft.balance and kind != "credit":
        raise SettingRefusedError(f"cards of series {series.code} hold no money")
    if draft.points and kind != "bonus":
        raise SettingRefusedError(f"cards of series {series.code} hold no points")
    return [
        Entry("turnover", draft.turnover, day),
        Entry("money", draft.balance, day),
        Entry("points", draft.points, day),
    ]


async def _give_state(connection: AsyncConnection, card: Card, draft: CardDraft, *, today: date, act: Act) -> None:
    if card.state == "issued" and draft.state == "active":
        await cards.activate_card(connection, card.card_id, today=today, act=act)
    elif draft.state == "blocked":
        await cards.block_card(connection, card.card_id, reason=REASON, act=act)
    elif draft.state == "closed":
        await cards.close_card(connection, card.card_id, reason=REASON, act=act)
