"""Access tokens of tills and programs: listed without their texts, made, and ended."""

from datetime import datetime

from litestar import Router, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from api.auth.errors import TokenUnknownError
from api.auth.model import TokenRole
from api.auth.rights import allows
from api.auth.token_list import list_tokens
from api.auth.tokens import create_token, revoke_token
from api.rest.bodies import Body
from api.rest.calls import Call, act_of, service_of
from api.rest.lists import read_place
from api.rest.problems import PROBLEMS
from database.identifiers import MOST_ID
from pos_adapter.protocol import Text, Wire


class NewToken(Wire, frozen=True):
    """What a token is to be for; that of a till names its store and till."""

    role: TokenRole
    store: Text | None = None
    till: Text | None = None


class TokenItem(Struct, frozen=True):
    """A token without its text."""

    token_id: int
    role: TokenRole
    store: str | None
    till: str | None
    created_at: datetime
    revoked_at: datetime | None


class TokenPage(Struct, frozen=True):
    """Tokens, the newest first."""

    tokens: list[TokenItem]
    next: str | None


class TokenMade(Struct, frozen=True):
    """A token's text, which cannot be shown again."""

    token: str


@get("/", responses=PROBLEMS)
async def get_tokens(request: Call, after: FromQuery[str | None] = None) -> TokenPage:
    """List all tokens, page by page."""
    page = await service_of(request).database.run(list_tokens, with_tills=True, place=read_place(after))
    items = [
        TokenItem(row.id, row.role, row.store_code, row.till_code, row.created_at, row.revoked_at) for row in page.rows
    ]
    return TokenPage(items, None if page.older is None else str(page.older.key[0]))


@post("/", dto=Body, return_dto=None, responses=PROBLEMS)
async def make_token(request: Call, data: JSONBody[NewToken]) -> TokenMade:
    """Make a token and tell its text."""
    made = await service_of(request).database.run(
        create_token, role=data.role, store=data.store, till=data.till, act=act_of(request)
    )
    return TokenMade(made)


@delete("/{token_id:int}", status_code=204, responses=PROBLEMS)
async def end_token(request: Call, token_id: FromPath[int]) -> None:
    """End a token; every server refuses it within ten seconds."""
    database = service_of(request).database
    if token_id > MOST_ID or not await database.run(revoke_token, token_id, act=act_of(request)):
        raise TokenUnknownError("no token that is good has this identifier")


router = Router(
    "/v1/tokens", route_handlers=[get_tokens, make_token, end_token], opt=dict(allows("users.edit")), tags=["Tills"]
)
