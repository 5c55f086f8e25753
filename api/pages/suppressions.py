"""The page of addresses that get nothing more: one is looked up, put on the list, or taken off it with a reason.

Key idea: the list holds hashes, so it cannot be shown; an address stands in a form's body and in no address of a page.
"""

from collections.abc import Mapping

from litestar import Response, get, post
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages import forms
from api.pages.consent_words import GIVEN_WHYS, LABELS, RELIEFS, WHYS
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, read_form
from api.pages.renderer import Call, database_of, page
from api.pages.words import actor
from crm.consents import suppressing
from crm.consents.model import RELIEFS as RELIEF_CODES
from crm.consents.model import WHYS as WHY_CODES
from crm.consents.model import Relief, Why
from crm.consents.repository.suppressions import Suppression
from loyalty.errors import LoyaltyError

PATH = "/suppressions"
_OPT = dict(allows("mailings.suppress"))
_GIVEN: Mapping[str, Why] = {one: one for one in WHY_CODES if one in GIVEN_WHYS}
_RELIEFS: Mapping[str, Relief] = {one: one for one in RELIEF_CODES}


class Found(Struct, frozen=True):
    """What was found of an address; None where it may be written to."""

    address: str
    kept: Suppression | None


@get(PATH, opt=_OPT)
async def show_suppressions(request: Call) -> Response[str]:
    """Show how many addresses are on the list and why, and the form to look one up."""
    return await _show(request, Form({}), None)


@post(PATH, opt=_OPT, status_code=200)
async def change_suppression(request: Call) -> Response[str]:
    """Look an address up, put it on the list or take it off, and show what holds of it now."""
    form = await read_form(request)
    address, act, run = form.text("address"), act_of(request), database_of(request).run
    try:
        match form.text("act"):
            case "suppress":
                why: Why = form.need("reason", forms.one_of(_GIVEN), "by_hand")
                if not form.problems:
                    await run(suppressing.suppress, address, why, act=act)
            case "release":
                relief: Relief = form.need("reason", forms.one_of(_RELIEFS), "mistake")
                if not form.problems:
                    await run(suppressing.release, address, relief, act=act)
        found = Found(address, await run(suppressing.look_up, address))
    except LoyaltyError as error:
        form.refuse_by(error, LABELS, "address")
        found = None
    return await _show(request, form, found)


async def _show(call: Call, form: Form, found: Found | None) -> Response[str]:
    counts = await database_of(call).run(_count)
    return page(
        call,
        "suppressions.html",
        status=REFUSED if form.problems else 200,
        here=PATH,
        form=form,
        labels=LABELS,
        found=found,
        counts=counts,
        whys=WHYS,
        given=GIVEN_WHYS,
        reliefs=RELIEFS,
        actor=actor,
    )


async def _count(connection: AsyncConnection) -> dict[Why, int]:
    return await suppressing.count_reasons(connection)
