"""The SQL of recipients for people: a page of those in some states with the names of parties, read by key."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.parties.tables import party
from crm.recipients.model import State
from crm.recipients.tables import mailing_recipient
from database.keyset import Page, Place, read_page

PAGE_ROWS = 50
OPENED = "opened"


class RecipientRow(Struct, frozen=True):
    """A recipient with what became of it; `party` is the name of whose address it is."""

    id: int
    party_id: int | None
    party: str | None
    address: str
    state: State
    reason: str | None
    answer: str | None
    tries: int
    doubts: int
    due_at: datetime
    sent_at: datetime | None
    opened_at: datetime | None
    bounced_at: datetime | None


async def list_recipients(
    connection: AsyncConnection,
    mailing_id: int,
    *,
    state: str | None = None,
    reason: str | None = None,
    place: Place | None = None,
) -> Page[RecipientRow]:
    """List recipients of a mailing in a state, or who opened it, or left out for a reason; the last added first."""
    kept = mailing_recipient.c
    columns = [
        party.c.name.label("party") if name == "party" else kept[name] for name in RecipientRow.__struct_fields__
    ]
    query = select(*columns).join_from(mailing_recipient, party, party.c.id == kept.party_id, isouter=True)
    query = query.where(kept.mailing_id == mailing_id)
    if state is not None:
        query = query.where(kept.opened_at.is_not(None) if state == OPENED else kept.state == state)
    if reason is not None:
        query = query.where(kept.reason == reason)
    return await read_page(connection, query, keys=(kept.id,), place=place, size=PAGE_ROWS, row_type=RecipientRow)
