"""What is wrong with the body of a request, said so that the till's programmer finds the field.

The key idea: bodies are decoded by msgspec in one pass; only when that fails is its message taken apart into the path
of the field and a reason in plain words. No value of the caller ever stands in a reason, because it may be a card
number. Nothing here knows HTTP or the meaning of a field.
"""

import json
import re
from collections.abc import Iterator
from typing import Final, TypeVar

import msgspec

from pos_adapter.answers import Problem
from pos_adapter.protocol import MOST_BODY_BYTES, RawBatch

T = TypeVar("T")


class BodyError(Exception):
    """A body that cannot be taken: `field` is a path as `lines[0].price`, empty for the body as a whole."""

    status: int = 400
    code: str = "invalid_body"
    title: str = "The body of the request is not as it should be"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field or 'body'}: {reason}")
        self.field = field
        self.reason = reason


class BodyTooLargeError(BodyError):
    """A body of more than `MOST_BODY_BYTES`."""

    status = 413
    code = "body_too_large"
    title = "The body of the request is too large"


def decode(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """Decode a body as its struct; raise `BodyError` where it is not UTF-8, not JSON, too large, too deep or a misfit.

    U+0000 and lone surrogates are refused wherever they stand: no PostgreSQL text can hold them.
    """
    if len(body) > MOST_BODY_BYTES:
        raise BodyTooLargeError("", f"is larger than {MOST_BODY_BYTES} bytes")
    try:
        value = decoder.decode(body)
    except msgspec.ValidationError as error:
        raise misfit(error) from None
    except UnicodeDecodeError:
        raise _not_utf8(body) from None
    except msgspec.DecodeError as error:
        raise _malformed(body, str(error)) from None
    except RecursionError:
        raise BodyError("", "is nested too deeply") from None
    if _NUL_ESCAPE in body and decoder.type is not RawBatch:  # the receipts of a batch are decoded one by one
        _refuse_unstorable_text(body)
    return value


def misfit(error: msgspec.ValidationError) -> BodyError:
    """Take a message such as "Expected `str`, got `int` - at `$.lines[0].price`" apart into field and reason."""
    message = str(error)
    place = _PLACE.search(message)
    path = place["path"].removeprefix(".") if place else ""
    what = message[: place.start()] if place else message
    if missing := _NO_FIELD.fullmatch(what):
        return BodyError(_join(path, missing[1]), "is missing")
    if unknown := _UNKNOWN_FIELD.fullmatch(what):
        if _HARMLESS_NAME.fullmatch(unknown[1]):
            return BodyError(_join(path, unknown[1]), "is not a known field")
        return BodyError(path, "has a field that is not known")
    return BodyError(path, _reason(what))


def problem_of(error: BodyError) -> Problem:
    """Give the problem that answers a body error: its status, its code, and the field with the reason."""
    return Problem(
        title=error.title,
        status=error.status,
        code=error.code,
        detail=str(error),
        errors=[{"field": error.field, "reason": error.reason}],
    )


_NUL_ESCAPE: Final = b"\\u0000"
_SURROGATE_ESCAPE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

# A path is made of names of our own structs and of places in lists; the names within a free mapping are not given.
_PLACE: Final = re.compile(r" - at (?:`key` in )?`\$(?P<path>[\w.\[\]]*)`\Z")
_WRONG_TYPE: Final = re.compile(r"Expected `([a-z |]+)`(?:, got `([a-z]+)`)?")
_BOUND: Final = re.compile(r"Expected `(?:int|float)` (<=|>=|<|>) (-?\d+(?:\.\d+)?)")
_LENGTH: Final = re.compile(r"Expected `(str|array|object)` of length (?:(<=|>=) )?(\d+)")
_NO_FIELD: Final = re.compile(r"Object missing required field `(\w+)`")
_UNKNOWN_FIELD: Final = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
# An unknown name is the caller's own text: it is repeated only where it cannot be a number of a card.
_HARMLESS_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z_-]{0,63}\d{0,2}")

