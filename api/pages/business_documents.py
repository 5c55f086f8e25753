"""Orders, invoices, payments and deliveries: the list, the page of one with its tree and steps, and printed forms."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import get_args

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages import forms
from api.pages.business_paper import make_paper
from api.pages.business_words import BELOW, KINDS, MEANS, NEW, STATUSES, STEPS
from api.pages.edge import act_of, today_of
from api.pages.event_structure import open_paths
from api.pages.event_words import KINDS as KIN_WORDS
from api.pages.event_words import STATES as EVENT_STATES
from api.pages.forms import REFUSED, Form, read_form
from api.pages.queries import choice, place, place_link, text, whole_number
from api.pages.renderer import HEADERS, Call, database_of, formats_of, page, redirect, say_of
from api.pages.task_links import TiedTasks, load_tied
from api.sheets import Printer
from crm.documents import service as documents
from crm.documents.listing import DocumentFilter, DocumentRow, list_documents, load_tree
from crm.documents.model import Addressee, Document, Kind, Status
from crm.events.repository.kin import Kin, describe
from crm.origins.repository import list_ancestors
from crm.parties.listing import load_names
from crm.shop.service import find_shop
from devices.printing.errors import PrintingError
from devices.printing.model import Paper
from loyalty.errors import LoyaltyError

PATH = "/business-documents"
FILTERS = ("kind", "status", "party")
_KINDS: Mapping[str, Kind] = {kind: kind for kind in KINDS}
_STATUSES: Mapping[str, Status] = {status: status for status in get_args(Status)}


class Node(Struct, frozen=True):
    """A document of a tree with those under it."""

    row: DocumentRow
    below: tuple["Node", ...]


class _Shown(Struct, frozen=True):
    document: Document
    addressee: Addressee
    party: str
    person: str | None
    made_from: Kin | None
    tree: tuple[Node, ...]
    tasks: TiedTasks | None


@get(PATH, opt=dict(allows("business.read")))
async def show_business_documents(request: Call) -> Response[str]:
    """List documents by kind, status and party, the newest day first."""
    chosen = {name: text(request, name) for name in FILTERS}
    limits = DocumentFilter(
        kind=choice(request, "kind", _KINDS.__getitem__),
        status=choice(request, "status", _STATUSES.__getitem__),
        party_id=choice(request, "party", whole_number),
    )
    found = await database_of(request).run(list_documents, limits, place=place(request, date, int))
    of = [] if limits.party_id is None else [limits.party_id]
    names = await database_of(request).run(load_names, of)
    return page(
        request,
        "business_documents.html",
        chosen=chosen,
        is_filtered=any(chosen.values()),
        rows=found.rows,
        party=names.get(limits.party_id or 0),
        kinds=KINDS,
        new=NEW,
        statuses={status: STATUSES[status] for status in _STATUSES.values()},
        shown_statuses=STATUSES,
        newer=place_link(PATH, chosen, found.newer),
        older=place_link(PATH, chosen, found.older),
    )


@get("/business-documents/{document_id:int}", opt=dict(allows("business.read")))
async def show_business_document(request: Call, document_id: FromPath[int]) -> Response[str]:
    """Show a document, the tree that it stands in, and what may be done to it."""
    return await _show(request, document_id, Form({}))


@post("/business-documents/{document_id:int}/status", opt=dict(allows("business.edit")))
async def step_business_document(request: Call, document_id: FromPath[int]) -> Response[str]:
    """Give a document its next status."""
    form = await read_form(request)
    status: Status = form.need("status", forms.one_of(_STATUSES), "draft")
    version = form.need("version", forms.count, 0)
    if not form.problems:
        try:
            await database_of(request).run(
                documents.take_step,
                document_id,
                status,
                version=version,
                today=today_of(request),
                act=act_of(request),
            )
        except LoyaltyError as error:
            form.refuse("status", forms.told(error.detail))
    if form.problems:
        return await _show(request, document_id, form)
    return redirect(f"{PATH}/{document_id}")


@post("/business-documents/{document_id:int}/remove", opt=dict(allows("business.edit")))
async def remove_business_document(request: Call, document_id: FromPath[int]) -> Response[str]:
    """Remove a document that was never issued."""
    form = await read_form(request)
    version = form.need("version", forms.count, 0)
    try:
        await database_of(request).run(documents.remove_document, document_id, version=version, act=act_of(request))
    except LoyaltyError as error:
        form.refuse("status", forms.told(error.detail))
        return await _show(request, document_id, form)
    return redirect(PATH)


@get("/business-documents/{document_id:int}/print", opt=dict(allows("business.read")))
async def print_business_document(request: Call, document_id: FromPath[int]) -> Response[str]:
    """Show the printed form of a document, which a browser prints as it stands."""
    paper = await _load_paper(request, document_id)
    return page(request, "business_paper.html", paper=paper, back=f"{PATH}/{document_id}")


@get("/business-documents/{document_id:int}/pdf", opt=dict(allows("business.read")))
async def download_business_document(request: Call, document_id: FromPath[int]) -> Response[bytes] | Response[str]:
    """Give the printed form of a document as a PDF, or show the document with what cannot be printed."""
    printer: Printer = request.app.state["printer"]
    try:
        pdf = await printer.draw_paper(await _load_paper(request, document_id))
    except PrintingError as error:
        form = Form({})
        form.refuse("status", forms.told(error.detail))
        return await _show(request, document_id, form)
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="document-{document_id}.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


async def _load_paper(call: Call, document_id: int) -> Paper:
    shown = await database_of(call).run(_load, call, document_id)
    shop, _ = await database_of(call).run(find_shop)
    return make_paper(shown.document, shown.addressee, shop, f=formats_of(call), say=say_of(call))


async def _show(call: Call, document_id: int, form: Form) -> Response[str]:
    shown = await database_of(call).run(_load, call, document_id)
    return page(
        call,
        "business_document.html",
        status=REFUSED if form.problems else 200,
        here=f"{PATH}/{document_id}",
        shown=shown,
        tied=shown.tasks,
        document=shown.document,
        addressee=shown.addressee,
        wrong=form.problems.get("status"),
        kinds=KINDS,
        new=NEW,
        statuses=STATUSES,
        steps=STEPS,
        means=MEANS,
        kinds_below=BELOW[shown.document.kind],
        kin_words=KIN_WORDS,
        kin_paths=open_paths(call),
        states=EVENT_STATES,
    )


async def _load(connection: AsyncConnection, call: Call, document_id: int) -> _Shown:
    document = await documents.load_document(connection, document_id)
    addressee = await documents.load_addressee(connection, document)
    person_id, record = document.person_id, f"business_document:{document_id}"
    names = await load_names(connection, [document.party_id, *([] if person_id is None else [person_id])])
    above = (await list_ancestors(connection, record))[:1]
    kin = await describe(connection, [one for one in above if not one.startswith("business_document:")])
    return _Shown(
        document,
        addressee,
        party=names[document.party_id],
        person=None if person_id is None else names.get(person_id),
        made_from=next(iter(kin.values()), None),
        tree=make_tree(await load_tree(connection, document_id)),
        tasks=await load_tied(connection, call, record),
    )


def make_tree(rows: Sequence[DocumentRow]) -> tuple[Node, ...]:
    """Hang documents under each other; what stands under none of them is a root."""
    below: dict[int | None, list[DocumentRow]] = {}
    for row in rows:
        below.setdefault(row.parent_id, []).append(row)

    def hang(row: DocumentRow) -> Node:
        return Node(row, tuple(hang(one) for one in below.get(row.id, ())))

    known = {row.id for row in rows}
    return tuple(hang(row) for row in rows if row.parent_id not in known)
