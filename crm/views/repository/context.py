"""What the SQL of a view needs to know beside the view: the day, the money, and identifiers of words and codes."""

from collections.abc import Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from msgspec import Struct

from crm.attributes.model import Attribute
from crm.views.model import Filter, ViewError
from crm.views.trees import Tree
from loyalty.money import Scale


class Context(Struct, frozen=True):
    """The surroundings of a view: `now` and the zone of the back office, and what codes in filters stand for.

    Segments stand by their identifiers, as what they ask.
    """

    now: datetime
    zone: ZoneInfo
    money: Scale
    entries: Mapping[tuple[str, str], int]
    series: Mapping[str, int]
    attributes: Mapping[str, Attribute]
    segments: Mapping[int, Tree] = {}
    mailing_kinds: Mapping[str, int] = {}

    @property
    def today(self) -> date:
        """The day that it is where the back office is."""
        return self.now.astimezone(self.zone).date()

    def midnight(self, day: date) -> datetime:
        """Give the moment at which a day begins where the back office is."""
        return datetime.combine(day, time(), self.zone)

    def entry_ids(self, one: Filter, directory: str) -> list[int]:
        """Give the identifiers of the words that a filter names. Raises ViewError for one that is not there."""
        try:
            return [self.entries[directory, code] for code in one.operands]
        except KeyError as error:
            raise ViewError("a filter names a word that is not there any more", one) from error

    def series_id(self, one: Filter, code: str) -> int:
        """Give the identifier of a series. Raises ViewError for one that is not there."""
        try:
            return self.series[code]
        except KeyError as error:
            raise ViewError("a filter names a series that is not there any more", one) from error

    def kind_ids(self, one: Filter) -> list[int]:
        """Give the identifiers of the kinds of mailings that a filter names. Raises ViewError for one not there."""
        try:
            return [self.mailing_kinds[code] for code in one.operands]
        except KeyError as error:
            raise ViewError("a filter names a kind of mailings that is not there any more", one) from error

    def tree_of(self, one: Filter, segment_id: int) -> Tree:
        """Give what a segment asks. Raises ViewError for one that is not there."""
        try:
            return self.segments[segment_id]
        except KeyError as error:
            raise ViewError("a filter names a segment that is not there", one) from error
