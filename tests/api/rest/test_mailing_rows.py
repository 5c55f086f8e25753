"""Mailings over the API, row by row: to whom, what, out of which mailbox, how urgently, and what became of each."""

import re
from collections.abc import AsyncIterator
from email.message import EmailMessage
from typing import Literal

import pytest

from api.settings import Settings
from tests.api.mailing.conftest import OFFER
from tests.api.rest.post import TEXT, Office, opened
from tests.api.rest.shop import refusal
from tests.crm.mail.post import come, letter
from tests.crm.mail.test_bounces import report

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
FILLED = {
    "subject": "{{ name }}, {{ tier | default('a card') }}",
    "html": "<p>{{ salutation }}: {{ card | default('no card') }} has {{ balance | default('nothing') }}.</p>",
}
PRICES = b"%PDF-1.7 beans 15.90"


@pytest.fixture
async def office(settings: Settings, database_url: str) -> AsyncIterator[Office]:
    """Give an office with a mailbox, 1."""
    async with opened(settings, database_url) as found:
        yield found


def link_of(message: EmailMessage) -> str:
    """Give the path of the one-click link of a message."""
    return str(message["List-Unsubscribe"]).removeprefix("<https://shop.example").removesuffix(">")


def body_of(message: EmailMessage, kind: Literal["plain", "html"]) -> str:
    """Give the text of a message."""
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


async def test_group_firm_and_persons_are_written_to_once_each_by_the_own_sender(office: Office) -> None:
    """C77-19, C77-79, C77-80, C77-81: whom a group has is looked up as it goes out; nobody gets it twice."""
    anna, boris = await office.customer("Anna Marsh"), await office.customer("Boris Beck")
    mill = await office.customer("Mill", status="limited_company")
    group = await office.post("/v1/directories/group", code="regulars", names={"en": "Regulars"})
    await office.join("regulars", anna, boris)
    path = await office.mailing(audience={"groups": [group["entry_id"]], "parties": [mill, anna]})
    counted = await office.get(f"{path}/count")
    await office.join("regulars", await office.customer("Zoe Hill"))

    await office.send(path)

    assert (counted["named"], counted["going"]) == (3, 3)
    assert office.sink.counts == {f"{one}@example.com": 1 for one in ("anna", "boris", "mill", "zoe")}
    assert ((await office.get(path))["state"], await office.in_state(path, "sent")) == ("sent", set(office.sink.counts))
    assert office.sink.letters[0]["From"] == "Mill Lane Offers <offers@shop.example>"


async def test_mailing_to_nobody_or_of_nothing_is_not_begun(office: Office) -> None:
    """C77-79, C77-83."""
    anna = await office.customer("Anna Marsh")
    for path in (await office.mailing(), await office.mailing(anna, variants=[{"subject": "Beans"}])):
        begun = await office.http.post(f"{path}/begin", json={"version": 1})
        assert begun.status_code == 422, begun.text
    assert office.sink.connections == 0


async def test_each_gets_the_text_that_the_preview_showed_with_own_data_or_the_default(office: Office) -> None:
    """C77-83, C77-90: name, salutation, card, tier and balance."""
    anna, boris = await office.customer("Anna Marsh"), await office.customer("Boris Beck")
    await office.http.put("/v1/series/GOLD", json={"name": "Gold", "kind": "credit"})
    await office.post("/v1/series/GOLD/cards", number="2900000000018")
    await office.http.patch("/v1/cards/1", json={"holder_id": anna})
    await office.post("/v1/cards/1/top-up", amount="12.50", operation_uid="7d9f7a4e-7a51-4c1e-9d55-0d1f6a3b2c11")
    path = await office.mailing(anna, boris, variants=[FILLED])
    shown = [await office.get(f"{path}/preview", party_id=one) for one in (anna, boris)]

    await office.send(path)

    assert [one["subject"] for one in shown] == ["Anna Marsh, Gold", "Boris Beck, a card"]
    told = ["Dear Anna: 0018 has €12.50.", "Dear Boris: no card has nothing."]
    by_address = {one["To"].addresses[0].addr_spec: one for one in office.sink.letters}
    for preview, words, name in zip(shown, told, ("anna", "boris"), strict=True):
        message = by_address[f"{name}@example.com"]
        assert message["Subject"] == preview["subject"]
        assert words in preview["html"]
        assert words in preview["text"]
        assert words in body_of(message, "html")
        assert words in body_of(message, "plain")


async def test_place_that_nobody_fills_is_told_before_anything_goes_out(office: Office) -> None:
    """C77-90."""
    path = await office.mailing(await office.customer("Anna Marsh"), variants=[{**TEXT, "subject": "{{ nobody }}"}])
    shown = await office.http.get(f"{path}/preview")
    begun = await office.http.post(f"{path}/begin", json={"version": 1})
    assert (refusal(shown), begun.status_code) == ((422, "content_refused"), 422)


