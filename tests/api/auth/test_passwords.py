"""Passwords at rest, and how many are checked at once."""

import asyncio

import pytest

from api.auth.errors import TooManySignInsError, UserRefusedError
from api.auth.passwords import LEAST_LENGTH, MOST_AT_ONCE, MOST_WAITING, PasswordChecks, hash_password

RIGHT = "correct horse battery"


async def test_right_password_is_told_from_a_wrong_one() -> None:
    hashed, checks = hash_password(RIGHT), PasswordChecks()
    assert await checks.is_right(hashed, RIGHT)
    assert not await checks.is_right(hashed, RIGHT + "!")


async def test_nobody_has_a_right_password() -> None:
    assert not await PasswordChecks().is_right(None, "")


async def test_hash_that_is_none_is_wrong() -> None:
    assert not await PasswordChecks().is_right("plain text", "plain text")


def test_same_password_has_another_hash_each_time() -> None:
    assert hash_password(RIGHT) != hash_password(RIGHT)
    assert hash_password(RIGHT).startswith("$argon2id$")


@pytest.mark.parametrize("password", ["", "x" * (LEAST_LENGTH - 1), "x" * 201])
def test_password_of_a_poor_length_is_refused(password: str) -> None:
    with pytest.raises(UserRefusedError, match="10 to 200"):
        hash_password(password)


async def test_more_checks_than_may_wait_are_refused() -> None:
    hashed, checks = hash_password(RIGHT), PasswordChecks()
    asked = [checks.is_right(hashed, RIGHT) for _ in range(MOST_AT_ONCE + MOST_WAITING + 3)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(answer is True for answer in answers) == MOST_AT_ONCE + MOST_WAITING
    assert sum(isinstance(answer, TooManySignInsError) for answer in answers) == 3
    assert await checks.is_right(hashed, RIGHT)
