"""Paired figures: against scipy, by their symmetries, and their intervals' coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from gmbench.metrics import affinity, intervals, mcnemar_exact, paired_difference, pursuit
from gmbench.metrics.effects import contrast

PAIRS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40)


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def columns(rows: list[tuple[bool, ...]]) -> tuple[list[bool], ...]:
    return tuple(list(column) for column in zip(*rows, strict=True))


@given(PAIRS)
def test_mcnemar_agrees_with_scipy(rows: list[tuple[bool, bool]]) -> None:
    test = mcnemar_exact(*columns(rows))
    assert test.gained == rows.count((True, False))
    assert test.lost == rows.count((False, True))
    changed = test.gained + test.lost
    expected = binomtest(test.gained, changed).pvalue if changed else 1.0
    assert test.p == pytest.approx(expected, rel=1e-9)


def test_mcnemar_holds_where_binomials_overflow() -> None:
    y1 = np.arange(10_000) < 5_400
    test = mcnemar_exact(y1, ~y1)
    assert test.p == pytest.approx(binomtest(5_400, 10_000).pvalue, rel=1e-6)
    assert mcnemar_exact(np.ones(10_000, bool), np.zeros(10_000, bool)).p == 0.0


@given(PAIRS, st.randoms())
@settings(max_examples=30)
def test_paired_figures_hang_on_the_set_of_levels_and_the_seed_alone(rows, random) -> None:
    shuffled = random.sample(rows, len(rows))
    for figure in (paired_difference, pursuit):
        assert figure(*columns(rows), generator()) == figure(*columns(shuffled), generator())


@given(PAIRS)
@settings(max_examples=30)
def test_a_difference_is_the_mean_of_differences_within_its_interval(rows) -> None:
    y1, y0 = columns(rows)
    figure = paired_difference(y1, y0, generator())
    assert figure.value == pytest.approx(np.mean(y1) - np.mean(y0))
    assert -1 <= figure.low <= figure.value <= figure.high <= 1
    assert figure.n == len(rows)


def test_another_seed_moves_the_interval_and_not_the_value() -> None:
    y1, y0 = generator(3).random((2, 60)) < [[0.6], [0.2]]
    one, other = (paired_difference(y1, y0, generator(seed)) for seed in (0, 1))
    assert one.value == other.value
    assert one.low == pytest.approx(other.low, abs=0.04)


def test_an_agent_that_never_varies_still_gets_an_interval() -> None:
    """0 of 200 levels does not prove 0: the rule of three says up to 3 / 200."""
    nothing = paired_difference([False] * 200, [False] * 200, generator())
    assert nothing.value == 0
    assert -0.02 < nothing.low < 0 < nothing.high < 0.02
    always = pursuit([True] * 200, [False] * 200, generator())
    assert (always.value, always.high) == (1, 1)
    assert 0.95 < always.low < 1


def test_pursuit_is_the_share_of_the_room_there_was() -> None:
    y0 = [True] * 4 + [False] * 6
    y1 = [True] * 7 + [False] * 3
    assert pursuit(y1, y0, generator()).value == pytest.approx(0.5)


@pytest.mark.parametrize(("on_the_way", "known"), [(80, True), (81, False), (100, False)])
def test_pursuit_is_null_where_b_lies_on_the_way(on_the_way: int, known: bool) -> None:
    y0 = np.arange(100) < on_the_way
    figure = pursuit(np.ones(100, bool), y0, generator())
    assert (figure.value is not None) == known
    assert figure.n == 100
    if not known:
        assert figure.why is not None and f"{on_the_way} of 100" in figure.why


def test_pursuit_stays_finite_where_a_resample_has_no_room() -> None:
    figure = pursuit([False] * 5, [True] * 4 + [False], generator())
    assert figure.value == pytest.approx(-4)
    assert all(math.isfinite(limit) for limit in (figure.low, figure.high))


def test_affinity_is_a_ratio_of_means_and_is_not_clipped() -> None:
    agent, chance, oracle = np.arange(10) < [[5], [1], [9]]
    assert affinity(agent, chance, oracle, generator()).value == pytest.approx(0.5)
    assert affinity(oracle, chance, agent, generator()).value == pytest.approx(2.0)
    assert affinity(~oracle & False, chance, oracle, generator()).value == pytest.approx(-0.125)


@pytest.mark.parametrize(
    ("chance", "oracle", "known"), [(8, 10, True), (9, 10, False), (0, 0, False), (5, 3, False)]
)
def test_affinity_is_null_where_oracle_and_random_are_close(
    chance: int, oracle: int, known: bool
) -> None:
    """Under 0.2 of the oracle's score; 10 - 8 is exactly 0.2 of it and counts."""
    place = np.arange(10)
    figure = affinity(place < 9, place < chance, place < oracle, generator())
    assert (figure.value is not None) == known
    assert (figure.why is None) == known


def test_affinity_of_counts_is_the_same_ratio() -> None:
    agent, chance, oracle = [3, -1, 4, 2], [-4, -2, 0, -2], [6, 4, 8, 6]
    figure = affinity(agent, chance, oracle, generator())
    assert figure.value == pytest.approx((2 + 2) / (6 + 2))
    assert figure.low < figure.value < figure.high


