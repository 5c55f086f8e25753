"""Lists of business documents for people: all of them, those of a party for its profile, and the tree of one.

Lists are read by key, the newest day first. It refuses to count documents.
"""

from msgspec import Struct, convert
from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.documents.model import ADDRESSES, STEPS, Addressee, Day, Kind, Means, ShownStatus, Status, shown_status
from crm.documents.repository import MOST_DEPTH, paid_under
from crm.documents.tables import business_document
from crm.parties.addresses import in_one_line
from crm.parties.model import PartyAddress
from crm.parties.tables import party, party_address, party_address_use
from database.keyset import Page, Place, read_page

PAGE_ROWS = 25
MOST_IN_PANEL = 10
MOST_IN_TREE = 500

_kept = business_document.c


class DocumentFilter(Struct, frozen=True):
    """Which documents a list shows; None does not limit."""

    kind: Kind | None = None
    status: Status | None = None
    party_id: int | None = None


class DocumentRow(Struct, frozen=True):
    """A document in a list; the total in minor units, `paid` what was received right under it."""

    id: int
    kind: Kind
    number: str
    date: Day
    party_id: int
    party: str
    parent_id: int | None
    status: Status
    total: int
    means: Means | None
    due_on: Day | None
    planned_on: Day | None
    paid: int

    @property
    def shown_status(self) -> ShownStatus:
        """The status that people see."""
        return shown_status(self.kind, self.status, total=self.total, paid=self.paid)


class DeliveryRow(Struct, frozen=True):
    """A delivery that is still to arrive, and where."""

    id: int
    number: str
    date: Day
    status: Status
    planned_on: Day | None
    address: str


async def list_documents(
    connection: AsyncConnection, limits: DocumentFilter, *, place: Place | None = None
) -> Page[DocumentRow]:
    """List documents, the newest day first."""
    conditions: list[ColumnElement[bool]] = []
    if limits.kind is not None:
        conditions.append(_kept.kind == limits.kind)
    if limits.status is not None:
        conditions.append(_kept.status == limits.status)
    if limits.party_id is not None:
        conditions.append(_kept.party_id == limits.party_id)
    keys = [_kept.date, _kept.id]
    query = _rows().where(*conditions)
    return await read_page(connection, query, keys=keys, place=place, size=PAGE_ROWS, row_type=DocumentRow)


async def list_of_party(
    connection: AsyncConnection, party_id: int, kind: Kind, *, most: int = MOST_IN_PANEL
) -> list[DocumentRow]:
    """List the newest documents of a kind of a party, for a panel of its profile."""
    query = _rows().where(_kept.party_id == party_id, _kept.kind == kind)
    found = await connection.execute(query.order_by(_kept.date.desc(), _kept.id.desc()).limit(most))
    return [convert(row, DocumentRow, from_attributes=True) for row in found]


async def list_deliveries(
    connection: AsyncConnection, party_id: int, *, most: int = MOST_IN_PANEL
) -> list[DeliveryRow]:
    """List the deliveries of a party that are still to arrive: those under way, then the planned ones by day.

    One without an address of its own goes to the main warehouse.
    """
    lines = ("line", "city", "region", "postal_code", "country")
    main = party_address_use
    main_of_party = and_(main.c.party_id == _kept.party_id, main.c.use == ADDRESSES["delivery"], main.c.main)
    chosen = party_address.c.id == func.coalesce(_kept.address_id, main.c.address_id)
    columns = [_kept[name] for name in ("id", "number", "date", "status", "planned_on", "addressee")]
    query = (
        select(*columns, *(party_address.c[name] for name in lines))
        .select_from(business_document.outerjoin(main, main_of_party).outerjoin(party_address, chosen))
        .where(_kept.party_id == party_id, _kept.kind == "delivery", _kept.status.in_(["under_way", "planned"]))
        .order_by(_kept.status.desc(), _kept.planned_on.asc().nulls_last(), _kept.id)
    )
    rows = []
    for row in await connection.execute(query.limit(most)):
        source = convert(row.addressee, Addressee) if row.addressee is not None else row
        address = in_one_line(PartyAddress(**{name: getattr(source, name) for name in lines}))
        rows.append(DeliveryRow(row.id, row.number, row.date, row.status, row.planned_on, address))
    return rows


async def load_tree(connection: AsyncConnection, document_id: int) -> list[DocumentRow]:
    """Load all documents of the tree that one stands in, `MOST_IN_TREE` at most, the eldest first."""
    above = select(_kept.id, _kept.parent_id).where(_kept.id == document_id).cte("above", recursive=True)
    above = above.union_all(select(_kept.id, _kept.parent_id).where(_kept.id == above.c.parent_id))
    root = select(above.c.id).where(above.c.parent_id.is_(None)).limit(MOST_DEPTH).scalar_subquery()
    below = select(_kept.id).where(_kept.id == root).cte("below", recursive=True)
    below = below.union_all(select(_kept.id).where(_kept.parent_id == below.c.id))
    query = _rows().where(_kept.id.in_(select(below.c.id).limit(MOST_IN_TREE)))
    found = await connection.execute(query.order_by(_kept.date, _kept.id))
    return [convert(row, DocumentRow, from_attributes=True) for row in found]


def _rows() -> Select[*tuple[object, ...]]:
    own = (_kept[name] for name in DocumentRow.__struct_fields__ if name not in {"party", "paid"})
    joined = business_document.join(party, party.c.id == _kept.party_id)
    return select(*own, party.c.name.label("party"), paid_under()).select_from(joined)


async def list_open(connection: AsyncConnection, party_id: int, *, most: int = MOST_IN_PANEL) -> list[DocumentRow]:
    """List the newest documents of a party that something is still to come of; a paid invoice is none."""
    query = _rows().where(_kept.party_id == party_id, _kept.status.in_(_OPEN))
    found = await connection.execute(query.order_by(_kept.date.desc(), _kept.id.desc()).limit(MOST_IN_TREE))
    rows = [convert(row, DocumentRow, from_attributes=True) for row in found]
    return [row for row in rows if row.shown_status != "paid"][:most]


_OPEN = tuple(sorted({status for steps in STEPS.values() for status, after in steps.items() if after}))
