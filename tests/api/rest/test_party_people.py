"""What a party is to us, the groups it is counted in, who speaks for it, and what colleagues noted."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.api.rest.people import add, find, make, put, read
from tests.api.rest.shop import Shop, new_code, refusal

DAY = timedelta(days=1)


async def _make_entry(shop: Shop, directory: str, name: str) -> str:
    code = new_code("e").lower()
    answer = await shop.admin.post(
        f"/v1/directories/{directory}", json={"code": code, "names": {"en": f"{name} {code}"}}
    )
    assert answer.status_code == 201, answer.text
    return code


async def test_party_has_any_number_of_groups_and_lists_follow(shop: Shop) -> None:
    """PAP-02: five characteristics; a list by any one of them; one is taken away and the list follows."""
    groups = [await _make_entry(shop, "group", "Group") for _ in range(5)]
    word = new_code("Grouped")
    party_id = await make(shop, word)
    url = f"/v1/parties/{party_id}/groups"

    answer = await shop.admin.put(url, json={"version": 1, "groups": groups})
    assert answer.json() == {"groups": groups, "version": 2}
    assert [await find(shop, group=group) for group in groups] == [[word]] * 5

    await shop.admin.put(url, json={"version": 2, "groups": groups[1:]})
    assert (await find(shop, group=groups[0]), await find(shop, group=groups[4])) == ([], [word])
    assert (await read(shop, party_id))["groups"] == groups[1:]


async def test_groups_that_somebody_changed_meanwhile_are_told(shop: Shop) -> None:
    one, two = [await _make_entry(shop, "group", "Group") for _ in range(2)]
    party_id = await make(shop)
    url = f"/v1/parties/{party_id}/groups"
    await shop.admin.put(url, json={"version": 1, "groups": [one]})

    answer = await shop.admin.put(url, json={"version": 1, "groups": [two]})

    assert refusal(answer) == (409, "party_changed")
    assert answer.json()["differences"] == [{"field": "groups", "yours": [two], "theirs": [one], "base": []}]
    unknown = await shop.admin.put(url, json={"version": 2, "groups": ["none_such"]})
    assert (refusal(unknown), unknown.json()["errors"][0]["field"]) == ((422, "entry_refused"), "groups")


async def test_relations_have_days_and_a_list_shows_those_of_today(shop: Shop) -> None:
    """BG-29: many of a party, each from when until when."""
    word = new_code("Related")
    party_id = await make(shop, word)
    yesterday = (datetime.now(UTC) - DAY).date().isoformat()
    await add(shop, party_id, "relations", relation="customer", since="2019-04-01", until=yesterday)
    now = await add(shop, party_id, "relations", relation="supplier", since="2020-01-01")

    kept = [(one["relation"], one["since"], one["until"]) for one in (await read(shop, party_id))["relations"]]

    assert kept == [("customer", "2019-04-01", yesterday), ("supplier", "2020-01-01", None)]
    listed = (await shop.admin.get("/v1/parties", params={"q": word})).json()["parties"]
    assert listed[0]["relations"] == ["supplier"]
    await put(shop, party_id, "relations", now, relation="supplier", since="2020-01-01", until=yesterday)
    assert await find(shop, q=word, relation="supplier") == []


async def test_party_is_related_to_another_and_both_show_it(shop: Shop) -> None:
    group, shop_id = await make(shop, "Lantern Group"), await make(shop, "Lantern Coffee")
    await add(shop, group, "relations", relation="owner", other_party_id=shop_id)

    shown = (await read(shop, shop_id))["relations"]

    assert [(one["party_name"], one["relation"], one["other_name"]) for one in shown] == [
        ("Lantern Group", "owner", "Lantern Coffee")
    ]
    for wrong, field in (
        ({"relation": "owner", "other_party_id": group}, "other_party_id"),
        ({"relation": "owner", "other_party_id": 999_999_999}, "other_party_id"),
        ({"relation": "natural_person"}, "relation"),
        ({"relation": "owner", "since": "2020-01-02", "until": "2020-01-01"}, "until"),
    ):
        answer = await shop.admin.post(f"/v1/parties/{group}/relations", json=wrong)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_person_speaks_for_several_parties(shop: Shop) -> None:
    """BG-16."""
    first, second = await make(shop, "First Ltd"), await make(shop, "Second Ltd")
    await add(shop, first, "persons", name="Darya Venets", post="Buyer")
    await add(shop, first, "persons", name="Gleb Osokin", post="Bookkeeper")
    person_id = (await read(shop, first))["persons"][0]["person_id"]
    await add(shop, second, "persons", person_id=person_id, post="Consultant")

    employers = (await shop.admin.get(f"/v1/parties/{person_id}/employers")).json()["persons"]

    assert [(one["party_name"], one["post"]) for one in employers] == [
        ("First Ltd", "Buyer"), ("Second Ltd", "Consultant"),
    ]  # fmt: skip
    assert (await read(shop, person_id))["kind"] == "person"
    again = await shop.admin.post(f"/v1/parties/{second}/persons", json={"person_id": person_id})
    company = await shop.admin.post(f"/v1/parties/{second}/persons", json={"person_id": first})
    assert (refusal(again), refusal(company)) == ((409, "part_repeated"), (422, "person_refused"))


async def test_person_has_ways_of_contact_with_kind_and_order(shop: Shop) -> None:
    """BG-17."""
    party_id = await make(shop)
    await add(shop, party_id, "persons", name="Darya Venets")
    person_id = (await read(shop, party_id))["persons"][0]["person_id"]
    phone = await add(shop, person_id, "contacts", kind="phone", value="+359 52 123456")
    await add(shop, person_id, "contacts", kind="messenger", value="@darya", pinned=True)
    await shop.admin.post(f"/v1/parties/{person_id}/contacts/{phone}/uses")

    assert [one["kind"] for one in (await read(shop, person_id))["contacts"]] == ["messenger", "phone"]


async def test_who_answers_for_purchasing_is_found(shop: Shop) -> None:
    """BG-18."""
    party_id = await make(shop)
    await add(shop, party_id, "persons", name="Gleb Osokin", responsibilities=["accounting"])
    await add(shop, party_id, "persons", name="Darya Venets", responsibilities=["sales", "purchasing"])
    url = f"/v1/parties/{party_id}/persons"

    found = (await shop.admin.get(url, params={"responsibility": "purchasing"})).json()["persons"]

    assert [(one["name"], one["responsibilities"]) for one in found] == [("Darya Venets", ["purchasing", "sales"])]
    refused = await shop.admin.post(url, json={"name": "X", "responsibilities": ["juggling"]})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "responsibilities")


async def test_who_can_be_reached_now_is_found(shop: Shop) -> None:
    """BG-19: weekly hours in the person's time zone."""
    today = datetime.now(UTC).isoweekday()
    now = [{"days": [today, today % 7 + 1], "since": "00:00:00", "until": "00:00:00"}]
    never = [{"days": [(today + 2) % 7 + 1], "since": "09:00:00", "until": "18:00:00"}]
    party_id = await make(shop)
    await add(shop, party_id, "persons", name="Now", timezone="UTC", hours=now)
    await add(shop, party_id, "persons", name="Later", timezone="UTC", hours=never)
    await add(shop, party_id, "persons", name="Anytime")

    url = f"/v1/parties/{party_id}/persons"
    found = (await shop.admin.get(url, params={"reachable": "true"})).json()["persons"]

    assert [one["name"] for one in found] == ["Now", "Anytime"]
    assert [one["reachable"] for one in (await shop.admin.get(url)).json()["persons"]] == [True, False, True]


