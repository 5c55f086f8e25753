"""Files of parties as tests put them in: given as text or cells, taken in by the job."""

import csv
import io
from collections.abc import Sequence

from msgspec import convert
from openpyxl import Workbook

from api.jobs.working import do_queued_jobs
from api.state import Service
from crm.transfer.model import Mapping
from crm.transfer.uploads import Asked, Counts, ask_for_import, keep_upload
from database.jobs import Job, find_job
from tests.conftest import ACT


class Bytes:
    """A file as it comes in over the network."""

    def __init__(self, content: bytes) -> None:
        self._file = io.BytesIO(content)

    async def read(self, size: int = -1, /) -> bytes:
        """Give the next bytes."""
        return self._file.read(size)


def table(*rows: Sequence[object]) -> bytes:
    """Write a table as CSV."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def book(*rows: Sequence[object]) -> bytes:
    """Write a table as a workbook."""
    made = Workbook()
    for row in rows:
        made.worksheets[0].append(list(row))
    kept = io.BytesIO()
    made.save(kept)
    return kept.getvalue()


async def put_in(service: Service, content: bytes, name: str = "parties.csv") -> int:
    """Put a file in and give its identifier."""
    return await keep_upload(service.database, name, Bytes(content), act=ACT)


async def take_in(
    service: Service, content: bytes, mapping: Mapping, *, name: str = "parties.csv", is_trial: bool = False
) -> tuple[Counts, Job]:
    """Put a file in, take it in by the job and give what became of its rows."""
    upload = await put_in(service, content, name)
    asked = Asked(upload, mapping, is_trial)
    job_id = await service.database.run(ask_for_import, asked, header=["header"], act=ACT)
    await do_queued_jobs(service, is_stopped=lambda: False)
    job = await service.database.run(find_job, job_id)
    assert job is not None
    return convert(job.progress, Counts), job
