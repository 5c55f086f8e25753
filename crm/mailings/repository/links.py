"""The SQL of tracked letters: the addresses that each mailing links to, and who opened it and followed them.

Key idea: an address is looked up by the mailing of the recipient and the link's number together; so nobody is led to
what the letter did not link to. Only the first time counts, and only where the mailing says that it is tracked.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.mailings.tables import mailing_link
from crm.recipients.tables import mailing_recipient

_link, _recipient = mailing_link.c, mailing_recipient.c


async def keep_links(connection: AsyncConnection, mailing_id: int, urls: Sequence[str]) -> dict[str, int]:
    """Give numbers to the addresses that a mailing links to; one that has a number keeps it."""
    if urls:
        rows = [{"mailing_id": mailing_id, "url": url} for url in urls]
        await connection.execute(insert(mailing_link).values(rows).on_conflict_do_nothing())
    query = select(_link.url, _link.id).where(_link.mailing_id == mailing_id)
    return {row.url: row.id for row in await connection.execute(query)}


async def find_target(connection: AsyncConnection, recipient_id: int, link_id: int) -> str | None:
    """Find the address of a link in a recipient's letter."""
    query = select(_link.url).join_from(mailing_link, mailing_recipient, _recipient.mailing_id == _link.mailing_id)
    query = query.where(_recipient.id == recipient_id, _link.id == link_id)
    return (await connection.execute(query)).scalar_one_or_none()


async def note_opened(connection: AsyncConnection, recipient_id: int, *, now: datetime) -> None:
    """Keep when a recipient first opened a tracked letter."""
    await connection.execute(text(_OPENED), {"id": recipient_id, "now": now})


async def note_clicked(connection: AsyncConnection, recipient_id: int, *, now: datetime) -> None:
    """Keep when a recipient first followed a link of a tracked letter, which is open then."""
    await connection.execute(text(_CLICKED), {"id": recipient_id, "now": now})


_WHERE: Final = """
from mailing m where m.id = r.mailing_id and m.is_tracked and r.id = :id and r.sent_at is not null
"""
_OPENED: Final = f"""
update mailing_recipient r set opened_at = cast(:now as timestamptz) {_WHERE} and r.opened_at is null
"""
_CLICKED: Final = f"""
update mailing_recipient r set clicked_at = cast(:now as timestamptz),
    opened_at = coalesce(r.opened_at, cast(:now as timestamptz)) {_WHERE} and r.clicked_at is null
"""
