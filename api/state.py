"""What one server process holds: its pools, caches and flights; made at start, closed at the end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg
from litestar import Litestar

from api.auth.guessing import Guesses
from api.auth.tokens import TokenCache
from api.auth.users import has_users
from api.hearing import Heard
from api.settings import Settings
from crm.calls.repository import CHANNEL as CALL_CHANNEL
from crm.shop.service import note_first_card
from database.activity import CHANNEL as ACT_CHANNEL
from database.activity import Act
from database.engine import Database
from database.hot import open_pool
from database.jobs import CHANGED_CHANNEL, QUEUED_CHANNEL
from database.listening import Listener
from database.live import Live
from database.reading import Reading
from loyalty.cards.catalogue.cache import CatalogueCache
from loyalty.installation import ensure_installation, ensure_till, list_tills
from loyalty.money import Currency, Scale
from loyalty.receipts.flights import ACTOR, Flights


def read_clock() -> datetime:
    """Read the clock; only the edge does."""
    return datetime.now(UTC)


class Service:
    """The use cases' surroundings in one process."""

    def __init__(self, settings: Settings, database: Database, pool: asyncpg.Pool) -> None:
        self.settings = settings
        self.database = database
        self.reading = Reading(database, Database(settings.replica_url) if settings.replica_url else None)
        self.pool = pool
        self.listener = Listener(database.url, (QUEUED_CHANNEL, CHANGED_CHANNEL, CALL_CHANNEL, ACT_CHANNEL))
        self.live = Live(database, self.listener)
        self.catalogue = CatalogueCache(database)
        self.flights = Flights(pool, self.catalogue, read_clock)
        self.guesses = Guesses(database, now=read_clock)
        self.heard = Heard()
        self.is_stopping = False
        self._tills: set[tuple[str, str]] = set()
        self._reading: set[tuple[str, str]] = set()
        self._has_people = False

    @property
    def currency(self) -> Currency:
        """The installation's currency."""
        return self.settings.currency

    @property
    def money(self) -> Scale:
        """The scale of amounts on the wire."""
        return self.settings.currency.scale

    def stop_streams(self) -> None:
        """Let what goes on without end, such as what open pages follow, end now: the process is about to."""
        self.is_stopping = True
        self.listener.wake_all()
        self.live.wake_all()

    async def know_till(self, store: str, till: str) -> None:
        """Make sure that a store and till exist; what an administrator first names comes into being."""
        if (store, till) in self._tills:
            return
        await self.database.run(ensure_till, store=store, till=till)
        self._tills = await self.database.run(list_tills)

    async def has_people(self) -> bool:
        """Tell whether anybody can be a user here at all; asked until there is one."""
        self._has_people = self._has_people or await self.database.run(has_users)
        return self._has_people

    async def note_card(self, store: str, till: str, card_id: int) -> None:
        """Keep the first card that a till reads, which whoever sets it up waits to see; asked once in each process."""
        if (store, till) not in self._reading:
            await self.database.run(note_first_card, store, till, card_id, act=Act(ACTOR, read_clock()))
            self._reading.add((store, till))


@asynccontextmanager
async def running_service(settings: Settings, url: str) -> AsyncIterator[Service]:
    """Open the pools for a migrated database, and close them when the process ends."""
    database = Database(url)
    pool = await open_pool(url)
    try:
        await database.run(ensure_installation, currency=settings.currency, timezone=settings.timezone)
        service = Service(settings, database, pool)
        await service.catalogue.at_least()
        yield service
        await service.live.close()
        await service.listener.close()
        await service.flights.close()
        await service.reading.close()
    finally:
        await pool.close()
        await database.close()


@asynccontextmanager
async def lifespan(app: Litestar) -> AsyncIterator[None]:
    """Run the service as long as the application runs."""
    settings: Settings = app.state["settings"]
    async with running_service(settings, app.state["database_url"]) as service:
        app.state["service"] = service
        app.state["database"] = service.database
        app.state["reading"] = service.reading
        app.state["currency"] = service.currency
        app.state["tokens"] = TokenCache(service.pool)
        yield
