"""Use cases of reports by mail: somebody is sent a report, until that person ends it, or may not see it any more.

What is kept is the report's address, so that a letter tells what a page would: a preset moves on with the calendar.
"""

from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.reports.asking import MOST_QUERY, print_asked
from crm.reports.errors import ReportLetterUnknownError, ReportRefusedError, TooManyLettersError
from crm.reports.model import Asked
from crm.reports.occurrences import Every, next_due
from crm.reports.repository import letters
from crm.reports.repository.letters import Letter
from database.activity import Act, record_activity
from database.identifiers import MOST_ID

MOST_LETTERS = 50
HOURS = range(24)

list_letters = letters.list_letters


async def send_regularly(
    connection: AsyncConnection, user_id: int, asked: Asked, *, every: Every, hour: int, zone: ZoneInfo, act: Act
) -> int:
    """Send somebody a report from now on, first at the next occurrence; gives the identifier.

    Raises ReportRefusedError, TooManyLettersError.
    """
    query = urlencode(print_asked(asked))
    if hour not in HOURS or len(query) > MOST_QUERY:
        raise ReportRefusedError("this is no hour, or too much is asked", field="hour")
    if await letters.count_letters(connection, user_id) >= MOST_LETTERS:
        raise TooManyLettersError(f"one person is sent at most {MOST_LETTERS} reports: end one first", field="every")
    due_at = next_due(every, hour, after=act.at, zone=zone)
    values = {"user_id": user_id, "report": asked.report.id, "query": query, "every": every, "hour": hour}
    values |= {"due_at": due_at, "try_after": due_at, "created_at": act.at}
    letter_id = await letters.insert_letter(connection, values)
    await _record(connection, letter_id, asked.report.id, "sent_regularly", act=act)
    return letter_id


async def end_letter(connection: AsyncConnection, letter_id: int, user_id: int, *, act: Act) -> None:
    """Send somebody a report no more. Raises ReportLetterUnknownError where it is not that person's."""
    found = await letters.delete_letter(connection, letter_id, user_id) if 0 < letter_id <= MOST_ID else None
    if found is None:
        raise ReportLetterUnknownError("you are not sent this report")
    await _record(connection, letter_id, found, "ended", act=act)


async def _record(connection: AsyncConnection, letter_id: int, report: str, what: str, *, act: Act) -> None:
    record = f"report_letter:{letter_id}"
    await record_activity(connection, act=act, what=f"report_letter.{what}", record=record, data={"report": report})


__all__ = ["Letter", "end_letter", "list_letters", "send_regularly"]
