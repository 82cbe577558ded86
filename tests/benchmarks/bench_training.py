"""PPO on tensors against the stock algorithm: one rollout and update of each in turn.

The aim is 1.5 times the stock algorithm's steps per second on two cores. Each case prints the
median of the turns' ratios and its quartiles; steps per second and ratio stand under
``extra_info`` too, where ``--benchmark-json`` writes them.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from stable_baselines3 import PPO as StockPPO

import gmbench
from gmbench.records import MIN_REPEATS
from gmbench.training import PPO
from gmbench.training.extractors import GridCnn

ENVS = 256
MLP = {"net_arch": [256, 256]}
CNN = {"features_extractor_class": GridCnn, "net_arch": [128]}
# Settings of the baselines' recipes, and their neighbours.
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "mlp-32-steps": (MLP, {"n_steps": 32, "batch_size": 2048, "n_epochs": 3}),
    "mlp-128-steps": (MLP, {"n_steps": 128, "batch_size": 2048, "n_epochs": 3}),
    "mlp-10-epochs": (MLP, {"n_steps": 32, "batch_size": 2048, "n_epochs": 10}),
    "mlp-small-batches": (MLP, {"n_steps": 32, "batch_size": 256, "n_epochs": 3}),
    "cnn-32-steps": (CNN, {"n_steps": 32, "batch_size": 2048, "n_epochs": 3}),
}


def model(kind: Any, network: dict[str, Any], settings: dict[str, Any]) -> Any:
    venv = gmbench.make_sb3("corner", num_envs=ENVS, obs="grid")
    made = kind("MlpPolicy", venv, policy_kwargs=network, seed=0, device="cpu", **settings)
    return made.learn(ENVS * made.n_steps)


def iteration(made: Any) -> float:
    """Seconds of one rollout and update."""
    began = time.perf_counter()
    made.learn(ENVS * made.n_steps, reset_num_timesteps=False)
    return time.perf_counter() - began


@pytest.mark.parametrize("case", CASES)
def test_training(case: str, benchmark) -> None:
    network, settings = CASES[case]
    stock, ours = (model(kind, network, settings) for kind in (StockPPO, PPO))
    seconds: list[float] = []
    # The stock one's turn is not on the clock, but just before the other's.
    benchmark.pedantic(
        lambda: iteration(ours),
        setup=lambda: seconds.append(iteration(stock)),
        rounds=MIN_REPEATS,
        warmup_rounds=0,
    )
    steps = ENVS * settings["n_steps"]
    theirs, own = steps / np.array(seconds), steps / np.array(benchmark.stats.stats.data)
    told = {"ours": quartiles(own), "stock": quartiles(theirs), "ratio": quartiles(own / theirs)}
    benchmark.extra_info["steps per second"] = told
    ratio, rate = told["ratio"], told["ours"]
    print(
        f"\ncorner grid, {case}, {len(own)} turns each: {ratio['median']:.2f} times the stock PPO's"
        f" speed [quartiles {ratio['q1']:.2f}, {ratio['q3']:.2f}];"
        f" {rate['median']:,.0f} steps/s [{rate['q1']:,.0f}, {rate['q3']:,.0f}]"
    )


def quartiles(values: Any) -> dict[str, float]:
    """The median of some figures and their quartiles."""
    found = np.quantile(values, [0.25, 0.5, 0.75]).tolist()
    return dict(zip(("q1", "median", "q3"), found, strict=True))
