"""The pages of a party's parts: for each kind what is there above the form of a new one, and the form of each part.

Who changes what somebody else changed meanwhile keeps what they typed, and sees it beside what stands there now and
what stood there before both.
"""

from collections.abc import Mapping, Sequence

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.edge import act_of, service_of
from api.pages.forms import REFUSED, Form, Problem, count, read_form
from api.pages.party_part_forms import PART_FORMS, PartForm, Saving
from api.pages.party_rows import ROWS, load_words
from api.pages.party_words import FIELDS, countries, registrations, show_value
from api.pages.renderer import Call, currency_of, database_of, language_of, page, redirect
from api.pages.shown_changes import Compared, tell_differences
from api.pages.words import mark
from api.state import read_clock
from crm.changes import Difference
from crm.directories.model import Entry
from crm.parties.errors import PartyChangedError
from crm.parties.hours import timezones
from crm.parties.model import Party
from crm.parties.service import load_party
from loyalty.errors import LoyaltyError

PARTS = [f"/parties/{{party_id:int}}/{name}" for name in PART_FORMS]
PART = [f"{path}/{{part_id:int}}" for path in PARTS]
REMOVALS = [f"{path}/remove" for path in PART]
CHANGED = Problem(mark("Changed this meanwhile. Both stand above; saving again puts yours in the place of theirs."))


class Shown(Struct, frozen=True):
    """A page of a kind of parts, or of one part."""

    party: Party
    rows: object
    relations: Mapping[str, Entry]
    responsibilities: Mapping[str, Entry]


@get(PARTS, opt=dict(allows("parties.edit")))
async def show_parts(request: Call, party_id: FromPath[int]) -> Response[str]:
    """Show what a party has of a kind, and the form of a new one."""
    form = Form({"currency": currency_of(request).code, "timezone": service_of(request).settings.timezone})
    return await _show(request, party_id, None, form)


@post(PARTS, opt=dict(allows("parties.edit")))
async def add_part(request: Call, party_id: FromPath[int]) -> Response[str]:
    """Add a part, or show the form again with what is wrong."""
    return await _save(request, party_id, None)


@get(PART, opt=dict(allows("parties.edit")))
async def show_part(request: Call, party_id: FromPath[int], part_id: FromPath[int]) -> Response[str]:
    """Show the form of a part."""
    _, part = _part_of(request)
    return await _show(request, party_id, part_id, await database_of(request).run(part.fill, party_id, part_id))


@post(PART, opt=dict(allows("parties.edit")))
async def save_part(request: Call, party_id: FromPath[int], part_id: FromPath[int]) -> Response[str]:
    """Save a part, or show the form again with what is wrong or was changed meanwhile."""
    return await _save(request, party_id, part_id)


@post(REMOVALS, opt=dict(allows("parties.edit")))
async def remove_part(request: Call, party_id: FromPath[int], part_id: FromPath[int]) -> Response[str]:
    """Take a part off its party."""
    name, part = _part_of(request)
    try:
        await database_of(request).run(part.remove, party_id, part_id, act_of(request))
    except LoyaltyError as error:
        form = await database_of(request).run(part.fill, party_id, part_id)
        form.refuse_by(error, (), part.default)
        return await _show(request, party_id, part_id, form)
    return redirect(f"/parties/{party_id}/{name}")


async def _save(call: Call, party_id: int, part_id: int | None) -> Response[str]:
    name, part = _part_of(call)
    form = await read_form(call)
    seen = 0 if part_id is None else form.need("version", count, 0)
    saving = Saving(party_id, part_id, seen, service_of(call).settings, act_of(call))
    differences: Sequence[Difference] = ()
    try:
        await database_of(call).run(part.save, form, saving)
    except PartyChangedError as error:
        differences = error.differences
        form.refuse("version", CHANGED)
    except LoyaltyError as error:
        form.refuse_by(error, FIELDS, part.default)
    if form.problems:
        return await _show(call, party_id, part_id, form, differences)
    return redirect(f"/parties/{party_id}/{name}")


def _part_of(call: Call) -> tuple[str, PartForm]:
    """Tell of which kind of parts a page is."""
    name = call.url.path.split("/")[3]
    if name not in PART_FORMS:
        raise NotFoundException("there is no such part")
    return name, PART_FORMS[name]


async def _show(
    call: Call, party_id: int, part_id: int | None, form: Form, differences: Sequence[Difference] = ()
) -> Response[str]:
    name, part = _part_of(call)
    shown = await database_of(call).run(_load, party_id, name)
    language = language_of(call)
    return page(
        call,
        "party_part.html",
        status=REFUSED if form.problems else 200,
        here=f"/parties/{party_id}/{name}" + ("" if part_id is None else f"/{part_id}"),
        party=shown.party,
        name=name,
        part=part,
        part_id=part_id,
        form=form,
        labels=FIELDS,
        data=shown.rows,
        version=shown.party.version,
        compared=compare(differences),
        countries=countries(language),
        registrations=registrations(),
        relations=shown.relations,
        responsibilities=shown.responsibilities,
        timezones=sorted(timezones()) if name == "persons" else (),
    )


async def _load(connection: AsyncConnection, party_id: int, name: str) -> Shown:
    party = await load_party(connection, party_id)
    rows = await ROWS[name](connection, party_id, read_clock())
    relations = await load_words(connection, "relation") if name == "relations" else {}
    responsibilities = await load_words(connection, "responsibility") if name == "persons" else {}
    return Shown(party, rows, relations, responsibilities)


def compare(differences: Sequence[Difference]) -> list[Compared]:
    """Put differences into words."""
    return tell_differences(differences, FIELDS, lambda _field, value: show_value(value))
