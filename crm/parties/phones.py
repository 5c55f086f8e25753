"""Phones as they are kept and found: the digits of E.164 where the number is one, else the digits as given.

Somebody on the phone says a number in any form; it is found by its last digits, so that country and trunk codes do not
matter. Fewer digits than a phone has find nothing.
"""

import phonenumbers

LEAST_DIGITS = 7


def canonical_phone(text: str, region: str | None) -> str:
    """Give the digits under which a phone is kept; `region` is the ISO 3166 country that a national number is of."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return _digits(text)
    if not phonenumbers.is_possible_number(number):
        return _digits(text)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).removeprefix("+")


def last_digits(text: str) -> str | None:
    """Give the digits by whose end a phone is looked for; None where there are too few."""
    digits = _digits(text)
    if not text.strip().startswith("+"):
        digits = digits.lstrip("0")
    return digits if len(digits) >= LEAST_DIGITS else None


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isascii() and character.isdigit())
