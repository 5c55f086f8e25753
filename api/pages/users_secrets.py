"""The page of a secret that is shown once: a password, an access token, a code for a till."""

from collections.abc import Mapping
from datetime import datetime

from litestar import Response
from msgspec import Struct

from api.pages.renderer import Call, page


class Secret(Struct, frozen=True):
    """A secret and the words around it; `title` is put into words with `names`.

    `section` and `record` are the address and name of the list and of the record that it belongs to.
    """

    text: str
    title: str
    names: Mapping[str, str]
    told: str
    hint: str
    section: tuple[str, str]
    record: tuple[str, str] | None = None
    until: datetime | None = None
    command: str | None = None


def show_once(call: Call, secret: Secret) -> Response[str]:
    """Show a secret; its page leads back to the record, or to the list."""
    back = secret.section if secret.record is None else secret.record
    return page(call, "shown_once.html", here=back[0], secret=secret)
