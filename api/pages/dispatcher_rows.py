"""How rows of the feed are shown: what they are about in bold, what happened, to whom, and what was late.

Key idea: a row says what its record is now; its act says what happened. A record that has no name of its own is called
by the word for its kind.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from urllib.parse import quote

from msgspec import Struct

from api.feed_sources import source_of
from api.pages.audit_words import NAMES, PATHS, RECORDS
from api.pages.business_words import KINDS as BUSINESS_KINDS
from api.pages.business_words import STATUSES as BUSINESS_STATUSES
from api.pages.dispatcher_filters import print_place
from api.pages.dispatcher_words import SOURCES, TOLD_ICON
from api.pages.event_words import STATES as EVENT_STATES
from api.pages.renderer import Call, formats_of, has, language_of, say_of
from api.pages.words import RECEIPT_KINDS, Word, actor
from crm.directories.model import name_in
from crm.dispatcher.around import Around
from crm.dispatcher.model import FeedRow, Group, Known
from crm.dispatcher.repository.entries import ToldSource

_KINDS: Mapping[str, Word] = {**{str(code): word for code, word in BUSINESS_KINDS.items()}, **RECEIPT_KINDS}
_STATES: Mapping[str, Mapping[str, Word]] = {
    "event": {str(code): word for code, word in EVENT_STATES.items()},
    "business_document": {str(code): word for code, word in BUSINESS_STATUSES.items()},
}


class Shown(Struct, frozen=True, kw_only=True):
    """A row as a page shows it. `what` is the act in words; texts are in the reader's language already."""

    row: FeedRow
    source: Word
    title: str
    what: str
    party_id: int | None
    party: str | None
    project: str | None
    who: str
    amount: str | None
    state: Word | None
    late: str | None
    href: str | None
    known: Known | None
    place: str
    day: date


def show_rows(
    call: Call, rows: Iterable[FeedRow], around: Around, told: Sequence[ToldSource], *, now: datetime
) -> list[Shown]:
    """Give rows as a page shows them."""
    programs = {one.code: one for one in told}
    return [_show(call, row, around, programs, now) for row in rows]


def group_rows(rows: Sequence[Shown], group: Group, call: Call) -> list[tuple[str, list[Shown]]]:
    """Put rows under heads, the group of the newest row first; within one the newest stands first."""
    say = say_of(call)
    groups: dict[str, list[Shown]] = defaultdict(list)
    for one in rows:
        groups[_head(one, group, call, say("Without a party"), say("Without a project"))].append(one)
    return list(groups.items())


def act_text(call: Call, act: str) -> str:
    """Say what an act is called; one without words is shown by its code."""
    return say_of(call)(NAMES[act]) if act in NAMES else act.partition(".")[2].replace("_", " ").capitalize()


def _head(one: Shown, group: Group, call: Call, no_party: str, no_project: str) -> str:
    if group == "kind":
        return one.what
    if group == "party":
        return one.party or no_party
    if group == "project":
        return one.project or no_project
    return formats_of(call).day(one.day)


def _show(call: Call, row: FeedRow, around: Around, programs: Mapping[str, ToldSource], now: datetime) -> Shown:
    formats, known = formats_of(call), around.known.get(row.record)
    late = None if known is None else known.late_by(now)
    total = (row.data or {}).get("total")
    what = act_text(call, row.act)
    return Shown(
        row=row,
        source=_source(call, row, programs),
        title=_title(call, row, known) or what,
        what=what,
        party_id=around.party_of(row),
        party=around.party(row),
        project=around.project(row),
        who=actor(row.actor),
        amount=formats.money(total) if isinstance(total, int) and row.family == "receipt" else None,
        state=None if known is None else _state(call, known),
        late=None if late is None else formats.span(late.total_seconds()),
        href=_href(call, row),
        known=known,
        place=print_place(row.place),
        day=formats.local(row.at).date(),
    )


def _title(call: Call, row: FeedRow, known: Known | None) -> str | None:
    """Call a record by its name, numbers by what they number: `Receipt 57`."""
    kind, _, key = row.record.partition(":")
    say = say_of(call)
    word = RECORDS.get(kind)
    if known is None:
        return f"{say(word).capitalize()} {key}" if word and key else None
    if kind in {"receipt", "business_document"}:
        named = _KINDS.get(known.kind or "")
        return f"{say(named.text if named else word or kind)} {known.name}"
    if kind in {"card", "document"}:
        return f"{say(word or kind).capitalize()} {known.name}"
    return known.name


def _source(call: Call, row: FeedRow, programs: Mapping[str, ToldSource]) -> Word:
    code = source_of(row.family)
    if code in SOURCES:
        return Word(say_of(call)(SOURCES[code].text), SOURCES[code].icon)
    return Word(programs[code].name(language_of(call)) if code in programs else code, TOLD_ICON)


def _state(call: Call, known: Known) -> Word | None:
    """Give the state of a record in words; the badge of what only happens is none."""
    say, kind = say_of(call), known.record.partition(":")[0]
    if known.status is None or kind in {"receipt", "card"}:
        return None
    if known.status_names is not None:
        style = {"open": "issued", "done": "active", "cancelled": "closed"}[known.standing]
        icon = {"open": "ring", "done": "ok", "cancelled": "no"}[known.standing]
        return Word(name_in(known.status_names, language_of(call), known.status), icon, style)
    found = _STATES.get(kind, {}).get(known.status)
    if found is None:
        return Word(known.status, "ring")
    return Word(say(found.text), found.icon, found.style)


def _href(call: Call, row: FeedRow) -> str | None:
    """Give the address of a record's page; None where it has none, or where the reader may not open it."""
    kind, _, key = row.record.partition(":")
    path, right = PATHS.get(kind, ("", "home"))
    return path + quote(key, safe="") if path and has(call, right) else None
