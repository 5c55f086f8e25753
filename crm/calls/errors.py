"""The refusals of calls, in the tree of `loyalty.errors`.

RefusedError     call_refused
"""

from loyalty.errors import RefusedError


class CallRefusedError(RefusedError):
    """A number that no telephone has."""

    code = "call_refused"
