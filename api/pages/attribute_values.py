"""What is said of a record by attributes: the panel on its page, the form, and one value for many records at once."""

from collections.abc import Mapping

import msgspec
from litestar import Response, get, post
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages import forms
from api.pages.edge import act_of, find_card
from api.pages.forms import REFUSED, Form, WrongError, read_form, told
from api.pages.party_choice import find_named_party
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.words import mark
from crm.attributes import repository
from crm.attributes.errors import RecordUnknownError
from crm.attributes.model import Attribute, Directory, Given, Kind, read_value
from crm.attributes.service import RecordValues, load_values, set_values
from crm.events.keeping import load_event
from crm.letters.keeping import load_letter
from crm.parties.listing import load_names
from loyalty.errors import LoyaltyError
from loyalty.money import QUANTITY

YES_NO: Mapping[str, str] = {"": mark("Not said"), "yes": mark("Yes"), "no": mark("No")}
_FIELD = "attribute."
_FOLDERS: Mapping[Directory, str] = {"card": "cards", "event": "events", "letter": "letters"}
_YES_NO: Mapping[str, bool] = {"yes": True, "no": False}


class ValuesForm(Struct, frozen=True):
    """The fields of a record's attributes, and the users that a reference may lead to."""

    record: RecordValues
    form: Form
    users: Mapping[int, str]

    @property
    def labels(self) -> dict[str, str]:
        """Give the name of each field, for the summary of what is wrong."""
        return {field_of(one): one.name("en") for one in self.record.attributes}

    @property
    def seen(self) -> str:
        """What the form shows, so that only what a person changed is written."""
        return msgspec.json.encode({one.code: self.record.given(one) for one in self.record.attributes}).decode()


def field_of(attribute: Attribute) -> str:
    """Name the field of an attribute in a form."""
    return f"{_FIELD}{attribute.code}"


@get("/cards/{card_id:int}/attributes", opt=dict(allows("cards.act", module="attributes")))
async def show_card_attributes(request: Call, card_id: FromPath[int]) -> Response[str]:
    """Show the form of what is said of a card."""
    return await _show(request, "card", card_id, None)


@post("/cards/{card_id:int}/attributes", opt=dict(allows("cards.act", module="attributes")))
async def save_card_attributes(request: Call, card_id: FromPath[int]) -> Response[str]:
    """Save what is said of a card."""
    return await _save(request, "card", card_id, f"/cards/{card_id}?done=attributes")


@get("/events/{event_id:int}/attributes", opt=dict(allows("events.edit", module="attributes")))
async def show_event_attributes(request: Call, event_id: FromPath[int]) -> Response[str]:
    """Show the form of what is said of an event."""
    return await _show(request, "event", event_id, None)


@post("/events/{event_id:int}/attributes", opt=dict(allows("events.edit", module="attributes")))
async def save_event_attributes(request: Call, event_id: FromPath[int]) -> Response[str]:
    """Save what is said of an event."""
    return await _save(request, "event", event_id, f"/events/{event_id}")


@get("/letters/{letter_id:int}/attributes", opt=dict(allows("letters.edit")))
async def show_letter_attributes(request: Call, letter_id: FromPath[int]) -> Response[str]:
    """Show the form of what is said of a letter."""
    return await _show(request, "letter", letter_id, None)


@post("/letters/{letter_id:int}/attributes", opt=dict(allows("letters.edit")))
async def save_letter_attributes(request: Call, letter_id: FromPath[int]) -> Response[str]:
    """Save what is said of a letter."""
    return await _save(request, "letter", letter_id, f"/letters/{letter_id}")


@get("/parties/{party_id:int}/attributes", opt=dict(allows("parties.edit", module="attributes")))
async def show_party_attributes(request: Call, party_id: FromPath[int]) -> Response[str]:
    """Show the form of what is said of a party."""
    return await _show(request, "party", party_id, None)


@post("/parties/{party_id:int}/attributes", opt=dict(allows("parties.edit", module="attributes")))
async def save_party_attributes(request: Call, party_id: FromPath[int]) -> Response[str]:
    """Save what is said of a party."""
    return await _save(request, "party", party_id, f"/parties/{party_id}")


