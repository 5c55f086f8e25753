"""Use cases of calling: the next call of somebody, what was answered on it, and when to try again.

Key idea: taking a call entrusts it to who took it, under a lock that others pass over, so that two callers of one list
never ring the same customer. A call ends as any event does, with a word of `event_result`; only where nobody was
reached it may stay open, for another day.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.events.ending import check_outcome
from crm.events.errors import EventStepRefusedError
from crm.events.keeping import keep_change, load_event, lock_event, tell_change
from crm.events.model import Event, Outcome, at_wall_time, read_zone
from crm.events.repository.events import update_event
from crm.parties.relating import list_groups, put_groups
from crm.parties.service import lock_party
from crm.surveys.calling import check_executors
from crm.surveys.errors import SurveyCallUnknownError, SurveyRefusedError
from crm.surveys.model import Answer, Said, check_answers
from crm.surveys.repository import answers as repository
from crm.surveys.repository import calls
from crm.surveys.repository.calls import NO_CALLS, SurveyCall
from crm.surveys.service import lock_survey, record
from database.activity import Act
from database.identifiers import MOST_ID

MOST_AHEAD = timedelta(days=366)
"""A call is put off by a year at most."""

list_answers = repository.list_answers


class Ended(Struct, frozen=True, kw_only=True):
    """How a call went: the outcome, what was answered, and a remark.

    Nobody reached may be called again on the day `again_on`. With `no_calls` the customer is asked nothing any more.
    """

    outcome: Said
    answers: Mapping[int, Answer] = {}
    note: str | None = None
    again_on: date | None = None
    no_calls: bool = False


async def take_next(
    connection: AsyncConnection, survey_id: int, user_id: int, *, callers: Collection[str], act: Act
) -> int | None:
    """Give somebody the next call, by its event; None where there is none left for them now.

    `callers` are the roles whose holders make calls. One that nobody was entrusted with is theirs from then on. Raises
    SurveyUnknownError, SurveyClosedError, SurveyRefusedError.
    """
    await lock_survey(connection, survey_id, is_shared=True)
    await check_executors(connection, [user_id], callers=callers)
    event_id = await calls.find_next(connection, survey_id, user_id, now=act.at)
    if event_id is None:
        return None
    event = await load_event(connection, event_id)
    if event.responsible_id is None:
        await keep_change(connection, event, {"responsible_id": user_id}, act=act)
    return event_id


async def load_call(connection: AsyncConnection, survey_id: int, event_id: int) -> SurveyCall:
    """Load a call of a survey by its event. Raises SurveyCallUnknownError."""
    found = await calls.find_call(connection, survey_id, event_id) if 0 < event_id <= MOST_ID else None
    if found is None:
        raise SurveyCallUnknownError("the survey has no such call")
    return found


async def end_call(
    connection: AsyncConnection, survey_id: int, event_id: int, ended: Ended, *, user_id: int | None, act: Act
) -> Event:
    """Keep how a call went; a call that ended already is corrected.

    Raises SurveyUnknownError, SurveyClosedError, SurveyCallUnknownError, SurveyRefusedError, EventUnknownError,
    EventStepRefusedError where the event was cancelled, EntryRefusedError, and what `put_groups` raises.
    """
    survey = await lock_survey(connection, survey_id, is_shared=True)
    call = await load_call(connection, survey_id, event_id)
    answers = check_answers(survey.questions, ended.answers)
    if (ended.outcome == "answered") != bool(answers):
        told = "somebody who answered gave an answer" if not answers else "answers are those of somebody who answered"
        raise SurveyRefusedError(told, field="outcome")
    if ended.again_on is not None and ended.outcome != "not_reached":
        raise SurveyRefusedError("only who was not reached is called again", field="again_on")
    event = await lock_event(connection, event_id)
    if event.cancelled_at is not None:
        raise EventStepRefusedError("was cancelled: take that back first", field="state")
    if ended.again_on is not None:
        return await _put_off(connection, event, call, ended.again_on, user_id=user_id, act=act)
    kept = await _close(connection, event, ended, user_id=user_id, act=act)
    await repository.put_answers(connection, event_id, answers, act=act)
    if ended.no_calls and event.party_id is not None:
        await _let_be(connection, event.party_id, act=act)
    data: dict[str, object] = {"event": event_id, "outcome": ended.outcome, "answers": len(answers)}
    await record(connection, survey_id, "called", data, act=act)
    return kept


async def _close(connection: AsyncConnection, event: Event, ended: Ended, *, user_id: int | None, act: Act) -> Event:
    """Complete the event of a call, which then took place: at this moment unless it was completed before."""
    result = await check_outcome(connection, Outcome(ended.outcome, ended.note))
    values: dict[str, object] = {"result_id": result.result_id, "result": result.text}
    if event.completed_at is None:
        values |= {"completed_at": act.at, "completed_by": user_id, "held_at": act.at, "starts_at": act.at}
        values |= {"ends_at": None, "is_all_day": False, "responsible_id": event.responsible_id or user_id}
    return await keep_change(connection, event, values, what="completed", act=act)


async def _put_off(
    connection: AsyncConnection, event: Event, call: SurveyCall, again_on: date, *, user_id: int | None, act: Act
) -> Event:
    """Plan a call for another day, as an event of that whole day in its zone."""
    zone = read_zone(event.zone)
    today = act.at.astimezone(zone).date()
    if event.completed_at is not None:
        raise SurveyRefusedError("the call is over: it is not put off", field="again_on")
    if not today <= again_on <= today + MOST_AHEAD:
        raise SurveyRefusedError("is a day from today on, within a year", field="again_on")
    starts_at, ends_at = (
        at_wall_time(datetime.combine(again_on + timedelta(days=ahead), time()), zone) for ahead in (0, 1)
    )
    values = {"starts_at": starts_at, "ends_at": ends_at, "is_all_day": True}
    values["responsible_id"] = event.responsible_id or user_id
    await update_event(connection, event.id, values, act=act)
    await calls.count_try(connection, event.id)
    return await tell_change(connection, event, act=act, data={"tries": call.tries + 1})


async def _let_be(connection: AsyncConnection, party_id: int, *, act: Act) -> None:
    """Put a party into the group of those who do not want calls."""
    party = await lock_party(connection, party_id)
    groups = await list_groups(connection, party_id)
    await put_groups(connection, party_id, [*groups, NO_CALLS], seen=party.version, act=act)
