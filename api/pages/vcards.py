"""Parties as vCards to take along: one, or some that were chosen."""

from litestar import Response, get
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromPath

from api.auth.rights import allows
from api.pages.queries import whole_number
from api.pages.renderer import HEADERS, Call, database_of
from crm.transfer.vcards.model import MOST_CARDS, VERSIONS
from crm.transfer.vcards.parties import load_cards
from crm.transfer.vcards.writing import write_cards

MEDIA_TYPE = "text/vcard"


@get("/parties/{party_id:int}/vcard/{version:str}", opt=dict(allows("parties.read")))
async def export_vcard(request: Call, party_id: FromPath[int], version: FromPath[str]) -> Response[bytes]:
    """Give a party as a file of one vCard."""
    return await _answer(request, [party_id], version, f"party-{party_id}")


@get("/parties/vcards/{version:str}", opt=dict(allows("parties.bulk")))
async def export_vcards(request: Call, version: FromPath[str]) -> Response[bytes]:
    """Give the parties that the fields `party` name as one file."""
    try:
        ids = [whole_number(party_id) for party_id in request.query_params.getall("party", [])]
    except ValueError as error:
        raise ClientException("party is none that this page knows") from error
    if not 0 < len(ids) <= MOST_CARDS:
        raise ClientException(f"name 1 to {MOST_CARDS:,} parties")
    return await _answer(request, ids, version, "parties")


async def _answer(call: Call, ids: list[int], version: str, name: str) -> Response[bytes]:
    known = next((one for one in VERSIONS if one == version), None)
    if known is None:
        raise NotFoundException(f"vCards are given in versions {' and '.join(VERSIONS)}")
    content = write_cards(await database_of(call).run(load_cards, ids), known)
    disposition = f'attachment; filename="{name}.vcf"'
    return Response(content, media_type=MEDIA_TYPE, headers={**HEADERS, "Content-Disposition": disposition})
