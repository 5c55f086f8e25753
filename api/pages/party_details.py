"""The pages of a party itself: a new one, its own fields, its groups, and the archive."""

from collections.abc import Mapping, Sequence
from datetime import date

from litestar import Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages import forms
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, read_form
from api.pages.party_parts import CHANGED, compare
from api.pages.party_rows import load_words
from api.pages.party_words import FIELDS, KINDS, LANGUAGES
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.words import mark
from crm.changes import Difference
from crm.directories.model import Entry, PartyKind
from crm.directories.service import list_entries, load_entry
from crm.merging.duplicates import find_lookalikes
from crm.parties.births import NO_YEAR
from crm.parties.errors import PartyChangedError
from crm.parties.model import Party, PartyDetails
from crm.parties.relating import list_groups, put_groups
from crm.parties.service import archive_party, change_party, load_party, make_party, unarchive_party
from loyalty.errors import LoyaltyError

NEW = "/parties/new"
_ANY_YEAR = 2000
"""A leap year."""
_KINDS: Mapping[str, PartyKind] = {"person": "person", "organisation": "organisation"}


@get(NEW, opt=dict(allows("parties.edit")))
async def show_new_party(request: Call) -> Response[str]:
    """Show the empty form: a name and a legal status are enough."""
    return await _show(request, Form({"legal_status": "natural_person"}), None)


@post(NEW, opt=dict(allows("parties.edit")))
async def make_new_party(request: Call) -> Response[str]:
    """Make a party and go to its profile, to whom it looks like first, or show the form again with what is wrong."""
    form = await read_form(request)
    details = _read(form)
    if not form.problems:
        try:
            made = await database_of(request).run(make_party, details, act=act_of(request))
        except LoyaltyError as error:
            form.refuse_by(error, FIELDS, "name")
        else:
            alike = await database_of(request).run(find_lookalikes, made.id, act=act_of(request))
            return redirect(f"/parties/{made.id}/lookalikes" if alike else f"/parties/{made.id}")
    return await _show(request, form, None)


@get("/parties/{party_id:int}/edit", opt=dict(allows("parties.edit")))
async def show_party_form(request: Call, party_id: FromPath[int]) -> Response[str]:
    """Show a party's own fields."""
    party = await database_of(request).run(load_party, party_id)
    status = await database_of(request).run(load_entry, "legal_status", party.legal_status)
    typed = {name: str(getattr(party, name) or "") for name in PartyDetails.__struct_fields__}
    typed |= {"kind": "" if status.party_kind else party.kind, **_type_birth(party)}
    return await _show(request, Form(typed), party)


@post("/parties/{party_id:int}/edit", opt=dict(allows("parties.edit")))
async def save_party(request: Call, party_id: FromPath[int]) -> Response[str]:
    """Save a party's own fields, or show the form again with what is wrong or was changed meanwhile."""
    form = await read_form(request)
    details, seen = _read(form), form.need("version", forms.count, 0)
    differences: Sequence[Difference] = ()
    if not form.problems:
        try:
            await database_of(request).run(change_party, party_id, details, seen=seen, act=act_of(request))
        except PartyChangedError as error:
            differences = error.differences
            form.refuse("version", CHANGED)
        except LoyaltyError as error:
            form.refuse_by(error, FIELDS, "name")
    if form.problems:
        return await _show(request, form, await database_of(request).run(load_party, party_id), differences)
    return redirect(f"/parties/{party_id}")


def _read(form: Form) -> PartyDetails:
    return PartyDetails(
        name=form.need("name", forms.short_text, ""),
        legal_status=form.need("legal_status", forms.short_text, ""),
        kind=form.read("kind", forms.one_of(_KINDS), None),
        birth_date=_read_birth(form),
        note=form.raw("note") or None,
        language=form.text("language") or None,
    )


def _read_birth(form: Form) -> date | None:
    birth = form.read("birth_date", forms.day, None)
    return birth.replace(year=NO_YEAR) if birth is not None and form.is_ticked("no_year") else birth


def _type_birth(party: Party) -> dict[str, str]:
    """Give the birth date as fields of the form; a date without its year is picked in some year."""
    if party.birth_date is None or party.birth_date.year != NO_YEAR:
        return {}
    return {"birth_date": str(party.birth_date.replace(year=_ANY_YEAR)), "no_year": "yes"}


async def _show(call: Call, form: Form, party: Party | None, differences: Sequence[Difference] = ()) -> Response[str]:
    return page(
        call,
        "party_form.html",
        status=REFUSED if form.problems else 200,
        here=NEW if party is None else f"/parties/{party.id}/edit",
        form=form,
        labels=FIELDS,
        party=party,
        compared=compare(differences),
        statuses=await database_of(call).run(load_words, "legal_status"),
        kinds={"": mark("As the legal status says"), **KINDS},
        languages={"": mark("not said"), **LANGUAGES},
    )


@post("/parties/{party_id:int}/archive", opt=dict(allows("parties.edit")))
async def put_into_archive(request: Call, party_id: FromPath[int]) -> Response[str]:
    """Put a party into the archive."""
    await database_of(request).run(archive_party, party_id, act=act_of(request))
    return redirect(f"/parties/{party_id}")


@post("/parties/{party_id:int}/unarchive", opt=dict(allows("parties.edit")))
async def take_out_of_archive(request: Call, party_id: FromPath[int]) -> Response[str]:
    """Take a party out of the archive."""
    await database_of(request).run(unarchive_party, party_id, act=act_of(request))
    return redirect(f"/parties/{party_id}")


@get("/parties/{party_id:int}/groups", opt=dict(allows("parties.edit")))
async def show_groups(request: Call, party_id: FromPath[int]) -> Response[str]:
    """Show which groups a party is in."""
    party, groups, entries = await database_of(request).run(_load_groups, party_id)
    return _show_groups(request, Form({"groups": groups}), party, entries)


@post("/parties/{party_id:int}/groups", opt=dict(allows("parties.edit")))
async def save_groups(request: Call, party_id: FromPath[int]) -> Response[str]:
    """Put a party into exactly the groups that were ticked."""
    form = await read_form(request)
    seen = form.need("version", forms.count, 0)
    differences: Sequence[Difference] = ()
    try:
        await database_of(request).run(put_groups, party_id, form.texts("groups"), seen=seen, act=act_of(request))
    except PartyChangedError as error:
        differences = error.differences
        form.refuse("version", CHANGED)
    except LoyaltyError as error:
        form.refuse_by(error, FIELDS, "groups")
    if not form.problems:
        return redirect(f"/parties/{party_id}/relations")
    party, _, entries = await database_of(request).run(_load_groups, party_id)
    return _show_groups(request, form, party, entries, differences)


async def _load_groups(connection: AsyncConnection, party_id: int) -> tuple[Party, list[str], list[Entry]]:
    party = await load_party(connection, party_id)
    return party, await list_groups(connection, party_id), await list_entries(connection, "group")


def _show_groups(
    call: Call, form: Form, party: Party, entries: list[Entry], differences: Sequence[Difference] = ()
) -> Response[str]:
    return page(
        call,
        "party_groups.html",
        status=REFUSED if form.problems else 200,
        here=f"/parties/{party.id}/groups",
        form=form,
        labels=FIELDS,
        party=party,
        entries=entries,
        compared=compare(differences),
    )
