"""From a template and its values to an answer with the headers that every page has.

Key idea: the server always answers a whole page. htmx takes the part it wants out of it, so a page has one form and
one way of making, and works alike without scripts. Whatever a page may load comes from this server: the policy forbids
inline scripts and styles and everything foreign.

It refuses undefined names in templates and text that is not escaped.
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from gettext import NullTranslations
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import quote
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from litestar import MediaType, Request, Response
from litestar.datastructures import State
from litestar.response import Redirect
from msgspec import Struct

from api.auth.errors import NotAllowedError
from api.auth.model import Language, Principal, Right, Session
from api.auth.rights import may, rights_of
from api.languages.catalogues import LOCALES, translations_of
from api.languages.negotiation import language_wanted
from api.languages.refusals import Problem, write_value
from api.pages import business_words, party_words, task_words, words
from api.pages.assets import Assets
from api.pages.flag_words import FLAGS
from api.pages.formats import Formats
from api.settings import Settings
from database.engine import Database
from database.reading import Reading
from loyalty.money import Currency
from loyalty.numbering import mask

Call: TypeAlias = Request[Principal | None, Session | None, State]

TEMPLATES: Final = Path(__file__).parent / "templates"
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final[Mapping[str, str]] = {"Content-Security-Policy": POLICY}
"""What a page says itself; the rest is said by every answer alike (`api.headers`)."""


class Reader(Struct, frozen=True):
    """Into which language a template is being filled."""

    language: Language
    texts: NullTranslations


class Renderer:
    """The templates of the back office, compiled once, ready to be filled for readers of any language.

    A text of a template asks for its translation while the template is filled: `_reader` says into which language.
    """

    def __init__(self, assets: Assets, translations: Callable[[Language], NullTranslations] = translations_of) -> None:
        self.asset_url = assets.url
        self._translations = translations
        self._reader: ContextVar[Reader] = ContextVar("reader")
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        self._templates.install_gettext_callables(  # type: ignore[attr-defined] # the extension adds it
            self._gettext, self._ngettext, newstyle=True, pgettext=self._pgettext
        )
        self._templates.filters["gettext"] = _as_the_reader_says(self._gettext)
        self._templates.globals.update(
            asset=assets.url,
            words=words,
            flag_words=FLAGS,
            party_words=party_words,
            business_words=business_words,
            task_words=task_words,
            mask=mask,
            tell=self._tell,
        )

    def fill(self, template: str, values: Mapping[str, object], language: Language) -> str:
        """Give the text of a page in a language."""
        before = self._reader.set(Reader(language, self._translations(language)))
        try:
            return self._templates.get_template(template).render(values)
        finally:
            self._reader.reset(before)

    def say_in(self, language: Language) -> Callable[[str], str]:
        """Give what says a text in a language."""
        return self._translations(language).gettext

    def _gettext(self, text: str) -> str:
        return self._reader.get().texts.gettext(text)

    def _ngettext(self, one: str, many: str, count: int) -> str:
        return self._reader.get().texts.ngettext(one, many, count)

    def _tell(self, problem: Problem) -> str:
        """Say what is wrong, with the values that stand in it."""
        reader = self._reader.get()
        written = {name: write_value(value, reader.language, reader.texts) for name, value in problem.values.items()}
        return reader.texts.gettext(problem.text) % written

    def _pgettext(self, context: str, text: str) -> str:
        return self._reader.get().texts.pgettext(context, text)


def _as_the_reader_says(gettext: Callable[[str], str]) -> Callable[[Context, str], str]:
    """Make a filter that is asked anew whenever a template is filled; others Jinja asks once, when it compiles."""

    @pass_context
    def say(_: Context, text: str) -> str:
        return gettext(text)

    return say


def page(call: Call, template: str, *, status: int = 200, here: str | None = None, **values: object) -> Response[str]:
    """Answer with a template filled for who calls; `here` is where its forms lead back to, its own address if None."""
    known = {"here": address_of(call) if here is None else here, **values}
    return page_in(language_of(call), call, template, status=status, values=known)


def page_in(
    language: Language, call: Call, template: str, *, status: int, values: Mapping[str, object]
) -> Response[str]:
    """Answer with a template filled in a language, for a reader whose language is known otherwise."""
    renderer: Renderer = call.app.state["renderer"]
    session: Session | None = call.scope.get("auth")
    standing = {
        "session": session,
        "may": lambda right: session is not None and may(session.principal.role, right, modules_off_of(call)),
        "modules_off": modules_off_of(call),
        "path": call.scope["path"],
        "language": language,
        "f": Formats(LOCALES[language], currency_of(call), zone_of(call)),
    }
    html = renderer.fill(template, {**standing, **values}, language)
    return Response(html, status_code=status, media_type=MediaType.HTML, headers=HEADERS)


def language_of(call: Call) -> Language:
    """Give the reader's language: a person's own, before signing in the one chosen there or wanted by the browser."""
    session: Session | None = call.scope.get("auth")
    return language_wanted({}, call.cookies, call.headers) if session is None else session.language


def say_of(call: Call) -> Callable[[str], str]:
    """Give what says a marked text in the reader's language."""
    renderer: Renderer = call.app.state["renderer"]
    return renderer.say_in(language_of(call))


def formats_of(call: Call) -> Formats:
    """Give how the reader's language writes amounts, numbers and dates."""
    return Formats(LOCALES[language_of(call)], currency_of(call), zone_of(call))


def address_of(call: Call) -> str:
    """Give the path and query that were asked for."""
    query = call.scope["query_string"].decode("latin-1")
    path = quote(call.scope["path"])
    return f"{path}?{query}" if query else path


def redirect(path: str) -> Redirect:
    """Send the browser to a page by GET, after a form too."""
    return Redirect(path, status_code=303, headers=dict(HEADERS))


async def want_session(call: Call) -> None:
    """Let people alone see pages. Raises NotAllowedError for a program's token."""
    if call.auth is None:
        raise NotAllowedError("pages are for people: sign in")


def principal_of(call: Call) -> Principal:
    """Give who calls a page that is not public."""
    assert call.user is not None, "the middleware looked"
    return call.user


def user_id_of(call: Call) -> int:
    """Give the number of the person who calls a page that is not public."""
    user_id = principal_of(call).user_id
    assert user_id is not None, "pages are for people"
    return user_id


def has(call: Call, right: Right) -> bool:
    """Tell whether who calls a page that is not public holds a right."""
    return may(principal_of(call).role, right, modules_off_of(call))


def rights_of_caller(call: Call) -> frozenset[Right]:
    """Give all rights of who calls a page that is not public."""
    return rights_of(principal_of(call).role, modules_off_of(call))


def modules_off_of(call: Call) -> frozenset[str]:
    """Give the modules that the installation does without."""
    settings: Settings = call.app.state["settings"]
    return settings.modules_off


def database_of(call: Call) -> Database:
    """Give the process' database."""
    database: Database = call.app.state["database"]
    return database


def reading_of(call: Call) -> Reading:
    """Give where reports are read, which need not see what was changed this moment."""
    reading: Reading = call.app.state["reading"]
    return reading


def currency_of(call: Call) -> Currency:
    """Give the installation's currency."""
    currency: Currency = call.app.state["currency"]
    return currency


def zone_of(call: Call) -> ZoneInfo:
    """Give the time zone of the back office."""
    return ZoneInfo(call.app.state["settings"].timezone)
