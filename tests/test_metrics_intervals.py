"""Shares, means and figures across seeds, each against a known value or another program."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, trim_mean

from gmbench.metrics import Figure, McNemar, across_seeds, bootstrap_mean, iqm, wilson


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_published_intervals(k: int, n: int, low: float, high: float) -> None:
    """Source: Newcombe, Statistics in Medicine 17 (1998), table I, score method."""
    figure = wilson(k, n)
    assert figure.value == k / n
    assert (figure.low, figure.high) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_agrees_with_scipy(share: tuple[int, int]) -> None:
    k, n = share
    figure = wilson(k, n)
    expected = binomtest(k, n).proportion_ci(method="wilson")
    assert (figure.low, figure.high) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert figure.low is not None and figure.high is not None and figure.value is not None
    assert 0 <= figure.low <= figure.value <= figure.high <= 1


def test_the_share_of_nothing_has_a_reason_and_no_value() -> None:
    assert wilson(0, 0) == Figure.missing("no episodes")


@pytest.mark.parametrize(("k", "n"), [(3, 2), (-1, 2)])
def test_what_is_no_share_is_refused(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="not a share"):
        wilson(k, n)


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=30), st.randoms())
def test_a_bootstrap_mean_hangs_on_the_values_and_the_seed_alone(values, random) -> None:
    figure = bootstrap_mean(values, generator())
    shuffled = random.sample(values, len(values))
    assert bootstrap_mean(shuffled, generator()) == figure
    assert figure.value == pytest.approx(np.mean(values))
    assert figure.low <= figure.value <= figure.high


def test_a_bootstrap_mean_has_the_width_theory_gives() -> None:
    values = generator(1).normal(5, 2, size=400)
    figure = bootstrap_mean(values, generator())
    half = 1.96 * values.std() / 20
    assert (figure.low, figure.high) == pytest.approx(
        (values.mean() - half, values.mean() + half), abs=0.02
    )
    assert bootstrap_mean([], generator()).why == "no episodes"


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=40))
def test_the_interquartile_mean_agrees_with_scipy(values: list[float]) -> None:
    assert iqm(values) == pytest.approx(trim_mean(values, 0.25))


def test_under_ten_seeds_there_is_no_interval_but_every_value() -> None:
    result = across_seeds([0.0, 1.0, 0.2, 0.4, 0.6], generator())
    assert result.values == (0.0, 1.0, 0.2, 0.4, 0.6)
    assert (result.smallest, result.largest) == (0.0, 1.0)
    assert result.middle.value == pytest.approx(0.4)
    assert (result.middle.low, result.middle.high, result.middle.n) == (None, None, 5)


def test_from_ten_seeds_there_is_an_interval_whatever_their_order() -> None:
    values = generator(2).uniform(size=12)
    result = across_seeds(values, generator())
    assert result.smallest <= result.middle.low < result.middle.value < result.middle.high
    assert across_seeds(values[::-1], generator()).middle == result.middle


@pytest.mark.parametrize("values", [[], [0.1, float("nan")], [[0.1], [0.2]]])
def test_seeds_without_a_figure_are_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="finite, and at least one"):
        across_seeds(values, generator())


def test_a_figure_is_json_without_the_last_bits() -> None:
    figure = Figure(2 / 3, -1e-9, 1.0, 3, "wilson", mcnemar=McNemar(2, 0, 1 / 3))
    assert json.loads(json.dumps(figure.to_json())) == {
        "value": 0.666667,
        "low": -1e-9,
        "high": 1.0,
        "n": 3,
        "method": "wilson",
        "why": None,
        "mcnemar": {"gained": 2, "lost": 0, "p": 0.333333},
    }
    assert str(Figure(-0.0, None, None, 1, "none").to_json()["value"]) == "0.0"
