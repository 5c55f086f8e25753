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
    """Tell whether it is now within a contact person's hours; of one without hours nobody knows, so it is not.

    Hours without a time zone are those of the back office. Times are compared as texts of one width.
    """
    zone = func.coalesce(contact_person.c.timezone, literal(context.zone.key))
    local = func.timezone(zone, literal(context.now, DateTime(timezone=True)))
    weekday, clock = func.to_jsonb(cast(extract("isodow", local), Integer)), func.to_char(local, "HH24:MI:SS")
    span = func.jsonb_array_elements(contact_person.c.hours, type_=JSONB).column_valued("span")
    since, until = span["since"].astext, span["until"].astext
    fitting: Select[int] = select(literal_column("1")).where(
        span["days"].contains(weekday), since <= clock, or_(until == _MIDNIGHT, until > clock)
    )
    return fitting.correlate(contact_person).exists()
