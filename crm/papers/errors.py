"""The refusal of papers, in the tree of `loyalty.errors`.

RefusedError    paper_refused
"""

from loyalty.errors import RefusedError


class PaperRefusedError(RefusedError):
    """No paper is meant by what was typed, or several are."""

    code = "paper_refused"
