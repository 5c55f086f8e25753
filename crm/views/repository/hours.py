"""Whether contact persons can be reached now, by their hours in their own time zone."""

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    Select,
    cast,
    extract,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

from crm.parties.tables import contact_person
from crm.views.repository.context import Context

_MIDNIGHT = "00:00:00"


def is_within_hours(context: Context) -> ColumnElement[bool]:
    """Tell whether a contact person can be reached now, as `crm.parties.hours.is_reachable` does.

    Who has no hours always can. Times are compared as texts of one width.
    """
    zone = func.coalesce(contact_person.c.timezone, "UTC")
    local = func.timezone(zone, literal(context.now, DateTime(timezone=True)))
    weekday, clock = func.to_jsonb(cast(extract("isodow", local), Integer)), func.to_char(local, "HH24:MI:SS")
    span = func.jsonb_array_elements(contact_person.c.hours, type_=JSONB).column_valued("span")
    since, until = span["since"].astext, span["until"].astext
    fitting: Select[int] = select(literal_column("1")).where(
        span["days"].contains(weekday), since <= clock, or_(until == _MIDNIGHT, until > clock)
    )
    has_none = func.coalesce(func.jsonb_array_length(contact_person.c.hours), 0) == 0
    return or_(has_none, fitting.correlate(contact_person).exists())
