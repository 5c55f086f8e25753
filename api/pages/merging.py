"""Duplicates of parties: the list of pairs, two side by side to be merged, and merges to be taken back.

Key idea: whoever merges sees both parties whole and chooses field by field; the form carries the versions that were
seen, so that nothing is merged that somebody else changed meanwhile.
"""

from collections.abc import Mapping

from litestar import Response, get, post
from litestar.params import FromPath

from api.auth.rights import allows
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, Problem, WrongError, read_form, told
from api.pages.queries import choice, link, text, whole_number
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.words import mark
from crm.attributes.model import Attribute, Given
from crm.merging.comparing import ComparedValue, Comparison, compare_parties
from crm.merging.duplicates import (
    MOST_LISTED,
    ask_for_search,
    dismiss_pair,
    find_lookalikes,
    list_pairs,
    restore_pair,
)
from crm.merging.errors import MergeNotUndoableError
from crm.merging.model import FIELDS, Choices, Field, Pair, Reason
from crm.merging.service import list_merges, load_merge, merge_parties, undo_merge
from crm.parties.listing import find_people, load_names, load_people
from crm.parties.service import load_party
from loyalty.errors import LoyaltyError

PATH = "/parties/duplicates"
MERGES = "/parties/merges"
MERGE = "/parties/merge"
PLACE_PARTS = 3
REASONS: Mapping[Reason, str] = {
    "registration": mark("Same registration number"),
    "email": mark("Same e-mail"),
    "phone": mark("Same phone"),
    "name": mark("Like name"),
    "birth_date": mark("Same birth date"),
    "city": mark("Same city"),
}
LABELS: Mapping[Field, str] = {
    "name": mark("Name"),
    "legal_status": mark("Legal status"),
    "birth_date": mark("Birth date"),
    "language": mark("Language"),
    "note": mark("Note"),
}
PARTS: Mapping[str, str] = {
    "contact": mark("Ways of contact"),
    "address": mark("Addresses"),
    "address_use": mark("Uses of addresses"),
    "registration": mark("Registrations"),
    "bank_account": mark("Bank accounts"),
    "relation": mark("Relations"),
    "related": mark("Relations of others to it"),
    "group": mark("Groups"),
    "contact_person": mark("Contact persons"),
    "contact_of": mark("Contact person of"),
    "card": mark("Cards"),
    "document": mark("Documents of turnover"),
    "business_document": mark("Orders, invoices and other documents"),
    "letter": mark("Letters"),
    "mail": mark("Mail"),
    "letter_person": mark("Letters that name it"),
    "note": mark("Notes"),
    "file": mark("Files"),
    "attribute_reference": mark("Attributes that lead to it"),
    "merged": mark("Parties merged into it before"),
}
_SIDES = ("first", "second")


@get(PATH, opt=dict(allows("parties.read")))
async def show_duplicates(request: Call) -> Response[str]:
    """List pairs that may be one, the strongest first, or those that were dismissed."""
    is_dismissed = text(request, "dismissed") == "yes"
    after = choice(request, "after", _read_place)
    pairs = await database_of(request).run(list_pairs, after=after, is_dismissed=is_dismissed)
    fields = {"dismissed": "yes" if is_dismissed else ""}
    further = link(PATH, fields | {"after": _place(pairs[-1])}) if len(pairs) == MOST_LISTED else None
    return page(
        request,
        "duplicates.html",
        pairs=pairs,
        is_dismissed=is_dismissed,
        reasons=REASONS,
        further=further,
        back=link(PATH, fields) if after else None,
    )


def _read_place(value: str) -> tuple[int, int, int]:
    strength, first, second = (whole_number(part) for part in value.split("_", PLACE_PARTS))
    return strength, first, second


def _place(pair: Pair) -> str:
    return f"{pair.strength}_{pair.first_id}_{pair.second_id}"


