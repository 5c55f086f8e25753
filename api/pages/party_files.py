"""The page of a party's files, downloads, and the button that counts a use of a way of contact."""

from collections.abc import Sequence

from litestar import Response, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.edge import act_of, service_of
from api.pages.forms import REFUSED, Form, read_form
from api.pages.party_words import FIELDS
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.uploads import give_file, read_file
from api.uploads import MOST_UPLOAD_BYTES
from crm.parties import files
from crm.parties.model import Party
from crm.parties.reaching import log_use
from crm.parties.repository.files import KeptFile
from crm.parties.service import load_party
from loyalty.errors import LoyaltyError


@get("/parties/{party_id:int}/files", opt=dict(allows("parties.read")))
async def show_files(request: Call, party_id: FromPath[int]) -> Response[str]:
    """Show the files of a party."""
    return await _show(request, party_id, Form({}))


@post("/parties/{party_id:int}/files", opt=dict(allows("parties.edit")), request_max_body_size=MOST_UPLOAD_BYTES)
async def add_file(request: Call, party_id: FromPath[int]) -> Response[str]:
    """Keep a file with the party, or say why it cannot be."""
    form = await read_form(request)
    file = await read_file(request, form)
    if file is None:
        return await _show(request, party_id, form)
    try:
        await database_of(request).run(files.add_file, party_id, file, act=act_of(request))
    except LoyaltyError as error:
        form.refuse_by(error, (), "file")
        return await _show(request, party_id, form)
    return redirect(f"/parties/{party_id}/files")


@get("/parties/{party_id:int}/files/{file_id:int}", opt=dict(allows("parties.read")))
async def download_file(request: Call, party_id: FromPath[int], file_id: FromPath[int]) -> Response[bytes]:
    """Give a file to be kept; no browser runs it."""
    file, content = await database_of(request).run(files.open_file, party_id, file_id)
    return give_file(file, content)


@post("/parties/{party_id:int}/files/{file_id:int}/remove", opt=dict(allows("parties.edit")))
async def remove_file(request: Call, party_id: FromPath[int], file_id: FromPath[int]) -> Response[str]:
    """Take a file off the party."""
    form = Form({})
    try:
        await database_of(request).run(files.remove_file, party_id, file_id, act=act_of(request))
    except LoyaltyError as error:
        form.refuse_by(error, (), "file")
        return await _show(request, party_id, form)
    return redirect(f"/parties/{party_id}/files")


@post("/parties/{party_id:int}/contacts/{contact_id:int}/uses", opt=dict(allows("parties.read")))
async def count_use(request: Call, party_id: FromPath[int], contact_id: FromPath[int]) -> Response[str]:
    """Count one more use of a way of contact."""
    await database_of(request).run(log_use, party_id, contact_id, act=act_of(request))
    return redirect(f"/parties/{party_id}/contacts")


async def _show(call: Call, party_id: int, form: Form) -> Response[str]:
    party, found = await database_of(call).run(_load, party_id)
    return page(
        call,
        "party_files.html",
        status=REFUSED if form.problems else 200,
        here=f"/parties/{party_id}/files",
        party=party,
        form=form,
        labels=FIELDS,
        data=found,
        most=service_of(call).settings.file_megabytes,
    )


async def _load(connection: AsyncConnection, party_id: int) -> tuple[Party, Sequence[KeptFile]]:
    return await load_party(connection, party_id), await files.list_files(connection, party_id)
