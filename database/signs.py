"""Signs of life: when what keeps an installation well was done last, and whether it went well.

One row for each thing that is looked after: the worker's rounds, backups, proofs, each till. They are for whoever looks
after the service, not for the journal: an old sign is overwritten by the next.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

WORKER: Final = "worker"
BACKUP: Final = "backup"
VERIFY: Final = "verify"


class SignOfLife(msgspec.Struct, frozen=True):
    """When something was done last, by the clock of who did it; `detail` is numbers and names of fields."""

    at: datetime
    is_well: bool
    detail: Mapping[str, object]


async def note_sign(
    connection: AsyncConnection,
    what: str,
    *,
    at: datetime,
    is_well: bool = True,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Note that something was done."""
    query = text(
        "insert into sign_of_life (what, at, is_well, detail) values (:what, :at, :is_well, cast(:detail as jsonb))"
        " on conflict (what) do update set at = excluded.at, is_well = excluded.is_well, detail = excluded.detail"
    )
    told = msgspec.json.encode(detail or {}).decode()
    await connection.execute(query, {"what": what, "at": at, "is_well": is_well, "detail": told})


async def list_signs(connection: AsyncConnection) -> dict[str, SignOfLife]:
    """List all signs by what was done."""
    rows = await connection.execute(text("select what, at, is_well, detail from sign_of_life"))
    return {row.what: SignOfLife(row.at, row.is_well, row.detail) for row in rows}
