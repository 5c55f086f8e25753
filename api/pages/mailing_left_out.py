"""Who is left out of a mailing and why, one by one: a page of each reason, and all as a table to take along."""

from typing import Final

from litestar import Response, get
from litestar.exceptions import ClientException
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.mailing.office import office_of
from api.pages.downloads import answer_table, headings
from api.pages.edge import act_of, service_of
from api.pages.mailing_words import REASONS
from api.pages.queries import choice, link, text
from api.pages.renderer import Call, database_of, page, say_of
from crm.mailings import service as mailings
from crm.mailings.leaving_out import Spot, list_left_out, read_spot
from crm.mailings.repository.choosing import LeftOut
from database.activity import record_activity

MOST_ROWS: Final = 100_000
"""So many stand in a file at most."""
_READ = dict(allows("mailings.read"))

HEADER = headings("party_id", "party", "address", "reason")


@get("/mailings/{mailing_id:int}/left-out", opt=_READ)
async def show_left_out(request: Call, mailing_id: FromPath[int]) -> Response[str]:
    """Show a page of those who are left out, for one reason or for any."""
    service, reason = service_of(request), text(request, "reason")
    after = choice(request, "after", read_spot) or Spot()
    found = await service.database.run(
        list_left_out, mailing_id, office_of(service), reason=reason or None, after=after
    )
    path = f"/mailings/{mailing_id}/left-out"
    return page(
        request,
        "mailing_left_out.html",
        mailing=await database_of(request).run(mailings.load_mailing, mailing_id),
        reason=reason,
        reasons=REASONS,
        rows=found.rows,
        older=link(path, {"reason": reason, "after": str(found.next)}) if found.next else None,
    )


@get("/mailings/{mailing_id:int}/left-out/{ending:str}", opt=_READ)
async def export_left_out(request: Call, mailing_id: FromPath[int], ending: FromPath[str]) -> Response[bytes]:
    """Give who is left out and why as a file; who took it along stands in the journal of acts."""
    rows = await database_of(request).run(_read_all, request, mailing_id)
    header = [*map(say_of(request), HEADER)]
    cells = [(one.party_id, one.party, one.address, one.reason) for one in rows]
    return answer_table(f"left-out-{mailing_id}", ending, header, cells)


async def _read_all(connection: AsyncConnection, call: Call, mailing_id: int) -> list[LeftOut]:
    """Read all who are left out. Raises ClientException where there are too many."""
    office = office_of(service_of(call))
    found = await list_left_out(connection, mailing_id, office, most=MOST_ROWS)
    if found.next is not None:
        raise ClientException(f"a file holds at most {MOST_ROWS:,} rows")
    record, data = f"mailing:{mailing_id}", {"count": len(found.rows)}
    await record_activity(connection, act=act_of(call), what="mailing.exported", record=record, data=data)
    return found.rows
