"""The list of tasks to take along, as CSV or as a workbook: the tasks of the filter, read page by page to their end.

Who took what along is kept in the journal, without the filter's words. It refuses more than `MOST_EXPORTED` tasks.
"""

from collections.abc import Iterator
from datetime import datetime

from litestar import Response, get
from litestar.exceptions import ClientException
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.downloads import Cell, answer_table, headings
from api.pages.edge import act_of
from api.pages.renderer import Call, database_of, language_of, say_of, zone_of
from api.pages.task_around import Around, load_around
from api.pages.task_fields import write_minutes
from api.pages.task_filters import Wanted, read_wanted
from api.pages.task_words import PRIORITIES
from api.state import read_clock
from crm.tasks.listing import TaskRow
from crm.tasks.repository.listing import list_tasks
from database.activity import record_activity

MOST_EXPORTED = 50_000
ROWS_AT_ONCE = 1_000
HEADER = headings(
    "id", "title", "kind", "state", "percent", "priority", "begins", "due", "closed", "overdue", "executor",
    "author", "department", "party", "project", "planned time",
)  # fmt: skip


@get("/tasks/export/{ending:str}", opt=dict(allows("tasks.read")))
async def export_tasks(request: Call, ending: FromPath[str]) -> Response[bytes]:
    """Give the whole list as a file."""
    rows, around = await database_of(request).run(_read, request, read_wanted(request))
    return answer_table(
        "tasks", ending, [*map(say_of(request), HEADER)], (list(_cells(request, row, around)) for row in rows)
    )


async def _read(connection: AsyncConnection, call: Call, wanted: Wanted) -> tuple[list[TaskRow], Around]:
    """Read the list to its end. Raises ClientException for one that is too long."""
    now = read_clock()
    found = await list_tasks(connection, wanted.filter, now=now, sort=wanted.sort, size=ROWS_AT_ONCE)
    rows = [*found.rows]
    while found.on is not None:
        if len(rows) >= MOST_EXPORTED:
            raise ClientException(f"a file holds at most {MOST_EXPORTED:,} tasks: filter the list first")
        found = await list_tasks(
            connection, wanted.filter, now=now, sort=wanted.sort, place=found.on, size=ROWS_AT_ONCE
        )
        rows += found.rows
    data = {"count": len(rows), "fields": sorted(name for name, value in wanted.fields.items() if value)}
    await record_activity(connection, act=act_of(call), what="tasks.exported", record="tasks", data=data)
    return rows, await load_around(connection, rows)


def _cells(call: Call, row: TaskRow, around: Around) -> Iterator[Cell]:
    language, now = language_of(call), read_clock()

    def moment(at: datetime | None) -> str | None:
        return None if at is None else at.astimezone(zone_of(call)).strftime("%Y-%m-%d %H:%M")

    yield from (row.id, row.title, around.kind(row.kind, language), around.state(row.kind, row.state, language))
    yield from (row.percent, PRIORITIES[row.priority].text)
    yield from (moment(row.starts_at), moment(row.due_at), moment(row.closed_at))
    yield "yes" if row.is_overdue(now) else ""
    yield from (around.people.get(row.executor_id), around.people.get(row.author_id))
    yield None if row.department is None else around.entry("department", row.department, language)
    yield around.parties.get(row.party_id or 0)
    yield around.projects.get(row.project_id or 0)
    yield None if row.planned_minutes is None else write_minutes(row.planned_minutes)
