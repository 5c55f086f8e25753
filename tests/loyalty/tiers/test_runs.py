"""Runs as processes meet them: two at once, one that is killed, one that is due, and what comes after its period."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any  # JSON bodies are free in their values

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.jobs.rules import run_rules
from api.jobs.running import JobStoppedError, RunningJob
from api.jobs.working import do_queued_jobs
from api.state import Service
from database.activity import Act
from database.jobs import STALE_SECONDS, Job, cancel_job, claim_job, find_job, list_jobs
from loyalty.accounts.verify import verify_ledgers
from loyalty.cards.model import Card, SeriesSettings
from loyalty.cards.rules import BonusEntry, BonusTable, SeriesRules, TurnoverEntry, TurnoverTable
from loyalty.cards.series import put_series
from loyalty.cards.series_rules import put_rules
from loyalty.cards.service import OwnSettings, change_card, make_cards_with_numbers
from loyalty.tiers import bonuses, runs
from loyalty.tiers.late import list_runs, look_for_late
from loyalty.tiers.runs import KIND, TurnoverRun, ask_for_run, run_turnover
from loyalty.tiers.schedule import schedule_runs
from tests.conftest import ACT
from tests.factories import make_line, make_receipt
from tests.loyalty.receipts.posting import make_card, post, read_card
from tests.services import Two, services  # noqa: F401 # a fixture

P = 10_000
STEPS = (TurnoverEntry(0, 100_00, change="set", value=1 * P), TurnoverEntry(100_00, change="set", value=43_500))
MONTHLY = SeriesRules(turnover=TurnoverTable("month", entries=STEPS))


def at(year: int, month: int, day: int) -> Act:
    return Act("test", datetime(year, month, day, 12, tzinfo=UTC))


def sale(card: Card, amount: str, day: str) -> dict[str, Any]:
    when = {"business_date": day, "closed_at": f"{day}T12:00:00+02:00"}
    return make_receipt(make_line(price=amount), card={"number": card.number}, **when)


async def code_of(service: Service, card: Card) -> str:
    return (await service.catalogue.newest()).series[card.series_id].code


async def make_ruled_card(service: Service, rules: SeriesRules = MONTHLY, *, act: Act = ACT) -> tuple[str, Card]:
    card = await make_card(service)
    code = await code_of(service, card)
    await service.database.run(put_rules, code, rules, act=act)
    return code, card


async def test_of_two_runs_at_once_one_changes_the_cards(services: Two) -> None:  # noqa: F811 # the fixture
    """PAP-25."""
    one, two = services
    code, card = await make_ruled_card(one)

    async def run(service: Service) -> TurnoverRun:
        return await service.database.run(run_turnover, code, "2026-10", preview=False, act=ACT)

    both = await asyncio.gather(run(one), run(two), run(one))

    assert sorted((run.is_repeated, run.changed) for run in both) == [(False, 1), (True, 0), (True, 0)]
    assert (await read_card(one, card)).own_percent == 1 * P


async def test_run_beside_receipts_of_the_same_cards_loses_neither(service: Service) -> None:
    code, card = await make_ruled_card(service)
    receipts = [post(service, sale(card, "10.00", "2026-10-10")) for _ in range(20)]

    running = service.database.run(run_turnover, code, "2026-10", preview=False, act=ACT)
    run, _ = await asyncio.gather(running, asyncio.gather(*receipts))

    assert run.changed == 1
    assert (await read_card(service, card)).turnover == 200_00


async def make_many(service: Service, cards: int) -> str:
    code = f"M{cards}"
    await service.database.run(put_series, code, SeriesSettings(code, "discount"), act=ACT)
    numbers = [f"{code}-{number}" for number in range(cards)]
    await service.database.run(make_cards_with_numbers, code, numbers=numbers, act=ACT)
    await service.database.run(put_rules, code, MONTHLY, act=ACT)
    return code


async def count_rated(service: Service) -> int:
    async def read(connection: AsyncConnection) -> int:
        return int((await connection.execute(text("select count(*) from card where own_percent = 10000"))).scalar_one())

    return await service.database.run(read)


async def test_run_goes_by_portions_and_by_the_rules_with_which_it_began(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PAP-25: a run that lost its worker half way is finished, and no receipt waits for all cards of a series."""
    monkeypatch.setattr(runs, "CARDS_PER_PORTION", 3)
    code = await make_many(service, 8)
    job_id = await service.database.run(ask_for_run, code, period="previous", preview=False, act=ACT)
    portions = iter([False, True])
    with pytest.raises(JobStoppedError):
        await run_rules(service, RunningJob(service, await claim(service), lambda: next(portions)))
    assert await count_rated(service) == 3

    await service.database.run(put_rules, code, SeriesRules(), act=ACT)
    past = f"update job set heartbeat_at = now() - interval '{STALE_SECONDS + 1} seconds' where id = {job_id}"
    await service.database.run(lambda connection: connection.execute(text(past)))
    await do_queued_jobs(service, is_stopped=lambda: False)

    assert await count_rated(service) == 8
    (run,) = await service.database.run(list_runs, code)
    assert (run.summary["cards"], run.summary["changed"]) == (8, 8)
    assert run.summary["tiers"] == [
        {"series": code, "percent": 0, "before": 8, "after": 0},
        {"series": code, "percent": 1 * P, "before": 0, "after": 8},
    ]


