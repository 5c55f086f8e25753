"""Reads and writes of a flight of receipts, on a bare asyncpg connection inside the flight's transaction."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from loyalty.cards.model import Card, CardState, Catalogue
from loyalty.receipts import statements
from loyalty.receipts.facts import (
    AwaitedVoid,
    Facts,
    Known,
    ReceiptRow,
    Writes,
    open_account,
)
from loyalty.receipts.model import (
    FIXED_PRICE,
    GIFT,
    NO_DISCOUNT,
    TOP_UP,
    TOP_UP_TAKEN_BACK,
    Answer,
    Original,
    Receipt,
    ReceiptKind,
    ReceiptLine,
    ReceiptState,
)


class KeyRow(Struct, frozen=True, gc=False):
    """A row of receipt_key as JSON."""

    uid: UUID
    store: str
    till: str
    till_instance: str
    shift: int
    number: str
    kind: ReceiptKind
    receipt_id: int
    card_id: int
    business_date: date
    state: ReceiptState
    fingerprint: str
    answer: Answer


class OriginalRow(Struct, frozen=True, gc=False):
    """A sale that a return names, by its key."""

    uid: UUID
    store: str
    till: str
    shift: int
    number: str
    card_id: int
    receipt_id: int
    business_date: date
    state: ReceiptState


class Loaded(Struct, frozen=True):
    """What the load statement found; `card_ids` by kept number."""

    version: int
    is_awaited: bool
    card_ids: dict[str, int]
    cards: dict[int, Card]
    known: list[Known]

    def behind(self) -> frozenset[int]:
        """Give the successors of loaded cards, and the cards whose money they spend."""
        cards = self.cards.values()
        return frozenset(one for card in cards for one in (card.successor_id, card.account_id) if one is not None)


_card = msgspec.json.Decoder(Card)
_key = msgspec.json.Decoder(KeyRow)
_integer = msgspec.json.Decoder(int)
_truth = msgspec.json.Decoder(bool)
_void = msgspec.json.Decoder(AwaitedVoid)


async def load(
    connection: asyncpg.Connection, receipts: Sequence[tuple[Receipt, bytes]], *, further_cards: Sequence[int] = ()
) -> Loaded:
    """Find what is kept under receipts' names, and lock the cards that those of them speak of that are not known yet.

    Each receipt comes with its fingerprint.
    """
    numbers = [(number, receipt.uid, mark) for receipt, mark in receipts for number in receipt.numbers()]
    keys = [receipt.natural_key for receipt, _ in receipts]
    uids = [receipt.uid for receipt, _ in receipts]
    rows = await connection.fetch(statements.LOAD, *_columns(numbers, 3), list(further_cards), uids, *_columns(keys, 6))
    card_ids: dict[str, int] = {}
    cards: dict[int, Card] = {}
    known: list[Known] = []
    version, is_awaited = 0, False
    for what, name, data in rows:
        if what == "card":
            card = _card.decode(data)
            cards[card.card_id] = card
        elif what == "number":
            card_ids[name] = _integer.decode(data)
        elif what == "known":
            known.append(_known(_key.decode(data)))
        elif what == "version":
            version = _integer.decode(data)
        else:
            is_awaited = _truth.decode(data)
    return Loaded(version, is_awaited, card_ids, cards, known)


def _known(row: KeyRow) -> Known:
    key = (row.store, row.till, row.till_instance, row.shift, row.number, row.kind)
    return Known(
        uid=row.uid,
        receipt_id=row.receipt_id,
        card_id=row.card_id,
        business_date=row.business_date,
        state=row.state,
        fingerprint=bytes.fromhex(row.fingerprint[2:]),
        answer=row.answer,
        natural_key=key,
    )


def _columns(rows: Iterable[Sequence[object]], width: int) -> list[list[object]]:
    columns: list[list[object]] = [[] for _ in range(width)]
    for row in rows:
        for column, value in zip(columns, row, strict=True):
            column.append(value)
    return columns


def gather_facts(loaded: Loaded, catalogue: Catalogue, *, now: datetime) -> Facts:
    """Open the accounts of loaded cards; a card that shares another's account is led to it."""
    facts = Facts(
        catalogue=catalogue,
        now=now,
        card_ids=loaded.card_ids,
        accounts={card.card_id: open_account(card, catalogue.series[card.series_id]) for card in loaded.cards.values()},
        known={known.uid: known for known in loaded.known},
        known_natural={known.natural_key: known for known in loaded.known},
    )
    for account in facts.accounts.values():
        if account.card.account_id is not None:
            account.main = facts.bearer(facts.accounts[account.card.account_id])
    return facts


