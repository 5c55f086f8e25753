"""The workload: what is planned for each colleague on each day of a period, against the hours that they work.

It is computed whenever it is asked, in four queries, however many colleagues there are. It refuses periods of more than
`MOST_DAYS` and more than `MOST_PLANS` tasks or events, which a department or a shorter period brings down.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final, TypeVar

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.colleagues.model import Colleague
from crm.colleagues.repository import list_colleagues
from crm.planning.errors import WorkloadRefusedError
from crm.planning.model import DayLoad, PlannedEvent, PlannedTask, fill_days, list_days
from crm.planning.repository import loads

MOST_DAYS: Final = 42
MOST_PLANS: Final = 50_000
T = TypeVar("T", PlannedTask, PlannedEvent)


class Load(Struct, frozen=True):
    """A colleague's days; `undated` are minutes of open tasks that nobody said a day for."""

    colleague: Colleague
    days: tuple[DayLoad, ...]
    undated: int

    @property
    def planned(self) -> int:
        """The minutes planned in the whole period."""
        return sum(day.planned for day in self.days)

    @property
    def norm(self) -> int:
        """The minutes that are worked in the whole period."""
        return sum(day.norm for day in self.days)

    @property
    def overloaded(self) -> int:
        """On how many days more is planned than can be done."""
        return sum(day.over > 0 for day in self.days)


async def load_workload(
    connection: AsyncConnection,
    first: date,
    last: date,
    *,
    department_id: int | None = None,
    with_events: bool = True,
    zone: tzinfo,
) -> list[Load]:
    """Load the days of all who work here, or in a department, by name. Raises WorkloadRefusedError."""
    if not 0 <= (last - first).days < MOST_DAYS:
        raise WorkloadRefusedError(f"is 1 to {MOST_DAYS} days behind the first", field="until")
    colleagues = await list_colleagues(connection, department_id=department_id)
    ids = [one.id for one in colleagues]
    since, until = (datetime.combine(day, time(), zone) for day in (first, last + timedelta(days=1)))
    most = MOST_PLANS + 1
    tasks = _by_user(await loads.list_tasks(connection, ids, since=since, until=until, most=most))
    found = await loads.list_events(connection, ids, since=since, until=until, most=most) if with_events else []
    events = _by_user(found)
    undated = await loads.sum_undated(connection, ids)
    days = list_days(first, last)
    return [
        Load(
            one,
            fill_days(
                days, norm=one.daily_minutes, tasks=tasks.get(one.id, ()), events=events.get(one.id, ()), zone=zone
            ),
            undated.get(one.id, 0),
        )
        for one in colleagues
    ]


def _by_user(plans: list[T]) -> Mapping[int, Iterable[T]]:
    """Group plans by whose they are. Raises WorkloadRefusedError for too many."""
    if len(plans) > MOST_PLANS:
        raise WorkloadRefusedError("too much is planned to be shown: choose a department or a week", field="department")
    found: dict[int, list[T]] = {}
    for plan in plans:
        found.setdefault(plan.user_id, []).append(plan)
    return found
