"""One trial of the configured model, with canaries, outside the service."""

import asyncio
from dataclasses import dataclass

from services.coding.adapters.adviser.prompting import Rung
from services.coding.bootstrap import build_adviser
from services.coding.settings import ModelSettings
from services.shared.chassis.clock import SystemClock
from services.shared.chassis.settings import load_settings
from services.shared.chassis.telemetry import Telemetry


class NotConfigured(Exception):
    """The environment names no model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of it."""

    model: str
    rung: Rung | None

    @property
    def answers(self) -> bool:
        """Whether the model can be asked."""
        return self.rung is not None

    @property
    def told(self) -> str:
        """For a person."""
        return f"answers within the rules ({self.rung.value})" if self.rung else "does not answer within the rules"


def tried() -> Trial:
    """Try the model that the environment names. Exits where its settings are refused; raises NotConfigured."""
    settings = load_settings(ModelSettings)
    if not settings.coding_model_base_url:
        raise NotConfigured("SEIKYU_CODING_MODEL_BASE_URL names no model")
    return Trial(model=settings.coding_model_name, rung=asyncio.run(_rung(settings)))


async def _rung(settings: ModelSettings) -> Rung | None:
    telemetry = Telemetry.configure("coding", share=settings.trace_share)
    adviser = build_adviser(settings, telemetry, SystemClock())
    if adviser is None:
        return None
    try:
        await adviser.start()
        return adviser.rung
    finally:
        await adviser.close()
        await asyncio.to_thread(telemetry.shutdown)
