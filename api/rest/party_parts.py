"""What is kept of a party: addresses, ways of contact, bank accounts, registrations, relations and groups.

A part is added, written anew and removed alike. Whoever writes one anew names the party's version that they saw; where
the same part was changed since, the answer is 409 with the differences.
"""

from typing import TypeVar

from litestar import Router, delete, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from api.auth.rights import allows
from api.rest.bodies import Body
from api.rest.calls import Call, act_of, service_of
from api.rest.party_answers import GroupsKept, PartKept
from api.rest.party_bodies import (
    AccountBody,
    AccountChange,
    AddressBody,
    AddressChange,
    ContactBody,
    ContactChange,
    GroupsBody,
    RegistrationBody,
    RegistrationChange,
    RelationBody,
    RelationChange,
)
from api.rest.problems import CHANGED, PROBLEMS
from crm.parties.addresses import check_address
from crm.parties.parts import (
    ACCOUNTS,
    ADDRESSES,
    CONTACTS,
    REGISTRATIONS,
    RELATIONS,
    Part,
    add_part,
    change_part,
    remove_part,
)
from crm.parties.reaching import add_contact, change_contact, log_use
from crm.parties.relating import add_relation, change_relation, put_groups
from crm.parties.service import load_party

T = TypeVar("T", bound=Struct)


async def kept(request: Call, party_id: int, part_id: int) -> PartKept:
    """Answer that a part was kept or removed."""
    return PartKept(part_id, (await service_of(request).database.run(load_party, party_id)).version)


@post("/addresses", dto=Body, return_dto=None, responses=PROBLEMS)
async def post_address(request: Call, party_id: FromPath[int], data: JSONBody[AddressBody]) -> PartKept:
    """Add an address; the first one of a use is its main one."""
    return await _add(request, ADDRESSES, party_id, check_address(data.read()))


@put("/addresses/{part_id:int}", dto=Body, return_dto=None, responses=CHANGED)
async def put_address(
    request: Call, party_id: FromPath[int], part_id: FromPath[int], data: JSONBody[AddressChange]
) -> PartKept:
    """Write an address anew; where it becomes the main one of a use, the one that was no longer is."""
    return await _change(request, ADDRESSES, party_id, part_id, values=check_address(data.read()), seen=data.version)


@delete("/addresses/{part_id:int}", status_code=200, responses=PROBLEMS)
async def delete_address(request: Call, party_id: FromPath[int], part_id: FromPath[int]) -> PartKept:
    """Remove an address; documents that were issued with it keep it."""
    return await _remove(request, ADDRESSES, party_id, part_id)


@post("/contacts", dto=Body, return_dto=None, responses=PROBLEMS)
async def post_contact(request: Call, party_id: FromPath[int], data: JSONBody[ContactBody]) -> PartKept:
    """Add a way of contact."""
    service, act = service_of(request), act_of(request)
    country = service.settings.country
    part_id = await service.database.run(add_contact, party_id, data.read(), country=country, act=act)
    return await kept(request, party_id, part_id)


@put("/contacts/{part_id:int}", dto=Body, return_dto=None, responses=CHANGED)
async def put_contact(
    request: Call, party_id: FromPath[int], part_id: FromPath[int], data: JSONBody[ContactChange]
) -> PartKept:
    """Write a way of contact anew, pin it to the top or let it go."""
    service, act = service_of(request), act_of(request)
    await service.database.run(
        change_contact, party_id, part_id, data.read(), country=service.settings.country, seen=data.version, act=act
    )
    return await kept(request, party_id, part_id)


@delete("/contacts/{part_id:int}", status_code=200, responses=PROBLEMS)
async def delete_contact(request: Call, party_id: FromPath[int], part_id: FromPath[int]) -> PartKept:
    """Remove a way of contact."""
    return await _remove(request, CONTACTS, party_id, part_id)


@post("/contacts/{part_id:int}/uses", status_code=200, opt=dict(allows("parties.read")), responses=PROBLEMS)
async def post_use(request: Call, party_id: FromPath[int], part_id: FromPath[int]) -> PartKept:
    """Count one more use of a way of contact; the most used stands first."""
    await service_of(request).database.run(log_use, party_id, part_id, act=act_of(request))
    return await kept(request, party_id, part_id)


@post("/accounts", dto=Body, return_dto=None, responses=PROBLEMS)
async def post_account(request: Call, party_id: FromPath[int], data: JSONBody[AccountBody]) -> PartKept:
    """Add a bank account; the first one is the main one."""
    return await _add(request, ACCOUNTS, party_id, data.read())


