"""Colleagues: who can be given work, and the names of those who left."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.colleagues.repository import find_by_logins, find_colleagues, list_colleagues
from tests.conftest import Caller


async def _engage(connection: AsyncConnection) -> None:
    await connection.execute(text(_USERS))


_USERS = """
    insert into app_user (login, name, role, password_hash, disabled_at, department_id)
    select v.login, v.name, 'clerk', 'x', v.gone, e.id
    from (values ('zoe', 'Zoe', cast(null as timestamptz), 'sales'), ('adam', 'Adam', null, 'service'),
        ('bob', 'Bob', now(), 'sales')) as v (login, name, gone, department)
    join directory_entry e on e.directory = 'department' and e.code = v.department
"""


async def test_who_works_here_is_offered_and_who_left_keeps_a_name(caller: Caller) -> None:
    run = caller.service.database.run
    await run(_engage)

    here = await run(list_colleagues)
    known = await run(find_by_logins, ["ADAM", "bob"])
    left = next(one for one in (await run(find_colleagues, range(1, 100))).values() if one.name == "Bob")

    assert [one.name for one in here if one.name in {"Zoe", "Adam", "Bob"}] == ["Adam", "Zoe"]
    assert left.has_left
    assert list(known) == ["adam"]
    assert known["adam"].daily_minutes == 480


async def test_colleagues_of_a_department_are_listed_alone(caller: Caller) -> None:
    run = caller.service.database.run
    await run(_engage)
    department = next(one.department_id for one in await run(list_colleagues) if one.name == "Zoe")

    assert [one.name for one in await run(list_colleagues, department_id=department)] == ["Zoe"]
