"""What business documents offer to a profile: orders, invoices, payments, and deliveries still to arrive."""

from collections.abc import Mapping
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from api.pages.panels import Panel, Viewed
from api.pages.words import mark
from crm.documents.listing import DeliveryRow, DocumentRow, list_deliveries, list_of_party
from crm.documents.model import Kind


async def _documents(kind: Kind, connection: AsyncConnection, viewed: Viewed) -> list[DocumentRow]:
    return await list_of_party(connection, viewed.party.id, kind)


async def _deliveries(connection: AsyncConnection, viewed: Viewed) -> list[DeliveryRow]:
    return await list_deliveries(connection, viewed.party.id)


def _panel(kind: Kind, title: str) -> Panel:
    return Panel(
        "business",
        "business.read",
        title,
        "panel_documents.html",
        partial(_documents, kind),
        f"/business-documents?party={{id}}&kind={kind}",
        mark("All"),
        width="wide",
    )


BUSINESS: Mapping[str, Panel] = {
    "orders": _panel("order", mark("Orders")),
    "invoices": _panel("invoice", mark("Invoices")),
    "payments": _panel("payment", mark("Payments")),
    "deliveries": Panel(
        "business",
        "business.read",
        mark("Deliveries to come"),
        "panel_deliveries.html",
        _deliveries,
        "/business-documents?party={id}&kind=delivery",
        mark("All"),
    ),
}