async def test_high_goes_first_and_each_message_says_how_urgent_it_is(office: Office) -> None:
    """C77-84."""
    people = [await office.customer(name) for name in ("Anna", "Boris", "Cleo")]
    paths = [await office.mailing(one, priority=at) for at, one in enumerate(people, 1)]

    await office.send(*paths)

    said = [(one["To"], one["X-Priority"][0], one["Importance"]) for one in office.sink.letters]
    assert [rest for _, *rest in said] == [["1", "high"], ["3", "normal"], ["5", "low"]]
    assert [str(to).partition(" ")[0] for to, *_ in said] == ["Cleo", "Boris", "Anna"]
    refused = await office.http.post("/v1/mailings", json={"name": "X", "kind_id": OFFER, "priority": 4})
    assert refused.status_code == 400


async def test_mailing_goes_out_of_the_chosen_mailbox_by_its_limits(office: Office) -> None:
    """C77-85: three connections of two messages at most take five, and the other mailbox none."""
    box = await office.mailbox("Service", messages_per_connection=2)
    people = [await office.customer(name) for name in ("Anna", "Boris", "Cleo", "Dan", "Eve")]

    await office.send(await office.mailing(*people, mailbox_id=box))

    assert {str(one["From"]) for one in office.sink.letters} == {"Mill Lane Service <service@shop.example>"}
    assert (len(office.sink.letters), office.sink.connections) == (5, 3)
    unknown = await office.http.post("/v1/mailings", json={"name": "X", "kind_id": OFFER, "mailbox_id": 99})
    assert unknown.status_code == 404


async def test_addresses_are_put_in_once_each_with_values_of_their_own(office: Office) -> None:
    """C77-87: one that is there stays as it is; one that is none is told by its row."""
    anna = await office.customer("Anna Marsh")
    own = {"subject": "{{ first_name }}: {{ own_gift | default('beans') }}", "text": "Hello."}
    path = await office.mailing(anna, variants=[own])
    zoe = {"address": "Zoe@Shop.example", "given": {"name": "Zoe Hill", "own_gift": "a cup"}}
    bad = await office.http.post(f"{path}/addresses", json={"rows": [zoe, {"address": "nobody"}]})
    rows = [zoe, {"address": "zoe@shop.example"}, {"address": "ANNA@example.com", "given": {"name": "Anna"}}]

    put = await office.post(f"{path}/addresses", rows=rows, is_agreed=True)
    again = await office.post(f"{path}/addresses", rows=rows, is_agreed=True)
    await office.send(path)

    assert (bad.status_code, bad.json()["errors"][0]["field"]) == (400, "rows[1].address")
    assert (put, again) == ({"new": 2, "addresses": 2}, {"new": 0, "addresses": 2})
    assert sorted(one["Subject"] for one in office.sink.letters) == ["Anna: beans", "Zoe: a cup"]
    assert set(office.sink.counts.values()) == {1}


async def test_recipients_are_followed_by_state_and_copied_without_who_opted_out(office: Office) -> None:
    """C77-88, C77-92: all, only who got it, only who did not open it."""
    web, names = office.caller.http, ("refused", "got", "opened", "bounced", "out")
    first = await office.mailing(*[await office.customer(name.title()) for name in names], is_tracked=True)
    assert await office.in_state(first) == set()
    office.sink.answers = ["554 5.7.1 not here"]
    await office.send(first)
    _, opened_one, bounced, out = office.sink.letters
    dot = re.search(r"https://shop\.example(/o/[^\"]+)", body_of(opened_one, "html"))
    assert dot is not None
    assert (await web.get(dot[1])).status_code == 200
    name = str(bounced["Message-ID"]).strip("<>")
    await come(office.caller.service.database, 1, report("postfix", name, "bounced@example.com"))
    assert (await web.post(link_of(out), data=ONE_CLICK)).status_code == 200

    wanted = {"failed": "refused", "opened": "opened", "bounced": "bounced"}
    for state, one in wanted.items():
        assert await office.in_state(first, state) == {f"{one}@example.com"}
    goes = {"all": {"refused", "got", "opened"}, "delivered": {"got", "opened"}, "unopened": {"got"}}
    for which, expected in goes.items():
        draft = await office.mailing()
        await office.post(f"{draft}/copy", mailing_id=1, which=which)
        await office.send(draft)
        sent = await office.in_state(draft, "sent")
        assert (which, sent) == (which, {f"{one}@example.com" for one in expected})
        assert "out@example.com" in await office.in_state(draft, "left_out")


