"""What each module does over its own routes stands in the one feed, under its own source and no other."""

from typing import Any  # JSON bodies are free in their values

from api.feed_sources import SOURCES
from tests.api.rest.people import make
from tests.api.rest.shop import Shop, new_code, new_uid
from tests.api.rest.test_business_documents import LINES
from tests.api.rest.test_signals import hop
from tests.api.rest.work import hire, make_task
from tests.factories import make_receipt

AS_A_JOB = 101
"""More cards than are made at once."""

ACTS = {
    "events": "event.made",
    "calls": "call.came",
    "tasks": "task.made",
    "projects": "project.made",
    "surveys": "survey.made",
    "letters": "letter.registered",
    "mail": "mail.drafted",
    "mailings": "mailing.made",
    "business": "business_document.made",
    "receipts": "receipt.posted",
    "cards": "series.saved",
    "prices": "price_list.saved",
    "signals": "signal.dismissed",
    "parties": "party.made",
    "jobs": "job.queued",
    "settings": "feed_source.put",
}


async def ask(shop: Shop, path: str, body: dict[str, Any], *, method: str = "POST") -> None:
    """Do an act that must be taken."""
    answer = await shop.admin.request(method, path, json=body)
    assert answer.is_success, answer.text


async def do_everything(shop: Shop) -> None:
    """Do one act of every module."""
    party, card = await make(shop), await shop.make_card()
    await make_task(await hire(shop))
    await ask(shop, "/v1/events", {"kind": "event", "topic": "Meet"})
    await ask(shop, "/v1/calls", {"number": "+359290001234"})
    await ask(shop, "/v1/projects", {"name": "Hall", "kind": "internal"})
    await ask(shop, "/v1/surveys", {"name": "Quality"})
    await ask(shop, "/v1/letters", {"flow": "incoming", "kind": "claims", "topic": "Wrong flour", "party_id": party})
    mailbox = {"name": new_code("Box "), "address": "box@shop.example", "smtp_host": "mail.shop.example"}
    await ask(shop, "/v1/mailboxes", mailbox)
    await ask(shop, "/v1/mail", {"mailbox_id": 1, "to": ["anna@shop.example"], "subject": "Beans"})
    await ask(shop, "/v1/mailings", {"name": "Coffee", "kind_id": 3})
    order = {"kind": "order", "party_id": party, "date": "2026-11-22", "lines": LINES}
    await ask(shop, "/v1/business-documents", order)
    await ask(shop, "/v1/receipts", make_receipt())
    await shop.put_list(SKU="1.00")
    await hop(shop, card)
    signal = {"kind": "distant_stores", "card_id": card.id, "last_day": "2026-09-14", "reason": "one family"}
    await ask(shop, "/v1/signals/dismissals", signal)
    await ask(shop, f"/v1/series/{card.series}/cards", {"count": AS_A_JOB})
    await ask(shop, "/v1/feed/sources/laundry", {"names": {"en": "Laundry"}}, method="PUT")
    told = {"uid": new_uid(), "source": "laundry", "kind": "washed", "title": new_code("Coat ")}
    await ask(shop, "/v1/feed", told)


async def test_every_module_and_every_program_tells_its_acts_to_the_one_feed(shop: Shop) -> None:
    """PS-22, PS-01: no source is missing; PS-29, PS-30."""
    await do_everything(shop)

    found = {}
    for source in (*SOURCES, "laundry"):
        page = (await shop.admin.get("/v1/feed", params={"source": source})).json()["rows"]
        assert {row["source"] for row in page} <= {source}
        found[source] = {row["act"] for row in page}
    everything = (await shop.admin.get("/v1/feed")).json()["rows"]

    expected = ACTS | {"laundry": "laundry.washed"}
    assert {source for source, act in expected.items() if act not in found[source]} == set()
    assert {row["source"] for row in everything} == expected.keys()
