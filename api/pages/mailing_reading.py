"""What the forms of a mailing's steps hold: filled from a draft, and read back into one."""

from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import structs

from api.pages import forms
from api.pages.edge import service_of
from api.pages.forms import Form, Problem, WrongError, read_hours
from api.pages.party_choice import find_named_party
from api.pages.renderer import Call, database_of
from api.pages.words import mark
from crm.mailings.model import (
    LETTERS,
    MOST_DAYS,
    WHOLE,
    Audience,
    Mailing,
    MailingDetails,
    Trigger,
    TriggerKind,
    Variant,
)
from database.identifiers import MOST_ID


def fill_step(call: Call, mailing: Mailing) -> dict[str, str | list[str]]:
    """Fill the forms of all steps with what a draft says."""
    details, zone = mailing.details, ZoneInfo(service_of(call).settings.timezone)
    shown: dict[str, str | list[str]] = {
        name: "" if value is None else str(value) for name, value in structs.asdict(details).items()
    }
    send_at = "" if details.send_at is None else f"{details.send_at.astimezone(zone):%Y-%m-%dT%H:%M}"
    since, until = details.window_from, details.window_until
    return shown | {
        "version": str(mailing.version),
        "is_tracked": "yes" if details.is_tracked else "",
        "trigger": "" if details.trigger is None else details.trigger.kind,
        "trigger_days": str(details.trigger.days) if details.trigger and details.trigger.days else "",
        "send_at": send_at,
        "hours_from": f"{since:%H:%M}" if since else "",
        "hours_until": f"{until:%H:%M}" if until else "",
        "groups": [str(one) for one in details.audience.groups],
        "parties": [str(one) for one in details.audience.parties],
        "segments": [str(one) for one in details.audience.segments],
        **{name: [getattr(one, name) for one in details.variants] for name in ("subject", "html", "text")},
        "share": [str(one.share) for one in details.variants],
    }


async def read_step(call: Call, form: Form, mailing: Mailing, step: str) -> MailingDetails:
    """Read what one step says; the rest of the draft stays. What is wrong stands in the form then."""
    details = mailing.details
    if step == "setup":
        return _read_setup(call, form, details)
    if step == "message":
        return structs.replace(details, variants=_read_variants(form, details))
    if step == "recipients":
        return await _read_recipients(call, form, details)
    return details


def _read_setup(call: Call, form: Form, details: MailingDetails) -> MailingDetails:
    zone = ZoneInfo(service_of(call).settings.timezone)
    since, until = read_hours(form)
    return structs.replace(
        details,
        name=form.need("name", forms.short_text, details.name),
        kind_id=form.need("kind_id", forms.count, details.kind_id),
        mailbox_id=form.read("mailbox_id", forms.count, None),
        priority=form.need("priority", forms.one_of({"1": 1, "2": 2, "3": 3}), 2),
        rate_per_minute=form.read("rate_per_minute", forms.count, None),
        send_at=form.read("send_at", lambda typed: _moment(typed, zone), None),
        window_from=since,
        window_until=until,
        is_tracked=form.is_ticked("is_tracked"),
        trigger=_read_trigger(form),
    )


def _read_trigger(form: Form) -> Trigger | None:
    """Read what sends it by itself; what needs no days has none."""
    kinds: dict[str, TriggerKind] = {kind: kind for kind in MOST_DAYS}
    kind = form.read("trigger", forms.one_of(kinds), None)
    if kind is None:
        return None
    days = form.read("trigger_days", forms.count, 0) if MOST_DAYS[kind] else 0
    return Trigger(kind, days)


def _moment(typed: str, zone: ZoneInfo) -> datetime:
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=zone)
    except ValueError as error:
        raise WrongError(Problem(mark("A moment such as 2026-11-22T09:00."))) from error


def _read_variants(form: Form, details: MailingDetails) -> tuple[Variant, ...]:
    """Read the variants as they stand in the form; a new one takes its share from the first."""
    subjects, markups, plains = (form.texts(name) for name in ("subject", "html", "text"))
    kept = [
        Variant(LETTERS[place], WHOLE, subject, markup, plain)
        for place, (subject, markup, plain) in enumerate(zip(subjects, markups, plains, strict=False))
    ] or list(details.variants)
    if form.text("variant") == "more" and len(kept) < len(LETTERS):
        kept.append(structs.replace(kept[-1], letter=LETTERS[len(kept)]))
    if form.text("variant") == "less" and len(kept) > 1:
        kept.pop()
    shares = _shares(form, len(kept))
    return tuple(structs.replace(one, share=share) for one, share in zip(kept, shares, strict=True))


def _shares(form: Form, wanted: int) -> list[int]:
    typed = [int(one) if one.isascii() and one.isdigit() and len(one) <= 3 else 0 for one in form.texts("share")]  # noqa: PLR2004 # a percent
    even = [WHOLE // wanted + (WHOLE % wanted if place == 0 else 0) for place in range(wanted)]
    if len(typed) != wanted:
        return even
    if sum(typed) != WHOLE or 0 in typed:
        form.refuse("share", Problem(mark("Whole percents that make 100.")))
        return even
    return typed


async def _read_recipients(call: Call, form: Form, details: MailingDetails) -> MailingDetails:
    groups, segments, chosen = (_identifiers(form, name) for name in ("groups", "segments", "parties"))
    parties = list(chosen)
    try:
        named = await database_of(call).run(find_named_party, form.text("party"))
    except WrongError as error:
        form.refuse("party", error.problem)
        named = None
    if named is not None and named not in parties:
        parties.append(named)
    control = form.text("control_percent") or "0"
    if not (control.isascii() and control.isdigit() and len(control) <= 2):  # noqa: PLR2004 # at most 50
        form.refuse("control_percent", Problem(mark("A whole percent from 0 to 50.")))
        control = "0"
    return structs.replace(details, audience=Audience(groups, tuple(parties), segments), control_percent=int(control))


def _identifiers(form: Form, name: str) -> tuple[int, ...]:
    return tuple(int(one) for one in form.texts(name) if one.isascii() and one.isdigit() and int(one) <= MOST_ID)
