"""What is done to users: versions, the last administrator, sessions that end, and passwords that nobody else knows."""

import asyncio

import pytest
from sqlalchemy import text

from api.auth.errors import UserChangedError, UserRefusedError, UserUnknownError
from api.auth.passwords import PasswordChecks, hash_password
from api.auth.sessions import find_session, open_session
from api.auth.user_changes import (
    UserSettings,
    change_own_password,
    change_user,
    disable_user,
    enable_user,
    set_password,
    unlock_user,
)
from api.auth.user_list import UserFilter, list_users, load_user
from api.auth.users import MOST_REFUSALS, count_attempt
from api.state import Service
from crm.directories.errors import EntryRefusedError
from loyalty.installation import Store, change_store, ensure_till
from tests.api.people import PASSWORD, add_person
from tests.conftest import ACT

NEW = "another long password"


async def journal(service: Service, act: str) -> list[dict[str, object] | None]:
    async with service.database.connection() as connection:
        rows = await connection.execute(text("select data from activity where act = :act order by id"), {"act": act})
        return list(rows.scalars())


async def test_change_is_journalled_with_old_and_new_values_but_without_the_name(service: Service) -> None:
    user_id = await add_person(service.database, role="sales")
    settings = UserSettings("Nora Berg", "marketing", "204")
    await service.database.run(change_user, user_id, settings, version=1, act=ACT)
    await service.database.run(change_user, user_id, settings, version=2, act=ACT)
    user = await service.database.run(load_user, user_id, now=ACT.at)
    assert (user.name, user.role, user.extension, user.version) == ("Nora Berg", "marketing", "204", 2)
    old, new = {"role": "sales", "extension": None}, {"role": "marketing", "extension": "204"}
    assert await journal(service, "user.changed") == [{"fields": ["name", "role", "extension"], "old": old, "new": new}]


async def test_department_and_hours_of_a_day_are_kept_and_journalled(service: Service) -> None:
    user_id = await add_person(service.database, role="sales")
    settings = UserSettings("Nora Lindqvist", "sales", None, "purchasing", 240)
    await service.database.run(change_user, user_id, settings, version=1, act=ACT)
    user = await service.database.run(load_user, user_id, now=ACT.at)
    assert (user.department, user.daily_minutes) == ("purchasing", 240)
    old, new = {"department": None, "daily_minutes": 480}, {"department": "purchasing", "daily_minutes": 240}
    assert await journal(service, "user.changed") == [{"fields": [*old], "old": old, "new": new}]
    unknown = UserSettings("Nora Lindqvist", "sales", None, "nowhere", 240)
    with pytest.raises(EntryRefusedError):
        await service.database.run(change_user, user_id, unknown, version=2, act=ACT)


async def test_change_of_a_version_that_is_gone_is_refused(service: Service) -> None:
    user_id = await add_person(service.database, role="sales")
    await service.database.run(change_user, user_id, UserSettings("A", "sales", None), version=1, act=ACT)
    with pytest.raises(UserChangedError):
        await service.database.run(change_user, user_id, UserSettings("B", "sales", None), version=1, act=ACT)
    assert (await service.database.run(load_user, user_id, now=ACT.at)).name == "A"


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (UserSettings(" ", "sales", None), "name"),
        (UserSettings("x" * 201, "sales", None), "name"),
        (UserSettings("Nora", "sales", "2 04"), "extension"),
        (UserSettings("Nora", "sales", "2" * 21), "extension"),
        (UserSettings("Nora", "sales", None, None, 1_441), "daily_minutes"),
    ],
)
async def test_settings_that_cannot_be_are_refused_by_their_field(
    service: Service, wanted: UserSettings, field: str
) -> None:
    user_id = await add_person(service.database)
    with pytest.raises(UserRefusedError) as refused:
        await service.database.run(change_user, user_id, wanted, version=1, act=ACT)
    assert refused.value.field == field


async def test_user_who_is_disabled_is_out_at_once_and_comes_back_when_enabled(service: Service) -> None:
    database, user_id = service.database, await add_person(service.database)
    cookie = await database.run(open_session, user_id, now=ACT.at)
    await database.run(disable_user, user_id, act=ACT)
    assert await database.run(find_session, cookie, now=ACT.at) is None
    assert await database.run(count_attempt, "nora", now=ACT.at) is None
    await database.run(enable_user, user_id, act=ACT)
    assert await database.run(find_session, cookie, now=ACT.at) is None
    assert await database.run(count_attempt, "nora", now=ACT.at) is not None
    async with database.connection() as connection:
        assert (await connection.execute(text("select count(*) from app_session"))).scalar_one() == 0


async def test_disabling_twice_is_one_act(service: Service) -> None:
    user_id = await add_person(service.database)
    for _ in range(2):
        await service.database.run(disable_user, user_id, act=ACT)
    assert len(await journal(service, "user.disabled")) == 1


async def test_user_who_is_not_there_is_named_as_unknown(service: Service) -> None:
    with pytest.raises(UserUnknownError):
        await service.database.run(disable_user, 4711, act=ACT)
    with pytest.raises(UserUnknownError):
        await service.database.run(change_user, 4711, UserSettings("A", "sales", None), version=1, act=ACT)


