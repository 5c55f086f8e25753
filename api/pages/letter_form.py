"""The form of a letter, new or edited from the version that the editor saw.

Of the two addressees the one that belongs to the flow is shown and read: the party's contact person, or a colleague.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from litestar import Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages import forms
from api.pages.edge import act_of, service_of, today_of
from api.pages.forms import REFUSED, Form, Problem, WrongError, read_form
from api.pages.letter_around import Choices, compare, load_choices
from api.pages.letter_words import FIELDS, FLOWS, MEDIA, PRIORITIES
from api.pages.party_choice import find_named_party
from api.pages.queries import choice, text, whole_number
from api.pages.renderer import Call, database_of, has, page, principal_of, redirect
from api.pages.uploads import read_file
from api.pages.words import mark
from api.uploads import MOST_UPLOAD_BYTES
from crm.changes import Difference
from crm.files.model import NewFile
from crm.letters import files, service
from crm.letters.errors import LetterChangedError
from crm.letters.keeping import load_letter
from crm.letters.model import Flow, Letter, LetterDetails, Medium, Priority
from crm.parties.listing import load_names
from loyalty.errors import LoyaltyError

NEW = "/letters/new"
_FLOWS: Mapping[str, Flow] = {one: one for one in FLOWS}
_MEDIA: Mapping[str, Medium] = {one: one for one in MEDIA}
_PRIORITIES: Mapping[str, Priority] = {"1": 1, "2": 2, "3": 3}
_CHANGED = Problem(mark("Somebody else changed it meanwhile. Both values stand above; saving again puts yours."))


@get(NEW, opt=dict(allows("letters.edit")))
async def show_new_letter(request: Call) -> Response[str]:
    """Show the empty form, of the flow, kind and party that the address names; registered today."""
    party_id, kind = choice(request, "party", whole_number), text(request, "kind")
    names = await database_of(request).run(load_names, [] if party_id is None else [party_id])
    flow = choice(request, "flow", _FLOWS.__getitem__) or "incoming"
    typed = {"flow": flow, "kind": kind or "business", "medium": "paper", "priority": "2"}
    typed |= {"party_id": _name_party(party_id, names), "user_id": str(principal_of(request).user_id)}
    return await _show(request, Form(typed | {"registered_on": today_of(request).isoformat()}), None, party_id)


@post(NEW, opt=dict(allows("letters.edit")), request_max_body_size=MOST_UPLOAD_BYTES)
async def make_new_letter(request: Call) -> Response[str]:
    """Register a letter with its first file, or show the form again with what is wrong."""
    form = await read_form(request)
    details = await database_of(request).run(_read, form, day=today_of(request))
    file = await read_file(request, form, optional=True)
    if form.problems or form.is_ticked("look"):
        return await _show(request, form, None, details.party_id)
    try:
        made_id = await database_of(request).run(_register, request, details, file)
    except LoyaltyError as error:
        form.refuse_by(error, FIELDS, "topic")
        return await _show(request, form, None, details.party_id)
    return redirect(f"/letters/{made_id}")


@get("/letters/{letter_id:int}/edit", opt=dict(allows("letters.edit")))
async def show_letter_form(request: Call, letter_id: FromPath[int]) -> Response[str]:
    """Show the form of a letter."""
    letter = await database_of(request).run(load_letter, letter_id)
    names = await database_of(request).run(load_names, [] if letter.party_id is None else [letter.party_id])
    values = {name: getattr(letter, name) for name in LetterDetails.__struct_fields__ if name != "notified"}
    typed: dict[str, str | list[str]] = {name: "" if one is None else str(one) for name, one in values.items()}
    typed |= {"party_id": _name_party(letter.party_id, names), "version": str(letter.version)}
    return await _show(
        request, Form(typed | {"notified": [str(one) for one in letter.notified]}), letter, letter.party_id
    )


@post("/letters/{letter_id:int}/edit", opt=dict(allows("letters.edit")))
async def save_letter(request: Call, letter_id: FromPath[int]) -> Response[str]:
    """Save a letter, or show the form again with what is wrong, or what somebody else changed meanwhile."""
    form, database = await read_form(request), database_of(request)
    letter = await database.run(load_letter, letter_id)
    details = await database.run(_read, form, day=letter.registered_on)
    seen = form.read("version", forms.count, 0)
    differences: Sequence[Difference] = ()
    if not form.problems and not form.is_ticked("look"):
        try:
            await database.run(
                service.change_letter,
                letter_id,
                details,
                seen=seen,
                today=today_of(request),
                may_date=has(request, "letters.date"),
                act=act_of(request),
            )
        except LetterChangedError as error:
            form.refuse("version", _CHANGED)
            differences = error.differences
            letter = await database.run(load_letter, letter_id)
        except LoyaltyError as error:
            form.refuse_by(error, FIELDS, "topic")
        else:
            return redirect(f"/letters/{letter_id}")
    return await _show(request, form, letter, details.party_id, differences)


async def _register(connection: AsyncConnection, call: Call, details: LetterDetails, file: NewFile | None) -> int:
    act = act_of(call)
    made = await service.register_letter(
        connection,
        details,
        today=today_of(call),
        may_date=has(call, "letters.date"),
        author_id=principal_of(call).user_id,
        act=act,
    )
    if file is not None:
        await files.add_file(connection, made.id, file, act=act)
    return made.id


async def _read(connection: AsyncConnection, form: Form, *, day: date) -> LetterDetails:
    """Read the whole form; what is wrong is put beside its field. Without a day of registration it is the one given."""
    party_id = None
    try:
        party_id = await find_named_party(connection, form.text("party_id"))
    except WrongError as error:
        form.refuse("party_id", error.problem)
    flow: Flow = form.need("flow", forms.one_of(_FLOWS), "incoming")
    addressee = "person_id" if flow == "incoming" else "user_id"
    return LetterDetails(
        flow=flow,
        kind=form.text("kind"),
        topic=form.need("topic", forms.short_text, ""),
        registered_on=form.read("registered_on", forms.day, day),
        number=form.text("number") or None,
        medium=form.read("medium", forms.one_of(_MEDIA), "paper"),
        document_number=form.text("document_number") or None,
        document_date=form.read("document_date", forms.day, None),
        content=form.raw("content") or None,
        priority=form.read("priority", forms.one_of(_PRIORITIES), 2),
        party_id=party_id,
        department=form.text("department") or None,
        notified=tuple(int(one) for one in form.texts("notified") if one.isascii() and one.isdigit()),
        **{addressee: form.read(addressee, forms.count, None)},
    )


async def _show(
    call: Call, form: Form, letter: Letter | None, party_id: int | None, differences: Sequence[Difference] = ()
) -> Response[str]:
    choices: Choices = await database_of(call).run(load_choices, party_id, letter, differences)
    return page(
        call,
        "letter_form.html",
        status=REFUSED if form.problems else 200,
        here=NEW if letter is None else f"/letters/{letter.id}/edit",
        form=form,
        labels=FIELDS,
        letter=letter,
        choices=choices,
        compared=compare(call, differences, choices),
        flows={flow: word.text for flow, word in FLOWS.items()},
        media={medium: word.text for medium, word in MEDIA.items()},
        priorities=PRIORITIES,
        may_date=has(call, "letters.date"),
        most=service_of(call).settings.file_megabytes,
    )


def _name_party(party_id: int | None, names: Mapping[int, str]) -> str:
    return "" if party_id is None else f"#{party_id} {names.get(party_id, '')}".rstrip()
