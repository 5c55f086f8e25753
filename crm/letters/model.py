"""What a letter is and what is said of it; the tree of kinds. Pure.

Key idea: the flow says who stands on which side. An incoming letter is from a party and names its contact person; an
outgoing one is to a party and names the colleague who made it; our own side is a department. The day of registration is
the journal's, the date of the document its author's: the latter is never later.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Final, Literal, get_args

from msgspec import Struct, structs

from crm.directories.model import name_in
from crm.letters.errors import LetterRefusedError

Flow = Literal["incoming", "outgoing"]
Medium = Literal["paper", "email"]
Priority = Literal[1, 2, 3]
"""Low, normal, high: the higher goes first."""

FLOWS: Final[tuple[Flow, ...]] = get_args(Flow)
MEDIA: Final[tuple[Medium, ...]] = get_args(Medium)
PRIORITIES: Final[tuple[Priority, ...]] = get_args(Priority)
MOST_TOPIC: Final = 200
MOST_NUMBER: Final = 60
MOST_CONTENT: Final = 100_000
MOST_NOTIFIED: Final = 100
MOST_KINDS: Final = 200
MOST_DEPTH: Final = 6
EMAILS: Final = "email"
"""The code of the kind under which e-mails register themselves."""
NO_TOPIC: Final = "(no subject)"
_BLANKS: Final = re.compile(r"\s+")


class LetterDetails(Struct, frozen=True, kw_only=True):
    """What is said of a letter; kind and department are codes. Without a number it gets the journal's next one.

    `person_id` is who of the party signed an incoming letter, `user_id` who of us made an outgoing one; `notified` are
    the colleagues who are to hear of it.
    """

    flow: Flow
    kind: str
    topic: str
    registered_on: date
    number: str | None = None
    medium: Medium = "paper"
    document_number: str | None = None
    document_date: date | None = None
    content: str | None = None
    priority: Priority = 2
    party_id: int | None = None
    person_id: int | None = None
    user_id: int | None = None
    department: str | None = None
    notified: tuple[int, ...] = ()


class Letter(LetterDetails, frozen=True, kw_only=True):
    """A letter as it is kept; `message_id` is that of the e-mail which it is."""

    id: int
    number: str
    message_id: int | None
    author_id: int | None
    version: int
    created_at: datetime
    changed_at: datetime
    archived_at: datetime | None

    @property
    def details(self) -> LetterDetails:
        """What is said of it."""
        return LetterDetails(**{name: getattr(self, name) for name in LetterDetails.__struct_fields__})


class Attached(Struct, frozen=True):
    """A file of an e-mail whose content is kept already."""

    name: str
    media_type: str
    hash: bytes


class Mail(Struct, frozen=True, kw_only=True):
    """What the journal wants to know of an e-mail: on which day it came or went, from or to whom."""

    flow: Flow
    topic: str
    text: str
    on: date
    party_id: int | None = None
    person_id: int | None = None
    user_id: int | None = None
    files: Sequence[Attached] = ()

    def letter(self, *, today: date) -> LetterDetails:
        """Give the letter that it is, registered today; an address out of the future wrote it today."""
        topic = "".join(one for one in _BLANKS.sub(" ", self.topic) if one.isprintable()).strip()[:MOST_TOPIC].rstrip()
        is_incoming = self.flow == "incoming"
        return LetterDetails(
            flow=self.flow,
            kind=EMAILS,
            topic=topic or NO_TOPIC,
            registered_on=today,
            medium="email",
            document_date=min(self.on, today),
            content=self.text.replace("\0", "")[:MOST_CONTENT].strip() or None,
            party_id=self.party_id,
            person_id=self.person_id if is_incoming else None,
            user_id=None if is_incoming else self.user_id,
        )


def check_letter(details: LetterDetails) -> LetterDetails:
    """Give what is said of a letter as it may be kept. Raises LetterRefusedError."""
    content = (details.content or "").replace("\r\n", "\n").strip()
    if len(content) > MOST_CONTENT or "\0" in content:
        raise LetterRefusedError(f"has at most {MOST_CONTENT:,} characters", field="content")
    if details.document_date is not None and details.document_date > details.registered_on:
        raise LetterRefusedError("lies behind the day of registration", field="document_date")
    if details.party_id is None and details.medium == "paper":
        raise LetterRefusedError("names the party on the other side", field="party_id")
    _check_addressee(details)
    if len(details.notified) > MOST_NOTIFIED:
        raise LetterRefusedError(f"are at most {MOST_NOTIFIED}", field="notified")
    return structs.replace(
        details,
        topic=_line(details.topic, "topic", MOST_TOPIC),
        number=_line(details.number, "number", MOST_NUMBER) if details.number else None,
        document_number=_line(details.document_number, "document_number", MOST_NUMBER)
        if details.document_number
        else None,
        content=content or None,
        notified=tuple(sorted(set(details.notified))),
    )


def _check_addressee(details: LetterDetails) -> None:
    """Refuse an addressee of the directory that belongs to the other flow."""
    if details.flow == "incoming" and details.user_id is not None:
        raise LetterRefusedError("is for outgoing letters: an incoming one names a contact person", field="user_id")
    if details.flow == "outgoing" and details.person_id is not None:
        raise LetterRefusedError("is for incoming letters: an outgoing one names a colleague", field="person_id")


def _line(typed: str, field: str, most: int) -> str:
    clean = " ".join(typed.split())
    if not 0 < len(clean) <= most or not clean.isprintable():
        raise LetterRefusedError(f"has 1 to {most} characters that can be printed", field=field)
    return clean


def next_number(last: str | None, year: int) -> str:
    """Give the number behind the last one that the journal gave in a year: 2026-000018 behind 2026-000017."""
    count = 0 if last is None else int(last.partition("-")[2])
    return f"{year}-{count + 1:06}"


class Kind(Struct, frozen=True, kw_only=True):
    """A kind of letters: a node of the tree under its parent, the first of whose children has the lowest position."""

    id: int
    parent_id: int | None
    code: str
    names: Mapping[str, str]
    position: int
    version: int
    is_archived: bool

    def name(self, language: str) -> str:
        """Give what it is called in a language, else in another."""
        return name_in(self.names, language, self.code)


class Node(Struct, frozen=True):
    """A kind in its place: how deep it stands, the outermost at 0, and whether it is its parent's first and last."""

    kind: Kind
    depth: int
    is_first: bool
    is_last: bool


