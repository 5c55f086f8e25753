"""A card's page: what it is and may, what it turned over, its ledgers, and what was done to it."""

from datetime import date, datetime
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.card_account import AccountPage, find_account
from api.pages.card_act_forms import DONE, acts_for
from api.pages.card_history import describe_changes
from api.pages.edge import find_card
from api.pages.plots import Columns, draw_columns
from api.pages.queries import choice, place, place_link
from api.pages.renderer import Call, database_of, has, page, principal_of, zone_of
from api.state import read_clock
from crm.attributes.service import RecordValues, load_values
from crm.parties.listing import Person, load_person
from database.activity import Act, record_activity
from database.keyset import Page, Place
from loyalty.accounts.listing import LedgerEntry, LedgerName, MonthSum, find_last_day, list_entries, list_months
from loyalty.cards.audit import MOST_ACTS, KeptAct, list_acts
from loyalty.cards.listing import FullCard
from loyalty.cards.model import Refusal, refusal, shown_state
from loyalty.receipts.listing import SourceName, name_sources

LEDGERS: dict[str, LedgerName] = {"turnover": "turnover", "money": "money", "points": "points"}
MONTHS = 12


class YearPlot(Struct, frozen=True):
    """Turnover of twelve months and its chart: the last ones, or for a card long unused those before its last use."""

    months: tuple[MonthSum, ...]
    columns: Columns

    @property
    def has_any(self) -> bool:
        """Whether there is anything to draw."""
        return any(one.turnover for one in self.months)

    @property
    def turnover(self) -> int:
        """What the months come to."""
        return sum(one.turnover for one in self.months)

    @property
    def best(self) -> MonthSum:
        """The month with the most turnover."""
        return max(self.months, key=lambda one: one.turnover)


class LastYear(Struct, frozen=True):
    """The turnover of the last twelve months, and that of the twelve before; None for a card younger than those."""

    turnover: int
    before: int | None


class _CardPage(Struct, frozen=True):
    full: FullCard
    person: Person | None
    last_year: LastYear
    plot: YearPlot
    entries: Page[LedgerEntry]
    sources: dict[UUID, SourceName]
    acts: tuple[KeptAct, ...]
    account: AccountPage | None
    said: RecordValues


@get("/cards/{card_id:int}", opt=dict(allows("cards.read")))
async def show_card(request: Call, card_id: FromPath[int]) -> Response[str]:
    """Show a card, its number masked."""
    shown = await database_of(request).run(
        _load_page, card_id, ledger=_ledger(request), where=place(request, int), now=_now(request)
    )
    return _answer(request, shown, is_number_shown=False)


@post("/cards/{card_id:int}/number", opt=dict(allows("cards.numbers")), status_code=200)
async def show_number(request: Call, card_id: FromPath[int]) -> Response[str]:
    """Show a card with its whole number; that it was shown, and to whom, stays in the journal."""
    act = Act(principal_of(request).actor, read_clock())
    shown = await database_of(request).run(_reveal, card_id, act=act, now=_now(request))
    return _answer(request, shown, is_number_shown=True)


async def _reveal(connection: AsyncConnection, card_id: int, *, act: Act, now: datetime) -> _CardPage:
    await find_card(connection, card_id)
    record = f"card:{card_id}"
    await record_activity(connection, act=act, what="card.number_shown", record=record, card_id=card_id)
    return await _load_page(connection, card_id, ledger="turnover", where=None, now=now)


async def _load_page(
    connection: AsyncConnection, card_id: int, *, ledger: LedgerName, where: Place | None, now: datetime
) -> _CardPage:
    full, today = await find_card(connection, card_id), now.date()
    holder = full.card.holder_id
    entries = await list_entries(connection, card_id, account=ledger, place=where)
    uids = {entry.corrected_uid or entry.source_uid for entry in entries.rows}
    return _CardPage(
        full,
        None if holder is None else await load_person(connection, holder),
        await _sum_last_year(connection, full, today),
        await _plot_year(connection, card_id, today),
        entries,
        await name_sources(connection, uids) if uids else {},
        (await list_acts(connection, card_id, size=MOST_ACTS)).rows,
        await find_account(connection, full, now=now, today=today),
        await load_values(connection, "card", card_id),
    )


async def _sum_last_year(connection: AsyncConnection, full: FullCard, today: date) -> LastYear:
    first = _months_before(today, 2 * MONTHS - 1)
    sums = await list_months(connection, full.card.card_id, first=first, last=today)
    before, last = sums[:MONTHS], sums[MONTHS:]
    return LastYear(
        sum(month.turnover for month in last),
        sum(month.turnover for month in before) if full.created_at.date() <= first else None,
    )


async def _plot_year(connection: AsyncConnection, card_id: int, today: date) -> YearPlot:
    last_use = await find_last_day(connection, card_id)
    end = today if last_use is None or last_use >= _months_before(today, MONTHS - 1) else last_use
    months = await list_months(connection, card_id, first=_months_before(end, MONTHS - 1), last=end)
    return YearPlot(tuple(months), draw_columns([month.turnover for month in months]))


def _months_before(day: date, months: int) -> date:
    """Give the first day of the month so many months before that of a day."""
    index = day.year * MONTHS + day.month - 1 - months
    return date(index // MONTHS, index % MONTHS + 1, 1)


def _answer(call: Call, shown: _CardPage, *, is_number_shown: bool) -> Response[str]:
    card, ledger = shown.full.card, _ledger(call)
    state = shown_state(card, shown.full.series, at=_now(call))
    path = f"/cards/{card.card_id}"
    fields: dict[str, str] = {"ledger": ledger}
    return page(
        call,
        "card.html",
        here=path if is_number_shown else None,
        shown=shown,
        card=card,
        series=shown.full.series,
        refusal=_refusal(call, shown.full),
        state=state,
        changes_of=describe_changes,
        acts=acts_for(shown.full, state, _now(call).date()),
        done=choice(call, "done", DONE.__getitem__),
        said=shown.said,
        said_link=f"{path}/attributes" if has(call, "cards.act") else None,
        number=card.number if is_number_shown else shown.full.masked,
        is_number_shown=is_number_shown,
        ledger=ledger,
        ledgers=_ledgers_of(shown.full),
        newer=place_link(path, fields, shown.entries.newer),
        older=place_link(path, fields, shown.entries.older),
    )


def _ledger(call: Call) -> LedgerName:
    return choice(call, "ledger", LEDGERS.__getitem__) or "turnover"


def _ledgers_of(full: FullCard) -> list[str]:
    """Name the ledgers that a card of its kind has."""
    more = {"credit": ["money"], "bonus": ["points"]}
    return ["turnover", *more.get(full.series.settings.kind, [])]


def _refusal(call: Call, full: FullCard) -> Refusal | None:
    return refusal(full.card, full.series, state=full.card.state, at=_now(call))


def _now(call: Call) -> datetime:
    return read_clock().astimezone(zone_of(call))
