"""The worker: jobs as they come, notices of what is done and due, mailings, mail, and what is due at times.

Jobs are claimed one by one, so any number of workers share them. What is due at times is done under an advisory lock,
so that several workers do not do it twice: partitions for the months ahead, parked returns and voids whose receipt came
while they were being parked, ends of holds, points and cards, runs of rules, occurrences of repeated events and
ends of recordings, sums of goods, scores of parties, seals on the journal's past days and the anchor of the books.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import date, timedelta
from uuid import uuid4
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.jobs.working import do_all_jobs, do_jobs
from api.logs import configure_logging
from api.mail.running import keep_mail, keep_mail_once
from api.mailing.running import send_mailings, send_mailings_once
from api.notifying import notify, notify_once
from api.reporting import send_reports, send_reports_once
from api.settings import Settings
from api.state import Service, read_clock, running_service
from crm.events.files import RECORDINGS_AT_ONCE, forget_recordings
from crm.events.series import SERIES_AT_ONCE, extend_series
from crm.scores.service import schedule_scoring
from crm.transfer.uploads import forget_uploads
from database.activity import Act
from database.engine import Database
from database.hot import UNREACHABLE
from database.partitions import ensure_months, months_ahead
from database.seals import seal_days
from database.signs import WORKER, note_sign
from loyalty.accounts.anchors import anchor_books
from loyalty.accounts.holds import expire_due_holds
from loyalty.accounts.points import CARDS_PER_PORTION, expire_points
from loyalty.accounts.repository import list_cards_with_due_holds, list_cards_with_due_points
from loyalty.bought.service import catch_up
from loyalty.cards.expiry import end_cards, revive_cards
from loyalty.errors import LoyaltyError
from loyalty.receipts.flights import ACTOR
from loyalty.receipts.parked import list_arrived_voids, list_resolvable
from loyalty.receipts.voids import void_receipt
from loyalty.tiers.late import look_for_late
from loyalty.tiers.schedule import schedule_runs

ROUND_SECONDS = 30
MOST_UNPARKED = 500
MOST_EXPIRED = 5_000
MOST_PORTIONS = 200
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
            if once:
                await _round(service, owner)
                await do_all_jobs(service, stopped)
                await notify_once(service)
                await send_reports_once(service)
                await send_mailings_once(service, stopped)
                await keep_mail_once(service, stopped)
                return
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_go_round(service, owner, stopped))
                tasks.create_task(do_jobs(service, stopped))
                tasks.create_task(notify(service, stopped))
                tasks.create_task(send_reports(service, stopped))
                tasks.create_task(send_mailings(service, stopped))
                tasks.create_task(keep_mail(service, stopped))
    finally:
        await owner.close()


async def _go_round(service: Service, owner: Database, stopped: asyncio.Event) -> None:
    while not stopped.is_set():
        await _round(service, owner)
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), ROUND_SECONDS)


async def _round(service: Service, owner: Database) -> None:
    try:
        async with owner.connection() as connection:
            if (await connection.execute(text("select pg_try_advisory_lock(:key)"), {"key": _LOCK})).scalar():
                for act in _ACTS:
                    await act(service, owner)
                await service.database.run(note_sign, WORKER, at=read_clock())
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


async def _expire(service: Service, _: Database) -> None:
    """End holds and points whose time is over."""
    run, act = service.database.run, Act(ACTOR, read_clock())
    for card_id in await run(list_cards_with_due_holds, now=act.at, limit=MOST_EXPIRED):
        await run(expire_due_holds, card_id, act=act)
    today = act.at.astimezone((await service.catalogue.newest()).zone("")).date()
    due = await run(list_cards_with_due_points, before=today, limit=MOST_EXPIRED)
    for start in range(0, len(due), CARDS_PER_PORTION):
        await run(expire_points, due[start : start + CARDS_PER_PORTION], today=today, uid=uuid4(), act=act)


async def _forget_uploads(service: Service, _: Database) -> None:
    """Forget files of parties that nobody took in, and rows that stayed out, after a week."""
    await service.database.run(forget_uploads, act=Act(ACTOR, read_clock()))


async def _keep_up_events(service: Service, _: Database) -> None:
    """Make occurrences of series as far as the horizon, and remove recordings whose time is over."""
    act = Act(ACTOR, read_clock())
    while await service.database.run(extend_series, act=act) == SERIES_AT_ONCE:
        continue
    before = act.at - timedelta(days=service.settings.recording_days)
    while await service.database.run(forget_recordings, before=before, act=act) == RECORDINGS_AT_ONCE:
        continue


async def _sum_goods(service: Service, _: Database) -> None:
    """Bring what was bought of each group of goods up to date."""
    for _portion in range(MOST_PORTIONS):
        if not await service.database.run(catch_up, now=read_clock()):
            return


async def _score(service: Service, _: Database) -> None:
    """Ask for the day's scoring of parties."""
    if "segments" not in service.settings.modules_off:
        act = Act(ACTOR, read_clock())
        today = act.at.astimezone(ZoneInfo(service.settings.timezone)).date()
        await service.database.run(schedule_scoring, today=today, act=act)


async def _run_rules(service: Service, _: Database) -> None:
    """Ask for the runs of periods that are over, and look for documents that came after theirs."""
    act = Act(ACTOR, read_clock())
    await service.database.run(schedule_runs, act=act)
    await service.database.run(look_for_late, act=act)


async def _anchor(service: Service, owner: Database) -> None:
    """Seal the journal's past days, and once a day write the anchor of the books to the log and the journal."""
    await owner.run(seal_days, now=read_clock())
    anchored = await service.database.run(anchor_books, act=Act(ACTOR, read_clock()))
    if anchored is not None:
        for broken in anchored.broken:
            log.error("the books are not what was anchored", difference=broken)
        anchor = anchored.anchor
        log.info(
            "books anchored",
            until=anchor.until.isoformat(),
            cards=anchor.cards,
            chains=anchor.chains,
            journal=anchor.journal,
        )


async def _end_cards(service: Service, _: Database) -> None:
    """Write ends of cards down, once a day and again when a series has changed: it looks at every card."""
    catalogue = await service.catalogue.newest()
    today = (read_clock().astimezone(catalogue.zone("")).date(), catalogue.version)
    if _ended.get(service) == today:
        return
    for write_down in (end_cards, revive_cards):
        after: int | None = 0
        while after is not None:
            after = await service.database.run(write_down, after=after, act=Act(ACTOR, read_clock()))
    _ended[service] = today


_ended: WeakKeyDictionary[Service, tuple[date, int]] = WeakKeyDictionary()
"""The day and the catalogue's version for which ends of cards were written down last."""

_ACTS: tuple[Callable[[Service, Database], Awaitable[None]], ...] = (
    _make_partitions,
    _unpark,
    _void,
    _expire,
    _end_cards,
    _run_rules,
    _forget_uploads,
    _keep_up_events,
    _sum_goods,
    _score,
    _anchor,
)
