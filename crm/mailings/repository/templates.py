"""The SQL of templates: letters that are kept to be written again."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from sqlalchemy import RowMapping, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.mailings.tables import mailing_template


class Template(Struct, frozen=True, kw_only=True):
    """A letter that is kept; each change makes its next version."""

    id: int
    name: str
    subject: str
    html: str
    text: str
    version: int
    changed_at: datetime
    archived_at: datetime | None


async def list_templates(connection: AsyncConnection, *, is_archived: bool, limit: int) -> list[Template]:
    """List templates by name, those in the archive or the others."""
    kept = mailing_template.c
    query = select(mailing_template).where(kept.archived_at.is_not(None) == is_archived)
    rows = await connection.execute(query.order_by(func.sort_key(kept.name), kept.id).limit(limit))
    return [_read(row) for row in rows.mappings()]


async def find_template(connection: AsyncConnection, template_id: int, *, lock: bool = False) -> Template | None:
    """Find a template, locked until the transaction ends where it is to be changed."""
    query = select(mailing_template).where(mailing_template.c.id == template_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).mappings().one_or_none()
    return None if row is None else _read(row)


async def insert_template(connection: AsyncConnection, values: Mapping[str, object], *, now: datetime) -> int:
    """Add a template and give its identifier. Raises IntegrityError for a name that there is."""
    added = insert(mailing_template).values({**values, "changed_at": now}).returning(mailing_template.c.id)
    return int((await connection.execute(added)).scalar_one())


async def update_template(
    connection: AsyncConnection, template_id: int, values: Mapping[str, object], *, now: datetime
) -> None:
    """Change columns of a template and make its next version. Raises IntegrityError for a name that there is."""
    changed = {**values, "changed_at": now, "version": mailing_template.c.version + 1}
    await connection.execute(update(mailing_template).where(mailing_template.c.id == template_id).values(changed))


def _read(row: RowMapping) -> Template:
    return Template(**{name: row[name] for name in Template.__struct_fields__})
