"""What people may ask: a copy of all that is kept about them, and to be forgotten."""

from litestar import Router, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody
from litestar.response import Stream
from msgspec import Struct

from api.auth.rights import allows
from api.personal_data import MEDIA_TYPE, give_pieces, write_copy
from api.rest.bodies import Body
from api.rest.calls import Call, act_of, service_of
from api.rest.problems import PROBLEMS
from crm.privacy.erasing import erase_person
from pos_adapter.protocol import Text, Wire

_COPY = ResponseSpec(
    bytes, generate_examples=False, media_type=MEDIA_TYPE, description="A ZIP file: JSON, HTML, files."
)


class ErasureBody(Wire, frozen=True):
    """Whom one means: the name of the party as it is kept."""

    name: Text


class ErasureAnswer(Struct, frozen=True):
    """How many rows were erased, by what they were."""

    erased: dict[str, int]


@post("/copy", status_code=200, responses={**PROBLEMS, 200: _COPY})
async def copy(request: Call, party_id: FromPath[int]) -> Stream:
    """Give a copy of all that is kept about a party, those merged into it included; the journal says who took it."""
    file = await write_copy(service_of(request).database, party_id, act=act_of(request))
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="party-{party_id}.zip"'}
    return Stream(give_pieces(file), media_type=MEDIA_TYPE, headers=headers)


@post("/erase", dto=Body, return_dto=None, status_code=200, responses=PROBLEMS)
async def erase(request: Call, party_id: FromPath[int], data: JSONBody[ErasureBody]) -> ErasureAnswer:
    """Erase what is kept about a party for good; ledgers, receipts and issued invoices stay whole."""
    erased = await service_of(request).database.run(erase_person, party_id, typed_name=data.name, act=act_of(request))
    return ErasureAnswer(erased)


router = Router(
    "/v1/parties/{party_id:int}", route_handlers=[copy, erase], opt=dict(allows("parties.erase")), tags=["Parties"]
)
