"""Use cases of business documents: making, changing, issuing and the other steps.

Key idea: a tree of documents belongs to one party, whose row is locked first by whoever changes any of them. So two who
hang documents under each other at once cannot make a ring, and merging or erasing the party waits as well.

The journal holds numbers, days, statuses and sums; notes and lines are named alone.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.documents import repository
from crm.documents.errors import (
    BusinessDocumentChangedError,
    BusinessDocumentRefusedError,
    BusinessDocumentUnknownError,
    BusinessNumberTakenError,
    BusinessParentRefusedError,
    BusinessStepRefusedError,
)
from crm.documents.model import ADDRESSES, FIRST, Addressee, Document, Draft, Kind, Status, check_draft
from crm.origins.service import set_origin
from crm.parties.addresses import choose_for
from crm.parties.model import PartyAddress
from crm.parties.repository.addresses import list_addresses
from crm.parties.repository.relations import list_relations
from crm.parties.service import find_party, load_party, lock_party
from database.activity import Act, record_activity
from database.identifiers import MOST_ID
from database.locks import lock_name

HEADS: Final[Mapping[Kind, str]] = {
    "order": "ORD",
    "supplier_order": "SUP",
    "invoice": "INV",
    "payment": "PAY",
    "delivery": "DEL",
}
SUPPLIER: Final = "supplier"
"""The relation of a party that gets orders of ours."""
_TOLD = ("number", "date", "status", "total", "parent_id", "means", "due_on", "planned_on", "address_id", "person_id")


async def load_document(connection: AsyncConnection, document_id: int) -> Document:
    """Load a document. Raises BusinessDocumentUnknownError."""
    found = await repository.find_document(connection, document_id) if 0 < document_id <= MOST_ID else None
    if found is None:
        raise BusinessDocumentUnknownError("there is no such document")
    return found


async def load_addressee(connection: AsyncConnection, document: Document) -> Addressee:
    """Give name and address of a document: those that it was issued with, else those of today."""
    if document.addressee is not None:
        return document.addressee
    return await _addressee(connection, document.kind, document.party_id, document.address_id)


async def list_choices(connection: AsyncConnection, kind: Kind, party_id: int) -> dict[int, PartyAddress]:
    """List the addresses that a document of a kind may carry, the main one first: to a warehouse goes a delivery."""
    addresses = await list_addresses(connection, party_id)
    return {one: addresses[one] for one in choose_for(addresses, ADDRESSES[kind])}


async def make_document(
    connection: AsyncConnection,
    kind: Kind,
    party_id: int,
    draft: Draft,
    *,
    places: int,
    origin: str | None = None,
    act: Act,
) -> Document:
    """Make a document of a party, in the first status of its kind; `origin` is the record that it was made from.

    One that stands under another was made from that one where nothing else is said. Raises
    BusinessDocumentRefusedError, BusinessParentRefusedError, BusinessNumberTakenError, OriginRefusedError, and the
    refusals of `lock_party`.
    """
    await lock_party(connection, party_id)
    values = await _check(connection, kind, party_id, draft, places=places, before=None)
    first = {"kind": kind, "party_id": party_id, "status": FIRST[kind], "version": 1}
    made_id = await repository.insert_document(
        connection, values | first | {"created_at": act.at, "changed_at": act.at}
    )
    made = await load_document(connection, made_id)
    await _record(connection, "made", made, {"new": _told(made)}, act=act)
    above = None if made.parent_id is None else f"business_document:{made.parent_id}"
    await set_origin(connection, f"business_document:{made.id}", origin or above, act=act)
    return made


async def change_document(
    connection: AsyncConnection, document_id: int, draft: Draft, *, version: int, places: int, act: Act
) -> Document:
    """Change a document that is not issued yet, from the version that somebody saw.

    Raises BusinessDocumentUnknownError, BusinessDocumentChangedError, BusinessStepRefusedError, and what making raises.
    """
    before = await _lock(connection, document_id, version)
    if not before.is_open:
        raise BusinessStepRefusedError("was issued, and stays as it is", field="status")
    values = await _check(connection, before.kind, before.party_id, draft, places=places, before=before)
    return await _change(connection, before, values, "changed", act=act)


async def take_step(
    connection: AsyncConnection, document_id: int, status: Status, *, version: int, today: date, act: Act
) -> Document:
    """Give a document its next status; the first step issues it, with the name and address of that moment.

    Raises BusinessDocumentUnknownError, BusinessDocumentChangedError, BusinessStepRefusedError.
    """
    before = await _lock(connection, document_id, version)
    if status not in before.steps:
        raise BusinessStepRefusedError(f"a document that is {before.status} does not become {status}", field="status")
    if status == "cancelled" and await repository.has_living_children(connection, document_id):
        raise BusinessStepRefusedError("others stand under it: cancel or remove them first", field="status")
    values: dict[str, object] = {"status": status}
    if before.is_open and status != "cancelled":
        addressee = await _addressee(connection, before.kind, before.party_id, before.address_id)
        values |= {"addressee": addressee, "issued_at": act.at}
    if status == "delivered":
        values["delivered_on"] = today
    return await _change(connection, before, values, status, act=act)


async def remove_document(connection: AsyncConnection, document_id: int, *, version: int, act: Act) -> None:
    """Remove a document that was never issued and that nothing stands under.

    Raises BusinessDocumentUnknownError, BusinessDocumentChangedError, BusinessStepRefusedError.
    """
    before = await _lock(connection, document_id, version)
    if not before.is_open or await repository.has_children(connection, document_id):
        raise BusinessStepRefusedError("was issued, or others stand under it", field="status")
    await repository.delete_document(connection, document_id)
    await _record(connection, "removed", before, {"old": _told(before)}, act=act)


async def _lock(connection: AsyncConnection, document_id: int, version: int) -> Document:
    """Hold a document's party, then the document itself. Raises BusinessDocumentChangedError."""
    await lock_party(connection, (await load_document(connection, document_id)).party_id, may_be_archived=True)
    before = await repository.find_document(connection, document_id, is_locked=True)
    if before is None:
        raise BusinessDocumentUnknownError("there is no such document any more")
    if before.version != version:
        raise BusinessDocumentChangedError("somebody else changed it meanwhile", field="version")
    return before


