"""Who speaks for a party, and what colleagues should know of it."""

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from api.auth.rights import allows
from api.rest.bodies import Body
from api.rest.calls import Call, act_of, service_of
from api.rest.party_answers import NotesAnswer, PartKept, PersonsAnswer, render_notes, render_person
from api.rest.party_bodies import NoteBody, NoteChange, PersonBody, PersonChange
from api.rest.party_parts import kept
from api.rest.problems import CHANGED, PROBLEMS
from api.state import read_clock
from crm.parties import notes, staffing
from crm.parties.parts import PERSONS, remove_part
from crm.parties.service import load_party
from pos_adapter.problems import BodyError


@get("/persons", opt=dict(allows("parties.read")), responses=PROBLEMS)
async def get_persons(
    request: Call,
    party_id: FromPath[int],
    responsibility: FromQuery[str | None] = None,
    reachable: FromQuery[bool] = False,  # noqa: FBT002 - a query field
) -> PersonsAnswer:
    """List who speaks for the party: who answers for something, who can be reached now."""
    now, database = read_clock(), service_of(request).database
    await database.run(load_party, party_id)
    found = await database.run(
        staffing.list_persons, party_id, responsibility=responsibility, reachable_at=now if reachable else None
    )
    return PersonsAnswer([render_person(one, now=now) for one in found])


@post("/persons", dto=Body, return_dto=None, responses=PROBLEMS)
async def post_person(request: Call, party_id: FromPath[int], data: JSONBody[PersonBody]) -> PartKept:
    """Let a person speak for the party: one who is a party already, or a new one."""
    act, database = act_of(request), service_of(request).database
    if (data.person_id is None) == (data.name is None):
        raise BodyError("person_id", "give person_id or name, one of them")
    if data.person_id is not None:
        part_id = await database.run(staffing.add_person, party_id, data.read(data.person_id), act=act)
    else:
        person = data.read(0)
        part_id = await database.run(staffing.add_new_person, party_id, data.name or "", person=person, act=act)
    return await kept(request, party_id, part_id)


@put("/persons/{part_id:int}", dto=Body, return_dto=None, responses=CHANGED)
async def put_person(
    request: Call, party_id: FromPath[int], part_id: FromPath[int], data: JSONBody[PersonChange]
) -> PartKept:
    """Write anew what a contact person answers for, and when they can be reached."""
    act, database = act_of(request), service_of(request).database
    person = data.read(0)
    await database.run(staffing.change_person, party_id, part_id, person=person, seen=data.version, act=act)
    return await kept(request, party_id, part_id)


@delete("/persons/{part_id:int}", status_code=200, responses=PROBLEMS)
async def delete_person(request: Call, party_id: FromPath[int], part_id: FromPath[int]) -> PartKept:
    """Let a person no longer speak for the party; the person stays."""
    await service_of(request).database.run(remove_part, PERSONS, party_id, part_id, act=act_of(request))
    return await kept(request, party_id, part_id)


@get("/employers", opt=dict(allows("parties.read")), responses=PROBLEMS)
async def get_employers(request: Call, party_id: FromPath[int]) -> PersonsAnswer:
    """List the parties for which a person speaks."""
    now, database = read_clock(), service_of(request).database
    await database.run(load_party, party_id)
    found = await database.run(staffing.list_employers, party_id)
    return PersonsAnswer([render_person(one, now=now) for one in found])


@get("/notes", opt=dict(allows("parties.read")), responses=PROBLEMS)
async def get_notes(request: Call, party_id: FromPath[int]) -> NotesAnswer:
    """List the newest notes."""
    database = service_of(request).database
    await database.run(load_party, party_id)
    return render_notes(await database.run(notes.list_notes, party_id))


@post("/notes", dto=Body, return_dto=None, responses=PROBLEMS)
async def post_note(request: Call, party_id: FromPath[int], data: JSONBody[NoteBody]) -> PartKept:
    """Add a note, which every colleague who may see the party reads at once."""
    part_id = await service_of(request).database.run(notes.add_note, party_id, data.text, act=act_of(request))
    return await kept(request, party_id, part_id)


@put("/notes/{part_id:int}", dto=Body, return_dto=None, responses=CHANGED)
async def put_note(
    request: Call, party_id: FromPath[int], part_id: FromPath[int], data: JSONBody[NoteChange]
) -> PartKept:
    """Write a note anew."""
    act, database = act_of(request), service_of(request).database
    await database.run(notes.change_note, party_id, part_id, text=data.text, seen=data.version, act=act)
    return await kept(request, party_id, part_id)


@delete("/notes/{part_id:int}", status_code=200, responses=PROBLEMS)
async def delete_note(request: Call, party_id: FromPath[int], part_id: FromPath[int]) -> PartKept:
    """Remove a note."""
    await service_of(request).database.run(notes.remove_note, party_id, part_id, act=act_of(request))
    return await kept(request, party_id, part_id)


router = Router(
    "/v1/parties/{party_id:int}",
    route_handlers=[
        get_persons,
        post_person,
        put_person,
        delete_person,
        get_employers,
        get_notes,
        post_note,
        put_note,
        delete_note,
    ],
    opt=dict(allows("parties.edit")),
    tags=["parties"],
)
