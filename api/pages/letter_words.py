"""What flows, media, fields and acts of letters are called on pages."""

from collections.abc import Mapping

from api.pages.words import Word, mark
from crm.letters.model import Flow, Medium

FLOWS: Mapping[Flow, Word] = {
    "incoming": Word(mark("Incoming"), "fall"),
    "outgoing": Word(mark("Outgoing"), "up"),
}
MEDIA: Mapping[Medium, Word] = {
    "paper": Word(mark("On paper"), "note"),
    "email": Word(mark("By e-mail"), "mail"),
}
PRIORITIES: Mapping[str, str] = {"3": mark("High"), "2": mark("Normal"), "1": mark("Low")}
"""The higher goes first."""
FIELDS: Mapping[str, str] = {
    "flow": mark("Flow"),
    "kind": mark("Kind"),
    "medium": mark("Medium"),
    "number": mark("Number"),
    "registered_on": mark("Registered on"),
    "document_number": mark("Number of the document"),
    "document_date": mark("Date of the document"),
    "topic": mark("Topic"),
    "content": mark("Text"),
    "priority": mark("Priority"),
    "party_id": mark("Party"),
    "person_id": mark("Contact person"),
    "user_id": mark("Made by"),
    "department": mark("Department"),
    "notified": mark("To be notified"),
    "file": mark("File"),
    "letters": mark("Letters"),
    "version": mark("Version"),
}
ACTS: Mapping[str, str] = {
    "letter.registered": mark("Letter registered"),
    "letter.changed": mark("Letter changed"),
    "letter.archived": mark("Letter put into the archive"),
    "letter.restored": mark("Letter taken out of the archive"),
    "letter.file_added": mark("File added to a letter"),
    "letter.file_removed": mark("File of a letter removed"),
    "letter.attributes_set": mark("Attributes of a letter set"),
    "letters.exported": mark("Journal of letters taken along"),
    "letter_kind.made": mark("Kind of letters made"),
    "letter_kind.changed": mark("Kind of letters changed"),
    "letter_kind.moved": mark("Kinds of letters put into order"),
}
"""Acts on letters as the journal shows them."""
