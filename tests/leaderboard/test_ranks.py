"""Ranks, their intervals and tie groups, on made answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gmbench.leaderboard.answers import Answers
from gmbench.leaderboard.ranks import Scores, overall, ranks, scores

LEVELS = 100


def agent(share: float, *, ratio: bool = False, seed: int = 0) -> Answers:
    chosen = np.random.default_rng(seed).permutation(LEVELS) < round(share * LEVELS)
    zeros = np.zeros(LEVELS)
    return Answers(np.arange(LEVELS), zeros + 1, chosen.astype(np.float64), zeros, ratio)


def ranked(*shares: float) -> list[tuple[int, int, int, int]]:
    names = [f"entry-{at}" for at in range(len(shares))]
    found = ranks(scores([[agent(share)] for share in shares], names, "here"))
    return [(one.rank, one.low, one.high, one.group) for one in found]


def test_entries_far_apart_have_one_rank_each() -> None:
    assert ranked(0.1, 0.9, 0.5) == [(3, 3, 3, 3), (1, 1, 1, 1), (2, 2, 2, 2)]


def test_entries_that_cannot_be_told_apart_share_ranks_and_a_group() -> None:
    assert ranked(0.5, 0.5, 0.52) == [(2, 1, 3, 1), (2, 1, 3, 1), (1, 1, 3, 1)]
    assert ranked(0.0, 0.01, 1.0)[:2] == [(3, 2, 3, 2), (2, 2, 3, 2)]


def test_one_level_between_two_that_always_do_the_same_tells_nothing() -> None:
    assert ranked(1.0, 0.99) == [(1, 1, 2, 1), (2, 1, 2, 1)]


def test_a_board_of_one_and_of_none() -> None:
    assert ranked(0.3) == [(1, 1, 1, 1)]
    assert ranks(Scores(np.zeros(0), np.zeros((0, 5), dtype=np.float32))) == []


def test_shared_levels_tell_apart_what_separate_ones_could_not() -> None:
    # One takes the goal wherever the other does and on some levels more: always, never less.
    worse, better = agent(0.5), agent(0.5)
    more = np.flatnonzero(better.given == 0)[:12]
    better.given[more] = 1
    found = ranks(scores([[worse], [better]], ["worse", "better"], "here"))
    assert [one.group for one in found] == [2, 1]
    apart = agent(0.62, seed=1)
    found = ranks(scores([[worse], [apart]], ["worse", "apart"], "here"))
    assert [one.group for one in found] == [1, 1]


def test_an_entry_s_score_is_the_interquartile_mean_of_its_agents() -> None:
    agents = [agent(share) for share in (0.0, 0.5, 0.6, 0.7, 1.0)]
    found = scores([agents], ["one"], "here")
    assert found.values[0] == pytest.approx(0.6)
    # Two imaginary levels, on which everybody answers at random, pull it to the middle.
    assert found.drawn.mean() == pytest.approx(0.6 * LEVELS / (LEVELS + 2), abs=0.005)


def test_resamples_spread_as_a_share_and_a_difference_of_shares_do() -> None:
    """Against the formulas, with two levels more on which everybody answers at random."""
    generator = np.random.default_rng(5)
    given = (generator.random((2, LEVELS)) < 0.6).astype(np.float64)
    given[1, :60] = given[0, :60]  # levels that are hard for both
    zeros = np.zeros(LEVELS)
    agents = [[Answers(np.arange(LEVELS), zeros + 1, one, zeros, False)] for one in given]
    drawn = scores(agents, ["a", "b"], "formulas", resamples=20_000).drawn.astype(np.float64)
    n = LEVELS + 2
    shares = (given.sum(axis=1) + 1) / n
    both = ((given[0] * given[1]).sum() + 0.5) / n
    right = np.diag(shares * (1 - shares)) + (both - shares.prod()) * (1 - np.eye(2))
    # The differences of the imaginary answers to `against` are counted too: 2 / n of a quarter.
    right += np.eye(2) * (1 / n - (1 / n) ** 2)
    assert np.cov(drawn) * LEVELS == pytest.approx(right, rel=0.05, abs=0.003)


def test_training_seeds_of_equal_skill_do_not_narrow_what_levels_leave_open() -> None:
    # The same answers five times over are no more than once: levels are what is resampled.
    one = scores([[agent(0.5)]], ["a"], "here")
    five = scores([[agent(0.5)] * 5], ["a"], "here")
    assert np.allclose(one.drawn, five.drawn) and one.values == five.values


def test_who_else_is_there_changes_nobody_s_draws() -> None:
    alone = scores([[agent(0.4)]], ["one"], "here")
    both = scores([[agent(0.9)], [agent(0.4)]], ["other", "one"], "here")
    assert np.array_equal(alone.drawn[0], both.drawn[1])


def test_pursuit_is_a_share_of_the_room_that_is_left() -> None:
    one = agent(0.75, ratio=True)
    one.against[:50] = 1
    assert one.score == pytest.approx(0.5)
    assert scores([[one]], ["one"], "here").values[0] == pytest.approx(0.5)
    one.against[:90] = 1
    assert one.score is None


def test_the_overall_score_trims_the_best_and_the_worst_pair() -> None:
    parts = [scores([[agent(share)]], ["one"], f"{share}") for share in (0.0, 0.5, 0.6, 1.0)]
    found = overall(parts)
    assert found.values[0] == pytest.approx(0.55)
    assert found.drawn.shape == parts[0].drawn.shape


@settings(max_examples=25)
@given(st.lists(st.integers(0, LEVELS), min_size=1, max_size=6))
def test_ranks_hang_together(counts: list[int]) -> None:
    shares = [count / LEVELS for count in counts]
    found = ranked(*shares)
    for share, (rank, low, high, group) in zip(shares, found, strict=True):
        assert 1 <= low <= rank <= high <= len(shares)
        assert rank == 1 + sum(other > share for other in shares)
        assert 1 <= group <= rank
    order = sorted(range(len(shares)), key=lambda at: -shares[at])
    groups = [found[at][3] for at in order]
    assert groups == sorted(groups) and groups[0] == 1
