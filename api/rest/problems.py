"""The refusals that every route may answer with, for the OpenAPI document."""

from collections.abc import Mapping

from litestar.openapi.datastructures import ResponseSpec
from msgspec import Struct

from api.errors import MEDIA_TYPE, ChangedProblem
from pos_adapter.answers import JobStarted, Problem

_MEANINGS = {
    400: "The request is not as it should be; `errors` names the field and the reason.",
    401: "A valid access token or a session is needed.",
    403: "This is not for the caller's role, or not for the caller's till.",
    404: "Something named in the request does not exist.",
    409: "The request contradicts what is kept already.",
    413: "The body is larger than 4 MiB.",
    422: "Well-formed and known, and still it may not be; `code` says why.",
    503: "The database is away or too many receipts wait: the same request again after `Retry-After` seconds.",
}

PROBLEMS: Mapping[int, ResponseSpec] = {
    status: ResponseSpec(Problem, generate_examples=False, description=meaning, media_type=MEDIA_TYPE)
    for status, meaning in _MEANINGS.items()
}

GUESSED: Mapping[int, ResponseSpec] = {
    **PROBLEMS,
    429: ResponseSpec(
        Problem,
        generate_examples=False,
        description="So many unknown cards that it looks like guessing: again after `Retry-After` seconds.",
        media_type=MEDIA_TYPE,
    ),
}
"""The refusals of a route that tells whether a card exists."""

CHANGED: Mapping[int, ResponseSpec] = {
    **PROBLEMS,
    409: ResponseSpec(
        ChangedProblem,
        generate_examples=False,
        description="Somebody else changed the same meanwhile; `differences` has both and what was before.",
        media_type=MEDIA_TYPE,
    ),
}
"""The refusals of a route that changes what its caller saw in a version."""

STARTED = ResponseSpec(JobStarted, generate_examples=False, description="A job does it; `GET /v1/jobs/{job_id}` tells.")
"""The 202 of a route that leaves its work to a job."""


def repeated(answer: type[Struct]) -> Mapping[int, ResponseSpec]:
    """Give the refusals and the 200 of a route that answers 201 to what is new and 200 to what is known already."""
    known = ResponseSpec(answer, generate_examples=False, description="Known already: the first answer again.")
    return {**PROBLEMS, 200: known}
