"""The web application: all routes, who may call them, how errors leave, and nothing else."""

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.openapi import OpenAPIConfig

from api.auth.guards import assert_every_route_is_guarded, public
from api.auth.middleware import authenticate
from api.failures import HANDLERS
from api.headers import add_headers
from api.measuring import Measured
from api.pages.assets import fonts_of, load_assets
from api.pages.audit_words import NAMES
from api.pages.router import make_pages_router, pages_state
from api.rest import (
    access,
    attributes,
    business_documents,
    calendar,
    calendar_feed,
    card_acts,
    card_changes,
    cards,
    consents,
    directories,
    documents,
    enrolments,
    event_files,
    event_kinds,
    events,
    feed,
    health,
    holds,
    incoming_calls,
    jobs,
    letter_kinds,
    letters,
    live,
    mail,
    mailboxes,
    mailing_addresses,
    mailing_files,
    mailing_templates,
    mailings,
    merges,
    metrics,
    notifications,
    number_templates,
    own_pages,
    parties,
    party_files,
    party_lists,
    party_parts,
    party_people,
    party_timeline,
    privacy,
    project_phases,
    projects,
    receipts,
    reports,
    rules,
    searches,
    segments,
    series,
    sheets,
    signals,
    surveys,
    task_kinds,
    task_parts,
    tasks,
    till_snapshot,
    tills,
    tokens,
    users,
    workload,
)
from api.rest.calendar_feed import FeedReads
from api.rest.examples import Exemplified
from api.rest.health import VERSION
from api.settings import Settings
from api.sheets import Printer
from api.state import lifespan
from pos_adapter.protocol import MOST_BODY_BYTES

REST = (
    health.router,
    metrics.router,
    receipts.router,
    cards.router,
    card_acts.router,
    card_changes.router,
    series.router,
    sheets.router,
    jobs.router,
    live.router,
    merges.router,
    notifications.router,
    number_templates.router,
    own_pages.router,
    privacy.router,
    rules.router,
    documents.router,
    attributes.router,
    business_documents.router,
    calendar.router,
    calendar_feed.router,
    events.router,
    event_kinds.router,
    event_files.router,
    feed.router,
    directories.router,
    parties.router,
    party_parts.router,
    party_people.router,
    party_files.router,
    party_timeline.router,
    party_lists.router,
    reports.router,
    holds.router,
    incoming_calls.router,
    searches.router,
    signals.router,
    surveys.router,
    letters.router,
    letter_kinds.router,
    mail.router,
    mailboxes.router,
    mailings.router,
    mailing_addresses.router,
    mailing_files.router,
    consents.router,
    mailing_templates.router,
    tasks.router,
    task_kinds.router,
    task_parts.router,
    projects.router,
    segments.router,
    project_phases.router,
    workload.router,
    till_snapshot.router,
    tills.router,
    enrolments.router,
    tokens.router,
    users.router,
    access.router,
)
"""The routes of the API, a router for each resource."""


def make_app(settings: Settings, database_url: str) -> Litestar:
    """Make the application for a migrated database. Raises AssetsNotBuiltError without the pages' assets."""
    assets = load_assets()
    app = Litestar(
        route_handlers=[*REST, make_pages_router(assets)],
        middleware=[authenticate],
        exception_handlers=HANDLERS,
        before_send=[add_headers],
        lifespan=[lifespan],
        state=State(
            {"settings": settings, "database_url": database_url, "printer": Printer(fonts_of(assets))}
            | {"measured": Measured(), "feed_reads": FeedReads(), "acts": frozenset(NAMES)}
            | pages_state(assets)
        ),
        openapi_config=OpenAPIConfig(
            title="Tallycard",
            version=VERSION,
            render_plugins=[Exemplified()],
            openapi_router=Router("/schema", route_handlers=[], opt=dict(public), include_in_schema=False),
        ),
        request_max_body_size=MOST_BODY_BYTES,
        logging_config=None,
    )
    assert_every_route_is_guarded(app)
    return app
