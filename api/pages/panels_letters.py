"""What correspondence offers to a profile: the letters of the party, the more urgent first and then the newer."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from api.pages.panels import MOST_ROWS, Panel, Viewed
from api.pages.words import mark
from crm.letters.listing import LetterFilter, LetterRow, list_letters


async def _letters(connection: AsyncConnection, viewed: Viewed) -> tuple[LetterRow, ...]:
    wanted = LetterFilter(party_id=viewed.party.id)
    return (await list_letters(connection, wanted, size=MOST_ROWS)).rows


LETTERS: Mapping[str, Panel] = {
    "letters": Panel(
        "letters",
        "letters.read",
        mark("Correspondence"),
        "panel_letters.html",
        _letters,
        "/letters?party={id}",
        mark("All"),
        width="wide",
    ),
}
