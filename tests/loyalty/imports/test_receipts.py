from pathlib import Path

import pytest
from sqlalchemy import text

from api.state import Service
from loyalty.accounts.verify import verify_ledgers
from loyalty.cards.model import SeriesSettings
from loyalty.cards.series import put_series
from loyalty.imports.building import identify
from loyalty.imports.posting import Posted
from loyalty.imports.progress import Watch
from loyalty.imports.receipts import SeriesTakenError
from loyalty.receipts.documents import delete_document
from tests.conftest import ACT
from tests.loyalty.imports.sheets import OTHER_HEADER, SHOP, import_sheet, make_sheet


async def fetch(service: Service, statement: str) -> list[tuple[object, ...]]:
    """Ask the database itself."""
    async with service.database.connection() as connection:
        return [tuple(row) for row in await connection.execute(text(statement))]


async def turnovers(service: Service) -> dict[object, object]:
    """Give the turnover of each card by its number."""
    return {row[0]: row[1] for row in await fetch(service, "select number, turnover from card")}


SHOP_TURNOVERS = {"2900000120013": 1200, "2900000120020": 3500}


async def test_receipts_make_turnover_on_the_customers_cards(service: Service, tmp_path: Path) -> None:
    _, imported = await import_sheet(service, make_sheet(tmp_path))

    assert (imported.posted, imported.cards_made) == (Posted(5, 0, [], is_complete=True), 2)
    assert await turnovers(service) == SHOP_TURNOVERS
    assert await fetch(service, "select kind, number, date::text, total from document") == [
        ("adjustment", "A500005", "2011-04-04", -1106)
    ]
    assert not (await service.database.run(verify_ledgers)).differences


async def test_receipts_go_to_the_partitions_of_their_months(service: Service, tmp_path: Path) -> None:
    await import_sheet(service, make_sheet(tmp_path))
    assert await fetch(service, "select distinct tableoid::regclass::text from receipt order by 1") == [
        ("receipt_201103",),
        ("receipt_201104",),
    ]


async def test_file_imported_again_changes_nothing(service: Service, tmp_path: Path) -> None:
    await import_sheet(service, make_sheet(tmp_path))
    acts = await fetch(service, "select count(*) from activity")

    _, again = await import_sheet(service, make_sheet(tmp_path))

    assert (again.posted, again.cards_made) == (Posted(0, 5, [], is_complete=True), 0)
    assert await fetch(service, "select count(*) from activity") == acts


async def test_other_edition_of_the_same_receipts_is_the_same(service: Service, tmp_path: Path) -> None:
    await import_sheet(service, make_sheet(tmp_path))
    rows = [row.replace("GREEN TEA", "Tea, green").replace(",12001,", ",12001.0,") for row in reversed(SHOP)]
    rows = [row.replace("Tea, green", '"Tea, green"') for row in rows]
    new = "C500006,POT,POT,-1,2011-05-01 10:00:00,20.00,12002.0,UK"
    taken_back = "C500006,TEA,GREEN TEA,2,2011-05-01 10:00:00,3.50,12002.0,UK"

    other = make_sheet(tmp_path, [*rows, new, taken_back], header=OTHER_HEADER, name="other.csv")
    _, imported = await import_sheet(service, other)

    assert imported.posted == Posted(1, 5, [], is_complete=True)
    assert await turnovers(service) == SHOP_TURNOVERS | {"2900000120020": 3500 - 2000 + 700}


@pytest.mark.parametrize("row", [3, 6])
async def test_same_number_with_other_content_is_a_rejection(service: Service, tmp_path: Path, row: int) -> None:
    await import_sheet(service, make_sheet(tmp_path))
    changed = [
        line.replace("3.50", "3.60").replace("11.06", "12.06") if row == at else line for at, line in enumerate(SHOP)
    ]

    _, imported = await import_sheet(service, make_sheet(tmp_path, changed))

    assert (imported.posted.new, imported.posted.known) == (0, 4)
    assert [(one.line, one.reason) for one in imported.posted.rejections] == [
        (row + 2, "its receipt is kept already, with another content")
    ]
    assert await turnovers(service) == SHOP_TURNOVERS


async def test_receipt_under_a_tills_own_key_is_a_rejection(service: Service, tmp_path: Path) -> None:
    await import_sheet(service, make_sheet(tmp_path))
    (tmp_path / "mine.toml").write_text(_mapping_of("another_source"), encoding="utf-8")
    changed = [SHOP[3].replace("3.50", "3.60")]

    _, imported = await import_sheet(service, make_sheet(tmp_path, changed), mapping=str(tmp_path / "mine.toml"))

    assert [one.reason for one in imported.posted.rejections] == [
        "a receipt with this store, till, shift and number is kept with another content"
    ]


def _mapping_of(source: str) -> str:
    ready = Path(__file__).parents[3] / "loyalty" / "imports" / "mappings" / "online_retail.toml"
    return ready.read_text(encoding="utf-8").replace('source = "online_retail"', f'source = "{source}"')


async def test_payment_card_in_a_row_keeps_its_receipt_out(service: Service, tmp_path: Path) -> None:
    secret = SHOP[3].replace("GREEN TEA", "paid with 4111 1111 1111 1111")

    _, imported = await import_sheet(service, make_sheet(tmp_path, [SHOP[0], secret]))

    assert imported.posted.new == 1
    assert [(one.line, one.is_secret) for one in imported.posted.rejections] == [(3, True)]
    assert await turnovers(service) == {"2900000120013": 700}


async def test_stopped_import_goes_on_where_it_was(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loyalty.imports.posting.RECEIPTS_AT_ONCE", 2)
    seen: list[int] = []
    watch = Watch(lambda done, _total: seen.append(done), lambda: bool(seen))

    _, stopped = await import_sheet(service, make_sheet(tmp_path), watch=watch)
    _, finished = await import_sheet(service, make_sheet(tmp_path))

    assert 0 < stopped.posted.new < 5
    assert not stopped.posted.is_complete
    assert finished.posted == Posted(5 - stopped.posted.new, stopped.posted.new, [], is_complete=True)
    assert await turnovers(service) == SHOP_TURNOVERS


async def test_deleted_adjustment_stays_deleted(service: Service, tmp_path: Path) -> None:
    await import_sheet(service, make_sheet(tmp_path))
    await service.database.run(delete_document, identify("online_retail", "A500005"), act=ACT)

    _, again = await import_sheet(service, make_sheet(tmp_path))

    assert again.posted.known == 5
    assert await fetch(service, "select count(*) from document where deleted_at is null") == [(0,)]


async def test_series_of_the_shop_keeps_its_settings(service: Service, tmp_path: Path) -> None:
    own = SeriesSettings(name="Our own", kind="discount", number_template="29%010[1..20000]^", percent=30_000)
    await service.database.run(put_series, "ONLINE", own, act=ACT)

    _, imported = await import_sheet(service, make_sheet(tmp_path))

    assert imported.cards_made == 2
    assert await fetch(service, "select definition ->> 'name' from series") == [("Our own",)]
    assert await turnovers(service) == SHOP_TURNOVERS


async def test_series_that_makes_other_numbers_is_refused_before_anything(service: Service, tmp_path: Path) -> None:
    other = SeriesSettings(name="Taken", kind="discount", number_template="28%010^")
    await service.database.run(put_series, "ONLINE", other, act=ACT)

    with pytest.raises(SeriesTakenError, match="ONLINE is there and makes other numbers"):
        await import_sheet(service, make_sheet(tmp_path))

    assert await fetch(service, "select (select count(*) from card), (select count(*) from receipt)") == [(0, 0)]
