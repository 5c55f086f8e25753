"""Sessions end by age, by idleness and with the account; only their hashes are kept."""

from datetime import timedelta

from sqlalchemy import text

from api.auth.sessions import IDLE, LIFETIME, close_session, find_session, open_session
from api.state import Service
from tests.api.people import add_person, statements
from tests.conftest import ACT

NOW = ACT.at
SOON = timedelta(seconds=1)


async def test_session_names_its_person(service: Service) -> None:
    user_id = await add_person(service.database, login="Nora", role="admin")
    cookie = await service.database.run(open_session, user_id, now=NOW)
    found = await service.database.run(find_session, cookie, now=NOW)
    assert found is not None
    assert (found.principal.actor, found.principal.role, found.principal.user_id) == ("user:Nora", "admin", user_id)
    assert (found.name, found.theme) == ("Nora Lindqvist", "system")


async def test_only_the_hash_of_a_cookie_is_kept(service: Service) -> None:
    cookie = await service.database.run(open_session, await add_person(service.database), now=NOW)
    async with service.database.connection() as connection:
        rows = (await connection.execute(text("select app_session::text from app_session"))).scalars().all()
    assert len(rows) == 1
    assert cookie not in rows[0]
    assert cookie.encode().hex() not in rows[0]


async def test_session_that_was_not_used_is_over(service: Service) -> None:
    cookie = await service.database.run(open_session, await add_person(service.database), now=NOW)
    assert await service.database.run(find_session, cookie, now=NOW + IDLE - SOON) is not None
    assert await service.database.run(find_session, cookie, now=NOW + 2 * IDLE - 2 * SOON) is not None
    assert await service.database.run(find_session, cookie, now=NOW + 3 * IDLE) is None


async def test_session_in_use_is_over_at_its_age(service: Service) -> None:
    cookie = await service.database.run(open_session, await add_person(service.database), now=NOW)
    now = NOW
    while now < NOW + LIFETIME - IDLE:
        now += IDLE - SOON
        assert await service.database.run(find_session, cookie, now=now) is not None
    assert await service.database.run(find_session, cookie, now=NOW + LIFETIME) is None


async def test_session_of_a_disabled_account_is_over_at_once(service: Service) -> None:
    cookie = await service.database.run(open_session, await add_person(service.database), now=NOW)
    async with service.database.connection() as connection:
        await connection.execute(text("update app_user set disabled_at = now()"))
    assert await service.database.run(find_session, cookie, now=NOW) is None


async def test_signing_in_sweeps_sessions_that_are_over(service: Service) -> None:
    user_id = await add_person(service.database)
    for now in (NOW, NOW + LIFETIME):
        await service.database.run(open_session, user_id, now=now)
    async with service.database.connection() as connection:
        assert (await connection.execute(text("select count(*) from app_session"))).scalar_one() == 1


async def test_closed_session_is_over_and_closing_it_again_is_no_error(service: Service) -> None:
    cookie = await service.database.run(open_session, await add_person(service.database), now=NOW)
    for _ in range(2):
        await service.database.run(close_session, cookie)
    assert await service.database.run(find_session, cookie, now=NOW) is None


async def test_page_after_page_writes_nothing(service: Service) -> None:
    cookie = await service.database.run(open_session, await add_person(service.database), now=NOW)
    with statements(service.database) as asked:
        await service.database.run(find_session, cookie, now=NOW + SOON)
    assert len(asked) == 1
