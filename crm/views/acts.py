"""What may be done to many parties, as it is done to one: what stands before, the act, and how it is taken back."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, convert
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.attributes.model import Directory, Given, write_value
from crm.attributes.repository import load_values
from crm.attributes.service import set_values
from crm.parties.relating import list_groups, put_groups
from crm.parties.service import archive_party, lock_party, unarchive_party
from crm.views.errors import ViewRefusedError
from crm.views.repository.context import Context
from database.activity import Act

BulkAct = Literal["add_to_group", "remove_from_group", "set_attribute", "archive", "unarchive"]


class BulkChange(Struct, frozen=True):
    """What is done to each party: into or out of the group of a code, or an attribute such as `party.size` is set.

    A value is as it goes over the wire; None takes it away.
    """

    act: BulkAct
    group: str | None = None
    attribute: str | None = None
    value: Given = None


async def read_state(
    connection: AsyncConnection, party_id: int, change: BulkChange, context: Context
) -> dict[str, object]:
    """Give what a change moves of a party, held until the transaction ends, as plain JSON values.

    Raises ViewRefusedError, and what `lock_party` raises.
    """
    party = await lock_party(connection, party_id, may_be_archived=True)
    match change.act:
        case "archive" | "unarchive":
            return {"archived": party.archived_at is not None}
        case "add_to_group" | "remove_from_group":
            return {"member": change.group in await list_groups(connection, party_id)}
        case "set_attribute":
            attribute = context.attributes.get(change.attribute or "")
            if attribute is None:
                raise ViewRefusedError("there is no such attribute any more", field="attribute")
            values = await load_values(connection, [attribute], [party_id])
            return {"value": write_value(attribute, values.get(party_id, {}).get(attribute.id))}


async def do_act(connection: AsyncConnection, party_id: int, change: BulkChange, *, act: Act) -> None:
    """Do the act to a party; again changes nothing. Raises what the act on a single party raises."""
    match change.act:
        case "archive":
            await archive_party(connection, party_id, act=act)
        case "unarchive":
            await unarchive_party(connection, party_id, act=act)
        case "add_to_group" | "remove_from_group":
            await _put_member(connection, party_id, change.group or "", is_in=change.act == "add_to_group", act=act)
        case "set_attribute":
            await _set_value(connection, party_id, change.attribute or "", change.value, act=act)


async def put_back(
    connection: AsyncConnection, party_id: int, change: BulkChange, before: Mapping[str, object], *, act: Act
) -> None:
    """Give a party what it had before a change. Raises what the act on a single party raises."""
    match change.act:
        case "archive":
            await unarchive_party(connection, party_id, act=act)
        case "unarchive":
            await archive_party(connection, party_id, act=act)
        case "add_to_group" | "remove_from_group":
            await _put_member(connection, party_id, change.group or "", is_in=bool(before["member"]), act=act)
        case "set_attribute":
            value = convert(before["value"], Given)
            await _set_value(connection, party_id, change.attribute or "", value, act=act)


async def _put_member(connection: AsyncConnection, party_id: int, code: str, *, is_in: bool, act: Act) -> None:
    party = await lock_party(connection, party_id)
    others = [group for group in await list_groups(connection, party_id) if group != code]
    await put_groups(connection, party_id, [*others, code] if is_in else others, seen=party.version, act=act)


async def _set_value(connection: AsyncConnection, party_id: int, name: str, value: Given, *, act: Act) -> None:
    directory, _, code = name.partition(".")
    sets: dict[str, Directory] = {"party": "party", "person": "person"}
    await set_values(connection, sets[directory], party_id, {code: value}, act=act)
