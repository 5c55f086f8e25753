"""vCards go out and come in without losing anything, in both versions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.state import Service
from crm.transfer.model import Mapping
from crm.transfer.uploads import Counts
from crm.transfer.vcards.model import VERSIONS, CardAddress, CardDate, VCard, Version
from crm.transfer.vcards.parties import load_cards
from crm.transfer.vcards.reading import read_cards
from crm.transfer.vcards.rows import HEADER, card_rows
from crm.transfer.vcards.writing import MOST_OCTETS, write_cards
from loyalty.imports.tabular import TableError
from tests.crm.merging.people import add_party, fetch
from tests.crm.transfer.files import take_in

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200)
names = texts.map(str.strip).filter(bool)
notes = st.lists(texts, max_size=3).map("\n".join)
dates = st.dates().map(lambda day: CardDate(day.month, day.day, day.year))
births = st.one_of(st.none(), dates, st.just(CardDate(2, 29)), st.just(CardDate(12, 31)))
values = names.filter(lambda text: not text.startswith(("tel:", "mailto:")))
contacts = st.tuples(st.sampled_from(["phone", "fax", "email", "website", "messenger"]), values)
addresses = st.builds(CardAddress, texts, texts, texts, texts, texts)
cards = st.builds(
    VCard,
    name=names,
    kind=st.sampled_from(["person", "organisation"]),
    uid=texts,
    organisation=texts.map(str.strip),
    note=notes,
    birth_date=births,
    contacts=st.lists(contacts, max_size=4).map(tuple),
    addresses=st.lists(addresses, max_size=2).map(tuple),
)


@given(st.lists(cards, max_size=3), st.sampled_from(VERSIONS))
def test_what_is_written_is_read_back_as_it_was(written: list[VCard], version: Version) -> None:
    content = write_cards(written, version)

    read = list(read_cards(content)) if written else []

    assert [one.card for one in read] == written
    assert all(len(line) <= MOST_OCTETS for line in content.split(b"\r\n"))
    assert content.count(b"\n") == content.count(b"\r\n")


def read_one(*lines: str, version: str = "3.0") -> VCard:
    (read,) = read_cards("\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""]).encode())
    assert read.card is not None, read.fault
    return read.card


def test_card_of_a_telephone_is_read() -> None:
    card = read_one(
        "N:Ilieva;Ana;;;",
        "FN:Ana Ilieva",
        "item1.TEL;type=CELL;type=VOICE;type=pref:+359 88 812 34 56",
        "TEL;TYPE=WORK,FAX:+359 52 123 456",
        "EMAIL;type=INTERNET;type=HOME:ana@example.com",
        "item2.ADR;type=HOME:;;2 Rose St\\, entrance B;Varna;;9000;Bulgaria",
        "BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29",
        "NOTE:Calls in the morn",
        " ing\\; never on\\nSundays",
        "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ",
    )

    assert card == VCard(
        name="Ana Ilieva",
        note="Calls in the morning; never on\nSundays",
        birth_date=CardDate(2, 29),
        contacts=(("phone", "+359 88 812 34 56"), ("fax", "+359 52 123 456"), ("email", "ana@example.com")),
        addresses=(CardAddress("2 Rose St, entrance B", "Varna", "", "9000", "Bulgaria"),),
    )


@pytest.mark.parametrize(
    ("version", "line", "birth"),
    [
        ("4.0", "BDAY:--0229", CardDate(2, 29)),
        ("4.0", "BDAY:19800229", CardDate(2, 29, 1980)),
        ("4.0", "BDAY;VALUE=text:circa 1800", None),
        ("3.0", "BDAY:1980-02-29", CardDate(2, 29, 1980)),
        ("3.0", "BDAY:1980-02-29T00:00:00Z", CardDate(2, 29, 1980)),
    ],
)
def test_birth_date_is_read_in_every_form(version: str, line: str, birth: CardDate | None) -> None:
    assert read_one("FN:Ana", line, version=version).birth_date == birth


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        (["VERSION:2.1", "FN:Ana"], "is of no version that is read"),
        (["FN:Ana"], "is of no version that is read"),
        (["VERSION:3.0", "TEL:1"], "has no name"),
        (["VERSION:3.0", "FN:Ana", "BDAY:1981-02-29"], "has a birth date that is no day"),
        (["VERSION:3.0", "FN:Ana", "nothing"], "line 4 is no property"),
    ],
)
def test_broken_card_hides_no_other(lines: list[str], fault: str) -> None:
    good = ["BEGIN:VCARD", "VERSION:4.0", "FN:Petar", "END:VCARD"]
    content = "\n".join(["BEGIN:VCARD", *lines, "END:VCARD", *good]).encode()

    broken, read = read_cards(content)

    assert (broken.line, broken.card, broken.fault.startswith(fault)) == (1, None, True), broken.fault
    assert read.card == VCard(name="Petar")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"name,phone\n", "stands outside a card"),
        (b"BEGIN:VCARD\nVERSION:3.0\nFN:Ana\n", "does not end"),
        ("BEGIN:VCARD\nFN:Ана\n".encode("cp1251"), "is no UTF-8"),
        (b"BEGIN:VCARD\nPHOTO:" + b"x" * 2_000_000, "has more than 1,048,576 characters"),
    ],
)
def test_file_that_is_none_of_vcards_ends_in_words(content: bytes, words: str) -> None:
    with pytest.raises(TableError, match=words):
        list(read_cards(content))


def test_utf_16_is_read_by_its_mark() -> None:
    (read,) = read_cards("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ана\r\nEND:VCARD\r\n".encode("utf-16"))
    assert read.card == VCard(name="Ана")


def test_what_a_party_has_no_place_for_goes_into_the_note() -> None:
    card = VCard(
        "Ana", uid="7", organisation="Rose Ltd", note="VIP", birth_date=CardDate(2, 29),
        addresses=(CardAddress("1 A St"), CardAddress("2 B St", "Varna")),
    )  # fmt: skip

    _, row = card_rows(write_cards([card], "4.0"))

    assert dict(zip(HEADER, row.cells, strict=True))["Note"] == "VIP\nRose Ltd\n2 B St, Varna"


async def test_party_goes_out_and_comes_in_again_as_itself(service: Service) -> None:
    party_id = await add_party(
        service.database, "Ana Ilieva", phones=["052 123 456"], emails=["ana@example.com"], cities=["Varna"],
        note="Calls; in the morning",
    )  # fmt: skip
    await fetch(service.database, "update party_address set country = 'BG'")
    born = "update party set birth_date = '1604-02-29' where id = :id"
    await fetch(service.database, born, id=party_id)
    cards = await service.database.run(load_cards, [party_id])
    columns = (
        "key", "kind", "name", "birth_date", "phone", "fax", "email", "messenger", "website", "line", "city", "region",
        "postal_code", "country", "note",
    )  # fmt: skip
    mapping = Mapping(columns=columns, by="phone")

    counts, _ = await take_in(service, write_cards(cards, "4.0"), mapping, name="ana.vcf")

    assert (counts, cards[0].birth_date) == (Counts(same=1), CardDate(2, 29))
    assert cards[0].contacts == (("phone", "+35952123456"), ("email", "ana@example.com"))
    by_key, _ = await take_in(
        service, write_cards(cards, "3.0"), Mapping(columns=columns, source="phone"), name="ana.vcf"
    )
    assert by_key == Counts(new=1)
    assert (
        await fetch(service.database, "select name, note from party order by id")
        == [("Ana Ilieva", "Calls; in the morning")] * 2
    )
