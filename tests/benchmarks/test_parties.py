"""The large company of the pages' benchmark: invented alike each time, made small, and every question answered."""

from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.parties.filters import FILTERS
from benchmarks.parties.making import make
from benchmarks.parties.measuring import QUESTIONS, measure
from benchmarks.parties.people import chance, invent, misspell
from crm.views.model import FIELDS

PARTIES = 400


def test_number_is_always_the_same_party() -> None:
    assert invent(17) == invent(17)
    assert len({invent(number).phone for number in range(1, 2_000)}) == 1_999
    assert {invent(4).is_person, invent(5).is_person} == {False, True}


def test_misspelt_name_has_the_same_letters_in_another_order() -> None:
    name = misspell("Anna Marshova", chance("test", 1))
    assert name != "Anna Marshova"
    assert sorted(name) == sorted("Anna Marshova")


OF_SEGMENTS = {"bought", "mailing", "points", "score", "segment", "subscribed"}
"""Fields that ask of what the benchmark of segments makes; this one makes nothing of it."""


def test_every_filter_of_the_list_is_asked_for() -> None:
    asked = {tuple(condition(invent(4)).split("~")[:2]) for condition in FILTERS.values()}
    wanted = {(name, operator) for name, field in FIELDS.items() for operator in field.operators}
    assert {one for one in wanted if one[0] not in OF_SEGMENTS} <= asked


def test_every_question_is_answered_by_a_small_company() -> None:
    with TemporaryDirectory() as name:  # pytest's own folder cannot be entered by root's PostgreSQL
        Path(name).chmod(0o755)
        check_questions(Path(name) / "company")


def check_questions(folder: Path) -> None:
    make(folder, parties=PARTIES, activities=2_000, say=lambda _: None)
    names = {question.name for question in QUESTIONS}
    assert len(names) == len(QUESTIONS)
    readings = measure(folder, parties=PARTIES, samples=2, seed=1, only="", say=lambda _: None)
    assert {reading.name for reading in readings} == names
    assert all(reading.p50 > 0 for reading in readings)
