"""The page of a project: how far it is, what it takes, its phases, and its tasks, calls and events in one list."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct, structs
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.audit import show_acts
from api.pages.audit_words import NAMES
from api.pages.edge import act_of, today_of
from api.pages.event_structure import open_paths
from api.pages.event_words import KINDS
from api.pages.event_words import STATES as EVENT_STATES
from api.pages.forms import REFUSED, Form, read_form
from api.pages.moments import read_moment_place, shorten
from api.pages.panels_parties import NAMED
from api.pages.profile import ICONS
from api.pages.project_words import FAMILIES, FIELDS, state_word
from api.pages.queries import choice, link, place_link, text, whole_number
from api.pages.renderer import Call, database_of, has, page, redirect
from api.pages.task_fields import write_minutes
from api.pages.words import mark
from api.state import read_clock
from crm.colleagues.repository import find_colleagues
from crm.directories.model import Entry
from crm.directories.service import list_entries
from crm.events.repository.kin import describe
from crm.parties.listing import load_names
from crm.planning.project import list_documents, list_latest, list_work, load_figures
from crm.planning.work import Family, Figures, Progress, ProjectDocument, Work
from crm.projects import service
from crm.projects.model import Phase, Project
from crm.projects.phases import list_phases
from crm.surveys.service import is_survey
from database.journal import JournalRow
from database.keyset import Page, Place
from loyalty.errors import LoyaltyError

MOST_ACTS = 10
LABELS: Mapping[str, str] = {**FIELDS, "name": mark("Phase"), "state": mark("State"), "phase_id": mark("Phase")}
_FAMILIES: Mapping[str, Family] = {one: one for one in FAMILIES}


class Wanted(Struct, frozen=True):
    """Which of a project's work its page lists, and what its reader may see of it."""

    families: Sequence[Family]
    phase_id: int | None
    place: Place | None
    documents: Sequence[str]
    with_events: bool
    with_surveys: bool


class Shown(Struct, frozen=True):
    """A project with all that is in it."""

    project: Project
    kinds: Mapping[str, Entry]
    party: str | None
    manager: str | None
    phases: Sequence[Phase]
    figures: Figures
    work: Page[Work]
    documents: Sequence[ProjectDocument]
    latest: Sequence[JournalRow]
    names: Mapping[str, str]
    is_survey: bool

    def progress(self, phase_id: int | None) -> Progress:
        """Give how far a phase is, or what is in none."""
        return self.figures.phases.get(phase_id, Progress())


@get("/projects/{project_id:int}", opt=dict(allows("tasks.read")))
async def show_project(request: Call, project_id: FromPath[int]) -> Response[str]:
    """Show a project."""
    return await show(request, project_id, Form({}))


@post("/projects/{project_id:int}/close", opt=dict(allows("tasks.edit")))
async def close_project(request: Call, project_id: FromPath[int]) -> Response[str]:
    """Say that a project is over."""
    return await _do(request, project_id, service.close_project)


@post("/projects/{project_id:int}/reopen", opt=dict(allows("tasks.edit")))
async def reopen_project(request: Call, project_id: FromPath[int]) -> Response[str]:
    """Take a closed project up again."""
    return await _do(request, project_id, service.reopen_project)


@post("/projects/{project_id:int}/archive", opt=dict(allows("tasks.edit")))
async def archive_project(request: Call, project_id: FromPath[int]) -> Response[str]:
    """Put a project into the archive."""
    return await _do(request, project_id, service.archive_project)


@post("/projects/{project_id:int}/unarchive", opt=dict(allows("tasks.edit")))
async def unarchive_project(request: Call, project_id: FromPath[int]) -> Response[str]:
    """Take a project out of the archive."""
    return await _do(request, project_id, service.unarchive_project)


