"""What the controllers of pages that change something ask of their request."""

from datetime import date

from litestar.exceptions import NotFoundException
from sqlalchemy.ext.asyncio import AsyncConnection

from api.pages.renderer import Call, principal_of, zone_of
from api.state import Service, read_clock
from database.activity import Act
from database.identifiers import MOST_ID
from loyalty.cards.listing import FullCard, find_full_card
from loyalty.cards.model import Catalogue


def service_of(call: Call) -> Service:
    """Give the process' service."""
    service: Service = call.app.state["service"]
    return service


def act_of(call: Call) -> Act:
    """Give who acts, now."""
    return Act(principal_of(call).actor, read_clock())


def today_of(call: Call) -> date:
    """Give the day that it is where the back office is."""
    return read_clock().astimezone(zone_of(call)).date()


async def newest_catalogue(call: Call) -> Catalogue:
    """Give the catalogue as it stands now: one statement, two where it changed."""
    return await service_of(call).catalogue.newest()


async def find_card(connection: AsyncConnection, card_id: int) -> FullCard:
    """Find a card with its series. Raises NotFoundException."""
    full = await find_full_card(connection, card_id) if 0 < card_id <= MOST_ID else None
    if full is None:
        raise NotFoundException("there is no such card")
    return full