async def test_who_opts_out_while_it_waits_stands_as_unsubscribed(office: Office) -> None:
    """C77-92: what waits is queued until then."""
    anna, boris = await office.customer("Anna"), await office.customer("Boris")
    await office.send(await office.mailing(anna))
    path = await office.mailing(anna, boris)
    office.sink.answers = ["451 4.3.0 busy", "451 4.3.0 busy"]
    await office.send(path)
    waits = await office.in_state(path, "deferred")
    await office.caller.http.post(link_of(office.sink.letters[0]), data=ONE_CLICK)

    assert waits == {"anna@example.com", "boris@example.com"}
    assert await office.in_state(path, "unsubscribed") == {"anna@example.com"}
    assert await office.in_state(path, "deferred") == {"boris@example.com"}


async def test_file_is_put_to_a_mailing_once_and_goes_to_each(office: Office) -> None:
    """C77-89: of all files together there are at most 10 MiB, which is told."""
    path = await office.mailing(await office.customer("Anna"), await office.customer("Boris"))
    files = f"{path}/files"
    for name, content in (("prices.pdf", PRICES), ("large.bin", b"\0" * 5 * 2**20)):
        answer = await office.http.post(files, files={"data": (name, content)})
        assert answer.status_code == 201, answer.text
    too_large = await office.http.post(files, files={"data": ("more.bin", b"\0" * 6 * 2**20)})
    gone = [await office.http.delete(f"{files}/{one}") for one in (2, 2, 10**20)]
    kept = (await office.get(files))["files"]

    await office.send(path)

    assert (refusal(too_large), too_large.json()["errors"][0]["field"]) == ((422, "mailing_refused"), "file")
    assert "10 MiB together" in too_large.json()["detail"]
    assert {one.status_code for one in gone} == {204}
    assert [(one["name"], one["media_type"]) for one in kept] == [("prices.pdf", "application/pdf")]
    for message in office.sink.letters:
        (part,) = message.iter_attachments()
        assert (part.get_filename(), part.get_payload(decode=True)) == ("prices.pdf", PRICES)
    late = await office.http.post(files, files={"data": ("late.txt", b"late")})
    assert (len(office.sink.letters), refusal(late)) == (2, (409, "mailing_state"))


async def test_mailbox_keeps_its_settings_with_its_secret_sealed_and_is_tried(office: Office) -> None:
    """C77-91: servers of both ways, sender's name, limits; what the servers said."""
    well = await office.post("/v1/mailboxes/1/try", 200)
    limits = {"messages_per_minute": 60, "domain_per_minute": 20, "messages_per_connection": 10}
    imap = {"imap_host": "127.0.0.1", "imap_port": 9, "imap_security": "none", "imap_login": "shop"}
    secrets = {"smtp_login": "shop", "smtp_secret": "p@ss word", "imap_secret": "an0ther"}
    box = await office.mailbox("Both", smtp_port=9, **limits, **imap, **secrets)
    path = f"/v1/mailboxes/{box}"

    kept = await office.http.get(path)
    tried = await office.post(f"{path}/try", 200)
    refused = await office.http.post(
        "/v1/mailboxes", json={"name": "X", "address": "x@shop.example", "smtp_host": "h", "connections": 0}
    )

    assert (well["is_well"], well["incoming_problem"]) == (True, None)
    details = kept.json()["details"]
    assert {name: details[name] for name in (*limits, *imap)} == limits | imap
    assert (details["from_name"], details["smtp_login"]) == ("Mill Lane Both", "shop")
    assert (kept.json()["has_smtp_secret"], kept.json()["has_imap_secret"]) == (True, True)
    assert "p@ss" not in kept.text + (await office.http.get("/v1/mailboxes")).text
    assert (tried["is_well"], tried["incoming_problem"] is None) == (False, False)
    assert (await office.get(path))["problem"] is not None
    assert refused.status_code == 422, refused.text


async def test_letter_of_a_mailing_and_its_answer_stand_with_the_party(office: Office) -> None:
    """C77-82, BG-26: in one timeline, the answer as a contact of the party too."""
    anna = await office.customer("Anna Marsh")
    await office.send(await office.mailing(anna))
    name = office.sink.letters[0]["Message-ID"]
    await come(office.caller.service.database, 1, letter("Re: Anna, beans", In_Reply_To=str(name)))

    acts = {one["act"] for one in (await office.get(f"/v1/parties/{anna}/timeline"))["acts"]}
    (answer,) = (await office.get("/v1/mail", party_id=anna))["messages"]
    (event,) = (await office.get("/v1/events", party_id=anna))["events"]

    assert acts >= {"mailing_letter.sent", "event.made"}
    assert (answer["subject"], answer["flow"]) == ("Re: Anna, beans", "incoming")
    assert (event["kind"], event["topic"], event["direction"]) == ("email", "Re: Anna, beans", "incoming")
