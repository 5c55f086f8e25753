"""Use cases of double opt-in: who may want letters is asked by one, and says yes by its link.

Key idea: whoever types an address need not own it. So an address gets one letter with a link and nothing else, what
holds stays as it was until the link is followed and the button pressed there, and nobody who is not known becomes a
party before. The public form says the same whoever's the address is; letters are few for an address and for a sender.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from msgspec import Struct, structs
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.consents import service
from crm.consents.errors import ConsentRefusedError, LinkExpiredError, LinkUnknownError, TooManyRequestsError
from crm.consents.kinds import list_offered, load_kind
from crm.consents.model import MOST_WORDING, OWN_NO, ConsentAct, Said, Source
from crm.consents.repository import requests
from crm.consents.repository.requests import Request
from crm.consents.repository.subscriptions import find_address, insert_consents, list_parties_of
from crm.consents.suppressing import look_up, read_address, release_own
from crm.directories.model import LANGUAGES, NATURAL_PERSON
from crm.parties.contacts import make_contact
from crm.parties.model import PartyDetails
from crm.parties.parts import CONTACTS, add_part
from crm.parties.service import find_party, lock_party, make_party
from database.activity import Act
from database.identifiers import MOST_ID
from database.locks import lock_name

LIFETIME: Final = timedelta(days=7)
KEPT_FOR: Final = timedelta(days=30)
"""So long a request is kept behind its end: whoever asks what became of it is told."""
MOST_A_DAY: Final = 3
"""Letters to one address."""
MOST_AN_HOUR: Final = 20
"""Requests of one sender: a shop's own customers may share one."""
MOST_NAME: Final = 200
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)


class Application(Struct, frozen=True, kw_only=True):
    """What somebody types into the public form; `wording` is what it said, `sender` by whom it was sent, as a hash."""

    name: str
    address: str
    language: str
    kind_ids: tuple[int, ...]
    wording: str
    sender: bytes


async def ask_party(
    connection: AsyncConnection, party_id: int, kind_ids: Collection[int], *, wording: str, source: Source, act: Act
) -> int:
    """Ask a party by a letter to its first address whether it wants kinds of mailings; gives the request.

    Raises ConsentRefusedError, MailingKindUnknownError, and what `lock_party` raises.
    """
    party = await lock_party(connection, party_id)
    kinds = [await load_kind(connection, kind_id) for kind_id in kind_ids]
    if not kinds or any(one.is_archived for one in kinds):
        raise ConsentRefusedError("names kinds of mailings that are in use", field="kind_id")
    if (await requests.load_setting(connection)).mailbox_id is None:
        raise ConsentRefusedError("no mailbox is chosen from which to ask: see the settings of subscriptions")
    address = await find_address(connection, party_id)
    if address is None:
        raise ConsentRefusedError("the party has no e-mail address", field="address")
    await lock_name(connection, _lock_of(address))
    if not await _may_ask(connection, address):
        raise ConsentRefusedError("the address is on the do-not-write list", field="address")
    if await _is_asked_enough(connection, address, act=act):
        raise ConsentRefusedError(f"was asked {MOST_A_DAY} times within a day already", field="address")
    ids = [one.id for one in kinds]
    await service.say(connection, party_id, dict.fromkeys(ids, "asked"), Said(source, wording), act=act)
    language = party.details.language if party.details.language in LANGUAGES else LANGUAGES[0]
    who = {"party_id": party_id, "address": address, "language": language, "source": source}
    return await requests.insert_request(connection, who | _standing(ids, wording, act))


async def apply(connection: AsyncConnection, application: Application, *, act: Act) -> None:
    """Ask whoever owns an address that was typed into the public form; tells nothing of what is known of it.

    Raises ConsentRefusedError where the form is closed or not filled, TooManyRequestsError.
    """
    clean = _check(application)
    if not (await requests.load_setting(connection)).is_form_open:
        raise ConsentRefusedError("nobody can subscribe here now")
    offered = {one.id for one in await list_offered(connection)}
    ids = [kind_id for kind_id in clean.kind_ids if kind_id in offered]
    if not ids:
        raise ConsentRefusedError("says which letters are wanted", field="kinds")
    await lock_name(connection, f"subscribe:{clean.sender.hex()}")
    if await requests.count_of_sender(connection, clean.sender, since=act.at - _HOUR) >= MOST_AN_HOUR:
        raise TooManyRequestsError("too many requests came from here: try again in an hour")
    await lock_name(connection, _lock_of(clean.address))
    is_wanted = await _may_ask(connection, clean.address) and not await _is_asked_enough(
        connection, clean.address, act=act
    )
    party_id = next(iter(await list_parties_of(connection, clean.address)), None) if is_wanted else None
    if party_id is not None:
        await service.say(connection, party_id, dict.fromkeys(ids, "asked"), Said("form", clean.wording), act=act)
    who = {"party_id": party_id, "name": clean.name, "address": clean.address, "language": clean.language}
    whence = {"source": "form", "sender": clean.sender, "state": "queued" if is_wanted else "failed"}
    await requests.insert_request(connection, who | whence | _standing(ids, clean.wording, act))


