"""The Stable-Baselines3 face: a ``VecEnv`` on which its algorithms train unchanged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnvIndices, VecEnvStepReturn

from gmbench.envs.games import Actions, Games, Info
from gmbench.envs.settings import pinned_levels


class GmbenchVecEnv(VecEnv):
    """Training levels of one pair as an SB3 ``VecEnv``.

    Observations handed out survive the next two steps at least, and must not be written to.
    ``infos`` are filled only where an episode ended, with SB3's ``terminal_observation`` and
    ``TimeLimit.truncated``, the ``episode`` entry that its ``Monitor`` would add, ``level``,
    ``condition`` and, where the world says what success is, ``is_success``; the empty ones are the
    same dictionaries in every step. A terminal observation is the episode's last; only where a
    Procgen game itself ended one it is the frame on which the last action was chosen, because the
    game has drawn its next level by then (no algorithm looks at those).

    ``set_options({"level": n})`` pins the level that the next `reset` begins.
    """

    def __init__(self, games: Games) -> None:
        self.games = games
        self.render_mode = "rgb_array"
        super().__init__(games.num_envs, games.observation_space, games.action_space)
        self._actions: Actions = np.zeros(games.num_envs, dtype=np.int64)
        self._returns = np.zeros(games.num_envs)
        self._lengths = np.zeros(games.num_envs, dtype=np.int64)
        # Making a thousand dictionaries a step takes as long as stepping a thousand slots.
        self._blanks: list[dict[str, Any]] = [{} for _ in range(games.num_envs)]

    def reset(self) -> NDArray[np.uint8]:
        """Begin a level in every slot; observations, uint8 (num_envs, ...).

        Raises:
            UsageError: `set_options` asked for what is no option, or for a level that is out of
                range or that the pair rejects.
        """
        seed, options = self._seeds[0], self._options
        self._reset_seeds()
        self._reset_options()
        levels = [pinned_levels(of_slot, 1)[0] for of_slot in options]
        if seed is not None:
            self.games.restart(int(seed))
        self._returns[:], self._lengths[:] = 0.0, 0
        return self.games.reset(levels)

    def step_async(self, actions: Actions) -> None:
        """Keep the actions for `step_wait`."""
        self._actions = np.asarray(actions)

    def step_wait(self) -> VecEnvStepReturn:
        """Observations, rewards, dones and infos of one step."""
        result = self.games.step(self._actions)
        self._returns += result.rewards
        self._lengths += 1
        infos = self._blanks.copy()
        dones = result.terminated | result.truncated
        ended = dones.nonzero()[0]
        if len(ended):
            cut, returns = result.truncated[ended].tolist(), self._returns[ended].tolist()
            lengths = self._lengths[ended].tolist()
            self._returns[ended], self._lengths[ended] = 0.0, 0
            for i, slot in enumerate(ended.tolist()):
                last, ending = result.final_observations[slot], result.endings[slot]
                infos[slot] = info_of(last, cut[i], returns[i], lengths[i], ending)
        return result.observations, result.rewards, dones, infos

    def close(self) -> None:
        """Free the games."""
        self.games.close()

    def get_images(self) -> Sequence[NDArray[np.uint8] | None]:
        """A picture of every slot.

        Raises:
            UsageError: no level has begun.
        """
        return list(self.games.pictures())

    def get_attr(self, attr_name: str, indices: VecEnvIndices = None) -> list[Any]:
        """The attribute of this environment, once for every index."""
        return [getattr(self, attr_name) for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: VecEnvIndices = None) -> None:
        """Slots share one engine and have no attributes of their own."""
        raise AttributeError(f"cannot set {attr_name!r} on single slots of a GmbenchVecEnv")

    def env_method(
        self, method_name: str, *args: Any, indices: VecEnvIndices = None, **kwargs: Any
    ) -> list[Any]:
        """Slots share one engine and have no methods of their own."""
        raise AttributeError(f"cannot call {method_name!r} on single slots of a GmbenchVecEnv")

    def env_is_wrapped(
        self, wrapper_class: type[gym.Wrapper[Any, Any, Any, Any]], indices: VecEnvIndices = None
    ) -> list[bool]:
        """No slot is wrapped, but every slot reports its episodes as a ``Monitor`` does.

        ``evaluate_policy`` trusts those reports where it is told so, and warns where it is not.
        """
        return [wrapper_class is Monitor for _ in self._get_indices(indices)]


def info_of(last: Any, cut: bool, reward: float, length: int, ending: Info) -> dict[str, Any]:
    """The info of an episode that has ended.

    Args:
        last: its last observation.
        cut: whether it was cut off, not ended by the game.
        reward: its undiscounted return.
        length: its steps.
        ending: what its world tells of it, see `gmbench.envs.games.Transition`.
    """
    return {
        "terminal_observation": last,
        "TimeLimit.truncated": cut,
        "episode": {"r": reward, "l": length},
        **ending,
    }
