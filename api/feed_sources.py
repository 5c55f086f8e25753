"""The sources of the dispatcher's feed: what each module tells there, and the right that reads it.

Key idea: the first word of an act in the journal names its source. A module registers the words of its acts here with
the right that opens its records; a module that is switched off takes its sources along. A program that was registered
with `put_source` is a source of the same kind: its code is the first word of its acts.

The dispatcher reads every source, for that is what the dispatcher is for; others read what their rights open.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from msgspec import Struct

from api.auth.model import Principal, Right
from api.auth.rights import may, module_of
from crm.dispatcher.repository.entries import ToldSource


class Source(Struct, frozen=True):
    """What a module tells: the first words of its acts, the right that reads them, and the module if it has another."""

    families: frozenset[str]
    right: Right
    module: str

    @classmethod
    def of(cls, families: str, right: Right, module: str | None = None) -> "Source":
        """Make a source of its words with blanks between them; its module is the right's unless it is named."""
        return cls(frozenset(families.split()), right, module or module_of(right))


SOURCES: Final[Mapping[str, Source]] = {
    "events": Source.of("event events", "events.read"),
    "calls": Source.of("call", "calls.take"),
    "tasks": Source.of("task tasks", "tasks.read"),
    "projects": Source.of("project projects workload", "tasks.read"),
    "surveys": Source.of("survey surveys", "surveys.read"),
    "letters": Source.of("letter letters", "letters.read"),
    "mail": Source.of("mail", "mail.read"),
    "mailings": Source.of("mailing mailing_template mailbox consent suppression", "mailings.read"),
    "business": Source.of("business_document business_documents", "business.read"),
    "receipts": Source.of("receipt document hold", "receipts.read"),
    "cards": Source.of("card cards series rules rule", "cards.read"),
    "prices": Source.of("price_list", "prices.read"),
    "signals": Source.of("signal", "signals.read"),
    "parties": Source.of(
        "party parties own_page contact note address account registration relation person file groups segment",
        "parties.read",
    ),
    "jobs": Source.of("job books", "jobs.read"),
    "settings": Source.of(
        "user token enrolment store attribute entry event_kind task_kind letter_kind mailing_kind consent_setting"
        " profile_layout view notification_rule calendar_feed feed_source dispatcher access_policy report report_letter"
        " installation till shop",
        "audit.read",
    ),
}
"""In the order in which people look for them."""

OWN_FAMILIES: Final = frozenset(family for source in SOURCES.values() for family in source.families)
_ALL_READERS: Final = frozenset({"admin", "dispatcher"})


def readable_sources(
    principal: Principal, told: Iterable[ToldSource], modules_off: Collection[str]
) -> dict[str, frozenset[str]]:
    """Give the sources that somebody may read, with the first words of their acts; programs that tell come last."""
    off = frozenset(modules_off)
    own = {code: one.families for code, one in SOURCES.items() if _reads(principal, one, off)}
    return own | {one.code: frozenset({one.code}) for one in told if one.is_on}


def families_of(sources: Mapping[str, frozenset[str]], chosen: Iterable[str] = ()) -> frozenset[str]:
    """Give the first words of the acts of the chosen sources, of all where none is chosen."""
    wanted = [code for code in chosen if code in sources] if any(chosen) else list(sources)
    return frozenset(family for code in wanted for family in sources[code])


def module_of_act(act: str) -> str | None:
    """Give the module that does an act of the journal; None for a program's."""
    source = SOURCES.get(source_of(act.partition(".")[0]))
    return None if source is None else source.module


def source_of(family: str) -> str:
    """Give the source that the first word of an act belongs to; a program's is its own."""
    return next((code for code, one in SOURCES.items() if family in one.families), family)


def _reads(principal: Principal, source: Source, off: frozenset[str]) -> bool:
    if source.module in off or module_of(source.right) in off:
        return False
    return principal.role in _ALL_READERS or may(principal.role, source.right, off)
