"""Use cases of letters: registered, changed, put into the archive and taken out, opened by those who were told.

Key idea: an edit saves all fields at once, from the version that the editor saw; where somebody else changed the same
field meanwhile nothing is written and both values are told. A number that nobody gave is the journal's next one of the
year and the flow. Each colleague on the list is told once, whenever they are put on it.
"""

from collections.abc import Collection
from datetime import date
from typing import Final

from msgspec import structs, to_builtins
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.letters.changes import record, record_change, refuse_stale
from crm.letters.errors import LetterNumberTakenError, LetterRefusedError
from crm.letters.keeping import check, load_letter, lock_letter
from crm.letters.model import Letter, LetterDetails, Mail, check_letter, next_number
from crm.letters.repository import files
from crm.letters.repository import letters as repository
from crm.letters.repository.kinds import find_kind
from crm.notifications.service import tell_users
from database.activity import Act
from database.identifiers import MOST_ID
from database.locks import lock_name

MOST_AT_ONCE: Final = 1_000
TOLD: Final = "letter.registered"
"""What a notice of a letter says."""
list_marks = repository.list_marks


async def register_letter(
    connection: AsyncConnection,
    details: LetterDetails,
    *,
    today: date,
    may_date: bool,
    author_id: int | None,
    act: Act,
) -> Letter:
    """Put a letter into the journal; `may_date` lets it be registered on a day that is not `today`.

    Raises LetterNumberTakenError, and what `crm.letters.keeping.check` raises.
    """
    clean, columns = await check(connection, details, today=today, may_date=may_date)
    made = await _insert(connection, clean, columns | {"author_id": author_id}, act=act)
    await _tell_listed(connection, made, clean.notified, act=act)
    return await load_letter(connection, made.id)


async def register_message(
    connection: AsyncConnection, message_id: int, mail: Mail, *, today: date, act: Act
) -> Letter:
    """Put an e-mail into the journal, once: again it gives the letter that it is already, as that is now.

    Party, person and user must be there; the kind of e-mails serves even where it is archived.
    """
    await lock_name(connection, f"letter_of_message:{message_id}")
    known = await repository.find_id_of_message(connection, message_id)
    if known is not None:
        return await load_letter(connection, known)
    details = check_letter(mail.letter(today=today))
    kind = await find_kind(connection, details.kind)
    assert kind is not None, "the migrations made it and nothing deletes kinds"
    passed = {"kind", "department", "notified"}
    own = {name: getattr(details, name) for name in LetterDetails.__struct_fields__ if name not in passed}
    made = await _insert(connection, details, own | {"kind_id": kind.id, "message_id": message_id}, act=act)
    if mail.files:
        await files.insert_files(connection, made.id, mail.files, actor=act.actor, now=act.at)
    return made


async def change_letter(
    connection: AsyncConnection,
    letter_id: int,
    details: LetterDetails,
    *,
    seen: int,
    today: date,
    may_date: bool,
    act: Act,
) -> Letter:
    """Give a letter its fields anew; `seen` is the version that the editor saw.

    Raises LetterNotFoundError, LetterArchivedError, LetterChangedError with the differences, and what registering does.
    """
    before = await lock_letter(connection, letter_id)
    wanted = structs.replace(details, number=details.number or before.number)
    clean, columns = await check(connection, wanted, today=today, may_date=may_date, kept=before)
    await refuse_stale(connection, before, yours=clean, seen=seen)
    if to_builtins(clean) == to_builtins(before.details):
        return before
    try:
        async with connection.begin_nested():
            changed = {"version": before.version + 1, "changed_at": act.at}
            await repository.update_letter(connection, letter_id, columns | changed)
    except IntegrityError as error:
        raise LetterNumberTakenError("another letter has this number", field="number") from error
    await _tell_listed(connection, before, clean.notified, act=act)
    after = await load_letter(connection, letter_id)
    await record_change(connection, after, "changed", before=before.details, act=act)
    return after


async def archive_letters(connection: AsyncConnection, ids: Collection[int], *, act: Act) -> int:
    """Move letters into the archive; tells how many were not there. Raises LetterRefusedError for too many."""
    return await _archive(connection, ids, is_archived=True, act=act)


async def restore_letters(connection: AsyncConnection, ids: Collection[int], *, act: Act) -> int:
    """Take letters out of the archive; tells how many were there. Raises LetterRefusedError for too many."""
    return await _archive(connection, ids, is_archived=False, act=act)


async def note_opened(connection: AsyncConnection, letter_id: int, user_id: int, *, act: Act) -> None:
    """Note that a colleague opened a letter of which they were told."""
    await repository.mark_read(connection, letter_id, user_id, now=act.at)


async def _insert(
    connection: AsyncConnection, details: LetterDetails, columns: dict[str, object], *, act: Act
) -> Letter:
    number = details.number or await _next_number(connection, details)
    begun = {"number": number, "version": 1, "created_at": act.at, "changed_at": act.at}
    try:
        async with connection.begin_nested():
            letter_id = await repository.insert_letter(connection, columns | begun)
    except IntegrityError as error:
        raise LetterNumberTakenError("another letter has this number", field="number") from error
    made = await load_letter(connection, letter_id)
    await record(connection, made, "registered", {"medium": made.medium}, act=act)
    return made


async def _next_number(connection: AsyncConnection, details: LetterDetails) -> str:
    """Give the journal's next number, which is nobody else's before the transaction ends."""
    year = details.registered_on.year
    await lock_name(connection, f"letter_number:{details.flow}:{year}")
    return next_number(await repository.find_last_number(connection, details.flow, year), year)


async def _tell_listed(connection: AsyncConnection, letter: Letter, users: Collection[int], *, act: Act) -> None:
    await repository.put_notified(connection, letter.id, users, now=act.at)
    record_name = f"letter:{letter.id}"
    await tell_users(connection, users, key=record_name, record=record_name, what=TOLD, now=act.at)


async def _archive(connection: AsyncConnection, ids: Collection[int], *, is_archived: bool, act: Act) -> int:
    wanted = sorted({one for one in ids if 0 < one <= MOST_ID})
    if not 0 < len(wanted) <= MOST_AT_ONCE:
        raise LetterRefusedError(f"name 1 to {MOST_AT_ONCE:,} letters at once", field="letters")
    found = [one for one in await repository.lock_letters(connection, wanted) if is_archived != bool(one.archived_at)]
    for letter in found:
        values = {"archived_at": act.at if is_archived else None, "changed_at": act.at}
        await repository.update_letter(connection, letter.id, values)
        await record(connection, letter, "archived" if is_archived else "restored", act=act)
    return len(found)
