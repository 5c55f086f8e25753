"""The worker: what is due at times, each act under an advisory lock so that several workers do not do it twice.

Now: partitions for the months ahead, and parked returns and voids whose receipt came while they were being parked.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.server import configure_logging
from api.settings import Settings
from api.state import Service, read_clock, running_service
from database.activity import Act
from database.engine import Database
from database.hot import UNREACHABLE
from database.partitions import ensure_months, months_ahead
from loyalty.errors import LoyaltyError
from loyalty.receipts.flights import ACTOR
from loyalty.receipts.parked import list_arrived_voids, list_resolvable
from loyalty.receipts.voids import void_receipt

ROUND_SECONDS = 30
MOST_UNPARKED = 500
_LOCK = 4_471_903_266

log = structlog.get_logger()


async def run_worker(settings: Settings, url: str, *, say: Callable[[str], None], once: bool) -> None:
    """Work until a signal comes, or once through. A database that is away is waited for."""
    configure_logging(settings.log_level)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    owner = Database(url, role=None)
    try:
        async with running_service(settings, url) as service:
            say("worker runs")
            while not stopped.is_set():
                await _round(service, owner)
                if once:
                    return
                try:
                    await asyncio.wait_for(stopped.wait(), ROUND_SECONDS)
                except TimeoutError:
                    continue
    finally:
        await owner.close()


async def _round(service: Service, owner: Database) -> None:
    try:
        async with owner.connection() as connection:
            if (await connection.execute(text("select pg_try_advisory_lock(:key)"), {"key": _LOCK})).scalar():
                for act in _ACTS:
                    await act(service, owner)
                await connection.execute(text("select pg_advisory_unlock(:key)"), {"key": _LOCK})
    except (DBAPIError, *UNREACHABLE) as error:
        log.warning("the database is away; tried again in the next round", error=type(error).__name__)


async def _make_partitions(_: Service, owner: Database) -> None:
    await owner.run(ensure_months, *months_ahead(read_clock().date()))


async def _unpark(service: Service, _: Database) -> None:
    for uid in await service.database.run(list_resolvable, limit=MOST_UNPARKED):
        await service.flights.unpark(uid)


async def _void(service: Service, _: Database) -> None:
    """Do voids that were parked in the very moment in which their receipt came; a refused one is left to people."""
    for void in await service.database.run(list_arrived_voids, limit=MOST_UNPARKED):
        try:
            await service.database.run(
                void_receipt,
                void.receipt_uid,
                void_uid=void.void_uid,
                reason=void.reason,
                only_for=None,
                act=Act(ACTOR, read_clock()),
            )
        except LoyaltyError as refusal:
            log.warning("a parked void is refused", receipt=str(void.receipt_uid), code=refusal.code)


_ACTS: tuple[Callable[[Service, Database], Awaitable[None]], ...] = (_make_partitions, _unpark, _void)
