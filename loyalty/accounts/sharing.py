"""Which cards spend the money of an account, and how much of their days' limits is left: for people to look at."""

from datetime import date, datetime

from msgspec import Struct, convert
from sqlalchemy import BigInteger, Select, case, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from database.keyset import Page, Place, read_page
from loyalty.accounts.tables import hold
from loyalty.cards.catalogue.repository import load_series
from loyalty.cards.model import Card, CardState
from loyalty.cards.selection import state_on
from loyalty.cards.service import load_card
from loyalty.cards.tables import card
from loyalty.errors import CardNotUsableError
from loyalty.numbering import mask

PAGE_ROWS = 25


class AccountCard(Struct, frozen=True):
    """A card of an account in its state of today, amounts in minor units.

    `spent` is what it spent today as far as its limit counts it, `held` what its open holds keep; `day_limit` None is
    no limit.
    """

    card_id: int
    number: str
    state: CardState
    holder_id: int | None
    day_limit: int | None
    spent: int
    held: int

    @property
    def masked(self) -> str:
        """The number as it may be shown."""
        return mask(self.number)

    @property
    def left(self) -> int | None:
        """What it may still spend today, None without a limit."""
        return None if self.day_limit is None else max(0, self.day_limit - self.spent - self.held)


class SharedAccount(Struct, frozen=True):
    """The account that a card spends: `main` bears its money, which may be the card itself, `sharing` spend it too."""

    own: AccountCard
    main: Card
    main_card: AccountCard
    sharing: Page[AccountCard]

    @property
    def available(self) -> int:
        """What the card may spend now: what the account has, and no more than is left of its limit a day."""
        return self.main.available if self.own.left is None else min(self.main.available, self.own.left)


async def load_account(
    connection: AsyncConnection, card_id: int, *, now: datetime, today: date, place: Place | None = None
) -> SharedAccount:
    """Load the account that a card spends, the cards that share it page by page, the youngest first.

    Raises CardUnknownError, and CardNotUsableError for a card of a kind that has no money.
    """
    own = await load_card(connection, card_id)
    series = await load_series(connection, own.series_id)
    if series.settings.kind != "credit":
        raise CardNotUsableError(f"cards of series {series.code} hold no money")
    return await load_account_of(connection, own, now=now, today=today, place=place)


async def load_account_of(
    connection: AsyncConnection, own: Card, *, now: datetime, today: date, place: Place | None = None
) -> SharedAccount:
    """Load the account of a card that is at hand and may have money."""
    main = own if own.account_id is None else await load_card(connection, own.account_id)
    query = _rows(now, today)
    rows = await connection.execute(query.where(card.c.card_id.in_({own.card_id, main.card_id})))
    cards = {row.card_id: convert(row, AccountCard, from_attributes=True) for row in rows}
    sharing = query.where(card.c.account_id == main.card_id)
    found = await read_page(
        connection, sharing, keys=[card.c.card_id], place=place, size=PAGE_ROWS, row_type=AccountCard
    )
    return SharedAccount(cards[own.card_id], main, cards[main.card_id], found)


def _rows(now: datetime, today: date) -> Select[*tuple[object, ...]]:
    # A scalar of the few rows that are shown; a hold whose time is over is none, whether or not anybody ended it yet.
    is_open = (hold.c.card_id == card.c.card_id) & (hold.c.state == "open") & (hold.c.expires_at > now)
    held = select(cast(func.coalesce(func.sum(hold.c.amount), 0), BigInteger)).where(is_open).correlate(card)
    return select(
        card.c.card_id,
        card.c.number,
        state_on(today).label("state"),
        card.c.holder_id,
        card.c.day_limit,
        case((card.c.spent_on == today, card.c.spent), else_=0).label("spent"),
        held.scalar_subquery().label("held"),
    )
