"""Attributes: the definitions of each directory, and what is said of records by them."""

from collections.abc import Mapping
from typing import Annotated

from litestar import Router, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

from api.auth.rights import allows
from api.rest.bodies import Body
from api.rest.calls import Call, act_of, service_of
from api.rest.problems import PROBLEMS
from crm.attributes import definitions, repository
from crm.attributes.definitions import ChoiceDraft, Draft
from crm.attributes.model import MOST_ATTRIBUTES, MOST_CHOICES, Attribute, Directory, Given, Kind, Target
from crm.attributes.service import MOST_RECORDS, RecordValues, load_values, set_for_many, set_values
from pos_adapter.protocol import Text, Wire

Code = Annotated[str, Meta(pattern=r"^[a-z0-9_]{1,40}$")]
Version = Annotated[int, Meta(ge=1, le=2_147_483_647)]
Position = Annotated[int, Meta(ge=1, le=MOST_ATTRIBUTES)]
Names = Annotated[dict[str, Text], Meta(min_length=1, max_length=10)]
"""What something is called, by language."""
Values = Annotated[dict[Code, Given], Meta(max_length=MOST_ATTRIBUTES)]


class ChoiceBody(Wire, frozen=True):
    """A choice in its place; without a code it is a new one."""

    names: Names
    code: Code | None = None
    archived: bool | None = None


class AttributeChange(Wire, frozen=True):
    """A definition as it is to be; a null position stays, null choices stay, one that is not named is archived."""

    version: Version
    names: Names
    position: Position | None = None
    choices: Annotated[list[ChoiceBody], Meta(max_length=MOST_CHOICES)] | None = None
    archived: bool | None = None


class NewAttribute(Wire, frozen=True):
    """A new definition; its code is made of its name if none is given, and without a position it is the last."""

    directory: Directory
    kind: Kind
    names: Names
    code: Code | None = None
    refers_to: Target | None = None
    position: Position | None = None
    choices: Annotated[list[ChoiceBody], Meta(max_length=MOST_CHOICES)] | None = None


class ValuesBody(Wire, frozen=True):
    """What is to be said of a record; null takes a value away. `seen` holds the values that the caller knew."""

    values: Values
    seen: Values | None = None


class ManyBody(Wire, frozen=True):
    """One value for many records."""

    record_ids: Annotated[list[int], Meta(min_length=1, max_length=MOST_RECORDS)]
    attribute: Code
    value: Given


class ChoiceAnswer(Struct, frozen=True):
    """A choice."""

    code: str
    names: Mapping[str, str]
    archived: bool


class AttributeAnswer(Struct, frozen=True):
    """A definition; positions count from 1 within a directory, choices stand in their order."""

    attribute_id: int
    directory: Directory
    code: str
    names: Mapping[str, str]
    kind: Kind
    refers_to: Target | None
    position: int
    version: int
    archived: bool
    choices: list[ChoiceAnswer]


class AttributesAnswer(Struct, frozen=True):
    """The definitions of a directory in their order."""

    attributes: list[AttributeAnswer]


class ValuesAnswer(Struct, frozen=True):
    """What is said of a record by every attribute that it has; null where nothing is."""

    values: dict[str, Given]


class ManyAnswer(Struct, frozen=True):
    """For how many records the value was new."""

    changed: int


@get("/v1/attributes", opt=dict(allows("parties.read", module="attributes")), responses=PROBLEMS)
async def get_attributes(
    request: Call,
    directory: FromQuery[Directory],
    archived: FromQuery[bool] = False,  # noqa: FBT002 - a query field
) -> AttributesAnswer:
    """List the definitions of a directory."""
    found = await service_of(request).database.run(repository.list_attributes, (directory,), with_archived=archived)
    return AttributesAnswer([_render(one) for one in found])


