"""Parties as the tests of their routes want them."""

from typing import Any  # JSON bodies are free in their values

from tests.api.rest.shop import Shop


async def make(shop: Shop, name: str = "Lantern Coffee", **more: Any) -> int:
    """Make a company, or what is asked for, and give its identifier."""
    body = {"name": name, "legal_status": "limited_company", **more}
    answer = await shop.admin.post("/v1/parties", json=body)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["party_id"])


async def read(shop: Shop, party_id: int) -> dict[str, Any]:
    """Read a party."""
    answer = await shop.admin.get(f"/v1/parties/{party_id}")
    assert answer.status_code == 200, answer.text
    party: dict[str, Any] = answer.json()
    return party


async def add(shop: Shop, party_id: int, part: str, **body: Any) -> int:
    """Add a part, such as one of `contacts`, and give its identifier."""
    answer = await shop.admin.post(f"/v1/parties/{party_id}/{part}", json=body)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


async def put(shop: Shop, party_id: int, part: str, part_id: int, **body: Any) -> None:
    """Write a part anew as somebody who saw the newest version."""
    version = (await read(shop, party_id))["version"]
    answer = await shop.admin.put(f"/v1/parties/{party_id}/{part}/{part_id}", json={"version": version, **body})
    assert answer.status_code == 200, answer.text


async def find(shop: Shop, **query: str) -> list[str]:
    """Name the parties that a list holds."""
    answer = await shop.admin.get("/v1/parties", params=query)
    assert answer.status_code == 200, answer.text
    return [party["name"] for party in answer.json()["parties"]]
