"""The caller screen: who calls, the latest that happened, what is open, and what was said, before the second ring.

A number in any form finds whose it is. Several may share a phone; then one is chosen. An unknown number becomes a new
party or another phone of one that is known, and is never typed again.
"""

from collections.abc import Mapping
from typing import Any  # panels hold what they like

from litestar import Response, get, post
from litestar.exceptions import ClientException
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages import forms
from api.pages.audit import ShownAct, show_acts
from api.pages.audit_words import NAMES
from api.pages.business_words import KINDS, STATUSES
from api.pages.edge import act_of, service_of, today_of
from api.pages.forms import REFUSED, Form, Problem, read_form
from api.pages.panels import Panel, Viewed
from api.pages.panels_parties import ShownTimeline, load_timeline
from api.pages.profile import ICONS
from api.pages.profile_panels import offered
from api.pages.queries import choice, link, text, whole_number
from api.pages.renderer import (
    Call,
    database_of,
    has,
    modules_off_of,
    page,
    principal_of,
    redirect,
    rights_of_caller,
    say_of,
    zone_of,
)
from api.pages.words import mark
from api.state import read_clock
from crm.calls.repository import Caller
from crm.calls.service import Taker, add_number, check_number, find_callers, log_call, make_caller
from crm.directories.model import Entry
from crm.directories.service import list_entries
from crm.documents.listing import DocumentRow, list_open
from crm.parties.model import MOST_NOTE, Party, PartyDetails
from crm.parties.service import load_party
from crm.profile.listing import TimelineFilter
from crm.search.model import PartyHit, read_typed
from crm.search.service import search
from loyalty.errors import LoyaltyError

PATH = "/call"
PANELS = ("tasks", "persons", "cards", "contacts", "addresses", "notes")
MOST_ACTS = 10
LABELS: Mapping[str, str] = {
    "text": mark("What was said"),
    "name": mark("Name"),
    "legal_status": mark("Legal status"),
    "party": mark("Party"),
    "number": mark("Number"),
}
_GONE = Problem(mark("Choose a party from the list."))


class CallerView(Struct, frozen=True):
    """A party that calls, with the panels that its caller needs."""

    party: Party
    panels: Mapping[str, Panel]
    filled: Mapping[str, Any]  # Any: panels hold what they like
    timeline: ShownTimeline
    documents: list[DocumentRow]


class CallScreen(Struct, frozen=True):
    """Who may be calling; the one who does if it is known, else what an unknown caller may become."""

    callers: list[Caller]
    view: CallerView | None
    statuses: list[Entry]
    hits: tuple[PartyHit, ...]


@get(PATH, opt=dict(allows("calls.take")))
async def show_call(request: Call) -> Response[str]:
    """Show who calls from a number."""
    return await _show(request, text(request, "number"), Form({}))


@post("/call/log", opt=dict(allows("calls.take")))
async def log(request: Call) -> Response[str]:
    """Keep that a party called, and what was said."""
    form = await read_form(request)
    number, country = _read_number(form), service_of(request).settings.country
    party_id = form.need("party", _party_id, 0)
    if not form.problems:
        try:
            await database_of(request).run(
                log_call,
                party_id,
                number,
                text=form.raw("text"),
                country=country,
                taker=_taker(request),
                act=act_of(request),
            )
        except LoyaltyError as refusal:
            form.refuse_by(refusal, ("text",), "text")
    if form.problems:
        return await _show(request, number, form)
    return redirect(link(PATH, {"number": number, "party": str(party_id), "logged": "yes"}))


@post("/call/new", opt=dict(allows("parties.edit")))
async def make_party_of_caller(request: Call) -> Response[str]:
    """Make a party of an unknown caller, with its phone."""
    form = await read_form(request)
    number, country = _read_number(form), service_of(request).settings.country
    details = PartyDetails(
        name=form.need("name", forms.short_text, ""),
        legal_status=form.need("legal_status", forms.short_text, ""),
        kind={"person": "person", "organisation": "organisation"}.get(form.text("kind")),  # type: ignore[arg-type] # kinds
    )
    if not form.problems:
        try:
            made = await database_of(request).run(make_caller, details, number, country=country, act=act_of(request))
        except LoyaltyError as refusal:
            form.refuse_by(refusal, ("name", "legal_status", "kind"), "name")
        else:
            return redirect(link(PATH, {"number": number, "party": str(made.id)}))
    return await _show(request, number, form)


