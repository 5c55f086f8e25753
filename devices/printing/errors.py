"""The tree of refusals to print: one class per reason, each with a stable code.

    PrintingError
      SymbologyMisfitError     symbology_misfit: the code cannot hold the number
      CodeTooWideError         code_too_wide: the code, with bars wide enough to scan, is wider than the card
      TextTooLongError         text_too_long: a line of text is wider than the card
      CharacterMissingError    character_missing: the font cannot write a character
      TooManyCardsError        too_many_cards: more than one file holds

A message names a card by its masked number alone.
"""

from typing import ClassVar


class PrintingError(Exception):
    """Something that cannot be printed as asked; `field` names the place in the request."""

    code: ClassVar[str]

    def __init__(self, detail: str, *, field: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field


class SymbologyMisfitError(PrintingError):
    """The code cannot hold the number; the message says which code can."""

    code = "symbology_misfit"


class CodeTooWideError(PrintingError):
    """With bars wide enough to scan the code is wider than the card has room."""

    code = "code_too_wide"


class TextTooLongError(PrintingError):
    """A line of text is wider than the card, even in the smallest print."""

    code = "text_too_long"


class CharacterMissingError(PrintingError):
    """The font has no picture of a character."""

    code = "character_missing"


class TooManyCardsError(PrintingError):
    """More cards than one file holds: ask for the rest in another."""

    code = "too_many_cards"
