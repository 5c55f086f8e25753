import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import json

from pos_adapter.problems import BodyError, BodyTooLargeError, decode, problem_of
from pos_adapter.protocol import MOST_BODY_BYTES, Calculation, SeriesBody, Wire

CALCULATION = json.Decoder(Calculation)
LINE = b'{"line":1,"sku":"1001","quantity":"1","price":"12.90"}'
BODY = (
    b'{"receipt_uid":"6f1b1d1e-0000-4000-8000-000000000000","store":"0007","till":"3",'
    b'"at":"2026-11-22T10:15:02+03:00","lines":[' + LINE + b"]}"
)


class Free(Wire, frozen=True):
    """Fields of a free shape, for what no struct of the contract has."""

    texts: dict[str, str] | None = None
    places: dict[int, str] | None = None
    pair: tuple[int, int] | None = None
    share: float | None = None
    pattern: object | None = None


def error_of(body: bytes, struct: type[Wire]) -> tuple[str, str]:
    with pytest.raises(BodyError) as caught:
        decode(body, json.Decoder(struct))
    return caught.value.field, caught.value.reason


def _mutated(place: int, piece: bytes) -> bytes:
    return BODY[:place] + piece + BODY[place + len(piece) :]


def test_good_body_becomes_its_struct() -> None:
    assert decode(BODY, CALCULATION).lines[0].price == "12.90"


@pytest.mark.parametrize(
    ("old", "new", "field", "reason"),
    [
        (b'"12.90"', b"12.9", "lines[0].price", "must be text, not a number"),
        (b'"12.90"', b'""', "lines[0].price", "must have at least 1 character"),
        (b'"12.90"', b'"' + b"1" * 33 + b'"', "lines[0].price", "must have at most 32 characters"),
        (b',"price":"12.90"', b"", "lines[0].price", "is missing"),
        (b'"price"', b'"prize"', "lines[0].prize", "is not a known field"),
        (b'"price"', b'"pr`ice - at `$.x"', "lines[0]", "has a field that is not known"),
        (b'"price"', b'"4000000000000002"', "lines[0]", "has a field that is not known"),
        (b'"line":1', b'"line":0', "lines[0].line", "must be at least 1"),
        (b'"line":1', b'"line":1000001', "lines[0].line", "must be at most 1000000"),
        (b'"line":1', b'"line":' + b"9" * 5000, "lines[0].line", "is out of range"),
        (b'"line":1', b'"line":1.0', "lines[0].line", "must be a whole number, not a number"),
        (b'"line":1', b'"line":1,"gift":"no"', "lines[0].gift", "must be true or false or null, not text"),
        (LINE, b"", "lines", "must have at least 1 element"),
        (LINE, b"7", "lines[0]", "must be an object, not a whole number"),
        (LINE, LINE + b"," + LINE.replace(b'"1"', b"[]"), "lines[1].quantity", "must be text, not a list"),
        (b"+03:00", b"", "at", "must have an offset from UTC"),
        (b"2026-11", b"2026-13", "at", "must be a time as in RFC 3339"),
        (b"6f1b1d1e", b"zz", "receipt_uid", "must be a UUID"),
        (b'"store"', b'"kind":"4000000000000002","store"', "kind", "is not one of the allowed values"),
        (b'"store"', b'"card":{},"store"', "card.number", "is missing"),
        (b'"store"', b'"card":"1","store"', "card", "must be an object or null, not text"),
    ],
)
def test_wrong_field_is_named_with_its_reason(old: bytes, new: bytes, field: str, reason: str) -> None:
    assert error_of(BODY.replace(old, new, 1), Calculation) == (field, reason)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "is empty"),
        (b"{", "is not JSON: it ends too early"),
        (b"[]", "must be an object, not a list"),
        (b"null", "must be an object, not null"),
        (BODY + b"x", f"is not JSON: trailing characters (byte {len(BODY) + 1})"),
        (BODY.replace(b'"3"', b'"3",'), "is not JSON: object keys must be strings (byte 80)"),
        (BODY.replace(b'"3"', b'"\n"'), "is not JSON: invalid character (byte 77)"),
        (b"\xef\xbb\xbf" + BODY, "begins with a byte order mark"),
        (BODY.replace(b'"3"', b'"\xff"'), "is not UTF-8 (byte 77)"),
        (BODY.replace(b'"3"', b'"\xed\xa0\x80"'), "is not UTF-8 (byte 77)"),
        (BODY.decode().encode("utf-16"), "is not JSON: invalid character (byte 0)"),
    ],
)
def test_body_that_is_no_json_object_is_refused_as_a_whole(body: bytes, reason: str) -> None:
    assert error_of(body, Calculation) == ("", reason)


