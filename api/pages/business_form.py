"""The form of a business document: its fields by kind, its lines as rows, and the search for whom it is."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import zip_longest

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages import forms
from api.pages.business_documents import PATH
from api.pages.business_words import KINDS, MEANS, NEW, STATUSES
from api.pages.edge import act_of, today_of
from api.pages.forms import EMPTY, REFUSED, Form, Problem, read_form
from api.pages.queries import choice, link, text, whole_number
from api.pages.renderer import Call, currency_of, database_of, page, redirect
from api.pages.words import mark
from crm.documents import service as documents
from crm.documents.errors import BusinessDocumentChangedError
from crm.documents.listing import DocumentFilter, DocumentRow, list_documents, load_tree
from crm.documents.model import MOST_PRICE, Document, Draft, Kind, Line, Means
from crm.parties.addresses import in_one_line
from crm.parties.listing import Person, find_people, load_names, load_people
from crm.parties.repository.persons import list_named_persons
from crm.parties.service import list_parties_by_phone
from loyalty.errors import LoyaltyError
from loyalty.money import MOST_QUANTITY, PRICE, QUANTITY, Scale

NEW_PATH = "/new-business-document"
SPARE_ROWS = 3
MOST_FOUND = 20
LABELS: Mapping[str, str] = {
    "number": mark("Number"),
    "date": mark("Date"),
    "parent_id": mark("Stands under"),
    "lines": mark("Lines"),
    "amount": mark("Amount"),
    "means": mark("Paid by"),
    "due_on": mark("To be paid by"),
    "planned_on": mark("Planned for"),
    "address_id": mark("Address"),
    "person_id": mark("Contact person"),
    "party": mark("Party"),
    "note": mark("Note"),
}
LINE_LABELS: Mapping[str, str] = {"name": mark("Goods"), "quantity": mark("Quantity"), "price": mark("Price")}
_ORIGIN = re.compile(r"[a-z_]{1,40}:[0-9]{1,18}", re.ASCII)
_KINDS: Mapping[str, Kind] = {kind: kind for kind in KINDS}
_MEANS: Mapping[str, Means] = {means: means for means in MEANS}
_CHANGED = Problem(mark("Somebody else changed it meanwhile. What is kept now stands beside; saving again puts yours."))


class LineRow(Struct, frozen=True):
    """A line as it was typed."""

    name: str = ""
    sku: str = ""
    quantity: str = ""
    price: str = ""


class _Around(Struct, frozen=True):
    """What a form offers: the party's name, its other documents and persons, and the addresses of the kind."""

    party: str
    parents: tuple[DocumentRow, ...]
    addresses: Mapping[int, str]
    persons: Mapping[int, str]


@get(NEW_PATH, opt=dict(allows("business.edit")))
async def show_new_business_document(request: Call) -> Response[str]:
    """Show the empty form, or first the search for whom the document is."""
    kind = choice(request, "kind", _KINDS.__getitem__) or "order"
    party_id = choice(request, "party", whole_number)
    if party_id is None:
        return await _ask_party(request, kind)
    parent_id = choice(request, "parent", whole_number)
    typed = {
        "date": today_of(request).isoformat(),
        "parent_id": "" if parent_id is None else str(parent_id),
        "means": "transfer",
        "person_id": text(request, "person"),
        "from": text(request, "from"),
    }
    return await _show(request, kind, party_id, Form(typed), None)


@post(NEW_PATH, opt=dict(allows("business.edit")))
async def make_business_document(request: Call) -> Response[str]:
    """Make a document, or show the form again with what is wrong."""
    form = await read_form(request)
    kind: Kind = form.need("kind", forms.one_of(_KINDS), "order")
    party_id = form.need("party", forms.count, 0)
    draft = _read_draft(form, kind, currency_of(request).scale)
    if not form.problems:
        try:
            made = await database_of(request).run(
                documents.make_document,
                kind,
                party_id,
                draft,
                places=currency_of(request).places,
                origin=_read_origin(form),
                act=act_of(request),
            )
        except LoyaltyError as error:
            form.refuse_by(error, LABELS, "number")
        else:
            return redirect(f"{PATH}/{made.id}")
    return await _show(request, kind, party_id, form, None)


