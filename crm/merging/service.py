"""Use cases of merging: two parties become one, and one becomes two again.

Key idea: cards and documents follow their party by its number alone, so no ledger, receipt or turnover is touched. Both
parties are locked in the order of their numbers: of two merges at once the second one sees what the first one did, and
refuses a party that is merged by then. So a party is merged into one that stands for itself, and there is no cycle.

The timeline of the kept party shows what was done to either: acts stay where they were written.
"""

import msgspec
from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.consents.model import Said
from crm.consents.model import State as SubscriptionState
from crm.consents.repository.subscriptions import list_subscriptions, restore_states
from crm.consents.service import say
from crm.directories.service import load_entry
from crm.merging.errors import (
    MergeNotUndoableError,
    MergeOutdatedError,
    MergeRefusedError,
    MergeUndoneError,
    MergeUnknownError,
)
from crm.merging.model import Choices, Merge, Snapshot, choose_fields, refusal_of
from crm.merging.repository import merges, parts
from crm.parties.errors import PartyNotFoundError
from crm.parties.model import Party, PartyDetails
from crm.parties.repository import parties
from database.activity import Act, record_activities, record_activity
from database.identifiers import MOST_ID

MOST_LISTED = 50


async def merge_parties(
    connection: AsyncConnection,
    kept_id: int,
    merged_id: int,
    *,
    choices: Choices,
    seen: tuple[int, int] | None,
    act: Act,
) -> int:
    """Merge one party into another; gives the merge's identifier, by which it is taken back.

    `seen` are the versions, of the kept one first, that whoever asks was shown; None is whatever they are. Raises
    PartyNotFoundError, MergeRefusedError, MergeOutdatedError.
    """
    kept, merged = await _lock(connection, kept_id, merged_id)
    refusal = refusal_of(kept, merged)
    if refusal is not None:
        raise MergeRefusedError(refusal)
    if seen not in (None, (kept.version, merged.version)):
        raise MergeOutdatedError("one of the two was changed meanwhile: look at both again")
    snapshot = await _merge(connection, kept, merged, choices, act=act)
    merge_id = await merges.keep_merge(
        connection, kept=kept_id, merged=merged_id, snapshot=snapshot, actor=act.actor, now=act.at
    )
    await _tell(connection, "merged", kept, merged, merge_id=merge_id, snapshot=snapshot, act=act)
    return merge_id


async def _lock(connection: AsyncConnection, kept_id: int, merged_id: int) -> tuple[Party, Party]:
    """Lock two parties in the order of their numbers. Raises PartyNotFoundError."""
    found = {party_id: await parties.lock_party(connection, party_id) for party_id in sorted({kept_id, merged_id})}
    kept, merged = found[kept_id], found[merged_id]
    if kept is None or merged is None:
        raise PartyNotFoundError("there is no such party")
    return kept, merged


async def _merge(connection: AsyncConnection, kept: Party, merged: Party, choices: Choices, *, act: Act) -> Snapshot:
    both = {"kept": kept.id, "merged": merged.id}
    after = choose_fields(kept, merged, choices)
    await _give(connection, kept, after)
    await merges.put_into(connection, merged.id, kept.id)
    await merges.lock_cards(connection, merged.id)
    refused = await _refuse(connection, kept.id, merged.id, act=act)
    uses = await merges.add_uses(connection, **both)
    responsibilities = await merges.add_responsibilities(connection, **both)
    values = await merges.find_values(connection, **both)
    swapped = {
        attribute: sides
        for attribute, sides in values.items()
        if sides["merged"] and (not sides["kept"] or int(attribute) in choices.attributes)
    }
    if swapped:
        await merges.swap_values(connection, [int(attribute) for attribute in swapped], **both)
    return Snapshot(
        before={field: value for field, value in _fields(kept).items() if field in after},
        after=after,
        moved=await parts.move_parts(connection, **both),
        attributes=swapped,
        uses=uses,
        responsibilities=responsibilities,
        refused=refused,
    )


async def _refuse(
    connection: AsyncConnection, kept_id: int, merged_id: int, *, act: Act
) -> dict[str, SubscriptionState]:
    """Let a no of either party be that of both; gives what the kept one had said."""
    said = {one.kind_id: one.state for one in await list_subscriptions(connection, kept_id)}
    noes = {one.kind_id for one in await list_subscriptions(connection, merged_id) if one.state == "unsubscribed"}
    refused = {kind_id: said[kind_id] for kind_id in sorted(noes & said.keys()) if said[kind_id] != "unsubscribed"}
    await say(connection, kept_id, dict.fromkeys(refused, "withdrawn"), Said("merge"), act=act)
    return {str(kind_id): state for kind_id, state in refused.items()}


async def _give(connection: AsyncConnection, party: Party, fields: dict[str, object]) -> None:
    """Give a party fields of its own, written as in a snapshot."""
    if not fields:
        return
    details = msgspec.convert(_fields(party) | fields, PartyDetails)
    status = await load_entry(connection, "legal_status", details.legal_status)
    await parties.update_details(connection, party.id, details, legal_status_id=status.id)


def _fields(party: Party) -> dict[str, object]:
    fields: dict[str, object] = msgspec.to_builtins(party.details)
    return fields


