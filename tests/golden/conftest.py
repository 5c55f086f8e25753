"""The fixtures of this folder."""

from tests.api.rest.conftest import shop

__all__ = ["shop"]
