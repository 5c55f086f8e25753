"""The rules of a series: read strictly, checked as a whole, versioned, and given back as they were put."""

from typing import Any  # JSON bodies are free in their values

import pytest

from tests.api.rest.shop import Shop, new_code, refusal

UP = [{"from": "0.00", "to": "100.00", "set": "3"}, {"from": "100.00", "set": "4.35"}]
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"turnover": {"period": "fortnight", "entries": []}}, "turnover.period"),
    ({"turnover": {"entries": []}}, "turnover.period"),
    ({"turnover": {"period": "month", "downgrade": "two_steps", "entries": []}}, "turnover.downgrade"),
    ({"turnover": {"period": "month", "at_posting": "yes", "entries": []}}, "turnover.at_posting"),
    ({"turnover": {"period": "month", "entries": [{"from": "0.00"}]}}, "turnover.entries[0].set"),
    ({"turnover": {"period": "month", "entries": [{"set": "1", "add": "1"}]}}, "turnover.entries[0].add"),
    ({"turnover": {"period": "month", "entries": [{"set": "1", "multiply": "2"}]}}, "turnover.entries[0].multiply"),
    ({"turnover": {"period": "month", "entries": [{"set": 3}]}}, "turnover.entries[0].set"),
    ({"turnover": {"period": "month", "entries": [{"set": "1e1"}]}}, "turnover.entries[0].set"),
    ({"turnover": {"period": "month", "entries": [{"set": "100.01"}]}}, "turnover.entries[0].set"),
    ({"turnover": {"period": "month", "entries": [{"set": "4.35001"}]}}, "turnover.entries[0].set"),
    ({"turnover": {"period": "month", "entries": [{"multiply": "-1"}]}}, "turnover.entries[0].multiply"),
    ({"turnover": {"period": "month", "entries": [{"from": "-1", "set": "1"}]}}, "turnover.entries[0].from"),
    ({"turnover": {"period": "month", "entries": [{"to": "1.001", "set": "1"}]}}, "turnover.entries[0].to"),
    ({"turnover": {"period": "month", "entries": [{"nothing_bought": True, "from": "0", "set": "1"}]}}, "turnover.entries[0].from"),
    ({"turnover": {"period": "month", "entries": [{"set": "1", "percent": "1"}]}}, "turnover.entries[0].percent"),
    ({"receipt": [{"from": "0.00"}]}, "receipt[0].percent"),
    ({"receipt": [{"percent": "1", "amount": "1"}]}, "receipt[0].percent"),
    ({"receipt": [{"percent": "1", "min_quantity": "-1"}]}, "receipt[0].min_quantity"),
    ({"receipt": [{"percent": "1", "max_discount": "-1.00"}]}, "receipt[0].max_discount"),
    ({"receipt": [{"percent": "1", "skus": "TEA"}]}, "receipt[0].skus"),
    ({"bonus": {"period": "month", "entries": [{"from": "0.00"}]}}, "bonus.entries[0].percent"),
    ({"bonus": {"period": "month", "entries": [{"percent": "-1"}]}}, "bonus.entries[0].percent"),
    ({"bonuses": {}}, "bonuses"),
]  # fmt: skip
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"turnover": {"period": "month", "entries": [{"to": "10", "set": "1"}, {"from": "9", "set": "2"}]}}, "turnover.entries[0].to"),
    ({"turnover": {"period": "month", "entries": [{"to": "10", "set": "1"}, {"from": "11", "set": "2"}]}}, "turnover.entries[0].to"),
    ({"turnover": {"period": "month", "entries": [{"set": "1"}, {"from": "11", "set": "2"}]}}, "turnover.entries[0].to"),
    ({"turnover": {"period": "month", "entries": [{"from": "5", "to": "5", "set": "1"}]}}, "turnover.entries[0].to"),
    ({"turnover": {"period": "month", "entries": [{"to": "10", "set": "1"}]}}, "turnover.entries[0].to"),
    ({"turnover": {"period": "month", "entries": [{"nothing_bought": True, "set": "1"}] * 2}}, "turnover.entries[1]"),
    ({"turnover": {"period": "month", "at_posting": True, "entries": [{"add": "1"}]}}, "turnover.entries[0].add"),
    ({"turnover": {"period": "month", "at_posting": True, "entries": [{"multiply": "1"}]}}, "turnover.entries[0].multiply"),
    ({"turnover": {"period": "month", "entries": [{"move_to": "NOWHERE"}]}}, "turnover.entries[0].move_to"),
    ({"receipt": [{"from": "5", "to": "5", "percent": "1"}]}, "receipt[0].to"),
    ({"bonus": {"period": "month", "entries": [{"to": "10", "percent": "1"}]}}, "bonus"),
]  # fmt: skip


