import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from loyalty.cards.model import Catalogue, Series, SeriesSettings
from loyalty.money import Currency
from pos_adapter.private_files import FileError
from pos_adapter.snapshot.model import CardOwn, SnapshotCard, SnapshotPage, to_card
from pos_adapter.snapshot.sealing import derive_key, hash_number, seal
from pos_adapter.snapshot.shelf import Shelf, SnapshotRefusedError, open_shelf
from tests.pos_adapter.full import nothing_can_be_written

NOW = datetime(2026, 11, 22, 10, 15, 2, tzinfo=UTC)
KEY = derive_key("the-token-of-the-till")
DAY = timedelta(days=1)
HOUR_MS = 3_600_000
GOLD = Series(1, "GOLD", 1, SeriesSettings(name="Gold", kind="discount", percent=100_000))
CATALOGUE = Catalogue(1, Currency("EUR", 2), "Europe/Sofia", {1: GOLD}, {}, {})


class Machine:
    """A till's disk and clocks, which stand where they are put."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = NOW
        self.ms = 0
        self._open: list[Shelf] = []

    def open(self, key: bytes = KEY) -> Shelf:
        """Open the snapshot; the one that was open before is closed."""
        self.close()
        self._open = [open_shelf(self.path, key, most_age=DAY, clock=lambda: self.ms, now=lambda: self.now)]
        return self._open[0]

    def close(self) -> None:
        """Close the snapshot."""
        for shelf in self._open:
            shelf.close()
        self._open = []

    def change(self, *statements: str) -> None:
        """Change the file behind the agent's back."""
        self.close()
        connection = sqlite3.connect(self.path)
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path / "snapshot.db")
    yield machine
    machine.close()


def card(number: str, own: CardOwn | None = None, key: bytes = KEY) -> SnapshotCard:
    return SnapshotCard(hash_number(key, number), 1, "active", own)


def page(*cards: SnapshotCard, **more: object) -> SnapshotPage:
    whole = SnapshotPage("0007", "3", "", 0, NOW, "here", None, is_whole=True, catalogue=CATALOGUE, cards=list(cards))
    return structs.replace(whole, **more)


def fill(shelf: Shelf, *pages: SnapshotPage) -> None:
    for one in pages:
        shelf.take(one, first=pages[0], now=NOW)


def test_card_is_found_by_any_spelling_of_its_number_with_what_is_its_own(machine: Machine) -> None:
    own = CardOwn(percent=43_550, expires_on=date(2026, 12, 31), frozen_from=date(2026, 11, 1), state_since=NOW)
    fill(machine.open(), page(card("0036000291452", own), card("A1")))
    shelf = machine.open()
    found = shelf.find("036000291452")
    assert found is not None
    assert (found.own, to_card(found, "036000291452").number) == (own, "0036000291452")
    assert (shelf.find("A1"), shelf.find("A2")) == (card("A1"), None)
    assert (shelf.as_of, shelf.cursor, shelf.cards, shelf.currency) == (NOW, "here", 2, Currency("EUR", 2))


def test_later_part_changes_cards_and_a_whole_one_begins_anew(machine: Machine) -> None:
    shelf = machine.open()
    fill(shelf, page(card("A1"), card("A2")))
    fill(shelf, page(card("A1", CardOwn(percent=1)), is_whole=False, catalogue=None, cursor="there"))
    assert (shelf.find("A1"), shelf.find("A2"), shelf.cursor) == (card("A1", CardOwn(percent=1)), card("A2"), "there")
    fill(shelf, page(card("A3")))
    assert (shelf.find("A1"), shelf.cards) == (None, 1)


def test_first_fetch_is_used_when_its_last_part_is_there(machine: Machine) -> None:
    shelf, first = machine.open(), page(card("A1"), next=7)
    shelf.take(first, first=first, now=NOW)
    assert (shelf.refusal, shelf.cursor) == ("missing", "")
    shelf.take(page(card("A2"), after=7, catalogue=None, cursor="later"), first=first, now=NOW)
    assert (shelf.refusal, shelf.cursor, shelf.cards) == (None, "here", 2)


