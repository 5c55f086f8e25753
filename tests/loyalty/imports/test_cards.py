from collections.abc import Mapping, Sequence
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.state import Service
from loyalty.accounts.verify import verify_ledgers
from loyalty.cards import repository
from loyalty.cards.model import Card, SeriesSettings
from loyalty.cards.series import put_series
from loyalty.cards.service import OwnSettings, change_card, make_card
from loyalty.cards.terms import last_day
from loyalty.errors import SeriesUnknownError
from loyalty.imports.card_rows import CardDraft
from loyalty.imports.cards import CARDS_AT_ONCE, CardsImported, import_cards
from loyalty.imports.progress import Watch
from loyalty.numbering import canonical
from tests.conftest import ACT
from tests.loyalty.imports.sheets import unwatched


async def _find_holders(_: AsyncConnection, keys: Sequence[str]) -> Mapping[str, int]:
    return {key: int(key) for key in keys if key != "0"}


async def _import(
    service: Service, *drafts: CardDraft, series: str = "OLD", watch: Watch | None = None
) -> CardsImported:
    return await import_cards(
        drafts, series, source="former", find_holders=_find_holders, database=service.database, act=ACT,
        watch=watch or unwatched(),
    )  # fmt: skip


async def _make_series(service: Service, code: str = "OLD", **settings: object) -> None:
    made = SeriesSettings(**({"name": code, "kind": "credit"} | settings))  # type: ignore[arg-type] # settings of every kind
    await service.database.run(put_series, code, made, act=ACT)


async def _read(service: Service, number: str) -> Card:
    async def find(connection: AsyncConnection) -> Card | None:
        card_id = await repository.find_card_id(connection, canonical(number))
        return None if card_id is None else await repository.find_card(connection, card_id)

    card = await service.database.run(find)
    assert card is not None
    return card


async def test_card_comes_in_with_its_settings_and_opening_figures(service: Service) -> None:
    """PAP-20: turnover of a former system counts on the day for which it was told."""
    await _make_series(service)
    draft = CardDraft(
        2, "A1", percent=75_000, credit_limit=500, turnover=12_345, balance=1_000, expires_on=date(2027, 6, 30),
        state="blocked", as_of=date(2026, 1, 31),
    )  # fmt: skip

    imported = await _import(service, draft)

    card = await _read(service, "A1")
    assert (imported.new, imported.known, imported.rejections) == (1, 0, [])
    assert (card.own_percent, card.credit_limit, card.own_expires_on, card.state) == (
        75_000,
        500,
        date(2027, 6, 30),
        "blocked",
    )
    assert (card.turnover, card.balance) == (12_345, 1_000)
    days = await service.database.run(_ask, "select day, turnover from card_day")
    assert days == [(date(2026, 1, 31), 12_345)]
    assert (await service.database.run(verify_ledgers)).differences == []


async def test_card_that_waits_for_its_activation_begins_its_term_as_it_comes_in(service: Service) -> None:
    """PAP-17: settings of the series act on cards that come in, and their own go before."""
    await _make_series(service, activation="manual", term="P1M", credit_limit=900)
    own = CardDraft(3, "A2", expires_on=date(2030, 1, 31), credit_limit=100)

    await _import(service, CardDraft(2, "A1"), own, CardDraft(4, "A3", state="closed"))

    today = ACT.at.date()
    first, second, third = [await _read(service, number) for number in ("A1", "A2", "A3")]
    assert [first.state, second.state, third.state] == ["active", "active", "closed"]
    assert (first.activated_on, first.own_expires_on) == (today, last_day(today, "P1M"))
    assert (second.own_expires_on, third.activated_on, third.own_expires_on) == (date(2030, 1, 31), None, None)
    assert [first.credit_limit, second.credit_limit] == [900, 100]


async def test_journal_tells_of_each_card_what_it_got(service: Service) -> None:
    await _make_series(service)

    await _import(service, CardDraft(2, "A1", percent=75_000, state="blocked"), CardDraft(3, "A2", turnover=5))

    query = "select record, act, data from activity where card_id is not null order by card_id, id"
    told = [(act, data) for _, act, data in await service.database.run(_ask, query)]
    figures = {"turnover": 0, "balance": 0, "points": 0}
    assert told == [
        ("card.changed", {"old": {"own_percent": None}, "new": {"own_percent": 75_000}}),
        ("card.blocked", {"old": "active", "new": "blocked", "reason": "imported"}),
        ("card.opened", {"new": figures}),
        ("card.opened", {"new": figures | {"turnover": 5}}),
    ]


