"""Agents of Stable-Baselines3 and sb3-contrib: zips, and models that are in memory.

A zip is rebuilt from its text and its tensors; nothing is unpickled unless it is trusted. If
``<agent>.normalization.npz`` lies beside ``<agent>.zip``, observations are scaled by it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.policies import ActorCriticPolicy, BasePolicy

from gmbench.agents.archive import Archive, read_file
from gmbench.agents.base import Agent, AgentSpec, Player, as_trained, checked_actions
from gmbench.agents.normalization import Normalization, from_wrapper
from gmbench.agents.sb3_build import MAX_WEIGHTS, build, load_trusted
from gmbench.agents.sb3_text import read_text, statistics, told_beside
from gmbench.errors import AgentError
from gmbench.hints import printable

NAME = "sb3"
VERSION = 1


class SB3Agent(Agent):
    """A policy of Stable-Baselines3 with the scaling its observations had in training.

    Attributes:
        policy: in evaluation mode, on the CPU unless moved.
        normalization: in the layout of the policy's observations, None without.
    """

    def __init__(
        self, spec: AgentSpec, policy: BasePolicy, normalization: Normalization | None
    ) -> None:
        self.spec = spec
        self.policy = policy
        self.normalization = normalization

    def player(self, num_envs: int, deterministic: bool) -> SB3Player:
        """A player.

        Sampling draws from the policy's probabilities; a Q-network, which has none, explores at
        the rate its training ended with, as in SB3; what has neither acts greedily either way.
        """
        kind = RecurrentPlayer if self.spec.recurrent else SB3Player
        return kind(self, num_envs, deterministic)


class SB3Player(Player):
    """Feeds a batch through a policy; every slot draws from its own random numbers."""

    def __init__(self, agent: SB3Agent, num_envs: int, deterministic: bool) -> None:
        policy, space = agent.policy, agent.spec.action_space
        assert isinstance(space, spaces.Discrete) and policy.observation_space.shape is not None
        self.num_actions = int(space.n)
        self._shape = policy.observation_space.shape
        self._policy: Any = policy
        self._name = agent.spec.name
        self._normalization = agent.normalization
        self._greedy = deterministic or not hasattr(policy, "get_distribution")
        rate = agent.spec.details.get("exploration_rate", 0.0)
        self._exploration = 0.0 if deterministic else float(rate)
        self._random = [np.random.default_rng(0) for _ in range(num_envs)]

    def begin(self, slot: int, seed: int) -> None:
        """Give the slot the random numbers of the seed."""
        self._random[slot] = np.random.default_rng(seed)

    def act(self, observations: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Greedy or sampled actions, int64 of shape (num_envs,)."""
        batch = as_trained(observations, self._shape, self._name)
        if self._normalization is not None:
            batch = self._normalization(batch)
        try:
            with torch.no_grad():
                actions = self._choose(self._policy.obs_to_tensor(batch)[0])
        except ValueError as error:  # torch: the logits are not finite
            reason = " ".join(str(error).split())[:120]
            raise AgentError(
                f"agent {self._name} has no finite outputs ({reason}); its training has diverged"
            ) from error
        return checked_actions(actions, len(self._random), self.num_actions, self._name)

    def _choose(self, batch: torch.Tensor) -> NDArray[np.integer[Any]]:
        if self._greedy:
            actions = self._policy._predict(batch, deterministic=True)
            return self._explored(np.asarray(actions.cpu().numpy()))
        return self._sample(self._policy.get_distribution(batch))

    def _explored(self, actions: NDArray[np.integer[Any]]) -> NDArray[np.integer[Any]]:
        """The actions, a share of them replaced by uniformly random ones."""
        if self._exploration > 0.0:
            for slot, generator in enumerate(self._random):
                if generator.random() < self._exploration:
                    actions[slot] = generator.integers(self.num_actions)
        return actions

    def _sample(self, distribution: Any) -> NDArray[np.int64]:
        """Draw by each slot's own generator, so that a slot's neighbours change nothing."""
        shares = distribution.distribution.probs.cpu().numpy().astype(np.float64)
        upto = shares.cumsum(axis=1)
        drawn = np.array([generator.random() for generator in self._random])
        chosen: NDArray[np.int64] = (upto <= (drawn * upto[:, -1])[:, None]).sum(axis=1)
        return chosen