@post("/parties/duplicates/search", opt=dict(allows("parties.merge")))
async def search_duplicates(request: Call) -> Response[str]:
    """Start a search and lead to its job."""
    form = await read_form(request)
    job_id = await database_of(request).run(ask_for_search, is_whole=form.is_ticked("whole"), act=act_of(request))
    return redirect(f"/jobs/{job_id}")


@post("/parties/duplicates/dismiss", opt=dict(allows("parties.merge")))
async def dismiss_duplicate(request: Call) -> Response[str]:
    """Say that two parties are not one, or take that back, and show the list again."""
    form = await read_form(request)
    is_back = form.is_ticked("restore")
    first, second = form.need("first", _number, 0), form.need("second", _number, 0)
    await database_of(request).run(restore_pair if is_back else dismiss_pair, first, second, act=act_of(request))
    return redirect(link(PATH, {"dismissed": "yes" if is_back else ""}))


@get("/parties/{party_id:int}/lookalikes", opt=dict(allows("parties.read")))
async def show_lookalikes(request: Call, party_id: FromPath[int]) -> Response[str]:
    """Show whom a party looks like; with `find` any party to merge it with."""
    database = database_of(request)
    party = await database.run(load_party, party_id)
    wanted = text(request, "find")
    ids = await database.run(find_people, wanted) if wanted else []
    return page(
        request,
        "lookalikes.html",
        party=party,
        lookalikes=await database.run(find_lookalikes, party_id, act=act_of(request)),
        reasons=REASONS,
        wanted=wanted,
        found=await database.run(load_people, [one for one in ids if one != party_id]),
    )


@get(MERGE, opt=dict(allows("parties.merge")))
async def show_merge(request: Call) -> Response[str]:
    """Lay two parties side by side."""
    first = choice(request, "first", whole_number) or 0
    second = choice(request, "second", whole_number) or 0
    comparison = await database_of(request).run(compare_parties, first, second, language=_language(request))
    return _show_merge(request, comparison, Form(_proposal(comparison)))


def _proposal(comparison: Comparison) -> dict[str, str | list[str]]:
    """Propose to keep the party of which more is known, and of each field what it has, else what the other has."""
    first, second = comparison.first, comparison.second
    weights = [sum(lines.count for lines in comparison.lines[party.id].values()) for party in (first, second)]
    kept = "first" if weights[0] >= weights[1] else "second"
    if comparison.refusals[_SIDES.index(kept)] is not None:
        kept = _SIDES[1 - _SIDES.index(kept)]
    chosen: dict[str, str | list[str]] = {"kept": kept}
    other = _SIDES[1 - _SIDES.index(kept)]
    for field in FIELDS:
        has_own = getattr(first if kept == "first" else second, field) is not None
        chosen[field] = kept if has_own else other
    for value in comparison.values:
        own = value.first if kept == "first" else value.second
        chosen[f"attribute.{value.attribute.code}"] = other if own is None else kept
    return chosen


@post(MERGE, opt=dict(allows("parties.merge")))
async def merge(request: Call) -> Response[str]:
    """Merge two parties as the form says, and show what was done."""
    form = await read_form(request)
    ids = {side: form.need(side, _number, 0) for side in _SIDES}
    comparison = await database_of(request).run(
        compare_parties, ids["first"], ids["second"], language=_language(request)
    )
    kept = form.text("kept") if form.text("kept") in _SIDES else "first"
    other = _SIDES[1 - _SIDES.index(kept)]
    seen = form.read(f"{kept}_version", _number, 0), form.read(f"{other}_version", _number, 0)
    try:
        merge_id = await database_of(request).run(
            merge_parties, ids[kept], ids[other], choices=_read_choices(form, comparison, other), seen=seen,
            act=act_of(request),
        )  # fmt: skip
    except LoyaltyError as error:
        form.refuse("kept", told(error.detail))
        return _show_merge(request, comparison, form)
    return redirect(f"{MERGES}/{merge_id}")