async def undo_merge(connection: AsyncConnection, merge_id: int, *, is_partial: bool = False, act: Act) -> None:
    """Give the merged party back what it had, and the kept one what it was.

    What was changed or moved on since stands in the way: then nothing is done, unless `is_partial` leaves it as it is
    and puts the rest back. What was added since stays with the kept party. Raises MergeUnknownError, MergeUndoneError,
    MergeNotUndoableError.
    """
    merge = await load_merge(connection, merge_id)
    kept, merged = await _lock(connection, merge.kept_id, merge.merged_id)
    merge = await load_merge(connection, merge_id, is_locked=True)
    snapshot = _undoable(merge, merged)
    obstacles = await _put_back(connection, kept, merged, merge, snapshot)
    if obstacles and not is_partial:
        raise MergeNotUndoableError(obstacles)
    await merges.end_merge(connection, merge_id, now=act.at)
    await _tell(connection, "unmerged", kept, merged, merge_id=merge_id, snapshot=snapshot, act=act)


def _undoable(merge: Merge, merged: Party) -> Snapshot:
    if merge.undone_at is not None:
        raise MergeUndoneError("the merge was taken back already")
    if merge.before is None:
        raise MergeNotUndoableError(["the person was erased since, and with it what the merge did"])
    if merged.merged_into != merge.kept_id:
        later = f"party {merge.kept_id} was merged into party {merged.merged_into} since: take that back first"
        raise MergeNotUndoableError([later])
    return merge.before


async def _put_back(
    connection: AsyncConnection, kept: Party, merged: Party, merge: Merge, snapshot: Snapshot
) -> list[str]:
    """Put back what can be; says of the rest what it is and where."""
    both = {"kept": kept.id, "merged": merged.id}
    obstacles = await _restore_fields(connection, kept, snapshot)
    await merges.put_into(connection, merged.id, None)
    if "card" in snapshot.moved:
        await merges.lock_cards(connection, kept.id)
    for name, rows in snapshot.moved.items():
        lost = await parts.move_part_back(connection, name, rows, **both)
        obstacles += [f"{name.replace('_', ' ')} {key} was removed or moved on since" for key in lost]
    obstacles += await _restore_values(connection, snapshot, **both)
    lost = await restore_states(connection, kept.id, snapshot.refused, since=merge.at)
    obstacles += [f"what party {kept.id} says to mailings of kind {kind_id} was changed since" for kind_id in lost]
    await merges.take_uses(connection, snapshot.uses)
    await merges.take_responsibilities(connection, snapshot.responsibilities)
    return obstacles


async def _restore_fields(connection: AsyncConnection, kept: Party, snapshot: Snapshot) -> list[str]:
    now = _fields(kept)
    same = {field for field, value in snapshot.after.items() if now[field] == value}
    await _give(connection, kept, {field: value for field, value in snapshot.before.items() if field in same})
    changed = sorted(snapshot.after.keys() - same)
    return [f"{field.replace('_', ' ')} of party {kept.id} was changed since" for field in changed]


async def _restore_values(connection: AsyncConnection, snapshot: Snapshot, *, kept: int, merged: int) -> list[str]:
    now = await merges.find_values(connection, kept=kept, merged=merged)
    same, obstacles = [], []
    for attribute, before in snapshot.attributes.items():
        if now.get(attribute) == {"kept": before["merged"], "merged": before["kept"]}:
            same.append(int(attribute))
        else:
            obstacles.append(f"attribute {attribute} of party {kept} was changed since")
    if same:
        await merges.swap_values(connection, same, kept=kept, merged=merged)
    return obstacles


async def _tell(
    connection: AsyncConnection,
    what: str,
    kept: Party,
    merged: Party,
    *,
    merge_id: int,
    snapshot: Snapshot,
    act: Act,
) -> None:
    """Write the act down for both parties and for each card that follows."""
    is_merge = what == "merged"
    data = {"merge": merge_id, "kept": kept.id, "merged": merged.id, "fields": sorted(snapshot.after)}
    data["moved"] = {name: len(rows) for name, rows in snapshot.moved.items()}
    before, after = (snapshot.before, snapshot.after) if is_merge else (snapshot.after, snapshot.before)
    for party, old_values, new_values in ((kept, before, after), (merged, {}, {})):
        version = await parties.next_version(connection, party.id, now=act.at)
        change = {"party_id": party.id, "at": act.at, "actor": act.actor, "version": version, "what": f"party.{what}"}
        await parties.insert_change(connection, change | {"before": old_values, "after": new_values})
        await record_activity(
            connection, act=act, what=f"party.{what}", record=f"party:{party.id}", party_id=party.id, data=data
        )
    old, new = (merged.id, kept.id) if is_merge else (kept.id, merged.id)
    moved = {"old": {"holder_id": old}, "new": {"holder_id": new}, "merge": merge_id}
    cards = [(int(str(row["key"])), moved) for row in snapshot.moved.get("card", [])]
    if cards:
        await record_activities(connection, act=act, what="card.changed", cards=cards)


async def load_merge(connection: AsyncConnection, merge_id: int, *, is_locked: bool = False) -> Merge:
    """Load a merge. Raises MergeUnknownError."""
    merge = await merges.find_merge(connection, merge_id, is_locked=is_locked) if 0 < merge_id <= MOST_ID else None
    if merge is None:
        raise MergeUnknownError("no merge has this identifier")
    return merge


async def list_merges(connection: AsyncConnection, *, before: int | None = None) -> list[Merge]:
    """List MOST_LISTED merges without what they did, the newest first."""
    found = await merges.list_merges(connection, before=before, limit=MOST_LISTED)
    return [structs.replace(merge, before=None) for merge in found]
