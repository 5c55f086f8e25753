"""Tokens of forms: every page shows another, and all of a session are good."""

import pytest

from api.auth.csrf import is_token, new_secret, show_token


def test_every_page_shows_another_token_and_each_is_good() -> None:
    secret = new_secret()
    shown = {show_token(secret) for _ in range(10)}
    assert len(shown) == 10
    assert all(is_token(token, secret) for token in shown)
    assert all(secret not in token for token in shown)


def test_token_of_another_session_is_none() -> None:
    assert not is_token(show_token(new_secret()), new_secret())


@pytest.mark.parametrize("shown", ["", "a", "AAAA", "ÿ", "\ud800", "=" * 88])
def test_text_that_is_no_token_is_none(shown: str) -> None:
    assert not is_token(shown, new_secret())
