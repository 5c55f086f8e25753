"""Who reads which source of the feed, that no module's acts are missing from it, and what a module takes along."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import get_args

import httpx
import pytest
from msgspec import structs

from api.auth.model import Principal, UserRole
from api.auth.rights import may
from api.feed_sources import SOURCES, families_of, readable_sources, source_of
from api.pages.audit_words import NAMES
from api.pages.dispatcher_words import SOURCES as WORDS
from api.pages.mailing_words import LETTER_ACTS
from api.settings import MODULES, Settings
from crm.dispatcher.repository.entries import ToldSource
from database.activity import Act, record_activity
from tests.api.people import add_person, sign_in
from tests.conftest import Caller, calling

ROLES: tuple[UserRole, ...] = get_args(UserRole)
PROGRAM = ToldSource("scheduling", {"en": "Works"})
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def reader(role: UserRole) -> Principal:
    """Give somebody of a role."""
    return Principal(f"user:{role}", role, user_id=1)


async def told(caller: Caller, http: httpx.AsyncClient) -> set[str]:
    """Let every source tell something, and give those whose rows somebody sees."""
    for code, source in SOURCES.items():
        act = Act("test", NOW)
        what = f"{min(source.families)}.done"
        await caller.service.database.run(record_activity, act=act, what=what, record=f"{code}:1")
    rows = (await http.get("/v1/feed")).json()["rows"]
    return {row["source"] for row in rows}


@pytest.mark.parametrize("role", ROLES)
async def test_role_sees_the_rows_of_the_sources_that_its_rights_open(caller: Caller, role: UserRole) -> None:
    """PS-28: the dispatcher reads every source, others what their rights allow."""
    await add_person(caller.service.database, login=role, role=role)
    await sign_in(caller.http, login=role)
    mine = set(SOURCES) if role == "dispatcher" else {code for code, one in SOURCES.items() if may(role, one.right)}

    assert await told(caller, caller.http) == mine


def test_rights_differ_between_roles() -> None:
    clerk, supervisor = (readable_sources(reader(role), [], ()) for role in ("clerk", "cashier_supervisor"))
    assert "settings" not in clerk
    assert "business" not in supervisor
    assert "receipts" in clerk.keys() & supervisor.keys()


def test_ways_of_contact_are_told_among_parties_and_calls_among_calls() -> None:
    assert (source_of("contact"), source_of("call")) == ("parties", "calls")


def test_source_of_every_act_that_has_a_name_is_registered() -> None:
    """PS-22: no source is missing."""
    programs = {"scheduling", "production", "finished_goods", "warehouses"}
    told = NAMES.keys() - LETTER_ACTS.keys()
    missing = {act for act in told if source_of(act.partition(".")[0]) not in SOURCES.keys() | programs}
    assert missing == set()


def test_every_source_has_words_and_an_icon() -> None:
    """PS-27: a source is told by a picture and a word."""
    assert list(WORDS) == list(SOURCES)
    assert all(word.icon and word.text for word in WORDS.values())


def test_no_act_belongs_to_two_sources() -> None:
    families = [family for source in SOURCES.values() for family in source.families]
    assert len(families) == len(set(families))


@pytest.mark.parametrize("module", sorted({source.module for source in SOURCES.values()}))
def test_module_that_is_off_takes_its_sources_along_and_nothing_else(module: str) -> None:
    """PS-17, BG-06."""
    everything = readable_sources(reader("dispatcher"), [PROGRAM], ())
    left = readable_sources(reader("dispatcher"), [PROGRAM], {module})
    gone = everything.keys() - left.keys()
    assert gone == {code for code, one in SOURCES.items() if module in {one.module, one.right.partition(".")[0]}}


def test_choosing_a_source_that_one_may_not_read_gives_nothing_of_it() -> None:
    sources = readable_sources(reader("cashier_supervisor"), [], ())
    assert families_of(sources, ["business"]) == frozenset()
    assert families_of(sources, ["business", "tasks"]) == SOURCES["tasks"].families


GONE = {
    "business": {"business"},
    "events": {"events"},
    "letters": {"letters"},
    "mail": {"mail"},
    "mailings": {"mailings"},
    "surveys": {"surveys"},
    "tasks": {"tasks", "projects"},
}
"""What each module takes along; another one tells nothing of its own."""


@pytest.fixture(params=sorted(MODULES - {"dispatcher"}))
async def without(
    request: pytest.FixtureRequest, settings: Settings, database_url: str
) -> AsyncIterator[tuple[str, Caller]]:
    """Give a module, and an installation that does without it."""
    async with calling(structs.replace(settings, modules_off=frozenset({request.param})), database_url) as caller:
        await add_person(caller.service.database, role="dispatcher")
        await sign_in(caller.http)
        yield request.param, caller


async def test_filters_and_rows_of_a_module_that_is_off_vanish_and_nothing_else(without: tuple[str, Caller]) -> None:
    """PS-17, BG-06: in the feed, among its sources, among its kinds; projects belong to tasks."""
    module, caller = without
    left = set(SOURCES) - GONE.get(module, set())

    seen = await told(caller, caller.http)
    page = (await caller.http.get("/dispatcher")).text

    assert seen == left
    assert set(re.findall(r'name="source" value="(\w+)"', page)) & set(SOURCES) == left
    assert {source_of(act.partition(".")[0]) for act in re.findall(r'<option value="(\w+\.\w+)"', page)} == left
    assert ('name="project"' in page) == ("projects" in left)
    assert (await caller.http.get("/dispatcher/lateness")).status_code == 200
