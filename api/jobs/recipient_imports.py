"""The job that puts a file of addresses to a mailing: reads it beside the event loop, portion by portion."""

import asyncio
from collections.abc import Iterator
from itertools import islice

import msgspec
from msgspec import Struct

from api.jobs.running import Result, RunningJob
from api.state import Service
from crm.mailings.importing import Asked, Columns, Counts, end_import, import_portion, read_row
from crm.mailings.repository.addresses import Given
from crm.transfer.errors import UploadRefusedError
from crm.transfer.files import open_rows
from crm.transfer.repository.uploads import Rejected
from crm.transfer.uploads import file_of, load_upload
from loyalty.imports.lines import RowError
from loyalty.imports.tabular import Row, TableError

ROWS_PER_PORTION = 2_000


class _Portion(Struct, frozen=True):
    """The next rows as they were read."""

    rows: list[Given]
    rejected: list[Rejected]

    @property
    def size(self) -> int:
        """How many rows they are."""
        return len(self.rows) + len(self.rejected)


async def import_recipients(service: Service, running: RunningJob) -> Result:
    """Put a file in; a job that was killed goes on behind its last portion."""
    asked = msgspec.convert(running.job.arguments, Asked)
    upload = await service.database.run(load_upload, asked.upload)
    try:
        async with file_of(service.database, upload) as path:
            with open_rows(path, upload.name) as rows:
                await _import_rows(running, rows, asked.columns)
    except TableError as error:
        raise UploadRefusedError(str(error)) from error
    job = await running.portion(end_import, act=running.act())
    counts = msgspec.convert(job.progress, Counts)
    return {"recipients": counts.new, "left": counts.same, "stay_out": counts.rejected}


async def _import_rows(running: RunningJob, rows: Iterator[Row], columns: Columns) -> None:
    """Put in the rows behind those that are done; those are read all the same, to know whose addresses they had."""
    await asyncio.to_thread(next, rows)
    seen: dict[str, int] = {}
    left_over = msgspec.convert(running.job.progress, Counts).rows
    while (portion := await asyncio.to_thread(_read, rows, columns, seen)).size:
        left_over -= portion.size
        if left_over < 0:
            await running.portion(import_portion, portion.rows, portion.rejected, act=running.act())


def _read(rows: Iterator[Row], columns: Columns, seen: dict[str, int]) -> _Portion:
    portion = _Portion([], [])
    for row in islice(rows, ROWS_PER_PORTION):
        try:
            portion.rows.append(read_row(row, columns, seen))
        except RowError as error:
            portion.rejected.append(Rejected(row.line, str(error), row.cells))
    return portion
