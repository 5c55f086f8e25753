"""What messages say, however broken or hostile they are: read without an exception, bounded, and harmless."""

from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.mail.bounces import read_bounce
from crm.mail.mime import parse_tree
from crm.mail.reading import MOST_FILES, MOST_TEXT, Read, read_message
from tests.crm.mail.post import NOW, letter
from tests.crm.mail.test_bounces import report

NESTED = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3_000))
ATTACHED = b"Content-Type: message/rfc822\r\n\r\n" * 3_000
MANY_PARTS = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\nContent-Type: a/b\r\n\r\nx\r\n" * 20_000
BROKEN = (
    b"",
    b"no header at all",
    b"\0\xff\xfe",
    b"Content-Type: text/plain; charset=no-such\r\n\r\n\xff",
    b"Content-Type: text/plain; charset*=x'y'%ff\r\n\r\n\xff",
    b"Content-Type: text/plain; charset=zlib\r\n\r\n\xff",
    b"Content-Type: text/plain; charset=unicode_escape\r\n\r\n\\ud800",
    b"Subject: =?utf-8?b?!!!?= =?zlib?q?a?= =?x?q?b?=\r\n\r\n",
    b"From: " + b"(" * 20_000 + b"\r\n\r\n",
    b"Date: Mon, 99 Foo 99999 99:99:99 +9999999\r\n\r\n",
    b"Content-Transfer-Encoding: base64\r\nContent-Type: a/b\r\n\r\n!!!",
    b"X: y\r\n" * 200_000,
    NESTED,
    ATTACHED,
    MANY_PARTS,
    b"Content-Type: text/html\r\n\r\n" + b"<div><p>" * 100_000,
    b"Content-Type: text/html\r\n\r\n" + b"<a href='" * 100_000,
    b"Content-Type: text/html\r\n\r\n" + b"<!--" * 200_000,
)
SPLICES = st.sampled_from(
    [b"\0", b"\xff", b"=?", b"?=", b"\r\n", b"\r\n\r\n", b"--", b"(", b'"', b"<", b"multipart/", b"message/rfc822",
        b"charset*0*=", b"name*=", b"; boundary=", b"''", b"%", b"Content-Type: "]
)  # fmt: skip


def read(raw: bytes) -> Read:
    """Read a message, and as a report too; what comes out can be kept."""
    tree = parse_tree(raw)
    read_bounce(tree)
    said = read_message(tree, now=NOW)
    texts = (said.subject, said.text, said.html or "", said.sender.written, said.message_id or "", *said.to, *said.cc)
    for text in texts:
        text.encode()
        assert "\0" not in text
    assert len(said.text) <= MOST_TEXT
    assert len(said.files) <= MOST_FILES
    return said


@pytest.mark.parametrize("raw", BROKEN, ids=range(len(BROKEN)))
def test_hostile_message_is_read_within_bounds(raw: bytes) -> None:
    assert read(raw).written_at == NOW


def test_message_that_is_nested_as_nobody_writes_it_is_kept_whole_as_a_file() -> None:
    said = read(b"Subject: Deep\r\n" + NESTED)
    assert (said.subject, len(said.files)) == ("Deep", 1)


@settings(max_examples=300)
@given(places=st.lists(st.tuples(st.integers(0, 3_000), SPLICES, st.integers(0, 40)), min_size=1, max_size=12))
def test_whatever_is_cut_out_or_put_in_is_read(places: list[tuple[int, bytes, int]]) -> None:
    raw = bytearray(report("gmail", "mailing.1.2@shop.example"))
    for place, splice, length in places:
        raw[place : place + length] = splice
    read(bytes(raw))


@pytest.mark.parametrize(
    ("raw", "subject", "text"),
    [
        (b"Subject: =?koi8-r?b?8NLJ18XU?=\r\nContent-Type: text/plain; charset=koi8-r\r\n\r\n\xf0\xd2", "Привет", "Пр"),
        (b"Subject: caf\xc3\xa9\r\n\r\ncaf\xe9", "café", "café"),
        (b"Subject: =?utf-8?q?Two?=\r\n =?utf-8?q?_words?=\r\n\r\n", "Two words", ""),
        (b"Content-Type: text/html\r\n\r\n<p>One</p><p><a href='https://x.example'>Two</a></p>", "",
            "One\n\nTwo (https://x.example)"),
    ],
)  # fmt: skip
def test_words_are_read_in_any_charset(raw: bytes, subject: str, text: str) -> None:
    said = read(raw)
    assert (said.subject, said.text) == (subject, text)


def test_names_with_commas_and_folded_headers_are_read() -> None:
    raw = b'From: "Marsh, Anna"\r\n <anna@example.com>\r\nTo: a@b.example, "C, D" <c@d.example>,nobody\r\n\r\n'
    said = read(raw)
    assert (said.sender.name, said.sender.address) == ("Marsh, Anna", "anna@example.com")
    assert said.to == ("a@b.example", '"C, D" <c@d.example>')


def test_files_lose_their_folders_and_are_what_their_bytes_say() -> None:
    message = EmailMessage()
    message.set_content("See these")
    message.add_attachment(b"%PDF-1.4", maintype="text", subtype="html", filename="../../etc/paß\u202efdp.exe")
    message.add_attachment(letter("Forwarded"), maintype="application", subtype="octet-stream")
    pdf, other = (one.file for one in read(message.as_bytes()).files)
    assert (pdf.name, pdf.media_type) == ("paß fdp.exe", "application/pdf")
    assert (other.name, other.media_type) == ("part 3", "text/plain")


def test_attached_message_is_a_file_and_its_words_are_not_the_message() -> None:
    message = EmailMessage()
    message.set_content("See below")
    inner = EmailMessage()
    inner["Subject"], inner["Message-ID"] = "Inner", "<inner@x>"
    inner.set_content("Secret")
    message.add_attachment(inner)
    said = read(message.as_bytes())
    assert (said.text, said.message_id) == ("See below", None)
    (file,) = said.files
    assert b"Secret" in file.file.content


@pytest.mark.parametrize(
    ("header", "is_automatic"),
    [({}, False), ({"Auto_Submitted": "no"}, False), ({"Auto_Submitted": "auto-replied"}, True),
        ({"Precedence": "bulk"}, True)],
)  # fmt: skip
def test_what_a_machine_wrote_is_known(header: dict[str, str], is_automatic: bool) -> None:  # noqa: FBT001 - a fact
    assert read(letter(**header)).is_automatic == is_automatic