@post(
    "/v1/attributes",
    opt=dict(allows("settings.edit", module="attributes")),
    dto=Body,
    return_dto=None,
    responses=PROBLEMS,
)
async def add_attribute(request: Call, data: JSONBody[NewAttribute]) -> AttributeAnswer:
    """Define an attribute: every record of the directory has it at once, empty."""
    made = await service_of(request).database.run(
        definitions.add_attribute,
        data.directory,
        data.kind,
        Draft(data.names, data.position, _drafts(data.choices)),
        refers_to=data.refers_to,
        code=data.code,
        act=act_of(request),
    )
    return _render(made)


@get("/v1/attributes/{attribute_id:int}", opt=dict(allows("parties.read", module="attributes")), responses=PROBLEMS)
async def get_attribute(request: Call, attribute_id: FromPath[int]) -> AttributeAnswer:
    """Read a definition."""
    return _render(await service_of(request).database.run(definitions.load_attribute, attribute_id))


@put(
    "/v1/attributes/{attribute_id:int}",
    opt=dict(allows("settings.edit", module="attributes")),
    dto=Body,
    return_dto=None,
    responses=PROBLEMS,
)
async def change_attribute(
    request: Call, attribute_id: FromPath[int], data: JSONBody[AttributeChange]
) -> AttributeAnswer:
    """Change the names, place or choices of a definition, archive it or bring it back."""
    draft = Draft(data.names, data.position, _drafts(data.choices), is_archived=data.archived is True)
    changed = await service_of(request).database.run(
        definitions.change_attribute, attribute_id, draft, version=data.version, act=act_of(request)
    )
    return _render(changed)


@get("/v1/parties/{party_id:int}/attributes", opt=dict(allows("parties.read", module="attributes")), responses=PROBLEMS)
async def get_party_attributes(request: Call, party_id: FromPath[int]) -> ValuesAnswer:
    """Read what is said of a party."""
    return _render_values(await service_of(request).database.run(load_values, "party", party_id))


@patch(
    "/v1/parties/{party_id:int}/attributes",
    opt=dict(allows("parties.edit", module="attributes")),
    dto=Body,
    return_dto=None,
    responses=PROBLEMS,
)
async def set_party_attributes(request: Call, party_id: FromPath[int], data: JSONBody[ValuesBody]) -> ValuesAnswer:
    """Say something of a party; attributes that are not named stay."""
    return await _set(request, "party", party_id, data)


@post(
    "/v1/parties/attributes",
    opt=dict(allows("parties.bulk", module="attributes")),
    dto=Body,
    return_dto=None,
    status_code=200,
    responses=PROBLEMS,
)
async def set_attribute_of_parties(request: Call, data: JSONBody[ManyBody]) -> ManyAnswer:
    """Say one thing of many parties; all of them or none."""
    return await _set_many(request, "party", data)


@get("/v1/cards/{card_id:int}/attributes", opt=dict(allows("cards.read", module="attributes")), responses=PROBLEMS)
async def get_card_attributes(request: Call, card_id: FromPath[int]) -> ValuesAnswer:
    """Read what is said of a card."""
    return _render_values(await service_of(request).database.run(load_values, "card", card_id))


@patch(
    "/v1/cards/{card_id:int}/attributes",
    opt=dict(allows("cards.act", module="attributes")),
    dto=Body,
    return_dto=None,
    responses=PROBLEMS,
)
async def set_card_attributes(request: Call, card_id: FromPath[int], data: JSONBody[ValuesBody]) -> ValuesAnswer:
    """Say something of a card; attributes that are not named stay."""
    return await _set(request, "card", card_id, data)


@post(
    "/v1/cards/attributes",
    opt=dict(allows("cards.bulk", module="attributes")),
    dto=Body,
    return_dto=None,
    status_code=200,
    responses=PROBLEMS,
)
async def set_attribute_of_cards(request: Call, data: JSONBody[ManyBody]) -> ManyAnswer:
    """Say one thing of many cards; all of them or none."""
    return await _set_many(request, "card", data)


@get("/v1/tasks/{task_id:int}/attributes", opt=dict(allows("tasks.read", module="attributes")), responses=PROBLEMS)
async def get_task_attributes(request: Call, task_id: FromPath[int]) -> ValuesAnswer:
    """Read what is said of a task."""
    return _render_values(await service_of(request).database.run(load_values, "task", task_id))


