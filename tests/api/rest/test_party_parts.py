"""What is kept of a party: addresses by use, ways of contact by use, accounts and registrations with checked numbers."""

from typing import Any  # JSON bodies are free in their values

import pytest

from api.settings import Settings, load_settings
from tests.api.rest.people import add, find, make, put, read
from tests.api.rest.shop import Shop, new_code, refusal
from tests.conftest import calling


async def test_address_is_three_fields_and_its_party_is_found_by_city_and_index(shop: Shop) -> None:
    """PAP-06."""
    city, index = new_code("Varna").lower(), new_code("9").lower()
    party_id = await make(shop)
    await add(shop, party_id, "addresses", city=city, postal_code=index, line="2 Rose St, yard")

    address = (await read(shop, party_id))["addresses"][0]

    assert (address["city"], address["postal_code"], address["line"]) == (city, index, "2 Rose St, yard")
    assert (await find(shop, q=city), await find(shop, q=index)) == (["Lantern Coffee"], ["Lantern Coffee"])
    assert await find(shop, q=f"{city} nowhere") == []


async def test_several_addresses_have_country_region_city_index_and_line(shop: Shop) -> None:
    """BG-20."""
    party_id = await make(shop)
    full = {"country": "BG", "region": "Varna", "city": "Varna", "postal_code": "9000", "line": "2 Rose St"}
    await add(shop, party_id, "addresses", **full)
    await add(shop, party_id, "addresses", city="Sofia")

    addresses = (await read(shop, party_id))["addresses"]

    assert [{name: one[name] for name in full} for one in addresses] == [
        full, {"country": None, "region": None, "city": "Sofia", "postal_code": None, "line": None},
    ]  # fmt: skip


async def test_use_has_one_main_address_and_choosing_another_unsets_it(shop: Shop) -> None:
    """BG-21."""
    party_id = await make(shop)
    yard = await add(shop, party_id, "addresses", city="Varna", uses=["warehouse", "tax"])
    dock = await add(shop, party_id, "addresses", city="Sofia", uses=["warehouse"])
    assert await _main_for(shop, party_id) == {yard: ["tax", "warehouse"], dock: []}

    await put(shop, party_id, "addresses", dock, city="Sofia", uses=["warehouse"], main_for=["warehouse"])
    assert await _main_for(shop, party_id) == {yard: ["tax"], dock: ["warehouse"]}

    await shop.admin.delete(f"/v1/parties/{party_id}/addresses/{dock}")
    assert await _main_for(shop, party_id) == {yard: ["tax", "warehouse"]}
    rows = await shop.sql(
        "select what, part_id from party_change where party_id = $1 and version > 3 order by id", party_id
    )
    assert [(row["what"], row["part_id"]) for row in rows] == [
        ("address.changed", yard), ("address.changed", dock), ("address.changed", yard), ("address.removed", dock),
    ]  # fmt: skip


async def _main_for(shop: Shop, party_id: int) -> dict[int, list[str]]:
    return {one["id"]: one["main_for"] for one in (await read(shop, party_id))["addresses"]}


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 422, "line"),
        ({"country": "BG"}, 422, "line"),
        ({"city": "Varna", "country": "ZZ"}, 422, "country"),
        ({"city": "Varna", "uses": ["heliport"]}, 400, "uses[0]"),
        ({"city": "Varna", "uses": ["tax"], "main_for": ["office"]}, 422, "main_for"),
        ({"city": "x" * 201}, 400, "city"),
    ],
)
async def test_address_that_says_nothing_or_is_nowhere_is_refused(
    shop: Shop, body: dict[str, Any], status: int, field: str
) -> None:
    party_id = await make(shop)
    answer = await shop.admin.post(f"/v1/parties/{party_id}/addresses", json=body)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field)


