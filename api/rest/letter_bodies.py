"""What is said of letters and their kinds over the API, and what is answered. People are ids of users."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct, structs

from api.rest.bodies import Identifier
from api.rest.directories import Names
from api.rest.task_bodies import Code, Version
from crm.changes import Change
from crm.letters.kinds import KindDraft
from crm.letters.listing import LetterRow
from crm.letters.model import MOST_CONTENT, MOST_NOTIFIED, Flow, Kind, Letter, LetterDetails, Medium, Priority
from crm.letters.repository.files import LetterFile
from crm.letters.repository.letters import Mark
from crm.letters.service import MOST_AT_ONCE
from database.keyset import Place
from pos_adapter.problems import BodyError
from pos_adapter.protocol import Text, Wire

Content = Annotated[str, Meta(max_length=MOST_CONTENT)]
Notified = Annotated[list[Identifier], Meta(max_length=MOST_NOTIFIED)]
Letters = Annotated[list[Identifier], Meta(min_length=1, max_length=MOST_AT_ONCE)]


class LetterBody(Wire, frozen=True, kw_only=True):
    """What is said of a letter; kind and department are codes. Without a number it gets the journal's next one.

    `person_id` is the party's contact person, of an incoming letter; `user_id` whoever of us made an outgoing one.
    """

    flow: Flow
    kind: Code
    topic: Text
    registered_on: date | None = None
    number: Text | None = None
    medium: Medium | None = None
    document_number: Text | None = None
    document_date: date | None = None
    content: Content | None = None
    priority: Priority | None = None
    party_id: Identifier | None = None
    person_id: Identifier | None = None
    user_id: Identifier | None = None
    department: Code | None = None
    notified: Notified | None = None

    def read(self, *, day: date) -> LetterDetails:
        """Give it as the use cases take it; without a day of registration it is registered on the one given."""
        given = {name: getattr(self, name) for name in LetterDetails.__struct_fields__}
        defaults = {"registered_on": day, "medium": "paper", "priority": 2}
        given |= {name: value for name, value in defaults.items() if given[name] is None}
        return LetterDetails(**given | {"notified": tuple(self.notified or ())})


class LetterChange(LetterBody, frozen=True, kw_only=True):
    """A letter's fields as they are to be, from the version that the caller saw."""

    version: Version


class LettersBody(Wire, frozen=True):
    """Letters that are moved into the archive or out of it."""

    letters: Letters


class MovedAnswer(Struct, frozen=True):
    """How many letters were moved; the others were there already."""

    moved: int


class MarkAnswer(Struct, frozen=True):
    """A colleague who was told of a letter, and when they opened it."""

    user_id: int
    told_at: datetime
    read_at: datetime | None


class LetterFileAnswer(Struct, frozen=True):
    """A file of a letter; the size is in bytes."""

    file_id: int
    name: str
    media_type: str
    size: int
    at: datetime


class LetterAnswer(Struct, frozen=True):
    """A letter with who was told of it, and its files."""

    letter_id: int
    flow: Flow
    medium: Medium
    kind: str
    number: str
    document_number: str | None
    document_date: date | None
    registered_on: date
    topic: str
    content: str | None
    priority: Priority
    party_id: int | None
    person_id: int | None
    user_id: int | None
    department: str | None
    notified: list[MarkAnswer]
    files: list[LetterFileAnswer]
    message_id: int | None
    author_id: int | None
    version: int
    created_at: datetime
    changed_at: datetime
    archived_at: datetime | None


class LetterItem(Struct, frozen=True):
    """A letter in the journal; `files` is how many it has."""

    letter_id: int
    flow: Flow
    medium: Medium
    kind: str
    number: str
    document_number: str | None
    document_date: date | None
    registered_on: date
    topic: str
    priority: Priority
    party_id: int | None
    party: str | None
    files: int
    archived_at: datetime | None


class LettersAnswer(Struct, frozen=True):
    """Letters; `next` is what to give as `after` for those behind, null at the end."""

    letters: list[LetterItem]
    next: str | None


class ChangesAnswer(Struct, frozen=True):
    """The changes of a letter, the newest first: the fields that were changed, before and after."""

    changes: list[Change]


class LetterKindBody(Wire, frozen=True, kw_only=True):
    """What is said of a kind; `parent` is the code of the kind above it."""

    names: Names
    parent: Code | None = None

    def read(self) -> KindDraft:
        """Give it as the use cases take it."""
        return KindDraft(names=self.names, parent=self.parent)


class NewLetterKind(LetterKindBody, frozen=True, kw_only=True):
    """A new kind, the last one of its parent."""

    code: Code


class LetterKindChange(LetterKindBody, frozen=True, kw_only=True):
    """A kind as it is to be; an archived one is offered no more."""

    version: Version
    archived: bool = False


class LetterKindMove(Wire, frozen=True):
    """How many places a kind goes down among those of its parent, up if negative."""

    step: Annotated[int, Meta(ge=-200, le=200)]


class LetterKindAnswer(Struct, frozen=True):
    """A kind of letters; the outermost are at depth 0."""

    code: str
    names: Mapping[str, str]
    parent: str | None
    depth: int
    version: int
    archived: bool


class LetterKindsAnswer(Struct, frozen=True):
    """All kinds as the tree is read from top to bottom."""

    kinds: list[LetterKindAnswer]


def render_letter(letter: Letter, marks: list[Mark], files: list[LetterFile]) -> LetterAnswer:
    """Render a letter."""
    own = structs.asdict(letter)
    del own["id"]
    own["notified"] = [MarkAnswer(one.user_id, one.told_at, one.read_at) for one in marks]
    return LetterAnswer(letter_id=letter.id, files=[render_file(one) for one in files], **own)


def render_file(file: LetterFile) -> LetterFileAnswer:
    """Render what is known of a file."""
    return LetterFileAnswer(file.id, file.name, file.media_type, file.size, file.at)


def render_row(row: LetterRow) -> LetterItem:
    """Render a letter in the journal."""
    own = {name: getattr(row, name) for name in LetterItem.__struct_fields__ if name != "letter_id"}
    return LetterItem(letter_id=row.id, **own)


def render_kind(kind: Kind, parent: Kind | None, depth: int) -> LetterKindAnswer:
    """Render a kind in its place."""
    above = None if parent is None else parent.code
    return LetterKindAnswer(kind.code, kind.names, above, depth, kind.version, kind.is_archived)


def read_place(after: str | None) -> Place | None:
    """Read where a page of the journal begins. Raises BodyError for what no page gave."""
    if after is None:
        return None
    try:
        priority, day, number = after.split("_")
        return Place((int(priority), date.fromisoformat(day), int(number)))
    except ValueError:
        raise BodyError("after", "must be the `next` of the page before") from None


def write_place(place: Place | None) -> str | None:
    """Write where the page behind begins, as `read_place` reads it; None at the end."""
    return None if place is None else "_".join(map(str, place.key))
