"""Use cases of whom a survey calls: lists made from a filter, and executors who are entrusted with the calls.

Key idea: each customer is called once for a survey, however many lists name them, and each call is a planned event of
the survey's topic. A list is drawn in random order by a seed that is kept: whoever stops half way has asked a fair
sample, and the same list made again adds those alone who came since.
"""

from collections.abc import Collection, Sequence

from msgspec import Struct, structs
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.colleagues.repository import find_colleagues
from crm.events.keeping import columns_of
from crm.events.kinds import load_kind
from crm.events.model import Draft
from crm.surveys.errors import SurveyRefusedError
from crm.surveys.model import share_out
from crm.surveys.repository import calls as repository
from crm.surveys.repository.calls import Meant
from crm.surveys.service import lock_survey, record
from crm.views.model import View
from crm.views.operands import check_view
from crm.views.repository.context import Context
from database.activity import Act

MOST_CALLS = 20_000
"""So many calls one list adds; for more customers than that a sample says as much."""
MOST_EXECUTORS = 100
KIND = "call"

list_lists = repository.list_lists
count_open = repository.count_open


class Wanted(Struct, frozen=True, kw_only=True):
    """A calling list that is wanted: of whom a view means, all or a random `sample`, by these executors.

    `query` are the fields of an address that carries the view; without executors whoever asks for a call gets it.
    """

    view: View
    query: str
    seed: int
    sample: int | None = None
    executors: tuple[int, ...] = ()


class Added(Struct, frozen=True):
    """What a calling list added: how many calls, and of how many that the filter found there is none, and why."""

    list_id: int
    added: int
    known: int
    refused: int
    no_phone: int


async def preview_calls(connection: AsyncConnection, survey_id: int, wanted: Wanted, context: Context) -> Meant:
    """Count whom a list would find, and what is new of its sample, and change nothing. Raises ViewError."""
    view, sample = wanted.view, wanted.sample
    check_view(view, context.attributes, money=context.money)
    found = await repository.count_meant(connection, survey_id, view, context)
    if sample is None:
        return found
    drawn = await repository.draw(
        connection, survey_id, view, context, seed=wanted.seed, sample=sample, most=MOST_CALLS + 1
    )
    return structs.replace(found, new=len(drawn))


async def add_calls(
    connection: AsyncConnection,
    survey_id: int,
    wanted: Wanted,
    context: Context,
    *,
    callers: Collection[str],
    user_id: int | None,
    act: Act,
) -> Added:
    """Plan a call of everybody who is wanted, can be called and is not called yet, shared out evenly.

    `callers` are the roles that executors may have. Raises ViewError, SurveyUnknownError, SurveyClosedError,
    SurveyRefusedError.
    """
    check_view(wanted.view, context.attributes, money=context.money)
    survey = await lock_survey(connection, survey_id)
    executors = await check_executors(connection, wanted.executors, callers=callers)
    found = await repository.count_meant(connection, survey_id, wanted.view, context)
    parties = await repository.draw(
        connection,
        survey_id,
        wanted.view,
        context,
        seed=wanted.seed,
        sample=wanted.sample,
        most=MOST_CALLS + 1,
    )
    if len(parties) > MOST_CALLS:
        raise SurveyRefusedError(f"a list adds at most {MOST_CALLS:,} calls: take a sample", field="sample")
    loads = {one: calls for one, calls in (await count_open(connection, survey_id)).items() if one is not None}
    draft = Draft(
        kind=KIND,
        topic=survey.topic,
        zone=context.zone.key,
        direction="outgoing",
        author_id=user_id,
        project_id=survey_id,
    )
    made = {"version": 1, "created_at": act.at, "changed_at": act.at, "is_detached": False}
    columns = columns_of(draft, await load_kind(connection, KIND)) | made
    shared = share_out(len(parties), executors, loads)
    await repository.insert_calls(connection, survey_id, columns, parties=parties, executors=shared)
    return await _tell(connection, survey_id, wanted, found, added=len(parties), act=act)


async def _tell(
    connection: AsyncConnection, survey_id: int, wanted: Wanted, found: Meant, *, added: int, act: Act
) -> Added:
    counts = {"added": added, "known": found.known, "refused": found.refused, "no_phone": found.no_phone}
    kept = {**counts, "sample": wanted.sample, "seed": wanted.seed}
    list_id = await repository.insert_list(connection, survey_id, kept | {"query": wanted.query}, act=act)
    told: dict[str, object] = {**kept, "list": list_id, "executors": list(wanted.executors)}
    await record(connection, survey_id, "list_made", told, act=act)
    return Added(list_id, **counts)


async def entrust_calls(
    connection: AsyncConnection, survey_id: int, executors: Sequence[int], *, callers: Collection[str], act: Act
) -> dict[int | None, int]:
    """Share all calls that are still to be made out evenly among executors; to nobody, they are whoever's asks first.

    Tells how many each has then. Raises SurveyUnknownError, SurveyClosedError, SurveyRefusedError.
    """
    await lock_survey(connection, survey_id)
    checked = await check_executors(connection, executors, callers=callers)
    events = await repository.lock_open(connection, survey_id)
    shared = dict(zip(events, share_out(len(events), checked, {}), strict=True))
    changed = await repository.entrust(connection, shared, act=act)
    data: dict[str, object] = {"executors": list(checked), "calls": changed}
    await record(connection, survey_id, "entrusted", data, act=act)
    return await count_open(connection, survey_id)


async def check_executors(
    connection: AsyncConnection, executors: Sequence[int], *, callers: Collection[str]
) -> tuple[int, ...]:
    """Give colleagues who work here and may call by their roles, each once. Raises SurveyRefusedError."""
    wanted = tuple(dict.fromkeys(executors))
    if len(wanted) > MOST_EXECUTORS:
        raise SurveyRefusedError(f"are at most {MOST_EXECUTORS}", field="executors")
    found = await find_colleagues(connection, wanted)
    if any(one not in found or found[one].has_left for one in wanted):
        raise SurveyRefusedError("there is no such colleague any more", field="executors")
    if any(found[one].role not in callers for one in wanted):
        raise SurveyRefusedError("are colleagues whose role lets them make calls", field="executors")
    return wanted
