"""Files that go with every message of a mailing: put to a draft, listed and taken out again."""

from typing import Annotated

from litestar import Router, delete, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body as Multipart
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.rest.calls import Call, act_of, service_of
from api.rest.mail_bodies import MailFileAnswer
from api.rest.problems import PROBLEMS
from api.uploads import MOST_UPLOAD_BYTES
from crm.files.model import make_file
from crm.mailings import service as mailings

Upload = Annotated[UploadFile, Multipart(media_type=RequestEncodingType.MULTI_PART)]
_READ, _EDIT = (dict(allows(right)) for right in ("mailings.read", "mailings.edit"))
_PATH = "/v1/mailings/{mailing_id:int}/files"


class MailingFilesAnswer(Struct, frozen=True):
    """The files of a mailing in their order."""

    files: list[MailFileAnswer]


@get(_PATH, opt=_READ, responses=PROBLEMS)
async def get_mailing_files(request: Call, mailing_id: FromPath[int]) -> MailingFilesAnswer:
    """List the files that go with every message."""
    return await service_of(request).database.run(_list, mailing_id)


@post(_PATH, opt=_EDIT, request_max_body_size=MOST_UPLOAD_BYTES, responses=PROBLEMS)
async def add_mailing_file(request: Call, mailing_id: FromPath[int], data: Upload) -> MailingFilesAnswer:
    """Let a file go with every message of a draft, sent as the one file of a form; all have at most 10 MiB together."""
    run = service_of(request).database.run
    content = await data.read(mailings.MOST_FILE_BYTES + 1)
    file = make_file(data.filename, content, most_bytes=mailings.MOST_FILE_BYTES)
    await run(mailings.add_file, mailing_id, file, act=act_of(request))
    return await run(_list, mailing_id)


@delete(_PATH + "/{file_id:int}", opt=_EDIT, status_code=204, responses=PROBLEMS)
async def delete_mailing_file(request: Call, mailing_id: FromPath[int], file_id: FromPath[int]) -> None:
    """Take a file out of a draft; one that is not there is gone already."""
    await service_of(request).database.run(mailings.remove_file, mailing_id, file_id, act=act_of(request))


async def _list(connection: AsyncConnection, mailing_id: int) -> MailingFilesAnswer:
    await mailings.load_mailing(connection, mailing_id)
    kept = await mailings.list_files(connection, mailing_id)
    return MailingFilesAnswer([MailFileAnswer(one.id, one.name, one.media_type, one.size) for one in kept])


router = Router("/", route_handlers=[get_mailing_files, add_mailing_file, delete_mailing_file], tags=["Mailings"])
