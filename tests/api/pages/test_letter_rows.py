"""Correspondence on pages, row by row: on paper and by e-mail, its two days, its order, and how it is found."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from api.mail.running import keep_mail_once
from tests.api.mailing.conftest import Sink, serving
from tests.api.pages.test_event_rows import listed
from tests.api.pages.test_letters import CLAIM, NEW, SCAN, make, words
from tests.api.pages.test_mail import submit
from tests.api.people import add_person, fill, hidden, send, sign_in
from tests.conftest import Caller
from tests.crm.mail.post import add_mailbox, come, letter
from tests.crm.merging.people import add_party
from tests.factories import make_company

_TOPIC = re.compile(r'<th scope="row"><a href="/letters/\d+">([^<]*)</a>')


@pytest.fixture
async def desk(caller: Caller) -> httpx.AsyncClient:
    """Give a director who is signed in; the mill is party 1, Anna with an address party 2."""
    await add_person(caller.service.database, login="boss", role="director")
    await make_company(caller.service.database, "Mill Lane")
    await add_party(caller.service.database, "Anna Marsh", emails=["anna@example.com"])
    await sign_in(caller.http, login="boss")
    return caller.http


@pytest.fixture
async def sink(caller: Caller) -> AsyncIterator[Sink]:
    """Give the mail server of the shop's mailbox, 1."""
    found = Sink()
    async with serving(found) as port:
        await add_mailbox(caller.service.database, smtp_port=port, smtp_security="none")
        yield found


async def topics(http: httpx.AsyncClient, query: str = "/letters") -> list[str]:
    """Give the topics that the journal shows, in its order."""
    answer = await http.get(query)
    assert answer.status_code == 200, answer.text
    return _TOPIC.findall(answer.text)


async def test_mail_registers_itself_and_paper_is_registered_by_hand_with_its_scan(
    caller: Caller, desk: httpx.AsyncClient, sink: Sink
) -> None:
    """C77-64, BG-26, PS-05: what is sent and what comes stands in the journal and among the party's contacts."""
    form = {"mailbox_id": "1", "to": "#2 Anna", "subject": "Beans", "text": "They came.", "go": "send"}
    assert (await submit(desk, "/mail/new", "/mail/write", form)).status_code == 303
    assert await topics(desk) == []
    await keep_mail_once(caller.service)
    answer = letter("Re: Beans", In_Reply_To=str(sink.letters[0]["Message-ID"]))
    await come(caller.service.database, 1, answer)
    page = hidden(await desk.get(NEW))
    paper = await desk.post(NEW, data=page | CLAIM | {"medium": "paper"}, files={"file": ("scan.png", SCAN)})

    shown = (await desk.get(paper.headers["location"])).text

    assert ("Medium On paper" in words(shown), 'class="shot"' in shown) == (True, True)
    assert sorted(await topics(desk, "/letters?medium=email")) == ["Beans", "Re: Beans"]
    assert await topics(desk, "/letters?medium=paper") == [CLAIM["topic"]]
    assert sorted(await topics(desk, "/letters?party=2&kind=email")) == ["Beans", "Re: Beans"]
    assert sorted(await listed(desk, "/events?party=2")) == ["Beans", "Re: Beans"]
    assert words((await desk.get("/parties/2")).text).count("Re: Beans") >= 2


async def test_letter_is_found_by_topic_number_party_and_text(desk: httpx.AsyncClient) -> None:
    """C77-65, C77-74: in the journal and by the search of everything, where an archived one is marked."""
    page = await make(desk, "Spelt for May", document_number="17/B", content="No gluten at all.")
    await make(desk, "Oats", party_id="#2")
    number = re.search(r"<dt>Number</dt><dd>([^<]+)</dd>", (await desk.get(page)).text)
    assert number is not None

    for typed in ("spelt may", "SPE", number[1], "17/b", "gluten", "mill"):
        assert await topics(desk, f"/letters?text={typed}") == ["Spelt for May"], typed
    assert "No such letters" in (await desk.get("/letters?text=barley")).text
    found = (await desk.get("/search?find=gluten")).text
    await send(desk, "/letters/archive", {"letter": page.rpartition("/")[2]})
    archived = (await desk.get("/search?find=gluten")).text
    assert f'href="{page}"' in found
    assert [f'href="{page}"' in archived, "archived" in words(archived)] == [True, True]
    nameless = await fill(desk, NEW, CLAIM | {"topic": " "})
    assert (nameless.status_code, 'id="topic-wrong"' in nameless.text) == (422, True)


async def test_day_of_the_document_is_kept_apart_and_is_never_the_later_one(desk: httpx.AsyncClient) -> None:
    """C77-71."""
    page = await make(desk, document_date="2020-01-31")
    shown, form = words((await desk.get(page)).text), (await desk.get(f"{page}/edit")).text
    late = await fill(desk, NEW, CLAIM | {"document_date": "2999-01-01"})

    assert re.search(r"Date of the document 31 \w+ 2020", shown)
    assert not re.search(r"Registered on \d+ \w+ 2020", shown)
    assert re.search(r'id="document_date"[^>]*value="2020-01-31"', form)
    assert (late.status_code, 'id="document_date-wrong"' in late.text) == (422, True)


async def test_urgent_letters_stand_first_and_then_the_newer_ones(desk: httpx.AsyncClient) -> None:
    """C77-73: each under its kind too; one that becomes urgent goes up."""
    low = await make(desk, "Low", priority="1")
    for topic, more in {
        "High, older": {"priority": "3", "registered_on": "2020-02-01"},
        "Normal": {"priority": "2"},
        "High": {"priority": "3", "registered_on": "2020-02-02", "kind": "contracts"},
        "Normal, older": {"priority": "2", "registered_on": "2020-02-01"},
    }.items():
        await make(desk, topic, **more)
    order = await topics(desk)
    await fill(desk, f"{low}/edit", CLAIM | {"topic": "Low", "priority": "3"})

    assert order == ["High", "High, older", "Normal", "Normal, older", "Low"]
    assert await topics(desk, "/letters?kind=claims") == ["Low", "High, older", "Normal", "Normal, older"]
    assert await topics(desk, "/letters?priority=3") == ["Low", "High", "High, older"]
