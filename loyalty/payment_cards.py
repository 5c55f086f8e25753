"""What looks like a bank card, so that it can be refused before anything is stored or logged.

A reader at a till sees bank cards, and people type them into comments. The key idea: a payment card number is told by
three facts together (12 to 19 digits, a payment range of ISO/IEC 7812, the Luhn check), while the installation's own
prefixes and valid goods codes go free. Nothing here keeps, hashes or raises a number: what is found is given masked.
"""

import re
from collections.abc import Collection
from typing import Final

SHORTEST_PAYMENT_NUMBER: Final = 12
LONGEST_PAYMENT_NUMBER: Final = 19
EAN13_LENGTH: Final = 13

_PAYMENT_RANGE: Final = re.compile(
    r"3|4|5[0-8]|6|81"
    r"|220[0-5]"  # Mir
    r"|222[1-9]|22[3-9]|2[3-6]|27[01]|2720",  # Mastercard
)

# The first class comes first because the engine skips quickly to it; each look-behind therefore counts one character.
_CANDIDATE: Final = re.compile(
    r"[2-68]"
    r"(?:(?<=%B.)|(?<=\\[bfnrt].)|(?<![0-9A-Za-z+].))"  # after track 1's format code or a JSON escape, not in a word
    r"(?<![0-9]\..)"  # not the decimals of a number
    r"(?:"
    r"(?<![0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-.)[0-9]{11,18}"  # in one piece, not the tail of a UUID
    r"|"
    r"(?<![0-9A-Fa-f]{4}-.)(?<![0-9]{3}[ -].)"  # in groups, not the middle of a UUID or of a longer row of groups
    r"[0-9]{3,7}([ -])[0-9]{3,13}(?:\1[0-9]{3,13}){0,3}(?! [0-9]{3}|-[0-9A-Fa-f]{4})"
    r")"
    r"(?![0-9A-Za-z]|\.[0-9])",
)
_SEPARATORS: Final = b" -"
_WITHOUT_SEPARATORS: Final = {ord(" "): None, ord("-"): None}

# A search for a literal beats every character class: digits become 0 first, then twelve zeros are looked for.
_DIGITS_AS_ZEROS: Final = bytes(ord("0" if byte in b"0123456789" else ".") for byte in range(256))
_LONG_RUN: Final = re.compile(b"0" * SHORTEST_PAYMENT_NUMBER + b"0*")

_GOODS_CODE_LENGTHS: Final = (EAN13_LENGTH, EAN13_LENGTH - 1)  # a UPC-A is an EAN-13 without its leading 0
_VALUE: Final = bytes.maketrans(b"0123456789", bytes(range(10)))
_DOUBLED_VALUE: Final = bytes.maketrans(b"0123456789", bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)))


def looks_like_payment_card(number: str) -> bool:
    """Say whether a bare number is 12 to 19 digits in a payment range, passes Luhn and is no valid EAN-13.

    Own prefixes are the caller's to check first (`is_own`).
    """
    return (
        SHORTEST_PAYMENT_NUMBER <= len(number) <= LONGEST_PAYMENT_NUMBER
        and number.isascii()
        and number.isdigit()
        and is_in_payment_range(number)
        and passes_luhn(number)
        and not (len(number) == EAN13_LENGTH and is_gtin(number))
    )


def is_in_payment_range(digits: str) -> bool:
    """Say whether digits, four of them or more, begin like a payment card."""
    return _PAYMENT_RANGE.match(digits) is not None


def find_payment_cards(text: str, own_prefixes: Collection[str]) -> list[str]:
    """List, masked and in order, what in a text looks like a payment card; empty for nearly every text.

    Made for whole JSON bodies: a number is found in one piece or in groups parted by single blanks or dashes, and never
    inside a UUID, a word, a decimal or a longer row of digits. Numbers of an own prefix, valid EAN-13 and valid UPC-A
    are not listed.
    """
    if not _may_hold_payment_card(text.encode(errors="replace"), own_prefixes):
        return []
    numbers = (found.group().translate(_WITHOUT_SEPARATORS) for found in _CANDIDATE.finditer(text))
    return [masked(number) for number in numbers if _is_refused(number, own_prefixes)]


def is_own(number: str, own_prefixes: Collection[str]) -> bool:
    """Say whether a number begins with a prefix of the installation's own cards; an empty prefix owns nothing."""
    return any(prefix and number.startswith(prefix) for prefix in own_prefixes)


def masked(number: str) -> str:
    """Give the first 6 and last 4 of a refused payment card, the most that may leave (PCI DSS 4.0.1, 3.4.1).

    What is shorter than a payment card shows nothing. Masking twice changes nothing.
    """
    if len(number) < SHORTEST_PAYMENT_NUMBER:
        return "*" * len(number)
    return f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}"


def passes_luhn(digits: str) -> bool:
    """Say whether ASCII digits end in the right check digit by ISO/IEC 7812-1 annex B."""
    reversed_digits = digits.encode()[::-1]
    total = sum(reversed_digits[::2].translate(_VALUE)) + sum(reversed_digits[1::2].translate(_DOUBLED_VALUE))
    return total % 10 == 0


def is_gtin(text: str) -> bool:
    """Say whether a text is ASCII digits, of any length, that end in the right check digit by GS1 (weights 3 and 1)."""
    if len(text) <= 1 or not (text.isascii() and text.isdigit()):
        return False
    values = text.encode().translate(_VALUE)[::-1]
    return (sum(values[::2]) + 3 * sum(values[1::2])) % 10 == 0


def _may_hold_payment_card(text: bytes, own_prefixes: Collection[str]) -> bool:
    """Say quickly that a text needs no closer look: no digits in groups, and no refused number in one piece."""
    runs = list(_LONG_RUN.finditer(text.translate(_DIGITS_AS_ZEROS)))
    if _LONG_RUN.findall(text.translate(_DIGITS_AS_ZEROS, _SEPARATORS)) != [run.group() for run in runs]:
        return True
    return any(_is_refused(text[run.start() : run.end()].decode(), own_prefixes) for run in runs)


def _is_refused(number: str, own_prefixes: Collection[str]) -> bool:
    is_goods_code = len(number) in _GOODS_CODE_LENGTHS and is_gtin(number)  # first: goods are most of a receipt
    return not is_goods_code and looks_like_payment_card(number) and not is_own(number, own_prefixes)
