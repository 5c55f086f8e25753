"""The job that takes a file of parties in: reads it beside the event loop, portion by portion."""

import asyncio
from collections.abc import Iterator
from itertools import islice

import msgspec
from msgspec import Struct

from api.jobs.running import Result, RunningJob
from api.state import Service, read_clock
from crm.transfer.errors import UploadRefusedError
from crm.transfer.files import open_rows
from crm.transfer.importing import load_known
from crm.transfer.model import Draft
from crm.transfer.repository.uploads import Rejected
from crm.transfer.rows import Known, read_draft
from crm.transfer.uploads import Asked, Counts, end_import, file_of, import_portion, load_upload
from database.activity import Act
from loyalty.imports.lines import RowError
from loyalty.imports.tabular import Row, TableError

ROWS_PER_PORTION = 500


class _Portion(Struct, frozen=True):
    """The next rows as they were read."""

    drafts: list[Draft]
    rejected: list[Rejected]
    cells: dict[int, list[str]]

    @property
    def rows(self) -> int:
        """How many rows they are."""
        return len(self.drafts) + len(self.rejected)


async def import_parties(service: Service, running: RunningJob) -> Result:
    """Take a file in, or only try it; a job that was killed goes on behind its last portion."""
    asked = msgspec.convert(running.job.arguments, Asked)
    wrong = service.settings.wrong_numbers
    known = await service.database.run(
        load_known, asked.mapping, wrong_numbers=wrong, act=Act(running.job.actor, read_clock())
    )
    upload = await service.database.run(load_upload, asked.upload)
    try:
        async with file_of(service.database, upload) as path:
            with open_rows(path, upload.name) as rows:
                await _import_rows(running, rows, known)
    except TableError as error:
        done = msgspec.convert(running.job.progress, Counts).rows
        raise UploadRefusedError(f"{error}; the {done:,} rows before it are in" if done else str(error)) from error
    job = await running.portion(end_import, act=running.act())
    counts = msgspec.convert(job.progress, Counts)
    return {"parties": counts.new, "added_to": counts.changed, "left": counts.same, "stay_out": counts.rejected}


async def _import_rows(running: RunningJob, rows: Iterator[Row], known: Known) -> None:
    """Take in the rows behind those that are done; those are read all the same, to know what was known by them."""
    await asyncio.to_thread(next, rows)
    seen: dict[str, int] = {}
    left_over = msgspec.convert(running.job.progress, Counts).rows
    while (portion := await asyncio.to_thread(_read, rows, known, seen)).rows:
        left_over -= portion.rows
        if left_over < 0:
            await running.portion(
                import_portion,
                portion.drafts,
                portion.rejected,
                cells=portion.cells,
                wrong_numbers=known.wrong_numbers,
                act=running.act(),
            )


def _read(rows: Iterator[Row], known: Known, seen: dict[str, int]) -> _Portion:
    """Read the next rows; of rows that are known by the same, the first one counts."""
    portion = _Portion([], [], {})
    for row in islice(rows, ROWS_PER_PORTION):
        try:
            draft = _read_once(row, known, seen)
        except RowError as error:
            portion.rejected.append(Rejected(row.line, str(error), row.cells))
        else:
            portion.drafts.append(draft)
            portion.cells[row.line] = row.cells
    return portion


def _read_once(row: Row, known: Known, seen: dict[str, int]) -> Draft:
    draft = read_draft(row, known)
    by = known.mapping.by
    line = seen.setdefault(draft.identity(by) or "", row.line)
    if line != row.line:
        raise RowError(f"has the same {by} as line {line}")
    return draft
