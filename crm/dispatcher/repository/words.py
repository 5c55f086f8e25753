"""The SQL of looking for records by their own texts, so that the feed is found by words that stand in no journal.

Each kind of record is asked by its own index, and gives the newest few alone. Receipts are not looked for: their list
finds them by number.
"""

from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

MOST_FOUND = 40
"""So many records of a kind are found."""

_LIMIT = f"limit {MOST_FOUND}"
_FITS = "words @@ (to_tsquery('simple', :words) || plainto_tsquery('simple', :typed))"
_QUERIES: Final[Mapping[str, str]] = {
    "task": f"select 'task:' || id from task where {_FITS} order by id desc {_LIMIT}",
    "event": f"select 'event:' || id from event where {_FITS} order by id desc {_LIMIT}",
    "letter": f"select 'letter:' || id from letter where {_FITS} order by id desc {_LIMIT}",
    "project": f"select 'project:' || id from project where {_FITS} order by id desc {_LIMIT}",
    "party": f"""select 'party:' || id from (
            select id from party where search @@ to_tsquery('simple', :words) limit {MOST_FOUND}) as found""",
    "business_document": f"""select 'business_document:' || id from business_document
        where number ilike :number order by id desc {_LIMIT}""",
    "document": f"select 'document:' || uid from document where number = :typed {_LIMIT}",
}
_ENTRIES: Final = f"select 'feed_entry:' || id from feed_entry where {_FITS} order by id desc {_LIMIT}"


async def find_records(
    connection: AsyncConnection, *, typed: str, tsquery: str, families: Collection[str]
) -> tuple[str, ...]:
    """Find records by words, by the numbers of documents and by the names of parties, of some families alone."""
    asked = [query for family, query in _QUERIES.items() if family in families] + [_ENTRIES]
    if not tsquery:
        asked = [query for query in asked if ":words" not in query]
    if not asked:
        return ()
    given = {"words": tsquery, "number": f"%{_escape(typed)}%", "typed": typed}
    query = " union all ".join(f"({one})" for one in asked)
    used = {name: value for name, value in given.items() if f":{name}" in query}
    return tuple((await connection.execute(text(query), used)).scalars())


def _escape(typed: str) -> str:
    return typed.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
