"""The form of an event: on a phone one column, so that a measurer enters a job with its photo where it is measured.

What it is made from stands in the address - a party, a person, another event, a project - and fills it beforehand.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from urllib.parse import quote

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages import forms
from api.pages.edge import act_of, service_of
from api.pages.event_around import Choices, load_choices
from api.pages.event_fields import fill_change, fill_event, read_draft
from api.pages.event_history import load_spoken, speaker_of
from api.pages.event_words import DIRECTIONS, FIELDS, IMPORTANCES, LABELS, REPEATS, SCOPES, WEEKDAYS
from api.pages.forms import REFUSED, Form, Problem, WrongError, read_form, told
from api.pages.party_choice import find_named_party, read_number
from api.pages.queries import choice, text, whole_number
from api.pages.renderer import Call, database_of, page, principal_of, redirect, zone_of
from api.pages.shown_changes import Compared, tell_differences
from api.pages.uploads import read_file
from api.pages.words import mark
from api.state import read_clock
from api.uploads import MOST_UPLOAD_BYTES
from crm.changes import Difference
from crm.events import files
from crm.events import service as events
from crm.events.errors import EventChangedError
from crm.events.keeping import load_event
from crm.events.model import Draft, Event, Outcome, Scope, at_wall_time
from crm.files.model import NewFile
from crm.parties.listing import load_names
from loyalty.errors import LoyaltyError

NEW_PATH = "/events/new"
_SCOPES: Mapping[str, Scope] = {one: one for one in SCOPES}
_CHANGED = Problem(mark("Somebody else changed it meanwhile: look at both below. Saving again puts yours."))
_FIELDS = {
    "starts_at": "start_day",
    "ends_at": "end_day",
    "party_id": "party",
    "promised_at": "promised_on",
    "rule": "repeat",
}
"""Where the form has a field that the service calls otherwise."""


@get(NEW_PATH, opt=dict(allows("events.edit")))
async def show_new_event(request: Call) -> Response[str]:
    """Show the form, filled with what it is made from."""
    follow = choice(request, "follow", whole_number)
    draft = await _first_draft(request, follow)
    party = await _party_name(request, draft.party_id)
    typed = fill_event(draft, party=party) | {"origin": "" if follow is None else f"event:{follow}"}
    return await _show(request, Form(typed), None, party_id=draft.party_id, standing=draft.persons)


@post(NEW_PATH, opt=dict(allows("events.edit")), request_max_body_size=MOST_UPLOAD_BYTES)
async def make_new_event(request: Call) -> Response[str]:
    """Make an event with its first file, or show the form again with what is wrong."""
    form = await read_form(request)
    party_id, draft = await _read(request, form, author_id=principal_of(request).user_id)
    file = await read_file(request, form, optional=True)
    if form.text("origin") and not form.text("origin").removeprefix("event:").isdigit():
        form.refuse("topic", Problem(mark("Load the page again and repeat.")))
    if not form.problems and not form.is_ticked("look"):
        try:
            made = await database_of(request).run(_make, request, form, draft, file)
        except LoyaltyError as error:
            _refuse(form, error)
        else:
            return redirect(f"/events/{made.id}")
    return await _show(request, form, None, party_id=party_id, standing=draft.persons)


@get("/events/{event_id:int}/edit", opt=dict(allows("events.edit")))
async def show_event_form(request: Call, event_id: FromPath[int]) -> Response[str]:
    """Show the form of an event."""
    event = await database_of(request).run(load_event, event_id)
    party = await _party_name(request, event.party_id)
    form = Form(fill_change(event, party=party))
    return await _show(request, form, event, party_id=event.party_id, standing=event.persons)


@post("/events/{event_id:int}/edit", opt=dict(allows("events.edit")))
async def save_event(request: Call, event_id: FromPath[int]) -> Response[str]:
    """Change an event, or show the form again with what is wrong."""
    event = await database_of(request).run(load_event, event_id)
    form = await read_form(request)
    party_id, draft = await _read(request, form, author_id=event.author_id)
    seen = form.need("version", forms.count, 0)
    scope: Scope = form.read("scope", forms.one_of(_SCOPES), "one")
    differences: Sequence[Difference] = ()
    if not form.problems and not form.is_ticked("look"):
        try:
            await database_of(request).run(
                events.change_event,
                event_id,
                draft,
                seen=seen,
                scope=scope,
                role=principal_of(request).role,
                act=act_of(request),
            )
        except EventChangedError as error:
            form.refuse("version", _CHANGED)
            differences = error.differences
        except LoyaltyError as error:
            _refuse(form, error)
        else:
            return redirect(f"/events/{event_id}")
    return await _show(request, form, event, party_id=party_id, standing=draft.persons, differences=differences)


async def _read(call: Call, form: Form, *, author_id: int | None) -> tuple[int | None, Draft]:
    party_id = None
    try:
        party_id = await database_of(call).run(find_named_party, form.text("party"))
    except WrongError as error:
        form.refuse("party", error.problem)
    return party_id, read_draft(form, party_id, zone=zone_of(call).key, author_id=author_id)


async def _first_draft(call: Call, follow: int | None) -> Draft:
    """Give what a new event is before anybody says anything: now, by whom, about what it is made from."""
    user_id, zone = principal_of(call).user_id, zone_of(call)
    now = read_clock().astimezone(zone).replace(second=0, microsecond=0)
    kind = text(call, "kind") or "call"
    if follow is not None:
        before = await database_of(call).run(load_event, follow)
        copied = structs.replace(
            before.draft,
            content=None,
            starts_at=None,
            ends_at=None,
            is_all_day=False,
            promised_at=None,
            next_on=None,
            rule=None,
        )
        return structs.replace(copied, kind=text(call, "kind") or before.kind, author_id=user_id, zone=zone.key)
    person = choice(call, "person", whole_number)
    starts_at, ends_at = _first_times(call, now)
    return Draft(
        kind=kind,
        topic=text(call, "topic"),
        zone=zone.key,
        direction="incoming" if kind == "call" else "other",
        starts_at=starts_at,
        ends_at=ends_at,
        author_id=user_id,
        responsible_id=choice(call, "user", whole_number) or user_id,
        party_id=choice(call, "party", whole_number),
        persons=() if person is None else (person,),
        project_id=choice(call, "project", whole_number),
    )


def _first_times(call: Call, now: datetime) -> tuple[datetime, datetime | None]:
    """Give when a new event is: now, or an hour of a day of the calendar, from nine where none was chosen."""
    given = choice(call, "day", datetime.fromisoformat)
    if given is None:
        return now, None
    at = given.time() if "T" in text(call, "day") else time(9)
    starts_at = at_wall_time(datetime.combine(given.date(), at), zone_of(call))
    return starts_at, starts_at + timedelta(hours=1)


async def _make(connection: AsyncConnection, call: Call, form: Form, draft: Draft, file: NewFile | None) -> Event:
    """Make an event and keep its first file, or neither."""
    user, act = principal_of(call), act_of(call)
    outcome = Outcome(form.text("result_code") or None, form.text("result") or None)
    made = await events.make_event(
        connection,
        draft,
        role=user.role,
        user_id=user.user_id,
        outcome=None if outcome == Outcome() else outcome,
        origin=form.text("origin") or None,
        act=act,
    )
    if file is not None:
        await files.add_file(connection, made.id, file, act=act)
    return made


def _refuse(form: Form, error: LoyaltyError) -> None:
    field = _FIELDS.get(error.field or "", error.field or "")
    form.refuse(field if field in LABELS else "topic", told(error.detail))


async def _party_name(call: Call, party_id: int | None) -> str:
    names = {} if party_id is None else await database_of(call).run(load_names, [party_id])
    return names.get(party_id or 0, "")


async def _show(
    call: Call,
    form: Form,
    event: Event | None,
    *,
    party_id: int | None,
    standing: tuple[int, ...],
    differences: Sequence[Difference] = (),
) -> Response[str]:
    number = read_number(form.text("party")) if party_id is None else party_id
    choices: Choices = await database_of(call).run(
        load_choices, number, role=principal_of(call).role, event=event, standing=standing
    )
    here = NEW_PATH if event is None else f"/events/{event.id}/edit"
    return page(
        call,
        "event_form.html",
        status=REFUSED if form.problems else 200,
        here=here if event is not None else f"{NEW_PATH}?topic={quote(form.text('topic'))}",
        action=here,
        event=event,
        form=form,
        choices=choices,
        now=event if event is None else await database_of(call).run(load_event, event.id),
        compared=await _compare(call, event, differences),
        labels=LABELS,
        directions={code: word.text for code, word in DIRECTIONS.items()},
        importances=IMPORTANCES,
        repeats=REPEATS,
        scopes=SCOPES,
        weekdays=list(enumerate(WEEKDAYS, 1)),
        most=service_of(call).settings.file_megabytes,
    )


async def _compare(call: Call, event: Event | None, differences: Sequence[Difference]) -> list[Compared]:
    """Put what two people changed into words."""
    if event is None or not differences:
        return []
    sides = ({one.field: value} for one in differences for value in (one.yours, one.theirs, one.base))
    spoken = await database_of(call).run(load_spoken, sides)
    return tell_differences(differences, FIELDS, speaker_of(call, event, spoken))
