"""The board: the tasks of one kind in columns by state. Each is taken further by a small form; dragging is an extra.

A column shows its first `MOST_IN_COLUMN` tasks, of closed states the newest; the list shows all of them.
"""

from collections.abc import Mapping, Sequence

from litestar import Response, get
from litestar.exceptions import ClientException
from msgspec import Struct, structs
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.named import Named
from api.pages.renderer import Call, database_of, has, page, principal_of
from api.pages.task_around import Around, Choices, load_around, load_choices
from api.pages.task_filters import ME, Wanted, read_wanted
from api.state import read_clock
from crm.tasks.cycles import Kind, Mover, Part, State, list_steps
from crm.tasks.kinds import list_kinds
from crm.tasks.listing import TaskRow
from crm.tasks.repository.listing import list_board, list_own_parts

PATH = "/tasks/board"
MOST_IN_COLUMN = 25


class Card(Struct, frozen=True):
    """A task on the board, and the states into which the reader may take it."""

    row: TaskRow
    steps: Sequence[State]


class Column(Struct, frozen=True):
    """A state with its first tasks; `is_cut` where there are more."""

    state: State
    cards: tuple[Card, ...]
    is_cut: bool


class _Shown(Struct, frozen=True):
    kind: Kind
    columns: tuple[Column, ...]
    around: Around
    choices: Choices


@get(PATH, opt=dict(allows("tasks.read")))
async def show_board(request: Call) -> Response[str]:
    """Show the tasks of a kind by their states."""
    wanted = read_wanted(request)
    shown = await database_of(request).run(_load, request, wanted)
    party_id = wanted.filter.party_id
    return page(
        request,
        "task_board.html",
        wanted=wanted,
        chosen=wanted.fields,
        kind=shown.kind,
        columns=shown.columns,
        around=shown.around,
        choices=shown.choices,
        party=shown.around.parties.get(party_id or 0),
        now=read_clock(),
        me=ME,
    )


async def _load(connection: AsyncConnection, call: Call, wanted: Wanted) -> _Shown:
    kinds = await list_kinds(connection)
    code = wanted.filter.kind
    kind = next((one for one in kinds if (one.code == code if code else not one.is_archived)), None)
    if kind is None:
        raise ClientException("kind is none that this page knows")
    states = [one for one in kind.states if not one.is_archived]
    limits = structs.replace(wanted.filter, shown="any", state=None)
    columns = await list_board(connection, states, limits, now=read_clock(), most=MOST_IN_COLUMN + 1)
    rows = [row for column in columns.values() for row in column]
    own = await list_own_parts(connection, [row.id for row in rows], principal_of(call).user_id or 0)
    return _Shown(
        kind,
        tuple(_column(call, kind, state, columns[state.code], own) for state in states),
        await load_around(connection, rows, _named(wanted)),
        await load_choices(connection),
    )


def _named(wanted: Wanted) -> Named:
    party_id = wanted.filter.party_id
    return Named(frozenset() if party_id is None else frozenset({party_id}))


def _column(
    call: Call, kind: Kind, state: State, rows: Sequence[TaskRow], own: Mapping[int, frozenset[Part]]
) -> Column:
    who = principal_of(call)
    mover = Mover(who.role, who.user_id)
    may_move = has(call, "tasks.edit")
    cards = [Card(row, list_steps(kind, state.code, mover, own[row.id]) if may_move else ()) for row in rows]
    return Column(state, tuple(cards[:MOST_IN_COLUMN]), is_cut=len(cards) > MOST_IN_COLUMN)