@patch(
    "/v1/tasks/{task_id:int}/attributes",
    opt=dict(allows("tasks.edit", module="attributes")),
    dto=Body,
    return_dto=None,
    responses=PROBLEMS,
)
async def set_task_attributes(request: Call, task_id: FromPath[int], data: JSONBody[ValuesBody]) -> ValuesAnswer:
    """Say something of a task; attributes that are not named stay."""
    return await _set(request, "task", task_id, data)


@get(
    "/v1/letters/{letter_id:int}/attributes", opt=dict(allows("letters.read", module="attributes")), responses=PROBLEMS
)
async def get_letter_attributes(request: Call, letter_id: FromPath[int]) -> ValuesAnswer:
    """Read what is said of a letter."""
    return _render_values(await service_of(request).database.run(load_values, "letter", letter_id))


@patch(
    "/v1/letters/{letter_id:int}/attributes",
    opt=dict(allows("letters.edit", module="attributes")),
    dto=Body,
    return_dto=None,
    responses=PROBLEMS,
)
async def set_letter_attributes(request: Call, letter_id: FromPath[int], data: JSONBody[ValuesBody]) -> ValuesAnswer:
    """Say something of a letter; attributes that are not named stay."""
    return await _set(request, "letter", letter_id, data)


@get("/v1/events/{event_id:int}/attributes", opt=dict(allows("events.read", module="attributes")), responses=PROBLEMS)
async def get_event_attributes(request: Call, event_id: FromPath[int]) -> ValuesAnswer:
    """Read what is said of an event."""
    return _render_values(await service_of(request).database.run(load_values, "event", event_id))


@patch(
    "/v1/events/{event_id:int}/attributes",
    opt=dict(allows("events.edit", module="attributes")),
    dto=Body,
    return_dto=None,
    responses=PROBLEMS,
)
async def set_event_attributes(request: Call, event_id: FromPath[int], data: JSONBody[ValuesBody]) -> ValuesAnswer:
    """Say something of an event; attributes that are not named stay."""
    return await _set(request, "event", event_id, data)


async def _set(call: Call, directory: Directory, record_id: int, data: ValuesBody) -> ValuesAnswer:
    database = service_of(call).database
    await database.run(set_values, directory, record_id, data.values, seen=data.seen, act=act_of(call))
    return _render_values(await database.run(load_values, directory, record_id))


async def _set_many(call: Call, directory: Directory, data: ManyBody) -> ManyAnswer:
    changed = await service_of(call).database.run(
        set_for_many, directory, data.record_ids, data.attribute, data.value, act=act_of(call)
    )
    return ManyAnswer(changed)


def _drafts(choices: list[ChoiceBody] | None) -> list[ChoiceDraft] | None:
    if choices is None:
        return None
    return [ChoiceDraft(one.names, one.code, is_archived=one.archived is True) for one in choices]


def _render(one: Attribute) -> AttributeAnswer:
    return AttributeAnswer(
        attribute_id=one.id,
        directory=one.directory,
        code=one.code,
        names=one.names,
        kind=one.kind,
        refers_to=one.refers_to,
        position=one.position,
        version=one.version,
        archived=one.is_archived,
        choices=[ChoiceAnswer(choice.code, choice.names, choice.is_archived) for choice in one.choices],
    )


def _render_values(found: RecordValues) -> ValuesAnswer:
    return ValuesAnswer({one.code: found.given(one) for one in found.attributes})


router = Router(
    "/",
    route_handlers=[
        get_attributes,
        add_attribute,
        get_attribute,
        change_attribute,
        get_party_attributes,
        set_party_attributes,
        set_attribute_of_parties,
        get_card_attributes,
        set_card_attributes,
        set_attribute_of_cards,
        get_task_attributes,
        set_task_attributes,
        get_letter_attributes,
        set_letter_attributes,
        get_event_attributes,
        set_event_attributes,
    ],
    tags=["Attributes"],
)
