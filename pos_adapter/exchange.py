"""An answer over HTTP, as it came from the server or as the till gives it by itself."""

from http import HTTPStatus
from typing import Final

from msgspec import Struct, json

JSON: Final = "application/json"
PROBLEM_TYPE: Final = "application/problem+json"


class Answer(Struct, frozen=True):
    """An answer as it goes back to the program that asked; only a part of a snapshot is signed."""

    status: int
    body: bytes
    media_type: str
    retry_after: str | None = None
    signature: str | None = None

    @property
    def is_servers_fault(self) -> bool:
        """Whether the server was there and could not do its work."""
        return self.status >= HTTPStatus.INTERNAL_SERVER_ERROR


def own_answer(status: int, value: object) -> Answer:
    """Give an answer of the till itself."""
    return Answer(status, json.encode(value), JSON)


def told_answer(status: int, body: bytes) -> Answer:
    """Give what the server said of a receipt, as it was kept."""
    return Answer(status, body, JSON if status < HTTPStatus.BAD_REQUEST else PROBLEM_TYPE)
