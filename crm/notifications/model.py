"""What a rule of notifications says, and when mail that failed is tried again. Pure.

Key idea: a rule names what it listens to, how long before it tells, and to whom; a recipient is a user, a role, a
department, or a part that somebody has in the record: the executor of a task, the participants of an event, whoever is
named in a comment, a party's contact person. Minutes before that are less than nothing are minutes after.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final, Literal, get_args

from msgspec import Struct, structs

from crm.notifications.errors import RuleRefusedError

Listens = Literal["event", "task", "birthday", "act"]
Part = Literal[
    "responsible", "author", "executor", "participants", "watchers", "reminded", "mentioned", "contact_person"
]

LISTENS: Final = get_args(Listens)
PARTS: Final[tuple[Part, ...]] = get_args(Part)
MOST_NAME: Final = 100
MOST_ACTS: Final = 50
MOST_TIMES: Final = 10
MOST_NAMED: Final = 100
MOST_MINUTES: Final = 366 * 24 * 60
DAY_MINUTES: Final = 24 * 60
MOST_MAIL_TRIES: Final = 8
FIRST_WAIT: Final = timedelta(minutes=1)
LEAP_DAY: Final = (2, 29)


class RuleDraft(Struct, frozen=True, kw_only=True):
    """What is said of a rule.

    `acts` are acts of the journal, `card.blocked`, or of a changed field, `task.changed:executor_id`. `kind` is the
    code of a kind of events or tasks. `by_record` tells as long before as the event or task itself says.
    """

    name: str
    listens: Listens
    acts: tuple[str, ...] = ()
    kind: str | None = None
    minutes_before: tuple[int, ...] = ()
    on_occurrence: bool = True
    by_record: bool = False
    users: tuple[int, ...] = ()
    roles: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    by_app: bool = True
    by_mail: bool = False
    repeat_minutes: int | None = None
    is_on: bool = True


class Rule(RuleDraft, frozen=True, kw_only=True):
    """A rule as it is kept. `heard_at` and `heard_id` say how far it has listened."""

    id: int
    kind_id: int | None
    heard_at: datetime
    heard_id: int
    version: int

    @property
    def draft(self) -> RuleDraft:
        """What is said of it."""
        return RuleDraft(**{name: getattr(self, name) for name in RuleDraft.__struct_fields__})

    @property
    def times(self) -> tuple[int, ...]:
        """How many minutes before it tells; 0 is when it happens."""
        return tuple(sorted({*self.minutes_before, *([0] if self.on_occurrence else [])}))


class Notice(Struct, frozen=True, kw_only=True):
    """What a user was told: of which record, what happened or is due, and when."""

    id: int
    record: str
    what: str
    data: Mapping[str, object] | None
    due_at: datetime
    at: datetime
    read_at: datetime | None


class Letter(Struct, frozen=True, kw_only=True):
    """A notice on its way by e-mail; `address` is None where the recipient has none any more."""

    id: int
    tries: int
    record: str
    what: str
    data: Mapping[str, object] | None
    at: datetime
    is_user: bool
    address: str | None
    language: str | None


def check_rule(draft: RuleDraft) -> RuleDraft:
    """Give a rule as it may be kept. Raises RuleRefusedError."""
    name = " ".join(draft.name.split())
    if not 0 < len(name) <= MOST_NAME or not name.isprintable():
        raise RuleRefusedError(f"has 1 to {MOST_NAME} characters", field="name")
    acts = tuple(sorted({act.strip() for act in draft.acts if act.strip()}))
    if draft.listens == "act" and not 0 < len(acts) <= MOST_ACTS:
        raise RuleRefusedError(f"says which acts it listens to, 1 to {MOST_ACTS}", field="acts")
    if any(not all(part.replace("_", "").isalnum() for part in act.replace(":", ".").split(".")) for act in acts):
        raise RuleRefusedError("an act is written such as card.blocked", field="acts")
    minutes = tuple(sorted(set(draft.minutes_before)))
    if len(minutes) > MOST_TIMES or any(abs(one) > MOST_MINUTES or one == 0 for one in minutes):
        raise RuleRefusedError(f"are at most {MOST_TIMES} times of up to a year", field="minutes_before")
    is_timed = draft.listens != "act"
    if is_timed and not (minutes or draft.on_occurrence or draft.by_record):
        raise RuleRefusedError("says when it tells", field="minutes_before")
    if draft.listens == "birthday" and any(one % DAY_MINUTES or one < 0 for one in minutes):
        raise RuleRefusedError("a birthday is told whole days before", field="minutes_before")
    _check_recipients(draft)
    return structs.replace(
        draft,
        name=name,
        acts=acts if draft.listens == "act" else (),
        kind=draft.kind if draft.listens in {"event", "task"} else None,
        minutes_before=minutes if is_timed else (),
        on_occurrence=draft.on_occurrence or not is_timed,
        by_record=draft.by_record and draft.listens in {"event", "task"},
        users=tuple(sorted(set(draft.users))),
        roles=tuple(sorted(set(draft.roles))),
        departments=tuple(sorted(set(draft.departments))),
        parts=tuple(part for part in PARTS if part in draft.parts),
    )


def _check_recipients(draft: RuleDraft) -> None:
    if not (draft.users or draft.roles or draft.departments or draft.parts):
        raise RuleRefusedError("says whom it tells", field="parts")
    for field, named in (("users", draft.users), ("departments", draft.departments)):
        if len(named) > MOST_NAMED:
            raise RuleRefusedError(f"are at most {MOST_NAMED}", field=field)
    if not (draft.by_app or draft.by_mail):
        raise RuleRefusedError("tells in the application, by e-mail, or both", field="by_app")
    if "contact_person" in draft.parts and not draft.by_mail:
        raise RuleRefusedError("a contact person is told by e-mail alone", field="by_mail")
    if draft.repeat_minutes is not None and not 0 < draft.repeat_minutes <= MOST_MINUTES:
        raise RuleRefusedError("is from a minute to a year", field="repeat_minutes")


class Birthday(Struct, frozen=True):
    """A day on which birthdays are kept that are told now: of those born on `month_day`, as 1231 for 31 December."""

    month_day: int
    day: date
    minutes: int


def list_birthdays(today: date, times: tuple[int, ...]) -> list[Birthday]:
    """List the days whose birthdays are to be told by now; who was born on 29 February has it on the 28th else.

    What is told late is told once: of several times before, the one nearest to the day counts.
    """
    found = []
    farthest = max(times, default=-1) // DAY_MINUTES
    for ahead in range(farthest + 1):
        day = today + timedelta(days=ahead)
        minutes = min(one for one in times if one >= ahead * DAY_MINUTES)
        found.append(Birthday(day.month * 100 + day.day, day, minutes))
        if (day.month, day.day) == (2, 28) and (day + timedelta(days=1)).month != LEAP_DAY[0]:
            found.append(Birthday(LEAP_DAY[0] * 100 + LEAP_DAY[1], day, minutes))
    return found


def next_try(tries: int, now: datetime) -> datetime | None:
    """Say when mail that failed so often is tried again: after 1, 2, 4 minutes and so on; None is never."""
    return None if tries >= MOST_MAIL_TRIES else now + FIRST_WAIT * 2 ** (tries - 1)
