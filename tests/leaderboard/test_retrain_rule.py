"""Can these agents and those be of one recipe? Exact where seeds are few, intervals from ten on."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from made_boards import SLUG
from scipy.stats import rankdata

from gmbench.errors import UsageError
from gmbench.leaderboard.places import Places
from gmbench.leaderboard.retrain import RARE, chance_of_lead, judge, retrain
from gmbench.leaderboard.sources import find_entry


def by_hand(told: list[float], found: list[float]) -> float:
    ranks = rankdata([*told, *found])
    reached = ranks[: len(told)].sum()
    every = [ranks[list(some)].sum() for some in combinations(range(len(ranks)), len(told))]
    return float(np.mean([one >= reached - 1e-9 for one in every]))


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ([0.9, 0.8, 0.7, 0.6, 0.5], [0.4, 0.3, 0.2, 0.1, 0.0]),
        ([0.0] * 5, [0.0] * 5),
        ([0.5, 0.5, 0.1], [0.5, 0.2, 0.1, 0.0]),
        ([0.1, 0.2], [0.3, 0.4, 0.5]),
    ],
)
def test_the_chance_is_that_of_every_split(told: list[float], found: list[float]) -> None:
    assert chance_of_lead(told, found) == pytest.approx(by_hand(told, found))


def test_five_that_each_beat_five_are_not_of_their_recipe() -> None:
    generator = np.random.default_rng(0)
    why = judge([0.9, 0.8, 0.7, 0.65, 0.6], [0.5, 0.4, 0.3, 0.2, 0.1], generator)
    assert why is not None and "0.40%" in why
    assert judge([0.9, 0.8, 0.7, 0.65, 0.45], [0.5, 0.4, 0.3, 0.2, 0.1], generator) is None
    assert judge([0.1] * 5, [0.9] * 5, generator) is None, "better is no fault"


def test_from_ten_seeds_on_intervals_decide() -> None:
    generator = np.random.default_rng(0)
    low, high = np.linspace(0.1, 0.4, 10).tolist(), np.linspace(0.6, 0.9, 10).tolist()
    assert "interval ends at" in (judge(high, low, generator) or "")
    assert judge(low, high, generator) is None
    assert judge(high, np.linspace(0.5, 0.9, 12).tolist(), generator) is None


@pytest.mark.parametrize("fresh", [5, 8])
def test_an_honest_recipe_fails_as_rarely_as_is_said(fresh: int) -> None:
    generator = np.random.default_rng(3)
    failed = 0
    for _ in range(2_000):
        # Two camps, as selection makes them: some seeds pursue the goal and others do not.
        drawn = np.where(generator.random(5 + fresh) < 0.5, 0.1, 0.8)
        drawn += 0.05 * generator.standard_normal(5 + fresh)
        failed += judge(drawn[:5].tolist(), drawn[5:].tolist(), generator) is not None
    assert failed / 2_000 <= RARE + 3 * (RARE / 2_000) ** 0.5


def test_the_best_of_many_seeds_are_found_out_by_enough_fresh_ones() -> None:
    generator = np.random.default_rng(4)
    caught = 0
    for _ in range(300):
        best = np.sort(generator.random(50))[-5:]
        caught += judge(best.tolist(), generator.random(15).tolist(), generator) is not None
    assert caught >= 0.8 * 300


@pytest.mark.bad_input
def test_too_few_seeds_and_missing_recipes_are_refused(board: Places, tmp_path: Path) -> None:
    entry = find_entry(board, SLUG)
    with pytest.raises(UsageError, match="no pair with 5 agents"):
        retrain(entry, tmp_path)
    with pytest.raises(UsageError, match="has 2 agents of corner"):
        retrain(entry, tmp_path, pairs=["corner"])
    with pytest.raises(UsageError, match="5 at least"):
        retrain(entry, tmp_path, seeds=4)
