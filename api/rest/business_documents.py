"""Business documents: orders, invoices, payments and deliveries of parties."""

from datetime import date, datetime
from typing import Annotated

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

from api.auth.rights import allows
from api.rest.bodies import Body, Identifier
from api.rest.calls import Call, act_of, service_of
from api.rest.problems import PROBLEMS
from api.state import Service, read_clock
from crm.documents import service as documents
from crm.documents.listing import DocumentFilter, DocumentRow, list_documents, load_tree
from crm.documents.model import Addressee, Day, Document, Draft, Kind, Line, Means, ShownStatus, Status
from crm.parties.model import AddressUse, PartyAddress
from database.keyset import Place
from loyalty.money import PRICE, QUANTITY, Scale, format_quantity
from pos_adapter.parsing import parse_decimal, parse_money
from pos_adapter.problems import BodyError
from pos_adapter.protocol import Decimal, LongText, Text, Wire

Version = Annotated[int, Meta(ge=1, le=2_147_483_647)]


class LineBody(Wire, frozen=True):
    """A line of goods; quantity and price are decimal strings."""

    name: Text
    quantity: Decimal
    price: Decimal
    sku: Text | None = None


class BusinessDocumentBody(Wire, frozen=True):
    """What is said of a document; a payment has `amount` and `means`, the others `lines`."""

    date: Day
    number: Text | None = None
    parent_id: Identifier | None = None
    lines: Annotated[list[LineBody], Meta(max_length=500)] | None = None
    amount: Decimal | None = None
    means: Means | None = None
    due_on: Day | None = None
    planned_on: Day | None = None
    address_id: Identifier | None = None
    person_id: Identifier | None = None
    note: LongText | None = None


class NewBusinessDocument(BusinessDocumentBody, frozen=True, kw_only=True):
    """A new document of a party; without a number it gets the next one of its kind and year."""

    kind: Kind
    party_id: Identifier
    origin: Annotated[str, Meta(pattern=r"^[a-z_]{1,40}:[0-9]{1,18}$")] | None = None


class BusinessDocumentChange(BusinessDocumentBody, frozen=True, kw_only=True):
    """A document that is not issued yet, as it is to be; without a number it keeps its own."""

    version: Version


class StepBody(Wire, frozen=True):
    """The next status of a document, from the version that the caller saw."""

    status: Status
    version: Version


class LineAnswer(Struct, frozen=True):
    """A line with what it comes to."""

    name: str
    sku: str | None
    quantity: str
    price: str
    total: str


class BusinessDocumentAnswer(Struct, frozen=True):
    """A document; `addressee` is frozen once it is issued, `paid` was received right under it."""

    document_id: int
    kind: Kind
    number: str
    date: Day
    party_id: int
    parent_id: int | None
    status: ShownStatus
    next: list[Status]
    total: str
    paid: str
    lines: list[LineAnswer]
    means: Means | None
    due_on: Day | None
    planned_on: Day | None
    delivered_on: Day | None
    address_id: int | None
    person_id: int | None
    addressee: Addressee
    note: str | None
    issued_at: datetime | None
    version: int


class BusinessDocumentItem(Struct, frozen=True):
    """A document in a list."""

    document_id: int
    kind: Kind
    number: str
    date: Day
    party_id: int
    party: str
    parent_id: int | None
    status: ShownStatus
    total: str
    paid: str
    means: Means | None
    due_on: Day | None
    planned_on: Day | None


class BusinessDocumentsAnswer(Struct, frozen=True):
    """Documents; `next` is what to give as `after` for those behind, null at the end."""

    documents: list[BusinessDocumentItem]
    next: str | None = None


class AddressChoice(Struct, frozen=True):
    """An address that a document may carry, and what it is used for."""

    address_id: int
    line: str | None
    city: str | None
    region: str | None
    postal_code: str | None
    country: str | None
    uses: tuple[AddressUse, ...]