@get("/business-documents/{document_id:int}/edit", opt=dict(allows("business.edit")))
async def show_business_form(request: Call, document_id: FromPath[int]) -> Response[str]:
    """Show the form of a document."""
    before = await database_of(request).run(documents.load_document, document_id)
    return await _show(request, before.kind, before.party_id, _fill(before, currency_of(request).scale), before)


@post("/business-documents/{document_id:int}/edit", opt=dict(allows("business.edit")))
async def change_business_document(request: Call, document_id: FromPath[int]) -> Response[str]:
    """Change a document, or show the form again with what is wrong."""
    before = await database_of(request).run(documents.load_document, document_id)
    form = await read_form(request)
    draft = _read_draft(form, before.kind, currency_of(request).scale)
    version = form.need("version", forms.count, 0)
    if not form.problems:
        try:
            await database_of(request).run(
                documents.change_document,
                document_id,
                draft,
                version=version,
                places=currency_of(request).places,
                act=act_of(request),
            )
        except BusinessDocumentChangedError:
            form.refuse("number", _CHANGED)
        except LoyaltyError as error:
            form.refuse_by(error, LABELS, "number")
        else:
            return redirect(f"{PATH}/{document_id}")
    return await _show(request, before.kind, before.party_id, form, before)


async def _ask_party(call: Call, kind: Kind) -> Response[str]:
    wanted = text(call, "find")
    people = await database_of(call).run(_find_people, wanted) if wanted else {}
    kept = {"kind": kind, "from": text(call, "from")}
    links = {one: link(NEW_PATH, kept | {"party": str(one)}) for one in people}
    return page(
        call,
        "business_party.html",
        kind=kind,
        origin=kept["from"],
        title=NEW[kind],
        wanted=wanted,
        people=people,
        links=links,
    )


async def _find_people(connection: AsyncConnection, typed: str) -> dict[int, Person]:
    ids = await find_people(connection, typed)
    if not ids and any(character.isdigit() for character in typed):
        ids = await list_parties_by_phone(connection, typed)
    found = await load_people(connection, ids[:MOST_FOUND])
    return {one: found[one] for one in ids[:MOST_FOUND]}


async def _show(call: Call, kind: Kind, party_id: int, form: Form, before: Document | None) -> Response[str]:
    around = await database_of(call).run(_load_around, kind, party_id, form.text("parent_id"), before)
    return page(
        call,
        "business_form.html",
        status=REFUSED if form.problems else 200,
        here=link(NEW_PATH, {"kind": kind, "party": str(party_id)}) if before is None else f"{PATH}/{before.id}/edit",
        kind=kind,
        party_id=party_id,
        around=around,
        form=form,
        before=before,
        has_clash=form.problems.get("number") is _CHANGED,
        title=NEW[kind] if before is None else KINDS[kind].text,
        labels=_labels(form),
        means=MEANS,
        kinds=KINDS,
        statuses=STATUSES,
        rows=[*_typed_rows(form), *[LineRow()] * SPARE_ROWS],
    )


def _labels(form: Form) -> dict[str, str]:
    """Give the name of every field, those of lines too."""
    cells = [(name, f"line_{name}-{place}") for place in range(len(_typed_rows(form))) for name in LINE_LABELS]
    return {**LABELS, **{field: LINE_LABELS[name] for name, field in cells}}


