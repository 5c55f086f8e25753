"""Pages of the list: every order, in both directions, shows everybody once; columns cost a bounded number of queries."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.views.listing import PartyPage, Words, list_parties
from crm.views.model import COLUMNS, SORTS, Filter, View, ViewError
from crm.views.repository.context import Context
from crm.views.repository.pages import MOST_SEEN, ListPlace, read_ids
from database.engine import Database
from tests.api.people import statements
from tests.crm.views.crowd import TODAY
from tests.crm.views.plain_sql import CASES

LISTED = "from party p where merged_into is null and archived_at is null"
VALUE = "select v.{} from attribute_value v join attribute a on a.id = attribute_id where record_id = p.id and code = '{}' and item = 0"
KEYS = {
    "name": 'p.sort_name collate "C"',
    "changed": "p.changed_at",
    "created": "p.created_at",
    "turnover": "(select sum(turnover) from card where holder_id = p.id and state <> 'replaced')",
    "party.size": f"({VALUE.format('number_value', 'size')})",
    "party.since": f"({VALUE.format('date_value', 'since')})",
    "party.slogan": f'({VALUE.format("text_value", "slogan")}) collate "C"',
    "party.band": f"({VALUE.format('choice_id', 'band')})",
    "party.chain": f"({VALUE.format('flag_value', 'chain')})",
    "party.likes": f"({VALUE.format('choice_id', 'likes')})",
}


async def follow(
    database: Database, context: Context, view: View, *, start: ListPlace | None = None, is_back: bool = False
) -> list[list[int]]:
    """Read pages one after the other."""
    pages: list[list[int]] = []
    place = start
    while place is not None or not pages:
        page = await database.run(list_parties, view, context, place=place, size=7)
        pages.append([row.id for row in page.rows])
        place = page.back if is_back else page.on
    return pages


@pytest.mark.parametrize("is_descending", [False, True])
@pytest.mark.parametrize("sort", KEYS)
async def test_every_order_shows_everybody_once_forwards_and_backwards(
    crowd: Database, context: Context, sort: str, *, is_descending: bool
) -> None:
    """UNF-43."""
    way = "desc" if is_descending else "asc"
    plain = f"select id {LISTED} order by {KEYS[sort]} {way} nulls last, id {way}"

    async def sorted_ids(connection: AsyncConnection) -> list[int]:
        return list((await connection.execute(text(plain))).scalars())

    everybody = await crowd.run(sorted_ids)
    view = View(sort=sort, is_descending=is_descending)
    pages = await follow(crowd, context, view)
    assert [one for page in pages for one in page] == everybody
    assert {len(page) for page in pages[:-1]} == {7}
    end = await crowd.run(list_parties, view, context, size=len(everybody) - 1)
    assert end.on is not None
    last = await crowd.run(list_parties, view, context, place=end.on)
    assert last.back is not None
    back = await follow(crowd, context, view, start=last.back, is_back=True)
    assert [one for page in reversed(back) for one in page] == everybody[:-1]


def test_every_order_is_tried() -> None:
    assert set(SORTS) <= set(KEYS)


async def test_all_columns_of_a_party_are_those_of_the_tables(crowd: Database, context: Context) -> None:
    view = View(columns=(*COLUMNS, "party.size", "party.likes"), filters=(Filter("archived", "too"),))
    page = await crowd.run(list_parties, view, context, size=100)

    async def compare(connection: AsyncConnection) -> None:
        plain = """select p.*, count(c), sum(c.turnover) turnover, sum(c.balance) balance,
            max(coalesce(c.own_percent, (s.definition ->> 'percent')::bigint)) percent,
            (select max(day) from card_day d join card h using (card_id)
             where h.holder_id = p.id and h.state <> 'replaced' and receipts > 0) last_purchase,
            (select value from party_contact o where o.party_id = p.id and kind = 'phone'
             order by pinned desc, uses desc, position limit 1) phone
            from party p left join card c on holder_id = p.id and c.state <> 'replaced' left join series s on s.id = series_id
            where merged_into is null group by p.id"""
        kept = {row.id: row for row in await connection.execute(text(plain))}
        assert len(page.rows) == len(kept)
        for row in page.rows:
            for name in ("name", "kind", "percent", "turnover", "balance", "last_purchase", "phone", "birth_date"):
                assert getattr(row, name) == getattr(kept[row.id], name), (row.id, name)

    await crowd.run(compare)
    assert {row.attributes.get(6) for row in page.rows} == {None, (3,), (4,), (3, 4)}


async def test_relations_in_a_column_are_those_of_today(crowd: Database, context: Context, words: Words) -> None:
    page = await crowd.run(list_parties, View(columns=("relations",)), context, size=100)
    related = {entry.id: entry.code for entry in words.entries_of("relation")}
    for code in related.values():
        view = View((Filter("relation", "current", (code,)),))
        meant = {row.id for row in (await crowd.run(list_parties, view, context, size=100)).rows}
        assert meant == {row.id for row in page.rows if code in {related[one] for one in row.relations}}


async def test_any_columns_and_filters_cost_a_bounded_number_of_queries(crowd: Database, context: Context) -> None:
    """The bar of backoffice.md: the number of SQL queries of a page is bounded."""

    async def count(view: View) -> int:
        with statements(crowd) as found:
            await crowd.run(list_parties, view, context)
        return len(found)

    everything = View((Filter("phone", "given"),) * 3, (*COLUMNS, "party.size"), "party.size")
    assert await count(View()) == 2
    assert await count(everything) == 10


async def test_list_without_anybody_has_no_neighbours(crowd: Database, context: Context) -> None:
    view = View((Filter("name", "has", ("nobody at all",)),), COLUMNS)
    assert await crowd.run(list_parties, view, context) == PartyPage([], None, None, seen=0, is_all=True)


async def walk(connection: AsyncConnection, view: View, context: Context, *, window: int) -> list[int]:
    """Read a list to its end, looking so far ahead."""
    found: list[int] = []
    place: ListPlace | None = None
    while place is not None or not found:
        page = await read_ids(connection, view, context, place=place, size=9, window=window)
        found += page.ids
        place = page.on
        if not page.ids:
            break
    return found


@pytest.mark.parametrize("sort", ["name", "party.size", "turnover"])
async def test_near_and_far_the_same_parties_stand_in_the_list(crowd: Database, context: Context, sort: str) -> None:
    """UNF-43: where many pass the filters the next are looked at, where few do they are gathered; it shows nowhere."""

    async def compare(connection: AsyncConnection) -> None:
        for number, (one, sql) in enumerate(CASES):
            plain = f"select id from party p where merged_into is null and ({sql})"
            if one.field != "archived":
                plain += " and archived_at is null"
            plain += f" order by {KEYS[sort]} nulls last, id"
            expected = list((await connection.execute(text(plain.replace(":", r"\:")))).scalars())
            window = 10 if number % 2 else 20
            assert await walk(connection, View((one,), sort=sort), context, window=window) == expected, (one, sort)

    await crowd.run(compare)


async def test_how_many_there_are_is_told_as_far_as_it_was_seen(crowd: Database, context: Context) -> None:
    everybody = await crowd.run(list_parties, View(), context, size=150)
    assert (everybody.seen, everybody.is_all) == (len(everybody.rows), True)
    few = await crowd.run(list_parties, View((Filter("birthday", "on", ("12-31",)),)), context, size=3)
    assert few.is_all
    assert few.seen > len(few.rows)
    second = await crowd.run(list_parties, View(), context, place=few.on)
    assert (second.seen, second.is_all) == (0, False)


async def test_of_a_long_list_no_more_is_looked_for_than_is_told(database_url: str, context: Context) -> None:
    database = Database(database_url, role=None)
    many = """insert into party (kind, name, legal_status_id, created_at, changed_at)
        select 'person', 'Anna ' || n, (select min(id) from directory_entry), now(), now() from generate_series(1, 250) n"""

    async def fill(connection: AsyncConnection) -> None:
        await connection.execute(text(many))

    await database.run(fill)
    page = await database.run(list_parties, View(), context)
    await database.close()
    assert (page.seen, page.is_all) == (MOST_SEEN + 1, False)


async def test_unknown_order_and_column_are_refused(crowd: Database, context: Context) -> None:
    for view in (View(sort="shoe_size"), View(columns=("shoe_size",)), View(sort="party.gone")):
        with pytest.raises(ViewError):
            await crowd.run(list_parties, view, context)


def test_today_is_that_of_the_back_office(context: Context) -> None:
    assert context.today == TODAY
