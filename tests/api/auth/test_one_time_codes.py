"""One-time codes as RFC 6238 computes them, and codes on paper however they are typed."""

from datetime import UTC, datetime, timedelta

import pytest

from api.auth.one_time_codes import (
    STEP_SECONDS,
    address_of,
    code_at,
    find_step,
    hash_recovery_code,
    is_recovery_code,
    new_recovery_codes,
    new_secret,
)

RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # the 20 bytes of appendix B in base 32


@pytest.mark.parametrize(
    ("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    assert code_at(RFC_SECRET, now) == code
    assert find_step(RFC_SECRET, f"{code[:3]} {code[3:]}", now) == seconds // STEP_SECONDS


@pytest.mark.parametrize(("seconds", "is_good"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_code_of_the_step_beside_is_taken_and_of_no_other(seconds: int, *, is_good: bool) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    code = code_at(RFC_SECRET, now + timedelta(seconds=seconds))
    assert (find_step(RFC_SECRET, code, now) is not None) is is_good


@pytest.mark.parametrize("typed", ["", "28708", "2870821", "abcdef", "２８７０８２", "287082\0"])
def test_what_is_no_code_is_of_no_step(typed: str) -> None:
    assert find_step(RFC_SECRET, typed, datetime.fromtimestamp(59, UTC)) is None


def test_recovery_code_is_read_however_it_is_typed() -> None:
    codes = new_recovery_codes()
    assert len({hash_recovery_code(code) for code in codes}) == len(codes) == 10
    for code in codes:
        loosely = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
        assert is_recovery_code(loosely)
        assert hash_recovery_code(loosely) == hash_recovery_code(code)
    assert not is_recovery_code("287082")


def test_address_names_who_signs_in_where() -> None:
    secret = new_secret()
    assert len(secret) == 32
    assert address_of(secret, "nora l").startswith(
        f"otpauth://totp/Tallycard:nora%20l?secret={secret}&issuer=Tallycard"
    )
