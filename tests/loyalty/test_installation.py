import pytest

from api.settings import load_settings
from api.state import Service, running_service
from loyalty.installation import CurrencyFixedError, ensure_installation, ensure_till, list_tills
from loyalty.money import Currency
from tests.factories import make_receipt
from tests.loyalty.receipts.posting import post


async def test_currency_changes_until_something_is_posted(service: Service) -> None:
    yen = Currency("JPY", 0)
    await service.database.run(ensure_installation, currency=yen, timezone="Asia/Tokyo")
    await service.database.run(ensure_installation, currency=Currency("EUR", 2), timezone="Europe/Sofia")
    await post(service, make_receipt())

    with pytest.raises(CurrencyFixedError, match="EUR"):
        await service.database.run(ensure_installation, currency=yen, timezone="Europe/Sofia")


async def test_time_zone_of_the_installation_may_change_later(service: Service, database_url: str) -> None:
    await post(service, make_receipt())
    moved = load_settings({"TALLYCARD_CURRENCY": "EUR", "TALLYCARD_TIMEZONE": "Asia/Tokyo"})

    async with running_service(moved, database_url) as other:
        assert (await other.catalogue.at_least()).timezone == "Asia/Tokyo"


async def test_till_is_made_once(service: Service) -> None:
    before = await service.catalogue.newest()
    for _ in range(2):
        await service.database.run(ensure_till, store="0099", till="1")

    after = await service.catalogue.newest()
    assert ("0099", "1") in await service.database.run(list_tills)
    assert (after.version - before.version, after.stores["0099"].timezone) == (1, "Europe/Sofia")
