"""What customers are called and what is typed attacks headers, templates and HTML, through the sender to a mail server.

Every address in an attack leads to a trap on this machine, so that whoever follows one, in whatever language a library
is written, is seen. `tests.crm.mailings.test_content` tries 160 more on the content alone.
"""

import asyncio
from collections.abc import AsyncIterator
from email.message import EmailMessage

import pytest
from msgspec import structs

from api.mailing.running import send_mailings_once
from crm.files.model import make_file
from crm.mailboxes import service as mailboxes
from crm.mailboxes.errors import MailboxRefusedError
from crm.mailboxes.model import Secrets
from crm.mailings import service as mailings
from crm.mailings.content.placeholders import one_line
from crm.mailings.errors import ContentRefusedError
from crm.mailings.model import Audience, Variant
from crm.mailings.preview import preview
from loyalty.money import Currency
from tests.api.mailing.conftest import KEY, OFFICE, Shop
from tests.conftest import ACT
from tests.crm.mailings.test_content import HEADER_ATTACKS, HTML_ATTACKS

TEXT = Variant(
    subject="[{{ name }}]", html="<p>[{{ name }}] {{ salutation }}</p>", text="[{{ name }}]\n.\nQUIT\n{{ salutation }}"
)
NAMES = [one for one in HEADER_ATTACKS + HTML_ATTACKS if "\0" not in one]
ADDRESSES = [
    "anna@example.com\r\nRCPT TO:<all@example.com>",
    "anna@example.com>\r\nDATA",
    "anna@example.com, all@example.com",
    "<anna@example.com>",
    "anna@example.com\nBcc: all@example.com",
    "anna@example.com SIZE=1",
    '"a\r\nb"@example.com',
    "anna@[127.0.0.1]",
    "@all.example:anna@example.com",
    "anna@exa\u2028mple.com",
    "anna@example.com\x0b",
    "anna@пример.бг>",
]
FILE_NAMES = [
    'a";\r\nX-Evil: 1\r\n\r\n.txt', "a\r\nContent-Type: text/html.txt", "../../etc/passwd", "a%0d%0aX-Evil: 1.txt",
    "a\u202etxt.exe", "=?utf-8?q?evil?=.txt", "a;name=evil.html.txt", "--=_boundary--.txt",
]  # fmt: skip
LINKS = [
    '<link rel="stylesheet" href="{trap}a.css"><p>x</p>',
    "<style>@import url({trap}b.css);p{{color:red}}</style><p>x</p>",
    "<style>@font-face{{font-family:x;src:url({trap}c)}}p{{font-family:x}}</style><p>x</p>",
    '<style>p{{background:url("{trap}d")}}</style><p>x</p>',
    '<p style="background-image:url({trap}e)">x</p>',
    '<p style="color:red;behavior:url({trap}f)">x</p>',
    '<?xml-stylesheet href="{trap}g"?><p>x</p>',
    '<!DOCTYPE x [<!ENTITY e SYSTEM "{trap}h">]><p>&e;</p>',
    '<iframe src="{trap}i"></iframe><p>x</p>',
    '<iframe srcdoc="<img src={trap}j>"></iframe><p>x</p>',
    '<object data="{trap}k"></object><p>x</p>',
    '<embed src="{trap}l"><p>x</p>',
    '<video poster="{trap}m" src="{trap}n"></video><p>x</p>',
    '<audio src="{trap}o"></audio><p>x</p>',
    '<svg><image href="{trap}p"/><use href="{trap}q#a"/></svg><p>x</p>',
    '<meta http-equiv="refresh" content="0;url={trap}r"><p>x</p>',
    '<base href="{trap}s"><p>x</p>',
    '<form action="{trap}t"><button>x</button></form><p>x</p>',
    '<body background="{trap}u"><p>x</p></body>',
    '<table background="{trap}v"><tr><td>x</td></tr></table>',
    '<script src="{trap}w"></script><p>x</p>',
    '<img srcset="{trap}x 2x" alt="x"><p>x</p>',
    '<link rel="dns-prefetch" href="{trap}y"><link rel="preload" href="{trap}z"><p>x</p>',
    '<math><mi xlink:href="{trap}1">x</mi></math><p>x</p>',
    "<p onmouseover=\"fetch('{trap}2')\">x</p>",
    '<template><img src="{trap}3"></template><p>x</p>',
    '<noscript><p title="</noscript><script src={trap}4></script>"></noscript><p>x</p>',
    "<a href=\"javascript:fetch('{trap}5')\">x</a>",
    '<a href="data:text/html,<script src={trap}6></script>">x</a>',
    "<p>{{{{ name.__class__ }}}}</p>",
]
"""Each would call the trap or run something, were it not taken out or refused."""


