"""What payments need beside the cards themselves: holds, points by day, and what cards spend under daily limits.

Read and written in a flight's transaction, under its cards' locks, and only where a receipt asks for it: receipts
without holds, points and daily limits cost nothing here.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from uuid import UUID

import asyncpg
import msgspec

from loyalty.accounts.model import Hold, PointsDay
from loyalty.numbering import canonical
from loyalty.receipts import statements
from loyalty.receipts.facts import Facts, Writes
from loyalty.receipts.model import Receipt


async def gather_means(
    connection: asyncpg.Connection, facts: Facts, receipts: Sequence[Receipt], writes: Writes
) -> None:
    """Load the holds and points that receipts may need; holds whose time is over end here and stand in nobody's way."""
    payments = [payment for receipt in receipts for payment in receipt.payments]
    uids = [payment.hold_uid for payment in payments if payment.hold_uid is not None]
    holding = [card_id for card_id, account in facts.accounts.items() if account.held]
    if uids or holding:
        facts.holds = await _load_holds(connection, uids, holding)
        for hold in list(facts.holds.values()):
            if hold.is_due(facts.now) and hold.account_id in facts.accounts:
                facts.end_hold(hold, "expired", captured=None, writes=writes)
    numbers = {canonical(payment.card) for payment in payments if payment.kind == "points" and payment.card}
    payers = [facts.bearer(account) for account in map(facts.find_account, numbers) if account is not None]
    if payers:
        found = await _load_points_days(connection, [payer.card.card_id for payer in payers])
        for payer in payers:
            payer.points_days = found.get(payer.card.card_id, [])


async def save_means(connection: asyncpg.Connection, writes: Writes) -> None:
    """Write holds that ended, points by day, and what cards spent under their daily limits."""
    days: dict[tuple[int, date | None], list[int]] = {}
    cards: dict[int, dict[str, object]] = {}
    released: Counter[int] = Counter()
    gained: Counter[int] = Counter()
    for move in writes.points:
        sums = days.setdefault((move.card_id, move.day), [0, 0])
        sums[0] += move.earned
        sums[1] += move.spent
        gained[move.card_id] += move.earned - move.spent
    for end in writes.ended_holds:
        released[end.account_id] += end.amount
    for card_id in sorted({*released, *gained, *writes.spenders}):
        payer = writes.spenders.get(card_id)
        cards[card_id] = {"card_id": card_id, "released": released[card_id], "gained": gained[card_id]}
        if payer is not None:
            cards[card_id] |= {"spent_on": payer.spent_on, "spent": payer.spent}
    document = {
        "holds": writes.ended_holds,
        "points": [
            {"card_id": card_id, "day": day, "earned": earned, "spent": spent}
            for (card_id, day), (earned, spent) in days.items()
        ],
        "cards": list(cards.values()),
    }
    await connection.execute(statements.SAVE_MEANS, msgspec.json.encode(document), writes.at)


async def _load_holds(
    connection: asyncpg.Connection, uids: Sequence[UUID], account_ids: Sequence[int]
) -> dict[UUID, Hold]:
    """Load the holds of these UUIDs, and all open ones of these accounts."""
    rows = await connection.fetch(statements.HOLDS, uids, account_ids)
    return {row["uid"]: Hold(*row) for row in rows}


async def _load_points_days(connection: asyncpg.Connection, card_ids: Sequence[int]) -> dict[int, list[PointsDay]]:
    """Load what cards earned and spent by day."""
    found: dict[int, list[PointsDay]] = {}
    for card_id, day, earned, spent in await connection.fetch(statements.POINTS_DAYS, card_ids):
        found.setdefault(card_id, []).append(PointsDay(day, earned, spent))
    return found