@put("/accounts/{part_id:int}", dto=Body, return_dto=None, responses=CHANGED)
async def put_account(
    request: Call, party_id: FromPath[int], part_id: FromPath[int], data: JSONBody[AccountChange]
) -> PartKept:
    """Write a bank account anew; where it becomes the main one, the one that was no longer is."""
    return await _change(request, ACCOUNTS, party_id, part_id, values=data.read(), seen=data.version)


@delete("/accounts/{part_id:int}", status_code=200, responses=PROBLEMS)
async def delete_account(request: Call, party_id: FromPath[int], part_id: FromPath[int]) -> PartKept:
    """Remove a bank account."""
    return await _remove(request, ACCOUNTS, party_id, part_id)


@post("/registrations", dto=Body, return_dto=None, responses=PROBLEMS)
async def post_registration(request: Call, party_id: FromPath[int], data: JSONBody[RegistrationBody]) -> PartKept:
    """Add a registration; a wrong number is refused, or kept as `wrong` where the installation only warns."""
    values = data.read(service_of(request).settings.wrong_numbers)
    return await _add(request, REGISTRATIONS, party_id, values)


@put("/registrations/{part_id:int}", dto=Body, return_dto=None, responses=CHANGED)
async def put_registration(
    request: Call, party_id: FromPath[int], part_id: FromPath[int], data: JSONBody[RegistrationChange]
) -> PartKept:
    """Write a registration anew."""
    values = data.read(service_of(request).settings.wrong_numbers)
    return await _change(request, REGISTRATIONS, party_id, part_id, values=values, seen=data.version)


@delete("/registrations/{part_id:int}", status_code=200, responses=PROBLEMS)
async def delete_registration(request: Call, party_id: FromPath[int], part_id: FromPath[int]) -> PartKept:
    """Remove a registration."""
    return await _remove(request, REGISTRATIONS, party_id, part_id)


@post("/relations", dto=Body, return_dto=None, responses=PROBLEMS)
async def post_relation(request: Call, party_id: FromPath[int], data: JSONBody[RelationBody]) -> PartKept:
    """Say what the party is to us, or to another party."""
    part_id = await service_of(request).database.run(add_relation, party_id, data.read(), act=act_of(request))
    return await kept(request, party_id, part_id)


@put("/relations/{part_id:int}", dto=Body, return_dto=None, responses=CHANGED)
async def put_relation(
    request: Call, party_id: FromPath[int], part_id: FromPath[int], data: JSONBody[RelationChange]
) -> PartKept:
    """Write a relation anew, above all when it ended."""
    act, database = act_of(request), service_of(request).database
    await database.run(change_relation, party_id, part_id, relation=data.read(), seen=data.version, act=act)
    return await kept(request, party_id, part_id)


@delete("/relations/{part_id:int}", status_code=200, responses=PROBLEMS)
async def delete_relation(request: Call, party_id: FromPath[int], part_id: FromPath[int]) -> PartKept:
    """Remove a relation that never was; one that ended gets its last day instead."""
    return await _remove(request, RELATIONS, party_id, part_id)


@put("/groups", dto=Body, return_dto=None, responses=CHANGED)
async def replace_groups(request: Call, party_id: FromPath[int], data: JSONBody[GroupsBody]) -> GroupsKept:
    """Put the party into exactly these groups."""
    act, database = act_of(request), service_of(request).database
    groups = await database.run(put_groups, party_id, data.groups, seen=data.version, act=act)
    return GroupsKept(groups, (await database.run(load_party, party_id)).version)


async def _add(request: Call, part: Part[T], party_id: int, values: T) -> PartKept:
    part_id = await service_of(request).database.run(add_part, part, party_id, values, act=act_of(request))
    return await kept(request, party_id, part_id)


async def _change(request: Call, part: Part[T], party_id: int, part_id: int, *, values: T, seen: int) -> PartKept:
    database = service_of(request).database
    await database.run(change_part, part, party_id, part_id, values=values, seen=seen, act=act_of(request))
    return await kept(request, party_id, part_id)


async def _remove(request: Call, part: Part[T], party_id: int, part_id: int) -> PartKept:
    await service_of(request).database.run(remove_part, part, party_id, part_id, act=act_of(request))
    return await kept(request, party_id, part_id)


router = Router(
    "/v1/parties/{party_id:int}",
    route_handlers=[
        post_address,
        put_address,
        delete_address,
        post_contact,
        put_contact,
        delete_contact,
        post_use,
        post_account,
        put_account,
        delete_account,
        post_registration,
        put_registration,
        delete_registration,
        post_relation,
        put_relation,
        delete_relation,
        replace_groups,
    ],
    opt=dict(allows("parties.edit")),
    tags=["parties"],
)
