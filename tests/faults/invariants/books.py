"""I1, I4, I6, I7, I8: what the books say, with plain SQL and integers."""

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

import asyncpg

from tests.faults.invariants.evidence import Evidence

SLACK_SECONDS: Final = 2.0
"""A refusal speaks of a moment between question and answer; clocks of rows are read so much before or after it."""

_CACHES: Final = """
    select format('card %s: turnover %s, balance %s, points %s; its entries give %s, %s, %s', c.card_id, c.turnover,
        c.balance, c.points, coalesce(l.turnover, 0), coalesce(l.money, 0), coalesce(l.points, 0))
    from card c left join (select card_id, sum(amount) filter (where account = 'turnover') as turnover,
        sum(amount) filter (where account = 'money') as money, sum(amount) filter (where account = 'points') as points
        from ledger group by card_id) l using (card_id)
    where (c.turnover, c.balance, c.points)
        is distinct from (coalesce(l.turnover, 0), coalesce(l.money, 0), coalesce(l.points, 0))"""
_CHAIN: Final = """
    select format('card %s, entry %s: it is not the one that follows the entry before', card_id, seq) from (
        select *, lag(hash) over by_card as before, row_number() over by_card as place,
            sum(amount) over (partition by card_id, account order by seq) as sum
        from ledger window by_card as (partition by card_id order by seq)) e
    where after <> sum or seq <> place or hash <> sha256(convert_to(coalesce(encode(before, 'hex'), '') || '|' || card_id
        || '|' || seq || '|' || business_date || '|' || account || '|' || amount || '|' || after || '|' || source || '|'
        || source_uid || '|' || coalesce(corrects::text, '') || '|' || (extract(epoch from at) * 1000000)::bigint, 'UTF8'))"""
_HEADS: Final = """
    select format('card %s: its last entry is missing', c.card_id) from card c where c.chain is distinct from
        (select encode(hash, 'hex') from ledger l where l.card_id = c.card_id order by seq desc limit 1)"""

_MONEY: Final = """
    select l.card_id, l.seq, l.amount, c.credit_limit, extract(epoch from l.at)::float as at,
        coalesce('offline_overdraft' = any(r.flags), false) as is_flagged,
        exists (select from hold h where h.receipt_uid = l.source_uid and h.state = 'captured') as was_held
    from ledger l join card c using (card_id)
    left join receipt r on r.uid = l.source_uid and r.business_date = l.business_date
    where l.account = 'money' order by l.card_id, l.seq"""
_HOLDS: Final = """
    select account_id as card_id, amount, extract(epoch from created_at)::float as began,
        extract(epoch from ended_at)::float as ended from hold"""
_NUMBERS: Final = "select number, card_id from card_number"

_TWICE_REVERSED: Final = """
    select format('receipt %s was reversed by %s acts', k.uid, count(distinct l.source_uid))
    from receipt_key k join ledger l on l.source = 'void' and l.source_uid = k.void_uid
    group by k.uid having count(distinct l.source_uid) > 1
    union all
    select format('receipt %s is voided, and leaves %s of %s', k.uid, sum(l.amount), l.account)
    from receipt_key k join ledger l on l.source_uid in (k.uid, k.void_uid)
    where k.state = 'voided' and k.kind = 'sale' group by k.uid, l.account having sum(l.amount) <> 0"""
_TOO_MUCH_RETURNED: Final = """
    select format('sale %s, line %s: %s were sold and %s came back', s.uid, l.line, l.quantity, b.quantity)
    from receipt s join receipt_line l on l.receipt_id = s.id and l.business_date = s.business_date
    join (select r.original_uid as uid, coalesce(l.original_line, l.line) as line, sum(l.quantity) as quantity
        from receipt r join receipt_line l on l.receipt_id = r.id and l.business_date = r.business_date
        where r.kind = 'return' and r.state = 'posted' and r.original_uid is not null group by 1, 2) b
        on b.uid = s.uid and b.line = l.line
    where b.quantity > l.quantity or s.state = 'voided'"""

