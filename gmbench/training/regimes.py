"""The regime that an algorithm trains by."""

from __future__ import annotations

from stable_baselines3.common.base_class import BaseAlgorithm

from gmbench.envs.regime_games import RegimeGames
from gmbench.envs.sb3 import GmbenchVecEnv


def regime_games(model: BaseAlgorithm) -> RegimeGames | None:
    """The games of an algorithm, None where they go by no regime."""
    env = model.get_env()
    inner = None if env is None else env.unwrapped
    games = inner.games if isinstance(inner, GmbenchVecEnv) else None
    return games if isinstance(games, RegimeGames) else None
