"""What is in a project: how far it is, what it takes, its tasks and events in one list, its documents.

Key idea: a project keeps nothing of this; it is read from the tasks and events that name it, in a number of queries
that does not grow with them. Dropped tasks are in the list and count for nothing.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.events.repository.kin import describe
from crm.planning.repository import projects as repository
from crm.planning.work import Figures, Progress, ProjectDocument

MOST_DOCUMENTS: Final = 100

list_work = repository.list_work
count_progress = repository.count_progress
list_latest = repository.list_latest


async def load_figures(connection: AsyncConnection, project_id: int, *, now: datetime) -> Figures:
    """Load how far a project and its phases are, and what they take."""
    phases = await repository.count_by_phase(connection, project_id, now=now)
    whole = Progress(
        sum(one.total for one in phases.values()),
        sum(one.done for one in phases.values()),
        sum(one.overdue for one in phases.values()),
    )
    return Figures(
        whole,
        phases,
        await repository.sum_labour(connection, project_id),
        await repository.sum_resources(connection, project_id),
    )


async def list_documents(
    connection: AsyncConnection, project_id: int, kinds: Collection[str], *, with_events: bool
) -> list[ProjectDocument]:
    """List the documents of some kinds that tasks and events of a project have, the newest day first.

    Those that tasks have in their pool, those that events speak of, and those that were made from either or from the
    project itself. Kinds are those of records: `business_document`, `receipt`, `document`.
    """
    found = await repository.list_documents(connection, project_id, with_events=with_events, most=MOST_DOCUMENTS)
    wanted = {record: of for record, of in found.items() if record.partition(":")[0] in kinds}
    known = await describe(connection, wanted)
    documents = [ProjectDocument(kin, wanted[record]) for record, kin in known.items()]
    return sorted(documents, key=lambda one: (one.on or date.min, one.kin.record), reverse=True)
