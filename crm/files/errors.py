"""The refusal of files, in the tree of `loyalty.errors`."""

from loyalty.errors import RefusedError


class FileRefusedError(RefusedError):
    """A file that is empty, too large, or whose name is none."""

    code = "file_refused"
