"""What the driver sends is what tills send: balanced, priced by the service's own rules, never the same twice."""

from itertools import islice
from random import Random

import msgspec
import pytest

from benchmarks.bodies import (
    CURRENCY_PLACES,
    LINES,
    PERCENT,
    Kind,
    Sender,
    Till,
    card_number,
    make_baskets,
    make_requests,
)
from loyalty.money import Currency
from loyalty.payment_cards import find_payment_cards
from loyalty.pricing.model import PriceRules
from loyalty.receipts.checks import check_balanced, has_own_discount
from pos_adapter.parsing import parse_posting
from pos_adapter.protocol import Calculation, Posting, RawBatch

EUR = Currency("EUR", CURRENCY_PLACES)


def bodies_of(kind: Kind, count: int, *, seed: int = 5) -> list[bytes]:
    rng = Random(seed)  # repeatable bodies, not secrets
    sender = Sender(Till("0001", "1", "tc_x"), "2026-11-22T10:00:00+00:00", make_baskets(rng), cards=50, per_batch=3)
    requests = list(islice(make_requests(kind, sender, rng), count))
    parts = [request.partition(b"\r\n\r\n") for request in requests]
    assert all(head.endswith(b"Content-Length: %d" % len(body)) for head, _, body in parts)
    return [body for _, _, body in parts]


def test_posted_receipts_balance_and_carry_the_discount_of_their_card() -> None:
    for body in bodies_of("post", 40):
        receipt = parse_posting(msgspec.json.decode(body, type=Posting), CURRENCY_PLACES, EUR.scale)
        check_balanced(receipt)
        assert len(receipt.lines) == LINES
        assert has_own_discount(
            receipt.lines, PriceRules("BENCH", PERCENT), at=receipt.closed_at, places=CURRENCY_PLACES
        )


def test_no_two_receipts_have_the_same_uid_or_number() -> None:
    postings = [msgspec.json.decode(body, type=Posting) for body in bodies_of("post", 200)]
    assert len({posting.receipt_uid for posting in postings}) == len(postings)
    assert len({posting.number for posting in postings}) == len(postings)


def test_no_body_is_taken_for_a_payment_card() -> None:
    for body in bodies_of("post", 300) + bodies_of("calculate", 300):
        assert find_payment_cards(body.decode(), own_prefixes=()) == []


def test_calculations_ask_for_twenty_lines_and_a_card_of_the_shop() -> None:
    numbers = {card_number(counter) for counter in range(1, 51)}
    for body in bodies_of("calculate", 40):
        asked = msgspec.json.decode(body, type=Calculation)
        assert len(asked.lines) == LINES
        assert asked.card is not None
        assert asked.card.number in numbers


def test_batch_holds_as_many_receipts_as_it_should() -> None:
    (body,) = bodies_of("batch", 1)
    batch = msgspec.json.decode(body, type=RawBatch)
    assert len({msgspec.json.decode(raw, type=Posting).receipt_uid for raw in batch.receipts}) == 3


@pytest.mark.parametrize("kind", ["lookup", "calculate", "post", "batch"])
def test_same_seed_and_moment_give_the_same_bytes_again(kind: Kind) -> None:
    assert bodies_of(kind, 3) == bodies_of(kind, 3)
    assert bodies_of(kind, 3) != bodies_of(kind, 3, seed=6)
