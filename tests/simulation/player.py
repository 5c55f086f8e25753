"""Plays random acts of a shop on a service and on the model, and compares the answers one by one."""

from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple  # Any: JSON bodies are free in their values
from uuid import UUID, uuid4

from api.state import Service
from database.activity import Act
from loyalty.accounts.holds import AskedHold, expire_due_holds, place_hold, release_hold
from loyalty.accounts.moves import Move, move
from loyalty.accounts.points import expire_points
from loyalty.cards.model import Card
from loyalty.cards.replacing import Replace, replace_card
from loyalty.errors import LoyaltyError
from loyalty.money import ONE_UNIT
from loyalty.pricing.points import PointsRules
from loyalty.receipts.documents import DocumentContent, delete_document, put_document
from loyalty.receipts.parked import list_arrived_voids, list_resolvable
from loyalty.receipts.voids import void_receipt
from tests.conftest import ACT
from tests.factories import make_receipt
from tests.loyalty.receipts.posting import make_card, read_card, try_post
from tests.services import Two
from tests.simulation.facts import Fact, Line
from tests.simulation.holds import Hold
from tests.simulation.model import Books
from tests.simulation.points import VALUE, left_on

CREDIT = range(4)
BONUS = range(4, 6)
CARDS = len(CREDIT) + len(BONUS)
DAYS = ("2026-10-25", "2026-11-08", "2026-11-13", "2026-11-14", "2026-11-22", "1999-12-31")
"""On the third the points of the first may be spent for the last time, on the fourth no more."""
LOOKS = (date(2026, 11, 27), date(2026, 11, 28))
"""The last day of the points of the second, and the day on which they have expired."""
RULES = PointsRules(per_money=3 * ONE_UNIT // 2, per_unit=ONE_UNIT // 7, value=VALUE, lifetime="P20D")
CENTURY = timedelta(days=36_500)


class Sale(NamedTuple):
    """A sale that was thought of: what is sent, and what the model makes of it."""

    body: dict[str, Any]
    fact: Fact


class Paper(NamedTuple):
    """A document that was thought of: what is sent, and the card with the amount that the model makes of it."""

    content: DocumentContent
    carries: tuple[int | None, int]


def money(minor: int) -> str:
    """Write an amount."""
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02}"


