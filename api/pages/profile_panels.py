"""The panels that a profile is made of: each module offers its own, and the profile knows none of them by name.

A panel whose right the reader lacks, or whose module is switched off, is not offered. Where nobody chose otherwise they
stand in the order of `PANELS`.
"""

from collections.abc import Iterable, Mapping

from api.auth.model import Role
from api.auth.rights import may
from api.pages.own_page_link import OWN_PAGE_PANEL
from api.pages.panels import Panel
from api.pages.panels_business import BUSINESS
from api.pages.panels_events import EVENTS
from api.pages.panels_letters import LETTERS
from api.pages.panels_loyalty import CARDS, SUMMARY
from api.pages.panels_mail import MAIL
from api.pages.panels_mailings import MAILINGS
from api.pages.panels_parties import PARTS, TIMELINE
from api.pages.panels_projects import PROJECTS
from api.pages.task_links import PANELS as TASKS
from crm.directories.model import PartyKind
from crm.profile.layout import Place

PANELS: Mapping[str, Panel] = {
    **SUMMARY,
    **EVENTS,
    **TIMELINE,
    **CARDS,
    **PARTS,
    **TASKS,
    **PROJECTS,
    **LETTERS,
    **MAIL,
    **MAILINGS,
    **OWN_PAGE_PANEL,
    **BUSINESS,
}


def offered(role: Role, kind: PartyKind, modules_off: Iterable[str]) -> dict[str, Panel]:
    """Give the panels that a role may see of a kind of party, in the order of the registry."""
    switched_off = frozenset(modules_off)
    return {
        name: panel
        for name, panel in PANELS.items()
        if kind in panel.kinds and panel.module not in switched_off and may(role, panel.right, switched_off)
    }


def places(panels: Mapping[str, Panel]) -> list[Place]:
    """Give how panels stand where nobody chose otherwise."""
    return [Place(name, panel.width, panel.is_open) for name, panel in panels.items()]
