"""The account that a card spends: whose money it is, which cards spend it, and what each may spend a day.

What is changed of it are acts of a card: `take-in`, `day-limit` and `leave`. Each says which settings it was shown.
"""

from datetime import date, datetime

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages import forms
from api.pages.edge import act_of, find_card, today_of
from api.pages.forms import Form
from api.pages.queries import place, place_link
from api.pages.renderer import Call, currency_of, database_of, page
from api.state import read_clock
from crm.parties.listing import load_names
from database.keyset import Page, Place
from loyalty.accounts.purses import Sharing, share_account, take_in
from loyalty.accounts.sharing import AccountCard, list_sharing, load_account_cards
from loyalty.cards.listing import FullCard


class AccountPage(Struct, frozen=True):
    """A card, the main card of its account, which may be itself, the cards that spend it, and their holders' names."""

    own: AccountCard
    main: FullCard
    main_card: AccountCard
    sharing: Page[AccountCard]
    names: dict[int, str]

    @property
    def available(self) -> int:
        """What the card may spend now: what the account has, and no more than is left of its limit a day."""
        there = self.main.card.available
        return there if self.own.left is None else min(there, self.own.left)


@get("/cards/{card_id:int}/account", opt=dict(allows("cards.read")))
async def show_account(request: Call, card_id: FromPath[int]) -> Response[str]:
    """Show the account of a card that may spend money, page by page if many cards do."""
    full, shown = await database_of(request).run(
        _load_page, card_id, now=read_clock(), today=today_of(request), where=place(request, int)
    )
    path = f"/cards/{card_id}/account"
    return page(
        request,
        "card_account.html",
        here=path,
        full=full,
        shown=shown,
        rows=[shown.main_card, *shown.sharing.rows],
        newer=place_link(path, {}, shown.sharing.newer),
        older=place_link(path, {}, shown.sharing.older),
    )


async def _load_page(
    connection: AsyncConnection, card_id: int, *, now: datetime, today: date, where: Place | None
) -> tuple[FullCard, AccountPage]:
    full = await find_card(connection, card_id)
    found = await load_account(connection, full, now=now, today=today, where=where)
    if found is None:
        raise NotFoundException("there is no account of this card")
    return full, found


async def load_account(
    connection: AsyncConnection, full: FullCard, *, now: datetime, today: date, where: Place | None = None
) -> AccountPage | None:
    """Load the account of a card; None for a card of a kind that has no money."""
    if full.series.settings.kind != "credit":
        return None
    card_id = full.card.card_id
    main_id = full.card.account_id or card_id
    cards = await load_account_cards(connection, {card_id, main_id}, now=now, today=today)
    sharing = await list_sharing(connection, main_id, now=now, today=today, place=where)
    holders = [one.holder_id for one in (cards[main_id], *sharing.rows) if one.holder_id is not None]
    return AccountPage(
        cards[card_id],
        full if main_id == card_id else await find_card(connection, main_id),
        cards[main_id],
        sharing,
        await load_names(connection, holders),
    )


async def run_take_in(call: Call, full: FullCard, form: Form) -> None:
    """Let another card spend the money of this one."""
    number = form.need("account", forms.card_number, "")
    day_limit = _read_limit(call, form)
    if not form.problems:
        run = database_of(call).run
        await run(take_in, full.card.card_id, number, day_limit=day_limit, act=act_of(call))


async def run_day_limit(call: Call, full: FullCard, form: Form) -> None:
    """Bound what the card spends a day; an empty field is no limit."""
    await _share(call, full, form, Sharing(day_limit=_read_limit(call, form)))


async def run_leave(call: Call, full: FullCard, form: Form) -> None:
    """Let the card spend its own money again; its daily limit stays."""
    await _share(call, full, form, Sharing(account=None))


def _read_limit(call: Call, form: Form) -> int | None:
    return form.read("day_limit", forms.money(currency_of(call).scale, least=0), None)


async def _share(call: Call, full: FullCard, form: Form, changes: Sharing) -> None:
    if not form.problems:
        card_id = full.card.card_id
        await database_of(call).run(share_account, card_id, changes, act=act_of(call), seen=form.text("seen"))
