"""Use cases of addresses that get nothing more: looked up one by one, put on the list, taken off it with a reason.

Key idea: only the SHA-256 of an address in small letters is kept. So the list outlives whoever an address belonged to,
and nobody can read addresses out of it: one can only ask about an address that one knows.
"""

from hashlib import sha256
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.consents.errors import ConsentRefusedError
from crm.consents.model import OWN_NO, Relief, Why
from crm.consents.repository.suppressions import (
    Suppression,
    count_suppressions,
    delete_suppression,
    find_suppression,
    insert_suppression,
)
from crm.recipients.model import writable
from database.activity import Act, record_activity

count_reasons = count_suppressions
_SHOWN: Final = 16


def hash_address(address: str) -> bytes:
    """Give by what an address is known."""
    return sha256(address.strip().lower().encode()).digest()


async def look_up(connection: AsyncConnection, address: str) -> Suppression | None:
    """Tell whether an address gets nothing more, and why. Raises ConsentRefusedError for what is no address."""
    return await find_suppression(connection, hash_address(read_address(address)))


async def suppress(connection: AsyncConnection, address: str, reason: Why, *, act: Act) -> bool:
    """Let an address get nothing more; False where that is so already. Raises ConsentRefusedError."""
    hashed = hash_address(read_address(address))
    if not await insert_suppression(connection, hashed, reason, actor=act.actor, now=act.at):
        return False
    await _record(connection, hashed, "added", reason, act=act)
    return True


async def release(connection: AsyncConnection, address: str, reason: Relief, *, act: Act) -> bool:
    """Let an address get letters again; False where it gets them anyway. Raises ConsentRefusedError."""
    hashed = hash_address(read_address(address))
    if not await delete_suppression(connection, hashed):
        return False
    await _record(connection, hashed, "removed", reason, act=act)
    return True


async def release_own(connection: AsyncConnection, address: str, *, act: Act) -> None:
    """Take back an address' own no, by whose owner's word; what the shop decided stays."""
    hashed = hash_address(address)
    found = await find_suppression(connection, hashed)
    if found is not None and found.reason in OWN_NO and await delete_suppression(connection, hashed):
        await _record(connection, hashed, "removed", "asked_again", act=act)


def read_address(typed: str) -> str:
    """Read an address as somebody types it. Raises ConsentRefusedError."""
    address = typed.strip()
    if writable(address) is None:
        raise ConsentRefusedError("is no e-mail address such as name@shop.example", field="address")
    return address


async def _record(connection: AsyncConnection, hashed: bytes, what: str, reason: Why | Relief, *, act: Act) -> None:
    record = f"suppression:{hashed.hex()[:_SHOWN]}"
    await record_activity(connection, act=act, what=f"suppression.{what}", record=record, data={"reason": reason})
