"""Which tasks a list shows, read from the address and written back to it: whoever has the address has the list."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import get_args

from litestar.exceptions import ClientException
from msgspec import Struct

from api.pages.queries import choice, link, text, whole_number
from api.pages.renderer import Call, principal_of, zone_of
from crm.tasks.listing import PlaceError, Shown, Sort, TaskFilter, TaskPlace, parse_place, print_place
from crm.tasks.model import PRIORITIES, Priority, Tab

FIELDS = (
    "tab", "text", "shown", "kind", "state", "executor", "author", "department", "party", "project", "priority",
    "overdue", "since", "until", "sort",
)  # fmt: skip
ME = "me"
_TABS: Mapping[str, Tab] = {tab: tab for tab in get_args(Tab)}
_SORTS: Mapping[str, Sort] = {sort: sort for sort in get_args(Sort)}
_PRIORITIES: Mapping[str, Priority] = {str(one): one for one in PRIORITIES}
_SHOWN: Mapping[str, Shown] = {
    "open": "open", "closed": "closed", "any": "any", "new": "new", "active": "active", "waiting": "waiting",
    "done": "done", "dropped": "dropped",
}  # fmt: skip


class Wanted(Struct, frozen=True):
    """A list of tasks: its filter and order, and the fields of the address that carry them."""

    filter: TaskFilter
    sort: Sort
    fields: dict[str, str]

    @property
    def is_filtered(self) -> bool:
        """Tell whether it shows less than its tab."""
        return any(value for name, value in self.fields.items() if name not in {"tab", "sort"})

    def address(self, path: str, **more: str) -> str:
        """Give the address of this list on a page, with fields in place of its own."""
        return link(path, self.fields | more)

    def place_address(self, path: str, place: TaskPlace | None) -> str | None:
        """Give the address of a neighbouring page; None where there is none."""
        return None if place is None else self.address(path, **{"back" if place.is_back else "on": print_place(place)})


def read_wanted(call: Call) -> Wanted:
    """Read the list of an address. Raises ClientException."""
    fields = {name: text(call, name) for name in FIELDS}
    viewer_id = principal_of(call).user_id

    def read_user(typed: str) -> int | None:
        return viewer_id if typed == ME else whole_number(typed)

    wanted = TaskFilter(
        tab=choice(call, "tab", _TABS.__getitem__) or "all",
        viewer_id=viewer_id,
        shown=choice(call, "shown", _SHOWN.__getitem__) or "open",
        kind=fields["kind"] or None,
        state=fields["state"] or None,
        executor_id=choice(call, "executor", read_user),
        author_id=choice(call, "author", read_user),
        department=fields["department"] or None,
        party_id=choice(call, "party", whole_number),
        project_id=choice(call, "project", whole_number),
        priority=choice(call, "priority", _PRIORITIES.__getitem__),
        is_overdue=bool(fields["overdue"]),
        due_since=choice(call, "since", lambda typed: _midnight(call, typed)),
        due_before=choice(call, "until", lambda typed: _midnight(call, typed, days=1)),
        words=fields["text"] or None,
    )
    return Wanted(wanted, choice(call, "sort", _SORTS.__getitem__) or "priority", fields)


def read_task_place(call: Call, sort: Sort) -> TaskPlace | None:
    """Read where a page of the list begins. Raises ClientException."""
    for name in ("back", "on"):
        typed = text(call, name)
        if typed:
            try:
                return parse_place(typed, sort, is_back=name == "back")
            except PlaceError as error:
                raise ClientException(str(error)) from error
    return None


def _midnight(call: Call, typed: str, *, days: int = 0) -> datetime:
    """Give the beginning of a day where the back office is, or of a day so many days on."""
    try:
        day = date.fromisoformat(typed) + timedelta(days=days)
    except OverflowError as error:
        raise ValueError("beyond the calendar") from error
    return datetime.combine(day, time(), zone_of(call))