async def _do(call: Call, project_id: int, act: Callable[..., Awaitable[Project]]) -> Response[str]:
    """Do something to a project and show it again, or say why it cannot be."""
    form = await read_form(call)
    try:
        await database_of(call).run(act, project_id, act=act_of(call))
    except LoyaltyError as error:
        form.refuse_by(error, (), "state")
        return await show(call, project_id, form)
    return redirect(f"/projects/{project_id}")


async def show(call: Call, project_id: int, form: Form) -> Response[str]:
    """Show the page of a project, with what is wrong in one of its forms."""
    path, wanted = f"/projects/{project_id}", _read_wanted(call)
    shown = await database_of(call).run(_load, project_id, wanted)
    chosen = {"show": text(call, "show"), "phase": text(call, "phase")}
    return page(
        call,
        "project.html",
        status=REFUSED if form.problems else 200,
        here=path,
        form=form,
        labels=LABELS,
        shown=shown,
        project=shown.project,
        today=today_of(call),
        now=read_clock(),
        chosen=chosen,
        tabs=_tabs(call, path, chosen),
        acts=[structs.replace(act, values=[]) for act in show_acts(call, shown.latest, (), shown.names)],
        names=NAMES,
        module_icons=ICONS,
        state_word=state_word,
        families=FAMILIES,
        states=EVENT_STATES,
        kin_words=KINDS,
        kin_paths=open_paths(call),
        write_minutes=write_minutes,
        newer=place_link(path, chosen, shorten(shown.work.newer)),
        older=place_link(path, chosen, shorten(shown.work.older)),
    )


def _read_wanted(call: Call) -> Wanted:
    """Read which work is asked for, as far as its reader may see it. Raises ClientException."""
    asked = choice(call, "show", _FAMILIES.__getitem__)
    with_events = has(call, "events.read")
    seen = [one for one in _FAMILIES.values() if one == "task" or with_events]
    documents = {"business_document": has(call, "business.read")}
    documents |= dict.fromkeys(("receipt", "document"), has(call, "receipts.read"))
    return Wanted(
        families=[one for one in seen if asked in (None, one)] or seen,
        phase_id=choice(call, "phase", whole_number),
        place=read_moment_place(call, 2),
        documents=[kind for kind, may_see in documents.items() if may_see],
        with_events=with_events,
        with_surveys=has(call, "surveys.read"),
    )


def _tabs(call: Call, path: str, chosen: dict[str, str]) -> list[tuple[str, str, bool]]:
    """Give the tabs of the list of work: what each is called, its address, and whether it is shown."""
    if not has(call, "events.read"):
        return []
    named = [("", mark("Everything")), *((family, word.text) for family, word in FAMILIES.items())]
    return [(name, link(path, chosen | {"show": one}), chosen["show"] == one) for one, name in named]


async def _load(connection: AsyncConnection, project_id: int, wanted: Wanted) -> Shown:
    project = await service.load_project(connection, project_id)
    parties = await load_names(connection, [] if project.party_id is None else [project.party_id])
    people = await find_colleagues(connection, [] if project.manager_id is None else [project.manager_id])
    latest = await list_latest(connection, project_id, most=MOST_ACTS)
    named = await describe(connection, {row.record for row in latest if row.record.startswith(NAMED)})
    return Shown(
        project=project,
        kinds={one.code: one for one in await list_entries(connection, "project_kind")},
        party=parties.get(project.party_id or 0),
        manager=people[project.manager_id].name if project.manager_id in people else None,
        phases=await list_phases(connection, project_id),
        figures=await load_figures(connection, project_id, now=read_clock()),
        work=await list_work(
            connection, project_id, families=wanted.families, phase_id=wanted.phase_id, place=wanted.place
        ),
        documents=await list_documents(connection, project_id, wanted.documents, with_events=wanted.with_events),
        latest=latest,
        names={record: kin.title for record, kin in named.items() if kin.title is not None},
        is_survey=wanted.with_surveys and await is_survey(connection, project_id),
    )
