"""Use cases of notes: what colleagues should know of a party, seen by everybody who may see the party."""

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.parties.changes import record_change, refuse_stale
from crm.parties.errors import NoteRefusedError, PartNotFoundError
from crm.parties.model import MOST_NOTE, Note
from crm.parties.repository import papers as repository
from crm.parties.service import lock_party
from database.activity import Act

list_notes = repository.list_kept_notes


async def add_note(connection: AsyncConnection, party_id: int, text: str, *, act: Act) -> int:
    """Add a note and give its identifier. Raises NoteRefusedError, and what `lock_party` raises."""
    await lock_party(connection, party_id)
    note = _read(text)
    note_id = await repository.insert_note(connection, party_id, note, actor=act.actor, now=act.at)
    after = {"text": note.text}
    await record_change(connection, party_id, "note.added", before=None, after=after, act=act, part_id=note_id)
    return note_id


async def change_note(
    connection: AsyncConnection, party_id: int, note_id: int, *, text: str, seen: int, act: Act
) -> None:
    """Write a note anew; whoever wrote it first stays its author.

    Raises NoteRefusedError, PartNotFoundError, PartyChangedError with the differences, and what `lock_party` raises.
    """
    party = await lock_party(connection, party_id)
    note, before = _read(text), await load_note(connection, party_id, note_id)
    yours, theirs = {"text": note.text}, {"text": before.text}
    await refuse_stale(connection, party, seen=seen, about="note", yours=yours, theirs=theirs, part_id=note_id)
    if note != before:
        await repository.update_note(connection, note_id, note)
        await record_change(connection, party_id, "note.changed", before=theirs, after=yours, act=act, part_id=note_id)


async def remove_note(connection: AsyncConnection, party_id: int, note_id: int, *, act: Act) -> None:
    """Remove a note. Raises PartNotFoundError, and what `lock_party` raises."""
    await lock_party(connection, party_id)
    before = {"text": (await load_note(connection, party_id, note_id)).text}
    await repository.delete_note(connection, note_id)
    await record_change(connection, party_id, "note.removed", before=before, after=None, act=act, part_id=note_id)


async def load_note(connection: AsyncConnection, party_id: int, note_id: int) -> Note:
    """Load a note. Raises PartNotFoundError."""
    note = await repository.find_note(connection, party_id, note_id)
    if note is None:
        raise PartNotFoundError("the party has no such note: it may have been removed meanwhile")
    return note


def _read(text: str) -> Note:
    clean = text.strip().replace("\r\n", "\n")
    if not clean:
        raise NoteRefusedError("is empty", field="text")
    if len(clean) > MOST_NOTE or "\0" in clean:
        raise NoteRefusedError(f"has at most {MOST_NOTE:,} characters", field="text")
    return Note(clean)
