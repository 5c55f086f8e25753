"""The journal on a page: who did what to which record, with old and new values, found by filters in the address.

People's own data stand in the journal by the names of their fields alone; their values are added from where they can be
erased, for whoever may read parties.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import quote

from litestar import Response, get
from litestar.exceptions import ClientException
from msgspec import Struct, structs
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.auth.user_list import find_login
from api.pages.audit_values import Value, say_values, tell
from api.pages.audit_words import LINKS_OF_CARDS, NAMES, PATHS, RECORDS
from api.pages.queries import choice, place, place_link, text
from api.pages.renderer import Call, database_of, formats_of, has, page, say_of, zone_of
from crm.parties.repository.audit import KeptChange, list_kept_changes
from database.journal import JournalFilter, JournalRow, list_journal
from database.keyset import Page, Place

PATH = "/settings/audit"
FILTERS = ("actor", "act", "record", "since", "until")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_YEARS = range(1970, 3000)
_PROGRAMS = frozenset({"command", "service"})


class Way(Struct, frozen=True):
    """Where an act of a party's timeline leads to: the word for it, its address, and what people called it."""

    text: str
    href: str
    name: str | None = None


class ShownAct(Struct, frozen=True):
    """An act of the journal with its values, and the page of its record if the reader may open it.

    `way` leads from a party to the other record that the act is about.
    """

    row: JournalRow
    values: list[Value]
    link: str | None
    way: Way | None


class _Found(Struct, frozen=True):
    page: Page[JournalRow]
    changes: list[KeptChange]


@get(PATH, opt=dict(allows("audit.read")))
async def show_audit(request: Call) -> Response[str]:
    """List acts by actor, act, record and days."""
    chosen = {name: text(request, name) for name in FILTERS}
    wanted = JournalFilter(
        act=chosen["act"] or None,
        record=chosen["record"] or None,
        since=choice(request, "since", lambda typed: _midnight(request, typed)),
        until=choice(request, "until", lambda typed: _midnight(request, typed, days=1)),
    )
    found = await database_of(request).run(
        _load, wanted, actor=chosen["actor"], where=_place(request), with_people=has(request, "parties.read")
    )
    return page(
        request,
        "audit.html",
        chosen=chosen,
        is_filtered=any(chosen.values()),
        acts=show_acts(request, found.page.rows, found.changes),
        names=NAMES,
        newer=place_link(PATH, chosen, _short(found.page.newer)),
        older=place_link(PATH, chosen, _short(found.page.older)),
    )


def show_acts(
    call: Call, rows: Sequence[JournalRow], changes: Sequence[KeptChange], names: Mapping[str, str] | None = None
) -> list[ShownAct]:
    """Give acts as a page shows them; `changes` are the values of people's data that the reader may see.

    `names` are what people called records: the topics of events, the titles of tasks.
    """
    formats, say = formats_of(call), say_of(call)
    return [_show(call, row, say_values(tell(row, changes, formats), say), names or {}) for row in rows]


def _show(call: Call, row: JournalRow, values: list[Value], names: Mapping[str, str]) -> ShownAct:
    record = f"card:{(row.data or {})['card']}" if row.act in LINKS_OF_CARDS else row.record
    kind, href = record.partition(":")[0], _link(call, record)
    way = None if href is None or kind == "party" else Way(RECORDS.get(kind, record), href, names.get(record))
    return ShownAct(row, values, _link(call, row.record), way)


async def _load(
    connection: AsyncConnection, wanted: JournalFilter, *, actor: str, where: Place | None, with_people: bool
) -> _Found:
    named = structs.replace(wanted, actor=await _name_actor(connection, actor))
    found = await list_journal(connection, named, place=where)
    of_parties = [(row.party_id, row.at) for row in found.rows if row.party_id is not None]
    return _Found(found, await list_kept_changes(connection, of_parties) if with_people else [])


async def _name_actor(connection: AsyncConnection, typed: str) -> str | None:
    """Give who is meant as the journal names them: `till:0007/3` as it is, `Nora` by the login `user:nora`."""
    if not typed or ":" in typed or typed in _PROGRAMS:
        return typed or None
    return f"user:{await find_login(connection, typed) or typed}"


def _place(call: Call) -> Place | None:
    """Read where a page begins: a moment in microseconds, and a row's identifier."""
    short = place(call, int, int)
    if short is None:
        return None
    moment, row = (int(str(part)) for part in short.key)
    try:
        return Place((_EPOCH + moment * _MICROSECOND, row), is_towards_newer=short.is_towards_newer)
    except OverflowError as error:
        raise ClientException("the page begins nowhere") from error


def _short(where: Place | None) -> Place | None:
    if where is None:
        return None
    moment, row = where.key
    assert isinstance(moment, datetime), "the journal is ordered by moments"
    return Place(((moment - _EPOCH) // _MICROSECOND, row), is_towards_newer=where.is_towards_newer)


def _midnight(call: Call, typed: str, *, days: int = 0) -> datetime:
    """Read the moment at which a day begins, or one some days later. Raises ValueError."""
    day = date.fromisoformat(typed)
    if day.year not in _YEARS:
        raise ValueError("no year of the journal")
    return datetime.combine(day + timedelta(days=days), time(), zone_of(call))


def _link(call: Call, record: str) -> str | None:
    """Give the address of a record's page; None where it has none, or where the reader may not open it."""
    kind, _, name = record.partition(":")
    path, right = PATHS.get(kind, ("", "home"))
    return path + quote(name, safe="") if path and has(call, right) else None
