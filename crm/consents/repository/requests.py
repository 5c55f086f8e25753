"""The SQL of requests to be written to, each of which is its own letter's place in the queue; and of how they come."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Literal

from msgspec import Struct, convert
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.consents.model import Source
from crm.consents.tables import consent_setting, subscription_request

_kept = subscription_request.c

RequestState = Literal["queued", "sending", "sent", "failed"]


class Request(Struct, frozen=True, kw_only=True):
    """Who asked to be written to about what, until when it can be confirmed, and whether it was."""

    id: int
    party_id: int | None
    name: str | None
    address: str
    language: str
    kind_ids: list[int]
    source: Source
    tries: int
    asked_at: datetime
    expires_at: datetime
    confirmed_at: datetime | None


class Setting(Struct, frozen=True):
    """How consent is asked for: from which mailbox, and whether anybody may ask for letters on the public page."""

    mailbox_id: int | None
    is_form_open: bool
    version: int


async def load_setting(connection: AsyncConnection, *, lock: bool = False) -> Setting:
    """Load how consent is asked for."""
    kept = consent_setting.c
    query = select(kept.mailbox_id, kept.is_form_open, kept.version)
    return Setting(*(await connection.execute(query.with_for_update() if lock else query)).one())


async def update_setting(connection: AsyncConnection, *, mailbox_id: int | None, is_form_open: bool) -> None:
    """Write how consent is asked for anew."""
    values = {"mailbox_id": mailbox_id, "is_form_open": is_form_open, "version": consent_setting.c.version + 1}
    await connection.execute(update(consent_setting).values(values))


async def insert_request(connection: AsyncConnection, values: Mapping[str, object]) -> int:
    """Add a request, whose letter goes out next; gives its identifier."""
    made = insert(subscription_request).values({"state": "queued", "tries": 0, **values}).returning(_kept.id)
    return int((await connection.execute(made)).scalar_one())


async def find_request(connection: AsyncConnection, request_id: int, *, lock: bool = False) -> Request | None:
    """Find a request."""
    query = select(*(_kept[name] for name in Request.__struct_fields__)).where(_kept.id == request_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else convert(row, Request, from_attributes=True)


async def count_of_address(connection: AsyncConnection, address: str, *, since: datetime) -> int:
    """Count what an address was asked since a moment."""
    query = select(func.count()).where(_kept.address == address, _kept.asked_at > since)
    return int((await connection.execute(query)).scalar_one())


async def count_of_sender(connection: AsyncConnection, sender: bytes, *, since: datetime) -> int:
    """Count what a sender asked for since a moment."""
    query = select(func.count()).where(_kept.sender == sender, _kept.asked_at > since)
    return int((await connection.execute(query)).scalar_one())


async def confirm_request(connection: AsyncConnection, request_id: int, *, party_id: int, now: datetime) -> None:
    """Write down that a request was confirmed, and who it is."""
    values = {"confirmed_at": now, "party_id": party_id}
    await connection.execute(update(subscription_request).where(_kept.id == request_id).values(values))


async def claim_requests(connection: AsyncConnection, *, most: int, now: datetime, until: datetime) -> list[Request]:
    """Take letters of requests in hand that are due, until a moment from which another may."""
    rows = await connection.execute(text(_CLAIM), {"most": most, "now": now, "until": until})
    return [convert(row, Request, from_attributes=True) for row in rows]


async def note_letter(
    connection: AsyncConnection, request_id: int, state: RequestState, *, reason: str | None, due_at: datetime
) -> None:
    """Write down what became of a letter, and when it is due again where it is."""
    values = {"state": state, "reason": reason, "due_at": due_at}
    await connection.execute(update(subscription_request).where(_kept.id == request_id).values(values))


async def put_back(connection: AsyncConnection, request_ids: Sequence[int], *, due_at: datetime) -> None:
    """Put letters back that were taken in hand and not tried."""
    values = {"state": "queued", "tries": _kept.tries - 1, "due_at": due_at}
    await connection.execute(update(subscription_request).where(_kept.id.in_(request_ids)).values(values))


async def forget_requests(connection: AsyncConnection, *, before: datetime) -> int:
    """Forget requests that expired before a moment; tells how many."""
    gone = await connection.execute(
        text("delete from subscription_request where expires_at < :before"), {"before": before}
    )
    return gone.rowcount


_CLAIM: Final = f"""
with due as (
    select id from subscription_request where state in ('queued', 'sending') and due_at <= cast(:now as timestamptz)
        and expires_at > cast(:now as timestamptz)
    order by due_at, id limit :most for update skip locked
)
update subscription_request r set state = 'sending', tries = r.tries + 1, due_at = cast(:until as timestamptz)
from due where r.id = due.id
returning {", ".join(f"r.{name}" for name in Request.__struct_fields__)}
"""
