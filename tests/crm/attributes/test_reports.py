"""The report of turnover by an attribute of the holder: filtered, and counted apart."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.state import Service
from crm.attributes.definitions import ChoiceDraft, Draft, add_attribute
from crm.attributes.errors import AttributeUnknownError, FilterRefusedError
from crm.attributes.reports import count_bands, find_usable, group_bands, list_usable, read_cuts, read_wanted
from crm.attributes.service import set_for_many
from loyalty.cards.listing import Band
from loyalty.money import DecimalError, Scale
from tests.conftest import ACT, run_command

CUTS = [100, 1_000]
HOLDERS = (1, 1, 2, 3, None)
"""Who holds the cards, of 50, 150, 250 and so on minor units of turnover."""


@pytest.fixture
async def holders(service: Service) -> None:
    """Make five cards of three people: the first is VIP, the first two are of the north and the second of the south."""
    await service.database.run(_make)


async def _make(connection: AsyncConnection) -> None:
    await connection.execute(
        text(
            """insert into party (kind, name, legal_status_id, changed_at)
            select 'person', 'P' || n, (select min(id) from directory_entry), now() from generate_series(1, 3) n"""
        )
    )
    await connection.execute(
        text('insert into series (version, code, definition) values (1, \'S\', \'{"kind": "discount", "name": "S"}\')')
    )
    for place, holder in enumerate(HOLDERS):
        await connection.execute(
            text(
                """insert into card (series_id, number, state, holder_id, turnover)
                values ((select id from series), :number, 'active', :holder, :turnover)"""
            ),
            {"number": f"S{place}", "holder": holder, "turnover": 50 + 100 * place},
        )
    vip = await add_attribute(connection, "party", "yes_no", Draft({"en": "VIP"}), act=ACT)
    choices = [ChoiceDraft({"en": "South"}), ChoiceDraft({"en": "North"})]
    region = await add_attribute(connection, "party", "choice", Draft({"en": "Region"}, choices=choices), act=ACT)
    await set_for_many(connection, "party", [1], vip.code, given=True, act=ACT)
    await set_for_many(connection, "party", [1, 2], region.code, "north", act=ACT)
    await set_for_many(connection, "party", [3], region.code, "south", act=ACT)


def test_cuts_are_rising_amounts_of_the_currency() -> None:
    assert read_cuts(["0", "500", "1000.50"], Scale(2)) == [0, 50_000, 100_050]


@pytest.mark.parametrize("cuts", ["", "5 5", "2 1", "1,000", "NaN", "1e3", "1.999", " ".join(map(str, range(51)))])
def test_cuts_that_do_not_rise_or_are_no_amounts_are_refused(cuts: str) -> None:
    with pytest.raises(DecimalError):
        read_cuts(cuts.split(), Scale(2))


def bands(*counted: tuple[int, int]) -> list[Band]:
    bounds = [(None, 100), (100, 1_000), (1_000, None)]
    return [Band(lower, upper, *one) for (lower, upper), one in zip(bounds, counted, strict=True)]


@pytest.mark.usefixtures("holders")
async def test_report_counts_the_cards_of_vip_holders_alone(service: Service) -> None:
    """UNF-42."""
    attributes = await service.database.run(list_usable)

    vip = await service.database.run(count_bands, CUTS, where=read_wanted(attributes, "party.vip is yes"))
    rest = await service.database.run(count_bands, CUTS, where=read_wanted(attributes, "party.vip is_not yes"))

    assert vip == bands((1, 50), (1, 150), (0, 0))
    assert rest == bands((0, 0), (3, 250 + 350 + 450), (0, 0))


@pytest.mark.usefixtures("holders")
async def test_report_counts_apart_by_region_in_the_order_of_its_choices(service: Service) -> None:
    """UNF-42, BG-31, BG-32: those without a value come last, and the groups add up to all cards."""
    by = find_usable(await service.database.run(list_usable), "party.region")

    groups = await service.database.run(group_bands, CUTS, by)

    assert [(group.name, group.bands) for group in groups] == [
        ("South", bands((0, 0), (1, 350), (0, 0))),
        ("North", bands((1, 50), (2, 150 + 250), (0, 0))),
        (None, bands((0, 0), (1, 450), (0, 0))),
    ]


@pytest.mark.usefixtures("holders")
async def test_command_takes_a_filter_and_a_grouping(tallycard: list[str], database_url: str) -> None:
    """UNF-42."""
    command = [*tallycard, "report", "turnover-bands", "--bounds", "0,1,10"]

    report = run_command(
        [*command, "--where", "party.vip is yes", "--by", "party.region"], TALLYCARD_DATABASE_URL=database_url
    )

    assert report.stdout.splitlines() == [
        "party.region: North",
        "turnover        cards   sum",
        "under 1.00          1  0.50",
        "1.00 to 10.00       1  1.50",
        "10.00 and over      0  0.00",
        "total               2  2.00",
    ]


@pytest.mark.usefixtures("holders")
async def test_filter_that_means_nothing_is_a_wrong_call(tallycard: list[str], database_url: str) -> None:
    command = [*tallycard, "report", "turnover-bands", "--where", "party.size is small"]

    report = run_command(command, TALLYCARD_DATABASE_URL=database_url)

    assert (report.returncode, report.stdout) == (2, "")
    assert "there is no such attribute" in report.stderr


@pytest.mark.usefixtures("holders")
@pytest.mark.parametrize("sentence", ["party.vip", "party.vip is", "party.vip like yes", "party.vip is maybe"])
async def test_sentence_that_is_no_filter_is_refused(service: Service, sentence: str) -> None:
    attributes = await service.database.run(list_usable)
    with pytest.raises(FilterRefusedError):
        read_wanted(attributes, sentence)
    with pytest.raises(AttributeUnknownError):
        read_wanted(attributes, "card.vip is yes")
