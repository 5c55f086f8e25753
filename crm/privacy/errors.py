"""Why a person's wish cannot be carried out."""

from loyalty.errors import RefusedError


class ErasureRefusedError(RefusedError):
    """The name that was typed is not the party's: the wrong one may be meant."""

    code = "erasure_refused"
