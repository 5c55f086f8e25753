"""Use cases of templates: letters kept under a name, to be written again; copied into a mailing, never tied to it.

Key idea: what a mailing says is its own once a template was used, so changing one changes no mailing. A template is
kept only if it can be filled.
"""

from typing import Final

from msgspec import Struct, structs
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.mailings.content.message import make_content
from crm.mailings.errors import (
    MailingRefusedError,
    TemplateChangedError,
    TemplateNameTakenError,
    TemplateRefusedError,
    TemplateUnknownError,
)
from crm.mailings.model import MOST_NAME, MOST_SUBJECT, MOST_TEXT, Mailing
from crm.mailings.repository import templates
from crm.mailings.repository.templates import Template
from crm.mailings.service import change_mailing, load_mailing
from database.activity import Act, record_activity
from database.identifiers import MOST_ID

MOST_LISTED: Final = 500


class TemplateDetails(Struct, frozen=True):
    """What is said of a template."""

    name: str
    subject: str = ""
    html: str = ""
    text: str = ""


async def list_templates(connection: AsyncConnection, *, is_archived: bool = False) -> list[Template]:
    """List templates by name, those in the archive or the others."""
    return await templates.list_templates(connection, is_archived=is_archived, limit=MOST_LISTED)


async def load_template(connection: AsyncConnection, template_id: int) -> Template:
    """Load a template, one in the archive too. Raises TemplateUnknownError."""
    return await _load(connection, template_id, lock=False)


async def make_template(connection: AsyncConnection, details: TemplateDetails, *, act: Act) -> Template:
    """Keep a letter. Raises TemplateRefusedError, TemplateNameTakenError, ContentRefusedError."""
    clean = _check(details)
    try:
        async with connection.begin_nested():
            made = await templates.insert_template(connection, structs.asdict(clean), now=act.at)
    except IntegrityError as error:
        raise _taken() from error
    await _record(connection, made, "made", act=act)
    return await load_template(connection, made)


async def change_template(
    connection: AsyncConnection, template_id: int, details: TemplateDetails, *, seen: int, act: Act
) -> Template:
    """Change a template from the version that somebody saw.

    Raises TemplateUnknownError, TemplateChangedError, and what `make_template` raises.
    """
    clean = _check(details)
    before = await _load(connection, template_id, lock=True)
    changed = {name: value for name, value in structs.asdict(clean).items() if getattr(before, name) != value}
    if not changed:
        return before
    if before.version != seen:
        raise TemplateChangedError("somebody else changed it meanwhile", field="version")
    try:
        async with connection.begin_nested():
            await templates.update_template(connection, template_id, changed, now=act.at)
    except IntegrityError as error:
        raise _taken() from error
    await _record(connection, template_id, "changed", fields=sorted(changed), act=act)
    return await load_template(connection, template_id)


async def archive_template(connection: AsyncConnection, template_id: int, *, is_archived: bool, act: Act) -> Template:
    """Put a template away, or take it up again; again changes nothing. Raises TemplateUnknownError."""
    before = await _load(connection, template_id, lock=True)
    if is_archived == (before.archived_at is not None):
        return before
    values = {"archived_at": act.at if is_archived else None}
    await templates.update_template(connection, template_id, values, now=act.at)
    await _record(connection, template_id, "archived" if is_archived else "restored", act=act)
    return await load_template(connection, template_id)


async def use_template(
    connection: AsyncConnection, mailing_id: int, template_id: int, *, letter: str, seen: int, act: Act
) -> Mailing:
    """Let a variant of a draft say what a template says.

    Raises TemplateUnknownError, MailingRefusedError for a variant that is not there, and what `change_mailing` raises.
    """
    template = await load_template(connection, template_id)
    found = await load_mailing(connection, mailing_id)
    if letter not in {one.letter for one in found.details.variants}:
        raise MailingRefusedError("has no such variant", field="letter")
    variants = tuple(
        structs.replace(one, subject=template.subject, html=template.html, text=template.text)
        if one.letter == letter
        else one
        for one in found.details.variants
    )
    details = structs.replace(found.details, variants=variants)
    return await change_mailing(connection, mailing_id, details, seen=seen, act=act)


async def _load(connection: AsyncConnection, template_id: int, *, lock: bool) -> Template:
    is_id = 0 < template_id <= MOST_ID
    found = await templates.find_template(connection, template_id, lock=lock) if is_id else None
    if found is None:
        raise TemplateUnknownError("there is no such template")
    return found


def _check(details: TemplateDetails) -> TemplateDetails:
    name, subject = (" ".join(text.split()) for text in (details.name, details.subject))
    if not 0 < len(name) <= MOST_NAME or not name.isprintable():
        raise TemplateRefusedError(f"a template has a name of at most {MOST_NAME} characters", field="name")
    if len(subject) > MOST_SUBJECT:
        raise TemplateRefusedError(f"has at most {MOST_SUBJECT} characters", field="subject")
    if max(len(details.html), len(details.text)) > MOST_TEXT:
        raise TemplateRefusedError(f"has at most {MOST_TEXT:,} characters", field="html")
    make_content(subject=subject, html=details.html, text=details.text)
    return structs.replace(details, name=name, subject=subject)


def _taken() -> TemplateNameTakenError:
    return TemplateNameTakenError("there is a template of this name already, perhaps in the archive", field="name")


async def _record(
    connection: AsyncConnection, template_id: int, what: str, *, act: Act, fields: list[str] | None = None
) -> None:
    data = {"fields": fields} if fields else None
    record = f"mailing_template:{template_id}"
    await record_activity(connection, act=act, what=f"mailing_template.{what}", record=record, data=data)