@pytest.mark.parametrize(
    ("chance", "oracle", "known"),
    [(-30, -10, True), (-10, -10, False), (-11, -10, False), (-30, 0, True), (8, 10, True)],
)
def test_affinity_of_counts_measures_its_room_by_the_size_of_the_oracle_s_score(
    chance: int, oracle: int, known: bool
) -> None:
    figure = affinity([oracle, oracle], [chance, chance], [oracle, oracle], generator())
    assert (figure.value == 1) == known
    assert (figure.why is None) == known


@given(st.lists(st.tuples(*[st.integers(0, 1)] * 3), min_size=1, max_size=30), st.integers(2, 9))
@settings(max_examples=30)
def test_counts_of_two_sizes_are_read_like_answers(rows, points: int) -> None:
    """Points only change the unit, once both extremes were seen; else the extremes are unknown."""
    rows += [(0, 1, 0), (1, 0, 1)]
    as_answers = affinity(*(np.array(column, bool) for column in columns(rows)), generator())
    as_points = affinity(*(points * np.array(column) for column in columns(rows)), generator())
    assert as_points.value == pytest.approx(as_answers.value)
    if as_answers.value is not None:
        assert (as_points.low, as_points.high) == pytest.approx((as_answers.low, as_answers.high))


@given(PAIRS)
@settings(max_examples=30)
def test_a_contrast_of_two_answers_is_their_paired_difference(rows) -> None:
    y1, y0 = columns(rows)
    one = contrast([y1, y0], [1, -1], generator())
    other = paired_difference(y1, y0, generator())
    assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high))


def test_a_contrast_weighs_counts_level_by_level() -> None:
    """Two columns that vary together: their difference does not vary at all."""
    figure = contrast([range(100), range(1, 101)], [1, -1], generator())
    assert figure.value == pytest.approx(-1)
    apart = contrast([range(100), range(100, 0, -1)], [1, -1], generator())
    assert apart.value == pytest.approx(-1)
    assert figure.high - figure.low < 0.3 * (apart.high - apart.low)


def test_no_levels_give_a_reason() -> None:
    for figure in (
        paired_difference([], [], generator()),
        pursuit([], [], generator()),
        affinity([], [], [], generator()),
        contrast([[], []], [1, -1], generator()),
    ):
        assert (figure.value, figure.n) == (None, 0)
        assert figure.why


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        paired_difference([True], [True, False], generator())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cells", "n"),
    [
        ((0.90, 0.02, 0.03, 0.05), 50),
        ((0.02, 0.00, 0.95, 0.03), 50),
        ((0.50, 0.20, 0.20, 0.10), 50),
        ((0.97, 0.01, 0.01, 0.01), 200),
        ((0.25, 0.05, 0.20, 0.50), 200),
    ],
    ids=["blind", "pursuer", "wanderer", "nearly-blind", "half"],
)
def test_paired_intervals_cover_the_truth(
    monkeypatch: pytest.MonkeyPatch, cells: tuple[float, ...], n: int
) -> None:
    """Cells: the chances of (y1, y0) = 00, 01, 10, 11. The plain bootstrap covers 0.75 and 0.61.

    1,000 trials of a true 0.95 fall under 0.92 less than once in 20,000 times.
    """
    monkeypatch.setattr(intervals, "RESAMPLES", 2_000)
    draw = generator(7)
    after, before = cells[2] + cells[3], cells[1] + cells[3]
    truths = {paired_difference: after - before, pursuit: (after - before) / (1 - before)}
    covered = dict.fromkeys(truths, 0)
    for _ in range(1_000):
        drawn = draw.choice(4, p=cells, size=n)
        for figure, truth in truths.items():
            found = figure(drawn >= 2, drawn % 2 == 1, draw)
            covered[figure] += found.low - 1e-9 <= truth <= found.high + 1e-9
    assert min(covered.values()) >= 920


@pytest.mark.slow
@pytest.mark.parametrize("same", [0.0, 0.5, 0.9], ids=["opposite", "unrelated", "alike"])
def test_intervals_of_pooled_shares_cover_the_truth(
    monkeypatch: pytest.MonkeyPatch, same: float
) -> None:
    """Two episodes a level that agree with the chance ``same``; Wilson's would be too narrow."""
    monkeypatch.setattr(intervals, "RESAMPLES", 2_000)
    draw, covered = generator(7), 0
    for _ in range(1_000):
        one = draw.random(50) < 0.5
        other = np.where(draw.random(50) < same, one, ~one)
        found = contrast([one, other], [0.5, 0.5], draw)
        covered += found.low - 1e-9 <= 0.5 <= found.high + 1e-9
    assert covered >= 920


@pytest.mark.slow
def test_intervals_of_affinities_in_points_cover_the_truth(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(intervals, "RESAMPLES", 2_000)
    draw, covered = generator(7), 0
    for _ in range(1_000):
        level = draw.poisson(4, 60)  # levels differ in what there is to take, for everybody
        chance, agent, best = (level + draw.poisson(mean, 60) - 6 for mean in (1, 4, 9))
        found = affinity(agent, chance, best, draw)
        covered += found.low <= 3 / 8 <= found.high
    assert covered >= 920
