"""The account that a card spends, as the back office reads it: the main card's money, and the cards that spend it."""

from litestar import get
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from api.auth.rights import allows
from api.rest.calls import Call, service_of
from api.rest.lists import next_of, read_place
from api.rest.problems import PROBLEMS
from api.state import read_clock
from loyalty.accounts.sharing import AccountCard, load_account
from loyalty.cards.model import CardState
from loyalty.money import Scale


class AccountCardItem(Struct, frozen=True):
    """A card of an account. What it spent and what its open holds keep counts against its limit of today."""

    card_id: int
    masked: str
    status: CardState
    holder_id: int | None
    day_limit: str | None
    spent_today: str
    held: str
    left_today: str | None


class AccountAnswer(Struct, frozen=True):
    """The main card with the money of the account, and the cards that spend it, the youngest first."""

    main: AccountCardItem
    balance: str
    credit_limit: str
    held: str
    available: str
    cards: list[AccountCardItem]
    next: str | None


@get("/account", opt=dict(allows("cards.read")), responses=PROBLEMS)
async def get_account(request: Call, card_id: FromPath[int], after: FromQuery[str | None] = None) -> AccountAnswer:
    """Read the account that a card spends, its own or a main card's, with all cards of it, page by page."""
    service, now = service_of(request), read_clock()
    today = now.astimezone((await service.catalogue.at_least()).zone("")).date()
    account = await service.database.run(load_account, card_id, now=now, today=today, place=read_place(after))
    money, main = service.money, account.main
    return AccountAnswer(
        main=_render(account.main_card, money),
        balance=money.format(main.balance),
        credit_limit=money.format(main.credit_limit),
        held=money.format(main.held),
        available=money.format(main.available),
        cards=[_render(row, money) for row in account.sharing.rows],
        next=next_of(account.sharing.older),
    )


def _render(row: AccountCard, money: Scale) -> AccountCardItem:
    return AccountCardItem(
        card_id=row.card_id,
        masked=row.masked,
        status=row.state,
        holder_id=row.holder_id,
        day_limit=None if row.day_limit is None else money.format(row.day_limit),
        spent_today=money.format(row.spent),
        held=money.format(row.held),
        left_today=None if row.left is None else money.format(row.left),
    )
