"""The forms of a party's parts: what stands in the fields of one, and how one is read and kept.

Key idea: a part's fields are called as its values are, so that what a use case refuses is found beside its field, and a
difference with what somebody else changed is shown under the field's own name.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias, TypeVar

from msgspec import Struct, to_builtins
from sqlalchemy.ext.asyncio import AsyncConnection

from api.pages import forms
from api.pages.forms import Form, WrongError
from api.pages.party_choice import find_named_party, read_number
from api.pages.words import mark
from api.settings import Settings
from crm.parties.addresses import check_address
from crm.parties.hours import MOST_HOURS
from crm.parties.model import (
    ADDRESS_USES,
    CONTACT_KINDS,
    ContactKind,
    ContactPerson,
    Hours,
    PartyAddress,
    Relation,
)
from crm.parties.notes import add_note, change_note, load_note, remove_note
from crm.parties.numbers import make_account, make_registration, show_account
from crm.parties.parts import (
    ACCOUNTS,
    ADDRESSES,
    CONTACTS,
    PERSONS,
    REGISTRATIONS,
    RELATIONS,
    Part,
    add_part,
    change_part,
    load_part,
    remove_part,
)
from crm.parties.reaching import TypedContact, add_contact, change_contact
from crm.parties.relating import add_relation, change_relation
from crm.parties.service import find_party_name
from crm.parties.staffing import add_new_person, add_person, change_person
from database.activity import Act

T = TypeVar("T", bound=Struct)
Typed: TypeAlias = str | list[str]


class Saving(Struct, frozen=True):
    """A form that was sent: for a new part, or for one that its sender saw in a version."""

    party_id: int
    part_id: int | None
    seen: int
    settings: Settings
    act: Act


class PartForm(Struct, frozen=True):
    """A kind of part on pages: its words, the field beside which a refusal without a field stands, and its acts."""

    title: str
    add: str
    empty: str
    default: str
    fill: Callable[[AsyncConnection, int, int], Awaitable[Form]]
    save: Callable[[AsyncConnection, Form, Saving], Awaitable[object]]
    remove: Callable[[AsyncConnection, int, int, Act], Awaitable[None]]


async def _fill_values(connection: AsyncConnection, part: Part[T], party_id: int, part_id: int) -> dict[str, Typed]:
    """Give the fields of a part from its values as they are written in JSON; false and null are empty."""
    values = to_builtins(await load_part(connection, part, party_id, part_id))
    return {name: _typed(value) for name, value in values.items()}


def _typed(value: object) -> Typed:
    if isinstance(value, list | tuple):
        return [str(item) for item in value]
    return "" if value is None or value is False else "yes" if value is True else str(value)


async def _keep(connection: AsyncConnection, part: Part[T], values: T, to: Saving) -> None:
    if to.part_id is None:
        await add_part(connection, part, to.party_id, values, act=to.act)
    else:
        await change_part(connection, part, to.party_id, to.part_id, values=values, seen=to.seen, act=to.act)


def _remover(part: Part[T]) -> Callable[[AsyncConnection, int, int, Act], Awaitable[None]]:
    async def remove(connection: AsyncConnection, party_id: int, part_id: int, act: Act) -> None:
        await remove_part(connection, part, party_id, part_id, act=act)

    return remove


async def _fill_address(connection: AsyncConnection, party_id: int, part_id: int) -> Form:
    return Form(await _fill_values(connection, ADDRESSES, party_id, part_id))


async def _save_address(connection: AsyncConnection, form: Form, to: Saving) -> None:
    address = PartyAddress(
        line=form.text("line"),
        city=form.text("city"),
        region=form.text("region"),
        postal_code=form.text("postal_code"),
        country=form.text("country") or None,
        uses=tuple(use for use in ADDRESS_USES if use in form.texts("uses")),
        main_for=tuple(use for use in ADDRESS_USES if use in form.texts("main_for")),
    )
    await _keep(connection, ADDRESSES, check_address(address), to)


async def _fill_contact(connection: AsyncConnection, party_id: int, part_id: int) -> Form:
    return Form(await _fill_values(connection, CONTACTS, party_id, part_id))


async def _save_contact(connection: AsyncConnection, form: Form, to: Saving) -> None:
    kinds: Mapping[str, ContactKind] = {kind: kind for kind in CONTACT_KINDS}
    typed = TypedContact(
        kind=form.need("kind", forms.one_of(kinds), "phone"),
        value=form.need("value", forms.long_text, ""),
        label=form.text("label") or None,
        is_pinned=form.is_ticked("is_pinned"),
    )
    if form.problems:
        return
    country = to.settings.country
    if to.part_id is None:
        await add_contact(connection, to.party_id, typed, country=country, act=to.act)
    else:
        await change_contact(connection, to.party_id, to.part_id, typed, country=country, seen=to.seen, act=to.act)


async def _fill_account(connection: AsyncConnection, party_id: int, part_id: int) -> Form:
    values = await _fill_values(connection, ACCOUNTS, party_id, part_id)
    return Form(values | {"account": show_account(str(values["account"]))})


async def _save_account(connection: AsyncConnection, form: Form, to: Saving) -> None:
    account = make_account(
        form.text("bank"),
        form.text("account"),
        currency=form.text("currency").upper(),
        code=form.text("bic"),
        is_main=form.is_ticked("is_main"),
    )
    await _keep(connection, ACCOUNTS, account, to)


async def _fill_registration(connection: AsyncConnection, party_id: int, part_id: int) -> Form:
    return Form(await _fill_values(connection, REGISTRATIONS, party_id, part_id))


async def _save_registration(connection: AsyncConnection, form: Form, to: Saving) -> None:
    issued_on, valid_until = form.read("issued_on", forms.day, None), form.read("valid_until", forms.day, None)
    if form.problems:
        return
    registration = make_registration(
        form.text("kind"),
        form.text("number"),
        wrong=to.settings.wrong_numbers,
        country=form.text("country") or None,
        issued_on=issued_on,
        valid_until=valid_until,
        issuer=form.text("issuer"),
    )
    await _keep(connection, REGISTRATIONS, registration, to)


async def _fill_relation(connection: AsyncConnection, party_id: int, part_id: int) -> Form:
    values = await _fill_values(connection, RELATIONS, party_id, part_id)
    return Form(values | {"other_party_id": await _name(connection, values["other_party_id"])})


async def _save_relation(connection: AsyncConnection, form: Form, to: Saving) -> None:
    try:
        other = await find_named_party(connection, form.text("other_party_id"))
    except WrongError as error:
        form.refuse("other_party_id", error.problem)
        return
    since, until = form.read("since", forms.day, None), form.read("until", forms.day, None)
    if form.problems:
        return
    relation = Relation(relation=form.text("relation"), other_party_id=other, since=since, until=until)
    if to.part_id is None:
        await add_relation(connection, to.party_id, relation, act=to.act)
    else:
        await change_relation(connection, to.party_id, to.part_id, relation=relation, seen=to.seen, act=to.act)


async def _name(connection: AsyncConnection, party_id: Typed) -> str:
    """Write a party as a form takes it: its number, and its name for who reads it."""
    name = await find_party_name(connection, int(str(party_id))) if party_id else None
    return "" if name is None else f"#{party_id} {name}"


async def _fill_person(connection: AsyncConnection, party_id: int, part_id: int) -> Form:
    values = await _fill_values(connection, PERSONS, party_id, part_id)
    person = await load_part(connection, PERSONS, party_id, part_id)
    for row, span in enumerate(person.hours):
        values |= {
            f"hours.{row}.days": [str(day) for day in span.days],
            f"hours.{row}.since": span.since.isoformat("minutes"),
            f"hours.{row}.until": span.until.isoformat("minutes"),
        }
    return Form(values | {"person_id": await _name(connection, values["person_id"])})


async def _save_person(connection: AsyncConnection, form: Form, to: Saving) -> None:
    typed = form.need("person_id", forms.short_text, "") if to.part_id is None else ""
    hours = tuple(span for row in range(MOST_HOURS) if (span := _read_span(form, row)) is not None)
    if form.problems:
        return
    person = ContactPerson(
        person_id=read_number(typed) or 0,
        post=form.text("post"),
        responsibilities=tuple(form.texts("responsibilities")),
        timezone=form.text("timezone") or None,
        hours=hours,
    )
    if to.part_id is not None:
        await change_person(connection, to.party_id, to.part_id, person=person, seen=to.seen, act=to.act)
    elif person.person_id:
        await add_person(connection, to.party_id, person, act=to.act)
    else:
        await add_new_person(connection, to.party_id, typed, person=person, act=to.act)


def _read_span(form: Form, row: int) -> Hours | None:
    """Read a row of hours; None for one that is empty. What is wrong is told of the hours as a whole."""
    texts = {name: form.texts(f"hours.{row}.{name}") for name in ("days", "since", "until")}
    if not any(text for found in texts.values() for text in found):
        return None
    try:
        since, until = (forms.clock(next(iter(texts[name]), "")) for name in ("since", "until"))
        return Hours(tuple(forms.count(day) for day in texts["days"]), since, until)
    except WrongError as error:
        form.refuse("hours", error.problem)
        return None


async def _fill_note(connection: AsyncConnection, party_id: int, part_id: int) -> Form:
    return Form({"text": (await load_note(connection, party_id, part_id)).text})


async def _save_note(connection: AsyncConnection, form: Form, to: Saving) -> None:
    text = form.raw("text")
    if to.part_id is None:
        await add_note(connection, to.party_id, text, act=to.act)
    else:
        await change_note(connection, to.party_id, to.part_id, text=text, seen=to.seen, act=to.act)


async def _remove_note(connection: AsyncConnection, party_id: int, part_id: int, act: Act) -> None:
    await remove_note(connection, party_id, part_id, act=act)


PART_FORMS: Mapping[str, PartForm] = {
    "addresses": PartForm(
        mark("Addresses"),
        mark("Add an address"),
        mark("No address is known."),
        "line",
        _fill_address,
        _save_address,
        _remover(ADDRESSES),
    ),
    "contacts": PartForm(
        mark("Ways of contact"),
        mark("Add a way of contact"),
        mark("No phone or address is known."),
        "value",
        _fill_contact,
        _save_contact,
        _remover(CONTACTS),
    ),
    "accounts": PartForm(
        mark("Bank accounts"),
        mark("Add a bank account"),
        mark("No bank account is known."),
        "account",
        _fill_account,
        _save_account,
        _remover(ACCOUNTS),
    ),
    "registrations": PartForm(
        mark("Registrations"),
        mark("Add a registration"),
        mark("No registration is known."),
        "number",
        _fill_registration,
        _save_registration,
        _remover(REGISTRATIONS),
    ),
    "relations": PartForm(
        mark("Relations"),
        mark("Add a relation"),
        mark("Nothing is said of what it is to us."),
        "relation",
        _fill_relation,
        _save_relation,
        _remover(RELATIONS),
    ),
    "persons": PartForm(
        mark("Contact persons"),
        mark("Add a contact person"),
        mark("Nobody is known who speaks for it."),
        "person_id",
        _fill_person,
        _save_person,
        _remover(PERSONS),
    ),
    "notes": PartForm(
        mark("Notes"),
        mark("Add a note"),
        mark("Nobody has noted anything."),
        "text",
        _fill_note,
        _save_note,
        _remove_note,
    ),
}
"""The kinds of parts by the last word of their pages' address."""
