"""Whether the books agree: when that was proved last, what came of it, and having it proved again.

The proof is a job, for with many receipts it takes its time; the page draws itself anew while it runs.
"""

from litestar import Response, get, post
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.edge import act_of
from api.pages.forms import read_form
from api.pages.jobs import watch
from api.pages.renderer import Call, database_of, page, redirect
from database.jobs import Job, find_newest_job
from database.signs import SignOfLife, list_signs
from loyalty.accounts.proving import KIND, ask_for_proof

PATH = "/settings/proof"


class _Proof(Struct, frozen=True):
    sign: SignOfLife | None
    job: Job | None

    @property
    def differences(self) -> list[str]:
        """What the newest job found to differ."""
        found = (self.job.result or {}).get("differences") if self.job else None
        return [str(one) for one in found] if isinstance(found, list) else []


@get(PATH, opt=dict(allows("settings.edit")))
async def show_proof(request: Call) -> Response[str]:
    """Show when the books were proved last, and what differed."""
    proof = await database_of(request).run(_load)
    return page(request, "proof.html", proof=proof, watched=None if proof.job is None else watch(proof.job))


@post(PATH, opt=dict(allows("settings.edit")))
async def prove_again(request: Call) -> Response[str]:
    """Have the books proved."""
    await read_form(request)
    await database_of(request).run(ask_for_proof, act=act_of(request))
    return redirect(PATH)


async def _load(connection: AsyncConnection) -> _Proof:
    return _Proof((await list_signs(connection)).get("verify"), await find_newest_job(connection, KIND))
