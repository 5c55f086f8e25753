"""The use case of importing cards: each is made, gets its own settings and its opening figures, once.

The key ideas: a line is an operation with an identity of its own, made from the source's name and the card's number. A
file imported again changes nothing, not even a card that was changed here since; one that was stopped goes on. The same
card with other content is a rejection, never a change. And a portion of lines comes in by a few statements for all; one
that holds a line which is refused is halved until that line stands alone. So each line is in whole or not at all, and
one that stays out never keeps another out.

Turnover from a former system is entered on the day for which the file's figures count; opening points never expire.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from uuid import UUID

from msgspec import UNSET, Struct, structs
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act, record_activities
from database.engine import Database
from database.locks import lock_name
from loyalty.accounts.model import PointsDay
from loyalty.accounts.operations import Done, find_answers, keep_answers
from loyalty.accounts.service import CardEntries, Entry, Source, enter_many
from loyalty.cards import repository
from loyalty.cards import service as cards
from loyalty.cards.catalogue.repository import load_zone
from loyalty.cards.model import Series
from loyalty.cards.opening import Opening, open_cards
from loyalty.errors import LoyaltyError, OperationConflictError, SettingRefusedError
from loyalty.imports.building import identify
from loyalty.imports.card_rows import CardDraft
from loyalty.imports.progress import Watch
from loyalty.imports.rejections import Rejection
from loyalty.numbering import canonical

CARDS_AT_ONCE = 500
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
    """What a line means; the operation's fingerprint is made from it, without the line's place in its file."""

    series: str
    draft: CardDraft
    holder_id: int | None


class _Opened(Struct, frozen=True):
    card_id: int


class _Run(Struct, frozen=True):
    """What is the same for all lines of a portion."""

    source: str
    series: Series
    today: date
    act: Act


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
    await lock_name(connection, f"import:{source}:card")  # of two runs of one file the second waits
    series = await cards.load_series_by_code(connection, code)
    keys = [draft.holder for draft in drafts if draft.holder is not None]
    holders = await find_holders(connection, keys) if keys else {}
    lines, rejections = list[_Line](), list[Rejection]()
    for draft in drafts:
        reason = _find_fault(draft, series, holders)
        if reason is None:
            lines.append(_Line(code, draft, None if draft.holder is None else holders[draft.holder]))
        else:
            rejections.append(Rejection(draft.line, reason))
    today = act.at.astimezone(await load_zone(connection)).date()
    new, refused = await _import_lines(connection, lines, _Run(source, series, today, act))
    return new, sorted(rejections + refused, key=lambda rejection: rejection.line)


def _find_fault(draft: CardDraft, series: Series, holders: Mapping[str, int]) -> str | None:
    """Find why a card cannot come in whatever else is kept."""
    if draft.holder is not None and draft.holder not in holders:
        return "no party was imported under its holder's key"
    if draft.balance and series.settings.kind != "credit":
        return f"cards of series {series.code} hold no money"
    if draft.points and series.settings.kind != "bonus":
        return f"cards of series {series.code} hold no points"
    return None


async def _import_lines(connection: AsyncConnection, lines: Sequence[_Line], run: _Run) -> tuple[int, list[Rejection]]:
    """Import lines together, or each half of them where one is refused; gives how many came in now."""
    nested = await connection.begin_nested()
    try:
        new = await _bring_in(connection, lines, run)
    except LoyaltyError as refusal:
        await nested.rollback()
        if len(lines) == 1:
            reason = _OTHER_CONTENT if isinstance(refusal, OperationConflictError) else refusal.detail
            return 0, [Rejection(lines[0].draft.line, reason)]
    else:
        await nested.commit()
        return new, []
    half = len(lines) // 2
    first, refused = await _import_lines(connection, lines[:half], run)
    second, refused_too = await _import_lines(connection, lines[half:], run)
    return first + second, refused + refused_too


async def _bring_in(connection: AsyncConnection, lines: Sequence[_Line], run: _Run) -> int:
    """Import those lines that are not in yet; gives how many they are. Raises the refusal of a line."""
    asked = _identify_lines(lines, run.source)
    known = await find_answers(connection, asked, answer_type=_Opened)
    new = {uid: line for uid, line in asked.items() if uid not in known}
    if new:
        numbers = [line.draft.number for line in new.values()]
        made = await cards.make_cards_with_numbers(connection, run.series.code, numbers=numbers, act=run.act)
        opened = {made[line.draft.number]: _opening(line) for line in new.values() if line.draft.number in made}
        await open_cards(connection, opened, run.series, today=run.today, reason=REASON, act=run.act)
        others = [line for line in new.values() if line.draft.number not in made]
        card_ids = made | {line.draft.number: await _change(connection, line, run) for line in others}
        await _enter(connection, new, card_ids, run)
        opened_ids = {uid: card_ids[line.draft.number] for uid, line in new.items()}
        done = [Done(uid, card_id, new[uid], _Opened(card_id)) for uid, card_id in opened_ids.items()]
        await keep_answers(connection, done, act=SOURCE, now=run.act.at)
    return len(new)


def _identify_lines(lines: Sequence[_Line], source: str) -> dict[UUID, _Line]:
    """Give lines by the UUID of their operation. Raises OperationConflictError where two mean one card unlike."""
    found: dict[UUID, _Line] = {}
    for line in lines:
        asked = structs.replace(line, draft=structs.replace(line.draft, line=0))
        uid = identify(f"{source}:card", canonical(line.draft.number))
        if found.setdefault(uid, asked) != asked:
            raise OperationConflictError("two lines say unlike things of one card")
    return found


def _opening(line: _Line) -> Opening:
    draft = line.draft
    return Opening(draft.percent, draft.credit_limit, draft.expires_on, line.holder_id, draft.state)


async def _change(connection: AsyncConnection, line: _Line, run: _Run) -> int:
    """Give a card that was made before what its line says, by the acts that refuse what cannot be; gives card_id."""
    draft = line.draft
    card_id = await repository.find_card_id(connection, canonical(draft.number))
    assert card_id is not None, "its number was taken just now"
    card = await cards.load_card(connection, card_id, lock=True)
    if card.series_id != run.series.id:
        raise SettingRefusedError("a card of another series has its number")
    changes = cards.OwnSettings(
        percent=UNSET if draft.percent is None else draft.percent,
        credit_limit=UNSET if draft.credit_limit is None else draft.credit_limit,
        expires_on=UNSET if draft.expires_on is None else draft.expires_on,
        holder_id=UNSET if line.holder_id is None else line.holder_id,
    )
    await cards.change_card(connection, card_id, changes, act=run.act)
    if card.state == "issued" and draft.state == "active":
        await cards.activate_card(connection, card_id, today=run.today, act=run.act)
    elif draft.state == "blocked":
        await cards.block_card(connection, card_id, reason=REASON, act=run.act)
    elif draft.state == "closed":
        await cards.close_card(connection, card_id, reason=REASON, act=run.act)
    return card_id


async def _enter(
    connection: AsyncConnection, lines: Mapping[UUID, _Line], card_ids: Mapping[str, int], run: _Run
) -> None:
    """Enter the opening figures, each in the name of its line. Raises InsufficientFundsError, LimitExceededError."""
    wanted, told = [], []
    for uid, line in lines.items():
        draft, card_id = line.draft, card_ids[line.draft.number]
        figures = {"turnover": draft.turnover, "balance": draft.balance, "points": draft.points}
        terms = [PointsDay(None, draft.points, 0)] if draft.points else []
        wanted.append(CardEntries(card_id, _entries(draft, uid, day=draft.as_of or run.today), terms))
        told.append((card_id, {"new": figures}))
    await enter_many(connection, wanted, source=Source(SOURCE, identify(run.source, "card"), run.act.at))
    await record_activities(connection, act=run.act, what="card.opened", cards=told)


def _entries(draft: CardDraft, uid: UUID, *, day: date) -> list[Entry]:
    return [
        Entry("turnover", draft.turnover, day, uid=uid),
        Entry("money", draft.balance, day, uid=uid),
        Entry("points", draft.points, day, uid=uid),
    ]
