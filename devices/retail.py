"""Numbers of the EAN and UPC family: which one it is, its check digit, and the add-on beside it.

The key idea: the length says what a number is, and a number is given whole. A check digit that a reader leaves out is
computed (the ScanDataLabel rule of UnifiedPOS), a wrong one is an error, never corrected.
"""

import re
from typing import Final

from devices.code_identifiers import Label, Told
from devices.model import ReadError, Scan, Symbology
from loyalty.numbering import ean_digit
from loyalty.payment_cards import is_gtin

# Digits of the whole number, with its check digit.
_LENGTHS: Final[dict[Symbology, int]] = {"ean13": 13, "upca": 12, "ean8": 8, "upce": 8}
_READ_AS: Final[dict[Told, tuple[Symbology, ...]]] = {
    "retail": tuple(_LENGTHS), **{symbology: (symbology,) for symbology in _LENGTHS}
}  # fmt: skip
_UNIDENTIFIED: Final[tuple[Symbology, ...]] = ("ean13", "upca", "ean8")
_ADDON_LENGTHS: Final = (2, 5)
_SEPARATE_ADDON: Final = re.compile(r"([0-9]+)(?:\]E[12]| )([0-9]{2}|[0-9]{5})")
_BARE_UPCE_LENGTH: Final = 6


def told_by_check_digit(data: str) -> Symbology:
    """Name a number that came without identifier by its length and its right check digit, else `unknown`."""
    fitting = [symbology for symbology in _UNIDENTIFIED if len(data) == _LENGTHS[symbology]]
    return fitting[0] if fitting and is_gtin(data) else "unknown"


def is_retail(told: Told) -> bool:
    """Say whether a reader told a number of this family."""
    return told in _READ_AS


def read_retail(label: Label, told: Told) -> Scan | ReadError:
    """Check a label that the reader told to be of this family; ReadError `format` or `check-digit`."""
    number, addon = _without_addon(label.data, _READ_AS[told])
    if not (number.isascii() and number.isdigit()):
        return ReadError("format")
    if told == "upce" and len(number) == _BARE_UPCE_LENGTH:
        return Scan(number, "upce", label.aim, addon)
    missing = {symbology: _LENGTHS[symbology] - len(number) for symbology in _READ_AS[told]}
    fitting = [symbology for symbology, digits in missing.items() if digits == 0]
    if not fitting and label.aim is None:
        fitting = [symbology for symbology, digits in missing.items() if digits == 1]
        number += _check_digit(number, fitting[0]) if fitting else ""
    right = (Scan(number, symbology, label.aim, addon) for symbology in fitting if _is_right(number, symbology))
    return next(right, ReadError("check-digit" if fitting else "format"))


def _without_addon(data: str, symbologies: tuple[Symbology, ...]) -> tuple[str, str | None]:
    separate = _SEPARATE_ADDON.fullmatch(data)
    if separate:
        return separate[1], separate[2]
    lengths = [_LENGTHS[symbology] for symbology in symbologies]
    for length in lengths:
        if len(data) not in lengths and len(data) - length in _ADDON_LENGTHS:
            return data[:length], data[length:]
    return data, None


def _is_right(number: str, symbology: Symbology) -> bool:
    return number[-1] == _check_digit(number[:-1], symbology)


def _check_digit(digits: str, symbology: Symbology) -> str:
    return ean_digit(_expanded(digits) if symbology == "upce" else digits)


def _expanded(upce: str) -> str:
    """Give the 11 digits of the UPC-A that a UPC-E of number system and six digits stands for (GS1 5.2.2.4)."""
    system, digits, last = upce[0], upce[1:6], upce[6]
    if last in "012":
        return f"{system}{digits[:2]}{last}0000{digits[2:]}"
    if last == "3":
        return f"{system}{digits[:3]}00000{digits[3:]}"
    if last == "4":
        return f"{system}{digits[:4]}00000{digits[4]}"
    return f"{system}{digits}0000{last}"