async def test_last_administrator_stays_one(service: Service) -> None:
    user_id = await add_person(service.database, role="admin")
    with pytest.raises(UserRefusedError):
        await service.database.run(disable_user, user_id, act=ACT)
    with pytest.raises(UserRefusedError):
        await service.database.run(change_user, user_id, UserSettings("A", "clerk", None), version=1, act=ACT)
    await add_person(service.database, login="second", role="admin")
    await service.database.run(disable_user, user_id, act=ACT)


async def test_two_administrators_who_disable_each_other_at_once_leave_one(service: Service) -> None:
    both = [await add_person(service.database, login=login, role="admin") for login in ("first", "second")]
    ends = await asyncio.gather(
        *(service.database.run(disable_user, user_id, act=ACT) for user_id in both), return_exceptions=True
    )
    assert [type(end) for end in ends].count(UserRefusedError) == 1
    left = await service.database.run(list_users, UserFilter(role="admin", state="active"), place=None, now=ACT.at)
    assert len(left.rows) == 1


async def test_account_that_wrong_passwords_locked_is_unlocked(service: Service) -> None:
    database, user_id = service.database, await add_person(service.database)
    for _ in range(MOST_REFUSALS):
        await database.run(count_attempt, "nora", now=ACT.at)
    assert (await database.run(load_user, user_id, now=ACT.at)).state == "locked"
    await database.run(unlock_user, user_id, act=ACT)
    assert (await database.run(load_user, user_id, now=ACT.at)).state == "active"
    assert await database.run(count_attempt, "nora", now=ACT.at) is not None


async def test_new_password_of_an_administrator_ends_all_sessions(service: Service) -> None:
    database, user_id = service.database, await add_person(service.database)
    cookie = await database.run(open_session, user_id, now=ACT.at)
    await database.run(set_password, user_id, hash_password(NEW), act=ACT)
    assert await database.run(find_session, cookie, now=ACT.at) is None
    assert await journal(service, "user.password_set") == [None]


async def test_own_password_needs_the_present_one_and_keeps_the_own_session(service: Service) -> None:
    database, checks, user_id = service.database, PasswordChecks(), await add_person(service.database)
    here, elsewhere = [await database.run(open_session, user_id, now=ACT.at) for _ in range(2)]
    session = await database.run(find_session, here, now=ACT.at)
    assert session is not None

    async def change(old: str) -> bool:
        return await change_own_password(database, checks, "nora", old=old, new=NEW, session=session.hash, act=ACT)

    assert not await change("wrong")
    assert await change(PASSWORD)
    assert not await change(PASSWORD)
    assert await change(NEW)
    assert await database.run(find_session, here, now=ACT.at) is not None
    assert await database.run(find_session, elsewhere, now=ACT.at) is None


async def test_wrong_present_passwords_lock_the_account_as_at_the_door(service: Service) -> None:
    database, checks = service.database, PasswordChecks()
    await add_person(database)
    for _ in range(MOST_REFUSALS):
        assert not await change_own_password(database, checks, "nora", old="x", new=NEW, session=b"", act=ACT)
    assert not await change_own_password(database, checks, "nora", old=PASSWORD, new=NEW, session=b"", act=ACT)
    assert len(await journal(service, "user.locked")) == 1


async def test_poor_new_password_is_refused_before_the_old_one_is_looked_at(service: Service) -> None:
    await add_person(service.database)
    with pytest.raises(UserRefusedError) as refused:
        await change_own_password(
            service.database, PasswordChecks(), "nora", old=PASSWORD, new="short", session=b"", act=ACT
        )
    assert refused.value.field == "password"


async def test_users_are_found_by_login_name_role_and_state(service: Service) -> None:
    database = service.database
    await add_person(database, login="greta", role="sales")
    await add_person(database, login="per_cent%", role="clerk")

    async def found(**wanted: object) -> list[str]:
        page = await database.run(list_users, UserFilter(**wanted), place=None, now=ACT.at)  # type: ignore[arg-type] # by name
        return [user.login for user in page.rows]

    assert await found() == ["per_cent%", "greta"]
    assert await found(find="GRET") == ["greta"]
    assert await found(find="lindqvist") == ["per_cent%", "greta"]
    assert await found(find="_") == ["per_cent%"]
    assert await found(role="sales", state="active") == ["greta"]
    assert await found(state="disabled") == []


@pytest.mark.parametrize("new", ["Harbour Street 12", "harbour2026!", "nora-nora-nora"])
async def test_name_of_the_shop_is_no_password(service: Service, new: str) -> None:
    await add_person(service.database, login="nora-nora-nora")
    await service.database.run(ensure_till, store="0007", till="3")
    await service.database.run(change_store, Store("0007", "Harbour Street", "UTC"), act=ACT)
    with pytest.raises(UserRefusedError, match="first that are guessed"):
        await change_own_password(
            service.database, PasswordChecks(), "nora-nora-nora", old=PASSWORD, new=new, session=b"", act=ACT
        )