async def load_states(
    connection: asyncpg.Connection, card_ids: Sequence[int]
) -> dict[int, list[tuple[datetime, CardState]]]:
    """Load the histories of cards' states, oldest first."""
    histories: dict[int, list[tuple[datetime, CardState]]] = {}
    for card_id, since, state in await connection.fetch(statements.STATES, card_ids):
        histories.setdefault(card_id, []).append((since, state))
    return histories


def _original_columns(originals: Iterable[Original]) -> list[list[object]]:
    named = [original for original in originals if original.number is not None]
    return _columns([(o.store, o.till, o.shift, o.number) for o in named], 4)


async def find_originals(
    connection: asyncpg.Connection, originals: Sequence[Original], *, lock: bool
) -> dict[Original, OriginalRow]:
    """Find the sales that returns name, locked against other returns if asked to.

    Of several sales with one till's key (a re-imaged till) the latest is meant.
    """
    uids = [original.uid for original in originals if original.uid is not None]
    statement = statements.ORIGINALS if lock else statements.READ_ORIGINALS
    found = await connection.fetch(statement, uids, *_original_columns(originals))
    rows = sorted((OriginalRow(*row) for row in found), key=lambda row: row.business_date)
    by_name: dict[Original, OriginalRow] = {}
    for row in rows:
        by_name[Original(uid=row.uid)] = row
        by_name[Original(None, row.store, row.till, row.shift, row.number)] = row
    return {original: by_name[original] for original in originals if original in by_name}


async def load_awaited(
    connection: asyncpg.Connection, receipts: Sequence[Receipt]
) -> tuple[list[UUID], dict[UUID, AwaitedVoid]]:
    """Find the parked returns that wait for these receipts, and the voids that came before them."""
    sales = [receipt for receipt in receipts if receipt.kind == "sale"]
    keys = _columns([(sale.store, sale.till, sale.shift, sale.number) for sale in sales], 4)
    rows = await connection.fetch(statements.AWAITED, [receipt.uid for receipt in receipts], *keys)
    returns = [row["waiting_uid"] for row in rows if row["act"] == "return"]
    voids = {row["original_uid"]: _void.decode(row["detail"]) for row in rows if row["act"] == "void"}
    return returns, voids


async def take_receipt_ids(connection: asyncpg.Connection) -> int:
    """Take the next thousand receipt identifiers; gives the first of them."""
    return int(await connection.fetchval(statements.RECEIPT_IDS))


async def forget(connection: asyncpg.Connection, uids: Sequence[UUID]) -> None:
    """Remove suspended and parked receipts whose successors are about to be written, and what waited for them."""
    await connection.execute(statements.FORGET, uids)


async def activate(
    connection: asyncpg.Connection, activations: Sequence[tuple[int, date, date | None]], *, now: datetime, actor: str
) -> None:
    """Write first uses: card_id, day, last day of the term."""
    await connection.execute(statements.ACTIVATE, *_columns(activations, 3), now, actor)


async def save(
    connection: asyncpg.Connection, facts: Facts, writes: Writes, *, ids: Sequence[int], actors: dict[UUID, str]
) -> None:
    """Write all that a flight decided, in one statement."""
    touched = [account for account in facts.accounts.values() if account.is_touched]
    document = {
        "receipts": [
            _receipt_document(row, receipt_id, actors[row.receipt.uid], facts)
            for row, receipt_id in zip(writes.receipts, ids, strict=True)
        ],
        "lines": _line_columns(writes.receipts, ids),
        "entries": writes.entries,
        "days": [
            {"card_id": card_id, "day": day, "turnover": turnover, "receipts": receipts}
            for (card_id, day), (turnover, receipts) in writes.days.items()
        ],
        "accounts": [
            {
                "card_id": account.card.card_id,
                "turnover": account.turnover,
                "purchases": account.purchases,
                "balance": account.balance,
                "overdraft": account.overdraft,
                "version": account.version,
                "chain": account.chain,
            }
            for account in touched
        ],
        "awaited": [_awaited_document(receipt) for receipt in writes.parked],
    }
    await connection.execute(statements.SAVE, msgspec.json.encode(document), facts.now)


