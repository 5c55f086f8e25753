"""Use cases of kinds of mailings: users make them on a page, order them, put them away.

Key idea: parties say yes or no to a kind, so one is never deleted; what is archived is offered no more, to nobody, and
what was said to it stays. A no holds for every kind, also for those that need no yes.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.consents.errors import (
    MailingKindChangedError,
    MailingKindRefusedError,
    MailingKindTakenError,
    MailingKindUnknownError,
)
from crm.consents.model import MOST_KINDS, Kind
from crm.consents.repository import kinds as repository
from crm.directories.model import check_code, check_names, move_in
from database.activity import Act, record_activity
from database.identifiers import MOST_ID
from database.locks import lock_name

list_kinds = repository.list_kinds
_LOCK: Final = "mailing_kinds"


class KindDraft(Struct, frozen=True, kw_only=True):
    """What is said of a kind: its names by language, and whether nobody gets it who did not say yes."""

    names: Mapping[str, str]
    needs_consent: bool = True


async def load_kind(connection: AsyncConnection, kind_id: int) -> Kind:
    """Load a kind. Raises MailingKindUnknownError."""
    kind = await repository.find_kind(connection, kind_id) if 0 < kind_id <= MOST_ID else None
    if kind is None:
        raise MailingKindUnknownError("there is no such kind of mailings", field="kind_id")
    return kind


async def list_offered(connection: AsyncConnection) -> list[Kind]:
    """List the kinds that are in use, in their order."""
    return [one for one in await list_kinds(connection) if not one.is_archived]


async def make_kind(connection: AsyncConnection, code: str, draft: KindDraft, *, act: Act) -> Kind:
    """Add a kind as the last one. Raises MailingKindTakenError, MailingKindRefusedError, EntryRefusedError."""
    names = check_names(draft.names)
    check_code(code)
    if len(await _lock_kinds(connection)) >= MOST_KINDS:
        raise MailingKindRefusedError(f"there are at most {MOST_KINDS} kinds", field="code")
    values = {"code": code, "names": names, "needs_consent": draft.needs_consent}
    try:
        made = await repository.insert_kind(connection, values)
    except IntegrityError as error:
        raise MailingKindTakenError("there is a kind of this code already", field="code") from error
    return await _record(connection, made, "made", act=act)


async def change_kind(
    connection: AsyncConnection, kind_id: int, draft: KindDraft, *, is_archived: bool, seen: int, act: Act
) -> Kind:
    """Change a kind, put it away or take it out again, from the version that somebody saw.

    Raises MailingKindUnknownError, MailingKindChangedError, EntryRefusedError.
    """
    names = check_names(draft.names)
    await _lock_kinds(connection)
    before = await load_kind(connection, kind_id)
    if before.version != seen:
        raise MailingKindChangedError("somebody else changed it meanwhile", field="version")
    values: dict[str, object] = {"names": names, "needs_consent": draft.needs_consent}
    if is_archived != before.is_archived:
        values["archived_at"] = act.at if is_archived else None
    await repository.update_kind(connection, kind_id, values)
    return await _record(connection, kind_id, "changed", act=act)


async def move_kind(connection: AsyncConnection, kind_id: int, *, step: int, act: Act) -> None:
    """Move a kind so many places down, or up where it is less than nothing. Raises MailingKindUnknownError."""
    ids = [one.id for one in await _lock_kinds(connection)]
    await load_kind(connection, kind_id)
    await repository.place_kinds(connection, move_in(ids, kind_id, step=step))
    await _record(connection, kind_id, "moved", act=act)


async def _lock_kinds(connection: AsyncConnection) -> list[Kind]:
    await lock_name(connection, _LOCK)
    return await list_kinds(connection)


async def _record(connection: AsyncConnection, kind_id: int, what: str, *, act: Act) -> Kind:
    kind = await load_kind(connection, kind_id)
    data = {
        "code": kind.code,
        "names": kind.names,
        "needs_consent": kind.needs_consent,
        "archived": kind.is_archived,
    }
    record = f"mailing_kind:{kind_id}"
    await record_activity(connection, act=act, what=f"mailing_kind.{what}", record=record, data=data)
    return kind
