"""What the back office asks about tills: receipts that they numbered and that are not here."""

from typing import Any  # JSON bodies are free in their values
from uuid import uuid4

from tests.api.rest.shop import Shop, make_receipt, new_code, refusal


async def post_numbered(shop: Shop, till: str, instance: str, *numbers: int) -> None:
    for number in numbers:
        await shop.sell(till=till, till_instance=instance, seq=number)


async def gaps_of(shop: Shop, till: str) -> list[tuple[str, int, int]]:
    answer = await shop.admin.get("/v1/tills/gaps", params={"since": "2026-11-01"})
    assert answer.status_code == 200, answer.text
    return [(gap["till_instance"], gap["first"], gap["last"]) for gap in answer.json()["gaps"] if gap["till"] == till]


async def test_gap_is_what_lies_between_two_numbers_of_one_installation(shop: Shop) -> None:
    till, first, second = new_code("T"), str(uuid4()), str(uuid4())
    await post_numbered(shop, till, first, 1, 2, 5, 6, 8)
    await post_numbered(shop, till, second, 1, 2)
    assert await gaps_of(shop, till) == [(first, 7, 7), (first, 3, 4)]


async def test_gap_closes_when_what_was_missing_arrives(shop: Shop) -> None:
    till, instance = new_code("T"), str(uuid4())
    await post_numbered(shop, till, instance, 1, 3)
    assert await gaps_of(shop, till) == [(instance, 2, 2)]
    await post_numbered(shop, till, instance, 2)
    assert await gaps_of(shop, till) == []


async def test_receipts_without_numbers_make_no_gaps(shop: Shop) -> None:
    till = new_code("T")
    for _ in range(2):
        await shop.sell(till=till)
    assert await gaps_of(shop, till) == []


async def test_till_set_up_anew_may_begin_its_numbers_again(shop: Shop) -> None:
    till = new_code("T")
    numbers: dict[str, Any] = {"shift": 1, "number": "1", "till": till}
    first = await shop.post(make_receipt(**numbers, till_instance=str(uuid4()), seq=1))
    second = await shop.post(make_receipt(**numbers, till_instance=str(uuid4()), seq=1))
    same = await shop.post(make_receipt(**numbers, till_instance=None, cashier="9"))
    clash = await shop.post(make_receipt(**numbers, till_instance=None, cashier="8"))
    assert [answer.status_code for answer in (first, second, same)] == [201, 201, 201]
    assert refusal(clash) == (409, "receipt_conflict")


async def test_till_itself_does_not_ask_for_gaps(shop: Shop) -> None:
    till = await shop.caller.as_role("till", store="0007", till="3")
    assert (await till.get("/v1/tills/gaps")).status_code == 403