async def _load_around(
    connection: AsyncConnection, kind: Kind, party_id: int, parent: str, before: Document | None
) -> _Around:
    names = await load_names(connection, [party_id])
    newest = (await list_documents(connection, DocumentFilter(party_id=party_id))).rows
    own_id = 0 if before is None else before.id
    parents = [row for row in newest if row.kind != "payment" and row.status != "cancelled" and row.id != own_id]
    if parent.isascii() and parent.isdigit() and int(parent) not in {row.id for row in parents}:
        parents += [row for row in await load_tree(connection, int(parent)) if row.id == int(parent)]
    choices = {} if kind == "payment" else await documents.list_choices(connection, kind, party_id)
    speakers = await list_named_persons(connection, party_id=party_id)
    return _Around(
        party=names.get(party_id, ""),
        parents=tuple(parents),
        addresses={one: in_one_line(at) for one, at in choices.items()},
        persons={one.person.person_id: one.person_name for one in speakers},
    )


def _read_origin(form: Form) -> str | None:
    """Read the record that a document is made from; the link that leads to the form names it."""
    return form.text("from") if _ORIGIN.fullmatch(form.text("from")) else None


def _fill(document: Document, money: Scale) -> Form:
    """Give the form of a document as it stands."""
    days = {name: getattr(document, name) for name in ("date", "due_on", "planned_on")}
    texts: dict[str, str | list[str]] = {
        "number": document.number,
        "version": str(document.version),
        "parent_id": str(document.parent_id or ""),
        "address_id": str(document.address_id or ""),
        "person_id": str(document.person_id or ""),
        "amount": money.format(document.total),
        "means": document.means or "",
        "note": document.note or "",
        "line_name": [line.name for line in document.lines],
        "line_sku": [line.sku or "" for line in document.lines],
        "line_quantity": [QUANTITY.format(line.quantity, least_places=0) for line in document.lines],
        "line_price": [PRICE.format(line.price, least_places=money.places) for line in document.lines],
    }
    return Form(texts | {name: "" if day is None else day.isoformat() for name, day in days.items()})


def _read_draft(form: Form, kind: Kind, money: Scale) -> Draft:
    """Read what a kind asks for; problems are kept in the form."""
    is_payment = kind == "payment"
    return Draft(
        date=form.need("date", forms.day, date.min),
        number=form.read("number", forms.short_text, None),
        parent_id=form.read("parent_id", forms.count, None),
        lines=() if is_payment else tuple(_read_lines(form)),
        amount=form.need("amount", forms.money(money, least=0), None) if is_payment else None,
        means=form.need("means", forms.one_of(_MEANS), None) if is_payment else None,
        due_on=form.read("due_on", forms.day, None) if kind == "invoice" else None,
        planned_on=form.read("planned_on", forms.day, None) if kind == "delivery" else None,
        address_id=None if is_payment else form.read("address_id", forms.count, None),
        person_id=form.read("person_id", forms.count, None),
        note=form.read("note", forms.long_text, None),
    )


def _read_lines(form: Form) -> Iterator[Line]:
    for place, row in enumerate(_typed_rows(form)):
        cells = Form({f"line_quantity-{place}": row.quantity, f"line_price-{place}": row.price})
        quantity = cells.need(
            f"line_quantity-{place}", lambda typed: forms.bounded(QUANTITY, typed, least=1, most=MOST_QUANTITY), 0
        )
        price = cells.need(
            f"line_price-{place}", lambda typed: forms.bounded(PRICE, typed, least=0, most=MOST_PRICE), 0
        )
        if not row.name:
            form.refuse(f"line_name-{place}", EMPTY)
        for name, problem in cells.problems.items():
            form.refuse(name, problem)
        yield Line(row.name, quantity, price, row.sku or None)


def _typed_rows(form: Form) -> list[LineRow]:
    """Give the rows in which something was typed."""
    columns = [form.texts(f"line_{name}") for name in LineRow.__struct_fields__]
    rows = [LineRow(*cells) for cells in zip_longest(*columns, fillvalue="")]
    return [row for row in rows if row != LineRow()]
