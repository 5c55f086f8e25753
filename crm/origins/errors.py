"""The refusal of origins, in the tree of `loyalty.errors`.

RefusedError    origin_refused
"""

from loyalty.errors import RefusedError


class OriginRefusedError(RefusedError):
    """A record cannot stand below itself, below what was made from it, or deeper than `MOST_STOREYS`."""

    code = "origin_refused"
