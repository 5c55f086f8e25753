"""Reports of tasks: how long they stay in each state, and which requests customers wait for."""

from datetime import date, datetime, time, timedelta

from litestar import Response, get
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.downloads import Cell, answer_table, headings
from api.pages.edge import today_of
from api.pages.queries import choice, link, text
from api.pages.renderer import Call, database_of, page, say_of, zone_of
from api.pages.task_around import Around, load_around
from api.state import read_clock
from crm.tasks.repository.reports import CustomerRequests, StateTime, list_open_requests, measure_states

TIMES = "/tasks/reports/times"
REQUESTS = "/tasks/reports/requests"
DAYS = 90
TIMES_HEADER = headings("kind", "state", "stays", "mean_seconds", "median_seconds")
REQUESTS_HEADER = headings("party id", "party", "open", "overdue", "oldest")
"""So many days back the times of states reach where no other day is asked for."""


class _Times(Struct, frozen=True):
    rows: list[StateTime]
    around: Around


@get(TIMES, opt=dict(allows("tasks.read")))
async def show_times(request: Call) -> Response[str] | Response[bytes]:
    """Show the mean and the median time of stays in each state that ended in a period."""
    today = today_of(request)
    since = choice(request, "since", date.fromisoformat) or today - timedelta(days=DAYS)
    until = choice(request, "until", date.fromisoformat) or today
    before = datetime.combine(min(until, date.max - timedelta(days=1)) + timedelta(days=1), time(), zone_of(request))
    shown = await database_of(request).run(
        _load_times, since=datetime.combine(since, time(), zone_of(request)), before=before
    )
    if ending := text(request, "as"):
        rows = [[getattr(one, name) for name in TIMES_HEADER] for one in shown.rows]
        return answer_table("task-times", ending, [*map(say_of(request), TIMES_HEADER)], rows)
    chosen = {"since": since.isoformat(), "until": until.isoformat()}
    return page(
        request,
        "task_times_report.html",
        rows=shown.rows,
        around=shown.around,
        chosen=chosen,
        most=max((one.mean_seconds for one in shown.rows), default=1) or 1,
        csv=link(TIMES, chosen | {"as": "csv"}),
        xlsx=link(TIMES, chosen | {"as": "xlsx"}),
    )


async def _load_times(connection: AsyncConnection, *, since: datetime, before: datetime) -> _Times:
    return _Times(await measure_states(connection, since=since, before=before), await load_around(connection, []))


@get(REQUESTS, opt=dict(allows("tasks.read")))
async def show_requests(request: Call) -> Response[str] | Response[bytes]:
    """Show the open requests of each customer, those with most late ones first."""
    rows: list[CustomerRequests] = await database_of(request).run(list_open_requests, now=read_clock())
    if ending := text(request, "as"):
        cells: list[list[Cell]] = [
            [one.party_id, one.name, one.open, one.overdue, one.oldest_at.isoformat()] for one in rows
        ]
        return answer_table("open-requests", ending, [*map(say_of(request), REQUESTS_HEADER)], cells)
    return page(request, "task_requests_report.html", rows=rows, now=read_clock())