class Player:
    """Two services, the model, and the randomness of the run."""

    def __init__(self, services: Two, rng: Random, cards: list[Card], start: list[int]) -> None:
        self.services = services
        self.rng = rng
        self.cards = cards
        self.bearers = list(cards)
        self.books = Books(start)

    @property
    def service(self) -> Service:
        """One of the two, as it comes."""
        return self.rng.choice(self.services)

    def think_of_sale(self, *, is_offline: bool | None = None) -> Sale:
        """Make up a sale, with or without card, top-ups and payments by card."""
        rng = self.rng
        card = rng.choice([None, *range(CARDS)])
        lines: list[Line] = []
        shown = []
        for number in range(1, rng.randint(2, 4)):
            quantity, price = rng.randint(1, 4), rng.randint(1, 900)
            discount = rng.choice([0, rng.randint(0, quantity * price)])
            is_top_up = card in CREDIT and rng.random() < 0.15
            lines.append((f"A{number}", quantity, quantity * price - discount, is_top_up))
            shown.append(_line(number, quantity=quantity, price=price, discount=discount, top_up=is_top_up))
        total = sum(net for _, _, net, _ in lines)
        day = rng.choice(DAYS)
        fact = Fact(card, lines, self._top_ups(card, lines), day=date.fromisoformat(day))
        payments = self._pay(total, fact, most_by_points=rng.choice([0, 500, total]))
        offline = rng.random() < 0.2 if is_offline is None else is_offline
        body = make_receipt(*shown, total=money(total), payments=payments, offline=offline)
        return Sale(body | {"card": self._ref(card), "business_date": day}, fact)

    def think_of_return(self, sale: Sale, *, most: dict[str, int] | None = None) -> Sale:
        """Make up a return of some goods of a sale, perhaps of more than is left unless `most` says how many."""
        rng = self.rng
        lines: list[Line] = []
        shown = []
        sold = sale.body["lines"]
        for (sku, quantity, net, is_top_up), line in rng.sample(
            list(zip(sale.fact.lines, sold, strict=True)), rng.randint(1, len(sold))
        ):
            back = rng.randint(0, (most or {}).get(sku, quantity if most is None else 0))
            given = net * back // quantity
            price = round(float(line["price"]) * 100)
            lines.append((sku, back, given, is_top_up))
            number = rng.choice([None, line["line"]])
            shown.append(
                _line(line["line"], quantity=back, price=price, discount=back * price - given, original_line=number)
            )
        total = sum(net for _, _, net, _ in lines)
        moves = {card: -amount for card, amount in self._top_ups(sale.fact.card, lines).items()}
        day = rng.choice(DAYS)
        fact = Fact(None, lines, moves, sale=sale.body["receipt_uid"], day=date.fromisoformat(day))
        payments = self._pay_back(total, fact, sale.fact)
        named = {name: sale.body[name] for name in ("store", "till", "shift", "number")}
        original = rng.choice([named, {"receipt_uid": sale.body["receipt_uid"]}])
        body = make_receipt(*shown, total=money(total), payments=payments, kind="return", original=original)
        return Sale(body | {"business_date": day}, fact)

    async def post(self, body: dict[str, Any]) -> str:
        """Post to one of the services; the code for a limit is that for a balance here."""
        return await try_post(self.service, body)

    async def void(self, uid: str, void_uid: UUID | None = None) -> str:
        """Void at one of the services."""
        try:
            voided = await self.service.database.run(
                void_receipt, UUID(uid), void_uid=void_uid or uuid4(), reason="x", only_for=None, act=ACT
            )
        except LoyaltyError as refused:
            return refused.code
        return voided.state

    def think_of_document(self) -> Paper:
        """Make up what a document may say: for any card or none, of any day, perhaps a draft."""
        rng = self.rng
        card, total = rng.choice([None, *range(CARDS)]), rng.randint(-5_000, 5_000)
        kind, status = rng.choice(["sale", "return", "adjustment", "order"]), rng.choice(["posted", "posted", "draft"])
        day = date.fromisoformat(rng.choice(DAYS))
        content = DocumentContent(kind, "1", day, status, None, self._number(card), total, [], None)
        carries = {"sale": total, "adjustment": total, "return": -total}.get(kind, 0) if status == "posted" else 0
        return Paper(content, (card, carries))

    async def send_document(self, uid: UUID, paper: Paper, version: int) -> str:
        """Put a version of a document at one of the services."""
        _, is_new = await self.service.database.run(put_document, uid, paper.content, version=version, act=ACT)
        return "new" if is_new else "known"

    async def put_document(self, uid: UUID, version: int) -> None:
        """Put, edit, move or delete a document, in the service and in the model."""
        paper = self.think_of_document()
        await self.send_document(uid, paper, version)
        is_deleted = self.rng.random() < 0.15
        if is_deleted:
            await self.service.database.run(delete_document, uid, act=ACT)
        self.books.documents[str(uid)] = (paper.carries[0], 0) if is_deleted else paper.carries

    async def replace(self, card: int, by: Card) -> str:
        """Replace a card by a fresh one; whoever asks for its figures is given those of the other from now on."""
        asked = Replace(self.cards[card].card_id, by.number, UUID(int=by.card_id))
        _, is_new = await self.service.database.run(replace_card, asked, act=ACT)
        self.bearers[card] = by
        return "new" if is_new else "known"

    async def sweep(self) -> None:
        """Do what the worker does: unpark returns and voids whose receipts came in the same moment."""
        service = self.services[0]
        for uid in await service.database.run(list_resolvable, limit=10_000):
            await service.flights.unpark(uid)
        for void in await service.database.run(list_arrived_voids, limit=10_000):
            await self.void(str(void.receipt_uid), void.void_uid)

    async def hold(self, uid: str, hold: Hold) -> str:
        """Keep money of a card for a receipt, at one of the services."""
        number = self.cards[hold.card].number
        asked = AskedHold(UUID(uid), number, hold.amount, UUID(hold.receipt), None, None)
        try:
            placed = await self.service.database.run(place_hold, asked, lifetime=CENTURY, act=ACT)
        except LoyaltyError as refused:
            return refused.code
        return "new" if placed.is_new else "known"

    async def release(self, uid: str) -> str:
        """Give back what a hold keeps, at one of the services."""
        try:
            await self.service.database.run(release_hold, UUID(uid), only_for=None, act=ACT)
        except LoyaltyError as refused:
            return refused.code
        return "released"

    async def pass_time(self, card: int) -> None:
        """Let the time of a card's holds be over, and the worker come by."""
        much_later = Act("test", ACT.at + 2 * CENTURY)
        await self.service.database.run(expire_due_holds, self.cards[card].card_id, act=much_later)
        self.books.holds.pass_time(card)

    async def look(self, day: date) -> str:
        """Let the worker take expired points off, in two portions that others may get between."""
        for card in BONUS:
            expiring = [self.cards[card].card_id]
            await self.service.database.run(expire_points, expiring, today=day, uid=uuid4(), act=ACT)
        return "looked"

    async def left_points(self, day: date) -> list[int]:
        """Give the points of every bonus card after the worker took off what had expired by a day."""
        await self.look(day)
        return [(await read_card(self.services[0], self.cards[card])).points for card in BONUS]

    async def figures(self) -> list[tuple[int, int, int]]:
        """Give the turnover, purchases and balance of every card."""
        now = [await read_card(self.services[0], card) for card in self.bearers]
        return [(card.turnover, card.purchases, card.balance) for card in now]

    def expected(self) -> list[tuple[int, int, int]]:
        """Give the same from the model."""
        return [self.books.figures(card) for card in range(CARDS)]

    def expected_points(self, day: date) -> list[int]:
        """Give what `left_points` must give."""
        return [left_on(self.books.facts, card, day) for card in BONUS]

    def _top_ups(self, card: int | None, lines: list[Line]) -> dict[int, int]:
        amount = sum(net for _, _, net, is_top_up in lines if is_top_up)
        return {} if card is None or not any(line[3] for line in lines) else {card: amount}

    def _pay(self, total: int, fact: Fact, *, most_by_points: int, payers: range = range(CARDS)) -> list[Any]:
        """Split a total over cash and perhaps a card's money or points; the fact is told what a card pays."""
        fact.payer = self.rng.choice([None, *payers])
        most = total if fact.payer in CREDIT else min(total, most_by_points)
        if fact.payer is None or most <= 0:
            fact.payer = None
            return [{"kind": "cash", "amount": money(total)}]
        part = self.rng.randint(1, most)
        if fact.payer in CREDIT:
            fact.money[fact.payer] = fact.money.get(fact.payer, 0) + (part if fact.sale else -part)
        else:
            fact.by_points = part = part if self.rng.random() < 0.2 else part // VALUE * VALUE
        by_card = {"kind": "card" if fact.payer in CREDIT else "points", "amount": money(part)}
        return [by_card | {"card": self._ref(fact.payer)}, {"kind": "cash", "amount": money(total - part)}]

    def _pay_back(self, total: int, fact: Fact, sale: Fact) -> list[Any]:
        """Give the money of a return back in cash or to a card: of points no more than paid for the sale, if any did."""
        others = [one for one in self.books.facts.values() if one.sale == fact.sale and one.payer == sale.payer]
        left = sale.by_points - sum(one.by_points for one in others)
        if sale.by_points >= VALUE:  # to the card whose points paid, or to one that has none to do with it
            return self._pay(total, fact, most_by_points=left, payers=range(sale.payer or 0, (sale.payer or 0) + 1))
        return self._pay(total, fact, most_by_points=50)

    def _ref(self, card: int | None) -> dict[str, str] | None:
        return None if card is None else {"number": self.cards[card].number}

    def _number(self, card: int | None) -> str | None:
        return None if card is None else self.cards[card].number


def _line(number: int, *, quantity: int, price: int, discount: int, **more: Any) -> dict[str, Any]:
    net = quantity * price - discount
    fixed = {"line": number, "sku": f"A{number}", "quantity": str(quantity), "price": money(price)}
    return fixed | {"discount": money(discount), "net": money(net)} | more


async def start_player(services: Two, rng: Random, *, balance: int) -> Player:
    """Make the cards of a run, with so much money on each."""
    cards = [await make_card(services[0], kind="credit") for _ in CREDIT]
    for card in cards:
        top_up = Move("top_up", card.card_id, "money", balance, None, uuid4())
        await services[0].database.run(move, top_up, act=ACT)
    cards += [await make_card(services[0], kind="bonus", points=RULES) for _ in BONUS]
    return Player(services, rng, cards, [balance if number in CREDIT else 0 for number in range(CARDS)])
