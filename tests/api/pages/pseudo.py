"""A language that nobody speaks: every text of the product stands in brackets, so that what does not is seen.

What a page shows outside the brackets is data, how Babel writes a number or a day, or a text that nobody can translate.
Values within a text stand outside its brackets too. Data are what the database holds, word by word.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from gettext import NullTranslations
from html.parser import HTMLParser
from zoneinfo import available_timezones

from babel import Locale
from babel.dates import get_day_names, get_month_names
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.languages.catalogues import CONTEXT_END
from api.pages.assets import load_assets
from api.pages.renderer import Renderer
from api.pages.words import LANGUAGES

SEEN_ATTRIBUTES = frozenset({"alt", "aria-label", "data-label", "placeholder", "title"})
NOT_READ = frozenset({"code", "kbd", "script", "style", "svg", "template"})
BRACKETED = re.compile(r"⟦[^⟦⟧]*⟧")
PLACE = re.compile(r"(%\(\w+\)[a-z]|%%)")
WORD = re.compile(r"[^\W\d_]{2,}")
ALIKE = frozenset("Tallycard Ctrl CSV XLSX PDF JSON EAN API csv gz xz xlsx vcf kB MB bytes byte QR".split())
"""What is written so in every language."""

_TABLES = """select relname from pg_class
where relkind in ('r', 'p') and not relispartition and relnamespace = 'public'::regnamespace"""


class Pseudo(NullTranslations):
    """Puts each piece of a text between its places into brackets."""

    def gettext(self, message: str) -> str:
        """Give a text in brackets."""
        text = message.rpartition(CONTEXT_END)[2]
        pieces = PLACE.split(text)
        return "".join(piece if at % 2 or not piece else f"⟦{piece}⟧" for at, piece in enumerate(pieces))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Give a counted text in brackets."""
        return self.gettext(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:  # noqa: ARG002 - gettext's signature
        """Give a text of a context in brackets."""
        return self.gettext(message)


@contextmanager
def pseudo_pages(app: Litestar) -> Iterator[None]:
    """Let an application speak that language meanwhile."""
    before = app.state["renderer"]
    app.state["renderer"] = Renderer(load_assets(), lambda _: Pseudo())
    try:
        yield
    finally:
        app.state["renderer"] = before


class Reader(HTMLParser):
    """Collects what a person reads or hears of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Read the attributes that are shown or read out."""
        self._hidden += tag in NOT_READ
        given = dict(attrs)
        self.seen += [value for name, value in given.items() if name in SEEN_ATTRIBUTES and value]
        if tag == "input" and given.get("type") == "submit":
            self.seen.append(given.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        """Leave what is not read."""
        self._hidden -= tag in NOT_READ

    def handle_data(self, data: str) -> None:
        """Read a text."""
        if not self._hidden:
            self.seen.append(data)


def unbracketed(page: str) -> list[str]:
    """Give what stands on a page outside of brackets and has letters, each once, with blanks made one."""
    reader = Reader()
    reader.feed(page)
    found = dict.fromkeys(" ".join(BRACKETED.sub(" ", text).split()) for text in reader.seen)
    return [text for text in found if WORD.search(text)]


def foreign(page: str, data: set[str]) -> list[str]:
    """Give what of a page nobody can translate: texts with a word that is neither of the data nor written by Babel."""
    known = words_of_formats() | data
    return [text for text in unbracketed(page) if not {word.lower() for word in WORD.findall(text)} <= known]


async def words_of_data(connection: AsyncConnection) -> set[str]:
    """Give all words in the database, in small letters."""
    tables = (await connection.execute(text(_TABLES))).scalars().all()
    words: set[str] = set()
    for table in tables:
        read = (
            "concat_ws(' ', actor, record, data ->> 'reason')" if table == "activity" else "t::text"
        )  # what it holds beside are names of ours
        rows = (await connection.execute(text(f'select {read} from "{table}" t limit 3000'))).scalars()
        words.update(word.lower() for row in rows for word in WORD.findall(row))
    return words


@cache
def words_of_formats() -> frozenset[str]:
    """Give the words that Babel writes in English: months, weekdays, units, countries, languages."""
    locale = Locale("en", "GB")
    names = [*locale.territories.values(), *locale.languages.values(), *locale.currencies.values()]
    for width in ("wide", "abbreviated"):
        names += [*get_month_names(width, locale=locale).values(), *get_day_names(width, locale=locale).values()]
    names += [*available_timezones(), *LANGUAGES.values()]
    names += ["and minutes minute hours hour days day weeks week months month years year seconds second am pm", *ALIKE]
    return frozenset(word.lower() for name in names for word in WORD.findall(str(name)))