async def _show(call: Call, directory: Directory, record_id: int, form: Form | None) -> Response[str]:
    record, title = await database_of(call).run(_load, directory, record_id)
    values = await with_users(call, record, fill_values(record) if form is None else form)
    path = f"/{_FOLDERS.get(directory, 'parties')}/{record_id}"
    return page(
        call,
        "attribute_values.html",
        status=REFUSED if values.form.problems else 200,
        here=f"{path}/attributes",
        values=values,
        title=title,
        is_card=directory == "card",
        back=path,
        said=record,
        said_link=None,
        yes_no=YES_NO,
    )


async def _load(connection: AsyncConnection, directory: Directory, record_id: int) -> tuple[RecordValues, str]:
    """Load what is said of a record, and what the record is called. Raises NotFoundException."""
    if directory == "card":
        title = (await find_card(connection, record_id)).masked
    elif directory == "event":
        title = (await load_event(connection, record_id)).topic
    elif directory == "letter":
        title = (await load_letter(connection, record_id)).topic
    else:
        title = (await load_names(connection, [record_id])).get(record_id, "")
    try:
        return await load_values(connection, directory, record_id), title
    except RecordUnknownError as error:
        raise NotFoundException("there is no such record") from error


async def _save(call: Call, directory: Directory, record_id: int, after: str) -> Response[str]:
    form = await read_form(call)
    database = database_of(call)
    record, _ = await database.run(_load, directory, record_id)
    given = await database.run(read_values, form, record)
    if not form.problems:
        try:
            await database.run(set_values, directory, record_id, given, seen=read_seen(form), act=act_of(call))
        except LoyaltyError as error:
            form.refuse(f"{_FIELD}{error.field}", told(error.detail))
    return await _show(call, directory, record_id, form) if form.problems else redirect(after)


async def with_users(call: Call, record: RecordValues, form: Form) -> ValuesForm:
    """Give a record's fields with the users that references among them may lead to."""
    wants_users = any(one.refers_to == "user" for one in record.attributes)
    return ValuesForm(record, form, await database_of(call).run(repository.list_users) if wants_users else {})


def fill_values(record: RecordValues) -> Form:
    """Give the form of values as they stand."""
    texts: dict[str, str | list[str]] = {}
    for one in record.attributes:
        given = record.given(one)
        if isinstance(given, list):
            texts[field_of(one)] = given
        elif isinstance(given, bool):
            texts[field_of(one)] = "yes" if given else "no"
        elif one.refers_to == "party" and given is not None:
            texts[field_of(one)] = f"#{given} {record.referred(one) or ''}".rstrip()
        else:
            texts[field_of(one)] = "" if given is None else str(given)
    return Form(texts)


async def read_values(connection: AsyncConnection, form: Form, record: RecordValues) -> dict[str, Given]:
    """Read every field by itself; what is wrong is put beside it."""
    given = {one.code: await read_given(connection, form, one) for one in record.attributes}
    for one in record.attributes:
        try:
            read_value(one, given[one.code], kept=record.values.get(one.id))
        except LoyaltyError as error:
            form.refuse(field_of(one), told(error.detail))
    return given


async def read_given(connection: AsyncConnection, form: Form, attribute: Attribute) -> Given:
    """Read the field of an attribute; what is wrong with it is put beside it."""
    if attribute.refers_to != "party":
        return _read_plain(form, attribute.kind, field_of(attribute))
    try:
        return await find_named_party(connection, form.text(field_of(attribute)))
    except WrongError as error:
        form.refuse(field_of(attribute), error.problem)
        return None


def _read_plain(form: Form, kind: Kind, name: str) -> Given:
    """Read what stands in the form alone; what is wrong with it the attribute itself says later."""
    match kind:
        case "choices":
            return form.texts(name)
        case "yes_no":
            return _YES_NO.get(form.text(name))
        case "number":
            return form.read(name, lambda typed: QUANTITY.format(forms.decimal(QUANTITY, typed), least_places=0), None)
        case "reference":
            return form.read(name, forms.count, None)
        case _:
            return form.text(name)


def read_seen(form: Form) -> dict[str, Given]:
    """Read what the form had shown. Raises ClientException."""
    try:
        return msgspec.json.decode(form.raw("seen"), type=dict[str, Given])
    except msgspec.DecodeError as error:
        raise ClientException("the form is not whole: load the page again") from error
