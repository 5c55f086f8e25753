"""The use case of a file of addresses: each row is one, and what its other columns say fills places of the letter.

Key idea: the file comes in as a file of parties does, in pieces that any worker takes up, and is forgotten then. What
its columns mean is remembered by its header. A column that is none of the known places becomes one of its own,
`{{ own_gift }}` for `Gift`. Rows that cannot be read stay out one by one, each with its reason.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.mailings.content.placeholders import (
    MOST_VALUE,
    OURS,
    OWN,
    PLACES,
    is_own,
    one_line,
)
from crm.mailings.gathering import put_addresses
from crm.mailings.model import EDITABLE
from crm.mailings.repository.addresses import Given
from crm.mailings.service import lock_mailing
from crm.recipients.model import MOST_ADDRESS, writable
from crm.transfer.errors import MappingRefusedError, UploadInUseError, UploadUnknownError
from crm.transfer.guessing import guess_columns, header_print
from crm.transfer.model import MOST_COLUMNS, SKIP
from crm.transfer.repository import uploads
from crm.transfer.repository.uploads import Rejected
from crm.transfer.uploads import HEADER_LINE, MOST_REJECTED
from database.activity import Act, record_activity
from database.jobs import Job, Progress, enqueue_job
from loyalty.imports.lines import RowError
from loyalty.imports.tabular import Row

KIND: Final = "recipients.import"
ADDRESS: Final = "address"
MEANINGS: Final = (ADDRESS, *(one for one in PLACES if one not in OURS))
"""What a column may mean, beside a place of its own. The way out of a letter is nobody's to give."""
_GUESSED: Final[Mapping[str, str]] = {"email": ADDRESS, "name": "name", "first_name": "first_name"}
_MOST_NAME: Final = 30


class Columns(Struct, frozen=True, forbid_unknown_fields=True):
    """What each column means, by place."""

    columns: Annotated[tuple[str, ...], Meta(min_length=1, max_length=MOST_COLUMNS)]


class Asked(Struct, frozen=True):
    """What a job is to put in, to which mailing; `is_agreed` says that who is no party agreed to its kind."""

    upload: int
    mailing: int
    columns: Columns
    is_agreed: bool


class Counts(Struct, frozen=True):
    """What became of the rows so far."""

    new: int = 0
    same: int = 0
    rejected: int = 0

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return self.new + self.same + self.rejected


async def find_columns(connection: AsyncConnection, header: Sequence[str]) -> Columns:
    """Give what the columns of a header meant last time, or a guess."""
    kept = await uploads.find_mapping(connection, header_print(header), Columns, what=KIND)
    return kept if kept is not None and len(kept.columns) == len(header) else guess(header)


def guess(header: Sequence[str]) -> Columns:
    """Guess what columns mean: an address and names by what they are called, the others have places of their own."""
    meant = guess_columns(header, ())
    return Columns(tuple(_GUESSED.get(one) or own_place(header[at], at) for at, one in enumerate(meant)))


def own_place(name: str, at: int) -> str:
    """Name the place of a column that is called so, or by where it stands."""
    plain = "_".join(re.findall(r"[a-z0-9]+", name.lower()))[:_MOST_NAME]
    return f"{OWN}{plain or f'column_{at + 1}'}"


def check_columns(columns: Columns) -> Columns:
    """Give columns as they may be used. Raises MappingRefusedError."""
    meant = [one for one in columns.columns if one != SKIP]
    for one in meant:
        if one not in MEANINGS and not is_own(one):
            raise MappingRefusedError(f"a column means {one[:60]!r}, which no letter has a place for", field="columns")
        if meant.count(one) > 1:
            raise MappingRefusedError(f"two columns mean {one}", field="columns")
    if ADDRESS not in meant:
        raise MappingRefusedError("no column is the e-mail address", field="columns")
    return columns


def read_row(row: Row, columns: Columns, seen: dict[str, int]) -> Given:
    """Read a row; of rows with one address the first counts. Raises RowError."""
    if row.fault is not None:
        raise RowError(row.fault)
    cells = {meaning: row.cells[at].strip() for at, meaning in enumerate(columns.columns) if at < len(row.cells)}
    address = cells.pop(ADDRESS, "").lower()
    if not address:
        raise RowError("has no e-mail address")
    if writable(address) is None or len(address) > MOST_ADDRESS:
        raise RowError("is no e-mail address such as name@shop.example")
    line = seen.setdefault(address, row.line)
    if line != row.line:
        raise RowError(f"has the same address as line {line}")
    given = {meaning: one_line(text)[:MOST_VALUE] for meaning, text in cells.items() if meaning != SKIP and text}
    return Given(address, given)


async def ask_for_import(connection: AsyncConnection, asked: Asked, *, header: Sequence[str], act: Act) -> int:
    """Put the taking in of a file into the queue, and remember what its columns mean; gives the job's identifier.

    Raises UploadUnknownError, UploadInUseError, MappingRefusedError, MailingUnknownError, MailingStateError.
    """
    check_columns(asked.columns)
    await lock_mailing(connection, asked.mailing, allowed=EDITABLE)
    upload = await uploads.find_upload(connection, asked.upload, is_locked=True)
    if upload is None:
        raise UploadUnknownError("there is no such file: it may have been forgotten, put it in again")
    if upload.ended_at is not None or await uploads.is_wanted(connection, upload.id, kind=KIND):
        raise UploadInUseError("the file was taken in already, or a job is at it")
    await uploads.delete_rejections(connection, upload.id)
    await uploads.insert_rejections(connection, upload.id, [Rejected(HEADER_LINE, "", list(header))])
    await uploads.keep_mapping(connection, header_print(header), asked.columns, what=KIND, now=act.at)
    return await enqueue_job(connection, KIND, msgspec.to_builtins(asked), act=act, total=upload.rows)


async def import_portion(
    connection: AsyncConnection, job: Job, rows: Sequence[Given], rejected: Sequence[Rejected], *, act: Act
) -> Progress:
    """Put the next rows in: those that could be read, and those that could not."""
    asked, before = msgspec.convert(job.arguments, Asked), msgspec.convert(job.progress, Counts)
    new = await put_addresses(connection, asked.mailing, rows, is_agreed=asked.is_agreed, act=act) if rows else 0
    room = max(0, MOST_REJECTED - before.rejected)
    await uploads.insert_rejections(connection, asked.upload, list(rejected[:room]))
    after = Counts(before.new + new, before.same + len(rows) - new, before.rejected + len(rejected))
    return Progress(after.rows, max(job.total or 0, after.rows), msgspec.to_builtins(after))


async def end_import(connection: AsyncConnection, job: Job, *, act: Act) -> Progress:
    """Forget the file that was taken in. The total becomes what there was."""
    asked, counts = msgspec.convert(job.arguments, Asked), msgspec.convert(job.progress, Counts)
    await uploads.end_upload(connection, asked.upload, now=act.at)
    data = msgspec.to_builtins(counts)
    record = f"mailing:{asked.mailing}"
    await record_activity(connection, act=act, what="mailing.file_imported", record=record, data=data)
    return Progress(counts.rows, counts.rows, data)
