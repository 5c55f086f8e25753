"""All SQL of bank accounts, registrations and notes."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct, convert
from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.parties.model import BankAccount, Note, Registration
from crm.parties.tables import party_bank_account, party_note, party_registration

MOST_NOTES_SHOWN = 50
_ACCOUNT = ("bank", "account", "currency", "bic")
_REGISTRATION = Registration.__struct_fields__


class KeptNote(Struct, frozen=True):
    """A note with who wrote it, and when."""

    id: int
    text: str
    actor: str
    at: datetime


async def list_accounts(connection: AsyncConnection, party_id: int) -> dict[int, BankAccount]:
    """List a party's bank accounts, the main one first."""
    table = party_bank_account.c
    query = select(table.id, *(table[name] for name in _ACCOUNT), table.main.label("is_main"))
    rows = await connection.execute(query.where(table.party_id == party_id).order_by(table.main.desc(), table.id))
    return {row.id: convert(row, BankAccount, from_attributes=True) for row in rows}


async def insert_account(connection: AsyncConnection, party_id: int, account: BankAccount) -> int:
    """Add a bank account and give its identifier."""
    await _unset_main(connection, party_id, is_main=account.is_main)
    account_id = await _insert(connection, party_bank_account, party_id, _account(account))
    await _ensure_main(connection, party_id)
    return account_id


async def update_account(connection: AsyncConnection, party_id: int, account_id: int, account: BankAccount) -> None:
    """Write a bank account anew."""
    await _unset_main(connection, party_id, is_main=account.is_main)
    changed = update(party_bank_account).where(party_bank_account.c.id == account_id)
    await connection.execute(changed.values(_account(account)))
    await _ensure_main(connection, party_id)


async def delete_account(connection: AsyncConnection, party_id: int, account_id: int) -> None:
    """Delete a bank account."""
    await connection.execute(delete(party_bank_account).where(party_bank_account.c.id == account_id))
    await _ensure_main(connection, party_id)


def _account(account: BankAccount) -> dict[str, object]:
    return {name: getattr(account, name) for name in _ACCOUNT} | {"main": account.is_main}


async def _ensure_main(connection: AsyncConnection, party_id: int) -> None:
    """Make the first account of a party that has no main one its main one."""
    kept = await list_accounts(connection, party_id)
    if kept and not any(account.is_main for account in kept.values()):
        await connection.execute(
            update(party_bank_account).where(party_bank_account.c.id == min(kept)).values(main=True)
        )


async def _unset_main(connection: AsyncConnection, party_id: int, *, is_main: bool) -> None:
    if is_main:
        where = (party_bank_account.c.party_id == party_id, party_bank_account.c.main)
        await connection.execute(update(party_bank_account).where(*where).values(main=False))


async def list_registrations(connection: AsyncConnection, party_id: int) -> dict[int, Registration]:
    """List a party's registrations as they were put."""
    columns = (party_registration.c[name] for name in _REGISTRATION)
    query = select(party_registration.c.id, *columns).where(party_registration.c.party_id == party_id)
    rows = await connection.execute(query.order_by(party_registration.c.id))
    return {row.id: convert(row, Registration, from_attributes=True) for row in rows}


async def insert_registration(connection: AsyncConnection, party_id: int, registration: Registration) -> int:
    """Add a registration and give its identifier."""
    return await _insert(connection, party_registration, party_id, _registration(registration))


async def update_registration(
    connection: AsyncConnection, _: int, registration_id: int, registration: Registration
) -> None:
    """Write a registration anew."""
    changed = update(party_registration).where(party_registration.c.id == registration_id)
    await connection.execute(changed.values(_registration(registration)))


async def delete_registration(connection: AsyncConnection, _: int, registration_id: int) -> None:
    """Delete a registration."""
    await connection.execute(delete(party_registration).where(party_registration.c.id == registration_id))


def _registration(registration: Registration) -> dict[str, object]:
    return {name: getattr(registration, name) for name in _REGISTRATION}


async def find_note(connection: AsyncConnection, party_id: int, note_id: int) -> Note | None:
    """Find a note of a party."""
    query = select(party_note.c.text).where(party_note.c.party_id == party_id, party_note.c.id == note_id)
    text = (await connection.execute(query)).scalar_one_or_none()
    return None if text is None else Note(text)


async def list_kept_notes(connection: AsyncConnection, party_id: int) -> Sequence[KeptNote]:
    """List the newest of a party's notes with who wrote them, `MOST_NOTES_SHOWN` at most."""
    columns = (party_note.c[name] for name in KeptNote.__struct_fields__)
    query = select(*columns).where(party_note.c.party_id == party_id)
    rows = await connection.execute(
        query.order_by(party_note.c.at.desc(), party_note.c.id.desc()).limit(MOST_NOTES_SHOWN)
    )
    return [convert(row, KeptNote, from_attributes=True) for row in rows]


async def insert_note(connection: AsyncConnection, party_id: int, note: Note, *, actor: str, now: datetime) -> int:
    """Add a note and give its identifier."""
    return await _insert(connection, party_note, party_id, {"text": note.text, "actor": actor, "at": now})


async def update_note(connection: AsyncConnection, note_id: int, note: Note) -> None:
    """Write a note anew."""
    changed = update(party_note).where(party_note.c.id == note_id)
    await connection.execute(changed.values(text=note.text, version=party_note.c.version + 1))


async def delete_note(connection: AsyncConnection, note_id: int) -> None:
    """Delete a note."""
    await connection.execute(delete(party_note).where(party_note.c.id == note_id))


async def _insert(connection: AsyncConnection, table: Table, party_id: int, values: dict[str, object]) -> int:
    made = await connection.execute(insert(table).values(values | {"party_id": party_id}).returning(table.c.id))
    return int(made.scalar_one())
