"""Use cases of kinds of events: users make them on a page, and one can be chosen at once.

A kind that is used is archived and never deleted: it is offered no more and stays where it was chosen.
"""

from collections.abc import Collection, Mapping
from typing import Final

from msgspec import Struct
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.directories.model import check_code, check_names, move_in
from crm.events.errors import (
    EventKindChangedError,
    EventKindNotYoursError,
    EventKindRefusedError,
    EventKindTakenError,
    EventKindUnknownError,
)
from crm.events.model import Kind
from crm.events.repository import kinds as repository
from crm.events.repository.kinds import MOST_KINDS
from database.activity import Act, record_activity
from database.locks import lock_name

ICONS: Final = ("phone", "people", "mail", "globe", "calendar", "money", "note", "talk", "flag", "pin", "truck", "box")
"""The pictures that a kind can have."""

list_kinds = repository.list_kinds


class KindDraft(Struct, frozen=True, kw_only=True):
    """What is said of a kind: its names by language, its picture, what its events are, and who may add such."""

    names: Mapping[str, str]
    icon: str = "calendar"
    is_contact: bool = False
    needs_party: bool = False
    is_pinned: bool = False
    roles: tuple[str, ...] = ()


async def load_kind(connection: AsyncConnection, code: str) -> Kind:
    """Load a kind by its code. Raises EventKindUnknownError."""
    kind = await repository.find_kind(connection, code)
    if kind is None:
        raise EventKindUnknownError("there is no such kind of events", field="kind")
    return kind


async def choose_kind(connection: AsyncConnection, code: str, *, role: str, kept: str | None = None) -> Kind:
    """Load a kind that a role gives to an event; an archived one, or another role's, only where it is `kept` already.

    Raises EventKindUnknownError, EventKindRefusedError, EventKindNotYoursError.
    """
    kind = await load_kind(connection, code)
    if code == kept:
        return kind
    if kind.is_archived:
        raise EventKindRefusedError("is archived and chosen no more", field="kind")
    if not kind.may_add(role):
        raise EventKindNotYoursError("events of this kind are added by others", field="kind")
    return kind


async def make_kind(
    connection: AsyncConnection, code: str, draft: KindDraft, *, roles: Collection[str], act: Act
) -> Kind:
    """Add a kind at the end; `roles` are those that there are.

    Raises EventKindTakenError, EventKindRefusedError, EntryRefusedError.
    """
    values = _check(draft, roles)
    check_code(code)
    await lock_name(connection, _LOCK)
    if len(await list_kinds(connection)) >= MOST_KINDS:
        raise EventKindRefusedError(f"there are at most {MOST_KINDS} kinds", field="code")
    try:
        await repository.insert_kind(connection, values | {"code": code})
    except IntegrityError as error:
        raise EventKindTakenError("there is a kind of this code already", field="code") from error
    made = await load_kind(connection, code)
    await _record(connection, code, "made", {"new": _told(made)}, act=act)
    return made


async def change_kind(
    connection: AsyncConnection,
    code: str,
    draft: KindDraft,
    *,
    is_archived: bool,
    seen: int,
    roles: Collection[str],
    act: Act,
) -> Kind:
    """Change a kind, put it away or take it out again, from the version that somebody saw.

    Raises EventKindUnknownError, EventKindChangedError, EventKindRefusedError, EntryRefusedError.
    """
    before = await repository.find_kind(connection, code, is_locked=True)
    if before is None:
        raise EventKindUnknownError("there is no such kind of events")
    if before.version != seen:
        raise EventKindChangedError("somebody else changed it meanwhile", field="version")
    values = _check(draft, roles)
    if is_archived != before.is_archived:
        values["archived_at"] = act.at if is_archived else None
    await repository.update_kind(connection, code, values)
    after = await load_kind(connection, code)
    await _record(connection, code, "changed", {"old": _told(before), "new": _told(after)}, act=act)
    return after


async def move_kind(connection: AsyncConnection, code: str, *, step: int, act: Act) -> None:
    """Move a kind so many places down, or up where it is less than nothing. Raises EventKindUnknownError."""
    await lock_name(connection, _LOCK)
    codes = [kind.code for kind in await list_kinds(connection)]
    if code not in codes:
        raise EventKindUnknownError("there is no such kind of events")
    order = move_in(codes, code, step=step)
    if order == codes:
        return
    await repository.place_kinds(connection, order)
    await _record(connection, code, "moved", {"old": codes, "new": order}, act=act)


_LOCK: Final = "event_kinds"


def _check(draft: KindDraft, roles: Collection[str]) -> dict[str, object]:
    if draft.icon not in ICONS:
        raise EventKindRefusedError(f"is one of {', '.join(ICONS)}", field="icon")
    unknown = sorted(set(draft.roles) - set(roles))
    if unknown:
        raise EventKindRefusedError(f"{unknown[0][:40]!r} is no role", field="roles")
    return {
        "names": check_names(draft.names),
        "icon": draft.icon,
        "is_contact": draft.is_contact,
        "needs_party": draft.needs_party,
        "is_pinned": draft.is_pinned,
        "roles": sorted(set(draft.roles)),
    }


async def _record(connection: AsyncConnection, code: str, what: str, data: Mapping[str, object], *, act: Act) -> None:
    kind = await load_kind(connection, code)
    await record_activity(connection, act=act, what=f"event_kind.{what}", record=f"event_kind:{kind.id}", data=data)


def _told(kind: Kind) -> dict[str, object]:
    """Give what the journal says of a kind."""
    told = ("code", "names", "icon", "is_contact", "needs_party", "is_pinned", "roles")
    return {**{name: getattr(kind, name) for name in told}, "archived": kind.is_archived}
