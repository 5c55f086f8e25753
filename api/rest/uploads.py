"""The body of a request that sends one file as the one field of a form."""

from typing import Annotated

from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body

Upload = Annotated[UploadFile, Body(media_type=RequestEncodingType.MULTI_PART)]
