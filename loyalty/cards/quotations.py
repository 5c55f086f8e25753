"""Changing some prices of a price list, beside others who change theirs.

The key idea: whoever changes a price says which one they saw. A price that is another by now is refused, all others of
the list may have changed meanwhile.
"""

from collections.abc import Iterable

from msgspec import Struct, structs
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act
from loyalty.cards.catalogue.repository import bump_catalogue, find_price_list
from loyalty.cards.model import PriceListSettings
from loyalty.cards.series import put_price_list
from loyalty.errors import PriceListUnknownError, QuotationChangedError


class PriceChange(Struct, frozen=True):
    """A new price of an article in ten-thousandths, and the one that was seen; None is none."""

    sku: str
    seen: int | None
    price: int | None


async def change_quotations(
    connection: AsyncConnection, code: str, changes: Iterable[PriceChange], *, act: Act
) -> PriceListSettings:
    """Change prices of a list, all or none. An article that has its new price already is passed over.

    Raises PriceListUnknownError, and QuotationChangedError with the article as its field.
    """
    await bump_catalogue(connection)  # from here on nobody else changes the list
    before = await find_price_list(connection, code)
    if before is None:
        raise PriceListUnknownError("there is no price list of this code")
    quotations = dict(before.quotations)
    for change in changes:
        now = before.quotations.get(change.sku)
        if now not in (change.seen, change.price):
            raise QuotationChangedError("somebody else changed this price meanwhile", field=change.sku)
        quotations.pop(change.sku, None)
        if change.price is not None:
            quotations[change.sku] = change.price
    after = structs.replace(before, quotations=quotations)
    await put_price_list(connection, code, after, act=act)
    return after
