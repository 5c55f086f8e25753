"""Random histories of a shop against the model: every answer, and at the end every figure and every rule of the books.

SIMULATION_STEPS makes a run longer; TEST_SEED repeats one.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from functools import partial
from random import Random
from typing import Any  # JSON bodies are free in their values
from uuid import UUID, uuid4

from loyalty.accounts.verify import verify_ledgers
from tests.loyalty.receipts.posting import make_card
from tests.services import Two
from tests.simulation.books import broken_rules
from tests.simulation.holds import Hold
from tests.simulation.player import CREDIT, LOOKS, Player, Sale, start_player

STEPS = int(os.environ.get("SIMULATION_STEPS", "700"))
AT_ONCE = 24


class _Story:
    """What was sent so far, and what was only thought of."""

    def __init__(self) -> None:
        self.sales: list[Sale] = []
        self.unsent: list[Sale] = []
        self.suspended: list[Sale] = []
        self.returns: list[Sale] = []
        self.held: list[tuple[str, Sale]] = []
        self.known: list[dict[str, Any]] = []
        self.versions: dict[UUID, int] = {}


async def test_every_answer_and_every_figure_is_the_models(services: Two, rng: Random, database_url: str) -> None:
    """PAP-20, PAP-21, PAP-22."""
    player, story = await start_player(services, rng, balance=3_000), _Story()
    acts = [
        _sell,
        _sell,
        _sell_later,
        _suspend,
        _complete,
        _send_unsent,
        _give_back,
        _give_back,
        _void,
        _repeat,
        _document,
        _hold,
        _hold,
        _capture,
        _release,
        _pass_time,
        _look,
    ]

    for step in range(STEPS):
        act = rng.choice(acts)
        told, expected = await act(player, story)
        assert told == expected, f"step {step}: {act.__name__}"
        if step % 50 == 0:
            assert await player.figures() == player.expected(), f"step {step}: {act.__name__}"

    assert await player.figures() == player.expected()
    assert await broken_rules(database_url) == []
    assert (await services[0].database.run(verify_ledgers)).differences == []


async def _sell(player: Player, story: _Story) -> tuple[str, str]:
    return await _send(player, story, player.think_of_sale())


async def _send(player: Player, story: _Story, sale: Sale) -> tuple[str, str]:
    told = await player.post(sale.body)
    expected = player.books.sell(sale.body["receipt_uid"], sale.fact, is_offline=sale.body["offline"])
    if told == "new":
        story.sales.append(sale)
        story.known.append(sale.body)
    return told, expected


async def _sell_later(player: Player, story: _Story) -> tuple[str, str]:
    story.unsent.append(player.think_of_sale())
    return "", ""


async def _send_unsent(player: Player, story: _Story) -> tuple[str, str]:
    return await _send(player, story, story.unsent.pop()) if story.unsent else ("", "")


async def _suspend(player: Player, story: _Story) -> tuple[str, str]:
    sale, other = player.think_of_sale(), player.think_of_sale()
    names = {name: sale.body[name] for name in ("receipt_uid", "number")}
    story.suspended.append(sale)
    first = await player.post(other.body | names | {"status": "suspended"})
    second = await player.post(sale.body | {"status": "suspended", "payments": []})
    return f"{first} {second}", "new new"


async def _complete(player: Player, story: _Story) -> tuple[str, str]:
    return await _send(player, story, story.suspended.pop()) if story.suspended else ("", "")


async def _give_back(player: Player, story: _Story) -> tuple[str, str]:
    sales = story.sales + story.unsent + story.suspended
    if not sales:
        return "", ""
    back = player.think_of_return(player.rng.choice(sales[-12:]))
    told = await player.post(back.body)
    expected = player.books.give_back(back.body["receipt_uid"], back.fact)
    if told == "new":
        story.returns.append(back)
        story.known.append(back.body)
    return told, expected


async def _void(player: Player, story: _Story) -> tuple[str, str]:
    receipts = story.sales[-8:] + story.returns[-8:] + story.unsent[-2:]
    if not receipts:
        return "", ""
    uid = player.rng.choice(receipts).body["receipt_uid"]
    return await player.void(uid), player.books.void(uid)


async def _repeat(player: Player, story: _Story) -> tuple[str, str]:
    if not story.known:
        return "", ""
    body = player.rng.choice(story.known)
    told = await player.post(body)
    fact = player.books.facts[body["receipt_uid"]]
    if fact.state == "parked" and fact.sale in player.books.facts:
        player.books._settle(fact)
    return told, "known"


async def _hold(player: Player, story: _Story) -> tuple[str, str]:
    """Keep the money that a sale will want, or more, or less, which the sale names when it comes."""
    sale = player.think_of_sale(is_offline=False)
    card = sale.fact.payer
    if card is None or card not in CREDIT:
        return "", ""
    uid, paid = str(uuid4()), sale.body["payments"][0]
    amount = player.rng.choice([50, 400, round(float(paid["amount"]) * 100)])
    hold = Hold(card, amount, sale.body["receipt_uid"])
    paid["hold_uid"] = sale.fact.hold = uid
    told = await player.hold(uid, hold)
    expected = player.books.holds.place(uid, hold, available=player.books.room(hold.card))
    story.held.append((uid, sale))
    return told, expected


async def _capture(player: Player, story: _Story) -> tuple[str, str]:
    """Post a sale with its hold, now and then with another's."""
    if not story.held:
        return "", ""
    _, sale = story.held.pop(player.rng.randrange(len(story.held)))
    if story.held and player.rng.random() < 0.1:
        sale.body["payments"][0]["hold_uid"] = sale.fact.hold = player.rng.choice(story.held)[0]
    return await _send(player, story, sale)


