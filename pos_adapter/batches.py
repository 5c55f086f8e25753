"""A batch of receipts, of which some may not go on: the wrong ones stay here, the rest goes, the answers come in order.

The key idea: each receipt of a batch stands on its own, at the agent as at the server. A batch in which all is right
goes on byte for byte. Nothing here talks to anyone.
"""

from collections.abc import Collection
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Raw, Struct

from pos_adapter.answers import BatchResult
from pos_adapter.checks import check
from pos_adapter.errors import PaymentCardRefusedError
from pos_adapter.problems import BodyError, decode, problem_of
from pos_adapter.protocol import Posting, RawBatch


class SiftedBatch(Struct, frozen=True):
    """What of a batch may go on, and the results of the rest by their places in it."""

    body: bytes
    receipts: int
    refused: dict[int, BatchResult]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to go on."""
        return bool(self.refused) and len(self.refused) == self.receipts


def sift_batch(body: bytes, own_prefixes: Collection[str]) -> SiftedBatch:
    """Check every receipt by itself. Raises BodyError where the batch as a whole is wrong."""
    receipts = decode(body, _BATCH).receipts
    refused = {
        place: result
        for place, receipt in enumerate(receipts)
        if (result := _refuse(bytes(receipt), own_prefixes)) is not None
    }
    if refused:
        body = msgspec.json.encode({"receipts": [raw for place, raw in enumerate(receipts) if place not in refused]})
    return SiftedBatch(body, len(receipts), refused)


def merge_results(batch: SiftedBatch, answer: bytes) -> bytes:
    """Put the refusals back among the results of an answer. Raises msgspec.DecodeError if it holds no such results."""
    if not batch.refused:
        return answer
    passed = iter(_RESULTS.decode(answer).results)
    results = [batch.refused.get(place) or next(passed, None) for place in range(batch.receipts)]
    return msgspec.json.encode({"results": [result for result in results if result is not None]})


class _Results(Struct, frozen=True):
    """The results as the server wrote them."""

    results: list[Raw]


class _Named(Struct, frozen=True):
    """The name of a receipt, whatever else is wrong with it."""

    receipt_uid: UUID


_BATCH: Final = msgspec.json.Decoder(RawBatch)
_POSTING: Final = msgspec.json.Decoder(Posting)
_RESULTS: Final = msgspec.json.Decoder(_Results)
_NAMED: Final = msgspec.json.Decoder(_Named)


def _refuse(receipt: bytes, own_prefixes: Collection[str]) -> BatchResult | None:
    try:
        check(receipt, _POSTING, own_prefixes)
    except BodyError as error:
        problem = problem_of(error)
    except PaymentCardRefusedError as error:
        problem = error.problem()
    else:
        return None
    return BatchResult(receipt_uid=read_name(receipt), status=problem.status, state=None, problem=problem)


def read_name(receipt: bytes) -> str | None:
    """Give the UUID of a receipt, whatever else is wrong with it; None where it has none."""
    try:
        return str(decode(receipt, _NAMED).receipt_uid)
    except BodyError:
        return None
