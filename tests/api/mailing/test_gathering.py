"""Recipients from a file and from another mailing: read, put beside the audience, chosen among, and written to."""

import asyncio

import pytest

from api.jobs.working import do_all_jobs
from api.mailing.office import office_of
from api.mailing.running import send_mailings_once
from crm.mailings import gathering
from crm.mailings import service as mailings
from crm.mailings.errors import MailingRefusedError, MailingStateError
from crm.mailings.importing import Asked, Columns, ask_for_import, guess, read_row
from crm.mailings.leaving_out import Spot, list_left_out, read_spot
from crm.mailings.model import Audience, Mailing, Variant
from crm.mailings.repository.addresses import Given, count_addresses
from crm.transfer.errors import MappingRefusedError, UploadInUseError
from crm.transfer.repository.uploads import list_rejections
from crm.transfer.uploads import keep_upload
from loyalty.imports.lines import RowError
from loyalty.imports.tabular import Row
from tests.api.mailing.conftest import Shop
from tests.conftest import ACT
from tests.crm.transfer.files import Bytes, book

HEADER = ["E-mail", "Name", "Gift", "Подарък"]
LETTER = Variant(subject="{{ first_name }}: {{ own_gift | default('beans') }}", text="Hello {{ name }}.")


async def begin(shop: Shop, mailing: Mailing) -> None:
    """Begin a draft."""
    run, office = shop.service.database.run, office_of(shop.service)
    now = await run(mailings.load_mailing, mailing.id)
    await run(mailings.begin, mailing.id, office, seen=now.version, can_link=True, act=ACT)


async def left_out(shop: Shop, mailing: Mailing) -> dict[str, str]:
    """List who is left out, a row to a page."""
    found, after, rows = dict[str, str](), Spot(), 0
    while True:
        page = await shop.service.database.run(list_left_out, mailing.id, office_of(shop.service), after=after, most=1)
        found |= {one.address: one.reason for one in page.rows}
        rows += len(page.rows)
        if page.next is None:
            assert rows == len(found), "nobody stands there twice"
            return found
        after = read_spot(str(page.next))


async def fates(shop: Shop, mailing: Mailing) -> dict[str, tuple[str, str | None]]:
    """Tell the state and the reason of each address."""
    rows = await shop.execute(
        "select address, state, reason from mailing_recipient where mailing_id = :id", id=mailing.id
    )
    return {row.address: (row.state, row.reason) for row in rows}


def test_columns_are_guessed_and_others_have_places_of_their_own() -> None:
    """C77-87: with mapping."""
    assert guess(HEADER).columns == ("address", "name", "own_gift", "own_column_4")
    seen: dict[str, int] = {}
    row = read_row(Row(2, ["Anna@Shop.example", "Anna", "a\ncup", ""]), guess(HEADER), seen)
    assert row == Given("anna@shop.example", {"name": "Anna", "own_gift": "a cup"})
    for cells in (["", "Anna"], ["nobody", "x"], ["ANNA@shop.example", "again"]):
        with pytest.raises(RowError):
            read_row(Row(3, cells), guess(HEADER), seen)


async def test_file_is_taken_in_once_each_row_by_itself_and_fills_the_letter(shop: Shop) -> None:
    """C77-87: CSV import with mapping, error report, dedupe."""
    (anna,) = await shop.customers(1)
    run = shop.service.database.run
    mailing = await shop.mailing(begin=False, audience=Audience(parties=(anna,)), variants=(LETTER,))
    text = (
        "E-mail,Name,Gift\nzoe@shop.example,Zoe Hill,a cup\nnobody,x,y\nzoe@shop.example,Zoe again,\n"
        f"ANNA{anna}@example.com,Anna Own,a plate\n"
    )
    upload = await keep_upload(shop.service.database, "who.csv", Bytes(text.encode()), act=ACT)
    columns = guess(HEADER[:3])
    asked = Asked(upload, mailing.id, columns, is_agreed=True)
    await run(ask_for_import, asked, header=HEADER[:3], act=ACT)
    with pytest.raises(UploadInUseError):
        await run(ask_for_import, asked, header=HEADER[:3], act=ACT)
    await do_all_jobs(shop.service, asyncio.Event())
    rejected = await run(list_rejections, upload, after=0, limit=10)
    assert [(one.line, one.reason) for one in rejected] == [
        (3, "is no e-mail address such as name@shop.example"),
        (4, "has the same address as line 2"),
    ]
    count = await run(mailings.count_recipients, mailing.id, office_of(shop.service))
    assert (count.going, dict(count.left_out)) == (2, {"same_address": 1})
    await begin(shop, mailing)
    await send_mailings_once(shop.service)
    assert sorted(letter["Subject"] for letter in shop.sink.letters) == ["Anna: a plate", "Zoe: a cup"]
    assert shop.sink.counts == {"zoe@shop.example": 1, f"anna{anna}@example.com": 1}


async def test_way_out_of_a_letter_is_nobodys_to_give(shop: Shop) -> None:
    mailing = await shop.mailing(begin=False, variants=(LETTER,))
    upload = await keep_upload(shop.service.database, "who.csv", Bytes(b"a\n"), act=ACT)
    bad = Asked(upload, mailing.id, Columns(("address", "unsubscribe_url")), is_agreed=True)
    with pytest.raises(MappingRefusedError):
        await shop.service.database.run(ask_for_import, bad, header=["a", "b"], act=ACT)
    rows = [Given("zoe@shop.example", {"unsubscribe_url": "https://evil.example/", "name": "Zoe"})]
    await shop.service.database.run(gathering.put_addresses, mailing.id, rows, is_agreed=True, act=ACT)
    await begin(shop, mailing)
    await send_mailings_once(shop.service)
    assert "evil" not in str(shop.sink.bytes)
    assert shop.sink.letters[0]["List-Unsubscribe"].startswith("<https://shop.example/u/")


