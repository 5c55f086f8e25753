"""The fields of a task between a form and a value: read as a person types them, and written back as they stand."""

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo

from api.pages import forms
from api.pages.forms import Form, Problem, WrongError
from api.pages.party_words import show_value
from api.pages.renderer import Call, formats_of, language_of, say_of
from api.pages.shown_changes import NOTHING, Speak
from api.pages.task_around import Around
from api.pages.task_words import PRIORITIES, REMINDERS
from api.pages.words import mark
from crm.tasks.model import MOST_MINUTES, NORMAL, WHOLE_PERCENT, Priority, Task, TaskDetails
from crm.tasks.model import PRIORITIES as LEVELS

_SHOWN = "%Y-%m-%dT%H:%M"
_HOUR = 60
_LEVELS: Mapping[str, Priority] = {str(one): one for one in LEVELS}
_NUMBERS = ("executor_id", "person_id", "project_id", "phase_id")
_CODES = ("kind", "department", "source")
_MOMENTS = ("starts_at", "due_at")


def read_details(
    form: Form, *, kind: str, party_id: int | None, zone: tzinfo, before: Task | None = None
) -> TaskDetails:
    """Read a task's own fields but its kind and party, which are found already; problems are kept in the form.

    A moment that was not touched keeps its seconds.
    """
    return TaskDetails(
        kind=kind,
        title=form.need("title", forms.short_text, ""),
        content=form.raw("content") or None,
        department=form.text("department") or None,
        source=form.text("source") or None,
        priority=form.read("priority", forms.one_of(_LEVELS), NORMAL),
        percent=form.read("percent", _percent, 0),
        planned_minutes=form.read("planned_minutes", minutes, None),
        remind_minutes=form.read("remind_minutes", _whole(MOST_MINUTES), None),
        party_id=party_id,
        co_executors=_read_people(form, "co_executors"),
        watchers=_read_people(form, "watchers"),
        executor_id=form.read("executor_id", forms.count, None),
        person_id=form.read("person_id", forms.count, None),
        project_id=form.read("project_id", forms.count, None),
        phase_id=form.read("phase_id", forms.count, None),
        starts_at=_read_moment(form, "starts_at", zone, None if before is None else before.starts_at),
        due_at=_read_moment(form, "due_at", zone, None if before is None else before.due_at),
    )


def fill_task(task: Task | TaskDetails, *, zone: tzinfo, party: str | None) -> dict[str, str | list[str]]:
    """Write a task's own fields as the form shows them; `party` is the name of its party."""
    plain = {name: getattr(task, name) for name in (*_NUMBERS, *_CODES, "title", "content", "priority", "percent")}
    texts: dict[str, str | list[str]] = {name: "" if value is None else str(value) for name, value in plain.items()}
    for name in _MOMENTS:
        moment: datetime | None = getattr(task, name)
        texts[name] = "" if moment is None else moment.astimezone(zone).strftime(_SHOWN)
    texts["party_id"] = "" if task.party_id is None else f"#{task.party_id} {party or ''}".rstrip()
    texts["planned_minutes"] = "" if task.planned_minutes is None else write_minutes(task.planned_minutes)
    texts["remind_minutes"] = "" if task.remind_minutes is None else str(task.remind_minutes)
    for name in ("co_executors", "watchers"):
        texts[name] = [str(one) for one in getattr(task, name)]
    return texts


def minutes(text: str) -> int:
    """Read a length of time such as 1:30, or minutes alone such as 90. Raises WrongError."""
    hours, colon, rest = text.replace(" ", "").partition(":")
    digits = hours.isascii() and hours.isdigit() and (not colon or (rest.isascii() and rest.isdigit()))
    read = int(hours) * _HOUR + int(rest) if digits and colon else int(hours) if digits else MOST_MINUTES + 1
    if len(text) > len("999999:59") or read > MOST_MINUTES or (colon and int(rest or 0) >= _HOUR):
        raise WrongError(Problem(mark("Hours and minutes such as 1:30, or minutes such as 90.")))
    return read


def write_minutes(count: int) -> str:
    """Write a length of time: `1:30`."""
    return f"{count // _HOUR}:{count % _HOUR:02}"


def speaker_of(call: Call, around: Around) -> Speak:
    """Give what puts a value of a field, as changes keep it, into words for who calls."""
    f, language, say = formats_of(call), language_of(call), say_of(call)
    by_field: Mapping[str, Callable[[object], str]] = {
        "kind": lambda code: around.kind(str(code), language) if code in around.kinds else str(code),
        "state": lambda code: _name_state(around, str(code), language),
        "department": lambda code: around.entry("department", str(code), language),
        "source": lambda code: around.entry("source", str(code), language),
        "priority": lambda level: say(PRIORITIES[_LEVELS[str(level)]].text),
        "percent": lambda percent: f"{percent} %",
        "remind_minutes": lambda count: say(REMINDERS[str(count)]) if str(count) in REMINDERS else _length(count),
        "planned_minutes": _length,
        **dict.fromkeys(_MOMENTS, lambda moment: f.moment(datetime.fromisoformat(str(moment)))),
    }

    def speak(field: str, value: object) -> str:
        if value is None or value in ("", []):
            return NOTHING
        if field in by_field:
            return by_field[field](value)
        named = around.of(field, value)
        return say(show_value(value)) if named is None else named

    return speak


def _length(count: object) -> str:
    return write_minutes(count) if isinstance(count, int) else NOTHING


def _name_state(around: Around, code: str, language: str) -> str:
    found = (kind.state(code) for kind in around.kinds.values())
    return next((state.name(language) for state in found if state is not None), code)


def _read_people(form: Form, name: str) -> tuple[int, ...]:
    try:
        return tuple(forms.count(one) for one in form.texts(name) if one)
    except WrongError as error:
        form.refuse(name, error.problem)
        return ()


def _read_moment(form: Form, name: str, zone: tzinfo, kept: datetime | None) -> datetime | None:
    if kept is not None and form.text(name) == kept.astimezone(zone).strftime(_SHOWN):
        return kept
    return form.read(name, lambda typed: _moment(typed, zone), None)


def _moment(typed: str, zone: tzinfo) -> datetime:
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=zone)
    except ValueError as error:
        raise WrongError(Problem(mark("A day and a time such as 2026-11-22 10:30."))) from error


def _percent(typed: str) -> int:
    return _whole(WHOLE_PERCENT)(typed.removesuffix("%").rstrip())


def _whole(most: int) -> Callable[[str], int]:
    def read(typed: str) -> int:
        if not (typed.isascii() and typed.isdigit() and len(typed) <= len(str(most)) and int(typed) <= most):
            raise WrongError(Problem(mark("A whole number from 0 to %(most)s."), {"most": f"{most:,}"}))
        return int(typed)

    return read
