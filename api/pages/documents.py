"""Documents of sale and return that other systems put here: the list, and the page of one."""

from datetime import date
from uuid import UUID

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.edge import find_card
from api.pages.queries import choice, place, place_link, text, whole_number
from api.pages.renderer import Call, database_of, page
from api.pages.task_links import TiedTasks, load_tied
from crm.parties.listing import load_names
from database.keyset import Page, Place
from loyalty.accounts.service import EnteredRow, list_entered
from loyalty.receipts.document_listing import (
    DocumentFilter,
    DocumentRow,
    FullDocument,
    find_full_document,
    list_documents,
)

PATH = "/documents"
FILTERS = ("since", "until", "kind", "card")
MOST_COLUMNS = 8


class _DocumentsPage(Struct, frozen=True):
    found: Page[DocumentRow]
    card_masked: str | None
    names: dict[int, str]


class ShownDocument(Struct, frozen=True):
    """A document, whom it is for, and what it moved on its card so far."""

    full: FullDocument
    party: str | None
    entries: list[EnteredRow]
    tasks: TiedTasks | None


@get(PATH, opt=dict(allows("receipts.read")))
async def show_documents(request: Call) -> Response[str]:
    """List documents by day, kind and card."""
    chosen = {name: text(request, name) for name in FILTERS}
    limits = DocumentFilter(
        since=choice(request, "since", date.fromisoformat),
        until=choice(request, "until", date.fromisoformat),
        kind=chosen["kind"] or None,
        card_id=choice(request, "card", whole_number),
    )
    shown = await database_of(request).run(_load_documents, limits, where=place(request, date, UUID))
    return page(
        request,
        "documents.html",
        chosen=chosen,
        is_filtered=any(chosen.values()),
        rows=shown.found.rows,
        names=shown.names,
        card_masked=shown.card_masked,
        newer=place_link(PATH, chosen, shown.found.newer),
        older=place_link(PATH, chosen, shown.found.older),
    )


async def _load_documents(
    connection: AsyncConnection, limits: DocumentFilter, *, where: Place | None
) -> _DocumentsPage:
    card = None if limits.card_id is None else (await find_card(connection, limits.card_id)).masked
    found = await list_documents(connection, limits, place=where)
    names = await load_names(connection, (row.party_id for row in found.rows if row.party_id is not None))
    return _DocumentsPage(found, card, names)


@get("/documents/{uid:uuid}", opt=dict(allows("receipts.read")))
async def show_document(request: Call, uid: FromPath[UUID]) -> Response[str]:
    """Show one document with its lines and what it moved."""
    shown = await database_of(request).run(_load_document, request, uid)
    columns = dict.fromkeys(name for line in shown.full.lines for name in line)
    return page(
        request,
        "document.html",
        shown=shown,
        tied=shown.tasks,
        full=shown.full,
        row=shown.full.row,
        columns=list(columns)[:MOST_COLUMNS],
    )


async def _load_document(connection: AsyncConnection, call: Call, uid: UUID) -> ShownDocument:
    full = await find_full_document(connection, uid)
    if full is None:
        raise NotFoundException("there is no such document")
    row = full.row
    party = None if row.party_id is None else (await load_names(connection, [row.party_id])).get(row.party_id)
    entries = [] if row.card_id is None else await list_entered(connection, uid, [row.card_id])
    return ShownDocument(full, party, entries, await load_tied(connection, call, f"document:{uid}"))
