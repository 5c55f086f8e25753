"""Files that belong to the till's user alone: they hold numbers of cards on their way, or what vouches for prices."""

import os
from pathlib import Path


class FileError(Exception):
    """A file of the till that cannot be used; the message names it and says what to do."""


def make_private(path: Path) -> None:
    """Make a file that only its owner can read, if it is not there; SQLite's files beside it follow it.

    Raises FileError.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise FileError(f"the file {path} cannot be made or written: {error.strerror}") from error
