"""Which access tokens and codes for tills there are; their texts were told once and are kept nowhere."""

from datetime import datetime

from msgspec import Struct, convert
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.model import TokenRole
from api.auth.tables import access_token, enrolment
from database.keyset import Page, Place, read_page

PAGE_ROWS = 50
MOST_OF_A_STORE = 1_000
"""So many good tokens and open codes of one store are shown, the newest."""


class Token(Struct, frozen=True):
    """An access token by its number; the journal names its acts `token:12`, those of a till by the till."""

    id: int
    role: TokenRole
    store_code: str | None
    till_code: str | None
    created_at: datetime
    revoked_at: datetime | None


class OpenCode(Struct, frozen=True):
    """A code for a till that is neither used nor over; `refusals` counts wrong tries."""

    id: int
    till_code: str
    refusals: int
    created_at: datetime
    expires_at: datetime


_TOKEN = [access_token.c[name] for name in Token.__struct_fields__]
_CODE = [enrolment.c[name] for name in OpenCode.__struct_fields__]


async def list_tokens(connection: AsyncConnection, *, with_tills: bool, place: Place | None) -> Page[Token]:
    """List tokens, the newest first; those of programs alone, or with those of tills."""
    query = select(*_TOKEN)
    if not with_tills:
        query = query.where(access_token.c.role != "till")
    return await read_page(connection, query, keys=[access_token.c.id], place=place, size=PAGE_ROWS, row_type=Token)


async def list_store_tokens(connection: AsyncConnection, store: str) -> list[Token]:
    """List the good tokens of a store's tills, the newest first."""
    column = access_token.c
    query = select(*_TOKEN).where(column.store_code == store, column.revoked_at.is_(None))
    rows = await connection.execute(query.order_by(column.id.desc()).limit(MOST_OF_A_STORE))
    return [convert(row, Token, from_attributes=True) for row in rows]


async def list_open_codes(connection: AsyncConnection, store: str, *, now: datetime) -> list[OpenCode]:
    """List the codes for a store's tills that may still be used, the newest first."""
    column = enrolment.c
    query = select(*_CODE).where(column.store_code == store, column.redeemed_at.is_(None), column.expires_at > now)
    rows = await connection.execute(query.order_by(column.id.desc()).limit(MOST_OF_A_STORE))
    return [convert(row, OpenCode, from_attributes=True) for row in rows]
