"""The refusal of planning, in the tree of `loyalty.errors`.

RefusedError    workload_refused
"""

from loyalty.errors import RefusedError


class WorkloadRefusedError(RefusedError):
    """A period or a number of plans that no page of the workload holds; `field` says which."""

    code = "workload_refused"
