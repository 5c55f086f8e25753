"""What states, acts and ways of consent are called on pages."""

from collections.abc import Mapping

from api.pages.words import Word, mark
from crm.consents.model import ConsentAct, Relief, Source, State, Why

STATES: Mapping[State, Word] = {
    "subscribed": Word(mark("Subscribed"), "ok", "active"),
    "pending": Word(mark("Asked, no answer yet"), "clock", "issued"),
    "unsubscribed": Word(mark("Refused"), "no", "closed"),
}
SILENT: Mapping[bool, Word] = {
    True: Word(mark("Nothing said: not written to"), "ring", "issued"),
    False: Word(mark("Nothing said: written to"), "ok", "active"),
}
"""What holds where nothing was ever said, by whether the kind needs a yes."""
CONSENT_ACTS: Mapping[ConsentAct, str] = {
    "asked": mark("Asked by letter"),
    "given": mark("Said yes"),
    "confirmed": mark("Confirmed by the link"),
    "withdrawn": mark("Said no"),
}
SOURCES: Mapping[Source, str] = {
    "page": mark("told to us"),
    "api": mark("told by another program"),
    "form": mark("on the public form"),
    "preferences": mark("on the page behind a letter's link"),
    "one_click": mark("by the button of a mail program"),
    "import": mark("from a file"),
    "merge": mark("from a merged party"),
    "reply": mark("by a reply"),
}
HOWS: Mapping[str, str] = {
    "in_person": mark("Said so in person"),
    "by_phone": mark("Said so by phone"),
    "on_paper": mark("Signed for it, we keep the paper"),
}
"""How a yes came to whoever writes it down."""
WHYS: Mapping[Why, str] = {
    "hard_bounce": mark("No such mailbox, a mail server said"),
    "complaint": mark("Complained of our letters"),
    "by_hand": mark("Put on the list by us"),
    "unsubscribed": mark("Wants no letters at all"),
    "erased": mark("The person was erased"),
}
GIVEN_WHYS: Mapping[str, str] = {why: WHYS[why] for why in ("by_hand", "complaint")}
RELIEFS: Mapping[Relief, str] = {
    "mistake": mark("It was put on the list by mistake"),
    "asked_again": mark("Its owner asks for letters again"),
    "works_again": mark("The mailbox works again"),
}
LABELS: Mapping[str, str] = {
    "address": mark("E-mail address"),
    "reason": mark("Reason"),
    "wording": mark("How they said so"),
    "kind_id": mark("Kind"),
    "mailbox_id": mark("Mailbox"),
    "version": mark("Somebody else"),
    "code": mark("Code"),
    "names": mark("Names"),
}
ACTS: Mapping[str, str] = {
    "consent.asked": mark("Asked whether letters are wanted"),
    "consent.given": mark("Agreed to letters"),
    "consent.confirmed": mark("Confirmed that letters are wanted"),
    "consent.withdrawn": mark("Refused letters"),
    "suppression.added": mark("Address put on the do-not-write list"),
    "suppression.removed": mark("Address taken off the do-not-write list"),
    "consent_setting.changed": mark("Settings of subscriptions changed"),
    "mailing_kind.made": mark("Kind of mailings made"),
    "mailing_kind.changed": mark("Kind of mailings changed"),
    "mailing_kind.moved": mark("Kind of mailings moved"),
}
