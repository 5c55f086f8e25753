"""The command that prices kept receipts again, as its users call it."""

import asyncio
import subprocess
from uuid import UUID

import pytest

from tests.api.rest.shop import Shop, make_line
from tests.conftest import run_command
from tests.loyalty.receipts.test_reprice import sell, shop

__all__ = ["shop"]


async def reprice(
    shop: Shop, command: list[str], day: str, until: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command for a day."""
    asked = [*command, "reprice", "--from", day, "--to", until or day]
    return await asyncio.to_thread(run_command, asked, TALLYCARD_DATABASE_URL=shop.url, TALLYCARD_CURRENCY="EUR")


async def test_nothing_differs_after_everything_that_prices_has_changed(shop: Shop, tallycard: list[str]) -> None:
    """PAP-14, PAP-15."""
    code = await shop.put_list(A="8.00")
    card = await shop.make_card(discount_percent="7", price_lists=[code], percent_without_quotation=True)
    for lines in ([make_line() | {"sku": "A"}], [make_line(price="100.00"), make_line(2, price="0.30")]):
        await sell(shop, *lines, card=card, business_date="1998-01-01")
    await shop.put_series(card.series, discount_percent="12")
    await shop.admin.put(f"/v1/price-lists/{code}", json={"name": code, "quotations": []})
    await shop.admin.put(f"/v1/series/{card.series}/rules", json={"receipt": [{"percent": "50"}]})

    told = await reprice(shop, tallycard, "1998-01-01")

    assert (told.returncode, told.stdout.splitlines()) == (
        0,
        ["2 receipts priced, 0 returns left to their sales", "no difference"],
    )


async def test_known_cause_is_named_and_an_unknown_one_is_a_failure(shop: Shop, tallycard: list[str]) -> None:
    card = await shop.make_card(discount_percent="7")
    own = await shop.sell(
        make_line(price="10.00", net="9.00", discount="1.00"), card=card.ref, business_date="1998-01-02"
    )
    known = await reprice(shop, tallycard, "1998-01-02")
    sale = await sell(shop, make_line(price="10.00"), card=card, business_date="1998-01-03")
    await shop.sql(
        "update receipt_line l set discount = 100, net = 900 from receipt_key k"
        " where k.uid = $1 and l.receipt_id = k.receipt_id",
        UUID(sale["receipt_uid"]),
    )
    unknown = await reprice(shop, tallycard, "1998-01-02", "1998-01-03")

    where = f"1998-01-02  {own['receipt_uid']}  store 0007, till 3, receipt {own['number']}"
    line = f"{where}: till_discount, 1.00 given, 0.70 by the rules"
    assert (known.returncode, known.stdout.splitlines()[0]) == (0, line)
    assert (unknown.returncode, unknown.stdout.splitlines()[-3:]) == (
        1,
        ["2 differ:", "  till_discount: 1", "  unexplained: 1"],
    )
    assert "differ for no known cause: 1" in unknown.stderr
    assert card.number not in unknown.stdout + unknown.stderr


@pytest.mark.parametrize("days", [("2026-01-02", "2026-01-01"), ("2026-01-32", "2026-02-01")])
def test_days_that_are_none_or_run_backwards_are_a_wrong_call(tallycard: list[str], days: tuple[str, str]) -> None:
    told = run_command([*tallycard, "reprice", "--from", days[0], "--to", days[1]])

    assert (told.returncode, told.stdout) == (2, "")
