"""The Gymnasium vector face: many slots as one ``gymnasium.vector.VectorEnv``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from gmbench.envs.games import Actions, Transition
from gmbench.envs.gym import checked_render_mode
from gmbench.envs.settings import FPS, Levels, Settings, pinned_levels
from gmbench.errors import UsageError

Frames = NDArray[np.uint8]
Flags = NDArray[np.bool_]


class GmbenchVectorEnv(VectorEnv[Frames, Actions, NDArray[Any]]):
    """Levels of one pair in ``num_envs`` slots.

    By default a slot's next level begins in the step that ends one, and ``infos`` hold
    ``final_obs`` and ``final_info`` for the slots that ended (`AutoresetMode.SAME_STEP`). With
    `AutoresetMode.NEXT_STEP` the step shows the last frame, and the one after it ignores the
    slot's action, pays nothing and shows the next level. What an info tells is what `GmbenchEnv`
    tells: nothing before the end, then ``level``, ``condition`` and ``is_success``.

    Arrays handed out survive the next two steps at least; observations must not be written to.

    Args:
        pair, condition, alpha, obs, mode, levels, level_filter, parameters: see `Settings`.
        num_envs: number of slots.
        render_mode: None, or "rgb_array": `render` returns pictures for people, in Procgen the
            present observations.
        autoreset_mode: SAME_STEP or NEXT_STEP, or its value as text.

    Raises:
        UsageError: a setting is wrong.
        UnknownNameError: there is no such pair, condition, observation, mode or parameter.
    """

    metadata: dict[str, Any] = {
        "render_modes": ["rgb_array"],
        "render_fps": FPS,
        "autoreset_mode": AutoresetMode.SAME_STEP,
    }

    def __init__(
        self,
        pair: str,
        condition: str = "train",
        *,
        num_envs: int = 1,
        alpha: float = 0.0,
        obs: str = "rgb",
        mode: str | None = None,
        levels: Levels = None,
        level_filter: bool = True,
        parameters: Mapping[str, int | str] | None = None,
        render_mode: str | None = None,
        autoreset_mode: AutoresetMode | str = AutoresetMode.SAME_STEP,
    ) -> None:
        self.closed = True  # until there is something to close
        self._autoreset_mode = _checked_autoreset_mode(autoreset_mode)
        self.metadata = {**self.metadata, "autoreset_mode": self._autoreset_mode}
        self.render_mode = checked_render_mode(render_mode)
        self.settings = Settings(
            pair, condition, alpha, obs, mode, levels, level_filter, parameters
        )
        self.games = self.settings.open(num_envs)
        self.closed = False
        self.num_envs = self.games.num_envs
        self.single_observation_space = self.games.observation_space
        self.single_action_space = self.games.action_space
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self._seeded = False

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Frames, dict[str, Any]]:
        """Begin a level in every slot.

        Args:
            seed: starts the stream over; without one the first reset draws it at random.
            options: ``{"level": n}`` pins a level in all slots, ``{"level": [n, None, ...]}`` one
                in each, None leaving the slot to the stream.

        Returns:
            Observations, uint8 (num_envs, ...), (num_envs, 64, 64, 3) in Procgen; an empty info.

        Raises:
            UsageError: an unknown option, not one level per slot, or a level that is out of range
                or that the pair rejects.
        """
        levels = pinned_levels(options, self.num_envs)
        super().reset(seed=seed)
        if seed is not None or not self._seeded:
            self.games.restart(int(self.np_random_seed or 0))
            self._seeded = True
        return self.games.reset(levels), {}

    def step(
        self, actions: Actions
    ) -> tuple[Frames, NDArray[np.float32], Flags, Flags, dict[str, Any]]:
        """Step every slot.

        Returns:
            Observations, as from `reset`; rewards, float32 (num_envs,); terminations and
            truncations, bool (num_envs,); infos.

        Raises:
            UsageError: not one action per slot, or not the game's.
        """
        if self._autoreset_mode is AutoresetMode.SAME_STEP:
            result = self.games.step(actions)
            frames = result.observations
        else:
            waiting = np.flatnonzero(self.games.over)
            result = self.games.advance(actions)
            frames = self.games.begin_next(waiting) if len(waiting) else result.observations
        return (
            frames,
            result.rewards,
            result.terminated,
            result.truncated,
            self._infos(result),
        )

    def render(self) -> tuple[Frames, ...] | None:
        """A picture of every slot, uint8 (h, w, 3); None without a render mode.

        Raises:
            UsageError: no level has begun.
        """
        return None if self.render_mode is None else tuple(self.games.pictures())

    def close_extras(self, **kwargs: Any) -> None:
        """Free the games."""
        self.games.close()

    def _infos(self, result: Transition) -> dict[str, Any]:
        infos: dict[str, Any] = {}
        for slot, ending in result.endings.items():
            info: dict[str, Any] = dict(ending)
            if slot in result.final_observations:
                info = {"final_obs": result.final_observations[slot], "final_info": info}
            infos = self._add_info(infos, info, slot)
        return infos


def make_vector(
    pair: str, condition: str = "train", *, device: str = "cpu", **options: Any
) -> VectorEnv[Any, Any, Any]:
    """The vector environment of a pair on a device.

    Args:
        pair: see `Settings`.
        condition: see `Settings`.
        device: "cpu" for a `GmbenchVectorEnv`; "cuda" for a
            `gmbench.envs.card.GmbenchCardVectorEnv`.
        options: as for these.

    Raises:
        UsageError: a setting is wrong.
        UnknownNameError: there is no such pair, condition, observation, mode or device.
        MissingPartError: the games are not installed, or there is no graphics card.
    """
    if device == "cpu":
        return GmbenchVectorEnv(pair, condition, **options)
    from gmbench.envs.card import GmbenchCardVectorEnv

    return GmbenchCardVectorEnv(pair, condition, device=device, **options)


def _checked_autoreset_mode(wanted: AutoresetMode | str) -> AutoresetMode:
    for mode in (AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP):
        if wanted in (mode, mode.value):
            return mode
    raise UsageError(f"autoreset_mode {wanted!r} is not supported; use SameStep or NextStep")
