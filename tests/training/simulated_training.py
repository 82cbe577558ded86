"""A script: PPO on a simulated card beside PPO on the processor, as ``simulated_training.py PART``.

Its environment must ask for the simulator and for plain Python. There torch's processor stands for
the card: tensors are copies of what the engine's buffers hold. Each part fails by an exception.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import torch
from stable_baselines3 import PPO as StockPPO
from stable_baselines3.common.callbacks import BaseCallback

import gmbench
from gmbench.envs import tensors
from gmbench.training import PPO, ppo
from gmbench.training.card_source import CardInfos, CardSource
from gmbench.training.sources import HostSource
from gmbench.training.stopping import Stop
from gmbench.training.watching import Watch

SLOTS = 4
STEPS = 140  # long enough for episodes that are cut off
SEED = 3


def simulate() -> None:
    """Let tensors be copies, made anew each time: they cannot lie in the simulator's memory."""
    tensors.can_share = lambda: True
    tensors.TensorGames._tensor = lambda _, array: torch.from_numpy(array.copy_to_host())  # type: ignore[method-assign]
    ppo.CARD = "cpu"


def model(kind: Any, device: str, obs: str = "grid", steps: int = STEPS, **arguments: Any) -> Any:
    env = gmbench.make_sb3(
        "corner", num_envs=SLOTS, obs=obs, alpha=0.5, device=device, parameters={"size": 7}
    )
    arguments = {"n_epochs": 2, "batch_size": SLOTS * steps // 4, **arguments}
    return kind("MlpPolicy", env, n_steps=steps, seed=SEED, device="cpu", **arguments)


class Recorder(BaseCallback):
    """Keeps what callbacks are told, and looks into the infos only where it is told to."""

    def __init__(self, looks: bool) -> None:
        super().__init__()
        self.looks = looks
        self.told: list[Any] = []

    def _on_step(self) -> bool:
        told = self.locals
        arrays = [np.array(told[name]) for name in ("new_obs", "rewards", "dones")]
        infos = [dict(info) for info in told["infos"]] if self.looks else []
        self.told.append((arrays, infos))
        return True


def learned(kind: Any, device: str, recorder: BaseCallback, **options: Any) -> Any:
    made = model(kind, device, **options)
    made.set_random_seed(SEED)
    return made.learn(2 * SLOTS * made.n_steps, callback=recorder)


def same(cpu: Any, card: Any) -> None:
    for one, other in zip(cpu.policy.parameters(), card.policy.parameters(), strict=True):
        torch.testing.assert_close(other, one, rtol=1e-4, atol=1e-6)
    assert list(card.ep_info_buffer) == list(cpu.ep_info_buffer) != []
    assert list(card.ep_success_buffer) == list(cpu.ep_success_buffer)
    for name in ("observations", "actions", "rewards", "dones", "values", "advantages"):
        one, other = getattr(cpu.rollout_buffer, name), getattr(card.rollout_buffer, name)
        torch.testing.assert_close(other, one, rtol=1e-4, atol=1e-5)


def training() -> None:
    """The same weights, rollouts and episodes, and callbacks that look see the same."""
    recorders = Recorder(True), Recorder(True)
    cpu, card = learned(PPO, "cpu", recorders[0]), learned(PPO, "cuda", recorders[1])
    assert isinstance(card._source, CardSource) and isinstance(cpu._source, HostSource)
    same(cpu, card)
    rewards = card.rollout_buffer.rewards
    assert bool(((rewards != 0) & (rewards != 1)).any())  # some were cut off
    ended = 0
    for (arrays, infos), (others, told) in zip(*(r.told for r in recorders), strict=True):
        assert all(map(np.array_equal, arrays, others))
        for one, other in zip(infos, told, strict=True):
            assert one.keys() == other.keys()
            assert all(np.array_equal(one[key], other[key]) for key in one)
            ended += bool(one)
    assert ended > SLOTS
    # It goes on where it was.
    for made in (cpu, card):
        made.set_random_seed(SEED)
        made.learn(SLOTS * STEPS, reset_num_timesteps=False)
    same(cpu, card)


def pictures() -> None:
    options = {"obs": "rgb", "steps": 24, "policy_kwargs": {"net_arch": [8]}}
    cpu = learned(PPO, "cpu", Recorder(False), **options)
    card = learned(PPO, "cuda", Recorder(False), **options)
    for one, other in zip(cpu.policy.parameters(), card.policy.parameters(), strict=True):
        torch.testing.assert_close(other, one, rtol=1e-4, atol=1e-6)
    assert isinstance(card._source, CardSource) and card.rollout_buffer.observations.shape[2] == 3


def laziness() -> None:
    """Where no callback looks into infos, nothing but the rollout's end is read."""
    made = []
    make = CardSource._infos
    CardSource._infos = lambda *given: made.append(1) or make(*given)  # type: ignore[func-returns-value,method-assign]
    learned(PPO, "cuda", Recorder(False), steps=32)
    assert not made
    learned(PPO, "cuda", Recorder(True), steps=32)
    assert len(made) == 64
    infos = CardInfos(3, lambda: [{}, {"a": 1}, {}])
    assert (len(infos), infos[1], infos[-2:], list(infos)[1]) == (
        3,
        {"a": 1},
        [{"a": 1}, {}],
        {"a": 1},
    )


def stock() -> None:
    """The stock algorithm trains on copies, and ours does where the policy is elsewhere."""
    expected = learned(StockPPO, "cpu", Recorder(False), steps=32)
    found = learned(StockPPO, "cuda", Recorder(False), steps=32)
    ppo.CARD = "cuda"
    ours = learned(PPO, "cuda", Recorder(False), steps=32)
    assert isinstance(ours._source, HostSource)
    for other in (found, ours):
        for one, two in zip(expected.policy.parameters(), other.policy.parameters(), strict=True):
            torch.testing.assert_close(two, one, rtol=1e-4, atol=1e-6)


def watched() -> None:
    """A run of `gmbench train` tells of the episodes without looking into a step's infos."""
    curves = []
    for device in ("cpu", "cuda"):
        rows: list[Any] = []
        watch = Watch(10**6, rows, 0.0, Stop(), lambda: None, lambda _: None, None)
        CardSource._infos = lambda *_: 1 / 0  # type: ignore[assignment,method-assign]
        learned(PPO, device, watch)
        curves.append([(row.steps, row.episodes, row.success, row.reward) for row in rows])
    assert curves[0] == curves[1] and curves[0][-1][1] > 0


SCRIPTED = ("training", "pictures", "laziness", "stock", "watched")

if __name__ == "__main__":
    simulate()
    globals()[sys.argv[1]]()
    print(f"{sys.argv[1]}: as on the processor")
