"""Phones as they are kept, found and shown: the digits of E.164 where the number is one, else the digits as given.

Somebody on the phone says a number in any form; it is found by its last digits, so that country and trunk codes do not
matter. Fewer digits than a phone has find nothing. It is shown as it is dialled where the party is.
"""

import phonenumbers

LEAST_DIGITS = 7


def canonical_phone(text: str, region: str | None) -> str:
    """Give the digits under which a phone is kept; `region` is the ISO 3166 country that a national number is of."""
    return read_phone(text, region) or _digits(text)


def read_phone(text: str, region: str | None) -> str | None:
    """Give the digits of a phone's E.164; None where a text is no phone that could be dialled."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).removeprefix("+")


def show_phone(canonical: str, region: str | None) -> str | None:
    """Show a phone as it is dialled in a country: nationally within it, else internationally; None for no phone."""
    try:
        number = phonenumbers.parse(f"+{canonical}")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    is_national = phonenumbers.region_code_for_number(number) == region
    shape = phonenumbers.PhoneNumberFormat.NATIONAL if is_national else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, shape)


def last_digits(text: str) -> str | None:
    """Give the digits by whose end a phone is looked for; None where there are too few."""
    digits = _digits(text)
    if not text.strip().startswith("+"):
        digits = digits.lstrip("0")
    return digits if len(digits) >= LEAST_DIGITS else None


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isascii() and character.isdigit())
