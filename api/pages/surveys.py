"""Surveys on pages: the list of them, a new one, and the page of one with its questions, lists and callers."""

from collections.abc import Mapping, Sequence

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows, holders_of
from api.pages import forms
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, read_form
from api.pages.party_list import PATH as PARTIES
from api.pages.party_list import address_of_view, read_view
from api.pages.queries import text
from api.pages.renderer import Call, database_of, language_of, page, principal_of, redirect
from api.pages.survey_words import KINDS, LABELS, STATES
from crm.colleagues.model import Colleague
from crm.colleagues.repository import find_colleagues, list_colleagues
from crm.surveys import service as surveys
from crm.surveys.calling import count_open, list_lists
from crm.surveys.model import Survey
from crm.surveys.reporting import Calls, load_standing
from crm.surveys.repository.calls import CallList, Meant
from crm.surveys.templates import TEMPLATES
from crm.views.repository.saved import SavedView
from crm.views.saving import list_views
from loyalty.errors import LoyaltyError

PATH = "/surveys"
NEW = "/surveys/new"
ADD = "#add"
"""Where the page of a survey has the form of a calling list."""


class Shown(Struct, frozen=True):
    """A survey with what its page shows and offers."""

    survey: Survey
    calls: Calls
    lists: Sequence[CallList]
    open: Mapping[int | None, int]
    people: Mapping[int, Colleague]
    colleagues: Sequence[Colleague]
    views: Sequence[SavedView]


@get(PATH, opt=dict(allows("surveys.read")))
async def show_surveys(request: Call) -> Response[str]:
    """List surveys, the newest first, with how far each has come."""
    return page(request, "surveys.html", rows=await database_of(request).run(surveys.list_surveys))


@get(f"{PATH}/of-list", opt=dict(allows("surveys.edit")))
async def choose_survey(request: Call) -> Response[str]:
    """Ask which survey, of those that go on, calls whom the list of parties shows; the address carries the list."""
    view = read_view(request)
    rows = [one for one in await database_of(request).run(surveys.list_surveys) if not one.is_closed]
    addresses = {one.id: address_of_view(view, f"{PATH}/{one.id}") + ADD for one in rows}
    new, back = address_of_view(view, NEW), address_of_view(view)
    return page(request, "survey_choice.html", rows=rows, addresses=addresses, new=new, back=back)


@get(NEW, opt=dict(allows("surveys.edit")))
async def show_new_survey(request: Call) -> Response[str]:
    """Show the form of a new survey; a list of parties that the address carries goes on to its calling list."""
    return _show_new(request, Form({"template": next(iter(TEMPLATES))}))


@post(NEW, opt=dict(allows("surveys.edit")))
async def make_new_survey(request: Call) -> Response[str]:
    """Make a survey of a template in the reader's language, or show the form again with what is wrong."""
    form, language, view = await read_form(request), language_of(request), read_view(request)
    template = form.need("template", forms.one_of(TEMPLATES), next(iter(TEMPLATES.values())))
    name = form.need("name", forms.short_text, "")
    if form.problems:
        return _show_new(request, form)
    try:
        made = await database_of(request).run(
            surveys.make_survey,
            name,
            topic=form.text("topic") or name,
            questions=template.drafts(language),
            manager_id=principal_of(request).user_id,
            act=act_of(request),
        )
    except LoyaltyError as error:
        form.refuse_by(error, LABELS, "name")
        return _show_new(request, form)
    return redirect(address_of_view(view, f"{PATH}/{made.id}") + (ADD if view.filters else ""))


def _show_new(call: Call, form: Form) -> Response[str]:
    offered = {code: one.name(language_of(call)) for code, one in TEMPLATES.items()}
    here, status = address_of_view(read_view(call), NEW), REFUSED if form.problems else 200
    return page(call, "survey_new.html", status=status, here=here, form=form, labels=LABELS, templates=offered)


@get("/surveys/{survey_id:int}", opt=dict(allows("surveys.read")))
async def show_survey(request: Call, survey_id: FromPath[int]) -> Response[str]:
    """Show a survey; a list of parties that the address carries stands in the form of its calling list."""
    view = read_view(request)
    return await show(request, survey_id, Form({"address": address_of_view(view) if view.filters else ""}))


async def show(call: Call, survey_id: int, form: Form, *, meant: Meant | None = None) -> Response[str]:
    """Show a survey with the form of a calling list, and whom that list would find if it was counted."""
    shown = await database_of(call).run(_load, survey_id, principal_of(call).user_id or 0)
    return page(
        call,
        "survey.html",
        status=REFUSED if form.problems else 200,
        here=f"{PATH}/{survey_id}",
        shown=shown,
        survey=shown.survey,
        form=form,
        labels=LABELS,
        kinds=KINDS,
        states=STATES,
        meant=meant,
        none_left=bool(text(call, "none")),
    )


async def _load(connection: AsyncConnection, survey_id: int, user_id: int) -> Shown:
    survey = await surveys.load_survey(connection, survey_id)
    open_calls = await count_open(connection, survey_id)
    return Shown(
        survey,
        await load_standing(connection, survey_id),
        await list_lists(connection, survey_id),
        open_calls,
        await find_colleagues(connection, [one for one in open_calls if one is not None]),
        [one for one in await list_colleagues(connection) if one.role in holders_of("surveys.call")],
        await list_views(connection, PARTIES, user_id),
    )
