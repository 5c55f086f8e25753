"""Files as they come with a request and as they leave with an answer, over REST and pages alike.

What a file holds is never run: it leaves as a download of the type that its bytes say.
"""

from collections.abc import Mapping
from typing import Final, Protocol

from litestar import Response
from litestar.datastructures import UploadFile

from api.settings import Settings
from crm.files.model import NewFile, download_headers, make_file

MOST_UPLOAD_BYTES: Final = 101 * 2**20
"""The largest file that a setting allows, and the form around it."""


class Named(Protocol):
    """A kept file."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def media_type(self) -> str:
        """What it is."""


async def receive_file(sent: UploadFile, settings: Settings) -> NewFile:
    """Read a file that was sent, and no more of it than may be kept. Raises FileRefusedError."""
    most = settings.file_megabytes * 2**20
    return make_file(sent.filename, await sent.read(most + 1), most_bytes=most)


def answer_file(file: Named, content: bytes, headers: Mapping[str, str] | None = None) -> Response[bytes]:
    """Answer with a file to be kept; `headers` are those of every answer of a page."""
    return Response(content, media_type=file.media_type, headers={**(headers or {}), **download_headers(file.name)})
