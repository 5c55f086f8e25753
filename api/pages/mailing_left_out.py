"""Who is left out of a draft and why, party by party: a page of each reason, and all as a table to take along."""

from typing import Final

from litestar import Response, get
from litestar.exceptions import ClientException
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.mailing.office import office_of
from api.pages.downloads import answer_table
from api.pages.edge import act_of, service_of
from api.pages.mailing_words import REASONS
from api.pages.queries import place, place_link, text
from api.pages.renderer import Call, database_of, page
from crm.mailings import service as mailings
from crm.mailings.repository.choosing import LeftOut
from database.activity import record_activity
from database.keyset import Place

MOST_ROWS: Final = 100_000
"""So many stand in a file at most."""
_READ = dict(allows("mailings.read"))


@get("/mailings/{mailing_id:int}/left-out", opt=_READ)
async def show_left_out(request: Call, mailing_id: FromPath[int]) -> Response[str]:
    """Show a page of those who are left out, for one reason or for any."""
    service, reason = service_of(request), text(request, "reason")
    where = place(request, int)
    after = 0 if where is None else int(str(where.key[0]))
    rows = await service.database.run(
        mailings.list_left_out, mailing_id, office_of(service), reason=reason or None, after=after
    )
    older = Place((rows[-1].party_id,)) if len(rows) == mailings.LEFT_OUT_ROWS else None
    path = f"/mailings/{mailing_id}/left-out"
    return page(
        request,
        "mailing_left_out.html",
        mailing=await database_of(request).run(mailings.load_mailing, mailing_id),
        reason=reason,
        reasons=REASONS,
        rows=rows,
        older=place_link(path, {"reason": reason}, older),
    )


@get("/mailings/{mailing_id:int}/left-out/{ending:str}", opt=_READ)
async def export_left_out(request: Call, mailing_id: FromPath[int], ending: FromPath[str]) -> Response[bytes]:
    """Give who is left out and why as a file; who took it along stands in the journal of acts."""
    rows = await database_of(request).run(_read_all, request, mailing_id)
    header = ["party_id", "party", "address", "reason"]
    cells = [(one.party_id, one.party, one.address, one.reason) for one in rows]
    return answer_table(f"left-out-{mailing_id}", ending, header, cells)


async def _read_all(connection: AsyncConnection, call: Call, mailing_id: int) -> list[LeftOut]:
    """Read all who are left out. Raises ClientException where there are too many."""
    office = office_of(service_of(call))
    rows = await mailings.list_left_out(connection, mailing_id, office, most=MOST_ROWS + 1)
    if len(rows) > MOST_ROWS:
        raise ClientException(f"a file holds at most {MOST_ROWS:,} parties")
    record, data = f"mailing:{mailing_id}", {"count": len(rows)}
    await record_activity(connection, act=act_of(call), what="mailing.exported", record=record, data=data)
    return rows
