"""The proof of the books as a job, for whoever has no shell: asked for once at a time, its outcome kept as a sign.

The proof reads one snapshot and changes nothing; what differs stands in the job's result, to be looked into by people.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act
from database.jobs import Job, Progress, enqueue_job, find_newest_job
from database.signs import note_sign
from loyalty.accounts.verify import Verified

KIND = "books.verify"


async def ask_for_proof(connection: AsyncConnection, *, act: Act) -> int:
    """Put a proof into the queue, or find the one that waits or runs; gives the job's identifier."""
    newest = await find_newest_job(connection, KIND)
    if newest is not None and not newest.has_ended:
        return newest.id
    return await enqueue_job(connection, KIND, {}, act=act, total=1)


async def keep_proof(connection: AsyncConnection, _: Job, verified: Verified, *, at: datetime) -> Progress:
    """Note when the books were proved and whether they agree."""
    found = {"cards": verified.cards, "differences": len(verified.differences)}
    await note_sign(connection, "verify", at=at, is_well=not verified.differences, detail=found)
    return Progress(1, 1, {})