async def test_run_that_was_cancelled_half_way_is_finished_by_the_next_and_not_by_the_one_after(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "CARDS_PER_PORTION", 3)
    code = await make_many(service, 8)
    first = await service.database.run(ask_for_run, code, period="previous", preview=False, act=ACT)
    portions = iter([False, True])
    with pytest.raises(JobStoppedError):
        await run_rules(service, RunningJob(service, await claim(service), lambda: next(portions)))
    assert (await service.database.run(run_turnover, code, "2026-10", preview=False, act=ACT)).is_repeated
    await service.database.run(cancel_job, first, act=ACT)

    repeated = []
    for _ in "12":
        job_id = await service.database.run(ask_for_run, code, period="2026-10", preview=False, act=ACT)
        await do_queued_jobs(service, is_stopped=lambda: False)
        job = await service.database.run(find_job, job_id)
        assert job is not None
        assert job.result is not None
        repeated.append(msgspec.convert(job.result["turnover"], dict[str, object])["repeated"])

    assert repeated == [False, True]
    assert await count_rated(service) == 8


async def make_bonus(service: Service, cards: int) -> str:
    code = f"B{cards}"
    await service.database.run(put_series, code, SeriesSettings(code, "credit"), act=ACT)
    numbers = [f"{code}-{number}" for number in range(cards)]
    await service.database.run(make_cards_with_numbers, code, numbers=numbers, act=ACT)
    rules = SeriesRules(bonus=BonusTable("month", (BonusEntry(0, None, amount=100),)))
    await service.database.run(put_rules, code, rules, act=ACT)
    return code


async def balances(service: Service) -> tuple[int, int]:
    async def read(connection: AsyncConnection) -> tuple[int, int]:
        row = (
            await connection.execute(text("select count(*), coalesce(max(balance), 0) from card where balance > 0"))
        ).one()
        return row[0], row[1]

    return await service.database.run(read)


async def claim(service: Service) -> Job:
    job = await service.database.run(claim_job, [KIND])
    assert job is not None
    return job


async def test_bonus_that_lost_its_worker_goes_on_and_gives_nothing_twice(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bonuses, "CARDS_PER_PORTION", 3)
    code = await make_bonus(service, 8)
    job_id = await service.database.run(ask_for_run, code, period="previous", preview=False, act=ACT)
    portions = iter([False, False, True])
    with pytest.raises(JobStoppedError):
        await run_rules(service, RunningJob(service, await claim(service), lambda: next(portions)))
    assert await balances(service) == (6, 100)

    past = f"update job set heartbeat_at = now() - interval '{STALE_SECONDS + 1} seconds' where id = {job_id}"
    await service.database.run(lambda connection: connection.execute(text(past)))
    await do_queued_jobs(service, is_stopped=lambda: False)

    assert await balances(service) == (8, 100)
    assert (await service.database.run(verify_ledgers)).differences == []


async def test_bonus_that_was_cancelled_half_way_is_finished_by_the_next_and_not_by_the_one_after(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bonuses, "CARDS_PER_PORTION", 3)
    code = await make_bonus(service, 8)
    first = await service.database.run(ask_for_run, code, period="previous", preview=False, act=ACT)
    portions = iter([False, True])
    with pytest.raises(JobStoppedError):
        await run_rules(service, RunningJob(service, await claim(service), lambda: next(portions)))
    await service.database.run(cancel_job, first, act=ACT)

    results = []
    for _ in "12":
        job_id = await service.database.run(ask_for_run, code, period="previous", preview=False, act=ACT)
        await do_queued_jobs(service, is_stopped=lambda: False)
        job = await service.database.run(find_job, job_id)
        assert job is not None
        assert job.result is not None
        results.append(msgspec.convert(job.result["bonus"], dict[str, object])["repeated"])

    assert results == [False, True]
    assert await balances(service) == (8, 100)


async def test_period_that_is_over_is_run_once_by_itself_if_the_table_stood_by_then(service: Service) -> None:
    """PAP-25: on schedule, in the installation's time zone."""
    code, card = await make_ruled_card(service, act=at(2026, 10, 20))
    await post(service, sale(card, "150.00", "2026-10-21"))

    assert await service.database.run(schedule_runs, act=Act("service", datetime(2026, 10, 31, 21, tzinfo=UTC))) == []
    just_after_midnight = Act("service", datetime(2026, 10, 31, 22, 1, tzinfo=UTC))
    assert len(await service.database.run(schedule_runs, act=just_after_midnight)) == 1
    assert await service.database.run(schedule_runs, act=just_after_midnight) == []
    await do_queued_jobs(service, is_stopped=lambda: False)

    assert (await read_card(service, card)).own_percent == 43_500
    assert await service.database.run(schedule_runs, act=at(2026, 11, 2)) == []
    assert len(await service.database.run(schedule_runs, act=at(2026, 12, 2))) == 1
    assert [job.arguments["turnover"] for job in await service.database.run(list_jobs)] == ["2026-11", "2026-10"]
    assert (await service.database.run(list_runs, code))[0].period == "2026-10"


