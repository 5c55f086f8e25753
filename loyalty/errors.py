"""The tree of errors of cards, receipts and accounts: one class per reason, each with a stable code.

    LoyaltyError
      NotFoundError      card_unknown, series_unknown, receipt_unknown, document_unknown
      ConflictError      receipt_conflict, document_conflict, operation_conflict, card_number_taken,
                         receipt_has_returns, already_voided, series_kind_fixed, phone_ambiguous
      RefusedError       well-formed and known, and still it may not be: insufficient_funds, limit_exceeded, ...

The message is written for the person who has to act on it and never holds a card number.
"""

from typing import ClassVar


class LoyaltyError(Exception):
    """A request that cannot be carried out; `code` is stable, `field` names the place in it if there is one."""

    code: ClassVar[str] = "refused"

    def __init__(self, detail: str, *, field: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field


class NotFoundError(LoyaltyError):
    """Something named in the request does not exist."""


class CardUnknownError(NotFoundError):
    """No card has the number or identifier."""

    code = "card_unknown"


class SeriesUnknownError(NotFoundError):
    """No series has the code."""

    code = "series_unknown"


class ReceiptUnknownError(NotFoundError):
    """No receipt has the UUID."""

    code = "receipt_unknown"


class DocumentUnknownError(NotFoundError):
    """No document has the UUID."""

    code = "document_unknown"


class ConflictError(LoyaltyError):
    """The request contradicts what is kept already."""


class ReceiptConflictError(ConflictError):
    """The UUID or the natural key of a receipt is known with another meaning."""

    code = "receipt_conflict"


class DocumentConflictError(ConflictError):
    """The version of a document is known with another content."""

    code = "document_conflict"


class OperationConflictError(ConflictError):
    """The UUID of an operation is known with another meaning."""

    code = "operation_conflict"


class CardNumberTakenError(ConflictError):
    """Another card has the number already."""

    code = "card_number_taken"


class ReceiptHasReturnsError(ConflictError):
    """A sale with posted returns is not voided before them."""

    code = "receipt_has_returns"


class AlreadyVoidedError(ConflictError):
    """The receipt was voided by another act."""

    code = "already_voided"


class SeriesKindFixedError(ConflictError):
    """A series that has cards keeps its kind."""

    code = "series_kind_fixed"


class RefusedError(LoyaltyError):
    """Well-formed and known, and still it may not be."""


class ReceiptUnbalancedError(RefusedError):
    """A line or the sums of a receipt do not add up."""

    code = "receipt_unbalanced"


class InsufficientFundsError(RefusedError):
    """The card has not so much money."""

    code = "insufficient_funds"


class LimitExceededError(RefusedError):
    """The card has not so much money, its credit limit included."""

    code = "limit_exceeded"


class OtherPaymentRefusedError(RefusedError):
    """The card's series wants the whole receipt paid from the card."""

    code = "other_payment_refused"


class CardNotUsableError(RefusedError):
    """The card may not pay or be paid into."""

    code = "card_not_usable"


class NothingLeftError(RefusedError):
    """More is returned than was sold."""

    code = "nothing_left"


class TransitionRefusedError(RefusedError):
    """A card in its state cannot take the step."""

    code = "transition_refused"


class TemplateRefusedError(RefusedError):
    """A number template cannot be used; the code says why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail, field="number_template")
        self.code = code  # type: ignore[misc] # the template's own stable code


class TemplateExhaustedError(RefusedError):
    """The template has no numbers left."""

    code = "template_exhausted"


class TooManyCardsError(RefusedError):
    """More cards at once than one request makes."""

    code = "too_many_cards"


class PaymentCardRefusedError(RefusedError):
    """A number looks like a payment card and is not ours: nothing of it is kept."""

    code = "payment_card_refused"


class SettingRefusedError(RefusedError):
    """A setting that contradicts another, or names what does not exist."""

    code = "setting_refused"


class PriceListUnknownError(RefusedError):
    """A series names a price list that does not exist."""

    code = "price_list_unknown"


class PhoneAmbiguousError(ConflictError):
    """Several cards are held under one phone."""

    code = "phone_ambiguous"


class PartyUnknownError(RefusedError):
    """A holder that does not exist."""

    code = "party_unknown"
