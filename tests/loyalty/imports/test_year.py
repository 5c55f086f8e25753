"""The year of a real shop, and another edition of a part of it."""

import csv
import lzma
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from api.state import Service
from loyalty.accounts.verify import verify_ledgers
from loyalty.cards.listing import count_turnover_bands
from loyalty.imports.posting import Posted
from tests.loyalty.imports.sheets import HEADER, OTHER_HEADER, import_sheet

pytestmark = pytest.mark.data

YEAR = "online_retail_2010_2011.csv.xz"
NUMBER, SKU, NAME, QUANTITY, TIME, PRICE, CUSTOMER = range(7)


async def test_year_of_a_real_shop_makes_its_turnover(service: Service, shared_data: Path) -> None:
    drafts, imported = await import_sheet(service, shared_data / YEAR)

    assert (drafts.rows, len(drafts.receipts), drafts.rejections) == (541_909, 25_900, [])
    assert (imported.posted, imported.cards_made) == (Posted(25_900, 0, [], is_complete=True), 4_372)
    assert await _count(service) == [("return", 3_836, 3_654), ("sale", 22_061, 18_536)]
    assert await _best(service, 3) == {14_646: 27_948_902, 18_102: 25_643_849, 17_450: 18_748_217}
    bands = await service.database.run(count_turnover_bands, [50_000, 100_000, 500_000, 1_000_000])
    assert [band.cards for band in bands] == [1_832, 907, 1_370, 166, 97]
    assert sum(band.turnover for band in bands) == 830_006_581
    assert not (await service.database.run(verify_ledgers)).differences

    _, again = await import_sheet(service, shared_data / YEAR)
    assert (again.posted, again.cards_made) == (Posted(0, 25_900, [], is_complete=True), 0)


async def test_overlapping_second_edition_adds_only_what_is_new(
    service: Service, shared_data: Path, tmp_path: Path, rng: Random
) -> None:
    with lzma.open(shared_data / YEAR, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    first = [row for row in rows if row[TIME] < "2011-01-15"]
    second = [_edited(row) for row in rows if "2011-01-05" <= row[TIME] < "2011-02-05"]
    taken_back = [("TEA", "-3", "4.1255"), ("CUP", "2", "0.105")]
    second += [
        ["C599999", sku, "", quantity, "2011-02-01 09:30", price, "14527.0", ""] for sku, quantity, price in taken_back
    ]
    rng.shuffle(second)

    _, before = await import_sheet(service, _write(tmp_path / "first.csv", HEADER, first))
    drafts, after = await import_sheet(service, _write(tmp_path / "second.csv", OTHER_HEADER, second))

    both = {row[NUMBER] for row in first} & {row[NUMBER] for row in second}
    new = [row for row in second if row[NUMBER] not in both]
    assert before.posted.known == 0
    assert after.posted == Posted(len(drafts.receipts) - len(both), len(both), [], is_complete=True)
    assert await _best(service, 10_000) == _turnovers([*first, *new])


def _edited(row: Sequence[str]) -> list[str]:
    """Give a row as another edition has it: times without seconds, a spreadsheet's customers, other descriptions."""
    customer = f"{row[CUSTOMER]}.0" if row[CUSTOMER] else ""
    time = row[TIME].removesuffix(":00")
    return [row[NUMBER], row[SKU], f" {row[NAME].title()}", row[QUANTITY], time, row[PRICE], customer, row[-1]]


def _write(path: Path, header: str, rows: Iterable[Sequence[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header.split(","))
        writer.writerows(rows)
    return path


def _turnovers(rows: Iterable[Sequence[str]]) -> dict[int, int]:
    """Reckon each customer's turnover by exact decimals, in minor units."""
    sums: dict[int, int] = defaultdict(int)
    for row in rows:
        if row[CUSTOMER]:
            amount = Decimal(row[QUANTITY]) * Decimal(row[PRICE])
            cents = amount.copy_abs().quantize(Decimal("0.01"), ROUND_HALF_UP).copy_sign(amount)
            sums[int(row[CUSTOMER].removesuffix(".0"))] += int(cents * 100)
    return dict(sums)


async def _count(service: Service) -> list[tuple[object, ...]]:
    query = text("select kind, count(*), count(card_number) from receipt group by kind order by kind")
    async with service.database.connection() as connection:
        return [tuple(row) for row in await connection.execute(query)]


async def _best(service: Service, most: int) -> dict[int, int]:
    """Give the turnover of the best cards by their customers' numbers."""
    query = text("select substr(number, 3, 10)::int, turnover from card order by turnover desc limit :most")
    async with service.database.connection() as connection:
        return {row[0]: row[1] for row in await connection.execute(query, {"most": most})}
