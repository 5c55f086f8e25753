"""Lists of parties in a real Chromium: both themes and a phone, by keyboard alone, without scripts, no complaint."""

import pytest
from playwright.async_api import Browser

from tests.api.pages.test_browser import LOOKS, check, enter, visitor

pytestmark = pytest.mark.browser

WIDE = "columns=kind,legal_status,relations,groups,phone,email,city,country,birth_date,cards,turnover,party.size,party.likes"
PAGES = {
    "parties": "/parties",
    "parties-wide": f"/parties?{WIDE}&sort=-party.size",
    "parties-filtered": "/parties?where=city~is~Sofia&where=turnover~at_least~1.00&where=group~any_of~vip~press",
    "parties-none": "/parties?where=name~has~nobody",
    "parties-gone": "/parties?where=group~any_of~gone",
    "parties-adding": "/parties?add=card.held",
    "parties-view": "/parties/view?where=city~is~Sofia",
    "parties-change": "/parties/change?which=all&where=city~is~Sofia",
    "parties-change-group": "/parties/change?which=ticked&party=2&act=add_to_group",
    "parties-change-attribute": "/parties/change?which=ticked&party=2&act=set_attribute&attribute=party.band",
    "persons": "/persons",
    "persons-none": "/persons?find=nobody+at+all",
    "parties-refused": "/parties?add=turnover.at_least_in&sent=yes&first=x",
}


@pytest.mark.parametrize("look", LOOKS)
async def test_every_list_is_accessible_and_fits(chromium: Browser, crowd_address: str, look: str) -> None:
    async with visitor(chromium, crowd_address, look) as page:
        await enter(page)
        for name, path in PAGES.items():
            await page.goto(path)
            await check(page, f"{name}-{look}")
