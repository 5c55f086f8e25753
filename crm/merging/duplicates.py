"""Use cases of duplicates: looked for over all parties by a job, and for one party as soon as it is made.

The job goes through the parties in the order of their numbers and compares each with those behind it. A later one looks
only at what was changed since an earlier one began. A pair that is not found again is forgotten, unless a person
dismissed it: who said once that two are not one is not asked again.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.merging.errors import DuplicateUnknownError
from crm.merging.model import Lookalike, Pair
from crm.merging.repository import duplicates
from database.activity import Act, record_activity
from database.jobs import Job, Progress, enqueue_job

KIND = "parties.duplicates"
PARTIES_PER_PORTION = 100
MOST_LISTED = 50
MOST_LOOKALIKES = 10


class Wanted(Struct, frozen=True):
    """What a job looks at: parties changed since a moment, or with None all of them."""

    since: datetime | None = None


class Searched(Struct, frozen=True):
    """What a job found so far; `after` is the party from which it goes on."""

    after: int = 0
    found: int = 0


async def ask_for_search(connection: AsyncConnection, *, is_whole: bool = False, act: Act) -> int:
    """Put a search into the queue, over all parties where there was none before; gives the job's identifier."""
    since = None if is_whole else await duplicates.find_last_search(connection, KIND)
    total = await duplicates.count_parties(connection, since=since)
    return await enqueue_job(connection, KIND, msgspec.to_builtins(Wanted(since)), act=act, total=total)


async def search_portion(connection: AsyncConnection, job: Job, *, act: Act) -> Progress:
    """Look for duplicates of the next parties. The progress' total becomes what is done when there are no more."""
    wanted = msgspec.convert(job.arguments, Wanted)
    before = msgspec.convert(job.progress, Searched)
    ids = await duplicates.list_party_ids(connection, after=before.after, since=wanted.since, limit=PARTIES_PER_PORTION)
    found = await _search(connection, ids, is_both_ways=wanted.since is not None, act=act)
    after = Searched(ids[-1] if ids else before.after, before.found + found)
    done = job.done + len(ids)
    is_over = len(ids) < PARTIES_PER_PORTION
    return Progress(done, done if is_over else max(job.total or 0, done + 1), msgspec.to_builtins(after))


async def _search(connection: AsyncConnection, ids: Sequence[int], *, is_both_ways: bool, act: Act) -> int:
    found = await duplicates.find_pairs(connection, ids, is_both_ways=is_both_ways, now=act.at)
    await duplicates.forget_stale_pairs(connection, ids, is_both_ways=is_both_ways, now=act.at)
    return found


async def find_lookalikes(connection: AsyncConnection, party_id: int, *, act: Act) -> list[Lookalike]:
    """Look for duplicates of one party now; gives those that nobody dismissed, the strongest first."""
    await _search(connection, [party_id], is_both_ways=True, act=act)
    return await duplicates.list_lookalikes(connection, party_id, limit=MOST_LOOKALIKES)


async def list_pairs(
    connection: AsyncConnection, *, after: tuple[int, int, int] | None = None, is_dismissed: bool = False
) -> list[Pair]:
    """List MOST_LISTED pairs, the strongest first, those behind the one named by strength and both numbers."""
    return await duplicates.list_pairs(connection, after=after, is_dismissed=is_dismissed, limit=MOST_LISTED)


async def dismiss_pair(connection: AsyncConnection, one: int, other: int, *, act: Act) -> None:
    """Say that two parties are not one. Raises DuplicateUnknownError."""
    await _mark(connection, one, other, is_dismissed=True, act=act)


async def restore_pair(connection: AsyncConnection, one: int, other: int, *, act: Act) -> None:
    """Take a dismissal back. Raises DuplicateUnknownError."""
    await _mark(connection, one, other, is_dismissed=False, act=act)


async def _mark(connection: AsyncConnection, one: int, other: int, *, is_dismissed: bool, act: Act) -> None:
    first, second = sorted((one, other))
    at, actor = (act.at, act.actor) if is_dismissed else (None, None)
    if not await duplicates.mark_pair(connection, first, second, at=at, actor=actor):
        raise DuplicateUnknownError("these two parties were not found to be alike")
    what = "party.duplicate_dismissed" if is_dismissed else "party.duplicate_restored"
    for party_id, with_id in ((first, second), (second, first)):
        await record_activity(
            connection, act=act, what=what, record=f"party:{party_id}", party_id=party_id, data={"with": with_id}
        )
