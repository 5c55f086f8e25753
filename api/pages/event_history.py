"""The history of an event: every change of a field with its old and new value, and who did what to it."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime

from litestar import Response, get
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.audit_words import NAMES
from api.pages.event_words import DIRECTIONS, FIELDS, IMPORTANCES
from api.pages.named import Names, load_named, named_in
from api.pages.party_words import show_value
from api.pages.renderer import Call, database_of, formats_of, language_of, page, say_of
from api.pages.shown_changes import NOTHING, Speak, tell_changes
from crm.changes import Change, Values
from crm.directories.model import name_in
from crm.directories.service import list_entries
from crm.events.keeping import load_event
from crm.events.kinds import list_kinds
from crm.events.model import Event
from crm.events.repository.events import list_changes
from crm.events.texts import plain_text
from database.journal import JournalFilter, JournalRow, list_journal

_DIRECTIONS: Mapping[str, str] = {code: word.text for code, word in DIRECTIONS.items()}
_MOMENTS = ("starts_at", "ends_at", "promised_at", "completed_at", "held_at", "cancelled_at", "archived_at")


class Spoken(Struct, frozen=True):
    """What values of an event's fields are put into words with: names of people, of kinds and of results."""

    names: Names
    kinds: Mapping[str, Mapping[str, str]]
    results: Mapping[str, Mapping[str, str]]


class _Shown(Struct, frozen=True):
    event: Event
    changes: list[Change]
    acts: tuple[JournalRow, ...]
    spoken: Spoken


@get("/events/{event_id:int}/history", opt=dict(allows("events.read")))
async def show_event_history(request: Call, event_id: FromPath[int]) -> Response[str]:
    """Show what happened to an event."""
    shown = await database_of(request).run(_load, event_id)
    return page(
        request,
        "event_history.html",
        event=shown.event,
        changes=tell_changes(shown.changes, FIELDS, speaker_of(request, shown.event, shown.spoken)),
        acts=shown.acts,
        names=NAMES,
    )


async def _load(connection: AsyncConnection, event_id: int) -> _Shown:
    event = await load_event(connection, event_id)
    changes = await list_changes(connection, event_id)
    acts = await list_journal(connection, JournalFilter(record=f"event:{event_id}"))
    spoken = await load_spoken(connection, (side for one in changes for side in (one.before, one.after)))
    return _Shown(event, changes, acts.rows, spoken)


async def load_spoken(connection: AsyncConnection, values: Iterable[Values]) -> Spoken:
    """Load what values of fields are put into words with."""
    return Spoken(
        await load_named(connection, named_in(values)),
        {one.code: one.names for one in await list_kinds(connection)},
        {one.code: one.names for one in await list_entries(connection, "event_result")},
    )


def speaker_of(call: Call, event: Event, spoken: Spoken) -> Speak:
    """Give what puts a value of a field into words for who calls; moments are those of the event's zone."""
    f, language, say = formats_of(call), language_of(call), say_of(call)
    by_field: Mapping[str, Callable[[object], str]] = {
        "kind": lambda code: name_in(spoken.kinds.get(str(code), {}), language, str(code)),
        "result_code": lambda code: name_in(spoken.results.get(str(code), {}), language, str(code)),
        "direction": lambda code: say(_DIRECTIONS[str(code)]),
        "importance": lambda level: say(IMPORTANCES[str(level)]),
        "content": lambda content: plain_text(str(content)),
        "next_on": lambda day: f.day(date.fromisoformat(str(day))),
        **dict.fromkeys(_MOMENTS, lambda moment: f.moment(datetime.fromisoformat(str(moment)), event.zone)),
    }

    def speak(field: str, value: object) -> str:
        if value is None or value in ("", []):
            return NOTHING
        if field in by_field:
            return by_field[field](value)
        named = spoken.names.of(field, value)
        return say(show_value(value)) if named is None else named

    return speak
