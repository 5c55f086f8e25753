"""The SQL of answers: kept by question and call, read back, and counted for the report."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, FromClause, case, delete, exists, func, insert, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.attributes.filters import attribute_order
from crm.attributes.model import Attribute
from crm.colleagues.tables import app_user
from crm.directories.tables import directory_entry
from crm.events.tables import event
from crm.parties.tables import party
from crm.surveys.model import Answer
from crm.surveys.repository.calls import refuses_calls
from crm.surveys.tables import survey_answer, survey_call
from database.activity import Act

Key = ColumnElement[Any]  # Any: values of attributes of any kind, or users


class Said(Struct, frozen=True):
    """A text that was answered, on which call and by whom."""

    question_id: int
    text: str
    event_id: int
    party_id: int
    party: str


class ScoreCount(Struct, frozen=True):
    """How often a question got an answer; a text counts without a score."""

    key: object
    question_id: int
    score: int | None
    count: int


class CallCount(Struct, frozen=True):
    """How many calls stand in a state."""

    key: object
    state: str
    count: int


class Grouping(Struct, frozen=True):
    """By what a report is apart: a key, and what it is read from beside the event of a call."""

    key: Key
    source: FromClause
    on: ColumnElement[bool]


def by_caller() -> Grouping:
    """Group by who made a call, else by who is to make it."""
    caller = func.coalesce(event.c.completed_by, event.c.responsible_id)
    return Grouping(app_user.c.id, app_user, app_user.c.id == caller)


def by_attribute(attribute: Attribute) -> Grouping:
    """Group by an attribute of who was called; with several choices by the first of them."""
    order = attribute_order(attribute, event.c.party_id)
    return Grouping(order.key, order.values, order.on)


async def list_answers(connection: AsyncConnection, event_id: int) -> dict[int, Answer]:
    """List what was answered on a call, by the identifiers of the questions."""
    answer = survey_answer.c
    query = select(answer.question_id, answer.score, answer.text).where(answer.event_id == event_id)
    return {row.question_id: row.text if row.score is None else row.score for row in await connection.execute(query)}


async def put_answers(connection: AsyncConnection, event_id: int, answers: Mapping[int, Answer], *, act: Act) -> None:
    """Let a call have these answers and no others."""
    await connection.execute(delete(survey_answer).where(survey_answer.c.event_id == event_id))
    rows = [
        {
            "question_id": question_id,
            "event_id": event_id,
            "score": None if isinstance(said, str) else said,
            "text": said if isinstance(said, str) else None,
            "at": act.at,
            "actor": act.actor,
        }
        for question_id, said in answers.items()
    ]
    if rows:
        await connection.execute(insert(survey_answer).values(rows))


async def count_scores(connection: AsyncConnection, survey_id: int, by: Grouping | None) -> list[ScoreCount]:
    """Count the answers of a survey by question and score, and by the key of a grouping."""
    answer = survey_answer.c
    key = literal(None) if by is None else by.key
    source = _calls(by).join(survey_answer, answer.event_id == survey_call.c.event_id)
    query = select(key.label("key"), answer.question_id, answer.score, func.count().label("count"))
    query = query.select_from(source).where(survey_call.c.project_id == survey_id)
    rows = await connection.execute(query.group_by("key", answer.question_id, answer.score))
    return [ScoreCount(row.key, row.question_id, row.score, row[3]) for row in rows]


async def count_calls(connection: AsyncConnection, survey_id: int, by: Grouping | None) -> list[CallCount]:
    """Count the calls of a survey by their state, and by the key of a grouping."""
    key = literal(None) if by is None else by.key
    has_answers = exists().where(survey_answer.c.event_id == survey_call.c.event_id)
    code = directory_entry.c.code
    ended = (event.c.completed_at, event.c.cancelled_at, event.c.archived_at)
    gone = (party.c.merged_into, party.c.erased_at, party.c.archived_at)
    state = case(
        (has_answers, "answered"),
        (event.c.completed_at.is_not(None) & code.in_(("refused", "not_reached")), code),
        (or_(refuses_calls(), *(one.is_not(None) for one in (*ended, *gone))), "other"),
        else_="open",
    )
    source = _calls(by).outerjoin(directory_entry, directory_entry.c.id == event.c.result_id)
    query = select(key.label("key"), state.label("state"), func.count().label("count"))
    query = query.select_from(source).where(survey_call.c.project_id == survey_id)
    rows = await connection.execute(query.group_by("key", "state"))
    return [CallCount(row.key, row.state, row[2]) for row in rows]


def _calls(by: Grouping | None) -> FromClause:
    joined = survey_call.join(event, event.c.id == survey_call.c.event_id)
    joined = joined.join(party, party.c.id == survey_call.c.party_id)
    return joined if by is None else joined.outerjoin(by.source, by.on)


async def list_texts(connection: AsyncConnection, survey_id: int, *, most: int) -> list[Said]:
    """List what was answered in words, the newest first, at most so many of each question."""
    answer = survey_answer.c
    newest = func.row_number().over(
        partition_by=answer.question_id, order_by=(answer.at.desc(), answer.event_id.desc())
    )
    columns = (answer.question_id, answer.text, answer.event_id, survey_call.c.party_id, party.c.name.label("party"))
    said = (
        select(*columns, newest.label("place"))
        .join_from(survey_answer, survey_call, survey_call.c.event_id == answer.event_id)
        .join(party, party.c.id == survey_call.c.party_id)
        .where(survey_call.c.project_id == survey_id, answer.text.is_not(None))
        .subquery("said")
    )
    query = select(said).where(said.c.place <= most).order_by(said.c.question_id, said.c.place)
    return [
        Said(row.question_id, row.text, row.event_id, row.party_id, row.party)
        for row in await connection.execute(query)
    ]
