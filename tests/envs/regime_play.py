"""Games by a regime, and agents that play them."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gmbench.envs.native import NativeGames
from gmbench.envs.regime import Regime
from gmbench.envs.regime_games import RegimeGames
from gmbench.levels import TrainingLevels
from gmbench.worlds import corner

SLOTS, SIZE = 16, 7
GOAL, PROXY = 0, 1  # roles of the scripted agents
SMALL = {"size": SIZE}
FORKED: dict[str, int | str] = {"size": SIZE, "layout": "open", "terminal": "yes"}


def games(
    regime: Regime | None,
    module: ModuleType = corner,
    *,
    alpha: float = 0.0,
    seed: int = 0,
    slots: int = SLOTS,
    allowed: range | None = None,
    parameters: dict[str, int | str] | None = None,
) -> Any:
    train = module.PAIR.world.conditions[0]
    stream = TrainingLevels(seed, allowed)
    given = (module, slots, train, stream, alpha, "grid", parameters or dict(SMALL))
    return NativeGames(*given) if regime is None else RegimeGames(*given, regime)


def orders(env: Any, role: int) -> NDArray[np.int64]:
    """A scripted agent's actions; where it stays, it walks up, which in the corner is as much."""
    actions = env.batch.oracle(role)
    return np.where(actions > 3, 0, actions)
