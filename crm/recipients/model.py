"""What may become of a recipient, and what follows from what a mail server said. Pure.

Key idea: `sent` is said by a server's 250 and by nothing else. A connection that ends while a message is being handed
over leaves a doubt: the message may have come. It is handed over again, under the same identity, and the doubt is
counted; so nobody is missing, and who may have got it twice is known.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Literal

from msgspec import Struct

State = Literal[
    "queued",
    "sending",
    "sent",
    "deferred",
    "failed",
    "bounced",
    "suppressed",
    "unsubscribed",
    "control",
    "left_out",
]
Step = Literal["connect", "sender", "recipient", "data"]
"""How far a message came: to a connection, to MAIL, to RCPT, to DATA and its bytes."""

WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 480))
"""Before the second try, the third and so on; behind the last one a message that is still put off has failed."""
DOUBT_WAIT: Final = timedelta(seconds=30)
MOST_SAID: Final = 300
MOST_ADDRESS: Final = 254
_ADDRESS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_MESSAGE: Final = re.compile(r"mailing\.([0-9]{1,18})\.([0-9]{1,18})@")
DONE: Final = 250
PERMANENT: Final = range(500, 600)


class Claimed(Struct, frozen=True):
    """A recipient that is somebody's to send to for a while."""

    id: int
    mailing_id: int
    party_id: int | None
    address: str
    domain: str
    zone: str | None
    given: Mapping[str, str] | None
    variant_id: int
    tries: int


class Said(Struct, frozen=True):
    """What a mail server said to a message, at which step; no code where the connection failed or ended."""

    step: Step
    code: int | None
    text: str

    @property
    def is_taken(self) -> bool:
        """Tell whether the server took the message upon itself."""
        return self.step == "data" and self.code == DONE


def writable(address: str) -> str | None:
    """Give an address as it stands on the wire, the domain in ASCII; None for one that no server could be told."""
    local, _, domain = address.rpartition("@")
    try:
        ascii_domain = domain if domain.isascii() else domain.encode("idna").decode()
    except UnicodeError:
        return None
    written = f"{local}@{ascii_domain}"
    return written if _ADDRESS.fullmatch(written) and len(written) <= MOST_ADDRESS else None


def message_name(mailing_id: int, recipient_id: int) -> str:
    """Give the name of a recipient's message, the part of its Message-ID before the domain."""
    return f"mailing.{mailing_id}.{recipient_id}"


def read_message_name(name: str) -> tuple[int, int] | None:
    """Give mailing and recipient of a Message-ID that is a mailing's message; None for any other."""
    found = _MESSAGE.match(name)
    return None if found is None else (int(found[1]), int(found[2]))


class Outcome(Struct, frozen=True):
    """What is written down of a recipient: the new state, what was said, when it is due again, a doubt or none."""

    id: int
    state: State
    answer: str | None = None
    reason: str | None = None
    due_at: datetime | None = None
    doubts: int = 0


def judge(claimed: Claimed, said: Said, *, now: datetime) -> Outcome:
    """Decide what follows for a recipient from what was said; `tries` of the claim counts this one."""
    text = (f"{said.code} {said.text}" if said.code else said.text)[:MOST_SAID]
    if said.is_taken:
        return Outcome(claimed.id, "sent", answer=text)
    if said.step == "connect" or (said.code is None and said.step != "data"):
        return Outcome(claimed.id, "queued", reason=text)
    if said.code in PERMANENT and said.step != "sender":
        return Outcome(claimed.id, "failed", answer=text, reason=text)
    if claimed.tries > len(WAITS):
        return Outcome(
            claimed.id, "failed", answer=text, reason=f"given up after {claimed.tries} tries: {text}"[:MOST_SAID]
        )
    if said.code is None:
        return Outcome(claimed.id, "deferred", reason=text, due_at=now + DOUBT_WAIT, doubts=1)
    return Outcome(claimed.id, "deferred", answer=text, reason=text, due_at=now + WAITS[claimed.tries - 1])
