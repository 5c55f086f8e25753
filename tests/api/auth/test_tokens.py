"""Access tokens: what is kept of them, whom they name, and how soon a revoked one is refused."""

import hashlib

import pytest
from sqlalchemy import select, text

from api.auth.errors import TokenRefusedError
from api.auth.model import Principal, TokenRole
from api.auth.tables import access_token
from api.auth.tokens import FRESH_SECONDS, TokenCache, create_token, revoke_token
from api.state import Service
from tests.api.people import statements
from tests.conftest import ACT


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def read(self) -> float:
        """Give its time."""
        return self.seconds


async def test_token_of_a_till_names_its_store_and_till(service: Service) -> None:
    token = await service.database.run(create_token, role="till", store="0007", till="3", act=ACT)
    found = await TokenCache(service.pool).find(token.encode())
    assert found == Principal("till:0007/3", "till", "0007", "3")


async def test_token_of_a_program_names_no_till(service: Service) -> None:
    token = await service.database.run(create_token, role="admin", act=ACT)
    found = await TokenCache(service.pool).find(token.encode())
    assert found is not None
    assert (found.role, found.store, found.till) == ("admin", None, None)
    assert found.actor.startswith("token:")


@pytest.mark.parametrize(("role", "store", "till"), [("till", None, None), ("till", "7", None), ("admin", "7", "3")])
async def test_token_is_for_a_till_exactly_if_it_names_one(
    service: Service, role: TokenRole, store: str | None, till: str | None
) -> None:
    with pytest.raises(TokenRefusedError):
        await service.database.run(create_token, role=role, store=store, till=till, act=ACT)


async def test_store_first_named_gets_the_time_zone_of_the_installation(service: Service) -> None:
    await service.database.run(create_token, role="till", store="0009", till="1", act=ACT)
    async with service.database.connection() as connection:
        zones = (await connection.execute(text("select timezone from store where code = '0009'"))).scalars().all()
    assert zones == ["Europe/Sofia"]


async def test_only_the_hash_of_a_token_is_kept(service: Service) -> None:
    token = await service.database.run(create_token, role="clerk", act=ACT)
    async with service.database.connection() as connection:
        row = (await connection.execute(select(access_token))).one()
        journal = (await connection.execute(text("select activity::text from activity"))).scalars().all()
    assert row.hash == hashlib.sha256(token.encode()).digest()
    assert token not in str(row)
    assert token not in str(journal)


async def test_two_tokens_of_a_till_are_good_at_once(service: Service) -> None:
    tokens = [await service.database.run(create_token, role="till", store="7", till="3", act=ACT) for _ in range(2)]
    cache = TokenCache(service.pool)
    assert [await cache.find(token.encode()) for token in tokens] == [Principal("till:7/3", "till", "7", "3")] * 2


async def test_known_token_costs_no_trip_to_the_database(service: Service) -> None:
    token = (await service.database.run(create_token, role="clerk", act=ACT)).encode()
    cache = TokenCache(service.pool, clock=Clock().read)
    await cache.find(token)
    with statements(service.database) as asked:
        assert await cache.find(token) is not None
    assert asked == []


async def test_revoked_token_is_refused_as_soon_as_it_is_no_longer_fresh(service: Service) -> None:
    token = (await service.database.run(create_token, role="clerk", act=ACT)).encode()
    clock = Clock()
    cache = TokenCache(service.pool, clock=clock.read)
    known = await cache.find(token)
    assert known is not None
    assert await service.database.run(revoke_token, int(known.actor.partition(":")[2]), act=ACT)
    assert await cache.find(token) == known
    clock.seconds += FRESH_SECONDS
    assert await cache.find(token) is None
    assert await cache.find(token) is None


async def test_token_is_revoked_once(service: Service) -> None:
    await service.database.run(create_token, role="clerk", act=ACT)
    assert [await service.database.run(revoke_token, 1, act=ACT) for _ in range(2)] == [True, False]


@pytest.mark.parametrize("shown", [b"", b"tc_short", b"xx_" + b"a" * 43, b"tc_" + b"a" * 44, b"tc_" + b"\xff" * 43])
async def test_text_that_is_no_token_never_reaches_the_table(service: Service, shown: bytes) -> None:
    with statements(service.database) as asked:
        assert await TokenCache(service.pool).find(shown) is None
    assert asked == []


async def test_unknown_token_is_nobody(service: Service) -> None:
    assert await TokenCache(service.pool).find(b"tc_" + b"a" * 43) is None
