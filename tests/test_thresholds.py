"""Where a share is halved, and shares of episodes in clusters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from gmbench.metrics import wilson
from gmbench.metrics.clusters import clustered_share
from gmbench.metrics.monotone import falling, rising
from gmbench.metrics.thresholds import CENSORED, Fall, halved_at, losses

NOISES = np.array([0.0, 0.1, 0.2, 0.4])


@pytest.mark.parametrize(
    ("shares", "found"),
    [
        ([0.8, 0.8, 0.6, 0.2], 0.3),
        ([0.8, 0.4, 0.0, 0.0], 0.1),
        ([1.0, 0.0, 0.0, 0.0], 0.05),
        ([0.8, 0.7, 0.6, 0.5], np.inf),
        ([0.0, 0.0, 0.0, 0.0], np.inf),
    ],
)
def test_a_share_is_halved_where_the_line_between_noises_says(shares, found) -> None:
    assert halved_at(NOISES, np.array([shares]))[0] == pytest.approx(found)


def test_a_dip_is_levelled_and_is_no_loss() -> None:
    # 0.3 and 0.7 are taken for 0.5 twice.
    assert halved_at(NOISES, np.array([[0.8, 0.3, 0.7, 0.1]]))[0] == pytest.approx(0.25)
    assert np.isinf(halved_at(NOISES, np.array([[0.8, 0.3, 0.8, 0.8]]))[0])
    # What first grows with noise is halved at half of what it was without.
    assert halved_at(NOISES, np.array([[0.4, 0.8, 0.8, 0.0]]))[0] == pytest.approx(0.34)


@given(arrays(np.float64, (3, 6), elements=st.floats(-1, 1)))
def test_monotone_curves_are_scipy_s(points: NDArray[np.float64]) -> None:
    expected = np.array([isotonic_regression(row).x for row in points])
    assert np.allclose(rising(points), expected)
    opposite = np.array([isotonic_regression(row, increasing=False).x for row in points])
    assert np.allclose(falling(points), opposite)


@given(st.floats(0.1, 1.0), st.floats(1.0, 9.0))
def test_it_does_not_matter_how_large_the_share_was(factor: float, slope: float) -> None:
    shares = np.exp(-slope * NOISES)[None]
    once, scaled = halved_at(NOISES, shares), halved_at(NOISES, factor * shares)
    assert once == pytest.approx(scaled) or (np.isinf(once) & np.isinf(scaled)).all()


def fall(*counts: int, levels: int = 50) -> Fall:
    hits = np.array([[level < count for count in counts] for level in range(levels)], float)
    return Fall(NOISES, hits, np.ones_like(hits))


def test_what_is_lost_just_before_the_end_says_how_far_was_looked() -> None:
    found = losses(fall(50, 45, 40, 24), fall(50, 50, 30, 5), np.random.default_rng(0))
    assert found["goal_lost"].method == CENSORED and found["goal_lost"].high == 0.4
    assert found["skill_lost"].method != CENSORED
    apart = found["goal_minus_skill"]
    assert apart.low is not None and apart.low > 0 and "counts as 0.4" in apart.method


@pytest.mark.parametrize("lost", ["goal", "skill"])
def test_where_one_is_never_lost_the_difference_has_a_bound(lost: str) -> None:
    soon, never = fall(50, 20, 10, 5), fall(50, 50, 49, 48)
    falls = (soon, never) if lost == "goal" else (never, soon)
    apart = losses(*falls, np.random.default_rng(0))["goal_minus_skill"]
    assert (apart.value, apart.low, apart.high) == (None, None, None)
    other, words = ("skill", "at most -") if lost == "goal" else ("goal", "at least ")
    assert str(apart.why).startswith(f"the {other}: still above half at a noise of 0.4; so {words}")
    # Half is lost at 0.083, and the other's half beyond 0.4.
    assert 0.2 < float(str(apart.why).rpartition(" ")[2].removeprefix("-")) < 0.32


def test_where_neither_is_lost_or_one_may_be_at_the_end_there_is_no_bound() -> None:
    never, late = fall(50, 50, 49, 48), fall(50, 50, 49, 24)
    for falls in ((never, never), (late, never), (fall(3, 2, 1, 0), never)):
        apart = losses(*falls, np.random.default_rng(0))["goal_minus_skill"]
        assert apart.value is None and apart.why is not None and "so at" not in apart.why


def test_more_levels_make_a_narrower_interval() -> None:
    few = losses(fall(40, 30, 20, 10), fall(50, 50, 30, 5), np.random.default_rng(0))
    many_fall = [
        fall(*(10 * c for c in cs), levels=500) for cs in ((40, 30, 20, 10), (50, 50, 30, 5))
    ]
    many = losses(*many_fall, np.random.default_rng(0))
    for name, figure in few.items():
        other = many[name]
        assert figure.value == pytest.approx(other.value)
        assert None not in (figure.low, figure.high, other.low, other.high)
        assert other.high - other.low < 0.5 * (figure.high - figure.low)


@given(st.lists(st.booleans(), min_size=2, max_size=200))
def test_clusters_of_one_are_hardly_clusters(answers: list[bool]) -> None:
    figure, plain = clustered_share(answers, [1] * len(answers)), wilson(sum(answers), len(answers))
    assert figure.value == plain.value and figure.n == plain.n
    # The variance between clusters of one is n/(n-1) of the binomial's, and Student's quantile is
    # wider than the normal one.
    assert figure.low <= plain.low + 1e-9 and figure.high >= plain.high - 1e-9
    if len(answers) >= 100:
        assert figure.high - figure.low < 1.05 * (plain.high - plain.low)


def test_episodes_that_hang_together_count_for_less() -> None:
    together = clustered_share([4, 0] * 10, [4] * 20)
    apart = clustered_share([2, 2] * 10, [4] * 20)
    assert together.value == apart.value == 0.5 and together.n == apart.n == 80
    assert apart.high == pytest.approx(wilson(40, 80).high)
    assert together.high - 0.5 > 1.9 * (apart.high - 0.5)


def test_where_all_agree_a_cluster_counts_as_one() -> None:
    figure = clustered_share([4] * 20, [4] * 20)
    assert (figure.value, figure.high) == (1.0, 1.0)
    assert figure.low == pytest.approx(wilson(20, 20).low)
    assert clustered_share([1], [4]).why == "needs two clusters at least, there are 1"
