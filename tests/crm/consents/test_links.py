"""Links by which a recipient speaks for itself cannot be made up."""

import pytest

from crm.consents.links import read_recipient, sign_recipient

KEY = b"k" * 32


def test_link_names_its_recipient_and_stands_in_an_address_as_it_is() -> None:
    token = sign_recipient(KEY, 4711)
    assert read_recipient(KEY, token) == 4711
    assert len(token) == 32
    assert token.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    "token", ["", "x", "é", "A" * 32, sign_recipient(b"o" * 32, 4711), sign_recipient(KEY, 1)[:-4]]
)
def test_link_that_was_not_signed_with_the_key_names_nobody(token: str) -> None:
    assert read_recipient(KEY, token) is None


def test_no_changed_character_goes_unseen() -> None:
    token = sign_recipient(KEY, 4711)
    for place, old in enumerate(token):
        for new in "AZ09-":
            if new != old:
                assert read_recipient(KEY, token[:place] + new + token[place + 1 :]) is None
