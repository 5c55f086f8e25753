"""One act on many parties: which would change and which refuse, then the act on each, in portions, and back again.

The key idea: a preview is the change itself, done and rolled back, so it promises nothing that does not come. Each
party is changed by the act that changes a single one, with its own rows in the journal and the history; what it was and
became is kept under the job, so that the change can be taken back. Parties that refuse are counted by their reason.
"""

from collections.abc import Sequence

import msgspec
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.views.acts import BulkChange, do_act, put_back, read_state
from crm.views.errors import ViewRefusedError
from crm.views.model import Filter, View
from crm.views.repository import bulk as repository
from crm.views.repository.bulk import Changed
from crm.views.repository.context import Context
from database.activity import Act
from database.jobs import Job, Progress, enqueue_job, find_job
from loyalty.errors import JobUnknownError, LoyaltyError, TransitionRefusedError

KIND, UNDO_KIND = "parties.change", "parties.undo"
PARTIES_PER_PORTION = 50
PARTIES_AHEAD = 1_000
"""So many parties are looked up at once, for a filter may cost more than the changes of a portion."""

MOST_PREVIEWED = 200
MOST_SHOWN = 20


class Meant(Struct, frozen=True):
    """Which parties are meant: those of the identifiers, or all of the filters where there are none."""

    filters: tuple[Filter, ...] = ()
    party_ids: tuple[int, ...] | None = None


class Asked(Struct, frozen=True):
    """A change as its job keeps it."""

    meant: Meant
    change: BulkChange


class Refused(Struct, frozen=True):
    """Parties that refuse for one reason: how many, and the words for the first."""

    code: str
    detail: str
    count: int


class Preview(Struct, frozen=True):
    """What a change would do. `matched` parties are meant; `looked_at` of them, the first, were tried."""

    matched: int
    looked_at: int
    would_change: int
    names: list[str]
    refused: list[Refused]


class Outcome(Struct, frozen=True):
    """What a change did so far; `after` is the party behind which `ahead`, those looked up already, go on."""

    after: int = 0
    ahead: tuple[int, ...] = ()
    changed: int = 0
    unchanged: int = 0
    refused: dict[str, int] = {}


class Undone(Struct, frozen=True):
    """What was taken back so far; parties that were `changed_since` keep what they have."""

    after: int = 0
    undone: int = 0
    changed_since: int = 0


class Undoing(Struct, frozen=True):
    """Which change is taken back."""

    change: int


class _Tried(Struct, frozen=True):
    party_id: int
    change: Changed | None = None
    refusal: LoyaltyError | None = None


async def preview_change(connection: AsyncConnection, asked: Asked, context: Context, *, act: Act) -> Preview:
    """Tell what a change would do to the first MOST_PREVIEWED parties that are meant, and change nothing.

    Raises ViewError, ViewRefusedError.
    """
    matched = await _count(connection, asked.meant, context)
    ids = await _list(connection, asked.meant, context, after=0, limit=MOST_PREVIEWED)
    nested = await connection.begin_nested()
    tried = [await _try(connection, party_id, asked.change, context=context, act=act) for party_id in ids]
    await nested.rollback()
    changed = [one.party_id for one in tried if one.change is not None]
    names = await repository.list_names(connection, changed[:MOST_SHOWN])
    return Preview(matched, len(ids), len(changed), names, _by_reason(tried))


def _by_reason(tried: Sequence[_Tried]) -> list[Refused]:
    reasons: dict[str, list[LoyaltyError]] = {}
    for one in tried:
        if one.refusal is not None:
            reasons.setdefault(one.refusal.code, []).append(one.refusal)
    return [Refused(code, found[0].detail, len(found)) for code, found in sorted(reasons.items())]


async def ask_for_change(connection: AsyncConnection, asked: Asked, context: Context, *, act: Act) -> int:
    """Put a change into the queue; gives the job's identifier, which is the change's too. Raises ViewError."""
    total = await _count(connection, asked.meant, context)
    return await enqueue_job(connection, KIND, msgspec.to_builtins(asked), act=act, total=total)


