"""The second factor: set up with a code, good once, counted with the passwords, and demanded of whom the policy names."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from api.auth.errors import PolicyChangedError, SecondFactorRefusedError, SignInOverError
from api.auth.one_time_codes import code_at
from api.auth.passwords import PasswordChecks, hash_password
from api.auth.policy import change_policy, load_policy
from api.auth.second_factor import begin_factor, confirm_factor, find_begun, find_factor, remove_factor, renew_codes
from api.auth.sessions import CODE_AWAITED, find_session, open_session
from api.auth.sign_in import Entry, Visit, give_code, is_own_password, sign_in
from api.auth.user_changes import set_password
from api.auth.users import LOCKED_FOR, MOST_REFUSALS
from api.state import Service
from database.activity import Act
from tests.api.people import LOGIN, PASSWORD, add_person
from tests.conftest import ACT

KEY = "a key that nobody guesses"
NOW = ACT.at
CHECKS = PasswordChecks()
STEP = timedelta(seconds=30)


class Person:
    """A person with a device, as the tests sign them in."""

    def __init__(self, service: Service, user_id: int) -> None:
        self.database = service.database
        self.user_id = user_id
        self.secret = ""
        self.codes: list[str] = []

    async def set_up(self, *, session: bytes = b"") -> None:
        """Scan the secret and confirm it with the code of an hour ago."""
        await self.database.run(begin_factor, self.user_id, key=KEY, now=NOW)
        begun = await self.database.run(find_begun, self.user_id, key=KEY)
        assert begun is not None
        self.secret = begun
        then = Act(ACT.actor, NOW - timedelta(hours=1))
        typed = code_at(self.secret, then.at)
        made = await self.database.run(confirm_factor, self.user_id, typed, key=KEY, session=session, act=then)
        assert made is not None
        self.codes = made

    async def enter(self, password: str = PASSWORD, *, now: datetime = NOW) -> Entry | None:
        """Take the first step."""
        return await sign_in(self.database, CHECKS, login=LOGIN, password=password, visit=Visit(), now=now)

    async def answer(self, cookie: str, typed: str, *, key: str = KEY, now: datetime = NOW) -> str | None:
        """Take the second step."""
        return await give_code(self.database, cookie=cookie, typed=typed, key=key, device="", now=now)

    async def begin(self, *, now: datetime = NOW) -> str:
        """Take a first step that is right, and give its cookie."""
        entry = await self.enter(now=now)
        assert entry is not None
        assert entry.awaits_code
        return entry.cookie


@pytest.fixture
async def nora(service: Service) -> Person:
    """Give a person whose second factor is set up."""
    person = Person(service, await add_person(service.database))
    await person.set_up()
    return person


async def journal(service: Service) -> list[str]:
    async with service.database.connection() as connection:
        return list((await connection.execute(text("select act from activity order by at, id"))).scalars())


async def test_password_alone_opens_nothing_and_the_code_does(nora: Person) -> None:
    cookie = await nora.begin()
    assert await nora.database.run(find_session, cookie, now=NOW) is None
    whole = await nora.answer(cookie, code_at(nora.secret, NOW))
    assert whole not in {None, cookie}
    assert await nora.database.run(find_session, whole, now=NOW) is not None
    assert await nora.database.run(find_session, cookie, now=NOW) is None


async def test_code_is_never_taken_twice(nora: Person) -> None:
    code = code_at(nora.secret, NOW)
    assert await nora.answer(await nora.begin(), code) is not None
    assert await nora.answer(await nora.begin(), code) is None
    assert await nora.answer(await nora.begin(), code_at(nora.secret, NOW - STEP)) is None
    assert await nora.answer(await nora.begin(), code_at(nora.secret, NOW + STEP)) is not None


async def test_recovery_code_is_good_once_and_without_the_key(nora: Person, service: Service) -> None:
    typed = nora.codes[0].lower()
    assert await nora.answer(await nora.begin(), typed, key="") is not None
    assert await nora.answer(await nora.begin(), typed) is None
    assert await nora.answer(await nora.begin(), nora.codes[1]) is not None
    factor = await nora.database.run(find_factor, nora.user_id)
    assert factor is not None
    assert factor.codes_left == 8
    assert "user.recovery_code_used" in await journal(service)


async def test_wrong_codes_lock_the_account_and_right_passwords_between_do_not_help(
    nora: Person, service: Service
) -> None:
    for _ in range(MOST_REFUSALS):
        assert await nora.answer(await nora.begin(), "000000") is None
    assert await nora.enter() is None
    assert (await journal(service))[-1] == "user.locked"
    later = NOW + LOCKED_FOR
    assert await nora.answer(await nora.begin(now=later), code_at(nora.secret, later), now=later) is not None


async def test_second_step_comes_soon_or_not_at_all(nora: Person) -> None:
    cookie, late = await nora.begin(), NOW + CODE_AWAITED
    with pytest.raises(SignInOverError):
        await nora.answer(cookie, code_at(nora.secret, late), now=late)
    with pytest.raises(SignInOverError):
        await nora.answer("invented", code_at(nora.secret, NOW))


async def test_code_cannot_be_checked_without_the_key_and_the_refusal_says_so(nora: Person) -> None:
    with pytest.raises(SecondFactorRefusedError, match="TALLYCARD_MAIL_KEY"):
        await nora.answer(await nora.begin(), code_at(nora.secret, NOW), key="another key than that one")


async def test_device_counts_only_once_a_code_of_it_was_seen(service: Service) -> None:
    person = Person(service, await add_person(service.database))
    await service.database.run(begin_factor, person.user_id, key=KEY, now=NOW)
    wrong = await service.database.run(confirm_factor, person.user_id, "000000", key=KEY, session=b"", act=ACT)
    assert wrong is None
    entry = await person.enter()
    assert entry is not None
    assert not entry.awaits_code


async def test_secret_and_codes_stand_nowhere_as_they_are(nora: Person, service: Service) -> None:
    tables = ("second_factor", "recovery_code", "activity")
    async with service.database.connection() as connection:
        rows = [
            (await connection.execute(text(f"select array_agg(t::text) from {one} t"))).scalar_one() for one in tables
        ]
    kept = str(rows)
    for told in (nora.secret, *nora.codes, nora.codes[0].replace("-", "")):
        assert told not in kept
        assert told.encode().hex() not in kept


async def test_switching_on_ends_the_other_sessions(service: Service) -> None:
    person = Person(service, await add_person(service.database))
    this, other = [await service.database.run(open_session, person.user_id, now=NOW) for _ in range(2)]
    session = await service.database.run(find_session, this, now=NOW)
    assert session is not None
    await person.set_up(session=session.hash)
    assert await service.database.run(find_session, this, now=NOW) is not None
    assert await service.database.run(find_session, other, now=NOW) is None


async def test_new_codes_void_the_old_ones(nora: Person) -> None:
    fresh = await nora.database.run(renew_codes, nora.user_id, act=ACT)
    assert await nora.answer(await nora.begin(), nora.codes[0]) is None
    assert await nora.answer(await nora.begin(), fresh[0]) is not None


async def test_factor_that_was_taken_away_asks_for_no_code(nora: Person, service: Service) -> None:
    for _ in range(2):
        await nora.database.run(remove_factor, nora.user_id, act=ACT)
    entry = await nora.enter()
    assert entry is not None
    assert not entry.awaits_code
    assert (await journal(service)).count("user.second_factor_removed") == 1


async def test_factor_that_counts_is_not_replaced_by_another(nora: Person) -> None:
    with pytest.raises(SecondFactorRefusedError, match="switch it off first"):
        await nora.database.run(begin_factor, nora.user_id, key=KEY, now=NOW)


async def test_password_is_asked_again_and_wrong_ones_are_counted(nora: Person) -> None:
    async def is_own(password: str) -> bool:
        return await is_own_password(nora.database, CHECKS, LOGIN, password=password, act=ACT)

    assert await is_own(PASSWORD)
    for _ in range(MOST_REFUSALS):
        assert not await is_own("wrong")
    assert not await is_own(PASSWORD)


@pytest.mark.parametrize(
    ("demand", "role", "must"),
    [
        ("nobody", "admin", False),
        ("administrators", "admin", True),
        ("administrators", "clerk", False),
        ("everybody", "clerk", True),
    ],
)
async def test_factor_is_demanded_of_whom_the_policy_names_at_once(
    service: Service, demand: str, role: str, *, must: bool
) -> None:
    user_id = await add_person(service.database, role=role)  # type: ignore[arg-type] # a role of the table
    cookie = await service.database.run(open_session, user_id, now=NOW)
    await service.database.run(change_policy, demand, version=1, key=KEY, act=ACT)  # type: ignore[arg-type] # as above
    session = await service.database.run(find_session, cookie, now=NOW)
    assert session is not None
    assert session.must_set_up is must
    await Person(service, user_id).set_up(session=session.hash)
    after = await service.database.run(find_session, cookie, now=NOW)
    assert after is not None
    assert not after.must_set_up


async def test_policy_is_not_changed_unseen_nor_without_a_key(service: Service) -> None:
    run = service.database.run
    with pytest.raises(SecondFactorRefusedError, match="TALLYCARD_MAIL_KEY"):
        await run(change_policy, "everybody", version=1, key="", act=ACT)
    await run(change_policy, "administrators", version=1, key=KEY, act=ACT)
    with pytest.raises(PolicyChangedError):
        await run(change_policy, "everybody", version=1, key=KEY, act=ACT)
    assert (await run(load_policy)).second_factor == "administrators"
    await run(change_policy, "nobody", version=2, key="", act=ACT)
    assert (await journal(service)).count("access_policy.changed") == 2


async def test_new_password_leaves_the_second_step(nora: Person) -> None:
    await nora.database.run(set_password, nora.user_id, hash_password("another long password"), act=ACT)
    entry = await nora.enter("another long password")
    assert entry is not None
    assert entry.awaits_code
