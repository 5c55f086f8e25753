"""Documents of sale and return: they carry turnover, are replaced and deleted, and every change is an entry."""

from typing import Any  # JSON bodies are free in their values

import pytest
from httpx import Response

from tests.api.rest.shop import Shop, ShopCard, new_uid, refusal

BODY = {"kind": "sale", "number": "INV-1", "date": "2026-11-22", "total": "100.00"}
ABSENT = object()


async def _put(shop: Shop, uid: str, **changes: Any) -> Response:
    body = {name: value for name, value in (BODY | changes).items() if value is not ABSENT}
    return await shop.admin.put(f"/v1/documents/{uid}", json=body)


async def _turnover(shop: Shop, card: ShopCard) -> str:
    return (await shop.figures(card))[0]


async def test_receipts_and_documents_make_the_turnover_together(shop: Shop) -> None:
    """PAP-22: receipts, sale documents and return documents."""
    card = await shop.make_card()
    await shop.sell(card=card.ref)

    await _put(shop, new_uid(), card=card.ref, total="30000.00")
    await _put(shop, new_uid(), card=card.ref, kind="return", total="5000.00")

    assert await _turnover(shop, card) == "25010.00"
    assert (await shop.look_up(card))["purchases"] == 1


@pytest.mark.parametrize(
    ("kind", "total", "turnover"),
    [
        ("sale", "100.00", "100.00"),
        ("return", "100.00", "-100.00"),
        ("adjustment", "100.00", "100.00"),
        ("adjustment", "-100.00", "-100.00"),
        ("order", "100.00", "0.00"),
        ("invoice", "100.00", "0.00"),
        ("payment", "100.00", "0.00"),
        ("delivery", "100.00", "0.00"),
        ("anything else", "100.00", "0.00"),
    ],
)
async def test_kind_of_a_document_says_what_it_carries(shop: Shop, kind: str, total: str, turnover: str) -> None:
    card = await shop.make_card()

    answer = await _put(shop, new_uid(), card=card.ref, kind=kind, total=total)

    assert (answer.status_code, answer.json()["turnover"], await _turnover(shop, card)) == (201, turnover, turnover)


@pytest.mark.parametrize(
    ("status", "turnover"),
    [("draft", "0.00"), ("cancelled", "0.00"), ("posted", "100.00"), (None, "100.00"), ("paid", "100.00")],
)
async def test_draft_and_cancelled_documents_carry_nothing(shop: Shop, status: str | None, turnover: str) -> None:
    card = await shop.make_card()

    await _put(shop, new_uid(), card=card.ref, status=status)

    assert await _turnover(shop, card) == turnover


