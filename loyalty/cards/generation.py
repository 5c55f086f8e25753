"""Cards in numbers: a job that makes up to millions of them from a series' template, portion by portion.

The key idea: a portion, the counter behind its last number and the job's progress are one transaction. A job that is
killed goes on after its last portion; whoever makes cards of the same series at the same time waits for the portion's
end and goes on after it. Numbers that exist already are passed over: exactly as many cards are made as were asked for.
"""

import msgspec
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act, record_activity
from database.jobs import Job, Progress, enqueue_job
from loyalty.cards import repository
from loyalty.cards.model import Series
from loyalty.cards.service import first_state, load_series_by_code
from loyalty.errors import SettingRefusedError, TemplateExhaustedError, TooManyCardsError
from loyalty.numbering import Template

KIND = "cards.generate"
MOST_GENERATED = 10_000_000
"""So many cards one job makes; asked again, the next one goes on."""

NUMBERS_PER_PORTION = 25_000


class Wish(Struct, frozen=True):
    """What a job is asked to make."""

    series: str
    count: int


class Generated(Struct, frozen=True):
    """What a job made so far; the identifiers of the first and the last card, 0 before there is one."""

    made: int = 0
    passed_over: int = 0
    first_card_id: int = 0
    last_card_id: int = 0


async def ask_for_cards(connection: AsyncConnection, code: str, *, count: int, act: Act) -> int:
    """Put a job into the queue that makes so many cards of a series; gives its identifier.

    Raises SeriesUnknownError, SettingRefusedError, TooManyCardsError, TemplateExhaustedError; then there is no job.
    """
    if count > MOST_GENERATED:
        raise TooManyCardsError(f"at most {MOST_GENERATED:,} cards are made by one job", field="count")
    series, template = await _lock_series(connection, code)
    left = template.last + 1 - _next_counter(template, await repository.lock_counter(connection, series.id))
    if left < count:
        raise TemplateExhaustedError(
            f"the template of series {code} has {left} numbers left, {count} were asked for", field="count"
        )
    wish = msgspec.to_builtins(Wish(code, count))
    return await enqueue_job(connection, KIND, wish, act=act, total=count)


async def make_portion(connection: AsyncConnection, job: Job, *, act: Act) -> Progress:
    """Make the next cards of a job.

    Raises SeriesUnknownError, SettingRefusedError, TemplateExhaustedError: the cards made so far stay.
    """
    wish, before = msgspec.convert(job.arguments, Wish), msgspec.convert(job.progress, Generated)
    series, template = await _lock_series(connection, wish.series)
    start = _next_counter(template, await repository.lock_counter(connection, series.id))
    stop = min(start + min(NUMBERS_PER_PORTION, wish.count - before.made), template.last + 1)
    if start >= stop:
        raise TemplateExhaustedError(
            f"the template of series {wish.series} has no numbers left: {before.made:,} of {wish.count:,} were made"
        )
    numbers = template.numbers(range(start, stop))
    made = await repository.insert_portion(connection, numbers, of=series, state=first_state(series), now=act.at)
    await repository.save_counter(connection, series.id, stop - 1)
    if made.count:
        data = {"count": made.count, "first": made.first, "last": made.last, "job": job.id}
        await record_activity(connection, act=act, what="cards.made", record=f"series:{series.code}", data=data)
    after = _add(before, made, numbers=len(numbers))
    return Progress(after.made, wish.count, msgspec.to_builtins(after))


def _add(before: Generated, made: repository.Made, *, numbers: int) -> Generated:
    return Generated(
        made=before.made + made.count,
        passed_over=before.passed_over + numbers - made.count,
        first_card_id=before.first_card_id or made.first,
        last_card_id=made.last or before.last_card_id,
    )


async def _lock_series(connection: AsyncConnection, code: str) -> tuple[Series, Template]:
    series = await load_series_by_code(connection, code, lock=True)
    if series.template is None:
        raise SettingRefusedError(f"series {code} has no number template: give the number", field="count")
    return series, series.template


def _next_counter(template: Template, last: int) -> int:
    return max(last + 1, template.first)