async def test_ways_of_contact_of_every_kind_are_kept_and_phones_shown_nationally(shop: Shop) -> None:
    """PAP-07."""
    party_id = await make(shop)
    await add(shop, party_id, "addresses", city="Varna", country="BG")
    for kind, value in (
        ("phone", "052 123 456"), ("phone", "+380 44 123 4567"), ("fax", "(052) 123-457"),
        ("email", "Orders@Lantern.example"), ("messenger", "@Lantern"), ("website", "https://Lantern.example/shop/"),
    ):  # fmt: skip
        await add(shop, party_id, "contacts", kind=kind, value=value)

    shown = [(one["kind"], one["shown"], one["e164"]) for one in (await read(shop, party_id))["contacts"]]

    assert shown == [
        ("phone", "052 123 456", "+35952123456"),
        ("phone", "+380 44 123 4567", "+380441234567"),
        ("fax", "052 123 457", "+35952123457"),
        ("email", "Orders@Lantern.example", None),
        ("messenger", "@Lantern", None),
        ("website", "https://Lantern.example/shop/", None),
    ]
    assert await find(shop, q="orders@lantern.EXAMPLE") == ["Lantern Coffee"]
    assert await find(shop, q="052/123-456") == ["Lantern Coffee"]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("phone", "052 123 456"),  # of no country
        ("phone", "+1"),
        ("phone", "reception"),
        ("email", "nobody"),
        ("email", "a@b@c.example"),
        ("website", "javascript:alert(1)"),
        ("website", "https://user@shop.example"),
        ("messenger", "@"),
        ("email", "\t"),
    ],
)
async def test_way_of_contact_that_is_none_is_refused(shop: Shop, kind: str, value: str) -> None:
    party_id = await make(shop)
    answer = await shop.admin.post(f"/v1/parties/{party_id}/contacts", json={"kind": kind, "value": value})

    assert (refusal(answer), answer.json()["errors"][0]["field"]) == ((422, "contact_refused"), "value")


async def test_most_used_way_of_contact_stands_first_and_a_pin_wins(shop: Shop) -> None:
    """PAP-08: 3 contacts by e-mail and 1 by phone; then the usage changes; then a pin."""
    party_id = await make(shop)
    phone = await add(shop, party_id, "contacts", kind="phone", value="+359 52 123456")
    mail = await add(shop, party_id, "contacts", kind="email", value="orders@lantern.example")
    site = await add(shop, party_id, "contacts", kind="website", value="lantern.example")
    assert await _order(shop, party_id) == [phone, mail, site]

    await _use(shop, party_id, mail, 3)
    await _use(shop, party_id, phone, 1)
    assert await _order(shop, party_id) == [mail, phone, site]

    await _use(shop, party_id, phone, 3)
    assert await _order(shop, party_id) == [phone, mail, site]

    await put(shop, party_id, "contacts", site, kind="website", value="lantern.example", pinned=True)
    assert await _order(shop, party_id) == [site, phone, mail]
    assert refusal(await shop.admin.post(f"/v1/parties/{party_id}/contacts/1/uses")) == (404, "part_not_found")


async def _use(shop: Shop, party_id: int, contact_id: int, times: int) -> None:
    for _ in range(times):
        answer = await shop.admin.post(f"/v1/parties/{party_id}/contacts/{contact_id}/uses")
        assert answer.status_code == 200, answer.text


async def _order(shop: Shop, party_id: int) -> list[int]:
    return [one["id"] for one in (await read(shop, party_id))["contacts"]]


async def test_same_phone_written_otherwise_is_the_same(shop: Shop) -> None:
    party_id = await make(shop)
    await add(shop, party_id, "contacts", kind="phone", value="+359 52 123456")

    again = await shop.admin.post(f"/v1/parties/{party_id}/contacts", json={"kind": "phone", "value": "+35952123456"})

    assert refusal(again) == (409, "part_repeated")


async def test_accounts_are_several_with_one_main(shop: Shop) -> None:
    """PAP-09."""
    party_id = await make(shop)
    iban = {"bank": "BNB", "account": "bg80 bnbg 9661 1020 3456 78", "currency": "EUR", "bic": "BNBGBGSD"}
    first = await add(shop, party_id, "accounts", **iban)
    local = {"bank": "Сбербанк", "account": "40702810400000012345", "currency": "RUB", "bic": "044525225"}
    second = await add(shop, party_id, "accounts", **local, main=True)

    accounts = (await read(shop, party_id))["accounts"]

    assert [(one["id"], one["account"], one["bic"], one["currency"], one["main"]) for one in accounts] == [
        (second, "40702810400000012345", "044525225", "RUB", True),
        (first, "BG80BNBG96611020345678", "BNBGBGSD", "EUR", False),
    ]
    await shop.admin.delete(f"/v1/parties/{party_id}/accounts/{second}")
    assert [(one["id"], one["main"]) for one in (await read(shop, party_id))["accounts"]] == [(first, True)]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"account": "BG81BNBG96611020345678"}, "account"),
        ({"account": "DE89 3704 0044 0532 0130 01"}, "account"),
        ({"account": "12"}, "account"),
        ({"bic": "BNBG"}, "bic"),
        ({"bic": "12345"}, "bic"),
        ({"currency": "XQX"}, "currency"),
        ({"bank": " "}, "bank"),
    ],
)
async def test_account_with_a_wrong_checksum_is_refused(shop: Shop, change: dict[str, str], field: str) -> None:
    """PAP-09."""
    party_id = await make(shop)
    right = {"bank": "BNB", "account": "BG80BNBG96611020345678", "currency": "EUR"}

    answer = await shop.admin.post(f"/v1/parties/{party_id}/accounts", json=right | change)

    assert (refusal(answer), answer.json()["errors"][0]["field"]) == ((422, "account_refused"), field)


