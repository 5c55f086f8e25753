"""What the address of a calendar asks for, and the addresses of its neighbours: the address carries everything."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final, Literal, get_args
from urllib.parse import urlencode

from litestar.exceptions import ClientException
from msgspec import Struct, structs

from api.pages.queries import MOST_LENGTH, choice, whole_number
from api.pages.renderer import Call
from crm.calendar.errors import CalendarRefusedError
from crm.calendar.feeds import check_layers
from crm.calendar.model import SOURCES, USUAL, Layers, Source, days_from, month_days, week_days

PATH: Final = "/calendar"
View = Literal["month", "week", "day", "agenda"]
VIEWS: Final[tuple[View, ...]] = get_args(View)
AGENDA_DAYS: Final = 30
ME, EVERYBODY = "me", "all"
FIRST, LAST = date(1970, 1, 1), date(2199, 12, 31)
"""The days that a calendar can be opened at."""

_VIEWS: Mapping[str, View] = {one: one for one in VIEWS}
_SOURCES: Mapping[str, Source] = {one: one for one in SOURCES}


class Wanted(Struct, frozen=True, kw_only=True):
    """A view at a day, and the layers as the address names them: `whose` may be `me`, `all` and users by identifier."""

    view: View
    day: date
    whose: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    project_id: int | None = None
    show: tuple[Source, ...] = ()

    def address(self, path: str = PATH) -> str:
        """Give the address of it."""
        fields: list[tuple[str, object]] = [("view", self.view), ("day", self.day)]
        fields += [("user", one) for one in self.whose] + [("kind", one) for one in self.kinds]
        fields += [] if self.project_id is None else [("project", self.project_id)]
        fields += [("show", one) for one in self.show]
        return f"{path}?{urlencode(fields)}"

    def at(self, day: date, view: View | None = None) -> str:
        """Give the address of the same calendar at another day, or in another view."""
        return structs.replace(self, day=day, view=view or self.view).address()

    @property
    def is_own(self) -> bool:
        """Whether it is the reader's own calendar, which it is where nothing else is said."""
        return self.whose == (ME,) or (not self.whose and self.project_id is None)

    @property
    def is_everybody(self) -> bool:
        """Whether it is everybody's."""
        return EVERYBODY in self.whose or (not self.whose and self.project_id is not None)

    def layers(self, user_id: int, sources: frozenset[Source]) -> Layers:
        """Give the layers as somebody sees them, out of the sources that are open to them."""
        whose = (ME,) if self.is_own else self.whose
        users = () if self.is_everybody else tuple(user_id if one == ME else whole_number(one) for one in whose)
        return Layers(
            users=tuple(dict.fromkeys(users)),
            kinds=self.kinds,
            project_id=self.project_id,
            sources=frozenset(self.show or USUAL) & sources,
        )

    def days(self, first_weekday: int) -> list[date]:
        """Give the days that the view shows."""
        match self.view:
            case "month":
                return month_days(self.day, first_weekday)
            case "week":
                return week_days(self.day, first_weekday)
            case "day":
                return [self.day]
            case "agenda":
                return days_from(self.day, AGENDA_DAYS)

    def neighbours(self) -> tuple[date, date]:
        """Give the days at which the view before and the view after it are opened."""
        if self.view == "month":
            first = self.day.replace(day=1)
            return (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=31)).replace(day=1)
        step = timedelta(days={"week": 7, "day": 1}.get(self.view, AGENDA_DAYS))
        return self.day - step, self.day + step


def read_wanted(call: Call, today: date) -> Wanted:
    """Read what an address asks for: the month of today where it says nothing. Raises ClientException."""
    wanted = Wanted(
        view=choice(call, "view", _VIEWS.__getitem__) or "month",
        day=choice(call, "day", _read_day) or today,
        whose=_several(call, "user"),
        kinds=_several(call, "kind"),
        project_id=choice(call, "project", whole_number),
        show=tuple(_SOURCES[one] for one in _several(call, "show") if one in _SOURCES),
    )
    try:
        check_layers(wanted.layers(0, frozenset(SOURCES)))
    except (ValueError, CalendarRefusedError) as error:
        raise ClientException("the calendar of these people cannot be shown") from error
    return wanted


def _several(call: Call, name: str) -> tuple[str, ...]:
    found = [one for one in call.query_params.getall(name, []) if one]
    if any(len(one) > MOST_LENGTH or "\0" in one for one in found):
        raise ClientException(f"{name} is too long or holds what is no text")
    return tuple(dict.fromkeys(found))


def _read_day(value: str) -> date:
    day = date.fromisoformat(value)
    if not FIRST <= day <= LAST:
        raise ValueError("no day of a calendar")
    return day
