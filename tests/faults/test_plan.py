import itertools

from tests.faults.whole.plan import KINDS, plan

TILLS = ["till-1", "till-2", "till-3"]


def test_same_seed_gives_the_same_plan_and_another_seed_another() -> None:
    long, short, other = (
        list(itertools.islice(plan(seed, tills=TILLS), count)) for seed, count in ((7, 300), (7, 30), (8, 30))
    )
    assert long[:30] == short
    assert other != short


def test_each_kind_of_fault_comes_soon_and_now_and_then_two_at_once() -> None:
    moments = list(itertools.islice(plan(7, tills=TILLS), 100))
    strikes = [strike for moment in moments for strike in moment.strikes]
    assert {strike.kind for strike in strikes[: len(KINDS)]} == set(KINDS)
    assert {strike.target for strike in strikes} == {"postgres", "backend", "worker", "server-1", "server-2", *TILLS}
    assert {len(moment.strikes) for moment in moments} == {1, 2}
    assert all(len({strike.target for strike in moment.strikes}) == len(moment.strikes) for moment in moments)


def test_disk_of_the_database_is_left_alone_where_it_cannot_be_filled() -> None:
    moments = itertools.islice(plan(7, tills=TILLS, fills_database=False), 300)
    assert {strike.target for one in moments for strike in one.strikes if strike.kind == "disk"} == set(TILLS)


def test_clock_of_the_first_till_never_jumps() -> None:
    strikes = [strike for moment in itertools.islice(plan(7, tills=TILLS), 300) for strike in moment.strikes]
    assert {strike.target for strike in strikes if strike.kind == "clock"} == {"till-2", "till-3"}