REGISTRATIONS = [
    ("inn", "7707083893", "7707083894"), ("inn", "500100732259", "500100732258"), ("kpp", "773601001", "77360100"),
    ("ogrn", "1027700132195", "1027700132196"), ("edrpou", "32855961", "32855968"),
    ("rnokpp", "1759013776", "1759013770"), ("eik", "175074752", "175074751"), ("egn", "7523169263", "7523169260"),
    ("vat", "DE136695976", "DE136695978"), ("vat", "BG 175 074 752", "ZZ1"), ("nip", "8567346215", "8567346216"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "right", "wrong"), REGISTRATIONS)
async def test_registration_with_a_wrong_check_digit_is_refused(shop: Shop, kind: str, right: str, wrong: str) -> None:
    """PAP-10."""
    party_id = await make(shop)
    await add(shop, party_id, "registrations", kind=kind, number=right, issued_on="2019-04-01", issuer="Registry")

    answer = await shop.admin.post(f"/v1/parties/{party_id}/registrations", json={"kind": kind, "number": wrong})

    assert (refusal(answer), answer.json()["errors"][0]["field"]) == ((422, "registration_refused"), "number")
    kept = (await read(shop, party_id))["registrations"]
    assert [(one["number"], one["checked"], one["issued_on"], one["issuer"]) for one in kept] == [
        (right, "right", "2019-04-01", "Registry")
    ]


async def test_wrong_check_digit_is_kept_and_marked_where_the_installation_only_warns(database_url: str) -> None:
    """PAP-10."""
    async with calling(_warning(), database_url) as caller:
        admin = await caller.as_role("admin")
        company = {"name": "Lantern", "legal_status": "limited_company"}
        url = f"/v1/parties/{(await admin.post('/v1/parties', json=company)).json()['party_id']}"
        await admin.post(f"{url}/registrations", json={"kind": "inn", "number": "7707083894"})
        await admin.post(f"{url}/registrations", json={"kind": "passport", "number": "AB 123"})

        kept = (await admin.get(url)).json()["registrations"]

    assert [(one["kind"], one["checked"]) for one in kept] == [("inn", "wrong"), ("passport", "unchecked")]


def _warning() -> Settings:
    return load_settings({"TALLYCARD_WRONG_NUMBERS": "warn"})


async def test_numbers_that_look_like_payment_cards_by_chance_are_taken(shop: Shop) -> None:
    party_id = await make(shop)
    await add(shop, party_id, "accounts", bank="B", account="DE08 3704 0044 0532 0131 00", currency="EUR")
    await add(shop, party_id, "registrations", kind="inn", number="500100732717")

    answer = await shop.admin.patch(f"/v1/parties/{party_id}", json={"version": 3, "note": "pays by 4111111111111111"})

    assert refusal(answer) == (422, "payment_card_refused")


async def test_part_that_was_changed_meanwhile_is_told_with_the_differences(shop: Shop) -> None:
    party_id = await make(shop)
    address = await add(shop, party_id, "addresses", city="Varna", line="2 Rose St")
    other = await add(shop, party_id, "addresses", city="Sofia")
    url = f"/v1/parties/{party_id}/addresses"

    theirs = await shop.admin.put(f"{url}/{address}", json={"version": 3, "city": "Burgas", "line": "2 Rose St"})
    mine = await shop.admin.put(f"{url}/{other}", json={"version": 3, "city": "Plovdiv"})
    yours = await shop.admin.put(f"{url}/{address}", json={"version": 3, "city": "Varna", "line": "4 Rose St"})

    assert (theirs.status_code, mine.status_code, refusal(yours)) == (200, 200, (409, "party_changed"))
    assert yours.json()["differences"] == [
        {"field": "line", "yours": "4 Rose St", "theirs": "2 Rose St", "base": "2 Rose St"},
        {"field": "city", "yours": "Varna", "theirs": "Burgas", "base": "Varna"},
    ]
    await shop.admin.delete(f"{url}/{address}")
    gone = await shop.admin.put(f"{url}/{address}", json={"version": 4, "city": "Varna"})
    assert refusal(gone) == (404, "part_not_found")


async def test_parts_have_a_bound(shop: Shop) -> None:
    party_id = await make(shop)
    for number in range(100):
        await add(shop, party_id, "addresses", line=f"{number} Rose St")

    answer = await shop.admin.post(f"/v1/parties/{party_id}/addresses", json={"line": "101 Rose St"})

    assert refusal(answer) == (422, "too_many_parts")
