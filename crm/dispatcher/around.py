"""What a page of the feed shows beside its rows: the records they are about, and the names of parties and projects."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.dispatcher.model import FeedRow, Known
from crm.dispatcher.repository.holders import load_holders
from crm.dispatcher.repository.known import load_known
from crm.parties.listing import load_names


class Around(Struct, frozen=True):
    """What rows speak of: records by their names in the journal, parties and projects by identifiers.

    `holders` are the parties that hold the cards of rows which name no party.
    """

    known: Mapping[str, Known]
    parties: Mapping[int, str]
    holders: Mapping[int, int]

    def party_of(self, row: FeedRow) -> int | None:
        """Give the party that a row is about, by its card where it names none."""
        return row.party_id if row.party_id is not None else self.holders.get(row.card_id or 0)

    def party(self, row: FeedRow) -> str | None:
        """Give the name of the party that a row is about."""
        return self.parties.get(self.party_of(row) or 0)

    def project(self, row: FeedRow) -> str | None:
        """Give the name of the project that a row is of."""
        known = self.known.get(f"project:{row.project_id}")
        return None if known is None else known.name


async def load_around(connection: AsyncConnection, rows: Iterable[FeedRow], *, now: datetime, zone: str) -> Around:
    """Load what rows speak of, in a bounded number of statements."""
    shown = list(rows)
    records = {row.record for row in shown} | {f"project:{row.project_id}" for row in shown if row.project_id}
    known = await load_known(connection, records, now=now, zone=zone)
    holders = await load_holders(connection, {row.card_id for row in shown if row.card_id and row.party_id is None})
    ids = {row.party_id for row in shown if row.party_id is not None} | set(holders.values())
    return Around(known, await load_names(connection, ids), holders)
