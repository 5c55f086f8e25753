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
import nh3

from crm.mailings.content.placeholders import UNSUBSCRIBE_URL, Piece, Pieces
from crm.mailings.errors import ContentRefusedError

_PRIVATE: Final = re.compile("[\ue000-\uf8ff]")
_MARK: Final = re.compile("\ue000(\\d+)\ue001|https://place\\.invalid/(\\d+)/")
_TAGS: Final = nh3.ALLOWED_TAGS | {"center", "font", "section", "article", "header", "footer"}
_LAYOUT: Final = {
    "align",
    "valign",
    "width",
    "height",
    "bgcolor",
    "border",
    "cellpadding",
    "cellspacing",
    "style",
    "role",
}
_ATTRIBUTES: Final = {
    **{tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()},
    "*": _LAYOUT | {"lang", "dir", "title"},
    "font": {"color", "face", "size"},
}
_STYLES: Final = frozenset(
    f"{side}{part}"
    for side in ("margin", "padding", "border")
    for part in ("", "-top", "-right", "-bottom", "-left", "-color", "-style", "-width", "-radius", "-collapse")
) | {
    "background-color", "color", "display", "font", "font-family", "font-size", "font-style", "font-weight", "height",
    "letter-spacing", "line-height", "list-style-type", "max-width", "min-width", "text-align", "text-decoration",
    "text-transform", "vertical-align", "white-space", "width",
}  # fmt: skip
_CLEANER: Final = nh3.Cleaner(
    tags=set(_TAGS),
    clean_content_tags={"script", "style", "title", "template", "noscript", "iframe", "object"},
    attributes=_ATTRIBUTES,
    url_schemes={"http", "https", "mailto", "tel"},
    url_relative="deny",
    link_rel=None,
    filter_style_properties=set(_STYLES),
)
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
    reader = _TextReader()
    reader.feed("".join(_mark(number, piece) for number, piece in enumerate(pieces)))
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.parts).splitlines()]
    return _cut(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n", pieces)


def pictures_without_words(html: str) -> int:
    """Count the pictures that say nothing to who does not see them."""
    reader = _PictureReader()
    reader.feed(html)
    reader.close()
    return reader.silent


def _mark(number: int, piece: Piece) -> str:
    if isinstance(piece, str):
        return _PRIVATE.sub("", piece)
    return f"https://place.invalid/{number}/" if piece.name == UNSUBSCRIBE_URL else f"\ue000{number}\ue001"


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
        raise ContentRefusedError("a place stands within a tag, where only {{ unsubscribe_url }} may", field=field)


class _TextReader(HTMLParser):
    """Reads what HTML says."""

    _BLOCKS = frozenset({"p", "div", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line where a block begins."""
        given = dict(attrs)
        if tag == "a":
            self._links.append(given.get("href") or "")
        elif tag == "img":
            self.parts.append(given.get("alt") or "")
        else:
            self.parts.append({"br": "\n", "li": "\n- "}.get(tag, "\n\n" if tag in self._BLOCKS else ""))

    def handle_endtag(self, tag: str) -> None:
        """End a line where a block ends; the address of a link stands behind its words."""
        if tag == "a" and self._links:
            address = self._links.pop()
            self.parts.append(f" ({address})" if address else "")
        elif tag in self._BLOCKS:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        """Take words; line ends of the source mean nothing."""
        self.parts.append(re.sub(r"\s+", " ", data))


class _PictureReader(HTMLParser):
    """Counts pictures without words."""

    def __init__(self) -> None:
        super().__init__()
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at a picture."""
        if tag == "img" and not (dict(attrs).get("alt") or "").strip():
            self.silent += 1
