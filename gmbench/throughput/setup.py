"""What is stepped: a pair through the engine or through one of its faces."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from types import ModuleType
from typing import Final

from gmbench import registry
from gmbench.engine.devices import DEVICES
from gmbench.envs.settings import MAX_ENVS
from gmbench.errors import UnknownNameError, UsageError
from gmbench.hints import nearest, quoted
from gmbench.stages.base import USUAL
from gmbench.stages.open import offers
from gmbench.throughput.clock import Stepper
from gmbench.throughput.steppers import engine_stepper, face_stepper

# The engine alone, and the faces over it: Gymnasium's vector environment, SB3's VecEnv.
SCOPES: Final = ("env", "vector", "sb3")


@dataclass(frozen=True)
class Setup:
    """A pair, and how it is stepped.

    Attributes:
        pair: the pair's name.
        batch: environments stepped at once.
        scope: one of `SCOPES`.
        obs: kind of observation; "" for the pair's cheapest.
        tile: pixels of a cell in a native world's pictures; None for what agents see.
        device: "cpu" or "cuda".
        threads: of the engine; None for all cores.
    """

    pair: str
    batch: int
    scope: str = SCOPES[0]
    obs: str = ""
    tile: int | None = None
    device: str = DEVICES[0]
    threads: int | None = None

    @property
    def words(self) -> str:
        """It, for a table's row."""
        tile = "" if self.tile is None else f", {self.tile}-pixel tiles"
        parts = [" ".join(filter(None, (self.pair, self.obs))) + tile]
        parts += [] if self.scope == "env" else [f"{self.scope} face"]
        parts += ["GPU"] if self.device == "cuda" else []
        parts.append(f"batch {self.batch}")
        return ", ".join([*parts, *([] if self.threads is None else [f"threads {self.threads}"])])

    def open(self) -> Stepper:
        """Build it; every slot has begun its first level.

        Raises:
            UsageError: it does not fit the pair.
            UnknownNameError: there is no such pair, scope, device or observation.
            MissingPartError: the games are not installed, or there is no GPU, or too little of it.
        """
        module = registry.WORLDS.load(self.pair)
        obs = self._checked(module)
        if self._is_engine(module):
            options = {"tile": self.tile, "threads": self.threads}
            given = {key: value for key, value in options.items() if value is not None}
            return engine_stepper(module, self.batch, self.device, obs, **given)
        return face_stepper(self.pair, self.batch, self.scope, obs)

    def _is_engine(self, module: ModuleType) -> bool:
        return self.scope == "env" and module.PAIR.world.family == "native"

    def _checked(self, module: ModuleType) -> str:
        """The kind of observation, the rest of the setup having been looked at."""
        _known(self.scope, SCOPES, "scope")
        _known(self.device, DEVICES, "device")
        offered = offers(module, USUAL)
        obs = _known(self.obs or next(iter(offered)), offered, f"observation of {self.pair}")
        most = MAX_ENVS[module.PAIR.world.family]
        if not 1 <= self.batch <= most:
            raise UsageError(f"batch={self.batch}: choose 1 to {most} environments")
        if self.tile is not None and obs != "rgb":
            raise UsageError(f"tile={self.tile}: {obs} has no pixels; leave it out, or ask for rgb")
        chosen: dict[str, object] = {"tile": self.tile, "threads": self.threads}
        chosen["device"] = None if self.device == DEVICES[0] else self.device
        if not self._is_engine(module):
            for key, value in chosen.items():
                if value is not None:
                    raise UsageError(
                        f"{key}={value} for {self.pair}: only the engine of native worlds is told"
                        " that (scope env); leave it out"
                    )
        return obs


def _known(name: str, names: Collection[str], kind: str) -> str:
    if name not in names:
        raise UnknownNameError(f"unknown {kind} {quoted(name)}; {nearest(name, names)}")
    return name
