"""The refusals of parties, one class per reason, in the tree of `loyalty.errors`.

NotFoundError    party_not_found, part_not_found
ConflictError    party_changed, party_archived, party_merged, party_erased, part_repeated
RefusedError     detail_refused, address_refused, contact_refused, account_refused, registration_refused,
                 relation_refused, person_refused, note_refused, too_many_parts

No message holds what was typed: it may be somebody's phone or account.
"""

from crm.changes import ChangedMeanwhileError
from loyalty.errors import ConflictError, NotFoundError, RefusedError


class PartyNotFoundError(NotFoundError):
    """No party has the identifier."""

    code = "party_not_found"


class PartNotFoundError(NotFoundError):
    """The party has no such address, way of contact, account or the like."""

    code = "part_not_found"


class PartyChangedError(ChangedMeanwhileError):
    """Somebody else changed the same thing meanwhile; `version` is the party's now."""

    code = "party_changed"


class PartyArchivedError(ConflictError):
    """An archived party is taken out of the archive before it is changed."""

    code = "party_archived"


class PartyMergedError(ConflictError):
    """The party was merged into another, where it is changed."""

    code = "party_merged"


class PartyErasedError(ConflictError):
    """The person was erased: nothing more is kept."""

    code = "party_erased"


class PartRepeatedError(ConflictError):
    """The party has the same already."""

    code = "part_repeated"


class DetailRefusedError(RefusedError):
    """A party's own field that cannot be kept; `field` says which."""

    code = "detail_refused"


class AddressRefusedError(RefusedError):
    """An address that says nothing, or names a country that there is not."""

    code = "address_refused"


class ContactRefusedError(RefusedError):
    """A phone, mail address, messenger or site that is none."""

    code = "contact_refused"


class AccountRefusedError(RefusedError):
    """A bank account whose IBAN or BIC is wrong."""

    code = "account_refused"


class RegistrationRefusedError(RefusedError):
    """A registration number of the wrong form or check digit."""

    code = "registration_refused"


class RelationRefusedError(RefusedError):
    """A relation that ends before it begins, or with whom there is none."""

    code = "relation_refused"


class PersonRefusedError(RefusedError):
    """A contact person who is none, or hours that cannot be."""

    code = "person_refused"


class NoteRefusedError(RefusedError):
    """A note without text, or longer than a note."""

    code = "note_refused"


class TooManyPartsError(RefusedError):
    """More addresses, ways of contact and the like than a party has."""

    code = "too_many_parts"
