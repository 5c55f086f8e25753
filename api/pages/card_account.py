"""The account that a card spends: whose money it is, which cards spend it, and what each may spend a day.

What is changed of it are acts of a card: `take-in`, `day-limit` and `leave`. Each says which settings it was shown.
"""

from datetime import date, datetime

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Struct, structs
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages import forms
from api.pages.edge import act_of, find_card, today_of
from api.pages.forms import Form
from api.pages.queries import place, place_link
from api.pages.renderer import Call, currency_of, database_of, page
from api.state import read_clock
from crm.parties.listing import load_names
from database.keyset import Place
from loyalty.accounts.purses import Sharing, share_account, take_in
from loyalty.accounts.sharing import AccountCard, SharedAccount, load_account_of
from loyalty.cards.listing import FullCard


class AccountPage(Struct, frozen=True):
    """An account, and the names of those who hold one of its cards."""

    account: SharedAccount
    names: dict[int, str]

    @property
    def rows(self) -> list[AccountCard]:
        """The main card, and a page of the cards that spend its money."""
        return [self.account.main_card, *self.account.sharing.rows]


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
        newer=place_link(path, {}, shown.account.sharing.newer),
        older=place_link(path, {}, shown.account.sharing.older),
    )


async def _load_page(
    connection: AsyncConnection, card_id: int, *, now: datetime, today: date, where: Place | None
) -> tuple[FullCard, AccountPage]:
    full = await find_card(connection, card_id)
    found = await find_account(connection, full, now=now, today=today, where=where)
    if found is None:
        raise NotFoundException("there is no account of this card")
    return full, found


async def find_account(
    connection: AsyncConnection, full: FullCard, *, now: datetime, today: date, where: Place | None = None
) -> AccountPage | None:
    """Find the account of a card; None for a card of a kind that has no money."""
    if full.series.settings.kind != "credit":
        return None
    account = await load_account_of(connection, full.card, now=now, today=today, place=where)
    found = AccountPage(account, {})
    holders = [one.holder_id for one in found.rows if one.holder_id is not None]
    return structs.replace(found, names=await load_names(connection, holders))


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