async def put_rules(shop: Shop, code: str, **rules: Any) -> Any:
    return await shop.admin.put(f"/v1/series/{code}/rules", json=rules)


async def test_rules_are_kept_as_they_were_put_and_the_same_again_changes_nothing(shop: Shop) -> None:
    """PAP-25."""
    code, other = await shop.put_series(), await shop.put_series()
    rules = {
        "turnover": {
            "period": "half_year",
            "downgrade": "one_step",
            "entries": [
                *UP[:1],
                {"from": "100.00", "multiply": "1.5", "move_to": other},
                {"nothing_bought": True, "add": "-1"},
            ],
        },
        "receipt": [
            {"from": "50.00", "to": "80.00", "skus": ["TEA"], "percent": "4.35", "min_quantity": "2", "on_rest": True}
        ],
    }

    first, again = await put_rules(shop, code, **rules), await put_rules(shop, code, **rules)
    read = (await shop.admin.get(f"/v1/series/{code}/rules")).json()

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json() == read
    assert (read["series"], read["version"], read["bonus"]) == (code, 1, None)
    assert read["turnover"]["entries"] == [
        {"from": "0.00", "to": "100.00", "set": "3.00"},
        {"from": "100.00", "multiply": "1.50", "move_to": other},
        {"nothing_bought": True, "add": "-1.00"},
    ]
    assert read["receipt"] == [
        {"from": "50.00", "to": "80.00", "skus": ["TEA"], "min_quantity": "2", "percent": "4.35", "on_rest": True}
    ]


async def test_each_change_of_rules_is_a_version_of_its_own_and_stands_in_the_journal(shop: Shop) -> None:
    code = await shop.put_series()
    assert (await put_rules(shop, code, turnover={"period": "month", "entries": UP})).status_code == 201
    assert (await put_rules(shop, code)).json() == {
        "series": code,
        "version": 2,
        "turnover": None,
        "receipt": [],
        "bonus": None,
    }

    query = (
        "select v.version from series_rules_version v join series s on s.id = v.series_id where s.code = $1 order by 1"
    )
    assert [row["version"] for row in await shop.sql(query, code)] == [1, 2]
    journal = await shop.sql(
        "select data from activity where act = 'rules.saved' and record = $1 order by id", f"series:{code}"
    )
    assert len(journal) == 2


async def test_series_without_rules_says_so_and_unknown_series_is_not_found(shop: Shop) -> None:
    code = await shop.put_series()

    assert (await shop.admin.get(f"/v1/series/{code}/rules")).json()["version"] == 0
    assert refusal(await shop.admin.get(f"/v1/series/{new_code('NONE')}/rules")) == (404, "series_unknown")
    assert refusal(await put_rules(shop, new_code("NONE"))) == (404, "series_unknown")


@pytest.mark.parametrize(("rules", "field"), WRONG)
async def test_rule_of_a_wrong_shape_is_named(shop: Shop, rules: dict[str, Any], field: str) -> None:
    answer = await put_rules(shop, await shop.put_series(), **rules)

    assert refusal(answer) == (400, "invalid_body")
    assert answer.json()["errors"][0]["field"] == field


@pytest.mark.parametrize(("rules", "field"), REFUSED)
async def test_rules_that_contradict_each_other_are_refused_with_their_place(
    shop: Shop, rules: dict[str, Any], field: str
) -> None:
    answer = await put_rules(shop, await shop.put_series(), **rules)

    assert refusal(answer) == (422, "setting_refused")
    assert answer.json()["errors"][0]["field"] == field


async def test_card_moves_only_to_another_series_of_the_same_kind(shop: Shop) -> None:
    code, credit = await shop.put_series(), await shop.put_series(kind="credit")
    for target in (code, credit):
        answer = await put_rules(shop, code, turnover={"period": "month", "entries": [{"move_to": target}]})
        assert refusal(answer) == (422, "setting_refused")
        assert answer.json()["errors"][0]["field"] == "turnover.entries[0].move_to"
