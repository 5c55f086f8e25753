"""How changes of letters are kept and told, and how one who changes what somebody else just changed is told.

Key idea: the journal keeps who did what for ever and never what was typed: of a topic, a text or a number it names the
field alone. Old and new values of all fields stand in `letter_change`, from which they can be erased.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import to_builtins
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.changes import compare, refuse_clash
from crm.letters.errors import LetterChangedError
from crm.letters.model import Letter, LetterDetails, Priority
from crm.letters.repository import letters as repository
from database.activity import Act, Importance, record_activity

MOST_CHANGES: Final = 200
"""So many changes of a letter its history shows."""
list_changes = repository.list_changes
_TYPED: Final = frozenset({"topic", "content", "number", "document_number"})
_IMPORTANCES: Final[Mapping[Priority, Importance]] = {3: 1, 2: 2, 1: 3}


async def record_change(
    connection: AsyncConnection, letter: Letter, what: str, *, before: LetterDetails, act: Act
) -> None:
    """Keep what an act changed about a letter, which is at its new version already."""
    delta = compare(to_builtins(before), to_builtins(letter.details))
    change: dict[str, object] = {"letter_id": letter.id, "version": letter.version, "at": act.at, "actor": act.actor}
    await repository.insert_change(connection, change | {"before": delta.before, "after": delta.after})
    await record(connection, letter, what, delta.told(_TYPED), act=act)


async def record(
    connection: AsyncConnection, letter: Letter, what: str, data: Mapping[str, object] | None = None, *, act: Act
) -> None:
    """Add an act on a letter to the journal, and so to the timeline of its party; an urgent one is important."""
    await record_activity(
        connection,
        act=act,
        what=f"letter.{what}",
        record=f"letter:{letter.id}",
        party_id=letter.party_id,
        importance=_IMPORTANCES[letter.priority],
        data={"flow": letter.flow, "kind": letter.kind, **(data or {})},
    )


async def refuse_stale(connection: AsyncConnection, letter: Letter, *, yours: LetterDetails, seen: int) -> None:
    """Refuse to put `yours` over what somebody else changed after the version that was `seen`.

    Raises LetterChangedError.
    """
    if seen == letter.version:
        return
    replaced = await repository.list_old_values(connection, letter.id, since=seen)
    mine, kept = to_builtins(yours), to_builtins(letter.details)
    refuse_clash(LetterChangedError, replaced, yours=mine, theirs=kept, seen=seen, version=letter.version)