@post("/call/add", opt=dict(allows("parties.edit")))
async def add_to_party(request: Call) -> Response[str]:
    """Add an unknown number to a party that is known."""
    form = await read_form(request)
    number, country = _read_number(form), service_of(request).settings.country
    party_id = form.need("party", _party_id, 0)
    if not form.problems:
        try:
            await database_of(request).run(add_number, party_id, number, country=country, act=act_of(request))
        except LoyaltyError as refusal:
            form.refuse_by(refusal, (), "party")
    if form.problems:
        return await _show(request, number, form)
    return redirect(link(PATH, {"number": number, "party": str(party_id)}))


def _taker(call: Call) -> Taker | None:
    """Give who takes the call, None where contacts are not kept or not theirs to keep."""
    user = principal_of(call)
    topic = say_of(call)(mark("Phone call"))
    return Taker(user.user_id, user.role, zone_of(call).key, topic) if has(call, "events.edit") else None


def _party_id(typed: str) -> int:
    """Read the party that a form means. Raises WrongError."""
    try:
        return whole_number(typed)
    except ValueError as error:
        raise forms.WrongError(_GONE) from error


def _read_number(form: Form) -> str:
    try:
        return check_number(form.text("number"))
    except LoyaltyError as refusal:
        raise ClientException(refusal.detail) from refusal


async def _show(call: Call, number: str, form: Form) -> Response[str]:
    screen = None
    if number:
        try:
            number = check_number(number)
        except LoyaltyError as refusal:
            form.refuse_by(refusal, ("number",), "number")
        else:
            chosen = choice(call, "party", whole_number) or _chosen(form)
            screen = await database_of(call).run(_load, number, chosen, call=call, find=text(call, "find"))
    view = None if screen is None else screen.view
    return page(
        call,
        "caller.html",
        status=REFUSED if form.problems else 200,
        here=link(PATH, {"number": number}),
        number=number,
        screen=screen,
        view=view,
        acts=() if view is None else _acts(call, view.timeline),
        names=NAMES,
        module_icons=ICONS,
        today=today_of(call),
        is_logged=bool(text(call, "logged")),
        find=text(call, "find"),
        form=form,
        labels=LABELS,
        most=MOST_NOTE,
        business_kinds=KINDS,
        business_statuses=STATUSES,
    )


def _acts(call: Call, timeline: ShownTimeline) -> list[ShownAct]:
    return show_acts(call, timeline.found.rows, timeline.changes, timeline.names)


def _chosen(form: Form) -> int | None:
    typed = form.text("party")
    return int(typed) if typed.isascii() and typed.isdigit() else None


async def _load(connection: AsyncConnection, number: str, chosen: int | None, *, call: Call, find: str) -> CallScreen:
    country = service_of(call).settings.country
    callers = await find_callers(connection, number, country=country)
    known = next((one.id for one in callers if one.id == chosen), callers[0].id if len(callers) == 1 else None)
    if known is not None:
        return CallScreen(callers, await _load_view(connection, known, call), [], ())
    statuses = await list_entries(connection, "legal_status") if not callers else []
    hits: tuple[PartyHit, ...] = ()
    if find and not callers:
        typed = read_typed(find, country)
        found = await search(connection, typed, today=today_of(call), with_cards=False, with_documents=False)
        hits = found.parties
    return CallScreen(callers, None, [one for one in statuses if not one.is_archived], hits)


async def _load_view(connection: AsyncConnection, party_id: int, call: Call) -> CallerView:
    party = await load_party(connection, party_id)
    may_see = offered(principal_of(call).role, party.kind, modules_off_of(call))
    panels = {name: may_see[name] for name in PANELS if name in may_see}
    viewed = Viewed(party, read_clock(), zone_of(call), rights_of_caller(call))
    filled = {name: await panel.load(connection, viewed) for name, panel in panels.items()}
    timeline = await load_timeline(connection, party_id, TimelineFilter(), size=MOST_ACTS)
    documents = await list_open(connection, party_id) if has(call, "business.read") else []
    return CallerView(party, panels, filled, timeline, documents)
