"""Use cases of layouts: a user's own over that of their role over what the modules offer."""

from collections.abc import Callable, Iterable

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.directories.model import PartyKind
from crm.profile import repository
from crm.profile.layout import Layout, Place, arrange, keep
from crm.profile.repository import Owner
from database.activity import Act, record_activity


async def load_layout(
    connection: AsyncConnection, kind: PartyKind, *, user_id: int | None, role: str, offered: Iterable[Place]
) -> Layout:
    """Load how panels stand for a user; for user None as they stand for the role."""
    own, common = await repository.find_layouts(connection, kind, user_id=user_id, role=role)
    return arrange(own if own is not None else common, offered)


async def change_layout(
    connection: AsyncConnection,
    owner: Owner,
    kind: PartyKind,
    change: Callable[[Layout], Layout],
    *,
    role: str,
    offered: Iterable[Place],
    act: Act,
) -> Layout:
    """Change a layout from what its owner sees now; a role's is changed for all who made none of their own.

    Raises what the change raises.
    """
    own, common = await repository.find_layouts(connection, kind, user_id=owner.user_id, role=role)
    kept = common if own is None else own
    changed = change(arrange(kept, offered))
    await repository.put_layout(connection, owner, kind, keep(changed, kept), now=act.at)
    await _record(connection, owner, kind, "profile_layout.changed", act=act)
    return changed


async def reset_layout(connection: AsyncConnection, owner: Owner, kind: PartyKind, *, act: Act) -> None:
    """Go back to what stands below: a user to the role's, a role to what the modules offer."""
    await repository.delete_layout(connection, owner, kind)
    await _record(connection, owner, kind, "profile_layout.reset", act=act)


async def _record(connection: AsyncConnection, owner: Owner, kind: PartyKind, what: str, *, act: Act) -> None:
    """Only a role's layout is everybody's matter."""
    if owner.role is not None:
        await record_activity(connection, act=act, what=what, record=f"profile_layout:{owner.role}/{kind}")
