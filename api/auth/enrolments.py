"""Enrolment: how a till gets its token without anybody typing or mailing one.

Key idea: a code has two parts, the number of the enrolment and a secret. The number finds the row, on which every try
is counted before the secret is looked at; so few guesses end an enrolment, whoever makes them and from wherever, and no
other one. The secret is kept as a hash, is good for a short time and once.
"""

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.errors import EnrolmentRefusedError
from api.auth.tables import enrolment
from api.auth.tokens import create_token
from database.activity import Act, record_activity
from loyalty.installation import ensure_till

CODE_LIFE = timedelta(minutes=30)
MOST_REFUSALS = 5
SECRET_LETTERS = 12
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: nothing that looks like something else
_CODE = re.compile(r"([1-9][0-9]{0,17})-([0-9A-Z]{12})")
_READ_AS = str.maketrans("OIL", "011")


class Code(Struct, frozen=True):
    """A new code; its text can never be told again."""

    id: int
    text: str
    expires_at: datetime


class Redeemed(Struct, frozen=True):
    """The till that a code was for, and its new token."""

    store: str
    till: str
    token: str


async def open_enrolment(connection: AsyncConnection, *, store: str, till: str, act: Act) -> Code:
    """Make a code for a till; a store or till first named comes into being."""
    await ensure_till(connection, store=store, till=till)
    secret = "".join(secrets.choice(_LETTERS) for _ in range(SECRET_LETTERS))
    expires_at = act.at + CODE_LIFE
    row = {"store_code": store, "till_code": till, "hash": _hash(secret), "refusals": 0}
    row |= {"created_at": act.at, "expires_at": expires_at}
    made = await connection.execute(insert(enrolment).values(row).returning(enrolment.c.id))
    number = int(made.scalar_one())
    data = {"store": store, "till": till}
    await record_activity(connection, act=act, what="enrolment.opened", record=f"enrolment:{number}", data=data)
    return Code(number, f"{number}-{'-'.join(secret[at : at + 4] for at in range(0, SECRET_LETTERS, 4))}", expires_at)


async def revoke_enrolment(connection: AsyncConnection, number: int, *, act: Act) -> bool:
    """End a code at once; tells whether it was still good."""
    column = enrolment.c
    is_open = (column.id == number) & column.redeemed_at.is_(None) & (column.expires_at > act.at)
    ended = await connection.execute(update(enrolment).where(is_open).values(expires_at=act.at))
    if ended.rowcount:
        await record_activity(connection, act=act, what="enrolment.revoked", record=f"enrolment:{number}")
    return bool(ended.rowcount)


async def count_try(connection: AsyncConnection, code: str, *, now: datetime) -> int | None:
    """Count a try at the enrolment that a code names, before its secret is looked at; None where none is open."""
    number, _ = _read(code)
    column = enrolment.c
    counted = (
        update(enrolment)
        .where(column.id == number, column.redeemed_at.is_(None), column.expires_at > now)
        .where(column.refusals < MOST_REFUSALS)
        .values(refusals=column.refusals + 1)
        .returning(column.id)
    )
    found: int | None = (await connection.execute(counted)).scalar_one_or_none()
    return found


async def redeem(connection: AsyncConnection, number: int, code: str, *, now: datetime) -> Redeemed | None:
    """Give the token of the till for the right secret of a counted try, once; None for a wrong one."""
    _, secret = _read(code)
    column = enrolment.c
    query = select(column.hash, column.store_code, column.till_code).with_for_update()
    row = (await connection.execute(query.where(column.id == number, column.redeemed_at.is_(None)))).one_or_none()
    if row is None or not hmac.compare_digest(row.hash, _hash(secret)):
        return None
    await connection.execute(update(enrolment).where(column.id == number).values(redeemed_at=now))
    act = Act(f"till:{row.store_code}/{row.till_code}", now)
    token = await create_token(connection, role="till", store=row.store_code, till=row.till_code, act=act)
    await record_activity(connection, act=act, what="enrolment.redeemed", record=f"enrolment:{number}")
    return Redeemed(row.store_code, row.till_code, token)


def _read(code: str) -> tuple[int, str]:
    """Take a code apart, however it is spaced. Raises EnrolmentRefusedError."""
    number, _, secret = code.strip().upper().partition("-")
    plain = f"{number}-{secret.replace('-', '').replace(' ', '').translate(_READ_AS)}"
    match = _CODE.fullmatch(plain)
    if match is None:
        raise EnrolmentRefusedError("a code looks like 17-K7QF-2M9X-PDH4: ask the back office for a new one")
    return int(match[1]), match[2]


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
