"""The workload: what is planned for each colleague on each day, against the hours that they work."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from litestar import Router, get
from litestar.params import FromQuery
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows, may
from api.rest.calls import Call, service_of
from api.rest.problems import PROBLEMS
from api.rest.projects import today_of
from crm.directories.service import load_entry
from crm.planning.workload import Load, load_workload

WEEK = timedelta(days=6)


class DayAnswer(Struct, frozen=True):
    """What is planned on a day, in minutes: by tasks and by events, against the norm; `over` is what does not fit."""

    on: date
    tasks: int
    events: int
    norm: int
    over: int


class LoadAnswer(Struct, frozen=True):
    """A colleague's days; `undated` are planned minutes of open tasks without a day."""

    user_id: int
    name: str
    days: list[DayAnswer]
    undated: int


class WorkloadAnswer(Struct, frozen=True):
    """The load of all who work here, or in a department, by name."""

    since: date
    until: date
    people: list[LoadAnswer]


@get("/v1/workload", opt=dict(allows("tasks.read")), responses=PROBLEMS)
async def get_workload(
    request: Call,
    since: FromQuery[date | None] = None,
    until: FromQuery[date | None] = None,
    department: FromQuery[str | None] = None,
) -> WorkloadAnswer:
    """Read the load from one day to another, both included, at most 42 days; a week from today if nothing is said."""
    service, first = service_of(request), since or today_of(request)
    last = until or first + WEEK
    loads = await service.database.run(
        _load,
        first,
        last,
        department=department,
        with_events=may(request.user.role, "events.read", service.settings.modules_off),
        zone=ZoneInfo(service.settings.timezone),
    )
    return WorkloadAnswer(first, last, [_render(one) for one in loads])


async def _load(
    connection: AsyncConnection,
    first: date,
    last: date,
    *,
    department: str | None,
    with_events: bool,
    zone: ZoneInfo,
) -> list[Load]:
    entry = None if department is None else await load_entry(connection, "department", department)
    return await load_workload(
        connection,
        first,
        last,
        department_id=None if entry is None else entry.id,
        with_events=with_events,
        zone=zone,
    )


def _render(load: Load) -> LoadAnswer:
    days = [DayAnswer(day.on, day.tasks, day.events, day.norm, day.over) for day in load.days]
    return LoadAnswer(load.colleague.id, load.colleague.name, days, load.undated)


router = Router("/", route_handlers=[get_workload], tags=["Projects"])
