"""Which cards spend the money of an account, and how much of their days' limits is left: for people to look at."""

from collections.abc import Iterable
from datetime import date, datetime

from msgspec import Struct, convert
from sqlalchemy import BigInteger, Select, case, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from database.keyset import Page, Place, read_page
from loyalty.accounts.tables import hold
from loyalty.cards.model import CardState
from loyalty.cards.selection import state_on
from loyalty.cards.tables import card
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


async def load_account_cards(
    connection: AsyncConnection, card_ids: Iterable[int], *, now: datetime, today: date
) -> dict[int, AccountCard]:
    """Load cards of an account by their identifiers."""
    rows = await connection.execute(_rows(now, today).where(card.c.card_id.in_(set(card_ids))))
    return {row.card_id: convert(row, AccountCard, from_attributes=True) for row in rows}


async def list_sharing(
    connection: AsyncConnection, main_id: int, *, now: datetime, today: date, place: Place | None = None
) -> Page[AccountCard]:
    """List the cards that spend a main card's money, the youngest first."""
    query = _rows(now, today).where(card.c.account_id == main_id)
    return await read_page(connection, query, keys=[card.c.card_id], place=place, size=PAGE_ROWS, row_type=AccountCard)


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
