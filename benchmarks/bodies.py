"""Requests of tills as ready bytes: what the load driver sends.

Key idea: goods are made and priced once, by the service's own rules; a request then costs one formatting of bytes,
because all that differs from the one before is its UUID, number, card and which basket it holds. So the driver stays
out of the way of what it measures, and the service raises no flag on a discount.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import count
from random import Random
from typing import Literal
from uuid import UUID

from msgspec import Struct

from loyalty.money import PRICE, QUANTITY, WHOLE, line_gross
from loyalty.pricing.calculate import calculate
from loyalty.pricing.model import Line, PriceRules

Kind = Literal["health", "lookup", "calculate", "post", "batch"]

LINES = 20
BASKETS = 256
ARTICLES = 3_000
GROUPS = 40
PERCENT = WHOLE // 10
CURRENCY_PLACES = 2
CARD_PREFIX = "290"
CARD_DIGITS = 10
NUMBERS = 10**11  # a digit less than the shortest number of a payment card, for which every body is searched
SHIFTS = 2**31 - 1
_WORDS = ("Milk", "Bread", "Butter", "Apples", "Coffee", "Rice", "Soap", "Tea", "Flour", "Juice", "Cheese", "Pasta")
_SIZES = ("250 g", "500 g", "1 kg", "1 l", "330 ml", "6 pcs")


class Till(Struct, frozen=True):
    """A till that sends, with the token it shows."""

    store: str
    till: str
    token: str


class Basket(Struct, frozen=True):
    """Twenty lines as JSON: `asked` of a calculation, `closed` of a posting with its payments and total."""

    asked: bytes
    closed: bytes


def make_baskets(rng: Random) -> list[Basket]:
    """Make baskets of a shop whose articles, prices and quantities repeat as in real ones."""
    articles = [(number, rng.randrange(49, 4_999)) for number in range(1_000, 1_000 + ARTICLES)]
    return [_make_basket(rng, rng.sample(articles, LINES)) for _ in range(BASKETS)]


def _make_basket(rng: Random, articles: Sequence[tuple[int, int]]) -> Basket:
    goods, asked = [], []
    for line, (sku, cents) in enumerate(articles, 1):
        quantity = rng.choice(("1", "1", "2", "3", f"{rng.randrange(100, 2_000) / 1000:.3f}"))
        price = f"{cents // 100}.{cents % 100:02}"
        name = f"{_WORDS[sku % len(_WORDS)]} {_SIZES[sku % len(_SIZES)]}"
        amounts = QUANTITY.parse(quantity), PRICE.parse(price)
        goods.append(Line(line, str(sku), *amounts, line_gross(*amounts, CURRENCY_PLACES)))
        asked.append(
            f'{{"line":{line},"sku":"{sku}","name":"{name}","quantity":"{quantity}","price":"{price}",'
            f'"group":"{sku % GROUPS}"'
        )
    priced = calculate(goods, PriceRules("BENCH", PERCENT), at=datetime.now(UTC), places=CURRENCY_PLACES)
    closed = [
        f'{text},"discount":"{_money(line.discount)}","net":"{_money(line.net)}"}}'
        for text, line in zip(asked, priced.lines, strict=True)
    ]
    total = _money(priced.total)
    end = f'"payments":[{{"kind":"cash","amount":"{total}"}}],"total":"{total}"'
    return Basket(
        asked=f'"lines":[{",".join(text + "}" for text in asked)}]'.encode(),
        closed=f'"lines":[{",".join(closed)}],{end}'.encode(),
    )


def _money(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02}"


def card_number(counter: int) -> str:
    """Give the number of the card that was made with a counter from 1 on."""
    return f"{CARD_PREFIX}{counter:0{CARD_DIGITS}d}"


class Sender(Struct, frozen=True):
    """A till that sends at a moment of its own, with so many cards to choose from and receipts to a batch."""

    till: Till
    moment: str
    baskets: Sequence[Basket]
    cards: int
    per_batch: int


def make_requests(kind: Kind, sender: Sender, rng: Random) -> Iterator[bytes]:
    """Give requests of a kind without end, no two with the same UUID or number."""
    if kind == "health":
        return _repeat(_head("GET", "/v1/health", sender) + b"0\r\n\r\n")
    path, bodies = {
        "lookup": ("/v1/cards/lookup", _lookups(sender, rng)),
        "calculate": ("/v1/receipts/calculate", _calculations(sender, rng)),
        "post": ("/v1/receipts", _postings(sender, rng)),
        "batch": ("/v1/receipts/batch", _batches(sender, rng)),
    }[kind]
    return _framed(_head("POST", path, sender), bodies)


def _head(method: str, path: str, sender: Sender) -> bytes:
    lines = (
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {sender.till.token}",
        "Content-Type: application/json",
        "Content-Length: ",
    )
    return "\r\n".join(lines).encode()


def _repeat(request: bytes) -> Iterator[bytes]:
    while True:
        yield request


def _framed(head: bytes, bodies: Iterator[bytes]) -> Iterator[bytes]:
    for body in bodies:
        yield b"%b%d\r\n\r\n%b" % (head, len(body), body)


def _lookups(sender: Sender, rng: Random) -> Iterator[bytes]:
    while True:
        yield b'{"number":"%b"}' % _any_card(sender, rng)


def _calculations(sender: Sender, rng: Random) -> Iterator[bytes]:
    body = (
        f'{{"receipt_uid":"%b","kind":"sale","store":"{sender.till.store}","till":"{sender.till.till}","cashier":"5",'
        f'"at":"{sender.moment}","card":{{"number":"%b"}},%b}}'
    ).encode()
    while True:
        yield body % (_uid(rng), _any_card(sender, rng), rng.choice(sender.baskets).asked)


def _postings(sender: Sender, rng: Random) -> Iterator[bytes]:
    moment = sender.moment
    body = (
        f'{{"receipt_uid":"%b","kind":"sale","status":"complete","store":"{sender.till.store}",'
        f'"till":"{sender.till.till}","shift":{rng.randrange(SHIFTS)},"number":"%011d","business_date":"{moment[:10]}",'
        f'"closed_at":"{moment}","priced_at":"{moment}","cashier":"5","offline":false,'
        '"card":{"number":"%b","entry":"scanned"},%b}'
    ).encode()
    for number in count(rng.randrange(NUMBERS // 2)):
        yield body % (_uid(rng), number, _any_card(sender, rng), rng.choice(sender.baskets).closed)


def _batches(sender: Sender, rng: Random) -> Iterator[bytes]:
    postings = _postings(sender, rng)
    while True:
        yield b'{"receipts":[%b]}' % b",".join([next(postings) for _ in range(sender.per_batch)])


def _any_card(sender: Sender, rng: Random) -> bytes:
    return b"%b%010d" % (CARD_PREFIX.encode(), int(rng.random() * sender.cards) + 1)


def _uid(rng: Random) -> bytes:
    return str(UUID(int=rng.getrandbits(128), version=4)).encode()