async def test_address_of_nobody_who_agreed_stays_out_and_so_does_one_who_refused(shop: Shop) -> None:
    """C77-87; each stays out by the first reason that holds."""
    ok, out, twice = await shop.customers(3)
    await shop.execute("update subscription set state = 'unsubscribed' where party_id = :id", id=out)
    await shop.suppress("listed@shop.example")
    await shop.execute(
        "insert into party_contact (party_id, position, kind, value, canonical)"
        " values (:id, 2, 'email', 'two@shop.example', 'two@shop.example')",
        id=twice,
    )
    mailing = await shop.mailing(begin=False, audience=Audience(parties=(ok,)), variants=(LETTER,))
    put = [f"anna{ok}@example.com", f"anna{out}@example.com", "listed@shop.example", "new@shop.example"]
    put += [f"anna{twice}@example.com", "two@shop.example"]
    rows = [Given(one) for one in put]
    await shop.service.database.run(gathering.put_addresses, mailing.id, rows, is_agreed=False, act=ACT)
    count = await shop.service.database.run(mailings.count_recipients, mailing.id, office_of(shop.service))
    foreseen = await left_out(shop, mailing)
    await begin(shop, mailing)
    await shop.prepare(mailing.id)
    found = await fates(shop, mailing)
    assert found == {
        f"anna{ok}@example.com": ("queued", None),
        f"anna{out}@example.com": ("left_out", "unsubscribed"),
        "listed@shop.example": ("left_out", "suppressed"),
        "new@shop.example": ("left_out", "no_consent"),
        f"anna{twice}@example.com": ("queued", None),
        "two@shop.example": ("left_out", "same_address"),
    }
    assert count.going == sum(state == "queued" for state, _ in found.values())
    stay_out = {address: reason for address, (state, reason) in found.items() if state == "left_out"}
    assert foreseen == stay_out | {f"anna{ok}@example.com": "same_address"}, "a party whose address stands beside"
    assert await left_out(shop, mailing) == stay_out


async def test_recipients_are_copied_all_or_who_got_it_or_who_did_not_open_it(shop: Shop) -> None:
    """C77-88: opted-out stay out."""
    got, opened, failed, out = parties = await shop.customers(4)
    run = shop.service.database.run
    first = await shop.mailing(*parties, is_tracked=True)
    await shop.prepare(first.id)
    await shop.execute("update mailing_recipient set state = 'sent'")
    await shop.execute("update mailing_recipient set opened_at = now() where party_id = :id", id=opened)
    await shop.execute("update mailing_recipient set state = 'failed' where party_id = :id", id=failed)
    wanted = {"all": {got, opened, failed}, "delivered": {got, opened}, "unopened": {got}}
    await shop.execute("update subscription set state = 'unsubscribed' where party_id = :id", id=out)
    for which, expected in wanted.items():
        draft = await shop.mailing(begin=False, variants=(LETTER,))
        await run(gathering.copy_recipients, draft.id, first.id, which, act=ACT)  # type: ignore[arg-type] # keys are such
        await begin(shop, draft)
        await shop.prepare(draft.id)
        rows = await shop.execute(
            "select party_id from mailing_recipient where mailing_id = :id and state = 'queued'", id=draft.id
        )
        assert (which, {row.party_id for row in rows}) == (which, expected)


async def test_who_did_not_open_is_known_of_a_tracked_mailing_alone_and_a_draft_alone_takes_them(shop: Shop) -> None:
    (anna,) = await shop.customers(1)
    run = shop.service.database.run
    first, draft = await shop.mailing(anna), await shop.mailing(begin=False, variants=(LETTER,))
    with pytest.raises(MailingRefusedError):
        await run(gathering.copy_recipients, draft.id, first.id, "unopened", act=ACT)
    with pytest.raises(MailingStateError):
        await run(gathering.copy_recipients, first.id, draft.id, "all", act=ACT)
    await run(gathering.put_addresses, draft.id, [Given("zoe@shop.example")], is_agreed=True, act=ACT)
    await run(gathering.take_out, draft.id, act=ACT)
    assert await run(count_addresses, draft.id) == 0


async def test_workbook_is_taken_in_as_a_table_is_and_an_archived_kind_begins_nothing(shop: Shop) -> None:
    """C77-86, C77-87: XLSX."""
    run = shop.service.database.run
    mailing = await shop.mailing(begin=False, variants=(LETTER,))
    content = book(("E-mail", "Gift"), ("zoe@shop.example", "a cup"))
    upload = await keep_upload(shop.service.database, "who.xlsx", Bytes(content), act=ACT)
    asked = Asked(upload, mailing.id, guess(["E-mail", "Gift"]), is_agreed=True)
    await run(ask_for_import, asked, header=["E-mail", "Gift"], act=ACT)
    await do_all_jobs(shop.service, asyncio.Event())
    assert await run(count_addresses, mailing.id) == 1
    await shop.execute("update mailing_kind set archived_at = now() where id = 2")
    with pytest.raises(MailingRefusedError):
        await begin(shop, mailing)
