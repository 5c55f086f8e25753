"""The second factor of a person: a device that shows codes, and ten codes on paper for whoever lost it.

Key idea: a device counts once a code of it was seen, so nobody locks themselves out with a picture that was not
scanned. Its secret stands in the database sealed with the key that seals the passwords of mailboxes: a copy of the
database alone makes no code. Each code is good once: the step of the last one is kept, a recovery code marked as used.

What is typed is checked by `take_code` alone, and whoever calls it has counted the try before (`api.auth.users`).
No secret and no code stands in the journal.
"""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.errors import SecondFactorRefusedError
from api.auth.one_time_codes import find_step, hash_recovery_code, is_recovery_code, new_recovery_codes, new_secret
from api.auth.sessions import close_sessions
from api.auth.tables import recovery_code, second_factor
from crm.mailboxes.errors import MailKeyError
from crm.mailboxes.secrets import seal, unseal
from database.activity import Act, record_activity

_NO_KEY = (
    "codes cannot be checked: TALLYCARD_MAIL_KEY is not set, or is another key than when the second step was set up;"
    " whoever runs the server sets it, and recovery codes are taken without it"
)


class Factor(Struct, frozen=True):
    """A second factor that counts: since when, and how many recovery codes are not used yet."""

    since: datetime
    codes_left: int


async def find_factor(connection: AsyncConnection, user_id: int) -> Factor | None:
    """Find a person's second factor; None for none, or one that was begun and not confirmed."""
    left = func.count(recovery_code.c.hash).filter(recovery_code.c.used_at.is_(None))
    query = (
        select(second_factor.c.confirmed_at, left)
        .select_from(second_factor.outerjoin(recovery_code))
        .where(second_factor.c.user_id == user_id, second_factor.c.confirmed_at.is_not(None))
        .group_by(second_factor.c.user_id)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else Factor(row[0], row[1])


async def begin_factor(connection: AsyncConnection, user_id: int, *, key: str, now: datetime) -> None:
    """Make a new secret, which counts for nothing until a code of it is shown; it takes the place of one begun before.

    Raises SecondFactorRefusedError where a factor counts already or there is no key to seal it with.
    """
    if await find_factor(connection, user_id) is not None:
        raise SecondFactorRefusedError("a second step is set up already: switch it off first")
    try:
        sealed = seal(key, new_secret())
    except MailKeyError as error:
        raise SecondFactorRefusedError(_NO_KEY) from error
    await connection.execute(delete(second_factor).where(second_factor.c.user_id == user_id))
    row = {"user_id": user_id, "secret": sealed, "last_step": 0, "created_at": now}
    await connection.execute(insert(second_factor).values(row))


async def find_begun(connection: AsyncConnection, user_id: int, *, key: str) -> str | None:
    """Find the secret of a factor that was begun and not confirmed. Raises SecondFactorRefusedError without its key."""
    column = second_factor.c
    query = select(column.secret).where(column.user_id == user_id, column.confirmed_at.is_(None))
    sealed = (await connection.execute(query)).scalar_one_or_none()
    return None if sealed is None else _open(sealed, key)


async def drop_begun(connection: AsyncConnection, user_id: int) -> None:
    """Forget a factor that was begun and not confirmed."""
    column = second_factor.c
    await connection.execute(delete(second_factor).where(column.user_id == user_id, column.confirmed_at.is_(None)))


async def confirm_factor(
    connection: AsyncConnection, user_id: int, typed: str, *, key: str, session: bytes, act: Act
) -> list[str] | None:
    """Let a begun factor count and give its recovery codes, which can never be told again; None for a wrong code.

    All other sessions of the person end. Raises SecondFactorRefusedError where none was begun or there is no key.
    """
    column = second_factor.c
    query = select(column.secret).where(column.user_id == user_id, column.confirmed_at.is_(None)).with_for_update()
    sealed = (await connection.execute(query)).scalar_one_or_none()
    if sealed is None:
        raise SecondFactorRefusedError("no second step was begun: begin anew", field="code")
    step = find_step(_open(sealed, key), typed, act.at)
    if step is None:
        return None
    values = {"confirmed_at": act.at, "last_step": step}
    await connection.execute(update(second_factor).where(column.user_id == user_id).values(values))
    await close_sessions(connection, user_id, but=session)
    await _record(connection, user_id, "user.second_factor_set", act=act)
    return await _make_codes(connection, user_id)


async def renew_codes(connection: AsyncConnection, user_id: int, *, act: Act) -> list[str]:
    """Give new recovery codes in the place of all that were. Raises SecondFactorRefusedError without a factor."""
    if await find_factor(connection, user_id) is None:
        raise SecondFactorRefusedError("no second step is set up")
    await connection.execute(delete(recovery_code).where(recovery_code.c.user_id == user_id))
    await _record(connection, user_id, "user.recovery_codes_made", act=act)
    return await _make_codes(connection, user_id)


async def remove_factor(connection: AsyncConnection, user_id: int, *, act: Act) -> None:
    """Take a person's second factor away, with its recovery codes; again changes nothing."""
    column = second_factor.c
    ended = delete(second_factor).where(column.user_id == user_id).returning(column.confirmed_at)
    gone = (await connection.execute(ended)).one_or_none()
    if gone is not None and gone.confirmed_at is not None:
        await _record(connection, user_id, "user.second_factor_removed", act=act)


async def take_code(connection: AsyncConnection, user_id: int, typed: str, *, key: str, act: Act) -> bool:
    """Take a code of a person's device or paper, once; False for a wrong or a used one.

    Raises SecondFactorRefusedError where a code of a device cannot be checked for want of the key.
    """
    if is_recovery_code(typed):
        return await _take_recovery_code(connection, user_id, typed, act=act)
    column = second_factor.c
    query = select(column.secret, column.last_step).where(column.user_id == user_id, column.confirmed_at.is_not(None))
    row = (await connection.execute(query.with_for_update())).one_or_none()
    step = None if row is None else find_step(_open(row.secret, key), typed, act.at)
    if row is None or step is None or step <= row.last_step:
        return False
    await connection.execute(update(second_factor).where(column.user_id == user_id).values(last_step=step))
    return True


async def _take_recovery_code(connection: AsyncConnection, user_id: int, typed: str, *, act: Act) -> bool:
    column = recovery_code.c
    mine = (column.user_id == user_id) & (column.hash == hash_recovery_code(typed)) & column.used_at.is_(None)
    used = await connection.execute(update(recovery_code).where(mine).values(used_at=act.at))
    if used.rowcount:
        await _record(connection, user_id, "user.recovery_code_used", act=act)
    return bool(used.rowcount)


async def _make_codes(connection: AsyncConnection, user_id: int) -> list[str]:
    codes = new_recovery_codes()
    rows = [{"user_id": user_id, "hash": hash_recovery_code(code)} for code in codes]
    await connection.execute(insert(recovery_code), rows)
    return codes


def _open(sealed: bytes, key: str) -> str:
    try:
        return unseal(key, sealed)
    except MailKeyError as error:
        raise SecondFactorRefusedError(_NO_KEY, field="code") from error


async def _record(connection: AsyncConnection, user_id: int, what: str, *, act: Act) -> None:
    await record_activity(connection, act=act, what=what, record=f"user:{user_id}", importance=1)
