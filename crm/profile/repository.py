"""All SQL of layouts."""

from datetime import datetime

from msgspec import Struct, convert, to_builtins
from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.directories.model import PartyKind
from crm.profile.layout import Layout
from crm.profile.tables import profile_layout


class Owner(Struct, frozen=True):
    """Whose layout: a user's own, or else the one of a role; just one of both is given."""

    user_id: int | None = None
    role: str | None = None


async def find_layouts(
    connection: AsyncConnection, kind: PartyKind, *, user_id: int | None, role: str
) -> tuple[Layout | None, Layout | None]:
    """Find a user's own layout and that of their role; None where nobody made one."""
    layout = profile_layout.c
    query = select(layout.user_id, layout.panels).where(
        layout.party_kind == kind, (layout.user_id == user_id) | (layout.role == role)
    )
    found = {row.user_id is not None: convert(row.panels, Layout) for row in await connection.execute(query)}
    return found.get(True), found.get(False)


async def put_layout(
    connection: AsyncConnection, owner: Owner, kind: PartyKind, panels: Layout, *, now: datetime
) -> None:
    """Keep a layout in the place of the one before."""
    values = {"panels": to_builtins(panels), "changed_at": now}
    kept = insert(profile_layout).values(user_id=owner.user_id, role=owner.role, party_kind=kind, **values)
    columns = ["user_id", "role", "party_kind"]
    await connection.execute(kept.on_conflict_do_update(index_elements=columns, set_=values))


async def delete_layout(connection: AsyncConnection, owner: Owner, kind: PartyKind) -> None:
    """Forget a layout."""
    await connection.execute(delete(profile_layout).where(_is_of(owner), profile_layout.c.party_kind == kind))


def _is_of(owner: Owner) -> ColumnElement[bool]:
    if owner.user_id is not None:
        return profile_layout.c.user_id == owner.user_id
    return profile_layout.c.role == owner.role
