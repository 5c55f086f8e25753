"""What two parties said to mailings when they become one, and when they are two again: the no is the stronger."""

import pytest

from api.state import Service
from crm.consents.kinds import list_kinds
from crm.consents.model import Said
from crm.consents.repository.subscriptions import list_subscriptions
from crm.consents.service import give, list_consents, withdraw
from crm.merging.errors import MergeNotUndoableError
from crm.merging.model import Choices
from crm.merging.service import merge_parties, undo_merge
from database.activity import Act
from tests.conftest import ACT
from tests.factories import make_person

NEWS, OFFER = 1, 2
YES, NO = Said("page", "in_person"), Said("page")


async def said(service: Service, party_id: int) -> dict[int, str]:
    """Tell what holds between a party and kinds."""
    return {one.kind_id: one.state for one in await service.database.run(list_subscriptions, party_id)}


async def two_merged(service: Service) -> tuple[int, int, int]:
    """Merge who refused offers into who wanted them; news only the former wants."""
    run = service.database.run
    kept, merged = [await make_person(service.database, name) for name in ("Ana Ilieva", "A. Ilieva")]
    await run(give, kept, [OFFER], YES, act=ACT)
    await run(withdraw, merged, [OFFER], NO, act=ACT)
    await run(give, merged, [NEWS], YES, act=ACT)
    return kept, merged, await run(merge_parties, kept, merged, choices=Choices(), seen=None, act=ACT)


async def test_strictest_consent_wins_and_undo_gives_each_its_own_back(service: Service) -> None:
    """C77-86."""
    kept, merged, merge = await two_merged(service)
    assert await said(service, kept) == {NEWS: "subscribed", OFFER: "unsubscribed"}
    acts = (await service.database.run(list_consents, kept)).rows
    assert [(one.act, one.source) for one in acts if one.kind_id == OFFER] == [
        ("withdrawn", "merge"),
        ("withdrawn", "page"),
        ("given", "page"),
    ]
    await service.database.run(undo_merge, merge, act=ACT)
    assert await said(service, kept) == {OFFER: "subscribed"}
    assert await said(service, merged) == {NEWS: "subscribed", OFFER: "unsubscribed"}


async def test_no_that_was_said_since_stands_in_the_way_of_the_undo(service: Service) -> None:
    kept, _, merge = await two_merged(service)
    later = Act("form", ACT.at.replace(hour=ACT.at.hour + 1))
    await service.database.run(withdraw, kept, [OFFER], NO, act=later)
    with pytest.raises(MergeNotUndoableError):
        await service.database.run(undo_merge, merge, act=later)
    assert (await said(service, kept))[OFFER] == "unsubscribed"
    assert [one.code for one in await service.database.run(list_kinds)] == ["news", "offer", "service"]
