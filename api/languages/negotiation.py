"""In which language a page speaks to somebody who has not signed in.

Key idea: what was chosen on the page counts before what was chosen there earlier, and that before what the browser
asks for. What is none of the languages is passed over, for anybody can send it.
"""

from collections.abc import Mapping
from typing import Final, get_args

from babel.core import negotiate_locale

from api.auth.model import Language
from api.languages.catalogues import SOURCE

COOKIE: Final = "tallycard_language"
"""Holds the language that was chosen where nobody is signed in; it says nothing of who chose."""

PARAMETER: Final = "language"
LANGUAGES: Final[Mapping[str, Language]] = {language: language for language in get_args(Language)}
MOST_WANTED: Final = 20


def language_wanted(query: Mapping[str, str], cookies: Mapping[str, str], headers: Mapping[str, str]) -> Language:
    """Give the language for a request without a session."""
    chosen = (query.get(PARAMETER, ""), cookies.get(COOKIE, ""))
    known = next((LANGUAGES[code] for code in chosen if code in LANGUAGES), None)
    return known or language_of_browser(headers.get("accept-language", ""))


def known_language(code: str | None) -> Language:
    """Give a language by its code, such as the one a party wants letters in; English if it is none of ours."""
    return LANGUAGES.get(code or "", SOURCE)


def language_of_browser(header: str) -> Language:
    """Give the best of the languages that an Accept-Language header (RFC 9110, 12.5.4) asks for; English if none."""
    weighed = sorted((_weighed(one) for one in header.split(",")[:MOST_WANTED]), key=lambda one: -one[0])
    wanted = [code for weight, code in weighed if weight > 0 and code.replace("-", "").isalpha()]
    found = negotiate_locale(wanted, LANGUAGES, sep="-")
    return SOURCE if found is None else LANGUAGES[found.lower()]


def _weighed(one: str) -> tuple[int, str]:
    """Read `uk-UA;q=0.8`: thousandths and the language; what cannot be read weighs nothing."""
    code, _, weight = (part.strip() for part in one.partition(";"))
    if not weight:
        return 1_000, code
    whole, _, part = weight.removeprefix("q=").partition(".")
    digits = f"{whole}{part:0<3}"
    return (min(int(digits), 1_000), code) if digits.isascii() and digits.isdigit() and len(digits) == 4 else (0, code)  # noqa: PLR2004 - a digit and three decimals
