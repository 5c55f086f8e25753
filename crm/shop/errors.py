"""The refusals of the shop's own data, in the tree of `loyalty.errors`.

ConflictError    shop_changed
RefusedError     shop_refused
"""

from loyalty.errors import ConflictError, RefusedError


class ShopChangedError(ConflictError):
    """Somebody else changed the shop's data meanwhile."""

    code = "shop_changed"


class ShopRefusedError(RefusedError):
    """A value that the shop's data cannot have."""

    code = "shop_refused"
