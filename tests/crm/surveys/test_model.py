"""What a survey asks and which answers it takes: cases and properties of pure code."""

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.directories.model import LANGUAGES
from crm.surveys.errors import SurveyRefusedError
from crm.surveys.model import Answer, Question, QuestionDraft, QuestionKind, check_answers, check_questions, share_out
from crm.surveys.reporting import figures_of
from crm.surveys.templates import TEMPLATES


def question(kind: QuestionKind, *, most: int | None = None, choices: tuple[str, ...] = ()) -> Question:
    return Question(1, "How was it?", kind, most, choices)


@pytest.mark.parametrize(
    ("counts", "nps"),
    [
        ({9: 1, 10: 1}, "100.0"),
        ({0: 1, 6: 1}, "-100.0"),
        ({7: 1, 8: 1}, "0.0"),
        ({10: 5, 8: 3, 3: 2}, "30.0"),
        ({9: 1, 6: 1, 7: 1}, "0.0"),
        ({10: 2, 8: 1}, "66.7"),
        ({0: 2, 7: 1}, "-66.7"),
    ],
)
def test_net_promoter_score_is_promoters_less_detractors_of_all(counts: dict[int | None, int], nps: str) -> None:
    """UNF-32: 9 and 10 promote, 0 to 6 detract, 7 and 8 only count as answers."""
    assert figures_of(question("recommend"), counts).nps == Decimal(nps)


def test_average_is_of_scores_alone_with_every_score_in_the_distribution() -> None:
    """UNF-32."""
    figures = figures_of(question("score", most=5), {5: 2, 2: 1})
    assert (figures.average, figures.counts, figures.nps) == (Decimal("4.00"), (0, 1, 0, 0, 2), None)
    assert figures_of(question("yes_no"), {1: 3, 0: 1}).average is None
    assert figures_of(question("score", most=5), {}).average is None


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (question("score", most=5), 0),
        (question("score", most=5), 6),
        (question("recommend"), 11),
        (question("recommend"), -1),
        (question("yes_no"), 2),
        (question("choice", choices=("red", "green")), 3),
        (question("choice", choices=("red", "green")), 0),
        (question("score", most=10), "5"),
        (question("text"), 5),
        (question("text"), "x" * 2_001),
    ],
)
def test_answer_that_is_none_of_the_question_is_refused_by_field(asked: Question, answer: Answer) -> None:
    with pytest.raises(SurveyRefusedError) as refusal:
        check_answers([asked], {1: answer})
    assert refusal.value.field == "answers[1]"


def test_answers_of_every_kind_are_taken_and_an_empty_text_is_none() -> None:
    assert check_answers([question("recommend")], {1: 0}) == {1: 0}
    assert check_answers([question("text")], {1: " More rye "}) == {1: "More rye"}
    assert check_answers([question("text")], {1: "  "}) == {}
    with pytest.raises(SurveyRefusedError):
        check_answers([question("text")], {2: "of another survey"})


@pytest.mark.parametrize(
    "draft",
    [
        QuestionDraft(" ", "text"),
        QuestionDraft("x" * 301, "text"),
        QuestionDraft("Which?", "choice", choices=("red",)),
        QuestionDraft("Which?", "choice", choices=("red", "red ")),
        QuestionDraft("How good?", "score", most=7),
    ],
)
def test_question_that_cannot_be_asked_is_refused_by_its_place(draft: QuestionDraft) -> None:
    with pytest.raises(SurveyRefusedError) as refusal:
        check_questions([QuestionDraft("Why?", "text"), draft])
    assert refusal.value.field == "questions[2]"


def test_templates_ask_the_same_in_every_language() -> None:
    """UNF-27."""
    for template in TEMPLATES.values():
        asked = {language: check_questions(template.drafts(language)) for language in LANGUAGES}
        shapes = {tuple((one.kind, one.most, len(one.choices)) for one in drafts) for drafts in asked.values()}
        assert len(shapes) == 1
        assert len({tuple(one.text for one in drafts) for drafts in asked.values()}) == (4 if template.questions else 1)


@given(
    st.integers(0, 200),
    st.lists(st.integers(1, 9), unique=True, min_size=1),
    st.dictionaries(st.integers(1, 9), st.integers(0, 40)),
)
def test_calls_are_shared_out_as_evenly_as_they_can_be(calls: int, executors: list[int], loads: dict[int, int]) -> None:
    """UNF-30: whoever got a call had no more than anybody else before it."""
    shared = Counter(one for one in share_out(calls, executors, loads) if one is not None)

    assert shared.total() == calls
    together = {one: loads.get(one, 0) + shared[one] for one in executors}
    busiest = [together[one] for one in executors if shared[one]]
    assert all(most - least <= 1 for most in busiest for least in together.values())


def test_calls_that_nobody_is_entrusted_with_are_left_open() -> None:
    assert share_out(2, [], {}) == [None, None]
