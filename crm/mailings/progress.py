"""How far a mailing is: its recipients by state, those left out by reason, and the doubts that were counted."""

from collections.abc import Mapping

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.mailings.model import Mailing
from crm.mailings.service import load_mailing
from crm.recipients import repository as recipients
from crm.recipients.model import State

_WAITING: tuple[State, ...] = ("queued", "sending", "deferred")
_ASIDE: tuple[State, ...] = ("left_out", "control")


class Progress(Struct, frozen=True):
    """A mailing with the counts of its recipients."""

    mailing: Mailing
    states: Mapping[State, int]
    reasons: Mapping[str, int]
    doubts: int

    @property
    def all(self) -> int:
        """How many are to be written to."""
        return sum(count for state, count in self.states.items() if state not in _ASIDE)

    @property
    def waiting(self) -> int:
        """How many are still to be written to."""
        return sum(self.states.get(state, 0) for state in _WAITING)

    @property
    def done(self) -> int:
        """Of how many it is known what became."""
        return self.all - self.waiting


async def load_progress(connection: AsyncConnection, mailing_id: int) -> Progress:
    """Load how far a mailing is. Raises MailingUnknownError."""
    mailing = await load_mailing(connection, mailing_id)
    states = await recipients.count_states(connection, mailing_id)
    reasons = await recipients.count_reasons(connection, mailing_id)
    return Progress(mailing, states, reasons, await recipients.count_doubts(connection, mailing_id))
