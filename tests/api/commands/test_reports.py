import pytest

from api.commands.reports import format_bands
from loyalty.cards.listing import Band
from loyalty.money import Scale
from tests.conftest import run_command


def test_bands_are_an_aligned_table_with_a_total() -> None:
    bands = [Band(None, 50_000, 1_832, -1_250), Band(50_000, 1_000_000, 7, 123_456_789), Band(1_000_000, None, 0, 0)]
    assert format_bands(bands, Scale(2)) == [
        "turnover             cards           sum",
        "under 500.00         1,832        -12.50",
        "500.00 to 10,000.00      7  1,234,567.89",
        "10,000.00 and over       0          0.00",
        "total                1,839  1,234,555.39",
    ]


def test_bands_of_a_currency_without_decimals_have_none() -> None:
    assert format_bands([Band(None, 5_000, 1, 4_000)], Scale(0))[1] == "under 5,000      1  4,000"


@pytest.mark.parametrize(
    ("bounds", "first"),
    [("0,500", "under 500.00"), ("100,500", "under 100.00"), ("-5,0", "under -5.00"), ("0", "under 0.00")],
)
def test_first_bound_of_nothing_is_no_bound(tallycard: list[str], database_url: str, bounds: str, first: str) -> None:
    report = run_command(
        [*tallycard, "report", "turnover-bands", "--bounds", bounds], TALLYCARD_DATABASE_URL=database_url
    )
    assert report.returncode == 0
    assert report.stdout.splitlines()[1].startswith(first)


@pytest.mark.parametrize("bounds", ["500,100", "500,500", "a", "", "1.005"])
def test_bounds_that_do_not_rise_are_a_wrong_call(tallycard: list[str], bounds: str) -> None:
    report = run_command([*tallycard, "report", "turnover-bands", "--bounds", bounds])
    assert (report.returncode, report.stdout) == (2, "")
    assert "--bounds" in report.stderr