class AddressChoices(Struct, frozen=True):
    """The addresses that a document of a kind may carry, the main one first."""

    addresses: list[AddressChoice]


@get("/v1/business-documents", opt=dict(allows("business.read")), responses=PROBLEMS)
async def get_business_documents(
    request: Call,
    kind: FromQuery[Kind | None] = None,
    status: FromQuery[Status | None] = None,
    party_id: FromQuery[int | None] = None,
    after: FromQuery[str | None] = None,
) -> BusinessDocumentsAnswer:
    """List documents by kind, status and party, the newest day first, page by page."""
    service = service_of(request)
    limits = DocumentFilter(kind=kind, status=status, party_id=party_id)
    found = await service.database.run(list_documents, limits, place=_read_place(after))
    last = None if found.older is None else "_".join(map(str, found.older.key))
    return BusinessDocumentsAnswer([_render_row(row, service.money) for row in found.rows], last)


@post("/v1/business-documents", opt=dict(allows("business.edit")), dto=Body, return_dto=None, responses=PROBLEMS)
async def make_business_document(request: Call, data: JSONBody[NewBusinessDocument]) -> BusinessDocumentAnswer:
    """Make a document, in the first status of its kind."""
    service = service_of(request)
    made = await service.database.run(
        documents.make_document,
        data.kind,
        data.party_id,
        _read_draft(data, service.money),
        places=service.money.places,
        origin=data.origin,
        act=act_of(request),
    )
    return await _answer(service, made)


@get("/v1/business-documents/{document_id:int}", opt=dict(allows("business.read")), responses=PROBLEMS)
async def get_business_document(request: Call, document_id: FromPath[int]) -> BusinessDocumentAnswer:
    """Read a document."""
    service = service_of(request)
    return await _answer(service, await service.database.run(documents.load_document, document_id))


@put(
    "/v1/business-documents/{document_id:int}",
    opt=dict(allows("business.edit")),
    dto=Body,
    return_dto=None,
    responses=PROBLEMS,
)
async def change_business_document(
    request: Call, document_id: FromPath[int], data: JSONBody[BusinessDocumentChange]
) -> BusinessDocumentAnswer:
    """Change a document that is not issued yet."""
    service = service_of(request)
    changed = await service.database.run(
        documents.change_document,
        document_id,
        _read_draft(data, service.money),
        version=data.version,
        places=service.money.places,
        act=act_of(request),
    )
    return await _answer(service, changed)


@post(
    "/v1/business-documents/{document_id:int}/status",
    opt=dict(allows("business.edit")),
    dto=Body,
    return_dto=None,
    status_code=200,
    responses=PROBLEMS,
)
async def step_business_document(
    request: Call, document_id: FromPath[int], data: JSONBody[StepBody]
) -> BusinessDocumentAnswer:
    """Give a document its next status; the first step freezes the name and address of its party in it."""
    service, act = service_of(request), act_of(request)
    today = read_clock().astimezone((await service.catalogue.newest()).zone("")).date()
    changed = await service.database.run(
        documents.take_step, document_id, data.status, version=data.version, today=today, act=act
    )
    return await _answer(service, changed)


@delete(
    "/v1/business-documents/{document_id:int}",
    opt=dict(allows("business.edit")),
    status_code=204,
    responses=PROBLEMS,
)
async def remove_business_document(request: Call, document_id: FromPath[int], version: FromQuery[int]) -> None:
    """Remove a document that was never issued and that nothing stands under."""
    database = service_of(request).database
    await database.run(documents.remove_document, document_id, version=version, act=act_of(request))


@get("/v1/business-documents/{document_id:int}/tree", opt=dict(allows("business.read")), responses=PROBLEMS)
async def get_business_tree(request: Call, document_id: FromPath[int]) -> BusinessDocumentsAnswer:
    """Read all documents of the tree that one stands in, the eldest first."""
    service = service_of(request)
    await service.database.run(documents.load_document, document_id)
    rows = await service.database.run(load_tree, document_id)
    return BusinessDocumentsAnswer([_render_row(row, service.money) for row in rows])


