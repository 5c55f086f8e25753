"""Lists of projects for people: which ones, and what a row shows, the newest change first, read by key.

It refuses to count projects; how far each one is, is computed for the rows of a page (`crm.planning`).
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final, Literal

from msgspec import Struct
from sqlalchemy import ColumnElement, false, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.colleagues.tables import app_user
from crm.directories.tables import directory_entry
from crm.parties.tables import party
from crm.projects.model import is_overdue
from crm.projects.tables import project
from database.keyset import Page, Place, read_page

Shown = Literal["open", "closed", "archived", "any"]

PAGE_ROWS: Final = 50
MOST_WORDS: Final = 10
_WORD: Final = re.compile(r"\w+")
_kept = project.c


class ProjectFilter(Struct, frozen=True, kw_only=True):
    """Which projects a list shows; None does not limit. The kind is a code, `words` begin words of name or note.

    Archived ones are in it where they alone are asked for; `any` is open and closed.
    """

    shown: Shown = "open"
    kind: str | None = None
    party_id: int | None = None
    manager_id: int | None = None
    is_overdue: bool = False
    words: str | None = None

    @property
    def tsquery(self) -> str | None:
        """Its words as a query of `to_tsquery`."""
        found = _WORD.findall((self.words or "").casefold())[:MOST_WORDS]
        return " & ".join(f"{word}:*" for word in found) or None


class ProjectRow(Struct, frozen=True):
    """A project in a list, with the names of whom it is for and who manages it."""

    id: int
    name: str
    kind: str
    party_id: int | None
    party: str | None
    manager_id: int | None
    manager: str | None
    starts_on: date | None
    due_on: date | None
    created_at: datetime
    changed_at: datetime
    closed_at: datetime | None
    archived_at: datetime | None

    def is_overdue(self, today: date) -> bool:
        """Tell whether it should have been closed by now."""
        return is_overdue(self.due_on, self.closed_at, today)


async def list_projects(
    connection: AsyncConnection,
    wanted: ProjectFilter,
    *,
    today: date,
    place: Place | None = None,
    size: int = PAGE_ROWS,
) -> Page[ProjectRow]:
    """List projects, the newest change first; a place is the moment of a change and an identifier."""
    labels = {"kind": directory_entry.c.code, "party": party.c.name, "manager": app_user.c.name}
    columns = [labels[name].label(name) if name in labels else _kept[name] for name in ProjectRow.__struct_fields__]
    joined = (
        project.join(directory_entry, directory_entry.c.id == _kept.kind_id)
        .outerjoin(party, party.c.id == _kept.party_id)
        .outerjoin(app_user, app_user.c.id == _kept.manager_id)
    )
    query = select(*columns).select_from(joined).where(*_conditions(wanted, today))
    keys = [_kept.changed_at, _kept.id]
    return await read_page(connection, query, keys=keys, place=place, size=size, row_type=ProjectRow)


def _conditions(wanted: ProjectFilter, today: date) -> list[ColumnElement[bool]]:
    equal = {
        directory_entry.c.code: wanted.kind,
        _kept.party_id: wanted.party_id,
        _kept.manager_id: wanted.manager_id,
    }
    found: list[ColumnElement[bool]] = [column == value for column, value in equal.items() if value is not None]
    found += _SHOWN[wanted.shown]
    if wanted.is_overdue:
        found += [_kept.closed_at.is_(None), _kept.due_on < today]
    if wanted.words is not None:
        asked = wanted.tsquery
        found.append(false() if asked is None else _kept.words.op("@@")(func.to_tsquery("simple", asked)))
    return found


_SHOWN: Final[Mapping[Shown, list[ColumnElement[bool]]]] = {
    "open": [_kept.archived_at.is_(None), _kept.closed_at.is_(None)],
    "closed": [_kept.archived_at.is_(None), _kept.closed_at.is_not(None)],
    "archived": [_kept.archived_at.is_not(None)],
    "any": [_kept.archived_at.is_(None)],
}
