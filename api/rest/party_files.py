"""Files of a party. What they hold is never run: every file leaves as a download of the type that its bytes say."""

from litestar import Response, Router, delete, get, post
from litestar.params import FromPath

from api.auth.rights import allows
from api.rest.calls import Call, act_of, service_of
from api.rest.party_answers import FilesAnswer, PartKept, render_files
from api.rest.party_parts import kept
from api.rest.problems import PROBLEMS
from api.rest.uploads import Upload
from api.uploads import MOST_UPLOAD_BYTES, answer_file, receive_file
from crm.parties import files
from crm.parties.service import load_party


@get("/", opt=dict(allows("parties.read")), responses=PROBLEMS)
async def get_files(request: Call, party_id: FromPath[int]) -> FilesAnswer:
    """List the party's files."""
    database = service_of(request).database
    await database.run(load_party, party_id)
    return render_files(await database.run(files.list_files, party_id))


@post("/", request_max_body_size=MOST_UPLOAD_BYTES, responses=PROBLEMS)
async def post_file(request: Call, party_id: FromPath[int], data: Upload) -> PartKept:
    """Keep a file with the party, sent as the one file of a form."""
    service = service_of(request)
    file = await receive_file(data, service.settings)
    part_id = await service.database.run(files.add_file, party_id, file, act=act_of(request))
    return await kept(request, party_id, part_id)


@get("/{part_id:int}", opt=dict(allows("parties.read")), responses=PROBLEMS)
async def get_file(request: Call, party_id: FromPath[int], part_id: FromPath[int]) -> Response[bytes]:
    """Download a file."""
    file, content = await service_of(request).database.run(files.open_file, party_id, part_id)
    return answer_file(file, content)


@delete("/{part_id:int}", status_code=200, responses=PROBLEMS)
async def delete_file(request: Call, party_id: FromPath[int], part_id: FromPath[int]) -> PartKept:
    """Take a file off the party."""
    await service_of(request).database.run(files.remove_file, party_id, part_id, act=act_of(request))
    return await kept(request, party_id, part_id)


router = Router(
    "/v1/parties/{party_id:int}/files",
    route_handlers=[get_files, post_file, get_file, delete_file],
    opt=dict(allows("parties.edit")),
    tags=["parties"],
)
