"""All SQL of addresses and their uses.

The first places of a party's addresses and ways of contact are its source's, which an import writes anew; what people
add stands behind them.
"""

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.parties.model import AddressUse, PartyAddress
from crm.parties.tables import party_address, party_address_use

PLACES_OF_SOURCE = 10
_LINES = ("line", "city", "region", "postal_code", "country")


async def list_addresses(connection: AsyncConnection, party_id: int) -> dict[int, PartyAddress]:
    """List a party's addresses as they were put."""
    columns = (party_address.c[name] for name in _LINES)
    query = select(party_address.c.id, *columns).where(party_address.c.party_id == party_id)
    rows = (await connection.execute(query.order_by(party_address.c.position))).all()
    uses = await _list_uses(connection, party_id)
    return {
        row.id: PartyAddress(
            **{name: getattr(row, name) for name in _LINES},
            uses=tuple(sorted(use for address_id, use in uses if address_id == row.id)),
            main_for=tuple(sorted(use for (address_id, use), main in uses.items() if main and address_id == row.id)),
        )
        for row in rows
    }


async def _list_uses(connection: AsyncConnection, party_id: int) -> dict[tuple[int, AddressUse], bool]:
    columns = (party_address_use.c.address_id, party_address_use.c.use, party_address_use.c.main)
    query = select(*columns).where(party_address_use.c.party_id == party_id)
    return {(row.address_id, row.use): row.main for row in await connection.execute(query)}


async def insert_address(connection: AsyncConnection, party_id: int, address: PartyAddress) -> int:
    """Add an address behind the others and give its identifier."""
    last = select(func.greatest(func.max(party_address.c.position), PLACES_OF_SOURCE))
    position = last.where(party_address.c.party_id == party_id).scalar_subquery()
    values = _columns(address) | {"party_id": party_id, "position": position + 1}
    made = await connection.execute(insert(party_address).values(values).returning(party_address.c.id))
    address_id = int(made.scalar_one())
    await _put_uses(connection, party_id, address_id, address)
    return address_id


async def update_address(connection: AsyncConnection, party_id: int, address_id: int, address: PartyAddress) -> None:
    """Write an address anew."""
    await connection.execute(update(party_address).where(party_address.c.id == address_id).values(_columns(address)))
    await connection.execute(delete(party_address_use).where(party_address_use.c.address_id == address_id))
    await _put_uses(connection, party_id, address_id, address)


async def delete_address(connection: AsyncConnection, party_id: int, address_id: int) -> None:
    """Delete an address with its uses."""
    await connection.execute(delete(party_address).where(party_address.c.id == address_id))
    await _ensure_main(connection, party_id)


def _columns(address: PartyAddress) -> dict[str, object]:
    return {name: getattr(address, name) for name in _LINES}


async def _put_uses(connection: AsyncConnection, party_id: int, address_id: int, address: PartyAddress) -> None:
    """Write the uses of an address that has none."""
    where = (party_address_use.c.party_id == party_id, party_address_use.c.use.in_(address.main_for))
    await connection.execute(update(party_address_use).where(*where, party_address_use.c.main).values(main=False))
    rows = [
        {"address_id": address_id, "party_id": party_id, "use": use, "main": use in address.main_for}
        for use in address.uses
    ]
    if rows:
        await connection.execute(insert(party_address_use), rows)
    await _ensure_main(connection, party_id)


async def _ensure_main(connection: AsyncConnection, party_id: int) -> None:
    """Make the first address of each use that has no main one its main one."""
    uses = await _list_uses(connection, party_id)
    with_main = {use for (_, use), main in uses.items() if main}
    for address_id, use in sorted(uses):
        if use not in with_main:
            with_main.add(use)
            where = (party_address_use.c.address_id == address_id, party_address_use.c.use == use)
            await connection.execute(update(party_address_use).where(*where).values(main=True))
