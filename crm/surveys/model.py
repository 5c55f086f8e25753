"""What a survey asks, which answers it takes, and how calls are shared out. Pure.

Key idea: every answer but a text is a whole number within the bounds of its question, so that all are counted alike:
a score from 1, a recommendation from 0 to 10, yes as 1 and no as 0, a choice by its place from 1 on.
"""

import heapq
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Literal, get_args

from msgspec import Struct

from crm.surveys.errors import SurveyRefusedError

QuestionKind = Literal["score", "recommend", "yes_no", "choice", "text"]
Said = Literal["answered", "refused", "not_reached"]
Answer = int | str

OUTCOMES: Final[tuple[Said, ...]] = get_args(Said)
"""How a call ended: words of the directory `event_result` too."""
BEST_SCORES: Final = (5, 10)
BEST_RECOMMENDATION: Final = 10
MOST_TOPIC: Final = 200
MOST_QUESTION: Final = 300
MOST_QUESTIONS: Final = 50
MOST_CHOICES: Final = 20
MOST_CHOICE: Final = 100
MOST_ANSWER: Final = 2_000
LEAST_CHOICES: Final = 2


class QuestionDraft(Struct, frozen=True):
    """A question as it is asked: `most` is the best score of the kind score, `choices` are those of a choice."""

    text: str
    kind: QuestionKind
    most: int | None = None
    choices: tuple[str, ...] = ()


class Question(Struct, frozen=True):
    """A question in its place."""

    id: int
    text: str
    kind: QuestionKind
    most: int | None
    choices: tuple[str, ...]

    @property
    def draft(self) -> QuestionDraft:
        """What is asked."""
        return QuestionDraft(self.text, self.kind, self.most, self.choices)

    @property
    def scores(self) -> range:
        """The answers that there are, from the least to the best; none of a text."""
        match self.kind:
            case "score":
                return range(1, (self.most or BEST_SCORES[0]) + 1)
            case "recommend":
                return range(BEST_RECOMMENDATION + 1)
            case "yes_no":
                return range(2)
            case "choice":
                return range(1, len(self.choices) + 1)
            case "text":
                return range(0)


class Survey(Struct, frozen=True, kw_only=True):
    """A survey: its project, the topic of its calls, its questions in order. `is_begun` once somebody answered."""

    id: int
    name: str
    topic: str
    version: int
    created_at: datetime
    is_closed: bool
    is_begun: bool
    questions: tuple[Question, ...] = ()


def check_topic(topic: str) -> str:
    """Give a topic as it is kept. Raises SurveyRefusedError."""
    clean = " ".join(topic.split())
    if not 0 < len(clean) <= MOST_TOPIC or not clean.isprintable():
        raise SurveyRefusedError(f"has 1 to {MOST_TOPIC} characters that can be printed", field="topic")
    return clean


def check_questions(drafts: Sequence[QuestionDraft]) -> tuple[QuestionDraft, ...]:
    """Give questions as they are kept. Raises SurveyRefusedError, whose field is such as `questions[2]`, from 1."""
    if len(drafts) > MOST_QUESTIONS:
        raise SurveyRefusedError(f"are at most {MOST_QUESTIONS}", field="questions")
    return tuple(_check_question(draft, f"questions[{place}]") for place, draft in enumerate(drafts, 1))


def _check_question(draft: QuestionDraft, field: str) -> QuestionDraft:
    text = " ".join(draft.text.split())
    if not 0 < len(text) <= MOST_QUESTION or not text.isprintable():
        raise SurveyRefusedError(f"has 1 to {MOST_QUESTION} characters that can be printed", field=field)
    choices = tuple(dict.fromkeys(" ".join(choice.split()) for choice in draft.choices if choice.strip()))
    if draft.kind != "choice":
        choices = ()
    elif not LEAST_CHOICES <= len(choices) <= MOST_CHOICES:
        raise SurveyRefusedError(f"offers {LEAST_CHOICES} to {MOST_CHOICES} different choices", field=field)
    if any(len(choice) > MOST_CHOICE or not choice.isprintable() for choice in choices):
        raise SurveyRefusedError(f"has choices of at most {MOST_CHOICE} characters", field=field)
    most = (draft.most or BEST_SCORES[0]) if draft.kind == "score" else None
    if most is not None and most not in BEST_SCORES:
        raise SurveyRefusedError("goes from 1 to 5 or to 10", field=field)
    return QuestionDraft(text, draft.kind, most, choices)


def check_answers(questions: Sequence[Question], given: Mapping[int, Answer]) -> dict[int, Answer]:
    """Give answers by the identifiers of their questions as they are kept; an empty text is none.

    Raises SurveyRefusedError, whose field is such as `answers[17]`, with the question's identifier.
    """
    known = {one.id: one for one in questions}
    clean: dict[int, Answer] = {}
    for question_id, answer in given.items():
        field = f"answers[{question_id}]"
        question = known.get(question_id)
        if question is None:
            raise SurveyRefusedError("the survey asks no such question", field=field)
        if question.kind != "text":
            if not isinstance(answer, int) or answer not in question.scores:
                raise SurveyRefusedError("is none of the answers", field=field)
            clean[question_id] = answer
        elif not isinstance(answer, str) or len(answer) > MOST_ANSWER or "\0" in answer:
            raise SurveyRefusedError(f"is a text of at most {MOST_ANSWER:,} characters", field=field)
        elif answer.strip():
            clean[question_id] = answer.strip()
    return clean


def share_out(calls: int, executors: Sequence[int], loads: Mapping[int, int]) -> list[int | None]:
    """Say for each of some calls who makes it: always who has fewest by then; nobody where no executor is named.

    `loads` tells how many calls executors have already, so that what is added evens out what was there.
    """
    if not executors:
        return [None] * calls
    queue = [(loads.get(one, 0), place, one) for place, one in enumerate(dict.fromkeys(executors))]
    heapq.heapify(queue)
    shared: list[int | None] = []
    for _ in range(calls):
        load, place, one = queue[0]
        shared.append(one)
        heapq.heapreplace(queue, (load + 1, place, one))
    return shared
