"""Links that note who followed them, and a picture that notes who opened a letter; where a mailing asks for it. Pure.

Key idea: a link in the letter becomes a place like any other, filled for each recipient with an address of ours that
names the link by its number. So such an address can lead to what the letter itself linked to and nowhere else. The
plain text stays as it was written.
"""

import re
from collections.abc import Mapping, Sequence
from html import unescape
from typing import Final

from msgspec import structs

from crm.mailings.content.message import Content
from crm.mailings.content.placeholders import Piece, Place

OPENED: Final = "opened_url"
_LINK: Final = re.compile(r'(<a\s[^>]*?href=")(https?://[^"]+)(?=")')
_PICTURE: Final = ('<img src="', Place(OPENED), '" alt="" width="1" height="1">')


def links_of(content: Content) -> list[str]:
    """List the addresses that the HTML of a content links to, each once, in their order."""
    found = [unescape(match[2]) for piece in content.html if isinstance(piece, str) for match in _LINK.finditer(piece)]
    return list(dict.fromkeys(found))


def track(content: Content, links: Mapping[str, int]) -> Content:
    """Let links of the HTML lead by way of us, and the picture tell that it was seen; `links` numbers addresses."""
    if not content.html:
        return content
    pieces = [part for piece in content.html for part in _split(piece, links)]
    return structs.replace(content, html=(*pieces, *_PICTURE))


def place_of(link_id: int) -> str:
    """Name the place of a link."""
    return f"link_{link_id}_url"


def _split(piece: Piece, links: Mapping[str, int]) -> Sequence[Piece]:
    if isinstance(piece, Place):
        return (piece,)
    found: list[Piece] = []
    end = 0
    for match in _LINK.finditer(piece):
        link_id = links.get(unescape(match[2]))
        if link_id is not None:
            found += [piece[end : match.start(2)], Place(place_of(link_id))]
            end = match.end(2)
    return (*found, piece[end:])
