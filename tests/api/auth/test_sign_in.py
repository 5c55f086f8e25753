"""Signing in: right passwords, locked accounts, and that a refusal tells nothing."""

import asyncio
from datetime import datetime

import pytest
from sqlalchemy import text

from api.auth.errors import UserRefusedError
from api.auth.passwords import PasswordChecks
from api.auth.sessions import find_session
from api.auth.sign_in import Visit, sign_in
from api.auth.users import LOCKED_FOR, MOST_REFUSALS
from api.state import Service
from tests.api.people import LOGIN, PASSWORD, add_person
from tests.conftest import ACT

NOW = ACT.at
CHECKS = PasswordChecks()


async def attempt(service: Service, password: str, *, login: str = LOGIN, now: datetime = NOW) -> str | None:
    entry = await sign_in(service.database, CHECKS, login=login, password=password, visit=Visit(), now=now)
    return None if entry is None else entry.cookie


async def journal(service: Service) -> list[str]:
    async with service.database.connection() as connection:
        rows = await connection.execute(text("select act from activity where act like 'user.%' order by at, id"))
        return list(rows.scalars())


async def test_right_password_opens_a_session(service: Service) -> None:
    await add_person(service.database)
    cookie = await attempt(service, PASSWORD, login=LOGIN.upper())
    assert cookie is not None
    assert await service.database.run(find_session, cookie, now=NOW) is not None
    assert await journal(service) == ["user.created", "user.signed_in"]


@pytest.mark.parametrize(("login", "password"), [(LOGIN, "wrong"), ("nobody", PASSWORD), ("", "")])
async def test_wrong_login_or_password_is_refused_alike(service: Service, login: str, password: str) -> None:
    await add_person(service.database)
    assert await attempt(service, password, login=login) is None


async def test_account_is_locked_after_some_wrong_passwords(service: Service) -> None:
    await add_person(service.database)
    for _ in range(MOST_REFUSALS):
        assert await attempt(service, "wrong") is None
    assert await attempt(service, PASSWORD) is None
    assert await journal(service) == ["user.created", "user.locked"]


async def test_lock_ends_by_itself_and_the_count_begins_anew(service: Service) -> None:
    await add_person(service.database)
    for _ in range(MOST_REFUSALS):
        await attempt(service, "wrong")
    later = NOW + LOCKED_FOR
    for _ in range(MOST_REFUSALS - 1):
        assert await attempt(service, "wrong", now=later) is None
    assert await attempt(service, PASSWORD, now=later) is not None


async def test_right_password_forgives_the_wrong_ones_before(service: Service) -> None:
    await add_person(service.database)
    for _ in range(2):
        for _ in range(MOST_REFUSALS - 1):
            await attempt(service, "wrong")
        assert await attempt(service, PASSWORD) is not None


async def test_many_tries_at_once_are_together_no_more_than_the_limit(service: Service) -> None:
    await add_person(service.database)
    await asyncio.gather(*(attempt(service, f"guess {number}") for number in range(4 * MOST_REFUSALS)))
    async with service.database.connection() as connection:
        assert (await connection.execute(text("select refusals from app_user"))).scalar_one() == MOST_REFUSALS
    assert await attempt(service, PASSWORD) is None


async def test_one_locked_account_locks_no_other(service: Service) -> None:
    await add_person(service.database)
    await add_person(service.database, login="tomas")
    for _ in range(MOST_REFUSALS):
        await attempt(service, "wrong")
    assert await attempt(service, PASSWORD, login="tomas") is not None


async def test_disabled_account_is_refused(service: Service) -> None:
    await add_person(service.database)
    async with service.database.connection() as connection:
        await connection.execute(text("update app_user set disabled_at = now()"))
    assert await attempt(service, PASSWORD) is None


async def test_login_is_taken_once_whatever_its_case(service: Service) -> None:
    await add_person(service.database, login="nora")
    with pytest.raises(UserRefusedError, match="already"):
        await add_person(service.database, login="NORA")
