"""Calendars in other programs: each an address of its own, shown once, which its owner can take back."""

from litestar import Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.calendar_sources import open_sources
from api.pages.calendar import Around, load_around
from api.pages.calendar_wanted import ME, PATH, Wanted
from api.pages.calendar_words import LABELS, SHOWN
from api.pages.edge import act_of, today_of
from api.pages.forms import REFUSED, Form, read_form
from api.pages.queries import choice, whole_number
from api.pages.renderer import Call, database_of, modules_off_of, page, principal_of, redirect, user_id_of
from api.pages.users_secrets import Secret, show_once
from api.pages.words import mark
from crm.calendar.feeds import list_feeds, make_feed, revoke_feed
from crm.calendar.model import SOURCES, USUAL, Layers
from crm.calendar.repository import Feed
from loyalty.errors import LoyaltyError

FEEDS = f"{PATH}/feeds"
SERVED = "/v1/calendar/ics"
DONE = {"revoked": mark("The calendar is taken back; its address opens nothing any more.")}


@get(FEEDS, opt=dict(allows("calendar.share")))
async def show_feeds(request: Call) -> Response[str]:
    """List the calendars that the reader gave out, and offer another."""
    return await _show(request, Form({"user": ME, "show": list(USUAL)}))


@post(FEEDS, status_code=200, opt=dict(allows("calendar.share")))
async def make_calendar_feed(request: Call) -> Response[str]:
    """Give a calendar out and show its address once."""
    form = await read_form(request)
    layers = _read_layers(form, user_id_of(request))
    if form.problems:
        return await _show(request, form)
    try:
        _, secret = await database_of(request).run(
            make_feed, user_id_of(request), name=form.text("name"), layers=layers, act=act_of(request)
        )
    except LoyaltyError as refusal:
        form.refuse_by(refusal, LABELS, "name")
        return await _show(request, form)
    shown = Secret(
        text=f"{str(request.base_url).rstrip('/')}{SERVED}/{secret}.ics",
        title=mark("Address of a calendar"),
        names={},
        told=mark("The calendar is given out."),
        hint=mark("Whoever has the address reads the calendar, until you take it back. Give it to your program alone."),
        section=(FEEDS, mark("Calendars in other programs")),
    )
    return show_once(request, shown)


@post("/calendar/feeds/{number:int}/revoke", opt=dict(allows("calendar.share")))
async def revoke_calendar_feed(request: Call, number: FromPath[int]) -> Response[str]:
    """Take a calendar back."""
    await database_of(request).run(revoke_feed, number, user_id_of(request), act=act_of(request))
    return redirect(f"{FEEDS}?done=revoked")


def _read_layers(form: Form, user_id: int) -> Layers:
    """Read what a calendar is to show."""
    whose = form.text("user")
    project = form.read("project", whole_number, None)
    users = () if whose == "all" else (user_id,) if whose in {"", ME} else (form.read("user", whole_number, user_id),)
    return Layers(
        users=users,
        kinds=tuple(one for one in form.texts("kind") if one),
        project_id=project,
        sources=frozenset(one for one in SOURCES if one in form.texts("show")),
    )


async def _show(call: Call, form: Form) -> Response[str]:
    wanted = Wanted(view="month", day=today_of(call))
    feeds, around = await database_of(call).run(_load, user_id_of(call), wanted)
    return page(
        call,
        "calendar_feeds.html",
        status=REFUSED if form.problems else 200,
        here=FEEDS,
        feeds=feeds,
        around=around,
        form=form,
        labels=LABELS,
        sources=open_sources(principal_of(call).role, modules_off_of(call)),
        shown=SHOWN,
        me=user_id_of(call),
        done=choice(call, "done", DONE.__getitem__),
    )


async def _load(connection: AsyncConnection, user_id: int, wanted: Wanted) -> tuple[list[Feed], Around]:
    return await list_feeds(connection, user_id), await load_around(connection, wanted)
