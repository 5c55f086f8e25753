"""Use cases of consent: a party's yes and no to kinds of mailings, said by itself or told by whoever heard it.

Key idea: every way of saying something comes to `say`: the party is locked, what holds afterwards is decided, the act
is kept for ever beside it, and who waits for a letter that is not wanted any more gets none.
"""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.consents.errors import ConsentRefusedError
from crm.consents.kinds import list_kinds, load_kind
from crm.consents.model import Choice, ConsentAct, Said, State, next_state
from crm.consents.repository import subscriptions
from crm.parties.service import load_party, lock_party
from database.activity import Act, record_activities, record_activity

list_consents = subscriptions.list_consents


async def list_choices(connection: AsyncConnection, party_id: int) -> list[Choice]:
    """List the kinds of mailings with what a party said to each; archived ones only where it said something."""
    kept = {one.kind_id: one.state for one in await subscriptions.list_subscriptions(connection, party_id)}
    kinds = await list_kinds(connection)
    return [Choice(one, kept.get(one.id)) for one in kinds if not one.is_archived or one.id in kept]


async def give(connection: AsyncConnection, party_id: int, kind_ids: Collection[int], said: Said, *, act: Act) -> None:
    """Keep a party's yes to kinds. Raises ConsentRefusedError, MailingKindUnknownError, what `lock_party` raises."""
    if not said.wording:
        raise ConsentRefusedError("says to what they agreed", field="wording")
    await _check_kinds(connection, kind_ids)
    await say(connection, party_id, dict.fromkeys(kind_ids, "given"), said, act=act)


async def give_many(
    connection: AsyncConnection, wanted: Sequence[tuple[int, int]], said: Said, *, act: Act
) -> set[int]:
    """Keep yeses of many parties, each to a kind, in one statement; gives the parties for which one is new.

    Where a party said no it stands, and a yes that stands is not kept again.
    """
    given: dict[int, list[int]] = {}
    for party_id, kind_id in await subscriptions.give_many(connection, wanted, said, act=act):
        given.setdefault(party_id, []).append(kind_id)
    told = [(party_id, {"kinds": sorted(kinds), "source": said.source}) for party_id, kinds in given.items()]
    await record_activities(connection, act=act, what="consent.given", parties=told)
    return set(given)


async def withdraw(
    connection: AsyncConnection, party_id: int, kind_ids: Collection[int], said: Said, *, act: Act
) -> None:
    """Keep a party's no to kinds: nothing of them goes out to it from now on, not even what waits.

    Raises MailingKindUnknownError, and what `lock_party` raises.
    """
    for kind_id in kind_ids:
        await load_kind(connection, kind_id)
    await say(connection, party_id, dict.fromkeys(kind_ids, "withdrawn"), said, act=act)


async def say(
    connection: AsyncConnection, party_id: int, acts: Mapping[int, ConsentAct], said: Said, *, act: Act
) -> dict[int, State]:
    """Keep acts of a party by kind; gives what changed. A no that stands already is not kept again.

    Raises what `lock_party` raises; an archived party may speak too.
    """
    await lock_party(connection, party_id, may_be_archived=True)
    now = {one.kind_id: one.state for one in await subscriptions.list_subscriptions(connection, party_id)}
    after = {kind_id: next_state(now.get(kind_id), one, said.source) for kind_id, one in acts.items()}
    changed = {kind_id: state for kind_id, state in after.items() if state != now.get(kind_id)}
    kept = {kind_id: one for kind_id, one in acts.items() if one != "withdrawn" or kind_id in changed}
    again = {kind_id: state for kind_id, state in after.items() if kind_id not in kept}
    if again:  # so that nobody takes it for what was said before
        await subscriptions.put_states(connection, party_id, again, now=act.at)
    if not kept:
        return changed
    await subscriptions.insert_consents(connection, party_id, kept, said, act=act)
    if changed:
        await subscriptions.put_states(connection, party_id, changed, now=act.at)
    refused = [kind_id for kind_id, one in kept.items() if one == "withdrawn"]
    if refused:
        await subscriptions.stop_recipients(connection, [party_id], refused, address=None)
    await _record(connection, party_id, kept, said, act=act)
    return changed


async def _record(
    connection: AsyncConnection, party_id: int, acts: Mapping[int, ConsentAct], said: Said, *, act: Act
) -> None:
    for what in sorted(set(acts.values())):
        data = {"kinds": [kind_id for kind_id, one in acts.items() if one == what], "source": said.source}
        record = f"party:{party_id}"
        await record_activity(connection, act=act, what=f"consent.{what}", record=record, party_id=party_id, data=data)


async def _check_kinds(connection: AsyncConnection, kind_ids: Collection[int]) -> None:
    for kind_id in kind_ids:
        if (await load_kind(connection, kind_id)).is_archived:
            raise ConsentRefusedError("this kind of mailings is not in use any more", field="kind_id")


async def load_choices(connection: AsyncConnection, party_id: int) -> list[Choice]:
    """List what a party said to each kind. Raises PartyNotFoundError."""
    await load_party(connection, party_id)
    return await list_choices(connection, party_id)
