"""From a template and its values to an answer with the headers that every page has.

Key idea: the server always answers a whole page. htmx takes the part it wants out of it, so a page has one form and
one way of making, and works alike without scripts. Whatever a page may load comes from this server: the policy forbids
inline scripts and styles and everything foreign.

It refuses undefined names in templates and text that is not escaped.
"""

from collections.abc import Mapping
from gettext import NullTranslations
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel import Locale
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Request, Response
from litestar.datastructures import State
from litestar.response import Redirect

from api.auth.errors import NotAllowedError
from api.auth.model import Language, Principal, Right, Session
from api.auth.rights import may, rights_of
from api.pages import business_words, party_words, task_words, words
from api.pages.assets import Assets
from api.pages.flag_words import FLAGS
from api.pages.formats import Formats
from api.settings import Settings
from database.engine import Database
from loyalty.money import Currency
from loyalty.numbering import mask

Call: TypeAlias = Request[Principal | None, Session | None, State]

TEMPLATES: Final = Path(__file__).parent / "templates"
LOCALES: Final[Mapping[Language, Locale]] = {
    "en": Locale("en", "GB"),
    "ru": Locale("ru", "RU"),
    "uk": Locale("uk", "UA"),
    "bg": Locale("bg", "BG"),
}
"""How dates, numbers and the words of directories are written for a reader."""

TEXTS: Final[Language] = "en"
"""The language of the pages' own texts."""

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Renderer:
    """The templates of the back office, ready to be filled."""

    def __init__(self, assets: Assets, translations: NullTranslations | None = None) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        catalogue = translations or NullTranslations()
        self._templates.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined] # the extension adds it
        self._templates.filters["gettext"] = catalogue.gettext
        self.say = catalogue.gettext
        self._templates.globals.update(
            asset=assets.url,
            words=words,
            flag_words=FLAGS,
            party_words=party_words,
            business_words=business_words,
            task_words=task_words,
            mask=mask,
        )

    def fill(self, template: str, values: Mapping[str, object]) -> str:
        """Give the text of a page."""
        return self._templates.get_template(template).render(values)


def page(call: Call, template: str, *, status: int = 200, here: str | None = None, **values: object) -> Response[str]:
    """Answer with a template filled for who calls; `here` is where its forms lead back to, its own address if None."""
    renderer: Renderer = call.app.state["renderer"]
    session: Session | None = call.scope.get("auth")
    standing = {
        "session": session,
        "may": lambda right: session is not None and may(session.principal.role, right, modules_off_of(call)),
        "modules_off": modules_off_of(call),
        "path": call.scope["path"],
        "here": address_of(call) if here is None else here,
        "language": language_of(call),
        "texts": TEXTS,
        "f": formats_of(call),
    }
    html = renderer.fill(template, {**standing, **values})
    return Response(html, status_code=status, media_type=MediaType.HTML, headers=HEADERS)


def language_of(call: Call) -> Language:
    """Give the language that the reader wants dates, numbers and the words of directories in."""
    session: Session | None = call.scope.get("auth")
    return TEXTS if session is None else session.language


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


def currency_of(call: Call) -> Currency:
    """Give the installation's currency."""
    currency: Currency = call.app.state["currency"]
    return currency


def zone_of(call: Call) -> ZoneInfo:
    """Give the time zone of the back office."""
    return ZoneInfo(call.app.state["settings"].timezone)
