"""The page of the workload: what is planned for each colleague on each day of a week or month, against their hours.

The period, its first day and the department stand in the address. A file of it holds a row for each colleague and day.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.downloads import Cell, answer_table, headings
from api.pages.edge import act_of, today_of
from api.pages.queries import choice, link, text
from api.pages.renderer import Call, database_of, has, page, say_of, zone_of
from api.pages.task_fields import write_minutes
from crm.directories.model import Entry
from crm.directories.service import list_entries, load_entry
from crm.planning.errors import WorkloadRefusedError
from crm.planning.model import WEEK, is_working, list_days
from crm.planning.workload import Load, load_workload
from database.activity import record_activity

PATH = "/workload"
Span = Literal["week", "month"]
HEADER = headings(
    *("login", "name", "day"),
    *("tasks minutes", "events minutes", "planned minutes", "norm minutes", "over minutes"),
)
_SPANS: Mapping[str, Span] = {"week": "week", "month": "month"}
_DAY = timedelta(days=1)
_YEARS = range(1970, 9_000)


class Wanted(Struct, frozen=True):
    """Which days of whom: a whole week or month, and a department by its code."""

    span: Span
    first: date
    last: date
    department: str

    def address(self, path: str = PATH, **more: str) -> str:
        """Give the address of this workload, with fields in place of its own."""
        span = "" if self.span == "week" else self.span
        fields = {"span": span, "day": self.first.isoformat(), "department": self.department}
        return link(path, fields | more)


class _Shown(Struct, frozen=True):
    loads: list[Load]
    departments: Mapping[str, Entry]
    refusal: str | None


@get(PATH, opt=dict(allows("tasks.read")))
async def show_workload(request: Call) -> Response[str]:
    """Show the workload of a week or month."""
    wanted, today = _read_wanted(request), today_of(request)
    shown = await database_of(request).run(
        _load, wanted, with_events=has(request, "events.read"), zone=zone_of(request)
    )
    return page(
        request,
        "workload.html",
        wanted=wanted,
        loads=shown.loads,
        departments=shown.departments,
        refusal=shown.refusal,
        days=list_days(wanted.first, wanted.last),
        is_working=is_working,
        today=today,
        write_minutes=write_minutes,
        earlier=wanted.address(day=(wanted.first - _DAY).isoformat()),
        later=wanted.address(day=(wanted.last + _DAY).isoformat()),
        now=wanted.address(day=""),
        week=wanted.address(span=""),
        month=wanted.address(span="month"),
        csv=wanted.address(f"{PATH}/export/csv"),
        xlsx=wanted.address(f"{PATH}/export/xlsx"),
    )


@get(f"{PATH}/export/{{ending:str}}", opt=dict(allows("tasks.read")))
async def export_workload(request: Call, ending: FromPath[str]) -> Response[bytes]:
    """Give the workload as a file; who took it along stands in the journal."""
    rows = await database_of(request).run(_read_all, request, _read_wanted(request))
    return answer_table("workload", ending, [*map(say_of(request), HEADER)], rows)


def _read_wanted(call: Call) -> Wanted:
    """Read which days are asked for; without any, those around today. Raises ClientException."""
    day = choice(call, "day", _read_day) or today_of(call)
    span = choice(call, "span", _SPANS.__getitem__) or "week"
    if span == "week":
        first = day - day.weekday() * _DAY
        return Wanted(span, first, first + (WEEK - 1) * _DAY, text(call, "department"))
    first = day.replace(day=1)
    behind = (first + 31 * _DAY).replace(day=1)
    return Wanted(span, first, behind - _DAY, text(call, "department"))


def _read_day(typed: str) -> date:
    day = date.fromisoformat(typed)
    if day.year not in _YEARS:
        raise ValueError("no year that is planned")
    return day


async def _load(connection: AsyncConnection, wanted: Wanted, *, with_events: bool, zone: ZoneInfo) -> _Shown:
    departments = {one.code: one for one in await list_entries(connection, "department")}
    chosen = await load_entry(connection, "department", wanted.department) if wanted.department else None
    try:
        loads = await load_workload(
            connection,
            wanted.first,
            wanted.last,
            department_id=None if chosen is None else chosen.id,
            with_events=with_events,
            zone=zone,
        )
    except WorkloadRefusedError as refusal:
        return _Shown([], departments, refusal.detail)
    return _Shown(loads, departments, None)


async def _read_all(connection: AsyncConnection, call: Call, wanted: Wanted) -> list[list[Cell]]:
    shown = await _load(connection, wanted, with_events=has(call, "events.read"), zone=zone_of(call))
    data = {"since": wanted.first.isoformat(), "until": wanted.last.isoformat(), "count": len(shown.loads)}
    await record_activity(connection, act=act_of(call), what="workload.exported", record="workload", data=data)
    return [list(_cells(load, number)) for load in shown.loads for number in range(len(load.days))]


def _cells(load: Load, number: int) -> Iterator[Cell]:
    day = load.days[number]
    yield from (load.colleague.login, load.colleague.name, day.on.isoformat())
    yield from (day.tasks, day.events, day.planned, day.norm, day.over)
