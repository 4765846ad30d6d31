from tests.integration.stack.conftest import platform

__all__ = ["platform"]
