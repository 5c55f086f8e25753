"""The page of the journal: values in words, people's data for whoever may read parties, and links one may follow."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from api.languages.catalogues import LOCALES
from api.pages.audit_values import Value, tell
from api.pages.formats import Formats
from crm.parties.repository.audit import KeptChange
from database.activity import Act, record_activity
from database.journal import JournalRow
from loyalty.money import Currency
from tests.api.people import add_person, sign_in, statements
from tests.conftest import ACT, Caller

EUR = Formats(LOCALES["en"], Currency("EUR", 2), ZoneInfo("Europe/London"))
AT = datetime(2026, 11, 22, 10, tzinfo=UTC)


def row(data: dict[str, object] | None, act: str = "card.changed", record: str = "party:9") -> JournalRow:
    return JournalRow(1, AT, "user:nora", act, record, None, 9, data)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (None, []),
        ({"old": "active", "new": "blocked", "reason": "lost"}, [("Value", "active", "blocked"), ("Reason", None, "lost")]),
        ({"old": {"own_percent": None}, "new": {"own_percent": 120_000}}, [("Percent", "–", "12%")]),
        ({"old": {"own_credit_limit": 5_000}, "new": {"own_credit_limit": 7_500}}, [("Limit", "50.00", "75.00")]),
        ({"old": {"role": "sales", "name": "a"}, "new": {"role": "clerk", "name": "a"}}, [("Role", "sales", "clerk")]),
        ({"ledger": "money", "amount": -1_250}, [("Ledger", None, "money"), ("Amount", None, "−12.50")]),
        ({"ledger": "points", "amount": 1_500}, [("Ledger", None, "points"), ("Amount", None, "1500")]),
        ({"old": {"own_expires_on": None}, "new": {"own_expires_on": "2026-12-01"}}, [("Last day", "–", "1 Dec 2026")]),
        ({"planned_at": "2026-12-01T10:00:00Z"}, [("Planned for", None, "1 Dec 2026, 10:00")]),
        ({"old": {}, "new": {"watchers": [], "priority": 2, "due_at": None}}, [("Priority", "–", "2")]),
        ({"old": {"watchers": [3]}, "new": {"watchers": []}}, [("Watchers", "[3]", "–")]),
        ({"odd_thing": [1, {"a": True}]}, [("odd thing", None, '[1, {"a": true}]')]),
        ({"old": None, "new": {"price_lists": ["weekend"]}}, [("Price lists", "–", "weekend")]),
    ],
)  # fmt: skip
def test_values_of_an_act_are_told_in_words(
    data: dict[str, object] | None, told: list[tuple[str, str | None, str]]
) -> None:
    assert tell(row(data), (), EUR) == [Value(*one) for one in told]


def test_percent_of_a_task_is_how_much_of_it_is_done() -> None:
    done: dict[str, object] = {"old": {"percent": 0}, "new": {"percent": 30}}
    assert tell(row(done, "task.changed", "task:4"), (), EUR) == [Value("Percent", "0%", "30%")]


def test_values_of_people_are_told_only_of_the_very_act() -> None:
    act = row({"fields": ["name"]}, "party.changed")
    other = KeptChange(9, AT, "party.changed", 4, {"name": "x"}, {"name": "y"})
    own = KeptChange(9, AT, "party.changed", None, {"name": "Ann Berg"}, {"name": "Ann Holm"})
    assert tell(act, [other], EUR) == [Value("Fields", None, "Name")]
    assert tell(act, [other, own], EUR) == [Value("Name", "Ann Berg", "Ann Holm")]


def test_long_value_is_cut_where_it_says_so() -> None:
    (told,) = tell(row({"odd": ["x" * 1_000]}), (), EUR)
    assert len(told.new) == 301
    assert told.new.endswith("…")


@pytest.fixture
async def director(caller: Caller) -> httpx.AsyncClient:
    """Give the client of a director of a shop in whose journal a few acts stand."""
    database = caller.service.database
    await add_person(database, login="Dora", role="director")
    for number in range(60):
        act = Act("user:Dora", ACT.at)
        data = {"old": "active", "new": "blocked", "reason": f"reason {number}"}
        await database.run(record_activity, act=act, what="card.blocked", record=f"card:{number}", data=data)
    await sign_in(caller.http, login="dora")
    return caller.http


async def test_actor_is_found_by_the_login_in_any_case(director: httpx.AsyncClient) -> None:
    shown = await director.get("/settings/audit", params={"actor": "DORA", "act": "card.blocked", "record": "card:17"})
    assert "reason 17" in shown.text
    assert "reason 18" not in shown.text
    assert 'href="/cards/17"' in shown.text


async def test_older_acts_are_a_page_further_with_the_filter_kept(director: httpx.AsyncClient) -> None:
    first = await director.get("/settings/audit", params={"act": "card.blocked"})
    link = first.text.split('id="list-older" href="')[1].split('"')[0].replace("&amp;", "&")
    second = await director.get(link)
    assert "reason 59" in first.text
    assert "reason 9<" not in first.text
    assert "reason 9<" in second.text
    assert "Signed in" not in second.text.split("<tbody>")[1]


@pytest.mark.parametrize(
    "query",
    ["older=1", "older=x_1", f"older={10**18 - 1}_1", "since=yesterday", "until=9999-12-31", "since=0001-01-01"],
)
async def test_address_that_is_not_understood_is_a_bad_request(director: httpx.AsyncClient, query: str) -> None:
    assert (await director.get(f"/settings/audit?{query}")).status_code == 400


async def test_page_costs_a_bounded_number_of_statements(director: httpx.AsyncClient, caller: Caller) -> None:
    with statements(caller.service.database) as asked:
        await director.get("/settings/audit", params={"actor": "dora"})
    assert len([one for one in asked if one.lstrip().lower().startswith("select")]) <= 4
