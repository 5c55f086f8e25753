from httpx import AsyncClient

from tests.factories import make_line, make_receipt


async def test_repeated_receipt_is_answered_with_the_first_answer(admin: AsyncClient) -> None:
    """PAP-22: the same UUID with the same meaning counts once."""
    receipt = make_receipt(make_line(price="500.00"))

    first = await admin.post("/v1/receipts", json=receipt)
    again = await admin.post("/v1/receipts", json=receipt)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


async def test_other_content_under_the_same_uuid_is_a_conflict(admin: AsyncClient) -> None:
    receipt = make_receipt(make_line(price="500.00"))
    await admin.post("/v1/receipts", json=receipt)

    other = await admin.post("/v1/receipts", json=receipt | {"cashier": "6"})

    assert (other.status_code, other.json()["code"]) == (409, "receipt_conflict")
