"""Use cases of surveys themselves: made from a template, their topic and questions changed.

Key idea: a survey is a project of the kind `survey`, so it is named, closed and archived as projects are; what it adds
are questions and calls. Questions change until the first answer, for an answer is one to what was asked.
"""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.projects.model import ProjectDetails
from crm.projects.service import make_project
from crm.surveys.errors import SurveyBegunError, SurveyChangedError, SurveyClosedError, SurveyUnknownError
from crm.surveys.model import QuestionDraft, Survey, check_questions, check_topic
from crm.surveys.repository import calls, surveys
from crm.surveys.repository.surveys import Lock
from database.activity import Act, record_activity
from database.identifiers import MOST_ID

PROJECT_KIND = "survey"

list_surveys = surveys.list_surveys
is_survey = surveys.is_survey


async def load_survey(connection: AsyncConnection, survey_id: int) -> Survey:
    """Load a survey, a closed one too. Raises SurveyUnknownError."""
    found = await surveys.find_survey(connection, survey_id) if 0 < survey_id <= MOST_ID else None
    if found is None:
        raise SurveyUnknownError("there is no such survey")
    return found


async def lock_survey(connection: AsyncConnection, survey_id: int, *, is_shared: bool = False) -> Survey:
    """Load a survey that goes on, alone until the transaction ends; shared, callers only keep it from being changed.

    Raises SurveyUnknownError, SurveyClosedError.
    """
    lock: Lock = "share" if is_shared else "update"
    found = await surveys.find_survey(connection, survey_id, lock=lock) if 0 < survey_id <= MOST_ID else None
    if found is None:
        raise SurveyUnknownError("there is no such survey")
    if found.is_closed:
        raise SurveyClosedError("the survey is closed: take its project up again first")
    return found


async def make_survey(
    connection: AsyncConnection,
    name: str,
    *,
    topic: str,
    questions: Sequence[QuestionDraft],
    manager_id: int | None = None,
    act: Act,
) -> Survey:
    """Make a survey with its project. Raises SurveyRefusedError, and what `make_project` raises."""
    clean, drafts = check_topic(topic), check_questions(questions)
    details = ProjectDetails(name=name, kind=PROJECT_KIND, manager_id=manager_id)
    project = await make_project(connection, details, act=act)
    await surveys.insert_survey(connection, project.id, topic=clean, now=act.at)
    await surveys.put_questions(connection, project.id, drafts)
    await record(connection, project.id, "made", {"questions": len(drafts)}, act=act)
    return await load_survey(connection, project.id)


async def change_survey(
    connection: AsyncConnection,
    survey_id: int,
    *,
    topic: str,
    questions: Sequence[QuestionDraft],
    seen: int,
    act: Act,
) -> Survey:
    """Give a survey its topic and questions anew, from the version that somebody saw.

    Calls that are still to be made take the new topic. Raises SurveyUnknownError, SurveyClosedError,
    SurveyChangedError, SurveyRefusedError, SurveyBegunError where other questions were answered already.
    """
    clean, drafts = check_topic(topic), check_questions(questions)
    before = await lock_survey(connection, survey_id)
    if before.version != seen:
        raise SurveyChangedError("somebody else changed it meanwhile", field="version")
    has_others = drafts != tuple(one.draft for one in before.questions)
    if has_others and before.is_begun:
        raise SurveyBegunError("somebody answered already: the questions stay", field="questions")
    fields = [name for name, differs in (("topic", clean != before.topic), ("questions", has_others)) if differs]
    if not fields:
        return before
    await surveys.update_survey(connection, survey_id, topic=clean)
    if has_others:
        await surveys.put_questions(connection, survey_id, drafts)
    if clean != before.topic:
        await calls.rename_open(connection, survey_id, clean, act=act)
    await record(connection, survey_id, "changed", {"fields": fields}, act=act)
    return await load_survey(connection, survey_id)


async def record(connection: AsyncConnection, survey_id: int, what: str, data: dict[str, object], *, act: Act) -> None:
    """Add an act on a survey to the journal, without what was typed."""
    await record_activity(
        connection, act=act, what=f"survey.{what}", record=f"survey:{survey_id}", project_id=survey_id, data=data
    )