_DOCUMENTS: Final = """
    select r.uid::text, r.kind, r.state, r.card_id, r.flags, r.original_uid::text, r.payments::text as payments,
        sum(l.net) filter (where l.marks & 8 = 0) as goods, sum(l.net) filter (where l.marks & 8 <> 0) as topped_up
    from receipt r join receipt_line l on l.receipt_id = r.id and l.business_date = r.business_date
    group by r.uid, r.kind, r.state, r.card_id, r.flags, r.original_uid, r.payments::text"""
_CARDS: Final = """
    select c.card_id, c.number, s.code, c.successor_id, c.turnover, c.balance, c.points, c.own_percent, c.version
    from card c join series s on s.id = c.series_id"""
_AS_OF_RUN: Final = """
    select s.code, c.card_id, c.own_percent, (select coalesce(sum(amount), 0)::bigint from ledger l
        where l.card_id = c.card_id and account = 'turnover' and l.at <= r.ran_at
        and (r.first_day is null or business_date between r.first_day and r.last_day)) as turnover
    from (select distinct on (series_id) * from rule_run where rule_table = 'turnover' order by series_id, ran_at desc) r
    join series s on s.id = r.series_id join card c on c.series_id = s.id and c.successor_id is null"""
_NO_TURNOVER: Final = frozenset({"card_unknown", "card_blocked", "card_frozen", "card_expired", "card_not_activated"})


async def sums_are_right(connection: asyncpg.Connection, _: Evidence) -> list[str]:
    """I1: each card's entries sum up to what it says, one after the other, and none is missing or altered."""
    return [row[0] for query in (_CACHES, _CHAIN, _HEADS) for row in await connection.fetch(query)]


async def no_balance_is_below_its_limit(connection: asyncpg.Connection, evidence: Evidence) -> list[str]:
    """I4: through the ledger's order, but for what was granted offline; and who was refused had not so much."""
    entries, holds = await connection.fetch(_MONEY), await connection.fetch(_HOLDS)
    problems, balances = [], defaultdict[int, int](int)
    for entry in entries:
        balances[entry["card_id"]] += entry["amount"]
        is_below = balances[entry["card_id"]] < -entry["credit_limit"] and entry["amount"] < 0
        if is_below and not (entry["is_flagged"] or entry["was_held"]):
            problems.append(f"card {entry['card_id']}, entry {entry['seq']}: below its limit, and nothing allowed it")
    cards = {row["number"]: row["card_id"] for row in await connection.fetch(_NUMBERS)}
    changes = _changes(entries, holds)
    for till in evidence.tills:
        for number, cents, began, ended in till.shortages:
            least = _least(changes[cards[number]], since=began - SLACK_SECONDS, until=ended + SLACK_SECONDS)
            if least >= cents:
                problems.append(f"till {till.code}: {cents} were refused of card {cards[number]}, which had {least}")
    return problems


def _changes(entries: Sequence[Any], holds: Sequence[Any]) -> dict[int, list[tuple[float, int]]]:
    """Give, by card, the moments at which more or less of it could be spent, in order."""
    changes: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)
    for entry in entries:
        if entry["seq"] == 1:
            changes[entry["card_id"]].append((0.0, entry["credit_limit"]))
        changes[entry["card_id"]].append((entry["at"], entry["amount"]))
    for hold in holds:
        changes[hold["card_id"]].append((hold["began"], -hold["amount"]))
        changes[hold["card_id"]] += [] if hold["ended"] is None else [(hold["ended"], hold["amount"])]
    return defaultdict(list, {card_id: sorted(of_card) for card_id, of_card in changes.items()})


