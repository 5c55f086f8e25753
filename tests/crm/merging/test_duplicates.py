"""Duplicates are found by what two parties have in common, and only by what says something."""

from datetime import date
from typing import Any  # a row is free in its values

import pytest

from api.jobs.working import do_queued_jobs
from api.state import Service
from crm.merging.duplicates import ask_for_search, dismiss_pair, find_lookalikes, list_pairs, restore_pair
from crm.merging.errors import DuplicateUnknownError
from database.jobs import find_job
from tests.conftest import ACT
from tests.crm.merging.people import add_party, fetch

ANA: dict[str, Any] = {"phones": ["052 123 456"], "emails": ["Ana@Example.com"], "cities": ["Varna"]}


async def search(service: Service, *, is_whole: bool = False) -> dict[tuple[int, int], tuple[str, ...]]:
    job_id = await service.database.run(ask_for_search, is_whole=is_whole, act=ACT)
    await do_queued_jobs(service, is_stopped=lambda: False)
    job = await service.database.run(find_job, job_id)
    assert job is not None
    assert (job.state, job.done) == ("done", job.total), job.error
    return {(one.first_id, one.second_id): one.reasons for one in await service.database.run(list_pairs)}


@pytest.mark.parametrize(
    ("one", "other", "reasons"),
    [
        ({"phones": ["052 123 456"]}, {"phones": ["+359 52 123456"]}, ("phone",)),
        ({"emails": ["ana@example.com"]}, {"emails": ["Ana@Example.com"]}, ("email",)),
        ({"numbers": ["BG831641791"]}, {"numbers": ["BG831641791"]}, ("registration",)),
        ({"birth_date": date(1980, 2, 29)}, {"birth_date": date(1980, 2, 29)}, None),
        ({"cities": ["Varna"]}, {"cities": ["varna"]}, None),
        ({"phones": ["052 123 456"]}, {"phones": ["052 123 457"]}, None),
        ({"phones": ["112"]}, {"phones": ["112"]}, None),
    ],
)
async def test_other_names_make_a_pair_by_phone_mail_or_number_alone(
    service: Service, one: dict[str, Any], other: dict[str, Any], reasons: tuple[str, ...] | None
) -> None:
    first = await add_party(service.database, "Ana Ilieva", **one)
    second = await add_party(service.database, "Petar Stoyanov", **other)

    assert await search(service) == ({} if reasons is None else {(first, second): reasons})


@pytest.mark.parametrize(
    ("one", "other", "reasons"),
    [
        ({"birth_date": date(1980, 2, 29)}, {"birth_date": date(1980, 2, 29)}, ("name", "birth_date")),
        ({"cities": ["Varna"]}, {"cities": ["VARNA"]}, ("name", "city")),
        ({"cities": ["Varna"]}, {"cities": ["Sofia"]}, None),
        ({}, {}, None),
    ],
)
async def test_like_name_makes_a_pair_with_birth_date_or_city_alone(
    service: Service, one: dict[str, Any], other: dict[str, Any], reasons: tuple[str, ...] | None
) -> None:
    first = await add_party(service.database, "Ana Ilieva", **one)
    second = await add_party(service.database, "Ilieva Anna", **other)

    assert await search(service) == ({} if reasons is None else {(first, second): reasons})


async def test_person_and_organisation_are_never_one(service: Service) -> None:
    await add_party(service.database, "Ilieva", **ANA)
    await add_party(service.database, "Ilieva", kind="organisation", **ANA)
    assert await search(service) == {}


async def test_phone_of_a_whole_office_says_nothing(service: Service) -> None:
    for number in range(21):
        await add_party(service.database, f"{'xyzuvw'[number % 6] * 5}{number}", phones=["052 123 456"])
    assert await search(service) == {}

    await fetch(service.database, "delete from party where id = (select max(id) from party)")
    assert len(await search(service, is_whole=True)) == 50


async def test_strongest_pair_stands_first_with_all_it_has_in_common(service: Service) -> None:
    ids = [await add_party(service.database, "Ana Ilieva", **ANA) for _ in range(2)]
    other = await add_party(service.database, "Petar Stoyanov", phones=["052 123 456"])

    pairs = list((await search(service)).items())

    assert pairs[0] == ((ids[0], ids[1]), ("email", "name", "phone", "city"))
    assert [key for key, _ in pairs[1:]] == [(ids[1], other), (ids[0], other)]


async def test_new_party_is_told_at_once_whom_it_looks_like(service: Service) -> None:
    first = await add_party(service.database, "Ana Ilieva", **ANA)
    await add_party(service.database, "Petar Stoyanov")
    second = await add_party(service.database, "Anna Ilieva", **ANA)

    (found,) = await service.database.run(find_lookalikes, second, act=ACT)

    assert (found.party_id, found.name) == (first, "Ana Ilieva")
    assert [one.party_id for one in await service.database.run(find_lookalikes, first, act=ACT)] == [second]


async def test_dismissed_pair_is_not_shown_again_until_that_is_taken_back(service: Service) -> None:
    first = await add_party(service.database, "Ana Ilieva", **ANA)
    second = await add_party(service.database, "Ana Ilieva", **ANA)
    await search(service)

    await service.database.run(dismiss_pair, second, first, act=ACT)

    assert await search(service) == {}
    assert await service.database.run(find_lookalikes, first, act=ACT) == []
    (dismissed,) = await service.database.run(list_pairs, is_dismissed=True)
    assert (dismissed.dismissed_by, dismissed.dismissed_at) == (ACT.actor, ACT.at)
    await service.database.run(restore_pair, first, second, act=ACT)
    assert list(await search(service)) == [(first, second)]
    with pytest.raises(DuplicateUnknownError):
        await service.database.run(dismiss_pair, first, first + 100, act=ACT)


async def test_pair_that_is_none_any_more_is_forgotten(service: Service) -> None:
    await add_party(service.database, "Ana Ilieva", **ANA)
    second = await add_party(service.database, "Petar Stoyanov", phones=["052 123 456"])
    assert len(await search(service)) == 1

    await fetch(service.database, "delete from party_contact where party_id = :id", id=second)
    await fetch(service.database, "update party set changed_at = now() where id = :id", id=second)

    assert await search(service) == {}


async def test_later_search_looks_only_at_what_was_changed_since(service: Service) -> None:
    first = await add_party(service.database, "Ana Ilieva", **ANA)
    assert await search(service) == {}

    second = await add_party(service.database, "Ana Ilieva", **ANA)

    assert list(await search(service)) == [(first, second)]
    assert await fetch(service.database, "select done from job order by id") == [(1,), (1,)]


async def test_search_goes_on_where_its_worker_was_killed(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.merging.duplicates.PARTIES_PER_PORTION", 2)
    for _ in range(5):
        await add_party(service.database, "Ana Ilieva", **ANA)
    looks = iter([False, False, True])
    await service.database.run(ask_for_search, act=ACT)

    await do_queued_jobs(service, is_stopped=lambda: next(looks, True))

    assert await fetch(service.database, "select state, done from job") == [("queued", 2)]
    await do_queued_jobs(service, is_stopped=lambda: False)
    assert await fetch(service.database, "select state, done from job") == [("done", 5)]
    assert await fetch(service.database, "select count(*) from party_duplicate") == [(10,)]
