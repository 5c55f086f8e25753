"""Use cases of the shop's own data, the guide through its first hour, and the first cards of its tills."""

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.shop import repository
from crm.shop.errors import ShopChangedError
from crm.shop.model import MOST, Shop, Standing, check_shop
from database.activity import Act, record_activity

RECORD = "shop:1"

find_shop = repository.find_shop


async def load_standing(connection: AsyncConnection) -> Standing:
    """Load how far the shop is set up."""
    return await repository.find_standing(connection)


async def change_shop(connection: AsyncConnection, shop: Shop, *, seen: int, act: Act) -> None:
    """Give the shop other data, from the version that the editor saw; the same data change nothing.

    Raises ShopChangedError, ShopRefusedError.
    """
    clean = check_shop(shop)
    before, version = await repository.find_shop(connection, is_locked=True)
    if before == clean:
        return
    if version != seen:
        raise ShopChangedError("somebody else changed the shop's data meanwhile: look at them again", field="name")
    await repository.update_shop(connection, clean)
    fields = [name for name in MOST if getattr(before, name) != getattr(clean, name)]
    await record_activity(connection, act=act, what="shop.changed", record=RECORD, data={"fields": fields})


async def leave_guide(connection: AsyncConnection, *, is_left: bool, act: Act) -> None:
    """Let the first page lead through the first hour no more, or again."""
    await repository.put_guide_left(connection, act.at if is_left else None)
    what = "shop.guide_left" if is_left else "shop.guide_taken_up"
    await record_activity(connection, act=act, what=what, record=RECORD)


async def note_first_card(connection: AsyncConnection, store: str, till: str, card_id: int, *, act: Act) -> None:
    """Keep the first card that a till read; later ones change nothing."""
    if await repository.put_first_card(connection, store, till, card_id, at=act.at):
        data = {"store": store, "till": till}
        await record_activity(
            connection, act=act, what="till.first_card", record=f"store:{store}", card_id=card_id, data=data
        )
