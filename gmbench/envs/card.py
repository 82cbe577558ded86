"""The Gymnasium vector face of a graphics card: what it gives are tensors that stay there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from gmbench.envs.gym import checked_render_mode
from gmbench.envs.native import NativeGames
from gmbench.envs.settings import FPS, Levels, Settings, pinned_levels
from gmbench.envs.tensors import TensorGames
from gmbench.errors import UsageError


class GmbenchCardVectorEnv(VectorEnv[torch.Tensor, torch.Tensor, torch.Tensor]):
    """Levels of one native pair in ``num_envs`` slots on a graphics card.

    A slot's next level begins in the step that ends one (`AutoresetMode.SAME_STEP`). Observations,
    rewards and flags are torch tensors on the card, without a copy, and `step` does not wait for
    it. Since nobody waits to see which episodes ended, ``infos`` always hold ``final_obs``, a
    tensor of all slots' observations, and ``_final_obs``, which says where it has a meaning; where
    the world says what success is, ``final_info["is_success"]`` and ``_final_info`` likewise.

    Tensors survive the next two steps; observations must not be written to. Spaces are those of
    the processor's face.

    Args:
        pair, condition, alpha, obs, mode, levels, level_filter, parameters, device: see `Settings`.
        num_envs: number of slots.
        render_mode: None, or "rgb_array": `render` returns pictures, NumPy's.
        autoreset_mode: SAME_STEP, or its value as text.

    Raises:
        UsageError: a setting is wrong.
        UnknownNameError: there is no such pair, condition, observation or parameter.
        MissingPartError: there is no graphics card, or torch cannot use it.
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
        device: str = "cuda",
        render_mode: str | None = None,
        autoreset_mode: AutoresetMode | str = AutoresetMode.SAME_STEP,
    ) -> None:
        self.closed = True  # until there is something to close
        if autoreset_mode not in (AutoresetMode.SAME_STEP, AutoresetMode.SAME_STEP.value):
            raise UsageError(f"autoreset_mode {autoreset_mode!r} needs device 'cpu'; use SameStep")
        self.render_mode = checked_render_mode(render_mode)
        self.settings = Settings(
            pair, condition, alpha, obs, mode, levels, level_filter, parameters, device
        )
        games = self.settings.open(num_envs)
        assert isinstance(games, NativeGames)
        self.games = games
        self._tensors = TensorGames(games)
        self.closed = False
        self.num_envs = games.num_envs
        self.single_observation_space = games.observation_space
        self.single_action_space = games.action_space
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self._seeded = False

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[torch.Tensor, dict[str, Any]]:
        """Begin a level in every slot; this waits for the card.

        Args:
            seed: starts the stream over; without one the first reset draws it at random.
            options: ``{"level": n}`` pins a level in all slots, ``{"level": [n, None, ...]}`` one
                in each, None leaving the slot to the stream.

        Returns:
            Observations, uint8 (num_envs, ...), and an empty info.

        Raises:
            UsageError: an unknown option, not one level per slot, or a level that is out of range
                or that the pair rejects.
        """
        levels = pinned_levels(options, self.num_envs)
        super().reset(seed=seed)
        if seed is not None or not self._seeded:
            self.games.restart(int(self.np_random_seed or 0))
            self._seeded = True
        return self._tensors.reset(levels), {}

    def step(
        self, actions: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, dict[str, Any]]:
        """Step every slot.

        Args:
            actions: int64 (num_envs,), on the card: elsewhere they are copied there. Values of a
                tensor on the card are not checked.

        Returns:
            Observations, uint8 (num_envs, ...); rewards, float32 (num_envs,); terminations and
            truncations, bool (num_envs,); infos.

        Raises:
            UsageError: not one action per slot.
        """
        result = self._tensors.step(actions)
        over = result.terminated | result.truncated
        infos: dict[str, Any] = {"final_obs": result.last, "_final_obs": over}
        if self.games.knows_success:
            won = self.games.succeeded(result.terminated, result.rewards)
            infos["final_info"] = {"is_success": won, "_is_success": over}
            infos["_final_info"] = over
        return result.observations, result.rewards, result.terminated, result.truncated, infos

    def render(self) -> tuple[NDArray[Any], ...] | None:
        """A picture of every slot, uint8 (h, w, 3); None without a render mode.

        Raises:
            UsageError: no level has begun.
        """
        return None if self.render_mode is None else tuple(self.games.pictures())

    def close_extras(self, **kwargs: Any) -> None:
        """Free the games."""
        self.games.close()
