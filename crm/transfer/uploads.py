"""Use cases of a file of parties: put in, looked at, tried, taken in by a job, and forgotten.

Key idea: the file lies in the database in pieces until it is taken in, so that any worker can take it up, and is
forgotten then; rows that stayed out are kept a week to be corrected. A job reads the file from its beginning each time
it is taken up and passes over the rows that are done: what was done is the number of a row, and no row is done twice.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Protocol

import msgspec
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.parties.model import WrongNumbers
from crm.transfer.errors import MappingRefusedError, UploadInUseError, UploadRefusedError, UploadUnknownError
from crm.transfer.files import ACCEPTED, PLAIN, VCARDS, ending_of
from crm.transfer.guessing import header_print
from crm.transfer.importing import Result, load_known, put_drafts
from crm.transfer.model import Draft, Mapping, problem_of
from crm.transfer.repository import uploads as repository
from crm.transfer.repository.uploads import Rejected, Upload
from database.activity import Act, record_activity
from database.engine import Database
from database.identifiers import MOST_ID
from database.jobs import Job, Progress, enqueue_job
from loyalty.imports.sheets import ENDING as WORKBOOK

KIND: Final = "parties.import"
MOST_BYTES: Final = 268_435_456
PIECE_BYTES: Final = 1_048_576
KEPT_FOR: Final = timedelta(days=7)
MOST_REJECTED: Final = 100_000
"""So many rows that stay out are kept to be given back; what is beyond is counted."""
HEADER_LINE: Final = 0
PIECES_OF_HEAD: Final = 4


class Source(Protocol):
    """A file as it comes in."""

    async def read(self, size: int = -1, /) -> bytes:
        """Give the next bytes."""
        ...


class Asked(Struct, frozen=True):
    """What a job is to take in; with `is_trial` it changes nothing and only counts."""

    upload: int
    mapping: Mapping
    is_trial: bool = False


class Counts(Struct, frozen=True):
    """What became of the rows so far."""

    new: int = 0
    changed: int = 0
    same: int = 0
    rejected: int = 0

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return self.new + self.changed + self.same + self.rejected


async def keep_upload(database: Database, name: str, source: Source, *, act: Act) -> int:
    """Keep a file as it comes in, piece by piece; gives its identifier. Raises UploadRefusedError."""
    if ending_of(name) is None:
        raise UploadRefusedError(f"files that end in {', '.join(ACCEPTED)} can be read", field="file")
    upload_id = await database.run(repository.insert_upload, name=name[-200:], actor=act.actor, now=act.at)
    size, position, lines = 0, 0, 0
    while piece := await source.read(PIECE_BYTES):
        size, position, lines = size + len(piece), position + 1, lines + piece.count(b"\n")
        if size > MOST_BYTES:
            await database.run(repository.delete_upload, upload_id)
            raise UploadRefusedError(f"has more than {MOST_BYTES // 2**20} MiB: divide it", field="file")
        await database.run(repository.add_piece, upload_id, position, piece)
    if not size:
        await database.run(repository.delete_upload, upload_id)
        raise UploadRefusedError("is empty", field="file")
    if ending_of(name) == PLAIN:
        await database.run(repository.set_rows, upload_id, max(0, lines - 1))
    return upload_id


@asynccontextmanager
async def file_of(database: Database, upload: Upload, *, only_head: bool = False) -> AsyncIterator[Path]:
    """Give an upload as a file on a disk, as long as the context lasts; with `only_head` what its first rows need.

    Raises UploadUnknownError.
    """
    most = PIECES_OF_HEAD if only_head and ending_of(upload.name) not in {WORKBOOK, VCARDS} else None
    with TemporaryDirectory(prefix="tallycard-import-") as folder:
        path = Path(folder) / f"upload{ending_of(upload.name) or ''}"
        position = 0
        with path.open("wb") as file:
            while position != most:
                piece = await database.run(repository.find_piece, upload.id, position + 1)
                if piece is None:
                    break
                file.write(piece)
                position += 1
        if not position:
            raise UploadUnknownError("the file was taken in, or forgotten: put it in again")
        yield path


async def load_upload(connection: AsyncConnection, upload_id: int) -> Upload:
    """Load an upload. Raises UploadUnknownError."""
    upload = await repository.find_upload(connection, upload_id) if 0 < upload_id <= MOST_ID else None
    if upload is None:
        raise UploadUnknownError("there is no such file: it may have been forgotten, put it in again")
    return upload


async def try_drafts(
    connection: AsyncConnection, drafts: Sequence[Draft], mapping: Mapping, *, wrong_numbers: WrongNumbers, act: Act
) -> list[Result]:
    """Tell what would become of rows, and change nothing."""
    known = await load_known(connection, mapping, wrong_numbers=wrong_numbers, act=act)
    nested = await connection.begin_nested()
    results = await put_drafts(connection, drafts, known, act=act)
    await nested.rollback()
    return results


async def ask_for_import(connection: AsyncConnection, asked: Asked, *, header: Sequence[str], act: Act) -> int:
    """Put the taking in of a file into the queue, and remember its mapping; gives the job's identifier.

    `header` is the file's first row, which is given back with the rows that stay out.

    Raises UploadUnknownError, UploadInUseError, MappingRefusedError.
    """
    upload = await repository.find_upload(connection, asked.upload, is_locked=True)
    if upload is None:
        raise UploadUnknownError("there is no such file: it may have been forgotten, put it in again")
    if upload.ended_at is not None or await repository.is_wanted(connection, upload.id, kind=KIND):
        raise UploadInUseError("the file was taken in already, or a job is at it")
    known = await load_known(connection, asked.mapping, wrong_numbers="refuse", act=act)
    problem = problem_of(asked.mapping, attributes=known.attributes)
    if problem is not None:
        raise MappingRefusedError(problem)
    await repository.delete_rejections(connection, upload.id)
    await repository.insert_rejections(connection, upload.id, [Rejected(HEADER_LINE, "", list(header))])
    await repository.keep_mapping(connection, header_print(header), asked.mapping, now=act.at)
    return await enqueue_job(connection, KIND, msgspec.to_builtins(asked), act=act, total=upload.rows)


async def import_portion(
    connection: AsyncConnection,
    job: Job,
    drafts: Sequence[Draft],
    rejected: Sequence[Rejected],
    *,
    cells: dict[int, list[str]],
    wrong_numbers: WrongNumbers,
    act: Act,
) -> Progress:
    """Take the next rows in: those that could be read, and those that could not; `cells` are those of the former."""
    asked = msgspec.convert(job.arguments, Asked)
    before = msgspec.convert(job.progress, Counts)
    known = await load_known(connection, asked.mapping, wrong_numbers=wrong_numbers, act=act)
    nested = await connection.begin_nested() if asked.is_trial else None
    results = await put_drafts(connection, drafts, known, act=act) if drafts else []
    if nested is not None:
        await nested.rollback()
    refused = [Rejected(one.line, one.reason, cells[one.line]) for one in results if one.outcome == "rejected"]
    out = [*rejected, *refused]
    await repository.insert_rejections(connection, asked.upload, out[: max(0, MOST_REJECTED - before.rejected)])
    count = {outcome: sum(one.outcome == outcome for one in results) for outcome in ("new", "changed", "same")}
    after = Counts(
        before.new + count["new"],
        before.changed + count["changed"],
        before.same + count["same"],
        before.rejected + len(out),
    )
    return Progress(after.rows, max(job.total or 0, after.rows), msgspec.to_builtins(after))


async def end_import(connection: AsyncConnection, job: Job, *, act: Act) -> Progress:
    """Forget the file that was taken in; one that was only tried stays. The total becomes what there was."""
    asked = msgspec.convert(job.arguments, Asked)
    counts = msgspec.convert(job.progress, Counts)
    if not asked.is_trial:
        await repository.end_upload(connection, asked.upload, now=act.at)
        data = {"new": counts.new, "changed": counts.changed, "same": counts.same, "rejected": counts.rejected}
        await record_activity(
            connection, act=act, what="parties.file_imported", record=f"upload:{asked.upload}", data=data
        )
    return Progress(counts.rows, counts.rows, msgspec.to_builtins(counts))


async def forget_uploads(connection: AsyncConnection, *, act: Act) -> int:
    """Forget files that were put in a week ago, with the rows that stayed out; tells how many."""
    return await repository.forget_uploads(connection, before=act.at - KEPT_FOR, kind=KIND)