class RecurrentPlayer(SB3Player):
    """A player that keeps the LSTM's state, of shape (layers, num_envs, hidden), by slot."""

    def __init__(self, agent: SB3Agent, num_envs: int, deterministic: bool) -> None:
        super().__init__(agent, num_envs, deterministic)
        layers, _, hidden = self._policy.lstm_hidden_state_shape
        device = self._policy.device
        self._memory = tuple(
            torch.zeros((layers, num_envs, hidden), device=device) for _ in range(2)
        )
        self._starts = torch.ones(num_envs, device=device)

    def begin(self, slot: int, seed: int) -> None:
        """Forget the slot: the policy clears its state at the next step, as at an episode start."""
        super().begin(slot, seed)
        self._starts[slot] = 1.0

    def _choose(self, batch: torch.Tensor) -> NDArray[np.integer[Any]]:
        chosen, self._memory = (
            self._policy._predict(
                batch, lstm_states=self._memory, episode_starts=self._starts, deterministic=True
            )
            if self._greedy
            else self._policy.get_distribution(batch, self._memory, self._starts)
        )
        self._starts.zero_()
        return np.asarray(chosen.cpu().numpy()) if self._greedy else self._sample(chosen)


def load_zip(path: Path, *, trust: bool = False) -> SB3Agent:
    """The agent in a zip that ``model.save()`` wrote.

    Args:
        path: the zip.
        trust: use SB3's own loader, which runs code in the file; else nothing is unpickled.

    Raises:
        AgentError: it cannot be loaded; one line with the reason.
        MissingPartError: it needs sb3-contrib, which is not installed.
    """
    archive = Archive(read_file(path), str(path))
    if not trust:
        told = read_text(path, archive)
        policy = build(told.plan, archive.read("policy.pth", MAX_WEIGHTS), archive.label)
        return SB3Agent(told.spec, policy, told.normalization)
    model, algorithm = load_trusted(path, archive)
    details = {"trusted": True, **_told(model), **told_beside(archive)}
    normalization = statistics(path)
    name = printable(path.stem)
    return _agent(model.policy, name, algorithm, archive.digest, normalization, details)


def from_model(model: BaseAlgorithm) -> SB3Agent:
    """The agent of a model in memory, with the statistics of its own `VecNormalize`, if any."""
    wrapper = model.get_vec_normalize_env()
    scaled = wrapper is not None and wrapper.norm_obs and not isinstance(wrapper.obs_rms, dict)
    normalization = from_wrapper(wrapper) if scaled else None
    name = type(model).__name__
    return _agent(model.policy, name, name, None, normalization, _told(model))


def _told(model: BaseAlgorithm) -> dict[str, Any]:
    """What a live model says of itself that the text of its zip says too."""
    told: dict[str, Any] = {"num_timesteps": int(model.num_timesteps)}
    rate = getattr(model, "exploration_rate", None)
    return told if rate is None else {**told, "exploration_rate": float(rate)}


def _agent(
    policy: BasePolicy,
    name: str,
    algorithm: str,
    digest: str | None,
    normalization: Normalization | None,
    details: dict[str, Any],
) -> SB3Agent:
    space, actions = policy.observation_space, policy.action_space
    if not isinstance(space, spaces.Box) or not isinstance(actions, spaces.Discrete):
        raise AgentError(
            f"agent {name} observes {type(space).__name__} and acts in {type(actions).__name__},"
            " gmbench's worlds have Box and Discrete; train one on gmbench.make_sb3()"
        )
    if normalization is not None:
        normalization = normalization.laid_out(space.shape, f"agent {name}")
        details["normalization"] = normalization.digest or "in memory"
    policy.set_training_mode(False)
    recurrent = isinstance(policy, ActorCriticPolicy) and hasattr(policy, "lstm_actor")
    details["policy"] = type(policy).__name__
    spec = AgentSpec(name, NAME, algorithm, digest, space, actions, recurrent, details)
    return SB3Agent(spec, policy, normalization)
