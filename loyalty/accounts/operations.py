"""Acts that move money or turnover are done once per UUID of the caller: what was asked, and the first answer."""

import hashlib
from collections.abc import Iterable, Mapping
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
    return (await find_answers(connection, {uid: asked}, answer_type=answer_type)).get(uid)


async def find_answers(
    connection: AsyncConnection, asked: Mapping[UUID, Struct], *, answer_type: type[A]
) -> dict[UUID, A]:
    """Find the first answers to operations that nobody else sends now: the caller has a lock that says so.

    Raises OperationConflictError where a UUID is known with another content.
    """
    columns = (operation.c.uid, operation.c.fingerprint, operation.c.answer)
    rows = (await connection.execute(select(*columns).where(operation.c.uid.in_(asked)))).all()
    if any(row.fingerprint != _fingerprint(asked[row.uid]) for row in rows):
        raise OperationConflictError("an operation with this UUID was done with another content")
    return {row.uid: msgspec.convert(row.answer, answer_type) for row in rows}


class Done(Struct, frozen=True):
    """An operation that was done to a card: what was asked, and answered."""

    uid: UUID
    card_id: int
    asked: Struct
    answer: Struct


async def keep_answer(
    connection: AsyncConnection, uid: UUID, asked: Struct, answer: Struct, *, act: str, card_id: int, now: datetime
) -> None:
    """Keep what was asked and answered."""
    await keep_answers(connection, [Done(uid, card_id, asked, answer)], act=act, now=now)


async def keep_answers(connection: AsyncConnection, done: Iterable[Done], *, act: str, now: datetime) -> None:
    """Keep what was asked and answered in many operations of one kind."""
    rows = [
        {
            "uid": one.uid,
            "act": act,
            "fingerprint": _fingerprint(one.asked),
            "record": f"card:{one.card_id}",
            "answer": msgspec.to_builtins(one.answer),
            "at": now,
        }
        for one in done
    ]
    if rows:
        await connection.execute(insert(operation), rows)


def _fingerprint(asked: Struct) -> bytes:
    return hashlib.sha256(msgspec.json.encode(asked)).digest()
