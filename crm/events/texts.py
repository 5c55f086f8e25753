"""Rich text of events: what people may write, and everything else taken out before it is kept. Pure.

Key idea: it is cleaned once, when it is saved, by a parser of HTML as browsers have it; so pages show it as it stands.
Only what forms a text is left: no scripts, styles, pictures or forms, and links that lead out safely.
"""

import html
from typing import Final

import nh3

MOST_CONTENT: Final = 20_000
TAGS: Final = frozenset({
    "a", "b", "blockquote", "br", "code", "em", "h3", "h4", "hr", "i", "li", "ol", "p", "pre", "s", "strong", "sub",
    "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
})  # fmt: skip
SCHEMES: Final = frozenset({"http", "https", "mailto", "tel"})


def clean_content(typed: str | None) -> str | None:
    """Give rich text as it may be shown; plain text becomes paragraphs, and text without any content is none."""
    if typed is None or not typed.strip():
        return None
    marked = typed if nh3.is_html(typed) else _paragraphs(typed)
    clean = nh3.clean(
        marked,
        tags=set(TAGS),
        attributes={"a": {"href"}},
        url_schemes=set(SCHEMES),
        link_rel="noopener noreferrer nofollow",
    ).strip()
    return clean if plain_text(clean) else None


def plain_text(content: str | None) -> str:
    """Give the words of rich text alone, in one line."""
    if content is None:
        return ""
    spaced = content.replace("<", " <")
    return " ".join(html.unescape(nh3.clean(spaced, tags=set())).split())


def _paragraphs(typed: str) -> str:
    parts = [part.strip() for part in typed.replace("\r\n", "\n").split("\n\n")]
    return "".join(f"<p>{html.escape(part, quote=False).replace(chr(10), '<br>')}</p>" for part in parts if part)
