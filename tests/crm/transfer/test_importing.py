"""Files of parties come in: new, changed, same and rejected rows, by any key, again and again, killed and resumed."""

from typing import Any  # rows are free in their values

import pytest

from api.jobs.working import do_queued_jobs
from api.state import Service
from crm.merging.model import Choices
from crm.merging.service import merge_parties
from crm.transfer.model import Mapping
from crm.transfer.uploads import Asked, Counts, ask_for_import, forget_uploads
from database.jobs import find_job
from tests.conftest import ACT
from tests.crm.merging.people import add_party, fetch
from tests.crm.transfer.files import book, put_in, table, take_in

COLUMNS = ("key", "name", "birth_date", "phone", "email", "line", "city", "group", "registration.vat", "attribute.size")
HEADER = ("No", "Name", "Born", "Phone", "Mail", "Street", "Town", "Groups", "VAT", "Size")
BY_KEY = Mapping(columns=COLUMNS, source="club", country="BG", kind="organisation")
ANA = ("7", "Ana Ltd", "", "052 123 456; 0888 123 456", "Ana@Example.com", "2 Rose St", "Varna", "Gold", "", "12,5")


@pytest.fixture
async def words(service: Service) -> None:
    """Make a group and an attribute."""
    await fetch(
        service.database,
        """insert into directory_entry (directory, code, names, position) values ('group', 'gold', '{"en": "Gold"}', 1)""",
    )
    await fetch(
        service.database,
        """insert into attribute (directory, code, names, kind, position)
        values ('party', 'size', '{"en": "Size"}', 'number', 1)""",
    )


async def parties(service: Service) -> list[tuple[Any, ...]]:
    return await fetch(service.database, "select source, source_key, kind, name from party order by id")


@pytest.mark.usefixtures("words")
@pytest.mark.parametrize(("name", "write"), [("parties.csv", table), ("parties.xlsx", book)])
async def test_row_becomes_a_party_with_all_that_it_says(service: Service, name: str, write: Any) -> None:
    counts, job = await take_in(service, write(HEADER, ANA), BY_KEY, name=name)

    assert (job.state, counts) == ("done", Counts(new=1)), job.error
    assert await parties(service) == [("club", "7", "organisation", "Ana Ltd")]
    assert await fetch(service.database, "select kind, value, canonical from party_contact order by position") == [
        ("phone", "052 123 456", "35952123456"),
        ("phone", "0888 123 456", "359888123456"),
        ("email", "Ana@Example.com", "ana@example.com"),
    ]
    assert await fetch(service.database, "select line, city, country from party_address") == [
        ("2 Rose St", "Varna", "BG")
    ]
    assert await fetch(service.database, "select code from party_group join directory_entry on id = group_id") == [
        ("gold",)
    ]
    assert await fetch(service.database, "select number_value::text from attribute_value") == [("12.5",)]
    assert await fetch(service.database, "select content from import_piece") == []


@pytest.mark.usefixtures("words")
async def test_same_file_again_changes_nothing_and_a_corrected_row_only_its_party(service: Service) -> None:
    other = ("8", "Petar", "", "", "petar@example.com", "", "", "", "", "")
    await take_in(service, table(HEADER, ANA, other), BY_KEY)
    acts = "select count(*) from activity where party_id is not null"

    again, _ = await take_in(service, table(HEADER, ANA, other), BY_KEY)
    before = await fetch(service.database, acts)
    corrected = ("8", "Petar Ltd", "", "0888 765 432", "", "", "Sofia", "Gold", "", "3")
    changed, _ = await take_in(service, table(HEADER, ANA, corrected), BY_KEY)

    assert (again, changed) == (Counts(same=2), Counts(changed=1, same=1))
    assert before == [(0,)]
    assert await parties(service) == [
        ("club", "7", "organisation", "Ana Ltd"),
        ("club", "8", "organisation", "Petar Ltd"),
    ]
    mails = "select value from party_contact where party_id = 2 order by position"
    assert await fetch(service.database, mails) == [("petar@example.com",), ("0888 765 432",)]
    assert await fetch(service.database, "select what from party_change where party_id = 2 order by id") == [
        ("party.changed",), ("address.added",), ("contact.added",), ("groups.changed",), ("attributes.set",),
    ]  # fmt: skip