def arrange(kinds: Iterable[Kind]) -> list[Node]:
    """Give kinds as the tree is read from top to bottom: each before its own."""
    below: dict[int | None, list[Kind]] = {}
    for kind in sorted(kinds, key=lambda one: (one.position, one.id)):
        below.setdefault(kind.parent_id, []).append(kind)
    found: list[Node] = []

    def walk(parent_id: int | None, depth: int) -> None:
        siblings = below.get(parent_id, [])
        for place, kind in enumerate(siblings):
            found.append(Node(kind, depth, place == 0, place == len(siblings) - 1))
            walk(kind.id, depth + 1)

    walk(None, 0)
    return found


def branch(kinds: Collection[Kind], top: Kind) -> list[Kind]:
    """Give a kind and all below it, as the tree is read."""
    nodes = arrange(kinds)
    start = next(place for place, node in enumerate(nodes) if node.kind.id == top.id)
    depth = nodes[start].depth
    found = [nodes[start].kind]
    for node in nodes[start + 1 :]:
        if node.depth <= depth:
            break
        found.append(node.kind)
    return found


def path_of(kinds: Iterable[Kind], code: str) -> list[Kind]:
    """Give the kinds from the outermost down to one; none for a code that there is not."""
    by_id = {one.id: one for one in kinds}
    kind = next((one for one in by_id.values() if one.code == code), None)
    found: list[Kind] = []
    while kind is not None:
        found.insert(0, kind)
        kind = by_id.get(kind.parent_id or 0)
    return found
