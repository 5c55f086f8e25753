"""Whose message goes out next: claimed recipients, taken as the limits of mailbox, mailing and domain allow."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from crm.mailboxes.model import MailboxDetails
from crm.mailings.pace import Pace, Paces, next_open
from crm.mailings.repository.sending import Going
from crm.parties.hours import timezones
from crm.recipients.model import Claimed


class Taken(Struct, frozen=True):
    """Recipients whose turn it is, and others with the moments at which they are due instead."""

    now: list[Claimed]
    later: dict[int, datetime]


class Choice:
    """The stock of claimed recipients of one mailing, and the paces of all that was sent in the last minute."""

    def __init__(self, details: MailboxDetails, zone: ZoneInfo) -> None:
        self.stock: deque[Claimed] = deque()
        self._zone = zone
        self._mailbox = Pace(details.messages_per_minute)
        self._mailings: dict[int, Pace] = {}
        self._domains = Paces(details.domain_per_minute)

    def room(self, wanted: int, mailing_id: int | None, now: datetime) -> int:
        """Tell how many messages may go out now of so many, of a mailing where one is in hand."""
        pace = self._mailings.get(mailing_id or 0)
        free = self._mailbox.free(now, wanted)
        return free if pace is None else pace.free(now, free)

    def free_at(self, now: datetime) -> datetime:
        """Tell when a limit that holds now leaves room again."""
        return max(pace.free_at(now) for pace in (self._mailbox, *self._mailings.values()))

    def put(self, claimed: Sequence[Claimed], going: Going) -> None:
        """Put recipients of a mailing into stock."""
        self._mailings = {going.id: self._mailings.get(going.id) or Pace(going.rate_per_minute)}
        self.stock.extend(claimed)

    def take(self, most: int, going: Going, now: datetime) -> Taken:
        """Take recipients out of stock until so many have their turn."""
        taken = Taken([], {})
        while self.stock and len(taken.now) < most:
            one = self.stock.popleft()
            due = self._due(one, going, now)
            if due > now:
                taken.later[one.id] = due
                continue
            for pace in (self._mailbox, self._mailings[going.id], self._domains.of(one.domain, now)):
                pace.note(now)
            taken.now.append(one)
        return taken

    def _due(self, one: Claimed, going: Going, now: datetime) -> datetime:
        zone = ZoneInfo(one.zone) if one.zone in timezones() else self._zone
        opens = next_open(now, going.window_from, going.window_until, zone=zone)
        domain = self._domains.of(one.domain, now)
        return opens if opens > now or domain.free(now, 1) else domain.promise(now)
