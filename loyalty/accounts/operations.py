"""Acts that move money or turnover are done once per UUID of the caller: what was asked, and the first answer."""

import hashlib
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from database.locks import lock_name
from loyalty.accounts.tables import operation
from loyalty.errors import OperationConflictError

A = TypeVar("A", bound=Struct)


async def find_answer(connection: AsyncConnection, uid: UUID, asked: Struct, *, answer_type: type[A]) -> A | None:
    """Find the first answer to an operation; of two who send the same new one at once, the second waits for the first.

    Raises OperationConflictError where the UUID is known with another content.
    """
    await lock_name(connection, f"operation:{uid}")
    query = select(operation.c.fingerprint, operation.c.answer).where(operation.c.uid == uid)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    if row.fingerprint != _fingerprint(asked):
        raise OperationConflictError("an operation with this UUID was done with another content")
    return msgspec.convert(row.answer, answer_type)


async def keep_answer(
    connection: AsyncConnection, uid: UUID, asked: Struct, answer: Struct, *, act: str, card_id: int, now: datetime
) -> None:
    """Keep what was asked and answered."""
    row = {
        "uid": uid,
        "act": act,
        "fingerprint": _fingerprint(asked),
        "record": f"card:{card_id}",
        "answer": msgspec.to_builtins(answer),
        "at": now,
    }
    await connection.execute(insert(operation).values(row))


def _fingerprint(asked: Struct) -> bytes:
    return hashlib.sha256(msgspec.json.encode(asked)).digest()
