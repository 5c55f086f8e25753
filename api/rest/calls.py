"""What every REST handler asks of its request: the service, who calls, and where a till may act."""

import re
from typing import TypeAlias
from zoneinfo import ZoneInfo

from litestar import Request
from litestar.datastructures import State

from api.auth.errors import NotAllowedError
from api.auth.model import Principal, Session
from api.state import Service, read_clock
from crm.parties.service import find_party_name
from crm.views.listing import Words
from crm.views.repository.context import Context
from database.activity import Act
from database.identifiers import MOST_ID
from loyalty.cards.model import Series
from loyalty.errors import PartyUnknownError, PaymentCardRefusedError, SeriesUnknownError
from loyalty.payment_cards import find_payment_cards
from pos_adapter.problems import BodyError

_CODE = re.compile(r"[^\x00-\x1f\x7f]{1,64}")

Call: TypeAlias = Request[Principal, Session | None, State]


def service_of(call: Call) -> Service:
    """Give the process' service."""
    service: Service = call.app.state["service"]
    return service


def act_of(call: Call) -> Act:
    """Give who acts, now."""
    return Act(call.user.actor, read_clock())


def check_till(principal: Principal, *, store: str, till: str) -> None:
    """Check that a till acts for itself only. Raises NotAllowedError."""
    if principal.role == "till" and (principal.store, principal.till) != (store, till):
        raise NotAllowedError(
            f"this token is for till {principal.till} of store {principal.store} and acts for no other"
        )


async def note_guess(call: Call, asked: str) -> None:
    """Count a number or phone that no card has. Raises TooManyGuessesError where it was one too many."""
    service = service_of(call)
    await service.guesses.note_refused(call.user, asked, service.catalogue.own_prefixes)


def read_code(code: str) -> str:
    """Read the code of a series or price list from a path. Raises BodyError, PaymentCardRefusedError."""
    if _CODE.fullmatch(code) is None:
        raise BodyError("code", "must have 1 to 64 characters, none of them a control character")
    if find_payment_cards(code, ()):
        raise PaymentCardRefusedError("the code looks like a payment card", field="code")
    return code


async def load_series(service: Service, code: str, field: str | None = None) -> Series:
    """Load a series as it stands now, by its code in the path or in a field. Raises SeriesUnknownError."""
    series = (await service.catalogue.newest()).find_series(code)
    if series is None:
        raise SeriesUnknownError("there is no series of this code", field=field)
    return series


async def check_party(service: Service, party_id: int, field: str) -> None:
    """Check that a party exists. Raises PartyUnknownError."""
    if party_id > MOST_ID or await service.database.run(find_party_name, party_id) is None:
        raise PartyUnknownError("there is no such party", field=field)


def context_of(call: Call, words: Words) -> Context:
    """Give what the SQL of views needs."""
    service = service_of(call)
    return words.context(now=read_clock(), zone=ZoneInfo(service.settings.timezone), money=service.money)
