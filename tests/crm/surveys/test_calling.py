"""Surveys in the database: lists without duplicates, samples that can be drawn again, calls that nobody gets twice."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.state import Service
from crm.events.keeping import load_event
from crm.merging.model import Choices
from crm.merging.service import merge_parties
from crm.parties.relating import put_groups
from crm.privacy.erasing import erase_person
from crm.projects.service import close_project
from crm.surveys import service as surveys
from crm.surveys.answering import Ended, end_call, list_answers, take_next
from crm.surveys.calling import Added, Wanted, add_calls, count_open, entrust_calls
from crm.surveys.errors import SurveyBegunError, SurveyClosedError, SurveyRefusedError
from crm.surveys.model import Answer, Survey
from crm.surveys.reporting import Calls, load_standing
from crm.surveys.repository.calls import NEXT_CALL, NO_CALLS
from crm.surveys.templates import TEMPLATES
from crm.views.address import parse_view
from crm.views.listing import load_words
from database.activity import Act
from tests.api.people import add_person
from tests.conftest import ACT
from tests.factories import make_company, make_person

ALL = "where=kind~is~person"
CALLERS = {"clerk"}


async def make(service: Service) -> Survey:
    """Make a survey of the quality template."""
    drafts = TEMPLATES["quality"].drafts("en")
    return await service.database.run(
        surveys.make_survey, "Quality 2026", topic="How are we doing?", questions=drafts, act=ACT
    )


async def customers(service: Service, count: int) -> list[int]:
    """Make customers with a phone each."""
    return [await make_person(service.database, f"Anna {i}", phone=f"+35929000{i:03}") for i in range(count)]


async def call_for(
    service: Service,
    survey: Survey,
    *,
    sample: int | None = None,
    seed: int = 7,
    executors: Sequence[int] = (),
    query: str = ALL,
) -> Added:
    """Make a calling list of persons."""

    async def add(connection: AsyncConnection) -> Added:
        words = await load_words(connection)
        context = words.context(now=ACT.at, zone=ZoneInfo(service.settings.timezone), money=service.money)
        view = parse_view([("where", query.removeprefix("where="))])
        wanted = Wanted(view=view, query=query, sample=sample, seed=seed, executors=tuple(executors))
        return await add_calls(connection, survey.id, wanted, context, callers=CALLERS, user_id=None, act=ACT)

    return await service.database.run(add)


async def rows(service: Service, query: str) -> list[tuple[object, ...]]:
    async def read(connection: AsyncConnection) -> list[tuple[object, ...]]:
        return [tuple(row) for row in await connection.execute(text(query))]

    return await service.database.run(read)


async def parties_of(service: Service, survey: Survey) -> list[object]:
    found = await rows(service, f"select party_id from survey_call where project_id = {survey.id} order by position")
    return [party for (party,) in found]


async def call_of(service: Service, party: int) -> int:
    """Find the call of a customer."""
    return int(str((await rows(service, f"select event_id from survey_call where party_id = {party}"))[0][0]))


async def test_list_has_one_planned_call_of_the_surveys_topic_for_each_customer(service: Service) -> None:
    """UNF-28, UNF-29: made again it adds those alone who came since."""
    survey, known = await make(service), await customers(service, 3)
    first = await call_for(service, survey)
    (new,) = [await make_person(service.database, "Boris", phone="+35929999999")]
    again = await call_for(service, survey)

    assert (first.added, first.known, again.added, again.known) == (3, 0, 1, 3)
    assert set(await parties_of(service, survey)) == {*known, new}
    events = await rows(service, "select topic, direction, project_id, completed_at, starts_at from event")
    assert events == [("How are we doing?", "outgoing", survey.id, None, None)] * 4


async def test_who_refuses_calls_or_has_no_phone_is_left_out_and_counted(service: Service) -> None:
    """UNF-29."""
    survey, (anna, _) = await make(service), await customers(service, 2)
    await make_person(service.database, "No Phone")
    await make_company(service.database, "Mill", phone="+35929777777")
    await service.database.run(put_groups, anna, [NO_CALLS], seen=1, act=ACT)

    made = await call_for(service, survey)

    assert (made.added, made.refused, made.no_phone, made.known) == (1, 1, 1, 0)
    assert anna not in await parties_of(service, survey)


async def test_sample_of_one_seed_is_the_same_again_and_grows_without_losing_anybody(service: Service) -> None:
    """UNF-29."""
    one, two, everybody = await make(service), await make(service), await customers(service, 12)
    await call_for(service, one, sample=5)
    again = await call_for(service, one, sample=5)
    await call_for(service, two, sample=5)
    small = await parties_of(service, one)
    await call_for(service, one, sample=8)

    assert again.added == 0
    assert await parties_of(service, two) == small
    assert len(small) == 5
    assert (await parties_of(service, one))[:5] == small
    assert len(await parties_of(service, one)) == 8
    assert set(small) < set(everybody)
    assert await rows(service, "select distinct seed from survey_list") == [(7,)]


async def test_calls_are_split_evenly_and_entrusted_anew(service: Service) -> None:
    """UNF-30: what was entrusted before is kept with the event."""
    survey = await make(service)
    await customers(service, 7)
    nora, vera = [await add_person(service.database, login=login) for login in ("nora", "vera")]

    await call_for(service, survey, executors=[nora, vera])
    split = await service.database.run(count_open, survey.id)
    alone = await service.database.run(entrust_calls, survey.id, [vera], callers=CALLERS, act=ACT)
    nobody = await service.database.run(entrust_calls, survey.id, [], callers=CALLERS, act=ACT)

    assert sorted(split.values()) == [3, 4]
    assert (alone, nobody) == ({vera: 7}, {None: 7})
    with pytest.raises(SurveyRefusedError):
        await service.database.run(entrust_calls, survey.id, [4711], callers=CALLERS, act=ACT)
    before = await rows(
        service, "select count(*) from event_change where (before ->> 'responsible_id')::bigint is not null"
    )
    assert before == [(split[nora] + 7,)]


async def test_two_callers_at_once_never_get_the_same_call(service: Service) -> None:
    """UNF-30: a list that nobody was entrusted with is shared by asking."""
    survey = await make(service)
    await customers(service, 20)
    await call_for(service, survey)
    users = [await add_person(service.database, login=f"caller{i}") for i in range(4)]

    async def work(user: int) -> list[int]:
        got = []
        act = Act(f"user:{user}", ACT.at)
        while (
            event_id := await service.database.run(take_next, survey.id, user, callers=CALLERS, act=act)
        ) is not None:
            ended = Ended(outcome="refused")
            await service.database.run(end_call, survey.id, event_id, ended, user_id=user, act=act)
            got.append(event_id)
        return got

    taken = [one for got in await asyncio.gather(*map(work, users)) for one in got]

    assert len(taken) == len(set(taken)) == 20


async def test_call_stays_its_takers_until_it_is_made_and_others_get_the_next(service: Service) -> None:
    """UNF-30."""
    survey = await make(service)
    await customers(service, 2)
    await call_for(service, survey)
    nora, vera = [await add_person(service.database, login=login) for login in ("nora", "vera")]

    taken = [
        await service.database.run(take_next, survey.id, user, callers=CALLERS, act=ACT) for user in (nora, nora, vera)
    ]

    assert taken[0] == taken[1] != taken[2]


async def test_next_call_is_read_from_an_index_and_no_further(service: Service) -> None:
    survey = await make(service)
    await customers(service, 300)
    await call_for(service, survey)

    async def look(connection: AsyncConnection) -> list[str]:
        await connection.execute(text("analyze event, survey_call, party"))
        values = {"survey": survey.id, "user": 1, "now": ACT.at}
        told: list[str] = []
        for query in NEXT_CALL:
            used = {name: value for name, value in values.items() if f":{name}" in query}
            told += (await connection.execute(text(f"explain (analyze) {query}"), used)).scalars()
        return told

    read = [line for line in await service.database.run(look) if " on event e " in line]
    assert len(read) == 4
    assert [line for line in read if "Index Scan" not in line] == []
    assert sum(float(line.rpartition("rows=")[2].partition(" ")[0]) for line in read) == 1


async def test_who_is_not_reached_is_called_again_on_the_day_and_not_before(service: Service) -> None:
    survey = await make(service)
    await customers(service, 1)
    await call_for(service, survey)
    nora = await add_person(service.database)
    event_id = await service.database.run(take_next, survey.id, nora, callers=CALLERS, act=ACT)
    assert event_id is not None
    later = Ended(outcome="not_reached", again_on=date(2026, 11, 25))

    await service.database.run(end_call, survey.id, event_id, later, user_id=nora, act=ACT)
    days = [Act("user:nora", ACT.at + timedelta(days=ahead)) for ahead in (0, 2, 3)]
    offered = [await service.database.run(take_next, survey.id, nora, callers=CALLERS, act=act) for act in days]

    assert offered == [None, None, event_id]
    assert await rows(service, "select tries from survey_call") == [(1,)]
    past = Ended(outcome="not_reached", again_on=date(2026, 11, 21))
    with pytest.raises(SurveyRefusedError):
        await service.database.run(end_call, survey.id, event_id, past, user_id=nora, act=ACT)


async def test_answers_are_kept_with_the_call_that_took_place_and_can_be_corrected(service: Service) -> None:
    """UNF-31."""
    survey = await make(service)
    (anna,) = await customers(service, 1)
    await call_for(service, survey)
    nora = await add_person(service.database)
    event_id = await service.database.run(take_next, survey.id, nora, callers=CALLERS, act=ACT)
    assert event_id is not None
    goods, service_of, *_, recommend, why = [one.id for one in survey.questions]

    first: dict[int, Answer] = {goods: 4, recommend: 9}
    second: dict[int, Answer] = {goods: 5, service_of: 3, why: "More rye"}
    for said in (first, second):
        ended = Ended(outcome="answered", answers=said, no_calls=True)
        await service.database.run(end_call, survey.id, event_id, ended, user_id=nora, act=ACT)
    event = await service.database.run(load_event, event_id)

    assert await service.database.run(list_answers, event_id) == {goods: 5, service_of: 3, why: "More rye"}
    assert (event.result_code, event.starts_at, event.responsible_id) == ("answered", ACT.at, nora)
    assert await rows(
        service,
        f"select e.code from party_group g join directory_entry e on e.id = g.group_id where g.party_id = {anna}",
    ) == [(NO_CALLS,)]
    assert await rows(service, "select 1 from activity where data::text like '%rye%'") == []
    for wrong in (Ended(outcome="answered"), Ended(outcome="refused", answers={goods: 1})):
        with pytest.raises(SurveyRefusedError):
            await service.database.run(end_call, survey.id, event_id, wrong, user_id=nora, act=ACT)


async def test_questions_change_until_the_first_answer_and_open_calls_take_the_new_topic(service: Service) -> None:
    """UNF-27, UNF-28."""
    survey = await make(service)
    await customers(service, 2)
    await call_for(service, survey)
    nora = await add_person(service.database)
    fewer = [one.draft for one in survey.questions[:2]]
    changed = await service.database.run(
        surveys.change_survey, survey.id, topic="Two questions", questions=fewer, seen=1, act=ACT
    )
    event_id = await service.database.run(take_next, survey.id, nora, callers=CALLERS, act=ACT)
    assert event_id is not None
    ended = Ended(outcome="answered", answers={changed.questions[0].id: 5})
    await service.database.run(end_call, survey.id, event_id, ended, user_id=nora, act=ACT)

    with pytest.raises(SurveyBegunError):
        await service.database.run(
            surveys.change_survey, survey.id, topic="Two questions", questions=fewer[:1], seen=2, act=ACT
        )
    await service.database.run(surveys.change_survey, survey.id, topic="Still two", questions=fewer, seen=2, act=ACT)
    topics = await rows(service, "select topic from event order by completed_at nulls last")
    assert topics == [("Two questions",), ("Still two",)]
    assert await rows(service, "select before ->> 'topic' from event_change where before ? 'topic' order by id") == [
        ("How are we doing?",),
        ("How are we doing?",),
        ("Two questions",),
    ]


async def test_merged_and_erased_customers_are_not_called_and_their_words_go(service: Service) -> None:
    survey, (anna, boris, vera) = await make(service), await customers(service, 3)
    await call_for(service, survey)
    nora = await add_person(service.database)
    why = survey.questions[-1].id
    event_id = await call_of(service, vera)
    ended = Ended(outcome="answered", answers={why: "Vera wants rye", survey.questions[0].id: 4})
    await service.database.run(end_call, survey.id, event_id, ended, user_id=nora, act=ACT)

    await service.database.run(merge_parties, anna, boris, choices=Choices(), seen=None, act=ACT)
    for person in (anna, vera):
        name = (await rows(service, f"select name from party where id = {person}"))[0][0]
        await service.database.run(erase_person, person, typed_name=str(name), act=ACT)

    assert await service.database.run(take_next, survey.id, nora, callers=CALLERS, act=ACT) is None
    assert await service.database.run(list_answers, event_id) == {survey.questions[0].id: 4}


async def test_who_asked_for_no_calls_since_the_list_was_made_is_not_called(service: Service) -> None:
    """UNF-29."""
    survey, (anna,) = await make(service), await customers(service, 1)
    await call_for(service, survey)
    nora = await add_person(service.database)
    await service.database.run(put_groups, anna, [NO_CALLS], seen=1, act=ACT)

    assert await service.database.run(take_next, survey.id, nora, callers=CALLERS, act=ACT) is None
    assert await service.database.run(load_standing, survey.id) == Calls(other=1)


async def test_closed_survey_gives_no_calls(service: Service) -> None:
    survey = await make(service)
    await customers(service, 1)
    await call_for(service, survey)
    await service.database.run(close_project, survey.id, act=ACT)

    with pytest.raises(SurveyClosedError):
        await service.database.run(take_next, survey.id, 1, callers=CALLERS, act=ACT)
    assert (await service.database.run(surveys.load_survey, survey.id)).is_closed
