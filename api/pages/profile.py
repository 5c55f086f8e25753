"""A party's profile: panels of every module as the reader has arranged them, quick entry, and one timeline.

A closed panel opens by a link to the same page, from which htmx takes the panel alone; so opening works without scripts
and is remembered by the address.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from litestar import Response, get
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.model import Principal, Right
from api.auth.rights import allows
from api.pages.audit import show_acts
from api.pages.audit_words import NAMES
from api.pages.edge import today_of
from api.pages.forms import Form
from api.pages.panels import Panel, Viewed
from api.pages.panels_parties import ShownTimeline, load_timeline
from api.pages.profile_panels import offered, places
from api.pages.queries import choice, link, text, whole_number
from api.pages.renderer import (
    Call,
    database_of,
    modules_off_of,
    page,
    principal_of,
    redirect,
    rights_of_caller,
    zone_of,
)
from api.pages.words import mark
from api.state import read_clock
from crm.parties.contacts import KeptContact
from crm.parties.model import MOST_NOTE, Party
from crm.parties.reaching import list_contacts
from crm.parties.service import load_party
from crm.profile.layout import Layout
from crm.profile.listing import PAGE_ROWS, Module, Moment, TimelineFilter
from crm.profile.service import load_layout

MODULES: Mapping[Module, str] = {
    "party": mark("Party"),
    "card": mark("Cards"),
    "receipt": mark("Receipts"),
    "document": mark("Documents"),
    "call": mark("Calls"),
    "event": mark("Events"),
    "task": mark("Tasks"),
}
ICONS: Mapping[str, str] = {
    "party": "person",
    "contact": "phone",
    "note": "pin",
    "receipt": "receipt",
    "card": "card",
    "task": "ok",
    "project": "box",
    "letter": "note",
    "mail": "mail",
    "event": "calendar",
    "survey": "talk",
}
"""The pictures of acts that have none of their own, by what they are done to."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Profile(Struct, frozen=True):
    """A party with its panels as they stand, and what fills the open ones."""

    party: Party
    panels: Mapping[str, Panel]
    layout: Layout
    filled: Mapping[str, object]
    contacts: Sequence[KeptContact]


class Link(Struct, frozen=True):
    """Something that is begun from a profile; `{id}` in its address stands for the party."""

    right: Right
    href: str
    icon: str
    text: str


LINKS = (
    Link("tasks.edit", "/tasks/new?party={id}", "ok", mark("New task")),
    Link("business.edit", "/new-business-document?kind=order&party={id}", "clip", mark("New order")),
    Link("business.edit", "/new-business-document?kind=invoice&party={id}", "receipt", mark("New invoice")),
    Link("mail.send", "/mail/new?party={id}", "mail", mark("Write an e-mail")),
    Link("cards.act", "/parties/{id}/give-card", "card", mark("Give a card")),
    Link("parties.merge", "/parties/{id}/lookalikes", "people", mark("Look for duplicates")),
    Link("parties.read", "/parties/{id}/vcard/4.0", "save", mark("Take along as a vCard")),
    Link("parties.erase", "/parties/{id}/privacy", "key", mark("Copy or erase its data")),
)


@get("/parties/{party_id:int}", opt=dict(allows("parties.read")))
async def show_profile(request: Call, party_id: FromPath[int]) -> Response[str]:
    """Show the profile of a party; one that was merged leads to the one that was kept."""
    opened = frozenset(text(request, "open").split())
    profile = await database_of(request).run(_load_profile, party_id, call=request, opened=opened)
    if profile.party.merged_into is not None:
        return redirect(f"/parties/{profile.party.merged_into}")
    timeline = profile.filled.get("timeline")
    acts = (
        show_acts(request, timeline.found.rows, timeline.changes, timeline.names)
        if isinstance(timeline, ShownTimeline)
        else ()
    )
    return page(
        request,
        "profile.html",
        profile=profile,
        party=profile.party,
        today=today_of(request),
        acts=acts,
        names=NAMES,
        opened=opened,
        module_icons=ICONS,
        links=LINKS,
        form=Form({}),
        contacts=profile.contacts,
        most=MOST_NOTE,
        is_arranging=bool(text(request, "arrange")),
    )


async def _load_profile(connection: AsyncConnection, party_id: int, *, call: Call, opened: frozenset[str]) -> Profile:
    reader = principal_of(call)
    party = await load_party(connection, party_id)
    panels = offered(reader.role, party.kind, modules_off_of(call))
    layout = await _load_layout(connection, party, reader, panels)
    viewed = Viewed(party, read_clock(), zone_of(call), rights_of_caller(call))
    shown = [one.panel for one in layout if not one.is_hidden and (one.is_open or one.panel in opened)]
    filled = {name: await panels[name].load(connection, viewed) for name in shown}
    return Profile(party, panels, layout, filled, await list_contacts(connection, party_id))


async def _load_layout(
    connection: AsyncConnection, party: Party, reader: Principal, panels: Mapping[str, Panel]
) -> Layout:
    return await load_layout(connection, party.kind, user_id=reader.user_id, role=reader.role, offered=places(panels))


@get("/parties/{party_id:int}/timeline", opt=dict(allows("parties.read")))
async def show_timeline(request: Call, party_id: FromPath[int]) -> Response[str]:
    """Show all that happened to a party and its cards, by module and by who did it."""
    chosen = {name: text(request, name) for name in ("module", "actor")}
    wanted = TimelineFilter(
        module=choice(request, "module", lambda name: {module: module for module in MODULES}[name]),  # type: ignore[index] # any text is asked
        actor=chosen["actor"] or None,
    )
    name, timeline = await database_of(request).run(_load_timeline, party_id, wanted, before=_before(request))
    older = timeline.found.older
    return page(
        request,
        "timeline.html",
        party_id=party_id,
        name=name,
        chosen=chosen,
        modules=MODULES,
        acts=show_acts(request, timeline.found.rows, timeline.changes, timeline.names),
        names=NAMES,
        module_icons=ICONS,
        older=None if older is None else link(f"/parties/{party_id}/timeline", chosen | {"before": _write(older)}),
    )


async def _load_timeline(
    connection: AsyncConnection, party_id: int, wanted: TimelineFilter, *, before: Moment | None
) -> tuple[str, ShownTimeline]:
    party = await load_party(connection, party_id)
    return party.name, await load_timeline(connection, party.id, wanted, before=before, size=PAGE_ROWS)


def _before(call: Call) -> Moment | None:
    return choice(call, "before", _read)


def _read(value: str) -> Moment:
    moment, _, row = value.partition("_")
    return Moment(_EPOCH + whole_number(moment) * _MICROSECOND, whole_number(row))


def _write(moment: Moment) -> str:
    return f"{(moment.at - _EPOCH) // _MICROSECOND}_{moment.id}"
