"""What the acts of the journal are called. One without words is shown by its code, so a newer act is never hidden."""

from collections.abc import Mapping

from api.auth.model import Right
from api.pages.calendar_words import ACTS as CALENDAR_ACTS
from api.pages.consent_words import ACTS as CONSENT_ACTS
from api.pages.dispatcher_words import ACTS as DISPATCHER_ACTS
from api.pages.dispatcher_words import FIELDS as DISPATCHER_FIELDS
from api.pages.event_words import ACTS as EVENT_ACTS
from api.pages.event_words import FIELDS as EVENT_FIELDS
from api.pages.letter_words import ACTS as CORRESPONDENCE_ACTS
from api.pages.mail_words import ACTS as MAIL_ACTS
from api.pages.mailing_words import ACTS as MAILING_ACTS
from api.pages.mailing_words import LETTER_ACTS
from api.pages.party_words import ACTS as PARTY_ACTS
from api.pages.party_words import FIELDS as PARTY_FIELDS
from api.pages.project_words import ACTS as PROJECT_ACTS
from api.pages.series_history import SETTINGS as SERIES_SETTINGS
from api.pages.survey_words import ACTS as SURVEY_ACTS
from api.pages.task_words import ACTS as TASK_ACTS
from api.pages.task_words import FIELDS as TASK_FIELDS
from api.pages.words import ACTS as CARD_ACTS
from api.pages.words import mark

NAMES: Mapping[str, str] = {
    **PARTY_ACTS,
    **EVENT_ACTS,
    **CALENDAR_ACTS,
    **SURVEY_ACTS,
    **MAILING_ACTS,
    **LETTER_ACTS,
    **CONSENT_ACTS,
    **TASK_ACTS,
    **PROJECT_ACTS,
    **DISPATCHER_ACTS,
    **CORRESPONDENCE_ACTS,
    **MAIL_ACTS,
    "user.signed_in": mark("Signed in"),
    "user.locked": mark("Account locked by wrong passwords"),
    "user.unlocked": mark("Account unlocked"),
    "user.created": mark("User made"),
    "user.changed": mark("User changed"),
    "user.disabled": mark("User disabled"),
    "user.enabled": mark("User enabled"),
    "user.password_set": mark("Password changed"),
    "user.theme_chosen": mark("Look chosen"),
    "user.language_chosen": mark("Language chosen"),
    "user.email_chosen": mark("Address for notices chosen"),
    "user.second_factor_set": mark("Second step set up"),
    "user.second_factor_removed": mark("Second step taken away"),
    "user.recovery_codes_made": mark("Recovery codes made"),
    "user.recovery_code_used": mark("Recovery code used"),
    "user.session_ended": mark("Session ended"),
    "user.sessions_ended": mark("Sessions ended"),
    "access_policy.changed": mark("Demand of a second step changed"),
    "cards.guessed": mark("Cards guessed: lookups stopped for a while"),
    "cards.lookups_allowed": mark("Lookups of cards allowed again"),
    "token.created": mark("Token made"),
    "token.revoked": mark("Token made void"),
    "enrolment.opened": mark("Code for a till made"),
    "enrolment.redeemed": mark("Code for a till used"),
    "enrolment.revoked": mark("Code for a till made void"),
    "store.changed": mark("Shop changed"),
    "store.made": mark("Shop made"),
    "shop.changed": mark("The shop's own data changed"),
    "shop.guide_left": mark("Guide through the first hour left"),
    "shop.guide_taken_up": mark("Guide through the first hour taken up"),
    "till.first_card": mark("First card read at a till"),
    "installation.restored": mark("Restored from a backup"),
    **{code: word.text for code, word in CARD_ACTS.items()},
    "cards.made": mark("Cards made"),
    "cards.printed": mark("Cards printed"),
    "series.saved": mark("Series saved"),
    "rules.saved": mark("Rules saved"),
    "rule.run": mark("Rules run"),
    "rule.late": mark("Came late for a run"),
    "price_list.saved": mark("Price list saved"),
    "receipt.posted": mark("Receipt posted"),
    "receipt.parked": mark("Receipt waits for its original"),
    "receipt.suspended": mark("Receipt put aside"),
    "receipt.voided": mark("Receipt voided"),
    "receipt.void_parked": mark("Void waits for its receipt"),
    "document.saved": mark("Document saved"),
    "document.deleted": mark("Document deleted"),
    "hold.placed": mark("Money held"),
    "hold.released": mark("Held money released"),
    "signal.dismissed": mark("Signal dismissed"),
    "job.queued": mark("Job asked for"),
    "job.cancelled": mark("Job stopped"),
    "books.anchored": mark("Books anchored"),
    "party.made": mark("Party made"),
    "party.changed": mark("Party changed"),
    "party.archived": mark("Party archived"),
    "party.restored": mark("Party restored"),
    "party.erased": mark("Party erased"),
    "party.merged": mark("Parties merged"),
    "party.duplicate_dismissed": mark("Said to be no duplicates"),
    "party.duplicate_restored": mark("May be duplicates again"),
    "own_page.made": mark("Link to the own page made"),
    "own_page.sent": mark("Link to the own page sent"),
    "own_page.revoked": mark("Link to the own page ended"),
    "own_page.correction_asked": mark("Customer asks for a correction"),
    "party.copied": mark("Copy of its data taken"),
    "party.attributes_set": mark("Attributes set"),
    "attribute.added": mark("Attribute defined"),
    "attribute.changed": mark("Attribute changed"),
    "business_document.made": mark("Business document made"),
    "business_document.changed": mark("Business document changed"),
    "business_document.removed": mark("Business document removed"),
    "business_document.confirmed": mark("Order confirmed"),
    "business_document.done": mark("Order done"),
    "business_document.issued": mark("Invoice issued"),
    "business_document.received": mark("Payment received"),
    "business_document.under_way": mark("Delivery sent off"),
    "business_document.delivered": mark("Delivery arrived"),
    "business_document.cancelled": mark("Business document cancelled"),
    "report.exported": mark("Report taken along"),
    "report_letter.sent_regularly": mark("Report is sent by mail"),
    "report_letter.ended": mark("Report is sent no more"),
    "notification_rule.made": mark("Rule of notifications made"),
    "notification_rule.changed": mark("Rule of notifications changed"),
    "notification_rule.deleted": mark("Rule of notifications deleted"),
    "call.came": mark("A call came"),
    "call.logged": mark("Called"),
    "parties.exported": mark("List of parties taken along"),
    "segment.made": mark("Segment made"),
    "segment.changed": mark("Segment changed"),
    "segment.archived": mark("Segment archived"),
    "segment.restored": mark("Segment restored"),
    "view.made": mark("View saved"),
    "view.changed": mark("View changed"),
    "view.deleted": mark("View deleted"),
    "parties.imported": mark("Parties imported"),
    "parties.file_imported": mark("File of parties imported"),
    "profile_layout.changed": mark("Layout of a role changed"),
    "profile_layout.reset": mark("Layout of a role reset"),
}
FIELDS: Mapping[str, str] = {
    **DISPATCHER_FIELDS,
    **TASK_FIELDS,
    **EVENT_FIELDS,
    **PARTY_FIELDS,
    **SERIES_SETTINGS,
    "percent": mark("Percent"),
    "own_percent": mark("Percent"),
    "own_credit_limit": mark("Limit"),
    "own_expires_on": mark("Last day"),
    "activated_on": mark("Activated on"),
    "series": mark("Series"),
    "series_id": mark("Series"),
    "holder_id": mark("Holder"),
    "state": mark("State"),
    "role": mark("Role"),
    "extension": mark("Extension"),
    "department": mark("Department"),
    "daily_minutes": mark("Minutes a day"),
    "name": mark("Name"),
    "login": mark("Login"),
    "timezone": mark("Time zone"),
    "store": mark("Shop"),
    "till": mark("Till"),
    "reason": mark("Reason"),
    "amount": mark("Amount"),
    "ledger": mark("Ledger"),
    "total": mark("Total"),
    "count": mark("Count"),
    "version": mark("Version"),
    "fields": mark("Fields"),
    "value": mark("Value"),
    "kind": mark("Kind"),
    "flags": mark("Flags"),
}
PERCENTS = frozenset({"own_percent", "percent", "discount_percent"})
MONEY = frozenset({"own_credit_limit", "credit_limit", "day_limit", "total", "amount", "turnover", "balance"})
CODES = frozenset({"legal_status", "relation", "kind", "state"})
"""Fields whose values are codes, which read as words without their underscores."""

