"""What notices say: on the page and in mail."""

from collections.abc import Container, Mapping
from datetime import date, datetime

from api.feed_sources import module_of_act
from api.pages.audit_words import NAMES
from api.pages.formats import Formats
from api.pages.words import mark
from crm.notifications.model import Listens, Part

NAMED: Mapping[str, str] = {
    "event.due": mark("Event coming"),
    "task.due": mark("Task due"),
    "letter.registered": mark("Letter to take note of"),
    "party.birthday": mark("Birthday"),
}
COME: Mapping[str, str] = {"event.due": mark("Event begins")}
"""What is told at the moment itself, or after it."""
LISTENS: Mapping[Listens, str] = {
    "event": mark("Contacts and events"),
    "task": mark("Tasks"),
    "birthday": mark("Birthdays"),
    "act": mark("Acts of every module"),
}
PARTS: Mapping[Part, str] = {
    "responsible": mark("Whoever is responsible"),
    "author": mark("Author"),
    "executor": mark("Executor"),
    "participants": mark("Participants and co-executors"),
    "watchers": mark("Watchers"),
    "reminded": mark("Who is only reminded"),
    "mentioned": mark("Whoever a comment names"),
    "contact_person": mark("The party's contact person, by e-mail"),
}
ACTS: Mapping[str, Mapping[str, str]] = {
    mark("Tasks"): {
        "task.made": mark("Task made"),
        "task.changed:executor_id": mark("Task given to another"),
        "task.moved": mark("Task taken further"),
        "task.commented": mark("Task commented"),
    },
    mark("Contacts and events"): {
        "event.made": mark("Event made"),
        "event.changed:responsible_id": mark("Event given to another"),
        "event.changed:starts_at": mark("Event moved"),
        "event.completed": mark("Event completed"),
        "event.cancelled": mark("Event cancelled"),
        "call.logged": NAMES["call.logged"],
    },
    mark("Projects"): {code: name for code, name in NAMES.items() if code.startswith("project.")},
    mark("Orders and invoices"): {code: name for code, name in NAMES.items() if code.startswith("business_document.")},
    mark("Letters"): {code: NAMES[code] for code in ("letter.registered", "letter.changed")},
    mark("Cards"): {code: name for code, name in NAMES.items() if code.startswith("card.")},
    mark("Others"): {code: NAMES[code] for code in ("party.made", "signal.dismissed", "rule.run")},
}
"""Acts that a rule is offered, by their modules; any other is typed."""


def offered(off: Container[str]) -> dict[str, dict[str, str]]:
    """Give the acts that a rule is offered where some modules are switched off."""
    kept = {
        module: {code: name for code, name in acts.items() if module_of_act(code) not in off}
        for module, acts in ACTS.items()
    }
    return {module: acts for module, acts in kept.items() if acts}


def name_of(what: str, data: Mapping[str, object] | None, told_at: datetime) -> str:
    """Give what is told, to be translated; what has no words reads as its code.

    What comes is called otherwise when its moment, in `data`, is there.
    """
    said = data or {}
    if what in COME and "at" in said and datetime.fromisoformat(str(said["at"])) <= told_at:
        return COME[what]
    return NAMED.get(what) or NAMES.get(what, what)


def moment_of(data: Mapping[str, object] | None, formats: Formats) -> str:
    """Write when what is told of happens, as a reader writes it; empty where it has happened."""
    said = data or {}
    if "at" in said:
        return formats.moment(datetime.fromisoformat(str(said["at"])))
    return formats.day(date.fromisoformat(str(said["on"]))) if "on" in said else ""