async def test_two_lines_of_one_card_come_in_once_and_the_unlike_one_stays_out(service: Service) -> None:
    await _make_series(service)
    drafts = [CardDraft(2, "A1", turnover=7), CardDraft(3, "B1"), CardDraft(4, "A1", turnover=7)]

    imported = await _import(service, *drafts, CardDraft(5, "A1", turnover=8))

    assert (imported.new, imported.known) == (2, 1)
    assert [rejection.line for rejection in imported.rejections] == [5]
    assert (await _read(service, "A1")).turnover == 7


async def _ask(connection: AsyncConnection, query: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await connection.execute(text(query))]


async def test_file_imported_again_changes_nothing_even_where_the_card_changed_since(service: Service) -> None:
    await _make_series(service)
    drafts = [CardDraft(line, f"A{line}", percent=50_000, turnover=100) for line in range(2, 120)]
    first = await _import(service, *drafts)
    card = await _read(service, "A5")
    await service.database.run(change_card, card.card_id, OwnSettings(percent=90_000), act=ACT)

    again = await _import(service, *drafts)

    assert (first.new, again.new, again.known) == (118, 0, 118)
    card = await _read(service, "A5")
    assert (card.own_percent, card.turnover, card.version) == (90_000, 100, 1)


async def test_bad_lines_stay_out_one_by_one_and_whole(service: Service) -> None:
    await _make_series(service)
    await _make_series(service, "OTHER", kind="discount")
    await service.database.run(make_card, "OTHER", number="TAKEN", act=ACT)
    await _import(service, CardDraft(2, "KNOWN", turnover=100))

    imported = await _import(
        service,
        CardDraft(2, "GOOD1", turnover=5),
        CardDraft(3, "TAKEN", turnover=5),
        CardDraft(4, "KNOWN", turnover=101),
        CardDraft(5, "OWES", balance=-100),
        CardDraft(6, "POINTS", points=7),
        CardDraft(7, "NOBODY", holder="0"),
        CardDraft(8, "GOOD2", turnover=6),
    )

    assert (imported.new, imported.known) == (2, 0)
    assert [(rejection.line, rejection.reason) for rejection in imported.rejections] == [
        (3, "a card of another series has its number"),
        (4, "its card was imported already, with another content"),
        (5, "the card's balance does not cover it"),
        (6, "cards of series OLD hold no points"),
        (7, "no party was imported under its holder's key"),
    ]
    numbers = await service.database.run(_ask, "select number from card order by card_id")
    assert numbers == [("TAKEN",), ("KNOWN",), ("GOOD1",), ("GOOD2",)]


async def test_stopped_import_goes_on_where_it_was(service: Service) -> None:
    await _make_series(service)
    drafts = [CardDraft(line, f"A{line}", turnover=line) for line in range(2, CARDS_AT_ONCE + 152)]
    done: list[int] = []
    stopping = Watch(lambda so_far, _: done.append(so_far), lambda: bool(done))

    stopped = await _import(service, *drafts, watch=stopping)
    finished = await _import(service, *drafts)

    assert (stopped.new, stopped.is_complete) == (CARDS_AT_ONCE, False)
    assert (finished.new, finished.known, finished.is_complete) == (150, CARDS_AT_ONCE, True)


async def test_card_that_was_made_before_gets_its_opening_figures(service: Service) -> None:
    await _make_series(service)
    await _import(service, CardDraft(2, "A1"))

    async def forget(connection: AsyncConnection) -> None:
        await connection.execute(text("delete from operation"))

    await service.database.run(forget)

    imported = await _import(service, CardDraft(2, "A1", turnover=7))

    assert (imported.new, (await _read(service, "A1")).turnover) == (1, 7)


async def test_series_that_is_not_there_ends_the_import(service: Service) -> None:
    with pytest.raises(SeriesUnknownError):
        await _import(service, CardDraft(2, "A1"), series="NOWHERE")
