"""Use cases of whoever speaks by a link: they see what they get, choose anew, or say no to it.

The signed link of a letter leads to one recipient; that of a party's own page (`load_own`, `choose_own`) to a party.

Key idea: an inbox is what says no, and it knows addresses. So a no by a link holds for every party that has the
address, and where none has it, the address itself gets nothing more. A yes is that of the letter's own party alone.
Who was erased gets nothing anyway, and a link of theirs changes nothing.
"""

from collections.abc import Collection

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.consents import service
from crm.consents.errors import LinkUnknownError
from crm.consents.kinds import list_offered
from crm.consents.model import Choice, ConsentAct, Said, Source
from crm.consents.repository.subscriptions import (
    Writer,
    find_address,
    find_writer,
    list_parties_of,
    stop_recipients,
)
from crm.consents.repository.suppressions import find_suppression
from crm.consents.suppressing import hash_address, release_own, suppress
from database.activity import Act
from database.identifiers import MOST_ID


class Preferences(Struct, frozen=True):
    """What whoever stands behind a link gets; `is_off` tells that the address gets nothing at all."""

    writer: Writer
    choices: list[Choice]
    is_off: bool


async def load_preferences(connection: AsyncConnection, recipient_id: int) -> Preferences:
    """Load what a recipient gets. Raises LinkUnknownError."""
    writer = await _load(connection, recipient_id)
    party_id = None if writer.is_erased else writer.party_id
    choices = [] if party_id is None else await service.list_choices(connection, party_id)
    is_off = writer.is_erased or await find_suppression(connection, hash_address(writer.address)) is not None
    return Preferences(writer, [one for one in choices if not one.kind.is_archived], is_off)


async def unsubscribe(connection: AsyncConnection, recipient_id: int, *, source: Source, act: Act) -> Writer:
    """Say no to the kind of the letter that a link came with; again changes nothing. Raises LinkUnknownError."""
    writer = await _load(connection, recipient_id)
    await _refuse(connection, writer, [writer.kind_id], Said(source, recipient_id=recipient_id), act=act)
    return writer


async def refuse_all(connection: AsyncConnection, recipient_id: int, *, act: Act) -> Writer:
    """Say no to everything: every kind, and the address gets nothing more. Raises LinkUnknownError."""
    writer = await _load(connection, recipient_id)
    kinds = [one.id for one in await list_offered(connection)]
    said = Said("preferences", recipient_id=recipient_id)
    await _refuse(connection, writer, sorted({*kinds, writer.kind_id}), said, act=act)
    if not writer.is_erased:
        await suppress(connection, writer.address, "unsubscribed", act=act)
    return writer


async def choose(
    connection: AsyncConnection, recipient_id: int, wanted: Collection[int], *, wording: str, act: Act
) -> Writer:
    """Get kinds of mailings and no others; what is as it was is not said again. Raises LinkUnknownError."""
    found = await load_preferences(connection, recipient_id)
    writer, said = found.writer, Said("preferences", wording, recipient_id)
    if writer.is_erased:
        return writer
    if writer.party_id is None:
        await _choose_address(connection, writer, is_wanted=bool(wanted), act=act)
        return writer
    refused = [one.kind.id for one in found.choices if one.gets and one.kind.id not in wanted]
    agreed = [one.kind.id for one in found.choices if one.kind.id in wanted and (not one.gets or found.is_off)]
    if refused:
        await _refuse(connection, writer, refused, said, act=act)
    if agreed:
        acts: dict[int, ConsentAct] = dict.fromkeys(agreed, "given")
        await service.say(connection, writer.party_id, acts, said, act=act)
        await release_own(connection, writer.address, act=act)
    return writer


class OwnPreferences(Struct, frozen=True):
    """What a party gets that is known without a letter; `address` is where it is written to, None where nowhere."""

    address: str | None
    choices: list[Choice]
    is_off: bool


async def load_own(connection: AsyncConnection, party_id: int) -> OwnPreferences:
    """Load what a party gets."""
    address = await find_address(connection, party_id)
    is_off = address is not None and await find_suppression(connection, hash_address(address)) is not None
    choices = await service.list_choices(connection, party_id)
    return OwnPreferences(address, [one for one in choices if not one.kind.is_archived], is_off)


async def choose_own(
    connection: AsyncConnection, party_id: int, wanted: Collection[int], *, wording: str, act: Act
) -> None:
    """Let a party that speaks for itself alone get kinds and no others; what is as it was is not said again.

    Raises what `lock_party` raises.
    """
    found, said = await load_own(connection, party_id), Said("preferences", wording)
    refused = [one.kind.id for one in found.choices if one.gets and one.kind.id not in wanted]
    agreed = [one.kind.id for one in found.choices if one.kind.id in wanted and (not one.gets or found.is_off)]
    if refused:
        await service.withdraw(connection, party_id, refused, said, act=act)
    if agreed:
        given: dict[int, ConsentAct] = dict.fromkeys(agreed, "given")
        await service.say(connection, party_id, given, said, act=act)
        if found.address is not None:
            await release_own(connection, found.address, act=act)


async def _load(connection: AsyncConnection, recipient_id: int) -> Writer:
    writer = await find_writer(connection, recipient_id) if 0 < recipient_id <= MOST_ID else None
    if writer is None:
        raise LinkUnknownError("the link is not whole")
    return writer


async def _refuse(
    connection: AsyncConnection, writer: Writer, kind_ids: Collection[int], said: Said, *, act: Act
) -> None:
    if writer.is_erased:
        return
    own = set() if writer.party_id is None else {writer.party_id}
    party_ids = sorted(own | set(await list_parties_of(connection, writer.address)))
    for party_id in party_ids:
        await service.withdraw(connection, party_id, kind_ids, said, act=act)
    if not party_ids:
        await suppress(connection, writer.address, "unsubscribed", act=act)
    await stop_recipients(connection, party_ids, kind_ids, address=writer.address)


async def _choose_address(connection: AsyncConnection, writer: Writer, *, is_wanted: bool, act: Act) -> None:
    if is_wanted:
        await release_own(connection, writer.address, act=act)
    else:
        await suppress(connection, writer.address, "unsubscribed", act=act)
