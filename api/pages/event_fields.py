"""The fields of an event between a form and a draft: wall time, people by ticks, and repetition by a few choices."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from api.pages import forms
from api.pages.event_words import DIRECTIONS, WEEKDAYS
from api.pages.forms import EMPTY, Form, Problem, WrongError
from api.pages.words import mark
from crm.events.errors import EventRefusedError
from crm.events.model import MOST_REMIND_DAYS, Direction, Draft, Event, at_wall_time, read_zone, wall_time
from database.activity import Importance

_DIRECTIONS: Mapping[str, Direction] = {one: one for one in DIRECTIONS}
_IMPORTANCES: Mapping[str, Importance] = {"1": 1, "2": 2, "3": 3}
_PEOPLE = ("persons", "participants", "crew", "reminded")
_SIMPLE = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
_DAY = timedelta(days=1)
_LAST = time(23, 59)
"""What is promised for a day may come all day long."""


def read_draft(form: Form, party_id: int | None, *, zone: str, author_id: int | None) -> Draft:
    """Read what is said of an event; problems are kept in the form."""
    zone = form.read("zone", _zone, zone)
    is_all_day = form.is_ticked("is_all_day")
    starts_at = _read_moment(form, "start", zone, is_all_day=is_all_day)
    people = {name: _ids(form, name) for name in _PEOPLE}
    promised = form.read("promised_on", forms.day, None)
    return Draft(
        kind=form.need("kind", forms.short_text, ""),
        topic=form.need("topic", forms.short_text, ""),
        zone=zone,
        direction=form.read("direction", forms.one_of(_DIRECTIONS), "other"),
        content=form.raw("content") or None,
        place=form.text("place") or None,
        starts_at=starts_at,
        ends_at=_read_end(form, zone, is_all_day=is_all_day),
        is_all_day=is_all_day,
        importance=form.read("importance", forms.one_of(_IMPORTANCES), 2),
        author_id=form.read("author_id", forms.count, author_id),
        responsible_id=form.read("responsible_id", forms.count, None),
        party_id=party_id,
        project_id=form.read("project_id", forms.count, None),
        phase_id=form.read("phase_id", forms.count, None),
        promised_at=None if promised is None else at_wall_time(datetime.combine(promised, _LAST), ZoneInfo(zone)),
        next_on=form.read("next_on", forms.day, None),
        remind_days=form.read("remind_days", _days, None),
        rule=read_repeat(form),
        **people,
    )


def fill_event(draft: Draft, *, party: str) -> dict[str, str | list[str]]:
    """Write what is said of an event as the form shows it."""
    plain = ("kind", "topic", "direction", "content", "place", "importance", "author_id", "responsible_id")
    more = ("project_id", "phase_id", "next_on", "remind_days", "zone")
    texts: dict[str, str | list[str]] = {name: _text(getattr(draft, name)) for name in (*plain, *more)}
    texts |= {name: [str(one) for one in getattr(draft, name)] for name in _PEOPLE}
    texts["party"] = "" if draft.party_id is None else f"#{draft.party_id} {party}".rstrip()
    texts["is_all_day"] = "yes" if draft.is_all_day else ""
    for name, moment in (("start", draft.starts_at), ("end", draft.ends_at)):
        wall = None if moment is None else wall_time(moment, draft.zone)
        if wall is not None and draft.is_all_day and name == "end":
            wall -= _DAY
        texts[f"{name}_day"] = "" if wall is None else wall.date().isoformat()
        texts[f"{name}_time"] = "" if wall is None or draft.is_all_day else wall.strftime("%H:%M")
    promised = None if draft.promised_at is None else wall_time(draft.promised_at, draft.zone).date()
    texts["promised_on"] = _text(promised)
    return texts | fill_repeat(draft.rule)


def fill_change(event: Event, *, party: str) -> dict[str, str | list[str]]:
    """Write an event as the form of its change shows it, with the version that is seen."""
    return fill_event(event.draft, party=party) | {"version": str(event.version), "scope": "one"}


def read_held(form: Form, event: Event, now: datetime) -> datetime | None:
    """Read when an event took place; None where the form says no more than it showed."""
    shown = fill_held(event, now)
    if all(form.text(name) in {"", shown[name]} for name in ("held_day", "held_time")):
        return None
    return _read_moment(form, "held", event.zone, is_all_day=False)


def fill_held(event: Event, now: datetime) -> dict[str, str]:
    """Write when an event took place, or did if it is completed now; nothing where that is now."""
    moment = event.held_at or event.held_by(now)
    wall = wall_time(moment, event.zone)
    texts = ("", "") if moment == now else (wall.date().isoformat(), wall.strftime("%H:%M"))
    return dict(zip(("held_day", "held_time"), texts, strict=True))


def read_repeat(form: Form) -> str | None:
    """Read how an event repeats, as a rule; None for once."""
    repeat = form.text("repeat")
    if not repeat:
        return None
    if repeat == "own":
        return form.need("rule", forms.short_text, "") or None
    parts = [f"FREQ={repeat}"]
    every = form.read("every", forms.count, 1)
    if every > 1:
        parts.append(f"INTERVAL={every}")
    days = [day for day in form.texts("weekday") if day in WEEKDAYS]
    if repeat == "WEEKLY" and days:
        parts.append(f"BYDAY={','.join(days)}")
    count, until = form.read("count", forms.count, None), form.read("until", forms.day, None)
    if count is not None and until is not None:
        form.refuse("until", Problem(mark("It ends after so many times or on a day, not both.")))
    elif count is not None:
        parts.append(f"COUNT={count}")
    elif until is not None:
        parts.append(f"UNTIL={until:%Y%m%d}")
    return ";".join(parts)


def fill_repeat(rule: str | None) -> dict[str, str | list[str]]:
    """Write a rule as the form shows it: by its choices where they say it all, else as it is."""
    if rule is None:
        return {"repeat": ""}
    parts = dict(part.split("=", 1) for part in rule.split(";"))
    days = parts.get("BYDAY", "")
    foreign = parts.keys() - {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY"}
    if foreign or parts["FREQ"] not in _SIMPLE or (days and parts["FREQ"] != "WEEKLY"):
        return {"repeat": "own", "rule": rule}
    until = parts.get("UNTIL", "")
    return {
        "repeat": parts["FREQ"],
        "every": parts.get("INTERVAL", "1"),
        "weekday": days.split(",") if days else [],
        "count": parts.get("COUNT", ""),
        "until": f"{until[:4]}-{until[4:6]}-{until[6:8]}" if until else "",
    }


def _read_moment(form: Form, name: str, zone: str, *, is_all_day: bool) -> datetime | None:
    on = form.read(f"{name}_day", forms.day, None)
    at = None if is_all_day else form.read(f"{name}_time", forms.clock, None)
    if on is None:
        if at is not None and f"{name}_day" not in form.problems:
            form.refuse(f"{name}_day", EMPTY)
        return None
    if at is None and not is_all_day and name != "end":
        form.need(f"{name}_time", forms.clock, None)
    return at_wall_time(datetime.combine(on, at or time()), ZoneInfo(zone))


def _read_end(form: Form, zone: str, *, is_all_day: bool) -> datetime | None:
    """Read when an event ends: on its first day where no other is said; whole days end with the last one."""
    if is_all_day:
        on = form.read("end_day", forms.day, None)
        return None if on is None else at_wall_time(datetime.combine(on + _DAY, time()), ZoneInfo(zone))
    if form.text("end_time") and not form.text("end_day"):
        on = form.read("start_day", forms.day, None)
        at = form.read("end_time", forms.clock, None)
        return None if on is None or at is None else at_wall_time(datetime.combine(on, at), ZoneInfo(zone))
    if form.text("end_day") and not form.text("end_time"):
        form.refuse("end_time", EMPTY)
    return _read_moment(form, "end", zone, is_all_day=False)


def _ids(form: Form, name: str) -> tuple[int, ...]:
    try:
        return tuple(forms.count(one) for one in form.texts(name) if one)
    except WrongError as error:
        form.refuse(name, error.problem)
        return ()


def _zone(typed: str) -> str:
    try:
        return read_zone(typed).key
    except EventRefusedError as error:
        raise WrongError(Problem(mark("A time zone such as Europe/Sofia."))) from error


def _days(typed: str) -> int:
    if not (typed.isascii() and typed.isdigit() and len(typed) <= len(str(MOST_REMIND_DAYS))):
        raise WrongError(Problem(mark("A whole number of days.")))
    return int(typed)


def _text(value: date | int | str | None) -> str:
    return "" if value is None else str(value)
