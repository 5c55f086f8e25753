"""A batch of receipts, of which some may not go on: the wrong ones are told apart, each by its place in the batch.

The key idea: each receipt of a batch stands on its own, at the agent as at the server. Nothing here talks to anyone.
"""

from collections.abc import Collection
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from pos_adapter.answers import BatchResult
from pos_adapter.checks import check
from pos_adapter.errors import PaymentCardRefusedError
from pos_adapter.problems import BodyError, decode, problem_of
from pos_adapter.protocol import Posting, RawBatch


class SiftedBatch(Struct, frozen=True):
    """What of a batch may go on, as it came and decoded, and the results of the rest, by their places in it."""

    passed: dict[int, tuple[bytes, Posting]]
    refused: dict[int, BatchResult]


def sift_batch(body: bytes, own_prefixes: Collection[str]) -> SiftedBatch:
    """Check every receipt by itself. Raises BodyError where the batch as a whole is wrong."""
    passed: dict[int, tuple[bytes, Posting]] = {}
    refused: dict[int, BatchResult] = {}
    for place, raw in enumerate(decode(body, _BATCH).receipts):
        receipt = bytes(raw)
        try:
            passed[place] = receipt, check(receipt, _POSTING, own_prefixes)
        except (BodyError, PaymentCardRefusedError) as error:
            problem = problem_of(error) if isinstance(error, BodyError) else error.problem()
            refused[place] = BatchResult(read_name(receipt), problem.status, None, problem)
    return SiftedBatch(passed, refused)


class _Named(Struct, frozen=True):
    """The name of a receipt, whatever else is wrong with it."""

    receipt_uid: UUID


_BATCH: Final = msgspec.json.Decoder(RawBatch)
_POSTING: Final = msgspec.json.Decoder(Posting)
_NAMED: Final = msgspec.json.Decoder(_Named)


def read_name(receipt: bytes) -> str | None:
    """Give the UUID of a receipt, whatever else is wrong with it; None where it has none."""
    try:
        return str(decode(receipt, _NAMED).receipt_uid)
    except BodyError:
        return None
