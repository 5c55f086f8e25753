"""The calendar: a month, a week, a day or an agenda, each a table that any program reads aloud.

Nothing of it is a picture of a calendar: headings name days, cells hold links, and a click on what is free opens the
form of an event at that time.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from litestar import Response, get
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.calendar_sources import open_sources
from api.pages.calendar_hours import lay_out_hours
from api.pages.calendar_wanted import PATH, VIEWS, View, Wanted, read_wanted
from api.pages.calendar_words import SHOWN, VIEW_NAMES
from api.pages.edge import today_of
from api.pages.named import MOST_PROJECTS
from api.pages.renderer import Call, database_of, formats_of, modules_off_of, page, principal_of, user_id_of, zone_of
from api.state import read_clock
from crm.calendar.icalendars import PATHS
from crm.calendar.model import USUAL
from crm.calendar.service import read_days
from crm.colleagues.repository import list_colleagues
from crm.events.kinds import list_kinds
from crm.events.model import Kind
from crm.tasks.repository.tasks import find_projects, list_projects

IN_MONTH = 3
"""So many entries of a day stand in a month; a link counts the others."""
LANES: Mapping[View, int] = {"week": 4, "day": 8}
ABOVE: Mapping[View, int] = {"week": 4, "day": 12}


class Around(Struct, frozen=True):
    """What layers can be chosen from."""

    kinds: list[Kind]
    colleagues: Mapping[int, str]
    projects: Mapping[int, str]


@get(PATH, opt=dict(allows("calendar.read")))
async def show_calendar(request: Call) -> Response[str]:
    """Show a stretch of days of a calendar."""
    today, zone, formats = today_of(request), zone_of(request), formats_of(request)
    wanted = read_wanted(request, today)
    sources = open_sources(principal_of(request).role, modules_off_of(request))
    layers = wanted.layers(user_id_of(request), sources)
    days = wanted.days(formats.first_weekday)
    around = await database_of(request).run(load_around, wanted)
    found = await database_of(request).run(read_days, layers, days, zone=zone)
    most = LANES.get(wanted.view, 0)
    before, after = wanted.neighbours()
    return page(
        request,
        "calendar.html",
        wanted=wanted,
        title=_title(request, wanted, days),
        days=found,
        weeks=[found[start : start + 7] for start in range(0, len(found), 7)],
        hours=lay_out_hours(found, zone, most_lanes=most, most_above=ABOVE[wanted.view]) if most else None,
        today=today,
        now=read_clock(),
        before=before,
        after=after,
        around=around,
        sources=sources,
        shown=SHOWN,
        ticked=wanted.show or USUAL,
        views=[(one, VIEW_NAMES[one], wanted.at(wanted.day, one)) for one in VIEWS],
        in_month=IN_MONTH,
        paths=PATHS,
        me=user_id_of(request),
    )


async def load_around(connection: AsyncConnection, wanted: Wanted) -> Around:
    """Load what layers can be chosen from."""
    projects = await list_projects(connection, most=MOST_PROJECTS)
    if wanted.project_id is not None and wanted.project_id not in projects:
        projects = {**projects, **await find_projects(connection, [wanted.project_id])}
    kinds = [one for one in await list_kinds(connection) if not one.is_archived or one.code in wanted.kinds]
    return Around(kinds, {one.id: one.name for one in await list_colleagues(connection)}, projects)


def _title(call: Call, wanted: Wanted, days: Sequence[date]) -> str:
    formats = formats_of(call)
    if wanted.view == "month":
        name = formats.long_month(wanted.day)
        return name[:1].upper() + name[1:]
    if wanted.view == "day":
        name = formats.long_day(wanted.day)
        return name[:1].upper() + name[1:]
    return f"{formats.day(days[0])} – {formats.day(days[-1])}"