@get("/v1/parties/{party_id:int}/document-addresses", opt=dict(allows("business.read")), responses=PROBLEMS)
async def get_document_addresses(request: Call, party_id: FromPath[int], kind: FromQuery[Kind]) -> AddressChoices:
    """List the addresses that a document of a kind may carry: of a delivery those used as a warehouse."""
    found = await service_of(request).database.run(documents.list_choices, kind, party_id)
    return AddressChoices([_render_address(one, address) for one, address in found.items()])


def _read_place(after: str | None) -> Place | None:
    if after is None:
        return None
    try:
        day, one = after.split("_")
        return Place((date.fromisoformat(day), int(one)))
    except ValueError as error:
        raise BodyError("after", "must be the `next` of the page before") from error


def _read_draft(body: BusinessDocumentBody, money: Scale) -> Draft:
    """Read a document. Raises BodyError."""
    return Draft(
        date=body.date,
        number=body.number,
        parent_id=body.parent_id,
        lines=tuple(_read_line(line, f"lines[{index}]") for index, line in enumerate(body.lines or ())),
        amount=None if body.amount is None else parse_money(money, body.amount, "amount"),
        means=body.means,
        due_on=body.due_on,
        planned_on=body.planned_on,
        address_id=body.address_id,
        person_id=body.person_id,
        note=body.note,
    )


def _read_line(line: LineBody, field: str) -> Line:
    quantity = parse_decimal(QUANTITY, line.quantity, f"{field}.quantity")
    return Line(line.name, quantity, parse_decimal(PRICE, line.price, f"{field}.price"), line.sku)


async def _answer(service: Service, document: Document) -> BusinessDocumentAnswer:
    money = service.money
    return BusinessDocumentAnswer(
        document_id=document.id,
        kind=document.kind,
        number=document.number,
        date=document.date,
        party_id=document.party_id,
        parent_id=document.parent_id,
        status=document.shown_status,
        next=list(document.steps),
        total=money.format(document.total),
        paid=money.format(document.paid),
        lines=[_render_line(line, money) for line in document.lines],
        means=document.means,
        due_on=document.due_on,
        planned_on=document.planned_on,
        delivered_on=document.delivered_on,
        address_id=document.address_id,
        person_id=document.person_id,
        addressee=await service.database.run(documents.load_addressee, document),
        note=document.note,
        issued_at=document.issued_at,
        version=document.version,
    )


def _render_line(line: Line, money: Scale) -> LineAnswer:
    return LineAnswer(
        name=line.name,
        sku=line.sku,
        quantity=format_quantity(line.quantity),
        price=PRICE.format(line.price, least_places=money.places),
        total=money.format(line.total(money.places)),
    )


def _render_row(row: DocumentRow, money: Scale) -> BusinessDocumentItem:
    return BusinessDocumentItem(
        document_id=row.id,
        kind=row.kind,
        number=row.number,
        date=row.date,
        party_id=row.party_id,
        party=row.party,
        parent_id=row.parent_id,
        status=row.shown_status,
        total=money.format(row.total),
        paid=money.format(row.paid),
        means=row.means,
        due_on=row.due_on,
        planned_on=row.planned_on,
    )


def _render_address(address_id: int, address: PartyAddress) -> AddressChoice:
    return AddressChoice(
        address_id=address_id,
        line=address.line,
        city=address.city,
        region=address.region,
        postal_code=address.postal_code,
        country=address.country,
        uses=address.uses,
    )


router = Router(
    "/",
    route_handlers=[
        get_business_documents,
        make_business_document,
        get_business_document,
        change_business_document,
        step_business_document,
        remove_business_document,
        get_business_tree,
        get_document_addresses,
    ],
    tags=["Business documents"],
)
