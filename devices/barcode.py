"""From the text of a barcode scanner to a scan: identifier, symbology, check digit, and the refusal of cards.

The key idea: what the reader is set up to send is configured, so one letter has one meaning. Where it sends no
identifier, only a right check digit makes a number an EAN; all else is `unknown` and passes as it came.

It refuses payment cards in whatever shape they come through a scanner's port, by the rule of stripes. A number checked
as an EAN or UPC, or a GTIN-14 known as ITF, is goods and never a card. Where readings end by silence alone, a machine
that was held up finds several of them as one: then it looks for cards that ran together.
"""

import re
from collections.abc import Collection
from typing import Final

from devices.code_identifiers import Label, split_aim, split_letters
from devices.magnetic import SwipeEvent, read_swipe, refused_payment
from devices.model import ReaderProfile, ReadError, Refused, Scan
from devices.retail import is_retail, read_retail, told_by_check_digit
from loyalty.payment_cards import LONGEST_PAYMENT_NUMBER, is_gtin, is_own, looks_like_payment_card

GTIN14_LENGTH: Final = 14
GSRN_IDENTIFIER: Final = "8018"
GSRN_LENGTH: Final = 18

_GOODS_LENGTHS: Final = (8, 12, 13)
_SHORTEST_PART: Final = min(_GOODS_LENGTHS)
_GROUP_SEPARATOR: Final = "\x1d"
_GS1: Final = frozenset({"gs1-128", "gs1-qr", "gs1-datamatrix", "databar"})
_GS1_UNTOLD: Final = frozenset({"qr", "datamatrix", "unknown"})
# What a reader that is set to send identifiers would put before a number, where the profile knows of none.
_IDENTIFIER: Final = re.compile(r"\][A-Za-z][0-9A-Fa-f]|[A-Za-z#*]{1,2}")
# A magnetic reader may stand on a port that is set up for a scanner.
_STRIPE: Final = re.compile(r"[%;].*\?.?", re.DOTALL)


def read_label(text: str, profile: ReaderProfile) -> Scan | SwipeEvent:
    """Decode one frame of a scanner that sends text. A whole stripe on its port is decoded as a stripe."""
    if _STRIPE.fullmatch(text):
        return read_swipe(text, profile)
    label = _identified(text, profile)
    return read_scan(label, profile) if label else ReadError("missing-code-id")


def read_scan(label: Label, profile: ReaderProfile) -> Scan | Refused | ReadError:
    """Check a label and clear it of cards that are not ours."""
    if not _has_only_data(label):
        return ReadError("control-character")
    scan = _named(label)
    if isinstance(scan, ReadError) or _is_goods(scan):
        return scan
    if profile.framing == "idle" and may_hide_payment_card(label.data, profile.own_prefixes):
        return Refused("payment-card")
    return _refused(label, profile.own_prefixes) or scan


def card_number(scan: Scan) -> str:
    """Give the number that a scan names a card by: its data, or in GS1 data the GSRN of a recipient (AI 8018)."""
    may_be_gs1 = scan.symbology in _GS1 or scan.symbology in _GS1_UNTOLD
    if may_be_gs1 and scan.data.startswith(GSRN_IDENTIFIER):
        number = scan.data[len(GSRN_IDENTIFIER) :][:GSRN_LENGTH]
        return number if len(number) == GSRN_LENGTH and is_gtin(number) else scan.data
    return scan.data


def may_hide_payment_card(data: str, own_prefixes: Collection[str]) -> bool:
    """Say whether a long row of digits may be cards and goods that ran together, a payment card among them.

    Where one ends and the next begins is not known for sure, so that nothing of them can be shown masked.
    """
    if len(data) <= LONGEST_PAYMENT_NUMBER or not (data.isascii() and data.isdigit()):
        return False
    hides = {0: False}  # by each place that a reading may end at: whether a payment card may stand before it
    for place in range(len(data) - _SHORTEST_PART + 1):
        if place not in hides:
            continue
        for end in range(place + _SHORTEST_PART, min(place + LONGEST_PAYMENT_NUMBER, len(data)) + 1):
            part = data[place:end]
            is_ours = is_own(part, own_prefixes) or (len(part) in _GOODS_LENGTHS and is_gtin(part))
            is_payment = not is_ours and looks_like_payment_card(part)
            if is_ours or is_payment:
                hides[end] = hides.get(end, False) or hides[place] or is_payment
    return hides.get(len(data), False)


def _identified(text: str, profile: ReaderProfile) -> Label | None:
    match profile.code_id:
        case "none":
            return Label(text)
        case "aim":
            return split_aim(text)
        case "auto":
            return split_aim(text) or Label(text)
        case maker:
            return split_letters(text, maker)


def _has_only_data(label: Label) -> bool:
    """Say whether nothing below blank is inside, but for the GS of data that is or may be GS1."""
    told = label.symbology or "unknown"
    may_be_gs1 = told in _GS1 or (told in _GS1_UNTOLD and label.aim is None)
    return (label.data.replace(_GROUP_SEPARATOR, "") if may_be_gs1 else label.data).isprintable()


def _named(label: Label) -> Scan | ReadError:
    if label.symbology is None:
        return Scan(label.data, told_by_check_digit(label.data))
    if label.symbology == "retail" or is_retail(label.symbology):
        return read_retail(label, label.symbology)
    return Scan(label.data, label.symbology, label.aim)


def _refused(label: Label, own_prefixes: Collection[str]) -> Refused | None:
    refused = refused_payment(label.data, own_prefixes)
    if refused or label.symbology is not None or is_own(label.data, own_prefixes):
        return refused
    identifier = _IDENTIFIER.match(label.data)
    return refused_payment(label.data[identifier.end() :], own_prefixes) if identifier else None


def _is_goods(scan: Scan) -> bool:
    if scan.symbology == "itf":
        return len(scan.data) == GTIN14_LENGTH and is_gtin(scan.data)
    return is_retail(scan.symbology)
