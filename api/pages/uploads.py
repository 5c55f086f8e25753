"""The file of a form, and a file as a page gives it."""

from typing import Final

from litestar import Response

from api.pages.edge import service_of
from api.pages.forms import EMPTY, Form
from api.pages.renderer import HEADERS, Call
from api.uploads import Named, answer_file, receive_file
from crm.files.errors import FileRefusedError
from crm.files.model import NewFile

PICTURES: Final = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""Files that a page shows within itself."""
READABLE: Final = (*PICTURES, "application/pdf", "text/plain")
"""Files that a browser opens; any other is kept."""


async def read_file(call: Call, form: Form, *, optional: bool = False) -> NewFile | None:
    """Read the file of a form; what is wrong with it is kept in the form."""
    sent = form.files.get("file")
    if sent is None or not sent.filename:
        if not optional:
            form.refuse("file", EMPTY)
        return None
    try:
        return await receive_file(sent, service_of(call).settings)
    except FileRefusedError as error:
        form.refuse_by(error, (), "file")
        return None


def give_file(file: Named, content: bytes) -> Response[bytes]:
    """Give a file to be kept; no browser runs it."""
    return answer_file(file, content, HEADERS)


def show_file(file: Named, content: bytes) -> Response[bytes]:
    """Give a file: what a browser can show is shown, and never run; anything else is kept."""
    answer = give_file(file, content)
    if file.media_type in READABLE:
        shown = answer.headers["Content-Disposition"].replace("attachment", "inline", 1)
        answer.headers["Content-Disposition"] = shown
    if file.media_type == "application/pdf":  # a browser's own reader does not open in a sandbox
        policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
        answer.headers["Content-Security-Policy"] = policy
    return answer