PATHS: Mapping[str, tuple[str, Right]] = {
    "card": ("/cards/", "cards.read"),
    "party": ("/parties/", "parties.read"),
    "series": ("/series/", "cards.read"),
    "price_list": ("/price-lists/", "prices.read"),
    "receipt": ("/receipts/", "receipts.read"),
    "business_document": ("/business-documents/", "business.read"),
    "document": ("/documents/", "receipts.read"),
    "event": ("/events/", "events.read"),
    "job": ("/jobs/", "jobs.read"),
    "user": ("/settings/users/", "users.edit"),
    "store": ("/settings/tills/store?code=", "settings.edit"),
    "segment": ("/segments/", "segments.read"),
    "letter": ("/letters/", "letters.read"),
    "mail": ("/mail/", "mail.read"),
    "mailing": ("/mailings/", "mailings.read"),
    "mailing_template": ("/mailings/templates/", "mailings.read"),
    "mailbox": ("/settings/mailboxes/", "settings.edit"),
    "mailing_kind": ("/settings/mailing-kinds/", "settings.edit"),
    "survey": ("/surveys/", "surveys.read"),
    "task": ("/tasks/", "tasks.read"),
    "project": ("/projects/", "tasks.read"),
}
"""The page of a record by the word before the colon, and the right that opens it."""
RECORDS: Mapping[str, str] = {
    "card": mark("card"),
    "receipt": mark("receipt"),
    "document": mark("document"),
    "business_document": mark("document"),
    "event": mark("event"),
    "letter": mark("letter"),
    "mail": mark("message"),
    "task": mark("task"),
    "project": mark("project"),
    "survey": mark("survey"),
}
"""What the link to a record is called on a timeline; the kind of another one is called as it is kept."""

LINKS_OF_CARDS = frozenset({"card.linked", "card.unlinked"})
"""Acts of a party that name a card by its identifier: they lead to that card."""