def _read_choices(form: Form, comparison: Comparison, other: str) -> Choices:
    fields = frozenset(field for field in LABELS if form.text(field) == other)
    attributes = (value.attribute for value in comparison.values)
    return Choices(fields, frozenset(one.id for one in attributes if form.text(f"attribute.{one.code}") == other))


def _show_merge(call: Call, comparison: Comparison, form: Form) -> Response[str]:
    first, second = comparison.first, comparison.second
    return page(
        call,
        "merge.html",
        status=REFUSED if form.problems else 200,
        here=link(MERGE, {"first": str(first.id), "second": str(second.id)}),
        comparison=comparison,
        sides={"first": first, "second": second},
        form=form,
        labels={"kept": mark("Which is kept"), **{str(field): title for field, title in LABELS.items()}},
        fields_shown=LABELS,
        values=[(one.attribute, _said(one, _language(call))) for one in comparison.values],
        parts_shown={part: title for part, title in PARTS.items() if _has(comparison, part)},
    )


def _has(comparison: Comparison, part: str) -> bool:
    return any(part in lines for lines in comparison.lines.values())


@get(MERGES, opt=dict(allows("parties.read")))
async def show_merges(request: Call) -> Response[str]:
    """List merges, the newest first."""
    found = await database_of(request).run(list_merges, before=choice(request, "older", whole_number))
    ids = {party_id for one in found for party_id in (one.kept_id, one.merged_id)}
    names = await database_of(request).run(load_names, ids)
    older = link(MERGES, {"older": str(found[-1].id)}) if len(found) == MOST_LISTED else None
    return page(request, "merges.html", merges=found, names=names, older=older)


@get("/parties/merges/{merge_id:int}", opt=dict(allows("parties.read")))
async def show_merge_done(request: Call, merge_id: FromPath[int]) -> Response[str]:
    """Show what a merge did, and offer to take it back."""
    return await _show_done(request, merge_id, obstacles=())


@post("/parties/merges/{merge_id:int}/undo", opt=dict(allows("parties.merge")))
async def undo(request: Call, merge_id: FromPath[int]) -> Response[str]:
    """Take a merge back; what stands in the way is shown, with the offer to put the rest back."""
    form = await read_form(request)
    is_partial = form.is_ticked("partial")
    try:
        await database_of(request).run(undo_merge, merge_id, is_partial=is_partial, act=act_of(request))
    except MergeNotUndoableError as error:
        return await _show_done(request, merge_id, obstacles=error.obstacles)
    return redirect(f"{MERGES}/{merge_id}")


async def _show_done(call: Call, merge_id: int, *, obstacles: tuple[str, ...]) -> Response[str]:
    done = await database_of(call).run(load_merge, merge_id)
    moved = {} if done.before is None else {part: len(rows) for part, rows in done.before.moved.items()}
    return page(
        call,
        "merge_done.html",
        status=REFUSED if obstacles else 200,
        here=f"{MERGES}/{merge_id}",
        done=done,
        names=await database_of(call).run(load_names, {done.kept_id, done.merged_id}),
        moved={PARTS[part]: count for part, count in moved.items() if part in PARTS},
        obstacles=obstacles,
    )


def _language(call: Call) -> str:
    assert call.auth is not None, "pages want a session"
    return call.auth.language


def _number(value: str) -> int:
    try:
        return whole_number(value)
    except ValueError as error:
        raise WrongError(Problem(mark("Load the page again and repeat."))) from error


def _said(value: ComparedValue, language: str) -> dict[str, str]:
    """Give what both sides say of an attribute, in words."""
    pairs = zip(_SIDES, (value.first, value.second), value.names, strict=True)
    return {side: name or _in_words(value.attribute, given, language) for side, given, name in pairs}


def _in_words(attribute: Attribute, given: Given, language: str) -> str:
    if isinstance(given, bool):
        return "✓" if given else "–"
    if attribute.choices:
        codes = given if isinstance(given, list) else [given]
        return ", ".join(choice.name(language) for choice in attribute.choices if choice.code in codes)
    return "" if given is None else str(given)
