"""What a message says: places are filled and nothing else runs, HTML does no harm, and bytes are what they should be."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.mailings.content.encoding import SOFT_BREAK, encode_body, encode_words
from crm.mailings.content.message import Addressee, Attached, Sender, make_content, make_letter, write_message
from crm.mailings.content.placeholders import Place, fill, one_line, parse
from crm.mailings.errors import ContentRefusedError

AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
URL = "https://shop.example/u/token"
VALUES = {"name": "Anna Marsh", "first_name": "Anna", "unsubscribe_url": URL, "unsubscribe_word": "Unsubscribe"}


def write(
    *, subject: str = "S", html: str = "", text: str = "", to: str = "a@example.com", **values: str
) -> EmailMessage:
    """Write a message and read it as a mail program does."""
    content = make_content(subject=subject, html=html, text=text)
    letter = make_letter(content, Sender("offers@shop.example", "Mill Lane"))
    raw = write_message(letter, Addressee(values.get("name", "Anna"), to, "mailing.1.2", VALUES | values), at=AT)
    assert raw.count(b"\n") == raw.count(b"\r\n"), "lines end as SMTP wants them"
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message


def body(message: EmailMessage, kind: str) -> str:
    """Give what a part of a message says."""
    part = message.get_body((kind,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())


def test_places_are_filled_and_a_missing_value_has_its_default() -> None:
    """C77-90: name, salutation, card, tier; a missing value uses the default."""
    message = write(subject="{{ first_name }}, beans", html='<p>{{ tier | default("Silver") }} {{ card }}!</p>')
    assert message["Subject"] == "Anna, beans"
    assert "<p>Silver !</p>" in body(message, "html")
    assert body(message, "plain").startswith("Silver !")


@pytest.mark.parametrize(
    "text",
    [
        "{{ name.__class__ }}", "{{ ''.join }}", "{{ name|upper }}", "{{ name() }}", "{{ 7*7 }}", "{{ config }}",
        "{% for x in name %}{% endfor %}", "{% include 'x' %}", "{% set x = 1 %}", "{{ name", "{% raw", "{{ self }}",
        "{{ name|default(name) }}", "{{ name|default('a', true) }}", "{{ [name] }}", "{{ name if name }}",
        "{% import 'os' as os %}", "{{ lipsum.__globals__ }}", "{{ cycler }}", "{{ request }}", "{{ name ~ name }}",
    ],
)  # fmt: skip
def test_whatever_is_no_place_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(ContentRefusedError) as refused:
        parse(f"first line\n{text}", field="html")
    assert refused.value.detail.startswith("line 2: ")


HEADER_ATTACKS = [
    f"Anna{end}Bcc: all@example.com"
    for end in ("\r\n", "\n", "\r", "\r\n\r\n", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\0")
]
HTML_ATTACKS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><svg onload=alert(1)>', "</p><iframe src=//evil>",
    "<a href='javascript:alert(1)'>x</a>", "{{ 7*7 }}", "{% print 1 %}", "<!--", "]]>", "&lt;script&gt;",
    "=3Cscript=3E", "\r\n.\r\nMAIL FROM:<x@y>", "--=_boundary", "<style>@import url(//evil)</style>",
]  # fmt: skip


@pytest.mark.parametrize("place", ["name", "first_name", "salutation", "tier", "card"])
@pytest.mark.parametrize("value", HEADER_ATTACKS + HTML_ATTACKS)
def test_no_value_of_a_recipient_changes_the_message(place: str, value: str) -> None:
    """Of 120 values that attack headers, HTML and templates each stays text, in every part."""
    plain = write(subject=f"[{{{{ {place} }}}}]", html=f"<p>[{{{{ {place} }}}}]</p>")
    message = write(subject=f"[{{{{ {place} }}}}]", html=f"<p>[{{{{ {place} }}}}]</p>", **{place: value})
    assert message.keys() == plain.keys()
    assert [part.get_content_type() for part in message.walk()] == [part.get_content_type() for part in plain.walk()]
    assert message["To"].addresses[0].addr_spec == "a@example.com"
    assert message["Subject"] == f"[{one_line(value)}]"
    markup = body(message, "html")
    assert markup.count("<") == body(plain, "html").count("<")
    assert f"[{one_line(value)}]" in body(message, "plain")


@pytest.mark.parametrize(
    "html",
    [
        *HTML_ATTACKS[:5], "<form action=//evil><input name=p></form>", "<base href=//evil>", "<meta http-equiv=refresh>",
        "<link rel=stylesheet href=//evil>", "<object data=//evil>", "<embed src=//evil>", "<p style='background:url(//evil)'>",
        "<p onclick=x>", "<a href='data:text/html,x'>x</a>", "<a href='vbscript:x'>x</a>", "<math><mi xlink:href=//evil>",
        "<style>p{background:url(//evil)}</style><p>x", "<style>@import '//evil';</style><p>x", "<video src=//evil>",
        "<template><script>x</script></template>", "<noscript><img src=//evil></noscript>", "<body onload=x>",
    ],
)  # fmt: skip
def test_nothing_of_what_is_typed_runs_or_calls_home(html: str) -> None:
    found = body(write(html=f"<p>Hello</p>{html}"), "html")
    for word in (
        "script",
        "onerror",
        "onload",
        "onclick",
        "evil",
        "iframe",
        "<form",
        "<base",
        "refresh",
        "data:",
        "vbscript",
    ):
        assert word not in found.lower()


@pytest.mark.parametrize(
    "html", ['<a href="{{ name }}">x</a>', '<p style="{{ name }}">x</p>', "<img src='https://x/{{ card }}'>"]
)
def test_place_within_a_tag_is_refused_but_for_the_way_out(html: str) -> None:
    with pytest.raises(ContentRefusedError, match="within a tag"):
        make_content(subject="S", html=html, text="")
    own = body(write(html='<p>x</p><a href="{{ unsubscribe_url }}">out</a>'), "html")
    assert own.count(URL) == 1


def test_letter_without_a_way_out_gets_one_in_its_headers_and_both_parts() -> None:
    message = write(html="<p>Hello</p>")
    assert message["List-Unsubscribe"] == f"<{URL}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f'<a href="{URL}">Unsubscribe</a>' in body(message, "html")
    assert f"Unsubscribe: {URL}" in body(message, "plain")


def test_styles_stand_where_mail_programs_read_them() -> None:
    found = body(write(html="<style>p{color:red;position:fixed}</style><p>x</p>"), "html")
    assert '<p style="color:red">x</p>' in found


def test_files_come_as_they_were() -> None:
    """C77-89."""
    letter = make_letter(
        make_content(subject="S", html="", text="x"),
        Sender("a@b.example", ""),
        [Attached("Прайс.pdf", "application/pdf", b"\0\r\n" * 99)],
    )
    raw = write_message(letter, Addressee("", "a@example.com", "k", VALUES), at=AT)
    message = message_from_bytes(raw, policy=default)
    (file,) = [part for part in message.walk() if part.get_filename()]
    assert (file.get_filename(), file.get_content()) == ("Прайс.pdf", b"\0\r\n" * 99)


@given(
    pieces=st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=200), max_size=6
    )
)
def test_bodies_joined_by_soft_breaks_read_as_their_texts_joined(pieces: list[str]) -> None:
    raw = SOFT_BREAK.join(encode_body(piece) for piece in pieces)
    message = message_from_bytes(
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + raw,
        policy=default,
    )
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.decode().replace("\r\n", "\n") == "".join(pieces)
    assert all(len(line) <= 76 for line in raw.split(b"\r\n"))


@given(text=st.text(max_size=300))
def test_words_of_a_header_read_as_they_were_and_end_nothing(text: str) -> None:
    raw = encode_words(text)
    assert all(line.startswith(b" ") for line in raw.split(b"\r\n")[1:])
    message = message_from_bytes(b"Subject: " + raw + b"\r\n\r\n", policy=default)
    assert list(message.keys()) == ["Subject"]
    assert " ".join(message["Subject"].split()) == " ".join(one_line(text).split())


def test_text_without_places_is_itself() -> None:
    assert parse("a { b } #} c\n", field="text") == ("a { b } #} c\n",)
    assert fill((Place("name", "you"), "!"), {}) == "you!"