async def _release(player: Player, _: _Story) -> tuple[str, str]:
    """Release a hold, whatever became of it."""
    placed = list(player.books.holds)
    if not placed:
        return "", ""
    uid = player.rng.choice(placed[-6:])
    return await player.release(uid), player.books.holds.release(uid)


async def _pass_time(player: Player, _: _Story) -> tuple[str, str]:
    await player.pass_time(player.rng.choice(CREDIT))
    return "", ""


async def _look(player: Player, _: _Story) -> tuple[str, str]:
    """Let the worker take off what expired, and look what is left."""
    day = player.rng.choice(LOOKS)
    return str(await player.left_points(day)), str(player.expected_points(day))


async def _document(player: Player, story: _Story) -> tuple[str, str]:
    uid = player.rng.choice([UUID(int=number) for number in range(1, 20)])
    story.versions[uid] = story.versions.get(uid, 0) + 1
    await player.put_document(uid, story.versions[uid])
    return "", ""


async def test_same_facts_in_any_order_and_repeated_end_in_the_same_books(
    services: Two, rng: Random, database_url: str
) -> None:
    """PAP-20, PAP-22: any order and any repetition of the same documents ends in the same turnover, balance and points.

    Documents come in any order of their versions, and late; two cards are replaced while all of it arrives, and the
    worker takes off expired points at any time.
    """
    player = await start_player(services, rng, balance=10_000_000)
    acts = _think_of_facts(player, STEPS // 6) + _think_of_documents(player, STEPS // 12)
    for card in (0, 1):
        successor = await make_card(services[0], kind="credit")
        acts.append(partial(player.replace, card, successor))
    acts += [partial(player.look, day) for day in LOOKS * 4]
    acts += rng.sample(acts, len(acts) // 3)
    rng.shuffle(acts)

    for start in range(0, len(acts), AT_ONCE):
        told = await asyncio.gather(*[act() for act in acts[start : start + AT_ONCE]])
        assert set(told) <= {"new", "known", "voided", "parked", "looked"}, told
    await player.sweep()

    assert await player.figures() == player.expected()
    assert await player.left_points(LOOKS[1]) == player.expected_points(LOOKS[1])
    assert await broken_rules(database_url) == []
    assert (await services[0].database.run(verify_ledgers)).differences == []


def _think_of_documents(player: Player, documents: int) -> list[Callable[[], Awaitable[str]]]:
    """Make up documents with several versions each, of which the highest counts whenever it comes."""
    acts: list[Callable[[], Awaitable[str]]] = []
    for number in range(1, documents + 1):
        uid = UUID(int=number)
        for version in range(1, player.rng.randint(2, 5)):
            paper = player.think_of_document()
            acts.append(partial(player.send_document, uid, paper, version))
            player.books.documents[str(uid)] = paper.carries
    return acts


def _think_of_facts(player: Player, sales: int) -> list[Callable[[], Awaitable[str]]]:
    """Make up facts that may come in any order: no more is returned than was sold, no sale with returns is voided."""
    acts: list[Callable[[], Awaitable[str]]] = []

    def add(receipt: Sale, *, is_voided: bool) -> None:
        uid = receipt.body["receipt_uid"]
        acts.append(lambda: player.post(receipt.body))
        if is_voided:
            player.books.void(uid)
            acts.append(lambda: player.void(uid, UUID(int=UUID(uid).int ^ 1)))

    for _ in range(sales):
        sale = player.think_of_sale(is_offline=True)
        player.books.sell(sale.body["receipt_uid"], sale.fact, is_offline=True)
        is_voided = player.rng.random() < 0.2
        left = {sku: quantity for sku, quantity, _, _ in sale.fact.lines}
        for _ in range(0 if is_voided else player.rng.choice([0, 0, 1, 2, 3])):
            back = player.think_of_return(sale, most=left)
            for sku, quantity, _, _ in back.fact.lines:
                left[sku] -= quantity
            player.books.give_back(back.body["receipt_uid"], back.fact)
            add(back, is_voided=player.rng.random() < 0.3)
        add(sale, is_voided=is_voided)
    return acts