@pytest.mark.parametrize("escape", [rb"\u0000", rb"a\u0000b"])
def test_nul_is_refused_at_its_field(escape: bytes) -> None:
    body = BODY.replace(b"1001", escape)
    assert error_of(body, Calculation) == ("lines[0].sku", "contains the character U+0000")


def test_escaped_backslash_before_u0000_is_plain_text() -> None:
    assert decode(BODY.replace(b"1001", rb"\\u0000"), CALCULATION).lines[0].sku == r"\u0000"


@pytest.mark.parametrize("escape", [rb"\ud800", rb"\uDC00x", rb"\ud83dA", rb"\ud83d\u0041"])
def test_half_a_surrogate_pair_is_refused_at_its_field(escape: bytes) -> None:
    body = BODY.replace(b"1001", escape)
    assert error_of(body, Calculation) == ("lines[0].sku", "contains half of a surrogate pair")


def test_whole_surrogate_pair_is_one_character() -> None:
    assert decode(BODY.replace(b"1001", rb"\ud83d\ude00"), CALCULATION).lines[0].sku == "\U0001f600"


def test_surrogates_in_a_body_that_is_not_json_at_all_are_not_searched_for() -> None:
    assert error_of(b'{"store":"\\ud800"', Calculation) == ("", "is not JSON: it ends too early")


def test_deep_nesting_is_refused() -> None:
    body = b'{"pattern":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert error_of(body, Free) == ("", "is nested too deeply")


def test_deep_nesting_beside_a_nul_is_no_crash() -> None:
    body = b'{"texts":{"a":"\\u0000"},"pattern":' + b"[" * 600 + b"]" * 600 + b"}"
    assert error_of(body, Free) == ("texts.a", "contains the character U+0000")


def test_body_over_the_limit_is_413_and_at_the_limit_is_read() -> None:
    padded = BODY + b" " * (MOST_BODY_BYTES - len(BODY))
    assert decode(padded, CALCULATION).till == "3"
    with pytest.raises(BodyTooLargeError) as caught:
        decode(padded + b" ", CALCULATION)
    assert (caught.value.status, caught.value.reason) == (413, "is larger than 4194304 bytes")


@pytest.mark.parametrize(
    ("body", "field", "reason"),
    [
        (b'{"texts":{"a":1}}', "texts[...]", "must be text, not a whole number"),
        (b'{"places":{"a":"b"}}', "places", "must be a whole number, not text"),
        (b'{"pair":[1]}', "pair", "must have exactly 2 elements"),
        (b'{"share":1e999}', "share", "is out of range"),
        (b'{"texts":{"a\\u0000":"b"}}', "texts", "contains the character U+0000"),
    ],
)
def test_free_shapes_name_their_field_too(body: bytes, field: str, reason: str) -> None:
    assert error_of(body, Free) == (field, reason)


@pytest.mark.parametrize(
    ("body", "field", "reason"),
    [
        (b'{"name":"x","kind":"discount","hours":{"from":"x"}}', "hours.from", "must be a time of day as in RFC 3339"),
        (b'{"name":"x","kind":"discount","hours":{"from":"10:00:00"}}', "hours.to", "is missing"),
        (b'{"name":"x","kind":"discount","valid_from":"2026-02-30"}', "valid_from", "must be a date as in RFC 3339"),
        (b'{"name":"x","kind":"discount","price_lists":["a",1]}', "price_lists[1]", "must be text, not a whole number"),
    ],
)
def test_back_office_bodies_are_named_by_the_same_rules(body: bytes, field: str, reason: str) -> None:
    assert error_of(body, SeriesBody) == (field, reason)


def refusal_of(body: bytes) -> BodyError | None:
    try:
        decode(body, CALCULATION)
    except BodyError as error:
        return error
    return None


@given(body=st.binary() | st.text().map(str.encode) | st.builds(_mutated, st.integers(0, len(BODY)), st.binary()))
def test_any_body_is_decoded_or_refused_without_a_word_of_its_values(body: bytes) -> None:
    if error := refusal_of(body):
        assert re.fullmatch(r"[A-Za-z_.\[\]0-9-]*", error.field)
        assert not re.search(r"\d{9}", error.field + error.reason)


def test_problem_names_status_code_field_and_reason() -> None:
    problem = problem_of(BodyError("lines[0].price", "is missing"))
    assert msgspec.to_builtins(problem) == {
        "title": "The body of the request is not as it should be",
        "status": 400,
        "code": "invalid_body",
        "detail": "lines[0].price: is missing",
        "errors": [{"field": "lines[0].price", "reason": "is missing"}],
    }