async def test_repeated_document_changes_nothing(shop: Shop) -> None:
    card, uid = await shop.make_card(), new_uid()

    answers = [await _put(shop, uid, card=card.ref, lines=[{"sku": "A", "quantity": "2"}]) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert [tuple(row) for row in await shop.sql("select amount, after from ledger where source_uid = $1", uid)] == [
        (10000, 10000)
    ]


async def test_edit_moves_turnover_by_the_difference(shop: Shop) -> None:
    card, uid = await shop.make_card(), new_uid()
    await _put(shop, uid, card=card.ref)

    await _put(shop, uid, card=card.ref, total="130.00")
    await _put(shop, uid, card=card.ref, total="90.00")

    rows = await shop.sql("select amount, after, source from ledger where source_uid = $1 order by seq", uid)
    assert [tuple(row) for row in rows] == [
        (10000, 10000, "document"),
        (3000, 13000, "document"),
        (-4000, 9000, "document"),
    ]
    assert await _turnover(shop, card) == "90.00"


async def test_another_card_moves_the_whole(shop: Shop) -> None:
    one, two, uid = await shop.make_card(), await shop.make_card(), new_uid()
    await _put(shop, uid, card=one.ref)

    await _put(shop, uid, card=two.ref, total="120.00")

    assert [await _turnover(shop, card) for card in (one, two)] == ["0.00", "120.00"]
    await _put(shop, uid, card=None, total="120.00")
    assert [await _turnover(shop, card) for card in (one, two)] == ["0.00", "0.00"]


async def test_another_date_moves_the_turnover_of_the_days(shop: Shop) -> None:
    card, uid = await shop.make_card(), new_uid()
    await _put(shop, uid, card=card.ref)

    await _put(shop, uid, card=card.ref, date="2026-10-31")

    days = await shop.sql("select day::text as day, turnover from card_day where card_id = $1 order by day", card.id)
    assert [tuple(row) for row in days] == [("2026-10-31", 10000), ("2026-11-22", 0)]
    assert await _turnover(shop, card) == "100.00"


async def test_deleted_document_takes_back_what_it_carried_once(shop: Shop) -> None:
    card, uid = await shop.make_card(), new_uid()
    await _put(shop, uid, card=card.ref)

    deleted = [await shop.admin.delete(f"/v1/documents/{uid}") for _ in range(2)]

    assert [(answer.status_code, answer.json()["status"]) for answer in deleted] == [(200, "deleted")] * 2
    assert await _turnover(shop, card) == "0.00"
    assert refusal(await shop.admin.get(f"/v1/documents/{uid}")) == (404, "document_unknown")


async def test_lower_version_changes_nothing(shop: Shop) -> None:
    card, uid = await shop.make_card(), new_uid()
    await _put(shop, uid, card=card.ref, version=5)

    late = await _put(shop, uid, card=card.ref, version=4, total="1.00")

    assert (late.status_code, late.json()["total"], late.json()["version"]) == (200, "100.00", 5)
    assert await _turnover(shop, card) == "100.00"


async def test_same_version_with_other_content_is_a_conflict(shop: Shop) -> None:
    card, uid = await shop.make_card(), new_uid()
    await _put(shop, uid, card=card.ref, version=5)

    assert (await _put(shop, uid, card=card.ref, version=5)).status_code == 200
    other = await _put(shop, uid, card=card.ref, version=5, total="1.00")

    assert refusal(other) == (409, "document_conflict")
    assert await _turnover(shop, card) == "100.00"


async def test_same_content_in_another_spelling_is_no_conflict(shop: Shop) -> None:
    uid = new_uid()
    line = {"sku": "A", "quantity": "2", "price": "50", "net": "100"}
    await _put(shop, uid, version=5, lines=[line])

    again = await _put(
        shop, uid, version=5, total="100", lines=[line | {"quantity": "2.000", "price": "50.00", "name": None}]
    )

    assert again.status_code == 200


async def test_higher_version_replaces(shop: Shop) -> None:
    card, uid = await shop.make_card(), new_uid()
    await _put(shop, uid, card=card.ref, version=5)

    answer = await _put(shop, uid, card=card.ref, version=7, total="70.00")

    assert (answer.json()["version"], await _turnover(shop, card)) == (7, "70.00")


async def test_without_a_version_the_last_one_in_wins(shop: Shop) -> None:
    card, uid = await shop.make_card(), new_uid()
    for total in ("10.00", "30.00", "20.00"):
        await _put(shop, uid, card=card.ref, total=total)

    assert await _turnover(shop, card) == "20.00"


async def test_unversioned_edit_does_not_let_an_old_version_in(shop: Shop) -> None:
    card, uid = await shop.make_card(), new_uid()
    await _put(shop, uid, card=card.ref, version=5)
    await _put(shop, uid, card=card.ref, total="20.00")

    late = await _put(shop, uid, card=card.ref, version=4, total="1.00")

    assert (late.status_code, await _turnover(shop, card)) == (200, "20.00")
    await _put(shop, uid, card=card.ref, version=6, total="60.00")
    assert await _turnover(shop, card) == "60.00"


async def test_deleted_document_comes_again_with_a_higher_version_only(shop: Shop) -> None:
    card, uid = await shop.make_card(), new_uid()
    await _put(shop, uid, card=card.ref, version=5)
    await shop.admin.delete(f"/v1/documents/{uid}")

    for version, turnover in ((4, "0.00"), (5, "0.00"), (6, "100.00")):
        answer = await _put(shop, uid, card=card.ref, version=version)
        assert (answer.status_code, await _turnover(shop, card)) == (200, turnover)


async def test_every_change_of_a_document_is_logged(shop: Shop) -> None:
    uid = new_uid()
    await _put(shop, uid)
    await _put(shop, uid, total="1.00")
    await shop.admin.delete(f"/v1/documents/{uid}")

    rows = await shop.sql("select act from activity where record = $1 order by id", f"document:{uid}")

    assert [row["act"] for row in rows] == ["document.saved", "document.saved", "document.deleted"]


async def test_document_of_an_unknown_card_or_party_is_refused(shop: Shop) -> None:
    assert refusal(await _put(shop, new_uid(), card={"number": "2999999999994"})) == (404, "card_unknown")
    assert refusal(await _put(shop, new_uid(), party_id=10**15)) == (422, "party_unknown")
    assert refusal(await _put(shop, new_uid(), party_id=10**30)) == (422, "party_unknown")


async def test_document_that_is_not_there_is_unknown(shop: Shop) -> None:
    assert refusal(await shop.admin.get(f"/v1/documents/{new_uid()}")) == (404, "document_unknown")
    assert refusal(await shop.admin.delete(f"/v1/documents/{new_uid()}")) == (404, "document_unknown")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", ABSENT),
        ("kind", ""),
        ("kind", 1),
        ("number", ABSENT),
        ("number", 1),
        ("date", ABSENT),
        ("date", "22.11.2026"),
        ("total", ABSENT),
        ("total", 100),
        ("total", "1e5"),
        ("total", "1.001"),
        ("status", 1),
        ("party_id", "1"),
        ("party_id", 0),
        ("card", "2900000000018"),
        ("lines", {}),
        ("lines[0].quantity", "many"),
        ("lines[0].price", "-1e2"),
        ("lines[0].net", "1.001"),
        ("lines[0].gift", True),
        ("parent_uid", "1"),
        ("version", "1"),
        ("version", -1),
        ("colour", "red"),
    ],
)
async def test_bad_field_of_a_document_is_named(shop: Shop, field: str, value: object) -> None:
    changes = {"lines": [{field.removeprefix("lines[0]."): value}]} if "[0]" in field else {field: value}

    answer = await _put(shop, new_uid(), **changes)

    assert (refusal(answer), answer.json()["errors"][0]["field"]) == ((400, "invalid_body"), field)
