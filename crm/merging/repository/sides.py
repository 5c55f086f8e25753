"""The SQL of comparing: what hangs on two parties, in lines that a person can read."""

from collections.abc import Collection

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

MOST_LINES = 10


class Lines(Struct, frozen=True):
    """What a party has of one kind: how many, and the first of them."""

    count: int
    lines: tuple[str, ...]


_NAMED = "coalesce(e.names ->> :language, e.names ->> 'en', e.code)"

_LINES = f"""
with line as (
    select party_id, 'address' as part, position::bigint as place,
        concat_ws(', ', line, concat_ws(' ', postal_code, city), region, country) as text
    from party_address where party_id = any(:ids)
    union all select party_id, 'contact', position, value from party_contact where party_id = any(:ids)
    union all select party_id, 'bank_account', id, concat_ws(' ', bank, account, currency)
        from party_bank_account where party_id = any(:ids)
    union all select party_id, 'registration', id, concat_ws(' ', upper(kind), number)
        from party_registration where party_id = any(:ids)
    union all select r.party_id, 'relation', r.id, concat_ws(', ', {_NAMED}, o.name)
        from party_relation r join directory_entry e on e.id = r.relation_id
        left join party o on o.id = r.other_party_id where r.party_id = any(:ids)
    union all select g.party_id, 'group', e.position, {_NAMED}
        from party_group g join directory_entry e on e.id = g.group_id where g.party_id = any(:ids)
    union all select c.party_id, 'contact_person', c.position, concat_ws(', ', p.name, c.post)
        from contact_person c join party p on p.id = c.person_id where c.party_id = any(:ids)
    union all select c.person_id, 'contact_of', c.id, concat_ws(', ', p.name, c.post)
        from contact_person c join party p on p.id = c.party_id where c.person_id = any(:ids)
    union all select party_id, 'note', -id, left(text, 100) from party_note where party_id = any(:ids)
    union all select party_id, 'file', -id, name from party_file where party_id = any(:ids)
    union all select party_id, 'letter', -id, concat_ws(' ', number, left(topic, 100)) from letter
        where party_id = any(:ids)
    union all select party_id, 'mail', -id, left(subject, 100) from mail_message where party_id = any(:ids)
    union all select party_id, 'business_document', -id, number from business_document where party_id = any(:ids)
    union all select party_id, 'document', 0, number from document where party_id = any(:ids) and deleted_at is null
    union all select holder_id, 'card', card_id, '··· ' || right(number, case when length(number) > 8 then 4 else 2 end)
        from card where holder_id = any(:ids)
)
select party_id, part, count(*) as known, (array_agg(text order by place, text))[1:{MOST_LINES}] as lines
from line group by 1, 2
"""


async def list_lines(
    connection: AsyncConnection, ids: Collection[int], *, language: str
) -> dict[int, dict[str, Lines]]:
    """Give what parties have, by party and part; words of directories in a language."""
    found: dict[int, dict[str, Lines]] = {party_id: {} for party_id in ids}
    for row in await connection.execute(text(_LINES), {"ids": list(ids), "language": language}):
        found[row.party_id][row.part] = Lines(row.known, tuple(row.lines))
    return found
