"""The sender of one mailbox: recipients are claimed, marked, sent to over several connections, and answered.

Key idea: one task keeps the books on one connection of the database, which also holds the mailbox's lock; the
connections to the mail server only take marked messages and say what they heard. The books are written in turns: all
answers since the last turn in one statement, then marks for as many as the connections will soon need. So a turn is
as large as the mail server is fast, a kill leaves few in doubt, and a second worker finds the mailbox taken.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from msgspec import Struct, structs
from sqlalchemy.ext.asyncio import AsyncConnection

from api.mailing import books
from api.mailing.choosing import Choice
from api.mailing.posting import Line
from api.mailing.writing import Made, Surroundings, load_recipients_data, make, sign, write
from api.state import Service, read_clock
from crm.mailboxes.secrets import link_key
from crm.mailboxes.service import Open, open_mailbox
from crm.mailings.content.people import Person
from crm.mailings.repository import sending
from crm.recipients import repository as recipients
from crm.recipients.model import Claimed, Outcome, Said, judge, writable
from loyalty.errors import LoyaltyError

CLAIMED_AT_ONCE: Final = 200
AHEAD: Final = 8
"""So many messages per connection are marked at most: a kill leaves no more of them in doubt."""
ERRORS_IN_ROW: Final = 20
TELL_EVERY: Final = timedelta(seconds=1)
LOOK_SECONDS: Final = 5
CONNECT_WAITS: Final = (1, 2, 4, 8, 16, 30)
NO_ADDRESS: Final = "no mail server can be told this address"

log = structlog.get_logger()


class Ready(Struct, frozen=True):
    """A marked message, and the address as it stands on the wire."""

    to: Claimed
    address: str
    message: bytes


async def send_for(service: Service, mailbox_id: int, stopped: asyncio.Event) -> None:
    """Send what a mailbox has to send now, and return when nobody is due; another worker's mailbox is left alone.

    Raises MailKeyError, MailboxUnknownError for a mailbox that cannot be opened.
    """
    async with service.database.kept_connection() as connection:
        async with connection.begin():
            if not await sending.try_lock(connection, mailbox_id):
                return
        try:
            async with connection.begin():
                freed = await recipients.free_orphans(connection, mailbox_id)
                mailbox = await open_mailbox(connection, mailbox_id, key=service.settings.mail_key)
            if freed.freed:
                log.info("a sender ended in the middle", mailbox=mailbox_id, freed=freed.freed, doubts=freed.doubts)
            await Sending(service, mailbox, connection, stopped).run()
        finally:
            if not connection.invalidated:
                async with connection.begin():
                    await sending.unlock(connection, mailbox_id)


class Sending:
    """The sending of one mailbox while it has somebody to write to."""

    def __init__(self, service: Service, mailbox: Open, connection: AsyncConnection, stopped: asyncio.Event) -> None:
        settings = service.settings
        self._mailbox = mailbox
        self._connection = connection
        self._stopped = stopped
        self._around = Surroundings(
            settings.public_url,
            link_key(settings.mail_key),
            settings.currency,
            page_key="" if "own_page" in settings.modules_off else settings.mail_key,
            page_days=settings.own_page_days,
        )
        self._choice = Choice(mailbox.details, ZoneInfo(settings.timezone))
        self._made: Made | None = None
        self._ready: asyncio.Queue[Ready] = asyncio.Queue()
        self._heard: list[tuple[Claimed, Said]] = []
        self._in_hand = 0
        self._changed = asyncio.Event()
        self._errors: dict[int, int] = {}
        self._told_at: datetime | None = None
        self._most = AHEAD * mailbox.details.connections

    async def run(self) -> None:
        """Send until nobody is due, or the worker stops; what was marked and not begun goes back to the queue then."""
        async with asyncio.TaskGroup() as tasks:
            lines = [tasks.create_task(self._send()) for _ in range(self._mailbox.details.connections)]
            await self._keep_books()
            for line in lines:
                line.cancel()

    async def _keep_books(self) -> None:
        while True:
            self._changed.clear()
            await self._write_answers()
            has_more = False if self._stopped.is_set() else await self._refill()
            if self._stopped.is_set():
                await self._give_back()
            if not (has_more or self._in_hand or self._heard):
                break
            if not self._heard:
                await self._wait()
        async with self._connection.begin():
            await books.finish(self._connection, self._mailbox.id, now=read_clock())

    async def _wait(self) -> None:
        """Wait until a connection says something, or a limit leaves room again."""
        now = read_clock()
        limited = (self._choice.free_at(now) - now).total_seconds()
        if limited <= 0 and not self._in_hand:
            return
        try:
            async with asyncio.timeout(min(limited, LOOK_SECONDS) if limited > 0 else LOOK_SECONDS):
                await self._changed.wait()
        except TimeoutError:
            return

    async def _send(self) -> None:
        """Send marked messages over a connection of its own; a server that is away is waited for longer and longer."""
        details = self._mailbox.details
        line = Line(self._mailbox.server, most_messages=details.messages_per_connection)
        try:
            failed = 0
            while True:
                ready = await self._ready.get()
                said = await line.post(ready.message, sender=details.address, recipient=ready.address)
                self._heard.append((ready.to, said))
                self._changed.set()
                failed = failed + 1 if said.step == "connect" else 0
                if failed:
                    await asyncio.sleep(CONNECT_WAITS[min(failed, len(CONNECT_WAITS)) - 1])
        finally:
            await line.close()

    async def _write_answers(self) -> None:
        heard, self._heard = self._heard, []
        if not heard:
            return
        now = read_clock()
        async with self._connection.begin():
            await books.answer(self._connection, [judge(to, said, now=now) for to, said in heard], now=now)
            for to, said in heard:
                await self._count_error(to.mailing_id, said, now)
            if self._told_at is None or now - self._told_at >= TELL_EVERY:
                self._told_at = now
                await books.tell(self._connection, {to.mailing_id for to, _ in heard})
        self._in_hand -= len(heard)

    async def _count_error(self, mailing_id: int, said: Said, now: datetime) -> None:
        """Pause a mailing of which too many messages in a row were not taken."""
        errors = 0 if said.is_taken else self._errors.get(mailing_id, 0) + 1
        if errors >= ERRORS_IN_ROW:
            problem = f"{said.code} {said.text}" if said.code else said.text
            await books.pause(self._connection, mailing_id, problem, errors=errors, now=now)
            errors = 0
        self._errors[mailing_id] = errors

    async def _refill(self) -> bool:
        """Mark as many messages as the connections need soon; False where nobody is due."""
        wanted = self._most - self._in_hand
        if wanted < self._most // 2:
            return True
        now = read_clock()
        async with self._connection.begin():
            if not self._choice.stock and not await self._claim(now):
                return False
            made = self._made
            room = self._choice.room(wanted, None if made is None else made.going.id, now)
            if made is not None and room:
                await self._mark(made, room, now)
        return True

    async def _claim(self, now: datetime) -> bool:
        """Claim recipients of the most urgent mailing, no more than may be sent to within a minute."""
        mailing_id = await sending.find_next(self._connection, self._mailbox.id, now=now)
        if mailing_id is None:
            return False
        try:
            made = self._made = await self._make(mailing_id)
        except LoyaltyError as error:
            self._made = None
            await books.pause(self._connection, mailing_id, f"{error.field}: {error.detail}", errors=0, now=now)
            return True
        most = self._choice.room(CLAIMED_AT_ONCE, mailing_id, now)
        claimed = await recipients.claim(self._connection, mailing_id, most=most, now=now) if most else []
        self._choice.put(claimed, made.going)
        return True

    async def _make(self, mailing_id: int) -> Made:
        kept = self._made
        if kept is not None and kept.going.id == mailing_id:
            version = await sending.find_version(self._connection, mailing_id)
            if version == kept.going.version:
                return kept
        return await make(self._connection, mailing_id, self._mailbox)

    async def _mark(self, made: Made, room: int, now: datetime) -> None:
        """Write the messages of the next recipients, and mark those who may still have theirs."""
        taken = self._choice.take(room, made.going, now)
        if taken.later:
            await recipients.put_back(self._connection, taken.later)
        if not taken.now:
            return
        people = await load_recipients_data(self._connection, taken.now, made.places, around=self._around, now=now)
        ready, wrong = self._write(made, taken.now, people, now)
        if wrong:
            await books.answer(self._connection, wrong, now=now)
        until = now + recipients.CLAIMED_FOR
        going = await sending.mark(self._connection, [one.to.id for one in ready], now=now, until=until)
        for one in ready:
            if one.to.id in going:
                self._ready.put_nowait(one)
        self._in_hand += len(going)

    def _write(
        self, made: Made, claimed: Sequence[Claimed], people: dict[int, Person], now: datetime
    ) -> tuple[list[Ready], list[Outcome]]:
        ready, wrong = [], []
        for one in claimed:
            address = writable(one.address)
            if address is None:
                wrong.append(Outcome(one.id, "failed", reason=NO_ADDRESS))
                continue
            message = write(made, one, people.get(one.party_id or 0, Person()), around=self._around, at=now)
            tried = structs.replace(one, tries=one.tries + 1)
            ready.append(Ready(tried, address, sign(message, self._mailbox)))
        return ready, wrong

    async def _give_back(self) -> None:
        """Give back what nobody has begun to send."""
        unbegun = []
        while not self._ready.empty():
            unbegun.append(self._ready.get_nowait().to)
        async with self._connection.begin():
            now = read_clock()
            if unbegun:
                outcomes = [Outcome(one.id, "queued") for one in unbegun]
                await books.answer(self._connection, outcomes, now=now)
            if self._choice.stock:
                await recipients.put_back(self._connection, {one.id: now for one in self._choice.stock})
        self._choice.stock.clear()
        self._in_hand -= len(unbegun)
