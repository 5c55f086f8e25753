"""The tree of errors of cards, receipts and accounts: one class per reason, each with a stable code.

    LoyaltyError
      NotFoundError      card_unknown, series_unknown, receipt_unknown, document_unknown, hold_unknown
      ConflictError      receipt_conflict, document_conflict, operation_conflict, card_number_taken,
                         receipt_has_returns, already_voided, already_replaced, series_kind_fixed, phone_ambiguous,
                         hold_conflict, hold_captured, quotation_changed, card_changed
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


class JobUnknownError(NotFoundError):
    """No job has the identifier."""

    code = "job_unknown"


class HoldUnknownError(NotFoundError):
    """No hold has the UUID."""

    code = "hold_unknown"


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


class QuotationChangedError(ConflictError):
    """The price of an article was changed by somebody else meanwhile; `field` is the article."""

    code = "quotation_changed"


class CardChangedError(ConflictError):
    """The settings of a card were changed by somebody else since they were shown."""

    code = "card_changed"


class SeriesKindFixedError(ConflictError):
    """A series that has cards keeps its kind."""

    code = "series_kind_fixed"


class HoldConflictError(ConflictError):
    """The UUID of a hold is known with another content."""

    code = "hold_conflict"


class HoldCapturedError(ConflictError):
    """A captured hold is spent: only its receipt can be taken back."""

    code = "hold_captured"


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


class HoldMismatchError(RefusedError):
    """A payment names a hold that was placed for another receipt or card."""

    code = "hold_mismatch"


class PointsNotWholeError(RefusedError):
    """A payment that is no whole number of points."""

    code = "points_not_whole"


class NothingLeftError(RefusedError):
    """More is returned than was sold."""

    code = "nothing_left"


class TransitionRefusedError(RefusedError):
    """A card in its state cannot take the step."""

    code = "transition_refused"


class AlreadyReplacedError(ConflictError):
    """Another card took the card's place already."""

    code = "already_replaced"


class ReplacementRefusedError(RefusedError):
    """A card that cannot take another's place."""

    code = "replacement_refused"


class FreezeRefusedError(RefusedError):
    """Days on which a card cannot be frozen, or a freeze that is not there."""

    code = "freeze_refused"


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


class NothingToPrintError(RefusedError):
    """No card is left that may be printed."""

    code = "nothing_to_print"


class PaymentCardRefusedError(RefusedError):
    """A number looks like a payment card and is not ours: nothing of it is kept."""

    code = "payment_card_refused"


class SettingRefusedError(RefusedError):
    """A setting that contradicts another, or names what does not exist."""

    code = "setting_refused"


class PeriodRefusedError(RefusedError):
    """A period that ends before it begins, or is longer than one look takes."""

    code = "period_refused"


class PriceListUnknownError(RefusedError):
    """A series names a price list that does not exist."""

    code = "price_list_unknown"


class PhoneAmbiguousError(ConflictError):
    """Several cards are held under one phone."""

    code = "phone_ambiguous"


class PartyUnknownError(RefusedError):
    """A holder that does not exist."""

    code = "party_unknown"
