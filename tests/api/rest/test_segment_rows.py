"""Segments over the API, row by row: by what cards say and by the shop's own attributes, wherever parties are meant."""

from typing import Any  # JSON bodies are free in their values

from tests.api.rest.people import make
from tests.api.rest.shop import Shop, make_line, new_code
from tests.conftest import Caller


async def segment(shop: Shop, field: str, operator: str, *operands: str) -> int:
    """Make a segment by one condition."""
    tree = {"is": "filter", "field": field, "operator": operator, "operands": operands}
    answer = await shop.admin.post("/v1/segments", json={"name": new_code("Segment"), "definition": tree})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["segment_id"])


async def members(shop: Shop, segment_id: int) -> list[int]:
    """Give who is in a segment now."""
    answer = await shop.admin.get(f"/v1/segments/{segment_id}/parties")
    return [one["party_id"] for one in answer.json()["parties"]]


async def listed(shop: Shop, segment_id: int) -> list[int]:
    """Give whom the list of parties shows by a segment."""
    answer = await shop.admin.get("/v1/party-list", params={"where": f"segment~any_of~{segment_id}"})
    assert answer.status_code == 200, answer.text
    return [one["party_id"] for one in answer.json()["parties"]]


async def test_segment_by_tier_and_turnover_follows_the_cards(shop: Shop) -> None:
    """BG-30: nobody puts anybody into it; a receipt and a move to another series do."""
    silver, gold = await shop.put_series(), await shop.put_series()
    card, anna = await shop.make_card(silver), await make(shop, legal_status="natural_person")
    await shop.admin.patch(f"/v1/cards/{card.id}", json={"holder_id": anna})
    tier = await segment(shop, "card", "held", gold, "", "")
    buyers = {"is": "filter", "field": "turnover", "operator": "at_least", "operands": ["50.00"]}
    held = {"is": "filter", "field": "card", "operator": "held", "operands": [silver, "", ""]}
    definition = {"is": "all", "of": [held, buyers]}

    async def bought() -> int:
        answer = await shop.admin.post("/v1/segments/count", json={"definition": definition})
        return int(answer.json()["count"])

    before = (await bought(), await members(shop, tier))
    await shop.sell(make_line(price="60.00"), card=card.ref)
    sold = (await bought(), await members(shop, tier))
    moved = await shop.admin.patch(f"/v1/cards/{card.id}", json={"series": gold})

    assert moved.status_code == 200, moved.text
    assert (before, sold, (await bought(), await members(shop, tier))) == ((0, []), (1, []), (0, [anna]))
    assert await listed(shop, tier) == [anna]


async def test_attribute_of_the_shop_makes_a_group_for_lists_mailings_and_reports(caller: Caller) -> None:
    """BG-32: of whom it is said alone, and of nobody any more when it is taken back."""
    shop = Shop(caller, await caller.as_role("admin"), "")
    made = {"directory": "party", "kind": "yes_no", "code": "wholesale", "names": {"en": "Wholesale"}}
    assert (await shop.admin.post("/v1/attributes", json=made)).status_code == 201
    mill, card = await make(shop, "Mill"), await shop.make_card()
    await make(shop, "Bakery")
    await shop.admin.patch(f"/v1/cards/{card.id}", json={"holder_id": mill})
    said = await shop.admin.patch(f"/v1/parties/{mill}/attributes", json={"values": {"wholesale": True}})
    group = await segment(shop, "party.wholesale", "is", "yes")
    mailing: dict[str, Any] = {"name": "Prices", "kind_id": 3, "audience": {"segments": [group]}}
    await shop.admin.post("/v1/mailings", json=mailing)

    named = (await shop.admin.get("/v1/mailings/1/count")).json()
    report = await shop.admin.get("/v1/reports/turnover-bands", params={"where": "party.wholesale is yes"})

    assert said.status_code == 200, said.text
    assert (await members(shop, group), await listed(shop, group)) == ([mill], [mill])
    assert (named["named"], named["left_out"]) == (1, {"no_address": 1})
    assert sum(one["cards"] for one in report.json()["groups"][0]["bands"]) == 1
    await shop.admin.patch(f"/v1/parties/{mill}/attributes", json={"values": {"wholesale": False}})
    assert (await members(shop, group), await listed(shop, group)) == ([], [])
