from pathlib import Path

import pytest

from pos_adapter.tokens import TokenError, is_token, load_or_make_token, load_token


def test_token_is_made_once_and_for_its_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "local.token"
    token = load_or_make_token(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(token) >= 43
    assert load_or_make_token(path) == token


def test_two_tills_have_two_tokens(tmp_path: Path) -> None:
    assert load_or_make_token(tmp_path / "a") != load_or_make_token(tmp_path / "b")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_token_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "local.token"
    load_or_make_token(path)
    path.chmod(mode)
    with pytest.raises(TokenError, match=f"can be read by others: chmod 600 {path}"):
        load_or_make_token(path)


@pytest.mark.parametrize("content", ["", "\n", "short", "two words of a token", "x" * 5_000, "tökentökentöken"])
def test_file_without_a_token_is_refused_and_not_quoted(tmp_path: Path, content: str) -> None:
    path = tmp_path / "server.token"
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(TokenError, match="holds no token") as caught:
        load_token(path)
    assert not content.strip() or content not in str(caught.value)


def test_missing_token_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TokenError, match=r"server\.token cannot be read: No such file"):
        load_token(tmp_path / "server.token")


def test_token_cannot_be_made_where_there_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(TokenError, match="cannot be made"):
        load_or_make_token(tmp_path / "missing" / "local.token")


@pytest.mark.parametrize(
    ("shown", "fits"), [("a-token-of-a-till", True), ("a-token-of-a-tilL", False), ("", False), ("é", False)]
)
def test_only_the_same_token_fits(shown: str, fits: bool) -> None:  # noqa: FBT001 # a case of the table
    assert is_token(shown, "a-token-of-a-till") is fits
