"""What mail offers to a profile: the messages of the party, the newest first."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from api.pages.panels import MOST_ROWS, Panel, Viewed
from api.pages.words import mark
from crm.mail.repository.listing import MailRow, list_of_party


async def _mail(connection: AsyncConnection, viewed: Viewed) -> tuple[MailRow, ...]:
    return await list_of_party(connection, viewed.party.id, most=MOST_ROWS)


MAIL: Mapping[str, Panel] = {
    "mail": Panel(
        "mail", "mail.read", mark("Mail"), "panel_mail.html", _mail, "/mail?party={id}", mark("All"), width="wide"
    ),
}
