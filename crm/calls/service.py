"""Use cases of calls: one that rings, who it may be, and what is kept when it was taken.

A number stands in `incoming_call` alone, and there for `KEPT_DAYS`; the journal keeps that somebody called, never from
where. Who calls is looked for by the ends of phones, so it is found in whatever form the exchange writes it.
"""

from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.calls import repository
from crm.calls.errors import CallRefusedError
from crm.calls.repository import Caller, IncomingCall
from crm.events.model import MOST_TOPIC, Draft
from crm.events.service import make_event
from crm.parties.model import Party, PartyDetails
from crm.parties.notes import add_note
from crm.parties.reaching import TypedContact, add_contact, list_contacts, log_use
from crm.parties.repository.lookups import list_by_phone_end
from crm.parties.service import lock_party, make_party
from crm.search.model import phone_ends
from database.activity import Act, record_activity

MOST_DIGITS = 15
"""What a phone has by E.164; more may be a card's number, which stands nowhere."""

MOST_LENGTH = 40
CALL = "call"
"""The kind of events that a logged call is."""

KEPT_DAYS = 30
CATCH_UP = timedelta(minutes=2)
"""So long ago a call may have come and still be shown to a page that was away."""

MOST_CALLS = 20
MOST_CALLERS = 10
_ABROAD = "00"


def check_number(number: str) -> str:
    """Give a caller's number without blanks around it. Raises CallRefusedError for what no telephone sends."""
    clean = " ".join(number.split())
    digits = sum(character.isdigit() for character in clean)
    if not 0 < digits <= MOST_DIGITS or len(clean) > MOST_LENGTH or not clean.isprintable():
        raise CallRefusedError(f"a caller's number has 1 to {MOST_DIGITS} digits", field="number")
    return clean


async def ring(connection: AsyncConnection, number: str, extension: str | None, *, act: Act) -> int:
    """Keep a call that rings, tell the pages of whom it rings for, and give its identifier. Raises CallRefusedError."""
    clean = check_number(number)
    call_id = await repository.insert_call(connection, clean, extension, now=act.at)
    await repository.sweep_calls(connection, before=act.at - timedelta(days=KEPT_DAYS))
    data = {"extension": extension}
    await record_activity(connection, act=act, what="call.came", record=f"call:{call_id}", data=data)
    return call_id


async def list_ringing(connection: AsyncConnection, extension: str, *, after: int, now: datetime) -> list[IncomingCall]:
    """List the calls of an extension behind an identifier that came just now, the oldest first.

    An identifier that is none yet, as a browser may remember of another database, is as good as the beginning.
    """
    known = after if after <= await repository.last_call_id(connection) else 0
    return await repository.list_calls(connection, extension, after=known, since=now - CATCH_UP, limit=MOST_CALLS)


async def find_callers(connection: AsyncConnection, number: str, *, country: str | None) -> list[Caller]:
    """Find who may be calling from a number in any form; nobody where it has too few digits."""
    for end in phone_ends(number, country):
        callers = await repository.load_callers(
            connection, await list_by_phone_end(connection, end, limit=MOST_CALLERS)
        )
        if callers:
            return callers
    return []


class Taker(Struct, frozen=True):
    """Who took a call and logs it as a contact: its topic where nothing was said, and the zone of the back office."""

    user_id: int | None
    role: str
    zone: str
    topic: str


async def log_call(
    connection: AsyncConnection,
    party_id: int,
    number: str,
    *,
    text: str,
    country: str | None,
    taker: Taker | None = None,
    act: Act,
) -> None:
    """Keep that a party called: the use of its way of contact, the act on its timeline, and a contact by its taker.

    Without a taker, where nobody logs contacts, what was said is a note. Raises NoteRefusedError, what `make_event`
    raises, and what `lock_party` raises.
    """
    await lock_party(connection, party_id)
    contact_id = await _find_contact(connection, party_id, number, country=country)
    data = {} if contact_id is None else {"part": contact_id}
    record = f"party:{party_id}"
    await record_activity(connection, act=act, what="call.logged", record=record, party_id=party_id, data=data)
    if contact_id is not None:
        await log_use(connection, party_id, contact_id, act=act)
    if taker is not None:
        await make_event(connection, _contact(party_id, text, taker, act), role=taker.role, act=act)
    elif text.strip():
        await add_note(connection, party_id, text, act=act)


def _contact(party_id: int, text: str, taker: Taker, act: Act) -> Draft:
    """Give the contact that a call is: its first line is the topic, all of it the content."""
    clean = text.strip()
    first = " ".join(clean.partition("\n")[0].split())
    return Draft(
        kind=CALL,
        topic=(first or taker.topic)[:MOST_TOPIC],
        zone=taker.zone,
        direction="incoming",
        content=clean if clean != first or len(first) > MOST_TOPIC else None,
        starts_at=act.at,
        author_id=taker.user_id,
        responsible_id=taker.user_id,
        party_id=party_id,
    )


async def _find_contact(connection: AsyncConnection, party_id: int, number: str, *, country: str | None) -> int | None:
    contacts = [one for one in await list_contacts(connection, party_id) if one.contact.kind == "phone"]
    for end in phone_ends(number, country):
        for one in contacts:
            if one.contact.canonical.endswith(end):
                return one.id
    return None


async def make_caller(
    connection: AsyncConnection, details: PartyDetails, number: str, *, country: str | None, act: Act
) -> Party:
    """Make a party of an unknown caller, with the phone they called from. Raises what making either raises."""
    party = await make_party(connection, details, act=act)
    await add_number(connection, party.id, number, country=country, act=act)
    return party


async def add_number(connection: AsyncConnection, party_id: int, number: str, *, country: str | None, act: Act) -> None:
    """Add a caller's number to a party. Raises ContactRefusedError, and what `add_part` raises."""
    value = f"+{number[len(_ABROAD) :]}" if number.startswith(_ABROAD) else number
    await add_contact(connection, party_id, TypedContact(kind="phone", value=value), country=country, act=act)
