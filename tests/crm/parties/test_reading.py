from pathlib import Path

import pytest

from crm.parties.model import Address, Phone
from crm.parties.reading import PACKAGE, PartyMapping, PartyRows, read_parties
from loyalty.imports.mapping import MappingError, fit_mapping
from loyalty.imports.tabular import open_table
from tests.loyalty.imports.sheets import unwatched

MAPPING = """
source = "club"
[columns]
key = "id"
first_name = "first"
middle_name = "middle"
last_name = "last"
birth_date = "born"
address_1 = "street"
address_2 = "flat"
city = "city"
country = "country"
phone_1 = "phone"
[party]
date_formats = ["%Y-%m-%d", "%d.%m.%Y"]
[countries]
Bulgaria = "BG"
"""
HEADER = "id,first,middle,last,born,street,flat,city,country,phone"


def read(folder: Path, *rows: str, mapping: str = MAPPING) -> PartyRows:
    (folder / "club.toml").write_text(mapping, encoding="utf-8")
    (folder / "club.csv").write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    with open_table(folder / "club.csv") as table:
        fitted = fit_mapping(PartyMapping, PACKAGE, named=str(folder / "club.toml"), header_line=table.header_line)
        return read_parties(table, fitted, unwatched())


def test_row_becomes_a_party_with_address_and_phone(tmp_path: Path) -> None:
    (party,) = read(tmp_path, "7,Ana,P.,Ilieva,1980-02-29,2 Rose St,4,Varna,Bulgaria,052 123 456").parties
    assert (party.key, party.name, str(party.birth_date)) == ("7", "Ana P. Ilieva", "1980-02-29")
    assert party.address == Address(line="2 Rose St, 4", city="Varna", country="BG")
    assert party.phones == (Phone("052 123 456", "35952123456"),)


@pytest.mark.parametrize("name", ["None", "NULL", "nan", "N/A"])
def test_name_that_looks_like_nothing_is_a_name(tmp_path: Path, name: str) -> None:
    (party,) = read(tmp_path, f"7,Robert,,{name},,,,,,").parties
    assert party.name == f"Robert {name}"
    assert (party.birth_date, party.address, party.phones) == (None, None, ())


def test_birth_date_may_have_any_of_the_forms(tmp_path: Path) -> None:
    rows = read(tmp_path, "7,Ana,,,29.02.1980,,,,,", "8,Ana,,,30.02.1980,,,,,")
    assert [str(party.birth_date) for party in rows.parties] == ["1980-02-29"]
    assert [(one.line, one.reason) for one in rows.rejections] == [(3, "born must be of the form 2011-12-30")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",Ana,,,,,,,,", "id is empty"),
        ("7,,P.,,,,,,,", None),
        ("7, ,,,,,,,,", "has no name"),
        (f"7,{'A' * 501},,,,,,,,", "first has more than 500 characters"),
        ("7,Ana", "has 2 fields, the header has 10"),
    ],
)
def test_row_that_cannot_be_read_hides_no_other(tmp_path: Path, row: str, reason: str | None) -> None:
    rows = read(tmp_path, row, "9,Eva,,,,,,,,")
    assert rows.parties[-1].name == "Eva"
    assert [one.reason for one in rows.rejections] == ([] if reason is None else [reason])


def test_second_party_under_a_key_stays_out_and_a_repeated_row_does_not(tmp_path: Path) -> None:
    rows = read(tmp_path, "7,Ana,,,,,,,,", "7,Ana,,,,,,,,", "7,Eva,,,,,,,,")
    assert [party.name for party in rows.parties] == ["Ana"]
    assert [(one.line, one.reason) for one in rows.rejections] == [
        (4, "another party stands under the same key on line 2")
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (('"BG"', '"Bulgaria"'), "'Bulgaria' is no country of ISO 3166"),
        (("[party]", '[party]\ndefault_country = "bg"'), "'bg' is no country of ISO 3166"),
        (('first_name = "first"\nmiddle_name = "middle"\nlast_name = "last"', ""), "a party has a name"),
    ],
)
def test_mistake_in_a_mapping_of_parties_is_named(tmp_path: Path, change: tuple[str, str], problem: str) -> None:
    with pytest.raises(MappingError, match=problem):
        read(tmp_path, mapping=MAPPING.replace(*change))