async def _check(
    connection: AsyncConnection, kind: Kind, party_id: int, draft: Draft, *, places: int, before: Document | None
) -> dict[str, object]:
    """Check a draft against what is kept, and give the fields to write."""
    total = check_draft(kind, draft, places)
    if draft.parent_id is not None:
        await _check_parent(connection, party_id, draft.parent_id, below=None if before is None else before.id)
    if draft.address_id is not None and draft.address_id not in await list_choices(connection, kind, party_id):
        raise BusinessDocumentRefusedError(f"is no {ADDRESSES[kind]} address of the party", field="address_id")
    await _check_people(connection, kind, party_id, draft)
    values = {name: getattr(draft, name) for name in Draft.__struct_fields__ if name != "amount"}
    return values | {"total": total, "number": await _number(connection, kind, draft, before)}


async def _check_people(connection: AsyncConnection, kind: Kind, party_id: int, draft: Draft) -> None:
    """Refuse an order to who is no supplier on its day, and a contact person who is none."""
    person = None if draft.person_id is None else await find_party(connection, draft.person_id)
    if draft.person_id is not None and (person is None or person.kind != "person" or person.erased_at is not None):
        raise BusinessDocumentRefusedError("there is no such person", field="person_id")
    if kind == "supplier_order":
        relations = (await list_relations(connection, party_id)).values()
        if not any(one.relation == SUPPLIER and (one.until or draft.date) >= draft.date for one in relations):
            raise BusinessDocumentRefusedError("the party is no supplier: say so among its relations", field="party")


async def _check_parent(connection: AsyncConnection, party_id: int, parent_id: int, *, below: int | None) -> None:
    parent = await repository.find_document(connection, parent_id) if 0 < parent_id <= MOST_ID else None
    if parent is None or parent.party_id != party_id:
        raise BusinessParentRefusedError("is no document of the party", field="parent_id")
    if parent.status == "cancelled":
        raise BusinessParentRefusedError("is cancelled", field="parent_id")
    ancestors = await repository.list_ancestors(connection, parent_id)
    if below in ancestors:
        raise BusinessParentRefusedError("stands under this very document", field="parent_id")
    if len(ancestors) >= repository.MOST_DEPTH:
        raise BusinessParentRefusedError(f"stands under {repository.MOST_DEPTH} others already", field="parent_id")


async def _number(connection: AsyncConnection, kind: Kind, draft: Draft, before: Document | None) -> str:
    """Give the number that a document has or gets; those of a kind are given one after another."""
    given = None if draft.number is None else draft.number.strip()
    if given is None and before is not None:
        return before.number
    await lock_name(connection, f"business_document:{kind}")
    if given is None:
        return await repository.next_number(connection, kind, f"{HEADS[kind]}-{draft.date.year}-")
    if await repository.is_number_taken(connection, kind, given, beside=None if before is None else before.id):
        raise BusinessNumberTakenError("another document of the kind has the number", field="number")
    return given


async def _addressee(connection: AsyncConnection, kind: Kind, party_id: int, address_id: int | None) -> Addressee:
    """Give name and address as they stand: the chosen address, else the main one of the kind's use, else none."""
    party = await load_party(connection, party_id)
    choices = await list_choices(connection, kind, party_id)
    address = choices.get(address_id or 0) or next(iter(choices.values()), PartyAddress())
    names = (name for name in Addressee.__struct_fields__ if name != "name")
    return Addressee(party.name, **{name: getattr(address, name) for name in names})


async def _change(
    connection: AsyncConnection, before: Document, values: Mapping[str, object], what: str, *, act: Act
) -> Document:
    stamp = {"version": before.version + 1, "changed_at": act.at}
    await repository.change_document(connection, before.id, {**values, **stamp})
    after = await load_document(connection, before.id)
    old, new = _told(before), _told(after)
    changed = [name for name in _TOLD if old[name] != new[name]]
    others = [name for name in ("lines", "note") if getattr(before, name) != getattr(after, name)]
    data = {"old": {name: old[name] for name in changed}, "new": {name: new[name] for name in changed}}
    await _record(connection, what, after, {**data, "fields": changed + others}, act=act)
    return after


async def _record(
    connection: AsyncConnection, what: str, document: Document, data: Mapping[str, object], *, act: Act
) -> None:
    told = {"kind": document.kind, "number": document.number, **data}
    await record_activity(
        connection,
        act=act,
        what=f"business_document.{what}",
        record=f"business_document:{document.id}",
        party_id=document.party_id,
        data=told,
    )


def _told(document: Document) -> dict[str, object]:
    """Give what the journal says of a document."""
    values = structs.asdict(document)
    return {name: value.isoformat() if isinstance(value := values[name], date) else value for name in _TOLD}
