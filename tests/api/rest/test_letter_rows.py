"""Correspondence over the API, row by row: the journal of both flows, who stands on which side, notices, files, search."""

from collections.abc import AsyncIterator
from itertools import product
from typing import Any  # JSON bodies are free in their values

import pytest

from api.mail.running import keep_mail_once
from api.settings import Settings
from tests.api.rest.people import add, make
from tests.api.rest.post import Office, opened
from tests.api.rest.shop import Shop, new_code
from tests.api.rest.work import Worker, hire
from tests.crm.mail.post import come, letter

PATH = "/v1/letters"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
PAGES_MOST = 10


@pytest.fixture
async def office(settings: Settings, database_url: str) -> AsyncIterator[Office]:
    """Give an office with a mailbox, 1."""
    async with opened(settings, database_url) as found:
        yield found


async def keep(worker: Worker, **said: Any) -> dict[str, Any]:
    """Register an incoming letter, or what is said."""
    body = {"flow": "incoming", "kind": "claims", "topic": "Flour of the wrong grade"} | said
    answer = await worker.http.post(PATH, json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def refused(worker: Worker, **said: Any) -> tuple[int, str]:
    """Try to register a letter; gives the status and the field that is told."""
    body = {"flow": "incoming", "kind": "claims", "topic": "Flour of the wrong grade"} | said
    answer = await worker.http.post(PATH, json=body)
    return answer.status_code, answer.json()["errors"][0]["field"]


async def journal(worker: Worker, **wanted: Any) -> list[int]:
    """Read the journal page by page to its end; gives the letters in its order."""
    found: list[int] = []
    for _ in range(PAGES_MOST):
        page = (await worker.http.get(PATH, params=wanted)).json()
        found += [one["letter_id"] for one in page["letters"]]
        if page["next"] is None:
            return found
        wanted["after"] = page["next"]
    raise AssertionError(found)


async def told(worker: Worker) -> list[str]:
    """Give of which letters somebody was told."""
    answer = await worker.http.get("/v1/notifications")
    assert answer.status_code == 200, answer.text
    return [one["record"] for one in answer.json()["notices"]]


async def test_both_flows_of_a_party_stand_in_one_journal(shop: Shop) -> None:
    """C77-17: and those of another party do not stand among them."""
    ann, mill, other = await hire(shop), await make(shop, new_code("Mill")), await make(shop)
    came = await keep(ann, party_id=mill)
    went = await keep(ann, flow="outgoing", party_id=mill, topic="Our answer")
    await keep(ann, party_id=other)

    assert await journal(ann, party_id=mill) == [went["letter_id"], came["letter_id"]]
    for flow, made in (("incoming", came), ("outgoing", went)):
        assert await journal(ann, party_id=mill, flow=flow) == [made["letter_id"]]
    acts = (await shop.admin.get(f"/v1/parties/{mill}/timeline")).json()["acts"]
    assert [one["record"] for one in acts if one["act"] == "letter.registered"] == [
        f"letter:{one['letter_id']}" for one in (went, came)
    ]


async def test_each_saved_letter_is_in_the_journal_once(shop: Shop) -> None:
    """C77-63: of every flow, medium, kind and priority, over all pages; what is archived is in the archive."""
    ann, mill = await hire(shop), await make(shop)
    sorts = product(("incoming", "outgoing"), ("paper", "email"), ("business", "claims", "contracts"), (1, 2, 3))
    names = ("flow", "medium", "kind", "priority")
    made = [await keep(ann, party_id=mill, **dict(zip(names, one, strict=True))) for one in list(sorts) * 2]
    saved = {one["letter_id"] for one in made}
    assert await refused(ann, party_id=mill, topic="") == (400, "topic")

    shown = await journal(ann, party_id=mill)
    away = shown[:20]
    await ann.http.post(f"{PATH}/archive", json={"letters": away})
    left, archived = await journal(ann, party_id=mill), await journal(ann, party_id=mill, archived=True)

    assert (len(shown), set(shown)) == (len(saved), saved)
    assert (set(archived), len(archived), set(left)) == (set(away), 20, saved - set(away))


async def test_listed_colleagues_are_told_once_when_it_is_saved(shop: Shop) -> None:
    """C77-18, C77-75: whoever is put on the list later is told then, and nobody twice."""
    ann, bob, kim, eve = [await hire(shop) for _ in range(4)]
    said = {"party_id": await make(shop), "notified": [bob.id, kim.id, bob.id]}
    made = await keep(ann, **said)
    path, record = f"{PATH}/{made['letter_id']}", f"letter:{made['letter_id']}"
    first = [await told(one) for one in (ann, bob, kim, eve)]

    change = {"flow": "incoming", "kind": "claims", **said, "topic": "Rye", "notified": [bob.id, kim.id, eve.id]}
    changed = await ann.http.put(path, json=change | {"version": made["version"]})
    await bob.http.get(path)
    marks = (await ann.http.get(path)).json()["notified"]

    assert changed.status_code == 200, changed.text
    assert first == [[], [record], [record], []]
    assert [await told(one) for one in (ann, bob, kim, eve)] == [[], [record], [record], [record]]
    assert {one["user_id"]: one["read_at"] is not None for one in marks} == {bob.id: True, kim.id: False, eve.id: False}
    assert await refused(ann, **said | {"notified": [4711]}) == (422, "notified")


async def test_mail_registers_itself_and_paper_is_registered_by_hand_with_its_scan(office: Office) -> None:
    """C77-64, BG-26, PS-05: what is sent and what comes are letters and contacts of the party by themselves."""
    anna = await office.customer("Anna Marsh")
    draft = await office.post("/v1/mail", mailbox_id=1, to=["Anna <anna@example.com>"], subject="Beans", text="Here.")
    await office.post(f"/v1/mail/{draft['mail_id']}/send", 202, version=draft["version"])
    assert (await office.get(PATH, party_id=anna))["letters"] == []
    await keep_mail_once(office.caller.service)
    (sent,) = office.sink.letters
    await come(office.caller.service.database, 1, letter("Re: Beans", In_Reply_To=str(sent["Message-ID"])))
    paper = await office.post(PATH, flow="incoming", kind="claims", topic="By post", party_id=anna)
    scan = await office.http.post(f"{PATH}/{paper['letter_id']}/files", files={"data": ("scan.png", PNG)})

    letters, events = await office.get(PATH, party_id=anna), await office.get("/v1/events", party_id=anna)

    assert scan.status_code == 201, scan.text
    assert {(one["topic"], one["flow"], one["medium"], one["files"]) for one in letters["letters"]} == {
        ("Beans", "outgoing", "email", 0),
        ("Re: Beans", "incoming", "email", 0),
        ("By post", "incoming", "paper", 1),
    }
    assert {(one["topic"], one["kind"], one["direction"]) for one in events["events"]} == {
        ("Beans", "email", "outgoing"),
        ("Re: Beans", "email", "incoming"),
    }


async def test_letter_is_found_by_topic_number_party_and_text(shop: Shop) -> None:
    """C77-65, C77-74: in the journal and by the search of everything; an archived one is marked there."""
    ann, word = await hire(shop), new_code("Millet")
    mill = await make(shop, f"{word} Traders")
    document, text = new_code("B"), new_code("Gluten")
    made = await keep(
        ann, party_id=mill, topic=f"Spelt {word}", document_number=f"17/{document}", content=f"No {text}."
    )
    await keep(ann, party_id=mill, topic="Oats")

    for words in (f"spelt {word}", word.upper() + " spe", made["number"], f"17/{document}", text.lower(), "spelt trad"):
        assert await journal(ann, party_id=mill, text=words) == [made["letter_id"]], words
    assert await journal(ann, party_id=mill, text="barley") == []
    await ann.http.post(f"{PATH}/archive", json={"letters": [made["letter_id"]]})
    found = (await ann.http.post("/v1/search", json={"text": text})).json()["letters"]
    assert [(one["letter_id"], one["is_archived"]) for one in found] == [(made["letter_id"], True)]


async def test_files_are_given_back_as_what_their_bytes_say(shop: Shop) -> None:
    """C77-66: whoever shows a letter elsewhere is told the type, and nothing that runs is given as what it claims."""
    ann = await hire(shop)
    path = f"{PATH}/{(await keep(ann, party_id=await make(shop)))['letter_id']}/files"
    files = {
        "a.pdf": b"%PDF-1.4",
        "b.png": PNG,
        "c.txt": "Да".encode(),
        "d.pdf": b"<script>1</script>",
        "e.bin": b"\0\1",
    }
    kept = [(await ann.http.post(path, files={"data": one})).json() for one in files.items()]

    given = [await ann.http.get(f"{path}/{one['file_id']}") for one in kept]

    types = ["application/pdf", "image/png", "text/plain", "text/plain", "application/octet-stream"]
    assert [one["media_type"] for one in kept] == types
    assert [one.headers["content-type"].partition(";")[0] for one in given] == types
    assert [one.content for one in given] == list(files.values())
    assert {one.headers["x-content-type-options"] for one in given} == {"nosniff"}


async def test_flow_says_who_stands_on_which_side(shop: Shop) -> None:
    """C77-68, C77-69: the party's contact person or our colleague, and our department on the other side."""
    ann, mill = await hire(shop), await make(shop)
    boris, stranger = [await make(shop, name, legal_status="natural_person") for name in ("Boris", "Zoe")]
    await add(shop, mill, "persons", person_id=boris)
    sides = {"party_id": mill, "department": "service"}

    came = await keep(ann, **sides, person_id=boris)
    went = await keep(ann, **sides, flow="outgoing", user_id=ann.id)

    told_of = ("party_id", "person_id", "user_id", "department")
    assert [came[name] for name in told_of] == [mill, boris, None, "service"]
    assert [went[name] for name in told_of] == [mill, None, ann.id, "service"]
    assert await refused(ann, **sides, user_id=ann.id) == (422, "user_id")
    assert await refused(ann, **sides, flow="outgoing", person_id=boris) == (422, "person_id")
    assert await refused(ann, **sides, person_id=stranger) == (422, "person_id")
    assert await refused(ann, department="service") == (422, "party_id")
