"""How a till gets its token: a code of the back office, worth one redemption and few tries."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from api.auth.enrolments import MOST_REFUSALS, open_enrolment
from database.activity import Act
from tests.api.rest.shop import Shop, make_receipt, new_code, refusal


async def open_code(shop: Shop, till: str) -> str:
    answer = await shop.admin.post("/v1/enrolments", json={"store": "0007", "till": till})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["code"])


async def redeem(shop: Shop, code: str) -> httpx.Response:
    """Redeem as somebody who shows no token."""
    return await shop.caller.http.post("/v1/enrolments/redeem", json={"code": code})


async def test_code_gives_a_token_of_its_till_once(shop: Shop) -> None:
    till = new_code("T")
    code = await open_code(shop, till)
    first, second = await redeem(shop, code), await redeem(shop, code)
    assert (first.json()["store"], first.json()["till"]) == ("0007", till)
    assert refusal(second) == (422, "enrolment_refused")
    own = {"Authorization": f"Bearer {first.json()['token']}"}
    taken = await shop.caller.http.post("/v1/receipts", json=make_receipt(till=till), headers=own)
    foreign = await shop.caller.http.post("/v1/receipts", json=make_receipt(till="other"), headers=own)
    assert (taken.status_code, foreign.status_code) == (201, 403)


async def test_code_is_read_however_it_is_typed(shop: Shop) -> None:
    code = await open_code(shop, new_code("T"))
    number, _, secret = code.partition("-")
    typed = f" {number}-{secret.replace('-', '').replace('0', 'o').replace('1', 'l').lower()} "
    assert (await redeem(shop, typed)).status_code == 201


@pytest.mark.parametrize(
    "code", ["x", "0-AAAA-AAAA-AAAA", "1-AAAA", "9" * 30 + "-AAAAAAAAAAAA", "999999-AAAA-AAAA-AAAA"]
)
async def test_what_is_no_code_is_refused(shop: Shop, code: str) -> None:
    assert refusal(await redeem(shop, code)) == (422, "enrolment_refused")


async def test_few_wrong_tries_end_a_code_and_no_other(shop: Shop) -> None:
    code, other = await open_code(shop, new_code("T")), await open_code(shop, new_code("T"))
    wrong = f"{code.partition('-')[0]}-0000-0000-0000"
    for _ in range(MOST_REFUSALS):
        assert refusal(await redeem(shop, wrong)) == (422, "enrolment_refused")
    assert refusal(await redeem(shop, code)) == (422, "enrolment_refused")
    assert (await redeem(shop, other)).status_code == 201


async def test_code_that_was_typed_wrong_once_is_still_good(shop: Shop) -> None:
    code = await open_code(shop, new_code("T"))
    await redeem(shop, f"{code.partition('-')[0]}-0000-0000-0000")
    assert (await redeem(shop, code)).status_code == 201


async def test_code_ends_with_its_time(shop: Shop) -> None:
    long_ago = Act("test", datetime.now(UTC) - timedelta(hours=1))
    made = await shop.caller.service.database.run(open_enrolment, store="0007", till=new_code("T"), act=long_ago)
    assert refusal(await redeem(shop, made.text)) == (422, "enrolment_refused")


async def test_only_an_administrator_makes_codes(shop: Shop) -> None:
    clerk = await shop.caller.as_role("clerk")
    answer = await clerk.post("/v1/enrolments", json={"store": "0007", "till": "9"})
    assert answer.status_code == 403


async def test_neither_code_nor_token_is_kept_in_clear(shop: Shop) -> None:
    """I10."""
    code = await open_code(shop, new_code("T"))
    token = (await redeem(shop, code)).json()["token"]
    rows = await shop.sql("select e::text from enrolment e union all select a::text from activity a")
    kept = "".join(row[0] for row in rows)
    assert "enrolment.opened" in kept
    assert "enrolment.redeemed" in kept
    assert token not in kept
    assert code.partition("-")[2] not in kept
    assert code.partition("-")[2].replace("-", "") not in kept