@pytest.mark.usefixtures("words")
async def test_trial_counts_the_same_and_changes_nothing(service: Service) -> None:
    await take_in(service, table(HEADER, ANA), BY_KEY)
    rows = table(HEADER, ANA, ("8", "Petar", *[""] * 8), ("9", "", *[""] * 8), ("7", "Other", *[""] * 8))

    tried, job = await take_in(service, rows, BY_KEY, is_trial=True)
    trial_left = await parties(service)
    done, _ = await take_in(service, rows, BY_KEY)

    assert tried == done == Counts(new=1, same=1, rejected=2)
    assert (job.state, len(trial_left)) == ("done", 1)


REASONS = [
    (("", "Ana", *[""] * 8), "has no key by which it is known again"),
    (("1", "", *[""] * 8), "has no name"),
    (("1", "Ana", "31.02.2020", *[""] * 7), "birth_date must be of the form 2011-12-30"),
    (("1", "Ana", "", "12", *[""] * 6), "phone is no phone that could be dialled"),
    (("1", "Ana", "", "", "nobody", *[""] * 5), "email is no mail address"),
    (("1", "Ana", *[""] * 5, "Silver", "", ""), "group is none of the directory"),
    (("1", "Ana", *[""] * 6, "BG1", ""), "registration.vat is no VAT: its form or check digits are wrong"),
    (
        ("1", "Ana", *[""] * 7, "many"),
        'attribute.size must be a decimal string such as "12.5", with at most 6 decimals',
    ),
    (("1", "x" * 201, *[""] * 8), "name has at most 200 characters that can be printed"),
    (("1", "Ana", "1980-01-01", *[""] * 7), "birth_date only a person has a birth date"),
]


@pytest.mark.usefixtures("words")
@pytest.mark.parametrize(("row", "reason"), REASONS, ids=[reason[:30] for _, reason in REASONS])
async def test_row_that_cannot_be_read_stays_out_with_its_reason_and_hides_no_other(
    service: Service, row: tuple[str, ...], reason: str
) -> None:
    counts, _ = await take_in(service, table(HEADER, row, ("2", "Petar", *[""] * 8)), BY_KEY)

    assert counts == Counts(new=1, rejected=1)
    kept = await fetch(service.database, "select line, reason, cells from import_rejection where line > 0")
    assert [(line, why, tuple(cells)) for line, why, cells in kept] == [(2, kept[0][1], row)]
    assert kept[0][1].startswith(reason)


@pytest.mark.parametrize(
    ("by", "columns", "row"),
    [
        ("phone", ("name", "phone", "email"), ("Ana", "+359 52 123456", "a@example.com")),
        ("email", ("name", "email", "phone"), ("Ana", "ANA@example.com", "0888 123 456")),
        ("registration", ("name", "registration.eik", "phone"), ("Ana", "BG 831641791", "0888 123 456")),
    ],
)
async def test_party_is_known_again_by_what_the_user_picked(
    service: Service, by: Any, columns: tuple[str, ...], row: tuple[str, ...]
) -> None:
    party_id = await add_party(
        service.database, "Ana", kind="organisation", phones=["052 123 456"], emails=["ana@example.com"]
    )
    await fetch(
        service.database,
        """insert into party_registration (party_id, kind, number, canonical, checked)
        values (:id, 'eik', '831641791', '831641791', 'right')""",
        id=party_id,
    )
    mapping = Mapping(columns=columns, by=by, country="BG", kind="organisation")

    counts, _ = await take_in(service, table(columns, row), mapping)

    assert counts == Counts(changed=1)
    assert len(await parties(service)) == 1
    assert (await take_in(service, table(columns, row), mapping))[0] == Counts(same=1)


async def test_phone_of_several_parties_tells_them_apart_no_more(service: Service) -> None:
    ids = [await add_party(service.database, "Ana", phones=["052 123 456"]) for _ in range(2)]
    mapping = Mapping(columns=("name", "phone"), by="phone", country="BG")

    counts, _ = await take_in(service, table(("n", "p"), ("Anna", "052 123 456")), mapping)

    assert counts == Counts(rejected=1)
    ((reason,),) = await fetch(service.database, "select reason from import_rejection where line > 0")
    assert reason == f"several parties have what it is known by: {ids[0]}, {ids[1]}"


