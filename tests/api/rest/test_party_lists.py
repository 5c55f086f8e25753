"""Lists and reports by attributes over the API: filtered, ordered, page by page, counted apart."""

import httpx
import pytest

from tests.conftest import Caller
from tests.factories import make_company

FIRMS = (("Mill", 12, "small"), ("Oven", 250, "large"), ("Shop", 3, "small"))


@pytest.fixture
async def firms(caller: Caller, admin: httpx.AsyncClient) -> None:
    """Make three firms with their size, each with a card."""
    choices = [{"names": {"en": "Small"}}, {"names": {"en": "Large"}}]
    for kind, name, more in (("number", "Staff", {}), ("choice", "Band", {"choices": choices})):
        body = {"directory": "party", "kind": kind, "names": {"en": name}, **more}
        assert (await admin.post("/v1/attributes", json=body)).status_code == 201
    await admin.put("/v1/series/G", json={"name": "Gold", "kind": "discount", "number_template": "G%06"})
    cards = (await admin.post("/v1/series/G/cards", json={"count": 3})).json()["cards"]
    for card, (name, staff, band) in zip(cards, FIRMS, strict=True):
        party = await make_company(caller.service.database, name)
        said = {"values": {"staff": str(staff), "band": band}}
        assert (await admin.patch(f"/v1/parties/{party}/attributes", json=said)).status_code == 200
        assert (await admin.patch(f"/v1/cards/{card['card_id']}", json={"holder_id": party})).status_code == 200


async def names(http: httpx.AsyncClient, **asked: str | list[str]) -> list[str]:
    answer = await http.get("/v1/party-list", params=asked)
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json()["parties"]]


@pytest.mark.usefixtures("firms")
async def test_list_is_filtered_and_ordered_by_attributes(admin: httpx.AsyncClient) -> None:
    """BG-31, UNF-43."""
    assert await names(admin, where="party.band~one_of~small") == ["Mill", "Shop"]
    assert await names(admin, where=["party.band~one_of~small", "party.staff~at_least~10"]) == ["Mill"]
    assert await names(admin, sort="-party.staff") == ["Oven", "Mill", "Shop"]

    columns = "legal_status,party.staff,party.band,turnover,created"
    first = (await admin.get("/v1/party-list", params={"columns": columns})).json()["parties"][0]
    created = first["columns"].pop("created")
    assert first["columns"] == {"legal_status": "limited_company", "party.staff": "12", "party.band": "small", "turnover": "0.00"}  # fmt: skip
    assert created.startswith("2026-11-22T10:00")


async def test_list_leads_page_by_page_to_every_party_once(caller: Caller, admin: httpx.AsyncClient) -> None:
    made = [await make_company(caller.service.database, f"Firm {number:03}") for number in range(101)]

    seen: list[int] = []
    after: dict[str, str] = {}
    for _ in range(3):
        page = (await admin.get("/v1/party-list", params={"sort": "-created", **after})).json()
        seen += [one["party_id"] for one in page["parties"]]
        after = {"after": page["next"]}

    assert after == {"after": None}
    assert seen == sorted(made, reverse=True)


@pytest.mark.parametrize(
    "asked", [{"where": "nonsense~is~x"}, {"where": "party.gone~empty"}, {"sort": "colour"}, {"after": "x"}]
)
async def test_list_that_means_nothing_is_refused(admin: httpx.AsyncClient, asked: dict[str, str]) -> None:
    assert (await admin.get("/v1/party-list", params=asked)).status_code == 400


@pytest.mark.usefixtures("firms")
async def test_report_of_turnover_takes_a_filter_and_a_grouping(admin: httpx.AsyncClient) -> None:
    """UNF-42, BG-31."""
    path = "/v1/reports/turnover-bands"
    grouped = (await admin.get(path, params={"cuts": ["10", "100"], "by": "party.band"})).json()["groups"]
    (large,) = (await admin.get(path, params={"where": "party.staff at_least 100"})).json()["groups"]

    assert [(one["name"], [band["cards"] for band in one["bands"]]) for one in grouped] == [
        ("Small", [2, 0, 0]),
        ("Large", [1, 0, 0]),
    ]
    assert grouped[0]["bands"][1] == {"lower": "10.00", "upper": "100.00", "cards": 0, "turnover": "0.00"}
    assert sum(band["cards"] for band in large["bands"]) == 1


@pytest.mark.parametrize(
    ("asked", "field"),
    [({"cuts": ["5", "5"]}, "cuts"), ({"where": "party.gone is x"}, "where"), ({"by": "party.gone"}, "by")],
)
async def test_report_that_cannot_be_read_names_the_field(
    admin: httpx.AsyncClient, asked: dict[str, str | list[str]], field: str
) -> None:
    answer = await admin.get("/v1/reports/turnover-bands", params=asked)

    assert answer.status_code in {400, 404, 422}
    assert [one["field"] for one in answer.json()["errors"]] == [field]


@pytest.mark.usefixtures("firms")
async def test_report_counts_the_cards_of_a_segment_alone(admin: httpx.AsyncClient) -> None:
    """BG-32, UNF-33."""
    small = {"is": "filter", "field": "party.band", "operator": "one_of", "operands": ["small"]}
    made = await admin.post("/v1/segments", json={"name": "Small firms", "definition": small})
    path, segment = "/v1/reports/turnover-bands", made.json()["segment_id"]

    both = (await admin.get(path, params={"segment": segment, "by": "party.staff"})).json()["groups"]
    one = (await admin.get(path, params={"segment": segment, "where": "party.staff at_least 10"})).json()["groups"]
    gone = await admin.get(path, params={"segment": 4711})

    assert [group["name"] for group in both] == ["3", "12"]
    assert [sum(band["cards"] for band in group["bands"]) for group in one] == [1]
    assert (gone.status_code, gone.json()["code"]) == (404, "segment_not_found")