async def change_portion(connection: AsyncConnection, job: Job, *, context: Context, act: Act) -> Progress:
    """Change the next parties that are meant. The progress' total becomes what is done when there are no more."""
    asked = msgspec.convert(job.arguments, Asked)
    before = msgspec.convert(job.progress, Outcome)
    ahead = list(before.ahead) or await _list(connection, asked.meant, context, after=before.after, limit=PARTIES_AHEAD)
    ids, rest = ahead[:PARTIES_PER_PORTION], tuple(ahead[PARTIES_PER_PORTION:])
    tried = [await _try(connection, party_id, asked.change, context=context, act=act) for party_id in ids]
    await repository.keep_changes(connection, job.id, [one.change for one in tried if one.change is not None])
    return _progress(job, len(ids), _add(before, tried, rest))


def _progress(job: Job, parties: int, outcome: Struct) -> Progress:
    """Give how far a job is after a portion of so many parties: an empty one was the last."""
    done = job.done + parties
    return Progress(done, max(job.total or 0, done + 1) if parties else done, msgspec.to_builtins(outcome))


def _add(before: Outcome, tried: Sequence[_Tried], ahead: tuple[int, ...]) -> Outcome:
    refused = dict(before.refused)
    for one in tried:
        if one.refusal is not None:
            refused[one.refusal.code] = refused.get(one.refusal.code, 0) + 1
    changed = sum(one.change is not None for one in tried)
    unchanged = sum(one.change is None and one.refusal is None for one in tried)
    after = tried[-1].party_id if tried else before.after
    return Outcome(after, ahead, before.changed + changed, before.unchanged + unchanged, refused)


async def _count(connection: AsyncConnection, meant: Meant, context: Context) -> int:
    if meant.party_ids is not None:
        return len(meant.party_ids)
    if not meant.filters:
        raise ViewRefusedError("say which parties are meant: tick some, or filter the list", field="party")
    return await repository.count_meant(connection, View(meant.filters), context)


async def _list(connection: AsyncConnection, meant: Meant, context: Context, *, after: int, limit: int) -> list[int]:
    if meant.party_ids is not None:
        return [party_id for party_id in sorted(meant.party_ids) if party_id > after][:limit]
    return await repository.list_meant(connection, View(meant.filters), context, after=after, limit=limit)


async def _try(connection: AsyncConnection, party_id: int, change: BulkChange, *, context: Context, act: Act) -> _Tried:
    """Change a party by the act of a single one; acts refuse before they write."""
    try:
        before = await read_state(connection, party_id, change, context)
        await do_act(connection, party_id, change, act=act)
        after = await read_state(connection, party_id, change, context)
    except LoyaltyError as refusal:
        return _Tried(party_id, refusal=refusal)
    return _Tried(party_id, Changed(party_id, before, after) if after != before else None)


async def ask_for_undo(connection: AsyncConnection, change: int, *, act: Act) -> int:
    """Put the undoing of a change into the queue; gives the job's identifier.

    Raises JobUnknownError, TransitionRefusedError where the change still goes on.
    """
    job = await find_job(connection, change)
    if job is None or job.kind != KIND:
        raise JobUnknownError("no change of parties has this identifier")
    if not job.has_ended:
        raise TransitionRefusedError("the change still goes on: cancel it first, or wait for its end")
    total = await repository.count_changes(connection, change)
    return await enqueue_job(connection, UNDO_KIND, msgspec.to_builtins(Undoing(change)), act=act, total=total)


async def undo_portion(connection: AsyncConnection, job: Job, *, context: Context, act: Act) -> Progress:
    """Take the change of the next parties back, where nothing else changed the same since."""
    made = await find_job(connection, msgspec.convert(job.arguments, Undoing).change)
    assert made is not None, "jobs are never deleted"
    change = msgspec.convert(made.arguments, Asked).change
    before = msgspec.convert(job.progress, Undone)
    changes = await repository.list_changes(connection, made.id, after=before.after, limit=PARTIES_PER_PORTION)
    undone = sum([await _undo(connection, one, change, context=context, act=act) for one in changes])
    after = changes[-1].party_id if changes else before.after
    told = Undone(after, before.undone + undone, before.changed_since + len(changes) - undone)
    return _progress(job, len(changes), told)


async def _undo(connection: AsyncConnection, made: Changed, change: BulkChange, *, context: Context, act: Act) -> bool:
    try:
        if await read_state(connection, made.party_id, change, context) != made.after:
            return False
        await put_back(connection, made.party_id, change, made.before, act=act)
    except LoyaltyError:
        return False
    return True
