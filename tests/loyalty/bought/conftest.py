"""The fixtures of this folder."""

from tests.services import services

__all__ = ["services"]
