"""What mailings offer to a profile: what the party agreed to, kind by kind."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from api.pages.panels import Panel, Viewed
from api.pages.words import mark
from crm.consents.model import Choice
from crm.consents.service import list_choices


async def _subscriptions(connection: AsyncConnection, viewed: Viewed) -> list[Choice]:
    return await list_choices(connection, viewed.party.id)


MAILINGS: Mapping[str, Panel] = {
    "subscriptions": Panel(
        "mailings",
        "mailings.read",
        mark("Mailings"),
        "panel_subscriptions.html",
        _subscriptions,
        "/parties/{id}/subscriptions",
        mark("All"),
    ),
}
