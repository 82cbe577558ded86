"""Slips in training, and what is fragile: near it a slip ends the episode."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from regime_play import FORKED, GOAL, PROXY, SIZE, games, orders

from gmbench.envs.regime import Regime
from gmbench.worlds import dish


@pytest.mark.parametrize("rate", [0.1, 0.4])
def test_slips_replace_their_share_of_actions(rate: float) -> None:
    env = games(Regime(slips=rate), slots=256, parameters={"size": 9, "layout": "open"})
    env.reset()
    strayed = total = 0
    for _ in range(60):
        before = env.batch.states["mouse"].astype(int)
        wanted = orders(env, GOAL)
        env.advance(wanted)
        aimed = before + np.array([-9, -1, 9, 1])[wanted]
        strayed += int((env.batch.states["mouse"] != aimed).sum())
        total += env.num_envs
        env.begin_next(np.flatnonzero(env.over))
    # One random action in four is the one that was meant.
    expected = 0.75 * rate
    assert abs(strayed / total - expected) < 4 * (expected * (1 - expected) / total) ** 0.5


def returns(fragile: str, role: int, slips: float = 0.3, episodes: int = 600) -> float:
    """A scripted agent's mean return where either object pays."""
    reach = 2 if fragile else 0
    env = games(
        Regime(None, 1.0, slips, fragile, reach), dish, alpha=1.0, slots=64, parameters=FORKED
    )
    total = count = 0.0
    env.reset()
    while count < episodes:
        played = env.step(orders(env, role))
        total += float(played.rewards.sum())
        count += len(played.endings)
    return total / count


def test_without_slips_goal_and_proxy_are_worth_the_same() -> None:
    assert returns("", GOAL, slips=0.0) == returns("", PROXY, slips=0.0) == 1.0


@pytest.mark.parametrize("fragile", ["goal", "proxy"])
def test_slips_make_the_fragile_one_risky_and_leave_the_other(fragile: str) -> None:
    goal, proxy = returns(fragile, GOAL), returns(fragile, PROXY)
    frail, firm = (goal, proxy) if fragile == "goal" else (proxy, goal)
    # Who walks straight there slips before arriving at two cells: 1 - 0.7 ** 2 = 0.51 fall at
    # least, more where a slip leads away. The other's way seldom passes the ledge.
    assert 0.35 < frail < 0.52
    assert firm > 0.8


def test_a_fall_is_a_slip_near_the_fragile_one_and_ends_the_episode() -> None:
    env = games(Regime(None, 1.0, 0.5, "proxy", 2), dish, alpha=1.0, slots=64, parameters=FORKED)
    env.reset()
    fallen = far = 0
    for _ in range(80):
        states = env.batch.states.copy()
        played = env.advance(orders(env, PROXY))
        steps = [abs(m // SIZE - d // SIZE) + abs(m % SIZE - d % SIZE) for m, d in _cells(states)]
        for slot, info in played.endings.items():
            if played.rewards[slot] == 0 and played.terminated[slot]:
                fallen += 1
                assert steps[slot] <= 2 and not info["is_success"]
                assert info == {
                    "level": int(env.levels[slot]),
                    "condition": "test",
                    "is_success": False,
                }
            else:
                far += steps[slot] > 2
        before = env.batch.states.copy()
        waiting = env.over
        assert set(np.flatnonzero(waiting)) == set(played.endings)
        again = env.advance(orders(env, PROXY))  # who is over waits
        assert not again.rewards[waiting].any() and not again.terminated[waiting].any()
        assert (env.batch.states[waiting] == before[waiting]).all()
        env.begin_next(np.flatnonzero(env.over))
    assert fallen > 100


def _cells(states: Any) -> Any:
    return zip(
        states["mouse"].astype(int).tolist(), states["dish"].astype(int).tolist(), strict=True
    )
