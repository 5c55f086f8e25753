"""How dates travel: as days, with none of them standing for infinity.

asyncpg takes the calendar's first and last day for PostgreSQL's infinities, both ways; a receipt of the last day could
then be written and never found again.
"""

from datetime import date

import asyncpg

_POSTGRES_EPOCH = date(2000, 1, 1).toordinal()


async def keep_dates(connection: asyncpg.Connection) -> None:
    """Make a connection read and write every date as it is."""
    await connection.set_type_codec("date", schema="pg_catalog", format="tuple", encoder=_to_days, decoder=_from_days)


def _to_days(day: date) -> tuple[int]:
    return (day.toordinal() - _POSTGRES_EPOCH,)


def _from_days(days: tuple[int]) -> date:
    return date.fromordinal(days[0] + _POSTGRES_EPOCH)