async def test_table_that_was_put_after_the_period_is_left_to_people(service: Service) -> None:
    await make_ruled_card(service, act=at(2026, 11, 1))
    assert await service.database.run(schedule_runs, act=at(2026, 11, 2)) == []


async def test_lifetime_is_run_daily_unless_it_would_add_every_day(service: Service) -> None:
    life = TurnoverTable("lifetime", entries=STEPS)
    adds = TurnoverTable("lifetime", entries=(TurnoverEntry(change="add", value=P),))
    tops = BonusTable(None, (BonusEntry(0, None, amount=100),))
    await make_ruled_card(service, SeriesRules(turnover=life), act=at(2026, 10, 20))
    await make_ruled_card(service, SeriesRules(turnover=adds), act=at(2026, 10, 20))
    code = await make_bonus(service, 1)
    await service.database.run(put_rules, code, SeriesRules(bonus=tops), act=at(2026, 10, 20))

    asked = [len(await service.database.run(schedule_runs, act=at(2026, 11, day))) for day in (1, 1, 2)]

    assert asked == [1, 0, 1]


async def test_late_receipt_of_a_run_period_lists_the_card_whose_tier_would_have_differed(service: Service) -> None:
    """PAP-25: nothing is changed by it; a card that agrees again leaves the list."""
    code, card = await make_ruled_card(service)
    await service.database.run(run_turnover, code, "2026-10", preview=False, act=at(2026, 11, 1))
    await post(service, sale(card, "99.00", "2026-10-10"))
    now = datetime.now(UTC)
    assert await service.database.run(look_for_late, act=Act("service", now)) == 0

    await post(service, sale(card, "1.00", "2026-10-31"))
    await post(service, sale(card, "900.00", "2026-11-01"))
    assert await service.database.run(look_for_late, act=Act("service", datetime.now(UTC))) == 1
    assert await service.database.run(look_for_late, act=Act("service", datetime.now(UTC))) == 0

    (run,) = await service.database.run(list_runs, code)
    (late,) = run.late
    assert (late.card_id, late.percent, late.due_percent) == (card.card_id, 1 * P, 43_500)
    assert (await read_card(service, card)).own_percent == 1 * P

    back = sale(card, "1.00", "2026-10-31") | {"kind": "return"}
    await post(service, back)
    assert await service.database.run(look_for_late, act=Act("service", datetime.now(UTC))) == 1
    assert (await service.database.run(list_runs, code))[0].late == []


async def test_receipt_of_a_period_that_still_goes_on_is_not_late(service: Service) -> None:
    code, card = await make_ruled_card(service)
    now = datetime.now(UTC)
    month = f"{now:%Y-%m}"
    await service.database.run(run_turnover, code, month, preview=False, act=Act("test", now))
    await post(service, sale(card, "150.00", f"{month}-01"))

    assert await service.database.run(look_for_late, act=Act("service", datetime.now(UTC))) == 0


async def test_late_receipt_of_another_series_concerns_no_run_and_one_that_moved_on_its_own(service: Service) -> None:
    code, card = await make_ruled_card(service)
    _, stranger = await make_ruled_card(service)
    await service.database.run(run_turnover, code, "2026-10", preview=False, act=at(2026, 11, 1))
    other = OwnSettings(series=await code_of(service, stranger))
    await service.database.run(change_card, card.card_id, other, act=ACT)

    await post(service, sale(stranger, "150.00", "2026-10-10"))
    assert await service.database.run(look_for_late, act=Act("service", datetime.now(UTC))) == 0
    await post(service, sale(card, "150.00", "2026-10-10"))
    assert await service.database.run(look_for_late, act=Act("service", datetime.now(UTC))) == 1


async def test_late_receipt_is_judged_by_what_the_card_was_before_the_run(service: Service) -> None:
    table = TurnoverTable("month", "never", entries=STEPS)
    code, card = await make_ruled_card(service, SeriesRules(turnover=table))
    await post(service, sale(card, "100.00", "2026-10-10"))
    await service.database.run(run_turnover, code, "2026-10", preview=False, act=at(2026, 11, 1))
    assert (await read_card(service, card)).own_percent == 43_500

    await post(service, sale(card, "100.00", "2026-10-11") | {"kind": "return"})
    await service.database.run(look_for_late, act=Act("service", datetime.now(UTC)))

    (late,) = (await service.database.run(list_runs, code))[0].late
    assert (late.percent, late.due_percent) == (43_500, 1 * P)
    assert date.fromisoformat(f"{(await service.database.run(list_runs, code))[0].period}-01") == date(2026, 10, 1)
