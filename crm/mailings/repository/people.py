"""The SQL of recipients' own data, read in one query for all whose messages are about to be written."""

from collections.abc import Sequence

from sqlalchemy import ARRAY, BigInteger, case, cast, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.mailings.content.people import Person
from crm.parties.tables import party
from loyalty.cards.tables import card, series


async def load_people(connection: AsyncConnection, party_ids: Sequence[int], *, has_cards: bool) -> dict[int, Person]:
    """Load the data of parties, with those of each one's card where a text asks for them: an active one, the newest."""
    columns = [
        party.c.id,
        party.c.name,
        (party.c.kind == "organisation").label("is_organisation"),
        party.c.language,
    ]
    query = select(*columns).where(party.c.id.in_(select(func.unnest(cast(list(party_ids), ARRAY(BigInteger))))))
    if has_cards:
        held = (
            select(card, series.c.definition["name"].astext.label("tier"))
            .join_from(card, series, series.c.id == card.c.series_id)
            .where(card.c.holder_id == party.c.id, card.c.state.not_in(("replaced", "closed")))
            .order_by(case((card.c.state == "active", 0), else_=1), card.c.card_id.desc())
            .limit(1)
            .lateral("held")
        )
        figures = (held.c.tier, held.c.balance, held.c.turnover, held.c.points, held.c.number.label("card_number"))
        query = query.add_columns(*figures).outerjoin(held, true())
    rows = (await connection.execute(query)).mappings()
    return {row["id"]: Person(**{name: row[name] for name in row if name != "id"}) for row in rows}
