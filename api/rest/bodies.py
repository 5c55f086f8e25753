"""Request bodies decoded straight into their wire structs, with errors that name the field.

Litestar's own decoding is lenient (a number may come as text) and names no path; this data transfer object keeps the
struct in the handler's signature, and with it in the OpenAPI document.
"""

from collections.abc import Generator
from typing import Annotated, Any, ClassVar, TypeVar
from weakref import WeakKeyDictionary

import msgspec
from litestar._openapi.schema_generation import SchemaCreator
from litestar.dto import AbstractDTO, DTOConfig
from litestar.dto.data_structures import DTOFieldDefinition
from litestar.handlers import BaseRouteHandler
from litestar.openapi.spec import Reference, Schema
from litestar.typing import FieldDefinition
from msgspec import Meta, Struct

from api.state import Service
from database.identifiers import MOST_ID
from loyalty.errors import PaymentCardRefusedError
from loyalty.payment_cards import find_payment_cards
from pos_adapter.checks import find_payment_card
from pos_adapter.problems import decode
from pos_adapter.protocol import Batch, Lookup, RawBatch, Wire

T = TypeVar("T", bound=Struct)

Identifier = Annotated[int, Meta(ge=1, le=MOST_ID)]
"""A record's identifier in a body; what is none is refused beside its field."""


class Numbers(Wire, frozen=True):
    """A body of phones, bank accounts or registers' numbers, which by chance may look like payment cards."""


_STRIPE_MARKS = (b"=", b"^")
_DIGIT_ESCAPE = b"\\u00"


def is_stripe(body: bytes) -> bool:
    """Tell whether a body may hold a magnetic stripe; hardly a receipt does."""
    return any(mark in body for mark in _STRIPE_MARKS)


def refuse_payment_cards(body: bytes, service: Service) -> None:
    """Raise PaymentCardRefusedError where a number looks like a payment card and has no prefix of ours.

    The rule is the till agent's own; where nothing asks for its closer look the quick part of it is enough.
    """
    prefixes = service.catalogue.own_prefixes
    if is_stripe(body) or _DIGIT_ESCAPE in body:
        found = find_payment_card(body, prefixes) is not None
    else:
        found = bool(find_payment_cards(body.decode(), prefixes))
    if found:
        raise PaymentCardRefusedError("a number looks like a payment card: nothing of it was kept")


def decode_body(value: bytes, decoder: msgspec.json.Decoder[T], service: Service) -> T:
    """Decode a request's body strictly. Raises BodyError, and PaymentCardRefusedError before anything is kept.

    The receipts of a batch are looked at one by one, each for itself; a phone or an account is no card.
    """
    data = decode(value, decoder)
    is_phone = isinstance(data, Lookup) and data.phone is not None
    if not isinstance(data, RawBatch | Numbers) and not is_phone:
        refuse_payment_cards(value, service)
    return data


class Body(AbstractDTO[T]):
    """Decodes a JSON body into the struct that the handler's `data` is annotated with."""

    config: ClassVar[DTOConfig] = DTOConfig()
    model_type = Struct  # type: ignore[assignment] # one class serves every struct
    _decoders: ClassVar[dict[str, msgspec.json.Decoder[Any]]] = {}  # Any: each route decodes a struct of its own
    _by_handler: ClassVar[WeakKeyDictionary[BaseRouteHandler, msgspec.json.Decoder[Any]]] = WeakKeyDictionary()

    def decode_bytes(self, value: bytes) -> Any:  # noqa: ANN401 # as above
        """Decode strictly. Raises BodyError and PaymentCardRefusedError."""
        return decode_body(value, self._decoder(), self.asgi_connection.app.state["service"])

    def _decoder(self) -> msgspec.json.Decoder[Any]:
        """Give the decoder of the request's route; a handler's identifier is built anew at each look, so keep it."""
        handler = self.asgi_connection.route_handler
        decoder = self._by_handler.get(handler)
        if decoder is None:
            decoder = self._by_handler[handler] = self._decoders[handler.handler_id]
        return decoder

    @classmethod
    def create_for_field_definition(
        cls,
        field_definition: FieldDefinition,
        handler_id: str,
        backend_cls: object = None,  # noqa: ARG003 # nothing is generated here
    ) -> None:
        """Remember the decoder of a route."""
        if field_definition.name == "data":
            cls._decoders[handler_id] = msgspec.json.Decoder(field_definition.annotation)

    @classmethod
    def create_openapi_schema(
        cls,
        field_definition: FieldDefinition,
        handler_id: str,  # noqa: ARG003 # every route describes its own struct
        schema_creator: SchemaCreator,
    ) -> Reference | Schema:
        """Describe the struct itself, and of a batch what its receipts are."""
        if field_definition.annotation is RawBatch:
            field_definition = FieldDefinition.from_annotation(Batch)
        return schema_creator.for_field_definition(field_definition)

    @classmethod
    def is_supported_model_type_field(cls, field_definition: FieldDefinition) -> bool:
        """Take every struct that is a route's body."""
        return field_definition.name == "data" and field_definition.is_subclass_of(Struct)

    @classmethod
    def generate_field_definitions(
        cls,
        model_type: type[Any],  # noqa: ARG003 # Any: as above
    ) -> Generator[DTOFieldDefinition, None, None]:
        """Nothing is generated: the struct is taken as it is."""
        yield from ()

    @classmethod
    def detect_nested_field(
        cls,
        field_definition: FieldDefinition,  # noqa: ARG003 # as above
    ) -> bool:
        """Nothing is generated, so nothing is nested."""
        return False
