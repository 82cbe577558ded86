"""Every native world's engine, and what its faces leave of it.

The figures are the repeats' own times; steps per second stand under ``extra_info``, where
``--benchmark-json`` writes them. What is held against a floor is in ``floors.yaml``.
"""

from __future__ import annotations

from contextlib import closing

import numpy as np
import pytest

from gmbench import registry
from gmbench.records import MIN_REPEATS
from gmbench.throughput import Setup

BATCH = 1024
STEPS = 20  # of the batch, each repeat
NATIVE = [name for name in registry.pairs() if registry.pair(name).world.family == "native"]


def run(setup: Setup, benchmark) -> None:
    with closing(setup.open()) as stepper:
        benchmark.pedantic(stepper.run, args=(STEPS,), rounds=MIN_REPEATS, warmup_rounds=2)
    rates = BATCH * STEPS / np.array(benchmark.stats.stats.data)
    q1, median, q3 = np.percentile(rates, [25, 50, 75]).tolist()
    benchmark.extra_info["steps per second"] = {"median": median, "q1": q1, "q3": q3}
    print(f"\n{setup.words}: {median:.3g} steps/s [{q1:.3g}, {q3:.3g}]")


@pytest.mark.parametrize("obs", ["grid", "rgb"])
@pytest.mark.parametrize("pair", NATIVE)
def test_engine(pair: str, obs: str, benchmark) -> None:
    run(Setup(pair, BATCH, obs=obs), benchmark)


@pytest.mark.parametrize("scope", ["vector", "sb3"])
@pytest.mark.parametrize("pair", NATIVE)
def test_face(pair: str, scope: str, benchmark) -> None:
    run(Setup(pair, BATCH, scope=scope, obs="grid"), benchmark)