def _least(changes: Sequence[tuple[float, int]], *, since: float, until: float) -> int:
    """Give the least that could be spent between two moments."""
    least = now = sum(amount for at, amount in changes if at < since)
    for at, amount in changes:
        if since <= at <= until:
            now += amount
            least = min(least, now)
    return least


async def nothing_is_reversed_twice(connection: asyncpg.Connection, _: Evidence) -> list[str]:
    """I6: a receipt is reversed at most once, and no more is returned than was sold."""
    return [row[0] for query in (_TWICE_REVERSED, _TOO_MUCH_RETURNED) for row in await connection.fetch(query)]


async def order_does_not_matter(connection: asyncpg.Connection, evidence: Evidence) -> list[str]:
    """I7: turnover, money and points of each card are what its documents give as a set, in whatever order they came."""
    cards = {row["card_id"]: row for row in await connection.fetch(_CARDS)}
    numbers = {row["number"]: row["card_id"] for row in await connection.fetch(_NUMBERS)}
    due: dict[str, defaultdict[int, int]] = {name: defaultdict(int) for name in ("turnover", "balance", "points")}
    for account, openings in evidence.openings.items():
        for number, amount in openings.items():
            due[account][_last(cards, numbers[number])] += amount
    documents = {row["uid"]: row for row in await connection.fetch(_DOCUMENTS)}
    for document in documents.values():
        if document["state"] == "posted":
            _add(due, document, cards=cards, numbers=numbers, documents=documents)
    return [
        f"card {card_id}: its {name} is {card[name]}, its documents give {due[name][card_id]}"
        for card_id, card in cards.items()
        for name in due
        if card[name] != due[name][card_id]
    ]


def _add(
    due: dict[str, defaultdict[int, int]],
    document: Any,
    *,
    cards: dict[int, Any],
    numbers: dict[str, int],
    documents: dict[str, Any],
) -> None:
    """Add what a posted receipt gives: what its lines and payments say, whatever came before or after it."""
    sign = 1 if document["kind"] == "sale" else -1
    for card_id, amount in _paid_by_cards(document["payments"], numbers):
        due["balance"][_last(cards, card_id)] -= sign * amount
    if document["card_id"] == 0:
        return
    card_id = _last(cards, document["card_id"])
    due["balance"][card_id] += sign * int(document["topped_up"] or 0)
    if not _NO_TURNOVER & set(document["flags"]):
        due["turnover"][card_id] += sign * int(document["goods"] or 0)
        sold = documents.get(document["original_uid"], document)
        if cards[card_id]["code"] == "POINTS":
            due["points"][card_id] += sign * (int(sold["goods"] or 0) // 100)


def _paid_by_cards(payments: str, numbers: dict[str, int]) -> Iterable[tuple[int, int]]:
    for payment in json.loads(payments):
        if payment["kind"] == "card":
            yield numbers[payment["card"]], payment["amount"]


def _last(cards: dict[int, Any], card_id: int) -> int:
    """Give the last card of a chain of replacements."""
    successor = cards[card_id]["successor_id"]
    return card_id if successor is None else _last(cards, successor)


async def tiers_are_right(connection: asyncpg.Connection, evidence: Evidence) -> list[str]:
    """I8: the stored percent is that of the turnover: now where postings decide, else as of the moment of the last run."""
    at_once = [
        (row["code"], row["card_id"], row["own_percent"], row["turnover"])
        for row in await connection.fetch(_CARDS)
        if row["code"] == "CLIMBER" and row["version"]
    ]
    runs = [tuple(row) for row in await connection.fetch(_AS_OF_RUN)]
    problems = [] if runs else ["no run of rules was found"]
    for code, card_id, percent, turnover in [*at_once, *runs]:
        tiers = evidence.tiers[code]
        _, expected = tiers[bisect_right([least for least, _ in tiers], max(0, turnover)) - 1]
        if percent != expected:
            problems.append(f"card {card_id} of {code}: {percent} is stored, a turnover of {turnover} gives {expected}")
    return problems
