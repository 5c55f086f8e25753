"""The settings of notifications: the rules, and the form of one."""

from collections.abc import Container, Mapping
from typing import Final, get_args

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.model import UserRole
from api.auth.rights import allows
from api.pages import forms
from api.pages.audit_words import NAMES
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, Problem, WrongError, read_form
from api.pages.notice_words import LISTENS, PARTS, offered
from api.pages.renderer import Call, database_of, language_of, modules_off_of, page, redirect
from api.pages.words import ROLES, mark
from crm.colleagues.repository import list_colleagues
from crm.directories.model import Entry
from crm.directories.service import list_entries
from crm.events.repository.kinds import list_kinds as list_event_kinds
from crm.notifications import rules
from crm.notifications.errors import RuleChangedError
from crm.notifications.model import DAY_MINUTES, MOST_TIMES, Listens, Rule, RuleDraft
from crm.tasks.repository.kinds import list_kinds as list_task_kinds
from loyalty.errors import LoyaltyError

PATH: Final = "/settings/notifications"
ALLOWED = allows("settings.edit", module="notifications")
HOUR_MINUTES: Final = 60
UNITS: Mapping[str, int] = {"minutes": 1, "hours": HOUR_MINUTES, "days": DAY_MINUTES}
UNIT_NAMES: Mapping[str, str] = {"minutes": mark("minutes"), "hours": mark("hours"), "days": mark("days")}
SIDES: Mapping[str, str] = {"before": mark("before"), "after": mark("after")}
REPEATS: Mapping[str, str] = {
    "": mark("Not again"),
    "15": mark("Every 15 minutes"),
    "60": mark("Every hour"),
    "240": mark("Every 4 hours"),
    "1440": mark("Every day"),
}
LABELS: Mapping[str, str] = {
    "name": mark("Name"),
    "listens": mark("What it listens to"),
    "acts": mark("Acts"),
    "kind": mark("Kind"),
    "minutes_before": mark("When"),
    "parts": mark("Whom it tells"),
    "users": mark("Users"),
    "roles": mark("Roles"),
    "departments": mark("Departments"),
    "by_app": mark("How"),
    "by_mail": mark("How"),
    "repeat_minutes": mark("Again until it is read"),
    "version": mark("Somebody else"),
}
_ROLES: Final = get_args(UserRole)
_LISTENS: Mapping[str, Listens] = {one: one for one in LISTENS}
_TICKS: Final = ("on_occurrence", "by_record", "by_app", "by_mail", "is_on")
MOST_ROWS: Final = 4
"""So many times before or after are offered; a program may set more."""


class _Around(Struct, frozen=True):
    """What a rule can name, as the reader calls it."""

    kinds: Mapping[str, str]
    departments: Mapping[str, str]
    people: Mapping[int, str]


@get(PATH, opt=dict(ALLOWED))
async def show_notification_rules(request: Call) -> Response[str]:
    """Show all rules."""
    found, entries = await database_of(request).run(_list)
    return page(
        request,
        "notification_rules.html",
        found=found,
        listens=LISTENS,
        parts_named=PARTS,
        roles=ROLES,
        departments={one.code: one.name(language_of(request)) for one in entries},
    )


@get(PATH + "/new", opt=dict(ALLOWED))
async def show_new_notification_rule(request: Call) -> Response[str]:
    """Show the form of a new rule."""
    off = modules_off_of(request)
    first = next(one for one in LISTENS if f"{one}s" not in off)
    return await _show(request, None, Form({"listens": first, "on_occurrence": "", "by_app": "yes", "is_on": "yes"}))


@post(PATH + "/new", opt=dict(ALLOWED))
async def make_notification_rule(request: Call) -> Response[str]:
    """Make a rule, which listens from now on."""
    form = await read_form(request)
    draft = _draft(form)
    if not form.problems:
        try:
            await database_of(request).run(rules.make_rule, draft, roles=_ROLES, acts=NAMES, act=act_of(request))
        except LoyaltyError as error:
            form.refuse_by(error, LABELS, "name")
    return await _show(request, None, form) if form.problems else redirect(PATH)


@get(PATH + "/{rule_id:int}", opt=dict(ALLOWED))
async def show_notification_rule(request: Call, rule_id: FromPath[int]) -> Response[str]:
    """Show the form of a rule."""
    rule = await database_of(request).run(rules.load_rule, rule_id)
    return await _show(request, rule, Form(_typed(rule, modules_off_of(request))))


@post(PATH + "/{rule_id:int}", opt=dict(ALLOWED))
async def save_notification_rule(request: Call, rule_id: FromPath[int]) -> Response[str]:
    """Change a rule, or delete it with its notices."""
    form = await read_form(request)
    if form.is_ticked("delete"):
        await database_of(request).run(rules.delete_rule, rule_id, act=act_of(request))
        return redirect(PATH)
    seen, draft = form.need("version", forms.count, 0), _draft(form)
    if not form.problems:
        try:
            await database_of(request).run(
                rules.change_rule, rule_id, draft, seen=seen, roles=_ROLES, acts=NAMES, act=act_of(request)
            )
        except RuleChangedError as error:
            form.refuse("version", forms.told(error.detail))
        except LoyaltyError as error:
            form.refuse_by(error, LABELS, "name")
    if form.problems:
        return await _show(request, await database_of(request).run(rules.load_rule, rule_id), form)
    return redirect(PATH)


