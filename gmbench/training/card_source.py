"""A rollout's steps from games on a graphics card, where the policy is too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, overload

import numpy as np
import torch
from stable_baselines3.common.vec_env import VecEnv, VecTransposeImage

from gmbench.envs.native import NativeGames
from gmbench.envs.sb3 import GmbenchVecEnv, info_of
from gmbench.envs.tensors import TensorGames, TensorStep
from gmbench.training.sources import CutOff, Ended, Source, Told
from gmbench.training.tensor_buffer import TensorBuffer


class CardSource(Source):
    """Steps games on a graphics card; nothing waits for it before the rollout's end.

    So nobody knows which episodes end while they do. Their returns and lengths are kept as tensors
    and read once a rollout, and the last observations are kept of all slots, for the value of those
    that were cut off.

    Args:
        env: what `gmbench.make_sb3` returned, or Stable-Baselines3's `VecTransposeImage` of it.
        games: of that environment.
    """

    def __init__(self, env: VecEnv, games: TensorGames) -> None:
        self.env = env
        self._games = games
        self._turns = isinstance(env, VecTransposeImage) and not env.skip
        self._seen = torch.empty(0)
        self._kept: dict[str, torch.Tensor] = {}
        self._steps = self._at = 0

    def begin(self, last: Any) -> None:
        """See `Source`."""
        fresh = last is not self._seen  # the environment has been reset
        self._seen = self._turned(self._games.observe())
        if fresh:
            slots, device = self.env.num_envs, self._seen.device
            self._returns = torch.zeros(slots, dtype=torch.float64, device=device)
            self._lengths = torch.zeros(slots, dtype=torch.int64, device=device)
        self._at = 0

    def step(self, actions: torch.Tensor, buffer: TensorBuffer, step: int) -> Told:
        """See `Source`."""
        result = self._games.step(actions)
        dones = result.terminated | result.truncated
        buffer.rewards[step], buffer.dones[step] = result.rewards, dones
        self._returns += result.rewards
        self._lengths += 1
        returns, lengths = self._returns.clone(), self._lengths.clone()
        self._keep(
            step,
            buffer.buffer_size,
            last=self._turned(result.last),
            truncated=result.truncated,
            dones=dones,
            returns=returns,
            lengths=lengths,
            won=self._games.games.succeeded(result.terminated, result.rewards),
        )
        self._returns.masked_fill_(dones, 0)
        self._lengths.masked_fill_(dones, 0)
        self._seen = self._turned(result.observations)
        infos = CardInfos(len(dones), lambda: self._infos(result, dones, returns, lengths))
        return Told(self._seen, result.rewards, dones, infos)

    def observations(self) -> torch.Tensor:
        """See `Source`."""
        return self._seen

    def ended(self) -> Ended:
        """See `Source`; what ended in a rollout is told at its end."""
        if self._at < self._steps:
            return Ended([], np.zeros(0, np.bool_))
        where = self._kept["dones"].nonzero(as_tuple=True)
        names = ("returns", "lengths", "won")
        columns = zip(*(self._kept[name][where].tolist() for name in names), strict=True)
        infos: list[dict[str, Any]] = []
        for reward, length, won in columns:
            known = {"is_success": won} if self._games.games.knows_success else {}
            infos.append({"episode": {"r": reward, "l": length}, **known})
        return Ended(infos, np.ones(len(infos), np.bool_))

    def cut_off(self) -> Iterator[CutOff]:
        """See `Source`."""
        steps, slots = self._kept["truncated"].nonzero(as_tuple=True)
        for first in range(0, len(steps), self.env.num_envs):
            part = slice(first, first + self.env.num_envs)
            where = steps[part], slots[part]
            yield CutOff(*where, self._kept["last"][where])

    def _keep(self, step: int, steps: int, **row: torch.Tensor) -> None:
        """Keep one step's tensors until the rollout's end."""
        if steps != self._steps:
            self._steps = steps
            self._kept = {
                name: torch.zeros((steps, *tensor.shape), dtype=tensor.dtype, device=tensor.device)
                for name, tensor in row.items()
            }
        for name, tensor in row.items():
            self._kept[name][step] = tensor
        self._at = step + 1

    def _turned(self, pictures: torch.Tensor) -> torch.Tensor:
        return pictures.permute(0, 3, 1, 2) if self._turns else pictures

    def _infos(
        self,
        result: TensorStep,
        dones: torch.Tensor,
        returns: torch.Tensor,
        lengths: torch.Tensor,
    ) -> list[dict[str, Any]]:
        infos: list[dict[str, Any]] = [{} for _ in range(len(dones))]
        ended = np.flatnonzero(dones.cpu().numpy())
        if not len(ended):
            return infos
        terminated, rewards = result.terminated.cpu().numpy(), result.rewards.cpu().numpy()
        endings = self._games.games.endings(ended, terminated, rewards)
        where = torch.from_numpy(ended).to(dones.device)
        last = self._turned(result.last[where]).cpu().numpy()
        cut, told = result.truncated[where].tolist(), endings.items()
        all_of = zip(told, last, cut, returns[where].tolist(), lengths[where].tolist(), strict=True)
        for (slot, ending), frame, was_cut, reward, length in all_of:
            infos[slot] = info_of(frame, was_cut, reward, length, ending)
        return infos


class CardInfos(Sequence[dict[str, Any]]):
    """The infos of a step on a graphics card, copied from there when somebody looks into them.

    They can be looked into until the next step.

    Args:
        slots: how many there are.
        make: copies them.
    """

    def __init__(self, slots: int, make: Callable[[], list[dict[str, Any]]]) -> None:
        self._slots = slots
        self._make: Callable[[], list[dict[str, Any]]] | None = make
        self._made: list[dict[str, Any]] = []

    def __len__(self) -> int:
        return self._slots

    @overload
    def __getitem__(self, at: int) -> dict[str, Any]: ...

    @overload
    def __getitem__(self, at: slice) -> list[dict[str, Any]]: ...

    def __getitem__(self, at: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        if self._make is not None:
            self._made, self._make = self._make(), None
        return self._made[at]


def card_games(env: VecEnv) -> NativeGames | None:
    """The games of an environment that are played on a graphics card; None of any other."""
    inner = env.venv if isinstance(env, VecTransposeImage) else env
    games = inner.games if isinstance(inner, GmbenchVecEnv) else None
    return games if isinstance(games, NativeGames) and games.device == "cuda" else None
