import pytest

from tests.faults.serial_faults import PROFILES, go_through, go_through_all

FAULTS = 60


def test_every_reading_is_heard_once_or_counted_with_its_reason() -> None:
    """I9: through faults of the line on every profile that frames by bytes."""
    outcomes = go_through_all(FAULTS, seed=7)
    assert sum(outcome.faults.total() for outcome in outcomes) == FAULTS
    assert {outcome.profile for outcome in outcomes} == set(PROFILES)
    for outcome in outcomes:
        assert outcome.heard == outcome.sent, outcome.profile
        assert outcome.counted == outcome.foretold, outcome.profile


@pytest.mark.parametrize("name", ["scanner-cr", "msr-uic"])
def test_reading_that_was_foretold_and_did_not_come_is_found(name: str) -> None:
    outcome = go_through(name, 1, seed=1)
    assert outcome.is_well
    outcome.sent.append("9990019999990")
    assert not outcome.is_well
