"""Who is left out of a mailing and why, page by page: parties first, then the addresses beside its audience.

Key idea: of a draft it is asked by the same query that will choose, so the list is what would happen now; of a mailing
that has begun it is what happened.
"""

import re
from typing import Final

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.mailings.model import EDITABLE
from crm.mailings.repository import addresses, choosing
from crm.mailings.repository.choosing import LeftOut
from crm.mailings.service import Office, choice_of, load_mailing

ROWS: Final = 50


class Spot(Struct, frozen=True):
    """Behind which row a page begins: of the parties or of the addresses, by the identifier there."""

    is_address: bool = False
    key: int = 0

    def __str__(self) -> str:
        return f"{self.is_address:d}_{self.key}"


class LeftOutPage(Struct, frozen=True):
    """Who is left out, and where the next page begins; None at the end."""

    rows: list[LeftOut]
    next: Spot | None


def read_spot(text: str) -> Spot:
    """Read what a spot said of itself. Raises ValueError."""
    if not re.fullmatch("[01]_[0-9]{1,18}", text, re.ASCII):
        raise ValueError(text)
    return Spot(text.startswith("1"), int(text[2:]))


async def list_left_out(
    connection: AsyncConnection,
    mailing_id: int,
    office: Office,
    *,
    reason: str | None = None,
    after: Spot = Spot(),  # noqa: B008 # a frozen value
    most: int = ROWS,
) -> LeftOutPage:
    """List who of those that a draft names would be left out now and why; of another mailing, who was.

    Raises MailingUnknownError, MailingRefusedError.
    """
    wanted, found = most + 1, list[tuple[Spot, LeftOut]]()
    if (await load_mailing(connection, mailing_id)).state not in EDITABLE:
        rows = await choosing.list_was_left_out(connection, mailing_id, reason=reason, after=after.key, most=wanted)
        return _page([(Spot(key=key), row) for key, row in rows], most)
    choice = await choice_of(connection, mailing_id, office)
    if not after.is_address:
        rows = await choosing.list_left_out(connection, choice, reason=reason, after=after.key, most=wanted)
        found = [(Spot(key=key), row) for key, row in rows]
    if len(found) < wanted:
        behind, rest = after.key if after.is_address else 0, wanted - len(found)
        rows = await addresses.list_left_out(connection, choice, reason=reason, after=behind, most=rest)
        found += [(Spot(is_address=True, key=key), row) for key, row in rows]
    return _page(found, most)


def _page(found: list[tuple[Spot, LeftOut]], most: int) -> LeftOutPage:
    shown = found[:most]
    return LeftOutPage([row for _, row in shown], shown[-1][0] if len(found) > most else None)
