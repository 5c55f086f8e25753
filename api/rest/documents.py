"""Documents of sale, return and other kinds, put here by the back office and other systems."""

from uuid import UUID

from litestar import Response, Router, delete, get, put
from litestar.params import FromPath, JSONBody

from api.auth.rights import allows
from api.rest.bodies import Body
from api.rest.calls import Call, act_of, check_party, service_of
from api.rest.problems import PROBLEMS, repeated
from loyalty.errors import DocumentUnknownError
from loyalty.money import PRICE, QUANTITY, Scale, format_quantity
from loyalty.numbering import canonical, mask
from loyalty.receipts.documents import (
    POSTED,
    DocumentContent,
    KeptDocument,
    delete_document,
    find_document,
    put_document,
)
from pos_adapter.answers import DocumentAnswer, Masked
from pos_adapter.parsing import parse_decimal, parse_money
from pos_adapter.protocol import DocumentBody, DocumentLine


@put(
    "/{document_uid:uuid}",
    opt=dict(allows("cards.act")),
    dto=Body,
    return_dto=None,
    status_code=201,
    responses=repeated(DocumentAnswer),
)
async def save_document(
    request: Call, document_uid: FromPath[UUID], data: JSONBody[DocumentBody]
) -> Response[DocumentAnswer]:
    """Keep a document or its next version; repeating changes nothing, an edit moves turnover by the difference."""
    service = service_of(request)
    content = read_document(data, service.money)
    if content.party_id is not None:
        await check_party(service, content.party_id, "party_id")
    kept, is_new = await service.database.run(
        put_document, document_uid, content, version=data.version, act=act_of(request)
    )
    return Response(_render(kept, service.money), status_code=201 if is_new else 200)


@get("/{document_uid:uuid}", responses=PROBLEMS)
async def get_document(request: Call, document_uid: FromPath[UUID]) -> DocumentAnswer:
    """Read a document as it is kept."""
    service = service_of(request)
    kept = await service.database.run(find_document, document_uid)
    if kept is None:
        raise DocumentUnknownError("no document has this UUID")
    return _render(kept, service.money)


@delete("/{document_uid:uuid}", opt=dict(allows("cards.act")), status_code=200, responses=PROBLEMS)
async def remove_document(request: Call, document_uid: FromPath[UUID]) -> DocumentAnswer:
    """Take a document back with the turnover that it carried."""
    service = service_of(request)
    return _render(await service.database.run(delete_document, document_uid, act=act_of(request)), service.money)


def read_document(body: DocumentBody, money: Scale) -> DocumentContent:
    """Read a document. Raises BodyError."""
    return DocumentContent(
        kind=body.kind,
        number=body.number,
        date=body.date,
        status=body.status or POSTED,
        party_id=body.party_id,
        card=None if body.card is None else canonical(body.card.number),
        total=parse_money(money, body.total, "total"),
        lines=[_read_line(line, money, f"lines[{index}]") for index, line in enumerate(body.lines or ())],
        parent_uid=body.parent_uid,
    )


def _read_line(line: DocumentLine, money: Scale, field: str) -> dict[str, object]:
    """Read a line; its decimals are kept in one spelling, so that `2` and `2.000` are the same document."""
    kept = {"sku": line.sku, "name": line.name, "quantity": None, "price": None, "net": None}
    if line.quantity is not None:
        kept["quantity"] = format_quantity(parse_decimal(QUANTITY, line.quantity, f"{field}.quantity"))
    if line.price is not None:
        kept["price"] = PRICE.format(parse_decimal(PRICE, line.price, f"{field}.price"), least_places=money.places)
    if line.net is not None:
        kept["net"] = money.format(parse_money(money, line.net, f"{field}.net"))
    return {**kept}


def _render(kept: KeptDocument, money: Scale) -> DocumentAnswer:
    content = kept.content
    carries = 0 if kept.is_deleted or kept.card_id is None else content.turnover
    return DocumentAnswer(
        document_uid=kept.uid,
        kind=content.kind,
        number=content.number,
        date=content.date,
        status="deleted" if kept.is_deleted else content.status,
        total=money.format(content.total),
        version=kept.version,
        card=None if content.card is None else Masked(mask(content.card)),
        turnover=money.format(carries),
    )


router = Router(
    "/v1/documents",
    route_handlers=[save_document, get_document, remove_document],
    opt=dict(allows("receipts.read")),
    tags=["Documents"],
)