def _typed(rule: Rule, off: Container[str]) -> dict[str, str | list[str]]:
    typed: dict[str, str | list[str]] = {name: "yes" if getattr(rule, name) else "" for name in _TICKS}
    typed |= {"name": rule.name, "listens": rule.listens, "roles": list(rule.roles), "parts": list(rule.parts)}
    typed |= {"departments": list(rule.departments), "users": [str(one) for one in rule.users]}
    typed |= {"repeat_minutes": str(rule.repeat_minutes or "")}
    shown = {act for acts in offered(off).values() for act in acts}
    typed |= {"acts": [act for act in rule.acts if act in shown], "kind": f"{rule.listens}:{rule.kind or ''}"}
    typed["more_acts"] = " ".join(act for act in rule.acts if act not in shown)
    for row, minutes in enumerate(rule.minutes_before[:MOST_TIMES]):
        unit = next(name for name in reversed(tuple(UNITS)) if minutes % UNITS[name] == 0)
        typed |= {f"count.{row}": str(abs(minutes) // UNITS[unit]), f"unit.{row}": unit}
        typed[f"side.{row}"] = "after" if minutes < 0 else "before"
    return typed


def _draft(form: Form) -> RuleDraft:
    listens: Listens = form.need("listens", forms.one_of(_LISTENS), "event")
    family, _, kind = form.text("kind").partition(":")
    return RuleDraft(
        name=form.need("name", forms.short_text, ""),
        listens=listens,
        acts=(*form.texts("acts"), *form.text("more_acts").replace(",", " ").split()),
        kind=kind or None if family == listens else None,
        minutes_before=tuple(minutes for row in range(MOST_TIMES) if (minutes := _minutes(form, row))),
        users=tuple(user for one in form.texts("users") if (user := _user(form, one))),
        roles=tuple(form.texts("roles")),
        departments=tuple(form.texts("departments")),
        parts=tuple(part for part in PARTS if part in form.texts("parts")),
        repeat_minutes=form.read("repeat_minutes", forms.count, None),
        **{name: form.is_ticked(name) for name in _TICKS},
    )


def _minutes(form: Form, row: int) -> int:
    """Read a time before or after; 0 for a row that is empty."""
    try:
        typed = form.text(f"count.{row}")
        count = forms.count(typed) if typed else 0
    except WrongError as error:
        form.refuse("minutes_before", error.problem)
        return 0
    return count * UNITS.get(form.text(f"unit.{row}"), 1) * (-1 if form.text(f"side.{row}") == "after" else 1)


def _user(form: Form, typed: str) -> int:
    try:
        return forms.count(typed)
    except WrongError:
        form.refuse("users", Problem(mark("This is none of the choices.")))
        return 0


async def _show(call: Call, rule: Rule | None, form: Form) -> Response[str]:
    around = await database_of(call).run(_load, language_of(call), rule, modules_off_of(call))
    off, kept = modules_off_of(call), None if rule is None else rule.listens
    rows = max(MOST_ROWS, len(rule.minutes_before) if rule else 0)
    return page(
        call,
        "notification_rule.html",
        status=REFUSED if form.problems else 200,
        here=f"{PATH}/{'new' if rule is None else rule.id}",
        rule=rule,
        form=form,
        labels=LABELS,
        listens={one: name for one, name in LISTENS.items() if f"{one}s" not in off or one == kept},
        acts=offered(off),
        part_names=PARTS,
        roles=ROLES,
        units=UNIT_NAMES,
        sides=SIDES,
        repeats=REPEATS,
        rows=range(rows),
        around=around,
    )


async def _list(connection: AsyncConnection) -> tuple[list[Rule], list[Entry]]:
    return await rules.list_rules(connection), await list_entries(connection, "department")


async def _load(connection: AsyncConnection, language: str, rule: Rule | None, off: Container[str]) -> _Around:
    """Load what a rule can name; of modules that are off and departments in the archive what it names already."""
    listens = None if rule is None else rule.listens
    events = await list_event_kinds(connection) if "events" not in off or listens == "event" else []
    tasks = await list_task_kinds(connection) if "tasks" not in off or listens == "task" else []
    kinds = {f"event:{one.code}": one.name(language) for one in events}
    kinds |= {f"task:{one.code}": one.name(language) for one in tasks}
    named = () if rule is None else rule.departments
    found = await list_entries(connection, "department")
    departments = {one.code: one.name(language) for one in found if not one.is_archived or one.code in named}
    return _Around(kinds, departments, {one.id: one.name for one in await list_colleagues(connection)})