_TYPES: Final = {
    "object": "an object",
    "array": "a list",
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "null",
    "datetime": "a time",
    "date": "a date",
    "time": "a time of day",
    "uuid": "a UUID",
}
_BOUNDS: Final = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than", "": "exactly"}
_LENGTHS: Final = {"str": "characters", "array": "elements", "object": "fields"}
_WHOLE_REASONS: Final = {
    "Invalid RFC3339 encoded datetime": "must be a time as in RFC 3339",
    "Invalid RFC3339 encoded date": "must be a date as in RFC 3339",
    "Invalid RFC3339 encoded time": "must be a time of day as in RFC 3339",
    "Expected `datetime` with a timezone component": "must have an offset from UTC",
    "Invalid UUID": "must be a UUID",
    "Number out of range": "is out of range",
    "Integer value out of range": "is out of range",
}


def _reason(what: str) -> str:
    """Say in plain words what a value should be, without the value."""
    if what in _WHOLE_REASONS:
        return _WHOLE_REASONS[what]
    if what.startswith("Invalid enum value"):
        return "is not one of the allowed values"
    if bound := _BOUND.fullmatch(what):
        return f"must be {_BOUNDS[bound[1]]} {bound[2]}"
    if length := _LENGTH.fullmatch(what):
        unit = _LENGTHS[length[1]].removesuffix("s" if length[3] == "1" else "")
        return f"must have {_BOUNDS[length[2] or '']} {length[3]} {unit}"
    if wrong := _WRONG_TYPE.fullmatch(what):
        expected = " or ".join(_TYPES.get(name, name) for name in wrong[1].split(" | "))
        return f"must be {expected}, not {_TYPES.get(wrong[2], wrong[2])}" if wrong[2] else f"must be {expected}"
    return "is not as it should be"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _not_utf8(body: bytes) -> BodyError:
    """Say at which byte of the whole body UTF-8 ends; msgspec counts from the string it was reading."""
    try:
        body.decode()
    except UnicodeDecodeError as error:
        return BodyError("", f"is not UTF-8 (byte {error.start})")
    raise AssertionError("a body that decodes as a whole decodes in its parts")


def _malformed(body: bytes, message: str) -> BodyError:
    """Say why a body is not JSON; its messages hold a place and no text of the body."""
    if not body:
        return BodyError("", "is empty")
    if body.startswith(_BYTE_ORDER_MARK):
        return BodyError("", "begins with a byte order mark")
    if _SURROGATE_ESCAPE.search(body):
        try:
            _refuse_unstorable_text(body)
        except BodyError as error:
            return error
    reason = message.removeprefix("JSON is malformed: ").replace("Input data was truncated", "it ends too early")
    return BodyError("", f"is not JSON: {reason}")


def _refuse_unstorable_text(body: bytes) -> None:
    """Find the field whose text no PostgreSQL can hold; a body that even the lenient parser refuses is left alone."""
    try:
        # Numbers stay text: their size is nobody's concern here, and no float comes into being.
        tree: object = json.loads(body, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return
    for path, text in _texts(tree):
        if "\0" in text:
            raise BodyError(path, "contains the character U+0000")
        if _SURROGATE.search(text):
            raise BodyError(path, "contains half of a surrogate pair")


def _texts(tree: object) -> Iterator[tuple[str, str]]:
    """Give every text of a decoded body with its path: values, and names of fields under the path of their object."""
    open_values = [("", tree)]
    while open_values:
        path, value = open_values.pop()
        if isinstance(value, str):
            yield path, value
        elif isinstance(value, list):
            open_values += [(f"{path}[{place}]", element) for place, element in enumerate(value)]
        elif isinstance(value, dict):
            yield from ((path, name) for name in value)
            open_values += [(_join(path, name), element) for name, element in value.items()]