async def confirm(connection: AsyncConnection, request_id: int, *, wording: str, act: Act) -> Request:
    """Keep the yes of whoever followed the link of a request and pressed the button; a second time changes nothing.

    Raises LinkUnknownError, LinkExpiredError.
    """
    found = await find_request(connection, request_id, lock=True)
    if found.confirmed_at is not None:
        return found
    if found.expires_at <= act.at:
        raise LinkExpiredError("the link is too old: ask for a new letter")
    party_id = await _find_party(connection, found)
    if party_id is None:
        party_id = await _make_party(connection, found, act=act)
    said = Said(found.source, wording)
    await service.say(connection, party_id, dict.fromkeys(found.kind_ids, "confirmed"), said, act=act)
    await release_own(connection, found.address, act=act)
    await requests.confirm_request(connection, request_id, party_id=party_id, now=act.at)
    return structs.replace(found, confirmed_at=act.at, party_id=party_id)


async def find_request(connection: AsyncConnection, request_id: int, *, lock: bool = False) -> Request:
    """Load a request. Raises LinkUnknownError."""
    found = await requests.find_request(connection, request_id, lock=lock) if 0 < request_id <= MOST_ID else None
    if found is None:
        raise LinkUnknownError("the link is not whole, or too old")
    return found


def _standing(ids: list[int], wording: str, act: Act) -> dict[str, object]:
    times = {"asked_at": act.at, "due_at": act.at, "expires_at": act.at + LIFETIME}
    return {"kind_ids": ids, "wording": wording, "actor": act.actor, **times}


def _lock_of(address: str) -> str:
    return f"subscribe:{address}"


async def _may_ask(connection: AsyncConnection, address: str) -> bool:
    """Tell whether the shop has nothing against writing to an address; its owner's own no may be taken back by it."""
    found = await look_up(connection, address)
    return found is None or found.reason in OWN_NO


async def _is_asked_enough(connection: AsyncConnection, address: str, *, act: Act) -> bool:
    return await requests.count_of_address(connection, address, since=act.at - _DAY) >= MOST_A_DAY


def _check(application: Application) -> Application:
    name = " ".join(application.name.split())
    if not 0 < len(name) <= MOST_NAME:
        raise ConsentRefusedError("says who you are", field="name")
    if len(application.wording) > MOST_WORDING or application.language not in LANGUAGES:
        raise ConsentRefusedError("is not a form of ours", field="language")
    address = read_address(application.address).casefold()
    return structs.replace(application, name=name, address=address)


async def _find_party(connection: AsyncConnection, found: Request) -> int | None:
    """Find who a request is of now: its own party, the one that it was merged into, or who has the address by now."""
    if found.party_id is not None:
        party = await find_party(connection, found.party_id)
        if party is not None and party.erased_at is None:
            return party.merged_into or party.id
    return next(iter(await list_parties_of(connection, found.address)), None)


async def _make_party(connection: AsyncConnection, found: Request, *, act: Act) -> int:
    """Make the party of whoever was not known, with what they typed, and keep that they asked."""
    language = found.language
    details = PartyDetails(name=found.name or found.address, legal_status=NATURAL_PERSON, language=language)
    party = await make_party(connection, details, act=act)
    await add_part(connection, CONTACTS, party.id, make_contact("email", found.address, region=None), act=act)
    asked = Act(act.actor, found.asked_at)
    acts: dict[int, ConsentAct] = dict.fromkeys(found.kind_ids, "asked")
    await insert_consents(connection, party.id, acts, Said(found.source), act=asked)
    return party.id
