"""Why a file of parties cannot be taken in."""

from loyalty.errors import ConflictError, NotFoundError, RefusedError


class UploadUnknownError(NotFoundError):
    """No file was put in under the identifier, or it was forgotten since."""

    code = "upload_unknown"


class UploadRefusedError(RefusedError):
    """A file that cannot be read as a table of parties; the text says what to do."""

    code = "upload_refused"


class MappingRefusedError(RefusedError):
    """Columns whose meanings do not go together, or say too little."""

    code = "mapping_refused"


class UploadInUseError(ConflictError):
    """The file is being imported already, or was imported."""

    code = "upload_in_use"
