"""Numbers that nobody has, of the payment ranges that ISO/IEC 7812 and the schemes publish, and the search for them."""

import gc
import random
import re
from collections.abc import Iterable, Iterator
from typing import Final

from devices.code_identifiers import Told
from devices.model import ReaderProfile
from devices.sending import send_code, send_stripe
from loyalty.payment_cards import passes_luhn

# Scheme: first digits (one, or a range of them) and the lengths of its numbers.
RANGES: Final = (
    ((4,), (13, 16, 19)),  # Visa
    (range(51, 56), (16,)),  # Mastercard
    (range(2221, 2721), (16,)),  # Mastercard
    ((34, 37), (15,)),  # American Express
    ((36, 38, 39, *range(300, 306)), (14, 19)),  # Diners Club
    ((6011, 65, *range(644, 650)), (16, 19)),  # Discover
    (range(3528, 3590), (16, 19)),  # JCB
    ((62, 81), (16, 17, 18, 19)),  # UnionPay
    (range(2200, 2205), (16, 19)),  # Mir
    ((50, 56, 57, 58, 63, 67), (13, 14, 15, 16, 17, 18, 19)),  # Maestro
)
SYMBOLOGIES: Final[tuple[Told, ...]] = ("code128", "qr", "datamatrix", "code39", "itf")
TELLING_DIGITS: Final = 9
# Of a thousand numbers in a whole database: there nine digits in a row are found by chance.
TELLING_DIGITS_OF_MANY: Final = 11


def published_numbers(count: int, rng: random.Random) -> list[str]:
    """Give so many different numbers, of all ranges in turn; none of them is a valid EAN-13, which would be goods."""
    found: dict[str, None] = {}
    while len(found) < count:
        heads, lengths = RANGES[len(found) % len(RANGES)]
        number = _number(str(rng.choice(list(heads))), rng.choice(lengths), rng)
        if not (len(number) == 13 and _is_ean13(number)):
            found[number] = None
    return list(found)


def shapes(number: str, profile: ReaderProfile) -> Iterator[bytes]:
    """Give how a reader of the profile would send a bank card: its stripe in all parts, or a code that holds it."""
    track1, track2 = f"B{number}^DOE/JANE^49121011234567890", f"{number}=49121011234567890"
    match profile.kind:
        case "msr":
            yield send_stripe([track1, track2], profile)
            yield send_stripe([None, track2], profile)
            yield send_stripe([track1], profile)
            yield send_stripe([None, None, f"01{number}=1"], profile)
            yield send_stripe([None, number], profile)
        case "barcode":
            # Fourteen digits as ITF are the number of a carton, which no bank card is printed as.
            symbologies = SYMBOLOGIES[:-1] if len(number) == 14 else SYMBOLOGIES
            yield from (send_code(number, told, profile) for told in symbologies)
            yield send_code(f"%{track1}?;{track2}?", "code128", profile)
        case "rfid":
            yield _stripped(profile, number)


def _stripped(profile: ReaderProfile, number: str) -> bytes:
    """Give a number as a reader of another kind would send it on a proximity reader's port."""
    text = {"stx-etx": f"\2{number}\3", "binary-len": f"\2{chr(len(number) + 2)}{number}\3"}
    return text.get(profile.framing, f"{number}\r\n").encode("ascii")


def shows_a_number(text: str, number: str) -> bool:
    """Say whether a text holds the number, or more of it in one piece than a mask may show."""
    return any(number[place : place + TELLING_DIGITS] in text for place in range(len(number) - TELLING_DIGITS + 1))


def windows_of(numbers: Iterable[str]) -> set[str]:
    """Give all rows of digits that would tell one of many numbers."""
    size = TELLING_DIGITS_OF_MANY
    return {number[place : place + size] for number in numbers for place in range(len(number) - size + 1)}


def find_any(text: str, windows: set[str]) -> list[str]:
    """List the rows of digits in a text that tell one of many numbers."""
    size = TELLING_DIGITS_OF_MANY
    runs = re.findall(rf"[0-9]{{{size},}}", text)
    return [run for run in runs if any(run[place : place + size] in windows for place in range(len(run) - size + 1))]


def texts_of(root: object, *, but_not: tuple[type, ...] = ()) -> Iterator[str]:
    """Give all text and bytes that can be reached from a value; code and values of some types are left out."""
    waiting, seen = [vars(root)], set[int]()
    while waiting:
        value: object = waiting.pop()
        if id(value) in seen or isinstance(value, (type, type(gc), type(texts_of), *but_not)):
            continue
        seen.add(id(value))
        if isinstance(value, str):
            yield value
        elif isinstance(value, bytes | bytearray):
            yield value.decode("latin-1")
        else:
            waiting += [vars(value)] if hasattr(value, "__dict__") else gc.get_referents(value)


def _number(head: str, length: int, rng: random.Random) -> str:
    digits = head + "".join(rng.choices("0123456789", k=length - len(head) - 1))
    return next(digits + check for check in "0123456789" if passes_luhn(digits + check))


def _is_ean13(number: str) -> bool:
    weights = (1, 3) * 7
    return sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False)) % 10 == 0