@pytest.mark.parametrize(
    "statement",
    [
        "update card set content = cast(replace(content, 'active', 'closed') as blob)",
        "update card set seal = seal + 1",
        "delete from card where hash = (select min(hash) from card)",
        "insert into card select zeroblob(16), content, seal from card limit 1",
        "delete from part where name = 'state'",
        "delete from part where name = 'catalogue'",
        "update part set content = cast(replace(content, '100000', '900000') as blob) where name = 'catalogue'",
        "update part set content = cast(replace(content, '2026', '2036') as blob) where name = 'state'",
    ],
)
def test_altered_snapshot_is_refused_and_fetched_anew(machine: Machine, statement: str) -> None:
    fill(machine.open(), page(card("A1"), card("A2")))
    machine.change(statement)
    shelf = machine.open()
    if shelf.refusal is None:  # a row whose seal alone still fits the sum is noticed when it is read
        with pytest.raises(SnapshotRefusedError):
            [shelf.find(number) for number in ("A1", "A2")]
    assert (shelf.refusal, shelf.cursor, shelf.as_of) == ("altered", "", None)
    fill(shelf, page(card("A1")))
    assert (shelf.refusal, shelf.find("A1")) == (None, card("A1"))


def test_row_of_an_older_copy_is_noticed(machine: Machine) -> None:
    fill(machine.open(), page(card("A1")))
    machine.close()
    old = sqlite3.connect(machine.path).execute("select hash, content, seal from card").fetchone()
    fill(machine.open(), page(structs.replace(card("A1"), state="blocked"), is_whole=False, catalogue=None))
    machine.close()
    connection = sqlite3.connect(machine.path)
    connection.execute("update card set content = ?2, seal = ?3 where hash = ?1", old)
    connection.commit()
    connection.close()
    assert machine.open().refusal == "altered"


def test_snapshot_of_another_key_is_refused(machine: Machine) -> None:
    fill(machine.open(), page(card("A1")))
    assert machine.open(derive_key("another token")).refusal == "altered"


def test_file_that_is_no_database_is_made_anew(machine: Machine) -> None:
    machine.path.write_bytes(b"nothing that SQLite would know" * 100)
    assert machine.open().refusal == "missing"


def test_full_disk_leaves_the_snapshot_as_it_is(machine: Machine) -> None:
    fill(machine.open(), page(card("A1")))
    machine.close()
    with nothing_can_be_written(), pytest.raises(FileError, match=r"the snapshot .*snapshot\.db cannot be used: disk"):
        machine.open()
    assert machine.open().find("A1") is not None


def test_catalogue_that_this_version_does_not_understand_is_fetched_anew(machine: Machine) -> None:
    fill(machine.open(), page(card("A1")))
    machine.close()
    other = b'{"a catalogue": "of another version"}'
    sealed = seal(KEY, b"catalogue", other)
    connection = sqlite3.connect(machine.path)
    (state,) = connection.execute("select content from part where name = 'state'").fetchone()
    known = msgspec.json.encode(msgspec.json.decode(state) | {"catalogue_seal": sealed})
    connection.execute("update part set content = ?, seal = ? where name = 'catalogue'", (other, sealed))
    connection.execute(
        "update part set content = ?, seal = ? where name = 'state'", (known, seal(KEY, b"state", known))
    )
    connection.commit()
    connection.close()
    assert machine.open().refusal == "altered"


def test_no_number_of_a_card_stands_in_the_file(machine: Machine) -> None:
    fill(machine.open(), page(card("2900000000018")))
    machine.close()
    assert b"2900000000018" not in machine.path.read_bytes()


@pytest.mark.parametrize(
    ("passes", "refusal"),
    [
        (lambda machine: _run(machine, hours=23), None),
        (lambda machine: _run(machine, hours=25), "too_old"),
        (lambda machine: _jump(machine, days=400), None),
        (lambda machine: _jump(machine, days=-400), None),
        (lambda machine: _restart(machine, days=2), "too_old"),
        (lambda machine: _restart(machine, days=-2), None),
    ],
)
def test_age_is_what_passed_and_not_what_a_jumping_clock_says(
    machine: Machine, passes: Callable[[Machine], Shelf], refusal: str | None
) -> None:
    """I16."""
    fill(machine.open(), page(card("A1")))
    assert passes(machine).refusal == refusal


def _run(machine: Machine, *, hours: int) -> Shelf:
    machine.ms += hours * HOUR_MS
    return machine._open[0]


def _jump(machine: Machine, *, days: int) -> Shelf:
    machine.now += timedelta(days=days)
    return machine._open[0]


def _restart(machine: Machine, *, days: int) -> Shelf:
    machine.now += timedelta(days=days)
    return machine.open()