def _awaited_document(receipt: Receipt) -> dict[str, object]:
    original = receipt.original
    assert original is not None, "only a return that names its sale is parked"
    return {
        "waiting_uid": receipt.uid,
        "original_uid": original.uid,
        "store": original.store,
        "till": original.till,
        "shift": original.shift,
        "number": original.number,
    }


def _receipt_document(row: ReceiptRow, receipt_id: int, actor: str, facts: Facts) -> dict[str, object]:
    receipt = row.receipt
    void = facts.voids.get(receipt.uid)
    seldom: dict[str, object] = {} if row.points is None else {"points": row.points}
    if row.accounts:
        seldom["accounts"] = row.accounts
    return seldom | {
        "card_id": row.card_id,
        "business_date": receipt.business_date,
        "id": receipt_id,
        "uid": receipt.uid,
        "kind": receipt.kind,
        "state": row.answer.state,
        "store": receipt.store,
        "till": receipt.till,
        "till_instance": receipt.till_instance,
        "seq": receipt.seq,
        "shift": receipt.shift,
        "number": receipt.number,
        "closed_at": receipt.closed_at,
        "priced_at": receipt.priced_at,
        "cashier": receipt.cashier,
        "offline": receipt.offline,
        "card_number": receipt.card,
        "entry": receipt.entry,
        "calculation_id": receipt.calculation_id,
        "original_uid": row.original_uid,
        "original": receipt.original,
        "total": receipt.total,
        "purchases": row.purchases,
        "payments": receipt.payments,
        "flags": row.answer.flags,
        "fingerprint": "\\x" + row.fingerprint.hex(),
        "answer": row.answer,
        "void_uid": None if void is None else void.void_uid,
        "actor": actor,
    }


def _line_columns(rows: Sequence[ReceiptRow], ids: Sequence[int]) -> dict[str, object]:
    """Give the lines of all receipts by column; `receipt` is the place of a line's receipt among the rows, from 1.

    Numbers travel as array literals, which PostgreSQL reads at a third less cost than JSON lists, and a column that no
    line has a value in is left out.
    """
    lines = [(row, line) for row in rows for line in row.receipt.lines]
    goods = [line.goods for _, line in lines]
    columns: dict[str, object] = {
        "card_ids": _literal([row.card_id for row in rows]),
        "business_dates": [row.receipt.business_date for row in rows],
        "ids": _literal(ids),
        "receipt": _literal([place for place, row in enumerate(rows, 1) for _ in row.receipt.lines]),
        "line": _literal([item.line for item in goods]),
        "sku": [item.sku for item in goods],
        "name": [line.name for _, line in lines],
        "quantity": _literal([item.quantity for item in goods]),
        "price": _literal([item.price for item in goods]),
        "discount": _literal([line.discount for _, line in lines]),
        "net": _literal([line.net for _, line in lines]),
        "item_group": [item.group for item in goods],
    }
    seldom: dict[str, list[int | None]] = {
        "marks": [_marks(row, line) or None for row, line in lines],
        "original_line": [_original_line(row, line) for row, line in lines],
        "min_price": [item.min_price for item in goods],
        "max_discount_percent": [item.max_discount_percent for item in goods],
        "manual_discount_percent": [item.manual_discount_percent for item in goods],
    }
    return columns | {name: _literal(values) for name, values in seldom.items() if values.count(None) < len(values)}


def _literal(values: Sequence[int | None]) -> str:
    return "{" + msgspec.json.encode(values)[1:-1].decode() + "}"


def _marks(row: ReceiptRow, line: ReceiptLine) -> int:
    goods = line.goods
    return (
        (NO_DISCOUNT if goods.no_discount else 0)
        | (GIFT if goods.gift else 0)
        | (FIXED_PRICE if goods.fixed_price else 0)
        | (TOP_UP if goods.top_up else 0)
        | (TOP_UP_TAKEN_BACK if goods.line in row.top_up_lines else 0)
    )


def _original_line(row: ReceiptRow, line: ReceiptLine) -> int | None:
    """Keep the sold line that was found, so that later returns count it; else the one that the till named."""
    if row.original_lines is None:
        return line.original_line
    return row.original_lines.get(line.goods.line)
