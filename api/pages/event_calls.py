"""A phone call logged from a profile in three fields at most: who it was with, which way it went, what was said."""

from litestar import Response, post
from litestar.params import FromPath

from api.auth.rights import allows
from api.pages import forms
from api.pages.edge import act_of
from api.pages.event_form import NEW_PATH
from api.pages.forms import Form, read_form
from api.pages.queries import link
from api.pages.renderer import Call, database_of, principal_of, redirect, zone_of
from crm.events import service as events
from crm.events.model import Direction, Draft
from loyalty.errors import LoyaltyError

_DIRECTIONS: dict[str, Direction] = {"incoming": "incoming", "outgoing": "outgoing"}


@post("/parties/{party_id:int}/calls", opt=dict(allows("events.edit")))
async def log_call_on_profile(request: Call, party_id: FromPath[int]) -> Response[str]:
    """Log a call that just took place; what is refused is shown in the whole form of an event."""
    form = await read_form(request)
    draft = _draft(request, party_id, form)
    try:
        await database_of(request).run(
            events.make_event,
            draft,
            role=principal_of(request).role,
            user_id=principal_of(request).user_id,
            act=act_of(request),
        )
    except LoyaltyError:
        fields = {"kind": "call", "party": str(party_id), "topic": form.text("topic")[: forms.MOST_TEXT]}
        return redirect(link(NEW_PATH, fields))
    return redirect(f"/parties/{party_id}#panel-events")


def _draft(call: Call, party_id: int, form: Form) -> Draft:
    user_id = principal_of(call).user_id
    person = form.read("person", forms.count, None)
    return Draft(
        kind="call",
        topic=form.text("topic"),
        zone=zone_of(call).key,
        direction=form.read("direction", forms.one_of(_DIRECTIONS), "incoming"),
        starts_at=act_of(call).at,
        author_id=user_id,
        responsible_id=user_id,
        party_id=party_id,
        persons=() if person is None else (person,),
    )
