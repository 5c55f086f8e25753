"""What the shop of a campaign has before the first fault: cards of four kinds, people, a mailing, a clerk, a sealed day."""

from collections.abc import Sequence
from typing import Any, Final

import asyncpg
import httpx
from msgspec import Struct

from benchmarks.mailing_people import make_mailing
from tests.faults.register import Cards
from tests.faults.till import PURSE_MONEY, fill_card, make_cards, make_cards_of_shop
from tests.faults.whole.office import Person

MANY: Final = 16
LOST: Final = 3
SPARES: Final = 6
POINTS: Final = 500
ERASED: Final = ("Philippa Wolkenstein", "philippa.wolkenstein@faults.example", "+359888424242")
CLIMBER_RULES: Final = {
    "turnover": {
        "period": "lifetime",
        "at_posting": True,
        "entries": [
            {"from": "0.00", "to": "50.00", "set": "3.00"},
            {"from": "50.00", "to": "400.00", "set": "5.00"},
            {"from": "400.00", "set": "8.00"},
        ],
    }
}
GOLD_RULES: Final = {
    "turnover": {
        "period": "lifetime",
        "entries": [{"from": "0.00", "to": "100.00", "set": "10.00"}, {"from": "100.00", "set": "12.00"}],
    }
}
TIERS: Final = {
    "CLIMBER": [(0, 3_0000), (50_00, 5_0000), (400_00, 8_0000)],
    "GOLD": [(0, 10_0000), (100_00, 12_0000)],
}
GOLD: Final = {"name": "Gold", "number_template": "2904%08^", "kind": "discount", "discount_percent": "10.00"}

# Of those who are in the mailing's group every third agreed, every third took it back, and nobody asked the rest.
_AGREE: Final = """
    insert into subscription (party_id, kind_id, state, changed_at)
    select party_id, 1, case party_id % 3 when 0 then 'subscribed' else 'unsubscribed' end, now()
    from party_group where party_id % 3 < 2"""
_ADDRESSES: Final = """
    select c.value as address, coalesce(s.state = 'subscribed', false) as agreed from party_group g
    join party_contact c using (party_id) left join subscription s using (party_id)"""
_SEALABLE: Final = "update activity set at = at - interval '4 days'"


class Stock(Struct, frozen=True):
    """What there is: cards at the tills, cards that get lost, those that take the place of others, and who is mailed.

    `password` is that of somebody of the back office.
    """

    cards: Cards
    lost: list[int]
    spares: list[tuple[int, str]]
    person: Person
    password: str
    agreed: list[str]
    left_alone: list[str]

    @property
    def openings(self) -> dict[str, dict[str, int]]:
        """What cards began with."""
        cents = int(PURSE_MONEY.replace(".", ""))
        return {"balance": dict.fromkeys(self.cards.purses, cents), "points": dict.fromkeys(self.cards.points, POINTS)}


async def lay_in(
    http: httpx.AsyncClient, dsn: str, *, banks: Sequence[str], mail_port: int, letters: int, per_minute: int
) -> Stock:
    """Make it all over the API; the mailing alone begins with rows of its own."""
    found = await make_cards_of_shop(http, gold=MANY + LOST + 2 * SPARES, purses=MANY)
    points = await make_cards(http, "POINTS", MANY, kind="bonus", points={"per_money": "1.00"})
    for number in points:
        await fill_card(http, number, "adjust", ledger="points", amount=str(POINTS), reason="welcome")
    climbers = await make_cards(http, "CLIMBER", MANY, kind="discount")
    for code, rules in (("CLIMBER", CLIMBER_RULES), ("GOLD", GOLD_RULES)):
        assert (await http.put(f"/v1/series/{code}/rules", json=rules)).is_success
    spare, gold = found.gold[:SPARES], found.gold[SPARES:]
    person = await _make_person(http, gold[-1])
    agreed, left_alone = await _begin_mailing(dsn, letters=letters, port=mail_port, per_minute=per_minute)
    return Stock(
        cards=Cards([*gold, *climbers], found.purses, points, banks),
        lost=[await _find_card(http, number) for number in gold[:LOST]],
        spares=[(await _find_card(http, old), new) for old, new in zip(gold[LOST : LOST + SPARES], spare, strict=True)],
        person=person,
        password=await _make_user(http),
        agreed=agreed,
        left_alone=left_alone,
    )


async def _find_card(http: httpx.AsyncClient, number: str) -> int:
    return int((await http.post("/v1/cards/lookup", json={"number": number})).json()["card_id"])


async def _make_person(http: httpx.AsyncClient, number: str) -> Person:
    """Make somebody who will be erased, with a card that goes on being used."""
    name, address, phone = ERASED
    made = await http.post("/v1/parties", json={"name": name, "legal_status": "natural_person"})
    party: dict[str, Any] = made.json()
    for kind, value in (("email", address), ("phone", phone)):
        contact = {"kind": kind, "value": value}
        answer = await http.post(f"/v1/parties/{party['party_id']}/contacts", json=contact)
        assert answer.is_success, answer.text
    card_id = await _find_card(http, number)
    linked = await http.patch(f"/v1/cards/{card_id}", json={"holder_id": party["party_id"]})
    assert linked.is_success, linked.text
    return Person(party["party_id"], name, (name.split()[1], address, phone, phone.lstrip("+")))


async def _make_user(http: httpx.AsyncClient) -> str:
    """Make somebody of the back office; gives the password, which is told once."""
    made = await http.post("/v1/users", json={"login": "vera", "name": "Vera", "role": "clerk"})
    return str(made.json()["password"])


async def _begin_mailing(dsn: str, *, letters: int, port: int, per_minute: int) -> tuple[list[str], list[str]]:
    """Let a mailing begin that only goes to who agreed; gives the addresses of those, and of all others."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            mailing = await make_mailing(connection, recipients=letters * 3, port=port, connections=2)
            await connection.execute(
                "update mailing set kind_id = 1, rate_per_minute = $2 where id = $1", mailing, per_minute
            )
            await connection.execute(_AGREE)
        rows = await connection.fetch(_ADDRESSES)
        await connection.execute(_SEALABLE)
    finally:
        await connection.close()
    agreed = [row["address"] for row in rows if row["agreed"]]
    return agreed, [row["address"] for row in rows if not row["agreed"]]
