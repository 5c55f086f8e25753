"""Texts for the cashier's screen and for the slip, in the language of the till.

The key idea: a program shows what stands in `messages` and needs no words of its own. The server answers codes; the
till, which knows its language, adds the words. An answer to which nothing is to be said passes byte for byte.
"""

from collections.abc import Iterable
from typing import Final, TypeVar

import msgspec
from msgspec import DecodeError, Raw, Struct

from pos_adapter.answers import CalculationAnswer, Message
from pos_adapter.exchange import Answer
from pos_adapter.words import WORDS, Language

T = TypeVar("T")


class Wording:
    """The texts of one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._texts = {code: Message(code, *words[language]) for code, words in WORDS.items()}

    def messages(self, codes: Iterable[str | None]) -> list[Message]:
        """Give the texts of codes, each once and in order; what has no text is left out."""
        return [self._texts[code] for code in dict.fromkeys(codes) if code in self._texts]

    def all(self) -> list[Message]:
        """Give all texts."""
        return list(self._texts.values())

    def explain_card(self, answer: Answer) -> Answer:
        """Add the texts to what the server says of a card, or to its refusal."""
        said = _decode(answer, _CARD)
        return answer if said is None else self._explained(answer, [said.refusal, said.code])

    def explain_price(self, answer: Answer) -> Answer:
        """Add the texts to a price that the server gave, or to its refusal."""
        said = _decode(answer, _PRICE)
        if said is None:
            return answer
        reasons = [applied.reason for line in said.lines for applied in line.applied]
        return self._explained(answer, [said.card.refusal if said.card else None, *reasons, said.code])

    def explain_offline(self, priced: CalculationAnswer) -> CalculationAnswer:
        """Add the texts to a price that the till made."""
        reasons = [applied.reason for line in priced.lines for applied in line.applied]
        codes = ["offline", priced.card.refusal if priced.card else None, *reasons]
        return msgspec.structs.replace(priced, messages=self.messages(codes))

    def _explained(self, answer: Answer, codes: Iterable[str | None]) -> Answer:
        found = self.messages(codes)
        if not found:
            return answer
        fields = _FIELDS.decode(answer.body)
        fields["messages"] = Raw(msgspec.json.encode(found))
        return msgspec.structs.replace(answer, body=msgspec.json.encode(fields))


class _Applied(Struct, frozen=True):
    """Why a line is cheaper."""

    reason: str


class _Line(Struct, frozen=True):
    """A priced line."""

    applied: list[_Applied] = []


class _Card(Struct, frozen=True):
    """What an answer or a problem says of a card; all else in it is passed over."""

    refusal: str | None = None
    code: str | None = None


class _Price(Struct, frozen=True):
    """What an answer or a problem says of a price; all else in it is passed over."""

    card: _Card | None = None
    lines: list[_Line] = []
    code: str | None = None


_CARD: Final = msgspec.json.Decoder(_Card)
_PRICE: Final = msgspec.json.Decoder(_Price)
_FIELDS: Final = msgspec.json.Decoder(dict[str, Raw])


def _decode(answer: Answer, decoder: msgspec.json.Decoder[T]) -> T | None:
    try:
        return decoder.decode(answer.body)
    except DecodeError:
        return None
