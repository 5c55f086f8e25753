"""All SQL of business documents that change; lists for people stand in `listing`."""

from collections.abc import Mapping
from typing import Final

from msgspec import convert, to_builtins
from sqlalchemy import BigInteger, ColumnElement, cast, delete, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.documents.model import Document, Kind
from crm.documents.tables import business_document

DIGITS: Final = 6
MOST_DEPTH: Final = 50
"""How many documents may stand above one."""

_kept = business_document.c


async def find_document(connection: AsyncConnection, document_id: int, *, is_locked: bool = False) -> Document | None:
    """Find a document with what was received under it; a locked one nobody else changes meanwhile."""
    columns = (_kept[name] for name in Document.__struct_fields__ if name != "paid")
    query = select(*columns, paid_under()).where(_kept.id == document_id)
    row = (await connection.execute(query.with_for_update(of=business_document) if is_locked else query)).one_or_none()
    return None if row is None else convert(row, Document, from_attributes=True)


def paid_under() -> ColumnElement[int]:
    """Give the sum of the received payments right under a document, as a column of its row."""
    payment = business_document.alias("payment")
    paid = select(cast(func.coalesce(func.sum(payment.c.total), 0), BigInteger)).where(
        payment.c.parent_id == _kept.id, payment.c.kind == "payment", payment.c.status == "received"
    )
    return paid.correlate(business_document).scalar_subquery().label("paid")


async def insert_document(connection: AsyncConnection, values: Mapping[str, object]) -> int:
    """Make a document and give its identifier."""
    made = await connection.execute(insert(business_document).values(_built(values)).returning(_kept.id))
    return int(made.scalar_one())


async def change_document(connection: AsyncConnection, document_id: int, values: Mapping[str, object]) -> None:
    """Write some fields of a document anew."""
    await connection.execute(update(business_document).where(_kept.id == document_id).values(_built(values)))


async def delete_document(connection: AsyncConnection, document_id: int) -> None:
    """Delete a document that nothing stands under."""
    await connection.execute(delete(business_document).where(_kept.id == document_id))


def _built(values: Mapping[str, object]) -> dict[str, object]:
    """Give values as the driver takes them: lines and addressee as JSON."""
    built = dict(values)
    for name in ("lines", "addressee"):
        if name in built:
            built[name] = to_builtins(built[name])
    return built


async def is_number_taken(connection: AsyncConnection, kind: Kind, number: str, *, beside: int | None) -> bool:
    """Tell whether another document of a kind has a number."""
    query = select(exists().where(_kept.kind == kind, _kept.number == number, _kept.id != (beside or 0)))
    return bool((await connection.execute(query)).scalar_one())


async def next_number(connection: AsyncConnection, kind: Kind, head: str) -> str:
    """Give the number behind the last one with a head such as `INV-2026-`; the kind's numbers are locked."""
    number = _kept.number.collate("C")
    query = select(_kept.number).where(
        _kept.kind == kind, number >= head, number < f"{head}:", _kept.number.regexp_match(f"^{head}[0-9]{{{DIGITS}}}$")
    )
    last = (await connection.execute(query.order_by(number.desc()).limit(1))).scalar_one_or_none()
    return f"{head}{int(last.removeprefix(head)) + 1 if last else 1:0{DIGITS}}"


async def list_ancestors(connection: AsyncConnection, document_id: int) -> list[int]:
    """List a document and those above it, one more than `MOST_DEPTH` at most."""
    above = select(_kept.id, _kept.parent_id).where(_kept.id == document_id).cte("above", recursive=True)
    more = select(_kept.id, _kept.parent_id).where(_kept.id == above.c.parent_id)
    rows = await connection.execute(select(above.union_all(more).c.id).limit(MOST_DEPTH + 1))
    return list(rows.scalars())


async def has_living_children(connection: AsyncConnection, document_id: int) -> bool:
    """Tell whether a document that is not cancelled stands right under another."""
    query = select(exists().where(_kept.parent_id == document_id, _kept.status != "cancelled"))
    return bool((await connection.execute(query)).scalar_one())


async def has_children(connection: AsyncConnection, document_id: int) -> bool:
    """Tell whether any document stands right under another."""
    return bool((await connection.execute(select(exists().where(_kept.parent_id == document_id)))).scalar_one())
