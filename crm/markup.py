"""HTML that comes from outside: what could act is taken out, and what it says is given as plain text. Pure.

Key idea: tags, attributes, styles and the schemes of addresses that stay are named; whatever is not named goes. Nothing
here looks anything up, and no picture is loaded.
"""

import re
from collections import Counter
from collections.abc import Collection
from html.parser import HTMLParser
from typing import Final

import nh3

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
_ACTING: Final = {"script", "style", "title", "template", "noscript", "iframe", "object"}
WEB: Final = frozenset({"http", "https", "mailto", "tel"})
MOST_OPEN: Final = 500
"""A browser's way of reading HTML costs the square of how many elements stand open; people write fewer than this."""
_TAG: Final = re.compile(r"<(/?)([a-z][a-z0-9]*)", re.IGNORECASE)
_CLOSED_BY_THEMSELVES: Final = {
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta", "option", "p",
    "source", "td", "th", "tr", "track", "wbr",
}  # fmt: skip


def make_cleaner(schemes: Collection[str] = WEB) -> nh3.Cleaner:
    """Give a cleaner of HTML that keeps addresses of these schemes alone, and no relative ones."""
    return nh3.Cleaner(
        tags=set(_TAGS),
        clean_content_tags=set(_ACTING),
        attributes=_ATTRIBUTES,
        url_schemes=set(schemes),
        url_relative="deny",
        link_rel=None,
        filter_style_properties=set(_STYLES),
    )


def is_too_deep(html: str) -> bool:
    """Tell whether more elements stand open at once than people write; read as text alone it costs little."""
    standing: Counter[str] = Counter()
    depth = 0
    for closes, written in _TAG.findall(html):
        name = written.lower()
        if name in _CLOSED_BY_THEMSELVES:
            continue
        if not closes:
            standing[name] += 1
            depth += 1
        elif standing[name]:
            standing[name] -= 1
            depth -= 1
        if depth > MOST_OPEN:
            return True
    return False


def plain_text(html: str) -> str:
    """Give what clean HTML says: a line for each block, the addresses of links behind their words."""
    reader = _TextReader()
    reader.feed(html)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.parts).splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


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