async def test_row_of_a_merged_party_leaves_what_people_decided(service: Service) -> None:
    mapping = Mapping(columns=("key", "name"), source="club")
    rows = table(("k", "n"), ("1", "Ana"), ("2", "Anna"))
    await take_in(service, rows, mapping)
    await service.database.run(merge_parties, 1, 2, choices=Choices(), seen=None, act=ACT)

    counts, _ = await take_in(service, table(("k", "n"), ("1", "Ana"), ("2", "Somebody")), mapping)

    assert counts == Counts(same=2)


async def test_killed_import_goes_on_and_no_row_is_lost_or_doubled(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.jobs.party_imports.ROWS_PER_PORTION", 10)
    rows = [(str(number % 95), f"Party {number}") for number in range(100)]
    upload = await put_in(service, table(("k", "n"), *rows))
    asked = Asked(upload, Mapping(columns=("key", "name"), source="club"))
    job_id = await service.database.run(ask_for_import, asked, header=("k", "n"), act=ACT)

    for stop_at in (3, 6):
        looks = iter([False] * stop_at + [True] * 100)
        await do_queued_jobs(service, is_stopped=lambda looks=looks: next(looks, True))  # type: ignore[misc] # a lambda's default

    half = await service.database.run(find_job, job_id)
    assert half is not None
    assert (half.state, 0 < half.done < 100) == ("queued", True)
    await do_queued_jobs(service, is_stopped=lambda: False)
    job = await service.database.run(find_job, job_id)
    assert job is not None
    assert (job.state, job.done, job.total) == ("done", 100, 100)
    assert job.result == {"parties": 95, "added_to": 0, "left": 0, "stay_out": 5}
    assert await fetch(service.database, "select count(*), count(distinct source_key) from party") == [(95, 95)]
    assert await fetch(
        service.database, "select line, reason from import_rejection where line > 0 order by line limit 1"
    ) == [(97, "has the same key as line 2")]


async def test_files_are_forgotten_after_a_week_but_not_one_that_waits(service: Service) -> None:
    old, waiting = await put_in(service, b"k,n\n1,Ana\n"), await put_in(service, b"k,n\n1,Ana\n")
    asked = Asked(waiting, Mapping(columns=("key", "name")))
    await service.database.run(ask_for_import, asked, header=("k", "n"), act=ACT)
    await fetch(service.database, "update import_upload set at = at - interval '8 days'")

    forgotten = await service.database.run(forget_uploads, act=ACT)

    assert forgotten == 1
    assert await fetch(service.database, "select id from import_upload where id in (:a, :b)", a=old, b=waiting) == [
        (waiting,)
    ]


async def test_yes_of_a_file_is_kept_once_and_never_against_a_no(service: Service) -> None:
    """C77-86: consent by import has its source, and a person's own no is the stronger."""
    mapping = Mapping(columns=("key", "name", "mailings"), source="club")
    header, rows = ("No", "Name", "Newsletter"), (("1", "Ana", "News; offer"), ("2", "Boris", "news"), ("3", "C", "x"))
    counts, _ = await take_in(service, table(header, *rows), mapping)
    assert (counts.new, counts.rejected) == (2, 1)
    await fetch(service.database, "update subscription set state = 'unsubscribed' where party_id = 1 and kind_id = 2")

    again, _ = await take_in(service, table(header, *rows[:2]), mapping)

    assert again == Counts(same=2)
    assert await fetch(service.database, "select party_id, kind_id, state from subscription order by 1, 2") == [
        (1, 1, "subscribed"),
        (1, 2, "unsubscribed"),
        (2, 1, "subscribed"),
    ]
    assert await fetch(service.database, "select party_id, kind_id, act, source from consent order by 1, 2") == [
        (1, 1, "given", "import"),
        (1, 2, "given", "import"),
        (2, 1, "given", "import"),
    ]
