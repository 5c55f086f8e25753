"""Use cases of kinds of tasks: made, changed and put away with their business cycles.

A cycle is saved whole, from the version that somebody saw. Nothing of it is deleted: a kind or a state that is wanted
no more is archived, and the tasks that are in it can still be taken out of it.
"""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.directories.errors import EntryRefusedError
from crm.directories.model import check_code
from crm.tasks.cycles import MOST_KINDS, CycleDraft, Kind, check_cycle
from crm.tasks.errors import CycleRefusedError, TaskKindChangedError, TaskKindNotFoundError, TaskKindTakenError
from crm.tasks.repository import kinds as repository
from database.activity import Act, record_activity
from database.locks import lock_name

_LOCK = "task_kinds"

list_kinds = repository.list_kinds


async def load_kind(connection: AsyncConnection, code: str) -> Kind:
    """Load a kind by its code. Raises TaskKindNotFoundError."""
    kind = next((one for one in await list_kinds(connection) if one.code == code), None)
    if kind is None:
        raise TaskKindNotFoundError("there is no such kind of tasks")
    return kind


async def make_kind(connection: AsyncConnection, code: str, draft: CycleDraft, *, act: Act) -> Kind:
    """Make a kind; it can be chosen at once. Raises CycleRefusedError, TaskKindTakenError."""
    try:
        check_code(code)
    except EntryRefusedError as error:
        raise CycleRefusedError(error.detail, field="code") from error
    clean = check_cycle(draft)
    await lock_name(connection, _LOCK)
    kinds = await list_kinds(connection)
    if any(one.code == code for one in kinds):
        raise TaskKindTakenError("another kind of tasks has the code", field="code")
    if len(kinds) >= MOST_KINDS:
        raise CycleRefusedError(f"there are at most {MOST_KINDS} kinds of tasks", field="code")
    _refuse_taken(clean.names, kinds)
    kind_id = await repository.insert_kind(connection, code, clean)
    await repository.put_cycle(connection, kind_id, clean.states, clean.transitions, now=act.at)
    return await _record(connection, code, "made", None, act=act)


async def change_kind(connection: AsyncConnection, code: str, draft: CycleDraft, *, seen: int, act: Act) -> Kind:
    """Change a kind and its cycle from the version that somebody saw, archive it or bring it back.

    Raises TaskKindNotFoundError, TaskKindChangedError, CycleRefusedError, TaskKindTakenError.
    """
    clean = check_cycle(draft)
    await lock_name(connection, _LOCK)
    before = await load_kind(connection, code)
    if before.version != seen:
        raise TaskKindChangedError("somebody else changed it meanwhile", field="version")
    others = [one for one in await list_kinds(connection) if one.code != code and not one.is_archived]
    if draft.is_archived and not others:
        raise CycleRefusedError("is the last kind of tasks that can be chosen", field="archived")
    _refuse_taken(clean.names, others)
    await repository.update_kind(connection, before.id, clean, now=act.at)
    await repository.put_cycle(connection, before.id, clean.states, clean.transitions, now=act.at)
    return await _record(connection, code, "changed", before, act=act)


def _refuse_taken(names: Mapping[str, str], others: tuple[Kind, ...] | list[Kind]) -> None:
    for other in others:
        for language, name in names.items():
            if other.names.get(language, "").casefold() == name.casefold():
                raise TaskKindTakenError(f"the kind {other.code!r} is called so already", field="names")


async def _record(connection: AsyncConnection, code: str, what: str, before: Kind | None, *, act: Act) -> Kind:
    after = await load_kind(connection, code)
    data = {"new": _told(after)} if before is None else {"old": _told(before), "new": _told(after)}
    await record_activity(connection, act=act, what=f"task_kind.{what}", record=f"task_kind:{after.id}", data=data)
    return after


def _told(kind: Kind) -> dict[str, object]:
    """Give what the journal says of a kind."""
    return {
        "code": kind.code,
        "names": kind.names,
        "request": kind.is_request,
        "archived": kind.is_archived,
        "states": [{"code": one.code, "stage": one.stage, "archived": one.is_archived} for one in kind.states],
        "transitions": [f"{one.source} > {one.target}" for one in kind.transitions],
    }
