"""Where a curve over alpha passes a threshold."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gmbench.studies import halfway as subject
from gmbench.studies.halfway import halfway, passes

Draw = Callable[[np.random.Generator, int], NDArray[np.float64]]

ALPHAS = np.array([0.0, 1e-3, 1e-2, 1e-1, 1.0])


def by_seed(values: Any) -> dict[int, float]:
    """Scores as those of seeds from 0 on."""
    return dict(enumerate(np.asarray(values).tolist()))


def where(middles: list[float], threshold: float = 0.5) -> float:
    return float(passes(ALPHAS, np.array([middles]), threshold)[0])


def test_between_two_alphas_it_is_linear_in_the_logarithm() -> None:
    assert where([0, 0, 0.2, 0.8, 1]) == pytest.approx(10**-1.5)
    assert where([0, 0, 0.4, 0.8, 1]) == pytest.approx(10**-1.75)
    assert where([0, 0, 0, 0.5, 1]) == pytest.approx(0.1)


def test_from_alpha_0_it_is_linear_in_alpha() -> None:
    assert where([0, 1, 1, 1, 1]) == pytest.approx(5e-4)
    assert where([0.25, 1, 1, 1, 1]) == pytest.approx(1e-3 / 3)


def test_a_dip_is_levelled() -> None:
    # 0.6 and 0.2 are taken for 0.4 twice: it passes behind them.
    assert where([0, 0.6, 0.2, 0.8, 1]) == pytest.approx(10**-1.75)


def test_what_begins_above_or_ends_below_passes_nowhere() -> None:
    assert where([0.5, 0.6, 0.7, 0.8, 0.9]) == 0.0
    assert where([0, 0.1, 0.2, 0.3, 0.49]) == math.inf
    generator = np.random.default_rng(0)
    above = halfway({0.0: {0: 0.7}, 0.1: {0: 0.9}}, 0.5, generator)
    assert (above["value"], above["why"]) == (None, "is not under 0.5 at alpha 0")
    below = halfway({0.0: {0: 0.1}, 0.1: {0: 0.4}}, 0.5, generator)
    assert (below["value"], below["why"]) == (None, "stays under 0.5 up to alpha 0.1")


def test_under_12_seeds_there_is_no_interval() -> None:
    values = {0.0: by_seed([0.0] * 11), 0.1: by_seed([1.0] * 20)}
    found = halfway(values, 0.5, np.random.default_rng(0))
    assert (found["value"], found["low"], found["high"]) == (0.05, None, None)
    assert found["method"].endswith("no interval: under 12 seeds")


def test_an_interval_holds_what_it_is_of() -> None:
    generator = np.random.default_rng(0)
    values = {
        a: by_seed(m + generator.normal(0, 0.1, 12))
        for a, m in zip([0.0, 0.01, 0.1, 1.0], [0.0, 0.3, 0.7, 1.0], strict=True)
    }
    found = halfway(values, 0.5, generator)
    assert 0.01 < found["low"] < found["value"] < found["high"] < 0.1
    again = halfway(dict(reversed(values.items())), 0.5, np.random.default_rng(1))
    assert again["value"] == found["value"]


def test_an_end_past_the_alphas_is_left_open() -> None:
    # Half of the agents pursue the goal at the largest alpha, so some resamples never pass.
    values = {0.0: by_seed([0.0] * 12), 1.0: by_seed([0.0] * 5 + [1.0] * 7)}
    found = halfway(values, 0.5, np.random.default_rng(0))
    assert found["value"] is not None and found["low"] is not None and found["high"] is None


def test_what_a_seed_is_better_at_along_the_curve_widens_the_interval() -> None:
    """Seeds are drawn with all their alphas; those of others cannot be, and are as they were."""
    lean = np.linspace(-0.3, 0.3, 20)
    alphas, middles = [0.0, 0.01, 0.1, 1.0], [0.0, 0.35, 0.65, 1.0]
    shuffled = [np.random.default_rng(seed).permutation(lean) for seed in range(4)]

    def width(leans: Sequence[Any], seeds: Sequence[int]) -> float:
        values = {
            alpha: {first + seed: score for seed, score in by_seed(middle + lean).items()}
            for alpha, middle, lean, first in zip(alphas, middles, leans, seeds, strict=True)
        }
        found = halfway(values, 0.5, np.random.default_rng(0))
        return math.log10(found["high"] / found["low"])

    alone = width(shuffled, [0] * 4)
    assert width([lean] * 4, [0] * 4) > 1.2 * alone
    assert width([lean] * 4, [0, 0, 0, 1]) == pytest.approx(alone, rel=0.1)


def spread_evenly(generator: np.random.Generator, seeds: int) -> NDArray[np.float64]:
    noise = generator.normal(0, 0.2, (len(MANY), seeds))
    return np.clip(TRUE[:, None] + noise, -0.2, 1.0)


def one_or_the_other(generator: np.random.Generator, seeds: int) -> NDArray[np.float64]:
    goal = generator.random((len(MANY), seeds)) < TRUE[:, None]
    return np.where(goal, 0.9, 0.05) + generator.normal(0, 0.05, goal.shape)


def alike_along_the_curve(generator: np.random.Generator, seeds: int) -> NDArray[np.float64]:
    """What a seed is better at at one alpha it is better at at all."""
    own, noise = generator.normal(0, 0.19, seeds), generator.normal(0, 0.06, (len(MANY), seeds))
    return np.clip(TRUE[:, None] + own + noise, -0.2, 1.0)


MANY = np.array([0.0, 1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 1.0])
TRUE = 1 / (1 + np.exp(-3 * (np.log10(np.maximum(MANY, 1e-6)) + 1.9)))


@pytest.mark.slow
@pytest.mark.parametrize("draw", [spread_evenly, one_or_the_other, alike_along_the_curve])
@pytest.mark.parametrize("seeds", [12, 20])
def test_intervals_cover_the_truth_as_often_as_they_say(
    seeds: int, draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "RESAMPLES", 1_000)
    generator = np.random.default_rng(seeds)
    many = np.sort(draw(generator, 200_000), axis=1)[:, 50_000:-50_000].mean(axis=1)
    truth = float(passes(MANY, many[None], 0.5)[0])
    covered = 0
    for _ in range(2_000):
        values = dict(zip(MANY.tolist(), map(by_seed, draw(generator, seeds)), strict=True))
        found = halfway(values, 0.5, generator)
        covered += (found["low"] or 0.0) <= truth <= (found["high"] or math.inf)
    assert 0.93 <= covered / 2_000 <= 0.97
