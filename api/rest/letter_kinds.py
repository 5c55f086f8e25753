"""Kinds of letters, the tree of the journal, which users make: one can be chosen at once."""

from litestar import Router, get, post, put
from litestar.params import FromPath, JSONBody
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.rest.bodies import Body
from api.rest.calls import Call, act_of, service_of
from api.rest.letter_bodies import (
    LetterKindChange,
    LetterKindMove,
    LetterKindsAnswer,
    NewLetterKind,
    render_kind,
)
from api.rest.problems import PROBLEMS
from crm.letters import kinds
from crm.letters.model import arrange


@get("/", opt=dict(allows("letters.read")), responses=PROBLEMS)
async def get_letter_kinds(request: Call) -> LetterKindsAnswer:
    """List the kinds of letters as the tree is read, archived ones too."""
    return await service_of(request).database.run(_load)


@post("/", dto=Body, return_dto=None, responses=PROBLEMS)
async def make_letter_kind(request: Call, data: JSONBody[NewLetterKind]) -> LetterKindsAnswer:
    """Add a kind, under another where one is named."""
    database = service_of(request).database
    await database.run(kinds.make_kind, data.code, data.read(), act=act_of(request))
    return await database.run(_load)


@put("/{code:str}", dto=Body, return_dto=None, responses=PROBLEMS)
async def change_letter_kind(request: Call, code: FromPath[str], data: JSONBody[LetterKindChange]) -> LetterKindsAnswer:
    """Change a kind, hang it elsewhere, put it away or take it out again."""
    database = service_of(request).database
    await database.run(
        kinds.change_kind, code, data.read(), is_archived=data.archived, seen=data.version, act=act_of(request)
    )
    return await database.run(_load)


@post("/{code:str}/move", dto=Body, return_dto=None, status_code=200, responses=PROBLEMS)
async def move_letter_kind(request: Call, code: FromPath[str], data: JSONBody[LetterKindMove]) -> LetterKindsAnswer:
    """Move a kind among those of its parent."""
    database = service_of(request).database
    await database.run(kinds.move_kind, code, step=data.step, act=act_of(request))
    return await database.run(_load)


async def _load(connection: AsyncConnection) -> LetterKindsAnswer:
    found = await kinds.list_kinds(connection)
    by_id = {one.id: one for one in found}
    return LetterKindsAnswer(
        [render_kind(one.kind, by_id.get(one.kind.parent_id or 0), one.depth) for one in arrange(found)]
    )


router = Router(
    "/v1/letter-kinds",
    route_handlers=[get_letter_kinds, make_letter_kind, change_letter_kind, move_letter_kind],
    opt=dict(allows("settings.edit", module="letters")),
    tags=["Correspondence"],
)
