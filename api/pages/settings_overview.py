"""All that an administrator sets, in groups, each with a sentence that says what it is for.

Key idea: one table. A setting is shown to whoever holds its right, unless its module is switched off; the navigation
names the same pages without the sentences. What must be set before the service can run is set where it runs, and only
told here.
"""

from collections.abc import Mapping

from litestar import Response, get
from msgspec import Struct

from api.auth.model import Right
from api.auth.rights import allows
from api.pages.edge import service_of
from api.pages.renderer import Call, has, modules_off_of, page
from api.pages.words import mark
from api.settings import MODULES, describe

PATH = "/settings"


class Setting(Struct, frozen=True):
    """A page of settings: who opens it, what it is called and what it is for."""

    right: Right
    href: str
    title: str
    help: str
    module: str = ""


GROUPS: Mapping[str, tuple[Setting, ...]] = {
    mark("The shop"): (
        Setting(
            "settings.edit",
            "/settings/shop",
            mark("Your business"),
            mark("Name, address and numbers as they stand on papers."),
        ),
        Setting(
            "settings.edit",
            "/settings/tills",
            mark("Shops and tills"),
            mark("Add shops, name them, set up tills and end their tokens."),
        ),
        Setting(
            "settings.edit", "/start", mark("First steps"), mark("From an empty shop to the first card that is read.")
        ),
    ),
    mark("Who may come in"): (
        Setting(
            "users.edit",
            "/settings/users",
            mark("Users"),
            mark("Who works here, in which role, and who is locked out."),
        ),
        Setting(
            "users.edit", "/settings/tokens", mark("Tokens"), mark("Access of programs, such as an accounting system.")
        ),
        Setting("users.edit", "/settings/access", mark("Access"), mark("Second factors, and of whom one is demanded.")),
        Setting(
            "audit.read",
            "/settings/audit",
            mark("Journal"),
            mark("Who changed what and when; nobody can change it afterwards."),
        ),
    ),
    mark("Cards and prices"): (
        Setting(
            "cards.make",
            "/series",
            mark("Series of cards"),
            mark("Kinds of cards: numbers, percent, rules of tiers and bonus, validity."),
        ),
        Setting(
            "prices.edit",
            "/price-lists",
            mark("Price lists"),
            mark("Own prices for card holders, typed or imported from a file."),
        ),
        Setting(
            "signals.read",
            "/signals",
            mark("Signals"),
            mark("What is unusual in the use of cards, and what was dismissed."),
        ),
    ),
    mark("What is asked and chosen"): (
        Setting(
            "settings.edit",
            "/settings/directories",
            mark("Directories"),
            mark("Words to choose from: groups, relations, departments, results."),
        ),
        Setting(
            "settings.edit",
            "/settings/attributes",
            mark("Attributes"),
            mark("Fields of your own on people, cards, goods, tasks, events and letters."),
            "attributes",
        ),
        Setting(
            "settings.edit",
            "/settings/layouts",
            mark("Layouts"),
            mark("Which panels of a profile each role sees, and where."),
        ),
    ),
    mark("Work"): (
        Setting(
            "settings.edit",
            "/settings/task-kinds",
            mark("Business cycles"),
            mark("Kinds of tasks, their states, and who may take them further."),
            "tasks",
        ),
        Setting(
            "settings.edit",
            "/settings/event-kinds",
            mark("Kinds of events"),
            mark("Calls, meetings and what else stands in the calendar."),
            "events",
        ),
        Setting(
            "settings.edit",
            "/settings/notifications",
            mark("Notifications"),
            mark("Who is told what, how long before, in the app or by e-mail."),
            "notifications",
        ),
    ),
    mark("Letters and mailings"): (
        Setting(
            "settings.edit",
            "/settings/letter-kinds",
            mark("Kinds of letters"),
            mark("Registers of incoming and outgoing letters and their numbers."),
            "letters",
        ),
        Setting(
            "settings.edit",
            "/settings/mailboxes",
            mark("Mailboxes"),
            mark("Addresses that mail comes to and goes from."),
            "mailings",
        ),
        Setting(
            "settings.edit",
            "/settings/mailing-kinds",
            mark("Kinds of mailings"),
            mark("What customers may subscribe to, and what needs their consent."),
            "mailings",
        ),
        Setting(
            "settings.edit",
            "/settings/subscriptions",
            mark("Subscriptions"),
            mark("The form on your website, and how consent is confirmed."),
            "mailings",
        ),
        Setting(
            "mailings.suppress",
            "/suppressions",
            mark("Do-not-write list"),
            mark("Addresses that nobody writes to any more."),
            "mailings",
        ),
    ),
    mark("Keeping well"): (
        Setting(
            "settings.edit",
            "/settings/proof",
            mark("Proof of the books"),
            mark("Whether every balance agrees with its receipts, and when that was proved last."),
        ),
        Setting(
            "jobs.read",
            "/jobs",
            mark("Jobs"),
            mark("Long work: imports, mass changes, runs of rules, with their progress."),
        ),
        Setting(
            "settings.edit",
            "/settings/service",
            mark("Settings of the service"),
            mark("Modules, limits and thresholds, and where each was set."),
        ),
    ),
}
SERVICE: Mapping[str, str] = {
    "DATABASE_URL": mark("The database; empty is one of its own in the data folder"),
    "REPLICA_URL": mark("A copy of the database that lists and reports are read from; empty is none"),
    "DATA": mark("The folder of its own database and of a till's files"),
    "CURRENCY": mark("The one currency; fixed with the first receipt"),
    "TIMEZONE": mark("The time zone of the back office and of new shops"),
    "HOST": mark("The address that the server listens on"),
    "PORT": mark("The port that the server listens on"),
    "SECURE_COOKIES": mark("Whether sessions go over https alone"),
    "LOG_LEVEL": mark("The least level of what is logged"),
    "SIGNAL_MINUTES": mark("A card in two shops within so many minutes is a signal"),
    "HOLD_MINUTES": mark("For so long money is held for a receipt that does not come"),
    "COUNTRY": mark("The country of phones without a country code"),
    "WRONG_NUMBERS": mark("Whether registration numbers with wrong check digits are refused"),
    "MODULES_OFF": mark("Parts of the back office that are left out"),
    "FILE_MEGABYTES": mark("How large a kept file may be, in MiB"),
    "SMTP_URL": mark("The mail server of notices; empty is none"),
    "MAIL_FROM": mark("From whom notices come"),
    "MAIL_KEY": mark("The key of kept passwords and of links in letters"),
    "PUBLIC_URL": mark("Where customers reach this service"),
    "OWN_PAGE_DAYS": mark("For so many days links to customers' own pages are good; empty is for ever"),
    "RECORDING_DAYS": mark("For so many days recordings of talks are kept"),
}
"""What each setting of the environment is for, in words of the pages."""


class Told(Struct, frozen=True):
    """A setting of the environment as it holds, and whether anybody set it."""

    name: str
    value: str
    is_set: bool
    help: str


@get(PATH, opt=dict(allows("home")))
async def show_settings(request: Call) -> Response[str]:
    """Show all pages of settings that the reader may open, in groups."""
    off = modules_off_of(request)
    groups = {
        title: [one for one in settings if has(request, one.right) and one.module not in off]
        for title, settings in GROUPS.items()
    }
    return page(request, "settings.html", groups={title: shown for title, shown in groups.items() if shown})


@get("/settings/service", opt=dict(allows("settings.edit")))
async def show_service(request: Call) -> Response[str]:
    """Show what was set where the service runs, secrets hidden, and which modules are on."""
    rows = describe(service_of(request).settings)
    told = [
        Told(name, value, source != "default", SERVICE.get(name.partition("_")[2], meaning))
        for name, value, source, meaning in rows
    ]
    return page(request, "service_settings.html", told=told, modules=sorted(MODULES))
