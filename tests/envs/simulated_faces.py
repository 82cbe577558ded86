"""A script: the faces of a simulated card beside the processor's, as ``simulated_faces.py PART``.

Its environment must ask for the simulator and for plain Python. There torch's processor stands for
the card: tensors are copies of what the engine's buffers hold. Each part fails by an exception.
"""

from __future__ import annotations

import sys
from typing import Any

import gymnasium
import numpy as np
import torch
from gymnasium.vector import AutoresetMode

import gmbench
from gmbench.envs import tensors
from gmbench.envs.card import GmbenchCardVectorEnv
from gmbench.errors import MissingPartError, UsageError

SLOTS = 4
SMALL: dict[str, Any] = {"parameters": {"size": 7}, "num_envs": SLOTS}


def simulate() -> None:
    """Let tensors be copies, made anew each time: they cannot lie in the simulator's memory."""
    tensors.can_share = lambda: True
    tensors.TensorGames._tensor = lambda _, array: torch.from_numpy(array.copy_to_host())  # type: ignore[method-assign]


def vector_envs(**options: Any) -> list[Any]:
    options = {**SMALL, "obs": "grid", **options}
    return [
        gymnasium.make_vec("gmbench/Corner-v0", device=device, **options)
        for device in ("cpu", "cuda")
    ]


def vector() -> None:
    """The same observations, rewards, flags, last observations and successes."""
    for obs in ("grid", "rgb"):
        cpu, card = vector_envs(obs=obs, alpha=0.5, render_mode="rgb_array")
        assert isinstance(card.unwrapped, GmbenchCardVectorEnv)
        assert card.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
        assert card.observation_space == cpu.observation_space
        assert card.action_space == cpu.action_space
        assert np.array_equal(cpu.reset(seed=3)[0], card.reset(seed=3)[0].numpy())
        random, ended = np.random.default_rng(0), 0
        for _ in range(140):
            actions = random.integers(0, 4, SLOTS)
            one, other = cpu.step(actions), card.step(torch.from_numpy(actions))
            for a, b in zip(one[:4], other[:4], strict=True):
                assert isinstance(b, torch.Tensor)
                assert a.dtype == b.numpy().dtype and np.array_equal(a, b.numpy())
            over, infos = one[2] | one[3], other[4]
            assert np.array_equal(infos["_final_obs"].numpy(), over)
            for slot in np.flatnonzero(over).tolist():
                ended += 1
                assert np.array_equal(one[4]["final_obs"][slot], infos["final_obs"][slot].numpy())
                won = one[4]["final_info"]["is_success"][slot]
                assert won == bool(infos["final_info"]["is_success"][slot])
        assert ended >= SLOTS
        for a, b in zip(cpu.render(), card.render(), strict=True):
            assert np.array_equal(a, b)
        levels = {"level": [5, None, 7, None]}
        assert np.array_equal(cpu.reset(options=levels)[0], card.reset(options=levels)[0].numpy())
        card.close()
        refused(lambda: card.step(torch.zeros(SLOTS, dtype=torch.int64)), "closed")  # noqa: B023


def vec_env() -> None:
    """What Stable-Baselines3 is given are NumPy's arrays, as by the processor, and it learns."""
    cpu, card = (gmbench.make_sb3("corner", obs="grid", device=d, **SMALL) for d in ("cpu", "cuda"))
    assert np.array_equal(cpu.reset(), card.reset())
    random = np.random.default_rng(0)
    for _ in range(140):
        actions = random.integers(0, 4, SLOTS)
        one, other = cpu.step(actions), card.step(actions)
        for a, b in zip(one[:3], other[:3], strict=True):
            assert isinstance(b, np.ndarray) and a.dtype == b.dtype and np.array_equal(a, b)
        for left, right in zip(one[3], other[3], strict=True):
            assert left.keys() == right.keys()
            assert all(np.array_equal(left[key], right[key]) for key in left)
    from stable_baselines3 import A2C

    A2C("MlpPolicy", card, n_steps=4, device="cpu").learn(32)


def refusals() -> None:
    refused(lambda: vector_envs(autoreset_mode="NextStep"), "needs device 'cpu'; use SameStep")
    _, card = vector_envs()
    card.reset(seed=0)
    refused(lambda: card.step(np.zeros(3, np.int64)), "actions must be 4 integers")
    refused(lambda: card.step(np.full(4, 9)), "actions lie in 0..3, got 9")
    refused(lambda: card.reset(options={"level": -1}), "level -1")
    cpu = gmbench.make_sb3("corner", obs="grid", **SMALL)
    refused(lambda: tensors.TensorGames(cpu.games), "is played on 'cpu'; open it on 'cuda'")  # type: ignore[arg-type]
    tensors.can_share = lambda: False
    refused(vector_envs, "need a torch built for it")


def refused(call: Any, message: str) -> None:
    try:
        call()
    except (UsageError, MissingPartError) as error:
        assert message in str(error) and "\n" not in str(error), error
    else:
        raise AssertionError(f"nothing was refused: {message}")


SCRIPTED = ("vector", "vec_env", "refusals")

if __name__ == "__main__":
    simulate()
    globals()[sys.argv[1]]()
    print(f"{sys.argv[1]}: as on the processor")
