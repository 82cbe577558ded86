"""`make_sb3`: the training environment of Stable-Baselines3's algorithms."""

from __future__ import annotations

from collections.abc import Mapping

from gmbench.envs.regime import Regime
from gmbench.envs.sb3 import GmbenchVecEnv
from gmbench.envs.settings import Levels, Settings


def make_sb3(
    pair: str,
    condition: str = "train",
    *,
    num_envs: int,
    alpha: float = 0.0,
    obs: str = "rgb",
    levels: Levels = None,
    seed: int = 0,
    mode: str | None = None,
    level_filter: bool = True,
    parameters: Mapping[str, int | str] | None = None,
    device: str = "cpu",
    regime: Regime | None = None,
) -> GmbenchVecEnv:
    """Training levels of one pair as an SB3 ``VecEnv``.

    Args:
        pair: the pair's name.
        condition: one of its conditions.
        num_envs: number of slots.
        alpha: share of levels played in the pair's test condition instead, in [0, 1]; which ones
            hangs on the level's number alone.
        obs: "rgb", or in native worlds "grid": planes of 0 and 1.
        levels: None for all training levels, an integer n for the first n, or the list to draw
            from; evaluation levels are refused.
        seed: names the stream of levels; an algorithm made with a seed of its own replaces it.
        mode: "easy" or "hard" in Procgen worlds, easy by default; native worlds have none.
        level_filter: whether to leave out the levels that the pair's filter rejects.
        parameters: a native world's, such as ``{"size": 9, "layout": "blocks"}``.
        device: "cuda" plays a native world on a graphics card. `gmbench.training.PPO` trains there
            without copying; other algorithms are given copies in the processor's memory.
        regime: lessons, slips and rewards besides (`gmbench.envs.regime`), in native worlds on the
            processor.

    Raises:
        UsageError: an argument is wrong; the message says which and what would do.
        UnknownNameError: there is no such pair, condition, observation, mode or parameter.
        MissingPartError: the games are not installed, or there is no graphics card.
    """
    settings = Settings(
        pair, condition, alpha, obs, mode, levels, level_filter, parameters, device, regime
    )
    return GmbenchVecEnv(settings.open(num_envs, seed))
