"""Mailings on pages, row by row: how urgent, out of which mailbox, filled for each, with files, and what became of them."""

import re
from collections.abc import AsyncIterator
from email.message import EmailMessage
from typing import Literal

import pytest

from tests.api.mailing.conftest import OFFER
from tests.api.pages.mailing_office import Office, draft, make_mailbox, opened_office, send, write
from tests.api.pages.test_event_rows import listed
from tests.crm.mail.post import come, letter
from tests.crm.mail.test_bounces import report

FILLED = {
    "subject": "{{ name }}, {{ tier | default('a card') }}",
    "html": "<p>{{ salutation }}: {{ card | default('no card') }} has {{ balance | default('nothing') }}.</p>",
}
PRICES = b"%PDF-1.7 beans 15.90"
GIVEN = {"wording": "I want to hear of offers."}


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    """Give the office of a shop whose mailbox was made on its page."""
    async with opened_office(database_url) as found:
        yield found


def words(text: str) -> str:
    """Give the text of a page without its markup."""
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


def by_address(office: Office) -> dict[str, EmailMessage]:
    """Give the messages that came to the mail server, by to whom."""
    return {one["To"].addresses[0].addr_spec: one for one in office.shop.sink.letters}


def body_of(message: EmailMessage, kind: Literal["plain", "html"]) -> str:
    """Give the text of a message."""
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def link_in(text: str, pattern: str) -> str:
    """Give the path of a link to the shop."""
    found = re.search(rf"https://shop\.example({pattern})", text)
    assert found is not None, text
    return found[1]


async def rows(office: Office, mailing: int, state: str) -> list[str]:
    """Give the addresses that the table of recipients shows for a state."""
    page = await office.see(f"/mailings/{mailing}?state={state}")
    return sorted(re.findall(r"<small>([^<@\s]+@example\.com)</small></th>", page))


async def test_mailing_goes_out_of_the_chosen_mailbox_and_the_more_urgent_goes_first(office: Office) -> None:
    """C77-19, C77-79, C77-84, C77-85: with no other mail system than the shop's own sender."""
    await make_mailbox(office, "Service", connections="1")
    people = await office.shop.customers(3)
    mailings = [
        await write(office, one, letter={"subject": f"Priority {at}"}, mailbox_id="2", priority=str(at))
        for at, one in enumerate(people, 1)
    ]
    check = words(await office.see(f"/mailings/{mailings[2]}/check"))

    await send(office, *mailings)

    assert "Mailbox Service, service@shop.example Priority High" in check
    assert [(one["Subject"], one["X-Priority"][0], one["Importance"]) for one in office.shop.sink.letters] == [
        ("Priority 3", "1", "high"),
        ("Priority 2", "3", "normal"),
        ("Priority 1", "5", "low"),
    ]
    assert {str(one["From"]) for one in office.shop.sink.letters} == {"Mill Lane <service@shop.example>"}
    wrong = await office.step(await draft(office), "setup", 422, name="X", kind_id=str(OFFER), priority="4")
    assert 'id="priority-wrong"' in wrong.text


async def test_party_is_picked_by_its_name_and_taken_off_again(office: Office) -> None:
    """C77-81: one that nobody has is told beside the field."""
    one, two, *_ = await office.shop.customers(3)
    mailing = await draft(office)
    await office.step(mailing, "recipients", party="Anna 1", control_percent="0", status=200)
    await office.step(mailing, "recipients", parties=[str(one)], party=f"#{two}", control_percent="0", status=200)
    both = await office.see(f"/mailings/{mailing}/recipients")
    nobody = await office.step(mailing, "recipients", parties=[str(one)], party="Zoe", control_percent="0", status=422)
    await office.step(mailing, "recipients", parties=[str(two)], control_percent="0", status=200)
    left = await office.see(f"/mailings/{mailing}/recipients")

    assert re.findall(r'name="parties" value="(\d+)" checked', both) == [str(one), str(two)]
    assert 'id="party-wrong"' in nobody.text
    assert re.findall(r'name="parties" value="(\d+)" checked', left) == [str(two)]


async def test_each_recipients_letter_is_seen_beforehand_as_it_goes_out(office: Office) -> None:
    """C77-83, C77-90: with own data, or the default for who has none."""
    anna, boris = await office.shop.customers(2)
    await office.see("/account")
    headers = {"X-CSRF-Token": office.token}
    await office.http.put("/v1/series/GOLD", json={"name": "Gold", "kind": "credit"}, headers=headers)
    await office.http.post("/v1/series/GOLD/cards", json={"number": "2900000000018"}, headers=headers)
    await office.http.patch("/v1/cards/1", json={"holder_id": anna}, headers=headers)
    top_up = {"amount": "12.50", "operation_uid": "7d9f7a4e-7a51-4c1e-9d55-0d1f6a3b2c11"}
    assert (await office.http.post("/v1/cards/1/top-up", json=top_up, headers=headers)).status_code == 201
    mailing = await write(office, anna, boris, letter=FILLED)
    root = f"/mailings/{mailing}"
    seen = [(await office.http.get(f"{root}/preview/A?party={one}")).text for one in (anna, boris)]
    beside = [await office.see(f"{root}/message?as={one}") for one in (anna, boris)]

    await send(office, mailing)

    told = ["Dear Anna: 0018 has €12.50.", "Dear Anna: no card has nothing."]
    subjects = ["Anna 1, Gold", "Anna 2, a card"]
    for at, party in enumerate((anna, boris)):
        message = by_address(office)[f"anna{party}@example.com"]
        assert message["Subject"] == subjects[at]
        assert subjects[at] in words(beside[at])
        assert told[at] in seen[at]
        assert told[at] in body_of(message, "html")
        assert told[at] in body_of(message, "plain")


