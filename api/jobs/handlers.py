"""Which kinds of jobs there are, and who does each."""

from collections.abc import Mapping

from api.jobs.books import verify_books
from api.jobs.cards import change_cards, generate_cards, undo_changes
from api.jobs.parties import search_duplicates
from api.jobs.party_changes import change_parties
from api.jobs.party_changes import undo_changes as undo_party_changes
from api.jobs.party_imports import import_parties
from api.jobs.recipient_imports import import_recipients
from api.jobs.rules import run_rehearsal, run_rules
from api.jobs.running import Handler
from api.jobs.scores import score_parties
from crm.mailings.importing import KIND as IMPORT_RECIPIENTS
from crm.merging.duplicates import KIND as SEARCH_DUPLICATES
from crm.scores.service import KIND as SCORE_PARTIES
from crm.transfer.uploads import KIND as IMPORT_PARTIES
from crm.views.bulk import KIND as CHANGE_PARTIES
from crm.views.bulk import UNDO_KIND as UNDO_PARTIES
from loyalty.accounts.proving import KIND as VERIFY_BOOKS
from loyalty.cards.generation import KIND as GENERATE_CARDS
from loyalty.cards.mass_changes import KIND as CHANGE_CARDS
from loyalty.cards.mass_undo import KIND as UNDO_CHANGES
from loyalty.tiers.rehearsal import KIND as REHEARSE
from loyalty.tiers.runs import KIND as RUN_RULES

HANDLERS: Mapping[str, Handler] = {
    GENERATE_CARDS: generate_cards,
    CHANGE_CARDS: change_cards,
    UNDO_CHANGES: undo_changes,
    CHANGE_PARTIES: change_parties,
    UNDO_PARTIES: undo_party_changes,
    REHEARSE: run_rehearsal,
    RUN_RULES: run_rules,
    SEARCH_DUPLICATES: search_duplicates,
    IMPORT_PARTIES: import_parties,
    IMPORT_RECIPIENTS: import_recipients,
    SCORE_PARTIES: score_parties,
    VERIFY_BOOKS: verify_books,
}