@pytest.mark.parametrize(
    ("timezone", "since", "until"),
    [("Mars/Olympus", "09:00:00", "18:00:00"), (None, "09:00:00", "18:00:00"), ("UTC", "18:00:00", "09:00:00")],
)
async def test_hours_that_no_week_has_are_refused(shop: Shop, timezone: str | None, since: str, until: str) -> None:
    party_id = await make(shop)
    hours = [{"days": [1], "since": since, "until": until}]
    body = {"name": "Darya", "timezone": timezone, "hours": hours}

    answer = await shop.admin.post(f"/v1/parties/{party_id}/persons", json=body)

    assert refusal(answer) == (422, "person_refused")
    assert await find(shop, q="Darya nowhere") == []


async def test_note_of_one_colleague_is_read_by_another_at_once(shop: Shop) -> None:
    """BG-01."""
    party_id = await make(shop)
    url = f"/v1/parties/{party_id}/notes"
    clerk, sales = await shop.caller.as_role("admin"), await shop.caller.as_role("admin")
    note = (await clerk.post(url, json={"text": "Unload in the yard,\nnot before 9:00."})).json()["id"]

    read_by_sales = (await sales.get(url)).json()["notes"]
    changed = await sales.put(f"{url}/{note}", json={"version": 2, "text": "Unload in the yard."})
    stale = await clerk.put(f"{url}/{note}", json={"version": 2, "text": "Unload at the gate."})

    assert [one["text"] for one in read_by_sales] == ["Unload in the yard,\nnot before 9:00."]
    assert (changed.status_code, refusal(stale)) == (200, (409, "party_changed"))
    assert stale.json()["differences"][0]["theirs"] == "Unload in the yard."
    await clerk.delete(f"{url}/{note}")
    assert (await sales.get(url)).json()["notes"] == []


async def test_till_reads_no_parties(shop: Shop) -> None:
    till = await shop.caller.as_role("till", store="0007", till="3")

    for method, path in (("GET", "/v1/parties"), ("GET", "/v1/parties/1/notes"), ("GET", "/v1/directories/group")):
        assert refusal(await till.request(method, path))[0] == 403


async def test_link_of_a_card_stands_in_the_journal_of_both_holders(shop: Shop) -> None:
    """PAP-16."""
    first, second = await make(shop, "First Ltd"), await make(shop, "Second Ltd")
    card = await shop.make_card()
    for holder in (first, second, None):
        await shop.admin.patch(f"/v1/cards/{card.id}", json={"holder_id": holder})

    rows = await shop.sql(
        "select act, party_id, data->>'card' as card from activity where act like 'card.%linked' and party_id = any($1)"
        " order by id",
        [first, second],
    )

    assert [(row["act"], row["party_id"]) for row in rows] == [
        ("card.linked", first), ("card.unlinked", first), ("card.linked", second), ("card.unlinked", second),
    ]  # fmt: skip
    assert {row["card"] for row in rows} == {str(card.id)}
