"""The offline commands of claims, assembled into `seikyu` through the entry-point group `seikyu.commands`."""

from services.claims.entrypoints.check import check
from services.claims.entrypoints.share import share

__all__ = ["check", "share"]
