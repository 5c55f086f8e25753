"""HTML of letters: styles put where mail programs read them, what could act taken out, its twin in plain text. Pure.

Key idea: places stand in the HTML as marks while it is cleaned, characters for private use for what a reader sees, an
address that is none for links; what is left of them is cut out into pieces again. A mark that ends up within a tag is
refused, for a value there could act.
"""

import re
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Final

import css_inline

from crm.mailings.content.placeholders import PAGE_URL, UNSUBSCRIBE_URL, Piece, Pieces, Place
from crm.mailings.errors import ContentRefusedError
from crm.markup import make_cleaner, plain_text

_PRIVATE: Final = re.compile("[\ue000-\uf8ff]")
_MARK: Final = re.compile("\ue000(\\d+)\ue001|https://place\\.invalid/(\\d+)/")
_CLEANER: Final = make_cleaner()
_INLINER: Final = css_inline.CSSInliner(load_remote_stylesheets=False)


def clean_html(pieces: Sequence[Piece], *, field: str) -> Pieces:
    """Make HTML harmless, with its styles in place. Raises ContentRefusedError for a place within a tag."""
    marked = "".join(_mark(number, piece) for number, piece in enumerate(pieces))
    if "<style" in marked.lower():
        marked = _INLINER.inline(marked)
    clean = _CLEANER.clean(marked)
    _check_places(clean, pieces, field)
    return _cut(clean, pieces)


def text_twin(pieces: Sequence[Piece]) -> Pieces:
    """Give what clean HTML says as plain text: a line for each block, addresses behind the words of links."""
    said = plain_text("".join(_mark(number, piece) for number, piece in enumerate(pieces)))
    return _cut(said + "\n", pieces)


def pictures_without_words(html: str) -> int:
    """Count the pictures that say nothing to who does not see them."""
    reader = _PictureReader()
    reader.feed(html)
    reader.close()
    return reader.silent


def _mark(number: int, piece: Piece) -> str:
    if isinstance(piece, str):
        return _PRIVATE.sub("", piece)
    return f"https://place.invalid/{number}/" if _is_address(piece) else f"\ue000{number}\ue001"


def _is_address(place: Place) -> bool:
    """Tell whether a place may be where a link leads: one of ours, and nothing that was typed in its stead."""
    return place.name == UNSUBSCRIBE_URL or (place.name == PAGE_URL and not place.default)


def _cut(text: str, pieces: Sequence[Piece]) -> Pieces:
    """Cut a text at its marks."""
    found: list[Piece] = []
    end = 0
    for match in _MARK.finditer(text):
        place = pieces[int(match[1] or match[2])] if int(match[1] or match[2]) < len(pieces) else ""
        found += [text[end : match.start()], place]
        end = match.end()
    return tuple(piece for piece in (*found, text[end:]) if piece)


def _check_places(clean: str, pieces: Sequence[Piece], field: str) -> None:
    """See that each place is left, and not within a tag."""
    places = [_mark(number, piece) for number, piece in enumerate(pieces) if not isinstance(piece, str)]
    if any(place not in clean for place in places) or any(map(_PRIVATE.search, re.findall(r"<[^>]*>", clean))):
        allowed = "{{ unsubscribe_url }} and {{ page_url }}"
        raise ContentRefusedError(f"a place stands within a tag, where only {allowed} may", field=field)


class _PictureReader(HTMLParser):
    """Counts pictures without words."""

    def __init__(self) -> None:
        super().__init__()
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at a picture."""
        if tag == "img" and not (dict(attrs).get("alt") or "").strip():
            self.silent += 1
