"""Use cases of a party's own page: its link is made, sent and ended; whoever has it opens the page and asks there.

Key idea: the link is the customer's word, as the card at the till is: whoever shows it sees one party's data and can
change nothing of them but what letters come. So only a hash of its token is kept to know it by, it is shown once, a new
one ends the old one, and nothing tells a wrong token from one that was good yesterday.

A party that is merged into another has no page as long as it is: the other's data are not shown by a link that was
given out before somebody took the two for one. Taking the merge back opens it again; erasing ends it for good.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.consents.model import OWN_NO
from crm.consents.repository.subscriptions import find_address
from crm.consents.setting import load_setting
from crm.consents.suppressing import look_up
from crm.own_pages import repository
from crm.own_pages.errors import AskedEnoughError, OwnPageRefusedError, OwnPageUnknownError
from crm.own_pages.model import MOST_CORRECTION, MOST_CORRECTIONS_A_DAY, Link
from crm.own_pages.tokens import hash_token, new_token, open_token, seal_token
from crm.parties.notes import add_note
from crm.parties.service import load_party, lock_party
from database.activity import Act, Importance, record_activity

MOST_REFUSALS: Final = 30
"""So many wrong tokens of a sender are looked at in an hour; a letter that broke an address in two makes a few."""
REFUSALS_LAST: Final = timedelta(hours=1)

PATH: Final = "/my/"
"""Where own pages begin; the token follows."""

find_link = repository.find_link
find_sealed = repository.list_sealed


async def load_link(connection: AsyncConnection, party_id: int) -> Link:
    """Load the link of a party. Raises PartyNotFoundError, OwnPageUnknownError."""
    await load_party(connection, party_id)
    link = await repository.find_link(connection, party_id)
    if link is None:
        raise OwnPageUnknownError("the party has no link to a page of its own")
    return link


async def make_link(connection: AsyncConnection, party_id: int, *, key: str, days: int | None, act: Act) -> str:
    """Make a party's link, in the place of the one it had, and give its token, which is never told again.

    `key` seals it for letters; without one no letter can carry it. `days` is how long it is good; None is for ever.
    Raises what `lock_party` raises.
    """
    await lock_party(connection, party_id)
    token = new_token()
    await repository.put_link(connection, party_id, _row(token, key=key, days=days, act=act))
    await _record(connection, party_id, "made", act=act)
    return token


async def make_missing(
    connection: AsyncConnection, party_ids: Sequence[int], *, key: str, days: int | None, act: Act
) -> None:
    """Make links of those parties that have none, for letters that are about to carry them."""
    wanted = await repository.list_without(connection, party_ids)
    rows = [{"party_id": one, **_row(new_token(), key=key, days=days, act=act)} for one in wanted]
    await repository.add_links(connection, [row | {"asked": 0, "letter_tries": 0} for row in rows])
    for party_id in wanted:
        await _record(connection, party_id, "made", act=act)


async def revoke_link(connection: AsyncConnection, party_id: int, *, act: Act) -> None:
    """End a party's link. Raises OwnPageUnknownError, and what `lock_party` raises."""
    await lock_party(connection, party_id, may_be_archived=True)
    if not await repository.delete_link(connection, party_id):
        raise OwnPageUnknownError("the party has no link to a page of its own")
    await _record(connection, party_id, "revoked", act=act)


async def send_link(connection: AsyncConnection, party_id: int, *, key: str, days: int | None, act: Act) -> str:
    """Send a party its link to the address it is written to, a new one where it has none; gives the address.

    Raises OwnPageRefusedError, and what `lock_party` raises.
    """
    await lock_party(connection, party_id)
    if (await load_setting(connection)).mailbox_id is None or not key:
        raise OwnPageRefusedError("no mailbox is chosen from which to write: see the settings of subscriptions")
    address = await find_address(connection, party_id)
    if address is None:
        raise OwnPageRefusedError("the party has no e-mail address", field="address")
    suppressed = await look_up(connection, address)
    if suppressed is not None and suppressed.reason not in OWN_NO:
        raise OwnPageRefusedError("the address is on the do-not-write list", field="address")
    link = await repository.find_link(connection, party_id, lock=True)
    if link is None or not link.can_be_sent or link.is_over(act.at):
        await make_link(connection, party_id, key=key, days=days, act=act)
    await repository.queue_letter(connection, party_id, address, now=act.at)
    await _record(connection, party_id, "sent", act=act)
    return address


async def open_page(connection: AsyncConnection, token: str, *, today: date, now: datetime) -> int:
    """Give the party whose page a token opens, and write down the day. Raises OwnPageUnknownError."""
    hashed = hash_token(token)
    party_id = None if hashed is None else await repository.find_party_of(connection, hashed, now=now)
    if party_id is None:
        raise OwnPageUnknownError("there is no such page")
    await repository.note_opened(connection, party_id, today)
    return party_id


async def refuse(connection: AsyncConnection, sender: bytes, *, now: datetime) -> bool:
    """Count a wrong token of a sender; tells whether those were too many, and then counts no further."""
    since = now - REFUSALS_LAST
    if await repository.find_refusals(connection, sender, since=since) >= MOST_REFUSALS:
        return True
    await repository.count_refusal(connection, sender, now=now, since=since)
    return False


async def ask_correction(connection: AsyncConnection, party_id: int, wanted: str, *, today: date, act: Act) -> None:
    """Keep what a customer wants corrected as a note for staff; their data stay as they are.

    Raises OwnPageRefusedError for nothing or too much, AskedEnoughError, and what `add_note` raises.
    """
    clean = wanted.strip()
    if not 0 < len(clean) <= MOST_CORRECTION or "\0" in clean:
        raise OwnPageRefusedError(f"says in 1 to {MOST_CORRECTION} characters what to correct", field="correction")
    if await repository.count_correction(connection, party_id, today) > MOST_CORRECTIONS_A_DAY:
        raise AskedEnoughError(f"has asked {MOST_CORRECTIONS_A_DAY} times today already", field="correction")
    await add_note(connection, party_id, clean, act=act)
    await _record(connection, party_id, "correction_asked", act=act)


def address_of(public_url: str, token: str) -> str:
    """Give the address of the page that a token opens."""
    return f"{public_url}{PATH}{token}"


def unsealed_address(public_url: str, key: str, sealed: bytes) -> str:
    """Give the address of the page whose token is sealed. Raises MailKeyError."""
    return address_of(public_url, open_token(key, sealed))


def _row(token: str, *, key: str, days: int | None, act: Act) -> dict[str, object]:
    expires_at = None if days is None else act.at + timedelta(days=days)
    whose = {"actor": act.actor, "made_at": act.at, "expires_at": expires_at}
    return {"hash": hash_token(token), "sealed": seal_token(key, token), **whose}


async def _record(connection: AsyncConnection, party_id: int, what: str, *, act: Act) -> None:
    """Tell the journal; what customers ask for is important, for nobody else asks for them."""
    importance: Importance = 1 if what == "correction_asked" else 2
    record = f"party:{party_id}"
    await record_activity(
        connection, act=act, what=f"own_page.{what}", record=record, party_id=party_id, importance=importance
    )
