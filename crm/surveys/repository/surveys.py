"""The SQL of surveys themselves and their questions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct, convert
from sqlalchemy import Select, delete, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.projects.tables import project
from crm.surveys.model import Question, QuestionDraft, Survey
from crm.surveys.tables import survey, survey_answer, survey_call, survey_question

Lock = Literal["share", "update"]
MOST_SURVEYS = 200
"""So many are listed, the newest first."""


class SurveyRow(Struct, frozen=True):
    """A survey in a list, with how many are to be called and how many answered."""

    id: int
    name: str
    topic: str
    created_at: datetime
    is_closed: bool
    calls: int
    answered: int


async def find_survey(connection: AsyncConnection, project_id: int, *, lock: Lock | None = None) -> Survey | None:
    """Find a survey with its questions; one locked to share nobody changes meanwhile, to update nobody calls for."""
    query = _surveys().where(survey.c.project_id == project_id)
    if lock is not None:
        query = query.with_for_update(of=survey, read=lock == "share")
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else Survey(**row, questions=await _list_questions(connection, project_id))


async def is_survey(connection: AsyncConnection, project_id: int) -> bool:
    """Tell whether a project is a survey."""
    return bool((await connection.execute(select(exists().where(survey.c.project_id == project_id)))).scalar_one())


def _surveys() -> Select[*tuple[object, ...]]:
    answered = exists(
        select(survey_answer.c.event_id)
        .join(survey_question, survey_question.c.id == survey_answer.c.question_id)
        .where(survey_question.c.project_id == survey.c.project_id)
    )
    is_closed = project.c.closed_at.is_not(None) | project.c.archived_at.is_not(None)
    return select(
        survey.c.project_id.label("id"),
        project.c.name,
        survey.c.topic,
        survey.c.version,
        survey.c.created_at,
        is_closed.label("is_closed"),
        answered.label("is_begun"),
    ).join_from(survey, project, project.c.id == survey.c.project_id)


async def _list_questions(connection: AsyncConnection, project_id: int) -> tuple[Question, ...]:
    kept = survey_question.c
    query = select(kept.id, kept.text, kept.kind, kept.most, kept.choices).where(kept.project_id == project_id)
    rows = await connection.execute(query.order_by(kept.position, kept.id))
    return tuple(convert(row, Question, from_attributes=True) for row in rows)


async def list_surveys(connection: AsyncConnection) -> list[SurveyRow]:
    """List surveys whose projects are not archived, the newest first, with how far each has come."""
    of_survey = survey_call.c.project_id == survey.c.project_id
    calls = select(func.count()).where(of_survey).scalar_subquery()
    has_answers = exists().where(survey_answer.c.event_id == survey_call.c.event_id)
    answered = select(func.count()).select_from(survey_call).where(of_survey, has_answers)
    query = (
        select(
            survey.c.project_id.label("id"),
            project.c.name,
            survey.c.topic,
            survey.c.created_at,
            project.c.closed_at.is_not(None).label("is_closed"),
            calls.label("calls"),
            answered.correlate(survey).scalar_subquery().label("answered"),
        )
        .join_from(survey, project, project.c.id == survey.c.project_id)
        .where(project.c.archived_at.is_(None))
        .order_by(survey.c.created_at.desc(), survey.c.project_id.desc())
    )
    rows = await connection.execute(query.limit(MOST_SURVEYS))
    return [convert(row, SurveyRow, from_attributes=True) for row in rows]


async def insert_survey(connection: AsyncConnection, project_id: int, *, topic: str, now: datetime) -> None:
    """Make a project a survey."""
    values = {"project_id": project_id, "topic": topic, "version": 1, "created_at": now}
    await connection.execute(insert(survey).values(values))


async def update_survey(connection: AsyncConnection, project_id: int, *, topic: str) -> None:
    """Write the topic of a survey and make its next version."""
    changed = {"topic": topic, "version": survey.c.version + 1}
    await connection.execute(update(survey).where(survey.c.project_id == project_id).values(changed))


async def put_questions(connection: AsyncConnection, project_id: int, drafts: Sequence[QuestionDraft]) -> None:
    """Let a survey ask these questions in this order, and no others; nobody answered any yet."""
    await connection.execute(delete(survey_question).where(survey_question.c.project_id == project_id))
    rows = [
        {
            "project_id": project_id,
            "position": place,
            "text": one.text,
            "kind": one.kind,
            "most": one.most,
            "choices": list(one.choices),
        }
        for place, one in enumerate(drafts, 1)
    ]
    if rows:
        await connection.execute(insert(survey_question).values(rows))
