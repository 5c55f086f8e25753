"""Parties: people and organisations, made, found, changed and put away; what is kept of them is in `party_parts`."""

from litestar import Router, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.auth.rights import allows
from api.rest.bodies import Body
from api.rest.calls import Call, act_of, service_of
from api.rest.party_answers import PartyAnswer, PartyPage, render_item, render_party
from api.rest.party_bodies import NewParty, PartyChange
from api.rest.problems import CHANGED, PROBLEMS
from api.state import read_clock
from crm.directories.model import PartyKind
from crm.parties import service as parties
from crm.parties.listing import Wanted, list_parties
from crm.parties.whole import load_whole_party
from database.identifiers import MOST_ID
from pos_adapter.problems import BodyError

MOST_WORDS_LENGTH = 200


@get("/", responses=PROBLEMS)
async def get_parties(
    request: Call,
    q: FromQuery[str | None] = None,
    kind: FromQuery[PartyKind | None] = None,
    relation: FromQuery[str | None] = None,
    group: FromQuery[str | None] = None,
    archived: FromQuery[bool] = False,  # noqa: FBT002 - a query field
    after: FromQuery[int | None] = None,
) -> PartyPage:
    """List parties by name: those that hold every word of `q`, of a relation, of a group; page by page."""
    if q is not None and (len(q) > MOST_WORDS_LENGTH or "\0" in q):
        raise BodyError("q", f"has at most {MOST_WORDS_LENGTH} characters")
    if after is not None and not 0 < after <= MOST_ID:
        raise BodyError("after", "must be the `next` of the page before")
    wanted = Wanted(words=q, kind=kind, relation=relation, group=group, is_archived=archived)
    found, behind = await service_of(request).database.run(list_parties, wanted, after=after)
    return PartyPage([render_item(one) for one in found], None if behind is None else str(behind))


@post("/", dto=Body, return_dto=None, opt=dict(allows("parties.edit")), responses=PROBLEMS)
async def make_party(request: Call, data: JSONBody[NewParty]) -> PartyAnswer:
    """Make a party of its name and legal status; all else may come later."""
    made = await service_of(request).database.run(parties.make_party, data.read(), act=act_of(request))
    return await answer_for(request, made.id)


@get("/{party_id:int}", responses=PROBLEMS)
async def get_party(request: Call, party_id: FromPath[int]) -> PartyAnswer:
    """Read a party with what is kept of it; notes and files have addresses of their own."""
    return await answer_for(request, party_id)


@patch("/{party_id:int}", dto=Body, return_dto=None, opt=dict(allows("parties.edit")), responses=CHANGED)
async def change_party(request: Call, party_id: FromPath[int], data: JSONBody[PartyChange]) -> PartyAnswer:
    """Change a party's own fields; 409 with the differences where somebody else changed them since that version."""
    database = service_of(request).database
    details = data.read(await database.run(parties.load_party, party_id))
    await database.run(parties.change_party, party_id, details, seen=data.version, act=act_of(request))
    return await answer_for(request, party_id)


@delete("/{party_id:int}", status_code=200, opt=dict(allows("parties.edit")), responses=PROBLEMS)
async def archive_party(request: Call, party_id: FromPath[int]) -> PartyAnswer:
    """Put a party into the archive; nothing is deleted, and it can be taken out again."""
    await service_of(request).database.run(parties.archive_party, party_id, act=act_of(request))
    return await answer_for(request, party_id)


@post("/{party_id:int}/unarchive", status_code=200, opt=dict(allows("parties.edit")), responses=PROBLEMS)
async def unarchive_party(request: Call, party_id: FromPath[int]) -> PartyAnswer:
    """Take a party out of the archive."""
    await service_of(request).database.run(parties.unarchive_party, party_id, act=act_of(request))
    return await answer_for(request, party_id)


async def answer_for(request: Call, party_id: int) -> PartyAnswer:
    """Answer with a party as it stands. Raises PartyNotFoundError."""
    service = service_of(request)
    whole = await service.database.run(load_whole_party, party_id)
    return render_party(whole, country=whole.country or service.settings.country, now=read_clock())


router = Router(
    "/v1/parties",
    route_handlers=[get_parties, make_party, get_party, change_party, archive_party, unarchive_party],
    opt=dict(allows("parties.read")),
    tags=["parties"],
)
