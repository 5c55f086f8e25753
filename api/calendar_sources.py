"""Which sources of a calendar are open to a role: the one place that pages, programs and feeds ask."""

from collections.abc import Container, Mapping
from typing import Final

from api.auth.model import Right, Role
from api.auth.rights import may
from crm.calendar.model import Source

RIGHTS: Final[Mapping[Source, Right]] = {
    "events": "events.read",
    "tasks": "tasks.read",
    "birthdays": "parties.read",
    "all_birthdays": "parties.read",
}


def open_sources(role: Role, modules_off: Container[str]) -> frozenset[Source]:
    """Give the sources that a role may see where some modules are switched off."""
    return frozenset(source for source, right in RIGHTS.items() if may(role, right, modules_off))
