"""The list of parties as a person uses it: filters step by step, columns, orders, pages, without any script."""

import html
import re
from urllib.parse import quote

import httpx
import pytest

from crm.views.address import print_filter
from tests.crm.views.plain_sql import CASES

_ROW = re.compile(r'<th scope="row"><a href="/parties/(\d+)">')
_ON = re.compile(r'id="list-older" href="([^"]+)"')
_BACK = re.compile(r'id="list-newer" href="([^"]+)"')


def rows(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [int(found) for found in _ROW.findall(answer.text)]


async def test_filter_is_added_in_two_steps_and_stands_in_the_address(nora: httpx.AsyncClient) -> None:
    """BG-32, PAP-06: no script is needed."""
    asked = await nora.get("/parties", params={"add": "city.is"})
    assert '<input id="first" name="first" type="text"' in asked.text
    added = await nora.get("/parties", params={"add": "city.is", "sent": "yes", "first": "varna"})
    assert added.headers["location"] == "/parties?where=city~is~varna"
    listed = await nora.get(added.headers["location"])
    assert "city is “varna”" in listed.text
    both = await nora.get("/parties", params={"where": "city~is~varna", "add": "phone.given"})
    assert both.headers["location"] == "/parties?where=city~is~varna&where=phone~given"
    assert set(rows(await nora.get(both.headers["location"]))) < set(rows(listed))


@pytest.mark.parametrize(
    ("add", "typed", "where"),
    [
        ("turnover.at_least_in", {"first": "90", "second": "1 000,5"}, "turnover~at_least_in~90~1000.50"),
        ("group.any_of", {"first": ["vip", "press"]}, "group~any_of~vip~press"),
        ("card.held", {"first": "G", "second": "", "third": "10%"}, "card~held~G~~10"),
        ("country.any_of", {"first": "bg, ua"}, "country~any_of~BG~UA"),
        ("party.size", {}, None),
        ("party.size.at_least", {"first": "2,5"}, "party.size~at_least~2.5"),
        ("party.chain.is", {"first": "yes"}, "party.chain~is~yes"),
        ("party.band.one_of", {"first": ["small", "large"]}, "party.band~one_of~small~large"),
        (
            "party.since.between",
            {"first": "2020-01-01", "second": "2020-05-01"},
            "party.since~between~2020-01-01~2020-05-01",
        ),
    ],
)
async def test_what_is_typed_becomes_the_address(
    nora: httpx.AsyncClient, add: str, typed: dict[str, str | list[str]], where: str | None
) -> None:
    """UNF-43: an attribute is a filter as any other."""
    added = await nora.get("/parties", params={"add": add, "sent": "yes", **typed})
    if where is None:
        assert added.status_code == 400
    else:
        assert added.headers["location"] == f"/parties?where={quote(where, safe='~')}"


@pytest.mark.parametrize(
    ("add", "typed"),
    [
        ("city.is", {}),
        ("turnover.at_least", {"first": "a lot"}),
        ("birthday.on", {"first": "02-30"}),
        ("group.any_of", {}),
    ],
)
async def test_what_cannot_be_read_is_told_beside_its_field(
    nora: httpx.AsyncClient, add: str, typed: dict[str, str]
) -> None:
    asked = await nora.get("/parties", params={"add": add, "sent": "yes", **typed})
    assert asked.status_code == 422
    assert 'id="first-wrong"' in asked.text


async def test_every_filter_is_said_in_words(nora: httpx.AsyncClient) -> None:
    for one, _ in CASES:
        listed = await nora.get("/parties", params={"where": print_filter(one)})
        assert listed.status_code == 200
        chip = re.search(r'aria-label="Remove the filter: ([^"]+)"', listed.text)
        assert chip is not None, one
        assert "%(" not in chip[1], one


async def test_older_and_newer_lead_through_the_whole_list(nora: httpx.AsyncClient) -> None:
    first = await nora.get("/parties?where=archived~too&sort=-turnover")
    assert len(rows(first)) == 50
    on = await nora.get(html.unescape(_ON.findall(first.text)[0]))
    assert set(rows(on)).isdisjoint(rows(first))
    assert rows(await nora.get(html.unescape(_BACK.findall(on.text)[0]))) == rows(first)


async def test_columns_and_order_are_those_of_the_address(nora: httpx.AsyncClient) -> None:
    listed = await nora.get("/parties?columns=party.size%2Cturnover%2Cgroups&sort=-party.size")
    heads = re.findall(r'<th scope="col"[^>]*>(?:<a [^>]*>)?([^<]*)', listed.text)
    assert [head.strip() for head in heads] == ["", "Name", "size", "Turnover", "Groups"]
    assert 'aria-sort="descending"' in listed.text
    assert "sort=party.size" in listed.text  # the head turns the order round


async def test_address_that_means_nothing_is_refused(nora: httpx.AsyncClient) -> None:
    for query in ("where=nonsense", "sort=", "columns=;", "add=city.resembles", "on=x", "where=city~is~" + "x" * 300):
        assert (await nora.get(f"/parties?{query}")).status_code in {400, 422}, query


async def test_view_whose_words_are_gone_says_so_and_shows_nobody(nora: httpx.AsyncClient) -> None:
    listed = await nora.get("/parties?where=group~any_of~gone&where=phone~given")
    assert listed.status_code == 422
    assert "This list means nothing any more." in listed.text
    assert _ROW.search(listed.text) is None


async def test_nobody_who_fits_and_names_that_are_markup_are_shown_well(nora: httpx.AsyncClient) -> None:
    listed = await nora.get("/parties", params={"find": "<b>nobody"})
    shown = await nora.get(listed.headers["location"])
    assert "Nobody fits" in shown.text
    assert "“&lt;b&gt;nobody”" in shown.text


async def test_contact_persons_are_listed_with_whom_they_speak_for(nora: httpx.AsyncClient) -> None:
    """BG-02, C77-23, BG-18, BG-19: every name leads to its profile by one click; who answers for what, who is there now."""
    everybody = await nora.get("/persons")
    assert 'aria-label="Pages of contact persons"' not in everybody.text
    assert len(re.findall(r'<th scope="row"><a href="/parties/\d+">', everybody.text)) > 5
    some = await nora.get("/persons?responsibility=purchasing&reachable=now")
    assert 0 < len(rows(some)) < len(rows(everybody))
    assert "Nobody fits" in (await nora.get("/persons?find=nobody+at+all")).text
    assert (await nora.get("/persons?responsibility=gone")).status_code == 400
    assert (await nora.get("/persons?on=x")).status_code == 400
