"""What a survey came to: how many answered, and what, altogether and by caller or by an attribute of customers.

Key idea: the database counts answers by question and score; everything else is arithmetic of those counts, in decimals.

- Average: the sum of the scores by how many there are, to 0.01, halves away from zero.
- NPS, the net promoter score of a question `recommend`: the share of 9 and 10 (promoters) less the share of 0 to 6
  (detractors), of all who answered it, in percent from -100 to 100, to 0.1.
- Response rate: who answered, of all on the calling list, in percent to 0.1; it only grows while calls go on.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.attributes.errors import FilterRefusedError
from crm.attributes.model import Attribute, Directory
from crm.attributes.reports import name_values
from crm.attributes.repository import list_attributes
from crm.colleagues.repository import find_colleagues
from crm.surveys.model import Question, Survey
from crm.surveys.repository import answers as repository
from crm.surveys.repository.answers import CallCount, ScoreCount, by_attribute, by_caller
from crm.surveys.repository.answers import Said as SaidText
from crm.surveys.service import load_survey

CALLER: Final = "caller"
PROMOTERS: Final = (9, 10)
MOST_DETRACTING: Final = 6
MOST_GROUPS: Final = 200
MOST_TEXTS: Final = 100
"""So many texts of a question are shown, the newest ones."""
_OF_PARTIES: tuple[Directory, ...] = ("party", "person")
_HUNDRED: Final = Decimal(100)


class Calls(Struct, frozen=True):
    """How the calls of a list stand; `other` ended otherwise: cancelled, or the customer is gone or wants no calls."""

    answered: int = 0
    refused: int = 0
    not_reached: int = 0
    other: int = 0
    open: int = 0

    @property
    def all(self) -> int:
        """How many customers are on the list."""
        return self.answered + self.refused + self.not_reached + self.other + self.open

    @property
    def response_rate(self) -> Decimal | None:
        """Who answered of all on the list, in percent."""
        return percent_of(self.answered, self.all)


class Figures(Struct, frozen=True):
    """The answers to a question: how many, how often each score from the least on, and what they come to."""

    answers: int
    counts: tuple[int, ...] = ()
    average: Decimal | None = None
    nps: Decimal | None = None


class Group(Struct, frozen=True):
    """The figures of the calls of one caller, or of customers of one value; `name` is None for those without."""

    name: str | None
    calls: Calls
    figures: Mapping[int, Figures]


class Report(Struct, frozen=True):
    """A survey's report; figures by the identifiers of questions, texts of each, groups where it was asked for them."""

    survey: Survey
    calls: Calls
    figures: Mapping[int, Figures]
    texts: Mapping[int, list[SaidText]]
    groups: tuple[Group, ...] = ()


async def list_groupings(connection: AsyncConnection) -> dict[str, Attribute]:
    """List the attributes of parties by which a report may be apart, such as `party.region`."""
    return {f"{one.directory}.{one.code}": one for one in await list_attributes(connection, _OF_PARTIES)}


async def load_report(
    connection: AsyncConnection, survey_id: int, *, by: str | None = None, language: str = "en"
) -> Report:
    """Make the report of a survey, apart `by` the caller or by an attribute such as `party.region`.

    Raises SurveyUnknownError, FilterRefusedError.
    """
    survey = await load_survey(connection, survey_id)
    scores = await repository.count_scores(connection, survey_id, None)
    calls = await load_standing(connection, survey_id)
    texts: dict[int, list[SaidText]] = defaultdict(list)
    for said in await repository.list_texts(connection, survey_id, most=MOST_TEXTS):
        texts[said.question_id].append(said)
    groups = () if by is None else await _load_groups(connection, survey, by, language=language)
    return Report(survey, calls, make_figures(survey.questions, scores), texts, groups)


async def load_standing(connection: AsyncConnection, survey_id: int) -> Calls:
    """Count how the calls of a survey stand."""
    return make_calls(await repository.count_calls(connection, survey_id, None))


async def _load_groups(connection: AsyncConnection, survey: Survey, by: str, *, language: str) -> tuple[Group, ...]:
    attribute = None if by == CALLER else (await list_groupings(connection)).get(by)
    if by != CALLER and attribute is None:
        raise FilterRefusedError("is none by which answers can be grouped", field="by")
    grouping = by_caller() if attribute is None else by_attribute(attribute)
    calls: dict[object, list[CallCount]] = defaultdict(list)
    for one in await repository.count_calls(connection, survey.id, grouping):
        calls[one.key].append(one)
    if len(calls) > MOST_GROUPS:
        raise FilterRefusedError(f"has more than {MOST_GROUPS} values: group by another attribute", field="by")
    scores: dict[object, list[ScoreCount]] = defaultdict(list)
    for count in await repository.count_scores(connection, survey.id, grouping):
        scores[count.key].append(count)
    names = await _name_keys(connection, attribute, [key for key in calls if key is not None], language=language)
    groups = [
        Group(
            None if key is None else names.get(key, str(key)),
            make_calls(of_key),
            make_figures(survey.questions, scores[key]),
        )
        for key, of_key in calls.items()
    ]
    return tuple(sorted(groups, key=lambda group: (group.name is None, (group.name or "").casefold())))


async def _name_keys(
    connection: AsyncConnection, attribute: Attribute | None, keys: Sequence[object], *, language: str
) -> Mapping[object, str]:
    if attribute is not None:
        return await name_values(connection, attribute, keys, language)
    return {one.id: one.name for one in (await find_colleagues(connection, _users(keys))).values()}


def _users(keys: Iterable[object]) -> list[int]:
    return [key for key in keys if isinstance(key, int)]


def make_calls(counts: Iterable[CallCount]) -> Calls:
    """Put counts of calls together."""
    return Calls(**{one.state: one.count for one in counts})


def make_figures(questions: Sequence[Question], counts: Iterable[ScoreCount]) -> dict[int, Figures]:
    """Compute the figures of each question of the counts of its answers."""
    found: dict[int, dict[int | None, int]] = defaultdict(dict)
    for one in counts:
        found[one.question_id][one.score] = one.count
    return {one.id: figures_of(one, found[one.id]) for one in questions}


def figures_of(question: Question, counts: Mapping[int | None, int]) -> Figures:
    """Compute the figures of a question; an average only of scores, as the module says."""
    answers = sum(counts.values())
    by_score = tuple(counts.get(score, 0) for score in question.scores)
    if not answers or question.kind not in {"score", "recommend"}:
        return Figures(answers, by_score)
    total = sum(score * count for score, count in zip(question.scores, by_score, strict=True))
    nps = _nps(counts, answers) if question.kind == "recommend" else None
    return Figures(answers, by_score, _round(Decimal(total) / answers, "0.01"), nps)


def _nps(counts: Mapping[int | None, int], answers: int) -> Decimal:
    promoters = sum(counts.get(score, 0) for score in PROMOTERS)
    detractors = sum(counts.get(score, 0) for score in range(MOST_DETRACTING + 1))
    return _round(_HUNDRED * (promoters - detractors) / answers, "0.1")


def percent_of(part: int, whole: int) -> Decimal | None:
    """Give a part of a whole in percent to 0.1; None of nothing."""
    return _round(_HUNDRED * part / whole, "0.1") if whole else None


def _round(value: Decimal, step: str) -> Decimal:
    return value.quantize(Decimal(step), ROUND_HALF_UP)
