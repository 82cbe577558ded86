"""The Gymnasium face: one level after another as a ``gymnasium.Env``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
from gymnasium.utils import EzPickle
from numpy.typing import NDArray

from gmbench.envs.settings import FPS, Levels, Settings, pinned_levels
from gmbench.errors import UsageError


class GmbenchEnv(gymnasium.Env[NDArray[np.uint8], np.int64], EzPickle):
    """Levels of one pair, one a `reset`.

    The levels of a seed are those that slot 0 of the vector face plays under the same seed.
    ``info`` is empty until an episode is over; then it holds ``level``, ``condition`` and, where
    the world says what success is, ``is_success``. The last observation is the episode's own; only
    where a Procgen game itself ended one it is that on which the last action was chosen, because
    the game has drawn its next level by then. Pickling keeps the settings, not the game being
    played.

    Args:
        pair, condition, alpha, obs, mode, levels, level_filter, parameters: see `Settings`.
        render_mode: None, or "rgb_array": `render` returns a picture for people, in Procgen the
            present observation.

    Raises:
        UsageError: a setting is wrong.
        UnknownNameError: there is no such pair, condition, observation, mode or parameter.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": FPS}

    def __init__(
        self,
        pair: str,
        condition: str = "train",
        *,
        alpha: float = 0.0,
        obs: str = "rgb",
        mode: str | None = None,
        levels: Levels = None,
        level_filter: bool = True,
        parameters: Mapping[str, int | str] | None = None,
        render_mode: str | None = None,
    ) -> None:
        self.settings = Settings(
            pair, condition, alpha, obs, mode, levels, level_filter, parameters
        )
        other = ("device", "regime")  # settings of many slots
        given = {name: value for name, value in vars(self.settings).items() if name not in other}
        EzPickle.__init__(self, **given, render_mode=render_mode)
        self.render_mode = checked_render_mode(render_mode)
        self.games = self.settings.open(num_envs=1)
        self.observation_space: gymnasium.spaces.Space[Any] = self.games.observation_space
        self.action_space = self.games.action_space
        self._seeded = False

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.uint8], dict[str, Any]]:
        """Begin the next level of the stream, or the one that is pinned.

        Args:
            seed: starts the stream over; without one the first reset draws it at random.
            options: ``{"level": n}`` pins a level.

        Raises:
            UsageError: an unknown option, or a level that is out of range or that the pair
                rejects.
        """
        levels = pinned_levels(options, 1)
        super().reset(seed=seed)
        if seed is not None or not self._seeded:
            self.games.restart(self.np_random_seed)
            self._seeded = True
        return self.games.reset(levels)[0].copy(), {}

    def step(
        self, action: np.int64 | int
    ) -> tuple[NDArray[np.uint8], float, bool, bool, dict[str, Any]]:
        """Take one of the game's actions.

        Raises:
            UsageError: not an action, or the episode is over.
        """
        if self.games.over[0]:
            raise UsageError("the episode is over; call reset()")
        result = self.games.advance(np.atleast_1d(action))
        terminated, truncated = bool(result.terminated[0]), bool(result.truncated[0])
        info: dict[str, Any] = dict(result.endings.get(0, {}))
        return result.observations[0].copy(), float(result.rewards[0]), terminated, truncated, info

    def render(self) -> NDArray[np.uint8] | None:
        """A picture of the present state, uint8 (h, w, 3); None without a render mode.

        Raises:
            UsageError: no level has begun.
        """
        return None if self.render_mode is None else self.games.pictures()[0]

    def close(self) -> None:
        """Free the game."""
        self.games.close()


def checked_render_mode(render_mode: str | None) -> str | None:
    """The render mode.

    Raises:
        UsageError: it is neither None nor "rgb_array".
    """
    if render_mode not in (None, "rgb_array"):
        raise UsageError(f"render_mode {render_mode!r} is not supported; use 'rgb_array' or None")
    return render_mode