class Trap:
    """A listener that nobody should ever call."""

    def __init__(self) -> None:
        self.calls = 0
        self.address = ""

    async def answer(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Count a call."""
        self.calls += 1
        writer.close()


@pytest.fixture
async def trap() -> AsyncIterator[Trap]:
    """Give a trap; whoever fell into it fails the test."""
    found = Trap()
    server = await asyncio.start_server(found.answer, "127.0.0.1", 0)
    found.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    yield found
    server.close()
    assert found.calls == 0


def shape(letter: EmailMessage) -> tuple[list[str], list[str]]:
    """Tell which headers a letter has and of which parts it is."""
    return letter.keys(), [part.get_content_type() for part in letter.walk()]


def html_of(letter: EmailMessage) -> str:
    part = letter.get_body(("html",))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())


async def test_names_of_parties_stay_text_wherever_they_stand(shop: Shop, trap: Trap) -> None:
    parties = await shop.customers(len(NAMES) + 1)
    names = [name.replace("//evil", trap.address) for name in NAMES]
    renamed = (
        "update party set name = n from unnest(cast(:ids as bigint[]), cast(:names as text[])) u(i, n) where id = i"
    )
    await shop.execute(renamed, ids=parties[1:], names=names)
    await shop.mailing(*parties, variants=(TEXT,))
    await send_mailings_once(shop.service)
    assert shop.sink.counts == {f"anna{party}@example.com": 1 for party in parties}
    letters = {str(letter["To"].addresses[0].addr_spec): letter for letter in shop.sink.letters}
    plain = letters[f"anna{parties[0]}@example.com"]
    for party, name in zip(parties[1:], names, strict=True):
        letter = letters[f"anna{party}@example.com"]
        assert shape(letter) == shape(plain)
        assert letter["Subject"] == f"[{one_line(name)}]"
        assert html_of(letter).count("<") == html_of(plain).count("<")


async def test_addresses_that_hold_more_than_one_address_are_written_to_by_nobody(shop: Shop) -> None:
    parties = await shop.customers(len(ADDRESSES) + 1)
    changed = (
        "update party_contact set value = n from unnest(cast(:ids as bigint[]), cast(:names as text[])) u(i, n)"
        " where party_id = i"
    )
    await shop.execute(changed, ids=parties[1:], names=ADDRESSES)
    mailing = await shop.mailing(*parties, variants=(TEXT,))
    await send_mailings_once(shop.service)
    assert list(shop.sink.counts) == [f"anna{parties[0]}@example.com"]
    rows = await shop.recipients(mailing.id)
    assert {row[0] for row in rows[1:]} <= {"left_out", "failed"}


@pytest.mark.parametrize("name", HEADER_ATTACKS)
async def test_name_of_a_sender_cannot_hold_a_second_line(shop: Shop, name: str) -> None:
    run = shop.service.database.run
    box = await run(mailboxes.load_mailbox, shop.mailbox_id)
    changed = structs.replace(box.details, from_name=name)
    with pytest.raises(MailboxRefusedError):
        await run(mailboxes.change_mailbox, box.id, changed, Secrets(), seen=box.version, key=KEY, act=ACT)


async def test_subjects_and_senders_and_files_end_no_header(shop: Shop) -> None:
    """A subject as it is typed, a sender's name as an older version of the product may have kept it, names of files."""
    (party,) = await shop.customers(1)
    for number, attack in enumerate(HEADER_ATTACKS):
        variant = Variant(subject=attack.replace("\0", ""), html="<p>x</p>")
        mailing = await shop.mailing(party, begin=False, variants=(variant,), name=f"M{number}")
        for name in FILE_NAMES:
            file = make_file(name, b"x", most_bytes=100)
            await shop.service.database.run(mailings.add_file, mailing.id, file, act=ACT)
        await shop.execute("update mailbox set from_name = :name", name=attack.replace("\0", ""))
        version = (await shop.service.database.run(mailings.load_mailing, mailing.id)).version
        await shop.service.database.run(mailings.begin, mailing.id, OFFICE, seen=version, can_link=True, act=ACT)
        await send_mailings_once(shop.service)
    assert shop.sink.counts == {f"anna{party}@example.com": len(HEADER_ATTACKS)}
    for letter in shop.sink.letters:
        assert shape(letter) == shape(shop.sink.letters[0])
        assert {"Bcc", "X-Evil", "Cc"}.isdisjoint(letter.keys())
        assert letter["From"].addresses[0].addr_spec == "offers@shop.example"
        assert len(list(letter.iter_attachments())) == len(FILE_NAMES)
        assert letter.defects == []


async def test_nothing_that_is_typed_calls_anybody_or_runs(shop: Shop, trap: Trap) -> None:
    """Previewed, counted and sent; the trap is called by nobody, and its address stands in no letter."""
    (party,) = await shop.customers(1)
    euro, refused = Currency("EUR", 2), 0
    for number, attack in enumerate(LINKS):
        variant = Variant(subject="S", html=attack.format(trap=trap.address))
        try:
            await shop.service.database.run(preview, variant, party, currency=euro, url="https://shop.example/u/x")
            await shop.mailing(audience=Audience(parties=(party,)), variants=(variant,), name=f"M{number}")
        except ContentRefusedError:
            refused += 1
    await send_mailings_once(shop.service)
    assert len(shop.sink.letters) == len(LINKS) - refused
    assert refused == 1
    for letter in shop.sink.letters:
        assert trap.address not in html_of(letter)