async def test_letter_of_a_mailing_and_its_answer_stand_with_the_party(office: Office) -> None:
    """C77-82, BG-26: the answer is tied to the party by itself and is a contact of it."""
    anna, other = await office.shop.customers(2)
    await send(office, await write(office, anna, letter={"subject": "Beans"}))
    name = str(office.shop.sink.letters[0]["Message-ID"])
    answer = letter("Re: Beans", sender=f"Anna <anna{anna}@example.com>", In_Reply_To=name)
    await come(office.shop.service.database, 1, answer)

    timelines = [words(await office.see(f"/parties/{one}/timeline")) for one in (anna, other)]
    inbox, message = await office.see(f"/mail?party={anna}"), await office.see("/mail/1")

    assert ["Letter of a mailing sent" in one for one in timelines] == [True, False]
    assert "<b>Re: Beans</b>" in inbox
    assert f'<a href="/parties/{anna}">Anna 1</a>' in message
    assert await listed(office.http, f"/events?party={anna}") == ["Re: Beans"]
    assert "Re: Beans" in words(await office.see(f"/parties/{anna}"))


async def test_recipients_are_followed_by_state_and_copied_without_who_opted_out(office: Office) -> None:
    """C77-88, C77-92: all, only who got it, only who did not open it."""
    people = await office.shop.customers(4)
    mail = [f"anna{one}@example.com" for one in people]
    first = await write(office, *people, letter={}, is_tracked="yes")
    await send(office, first)
    messages = by_address(office)
    dot = link_in(body_of(messages[mail[1]], "html"), r'/o/[^"]+')
    assert (await office.http.get(dot)).status_code == 200
    came = report("postfix", str(messages[mail[2]]["Message-ID"]).strip("<>"), mail[2])
    await come(office.shop.service.database, 1, came)
    link = link_in(str(messages[mail[3]]["List-Unsubscribe"]), r"/u/[^>]+")
    assert (await office.http.post(link, data={"List-Unsubscribe": "One-Click"})).status_code == 200

    assert await rows(office, first, "sent") == sorted({mail[0], mail[1], mail[3]})
    assert await rows(office, first, "opened") == [mail[1]]
    assert (await office.see(f"/mailings/{first}")).count("<small>Opened</small>") == 1
    assert await rows(office, first, "bounced") == [mail[2]]
    for which, expected in {"all": mail[:2], "delivered": mail[:2], "unopened": mail[:1]}.items():
        mailing = await write(office, letter={})
        await office.see(f"/mailings/{mailing}/recipients")
        await office.send(f"/mailings/{mailing}/copy", source=str(first), which=which)
        await send(office, mailing)
        assert (which, await rows(office, mailing, "sent")) == (which, expected)
        assert mail[3] in await rows(office, mailing, "left_out")


async def test_who_opts_out_while_it_waits_stands_as_unsubscribed(office: Office) -> None:
    """C77-92: what waits is shown so, with what the server said."""
    anna, boris = await office.shop.customers(2)
    await send(office, await write(office, anna, letter={}))
    office.shop.sink.answers = ["451 4.3.0 busy"] * 2
    mailing = await write(office, anna, boris, letter={})
    await send(office, mailing)
    waits = await rows(office, mailing, "deferred")
    link = link_in(str(office.shop.sink.letters[0]["List-Unsubscribe"]), r"/u/[^>]+")
    await office.http.post(link, data={"List-Unsubscribe": "One-Click"})

    assert waits == [f"anna{anna}@example.com", f"anna{boris}@example.com"]
    assert await rows(office, mailing, "unsubscribed") == [f"anna{anna}@example.com"]
    assert "451 4.3.0 busy" in await office.see(f"/mailings/{mailing}?state=deferred")


async def test_file_is_attached_once_and_goes_to_each(office: Office) -> None:
    """C77-89: what is too much together is told beside the field."""
    mailing = await write(office, *await office.shop.customers(2), letter={})
    path, statuses = f"/mailings/{mailing}/files", []
    await office.see(f"/mailings/{mailing}/message")
    for name, content in (("prices.pdf", PRICES), ("large.bin", b"\0" * 5 * 2**20), ("more.bin", b"\0" * 6 * 2**20)):
        answer = await office.http.post(path, data={"csrf": office.token}, files={"file": (name, content)})
        statuses.append(answer.status_code)
    await office.send(f"{path}/2/remove")

    await send(office, mailing)

    assert statuses == [303, 303, 422]
    assert "10 MiB together" in words(answer.text)
    for message in office.shop.sink.letters:
        (part,) = message.iter_attachments()
        assert (part.get_filename(), part.get_payload(decode=True)) == ("prices.pdf", PRICES)
    assert len(office.shop.sink.letters) == 2
