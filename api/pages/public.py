"""What pages for customers have in common: nobody signs in, a link speaks for whoever has it, in the own language.

They look like the back office's, load nothing but its style, and work without scripts. What a GET asks for is shown and
never done: programs that read letters follow all links.
"""

from typing import Final

from litestar import Response

from api.auth.guards import Access, public_of
from api.languages.negotiation import known_language, language_wanted
from api.mailing.public_words import words_of
from api.pages.edge import service_of
from api.pages.renderer import Call, address_of, page_in
from crm.mailboxes.secrets import link_key

OPEN: Final[dict[str, Access]] = public_of("mailings")
MISSING: Final = 404
BUSY: Final = 429
LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})
"""From there a proxy speaks for others; what anybody else says of where it comes from counts for nothing."""
FORM: Final = "form"
"""Who acts where a customer does, in journals: nobody signed in."""


def public_page(
    call: Call, template: str, *, language: str, shop: str, status: int = 200, **values: object
) -> Response[str]:
    """Answer a customer in a language, under the name of the shop as letters have it."""
    words = words_of(language)
    shown = {"here": address_of(call), "language": language, "shop": shop, "words": words} | values
    return page_in(known_language(language), call, template, status=status, values=shown)


def say(
    call: Call, title: str, text: str, *, language: str, shop: str, status: int = 200, **values: object
) -> Response[str]:
    """Answer a customer by a title and a sentence."""
    return public_page(
        call, "public_said.html", language=language, shop=shop, status=status, title=title, text=text, **values
    )


def say_unknown(call: Call) -> Response[str]:
    """Answer whoever came by a link that is not whole."""
    language = language_asked(call)
    words = words_of(language)
    return say(call, words.unknown_title, words.unknown, language=language, shop="", status=MISSING)


def language_asked(call: Call) -> str:
    """Give the language that the address or the browser asks for."""
    return language_wanted(call.query_params, {}, call.headers)


def key_of(call: Call) -> bytes | None:
    """Give the key of links; None where there are none."""
    settings = service_of(call).settings
    return link_key(settings.mail_key) if settings.can_link else None


def sender_of(call: Call) -> str:
    """Give from where a request came; behind a proxy on this machine the address that the proxy added."""
    host = "" if call.client is None else call.client.host
    added = call.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    return added if added and host in LOOPBACK else host
