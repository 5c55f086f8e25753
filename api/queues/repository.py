"""The SQL of what waits: each queue counted up to a limit, so that a long one costs no more than a short one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

MOST_COUNTED: Final = 10_000
"""A queue of more counts as one of so many."""
MOST_TILLS: Final = 2_000
TILL: Final = "till:"
"""How the signs of tills begin; store and till follow, with a slash between them."""


class TillSign(Struct, frozen=True):
    """When a till's agent was last heard, and what of its journal waited then."""

    store: str
    till: str
    at: datetime
    queued: int
    rejected: int


async def count_queues(connection: AsyncConnection) -> dict[str, int]:
    """Count what waits, by the queue's name."""
    counted = ", ".join(
        f"(select count(*) from (select from {rows} limit {MOST_COUNTED}) one) as {name}"
        for name, rows in _QUEUES.items()
    )
    row = (await connection.execute(text(f"select {counted}"))).one()
    return dict(row._mapping)  # noqa: SLF001 # SQLAlchemy's name for a row as a mapping


async def list_tills(connection: AsyncConnection) -> list[TillSign]:
    """List the tills that were ever heard, by store and till."""
    query = text("select what, at, detail from sign_of_life where starts_with(what, :till) order by what limit :most")
    rows = await connection.execute(query, {"till": TILL, "most": MOST_TILLS})
    return [_till_sign(row.what, row.at, row.detail) for row in rows]


def _till_sign(what: str, at: datetime, detail: Mapping[str, int]) -> TillSign:
    store, _, till = what.removeprefix(TILL).partition("/")
    return TillSign(store, till, at, detail.get("queued", 0), detail.get("rejected", 0))


_QUEUES: Final[Mapping[str, str]] = {
    "jobs_queued": "job where state = 'queued'",
    "jobs_running": "job where state = 'running'",
    "mail": "mail_message where state in ('queued', 'sending')",
    "notices": "notice where mail in ('queued', 'sending')",
    "mailing_letters": "mailing_recipient where state in ('queued', 'deferred')",
    "consent_letters": "subscription_request where state in ('queued', 'sending')",
    "parked_receipts": "awaited_original",
}
"""Where each queue stands; all are found by an index, or are small."""
