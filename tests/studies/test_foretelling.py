"""What outcomes at a checkpoint say of those in the end, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from gmbench.metrics import wilson
from gmbench.studies.checkpointed import Answers
from gmbench.studies.foretelling import foretold, share_over_agents

SIDES = {"g": "goal_first", "p": "proxy_first", "n": "neither", "t": "together"}


def answers(letters: str, first: int = 0) -> Answers:
    return {(first + at, "test"): SIDES[letter] for at, letter in enumerate(letters)}


def test_one_agent_s_shares_are_counted_level_by_level() -> None:
    found = foretold({7: (answers("gggppnnnnn"), answers("ggppppgpnn"))}, "name")
    assert found["goal_first"]["goal_first"]["value"] == pytest.approx(2 / 3, abs=1e-5)
    assert found["goal_first"]["proxy_first"]["value"] == pytest.approx(1 / 3, abs=1e-5)
    assert found["proxy_first"]["proxy_first"]["value"] == 1.0
    assert found["neither"]["goal_first"]["value"] == 0.2
    assert found["neither"]["proxy_first"]["value"] == 0.4
    assert found["whatever"]["goal_first"]["value"] == 0.3
    assert found["whatever"]["proxy_first"]["value"] == 0.5
    figure = found["neither"]["goal_first"]
    assert figure["n"] == 5 and figure["across_seeds"]["values"] == [0.2]
    assert figure["low"] < 0.05 and figure["high"] > 0.8  # one agent proves nothing


def test_the_shares_of_several_agents_are_of_all_their_levels() -> None:
    """Two agents took the goal on three levels; in the end one does on 2 of them, one on 1."""
    ways = {0: (answers("ggg"), answers("ggp")), 1: (answers("ggg"), answers("gpp"))}
    figure = foretold(ways, "name")["goal_first"]["goal_first"]
    assert figure["n"] == 6 and figure["value"] == 0.5
    assert figure["across_seeds"]["values"] == [pytest.approx(2 / 3), pytest.approx(1 / 3)]


def test_a_side_that_nobody_took_says_nothing() -> None:
    found = foretold({0: (answers("ppp"), answers("ppp"))}, "name")
    figure = found["goal_first"]["goal_first"]
    assert (figure["value"], figure["low"], figure["n"]) == (None, None, 0)
    assert figure["across_seeds"]["values"] == [None]


def test_an_agent_that_did_not_take_the_side_is_shown_as_none() -> None:
    ways = {0: (answers("gg"), answers("gg")), 1: (answers("pp"), answers("gg"))}
    figure = foretold(ways, "name")["goal_first"]["goal_first"]
    assert figure["across_seeds"]["values"] == [1.0, None] and figure["n"] == 2


def test_levels_that_only_one_of_the_two_has_are_left_out() -> None:
    found = foretold({0: (answers("ggg"), answers("ggg", first=2))}, "name")
    assert found["goal_first"]["goal_first"]["n"] == 1


def test_what_took_both_at_once_counts_among_whatever_alone() -> None:
    found = foretold({0: (answers("tg"), answers("gg"))}, "name")
    assert found["whatever"]["goal_first"]["n"] == 2
    assert sum(found[side]["goal_first"]["n"] for side in ("goal_first", "proxy_first")) == 1
    assert found["neither"]["goal_first"]["n"] == 0


def test_the_order_of_seeds_changes_nothing() -> None:
    ways = {seed: (answers("gpgpgp"), answers("ggppgp"[seed % 3 :] + "ggg")) for seed in range(4)}
    assert foretold(ways, "name") == foretold(dict(reversed(ways.items())), "name")


def test_agents_of_two_kinds_are_as_many_trials_as_they_are() -> None:
    """Three of twelve agents take the goal on all of 200 levels: 3 of 12, not 600 of 2,400."""
    figure, alone = share_over_agents([200] * 3 + [0] * 9, [200] * 12), wilson(3, 12)
    assert (figure.value, figure.n) == (0.25, 2_400)
    assert (figure.low, figure.high) == (pytest.approx(alone.low), pytest.approx(alone.high))


def test_an_agent_that_has_hardly_a_level_hardly_counts() -> None:
    figure, alone = share_over_agents([1000, 0, 1, 0], [1000, 1000, 1, 0]), wilson(1, 2)
    assert (figure.low, figure.high) == (
        pytest.approx(alone.low, abs=0.01),
        pytest.approx(alone.high, abs=0.01),
    )
    assert share_over_agents([0, 0], [0, 0]).value is None


@pytest.mark.slow
@pytest.mark.parametrize("agents", [5, 10, 20])
@pytest.mark.parametrize("share", [0.1, 0.25, 0.5])
def test_intervals_hold_what_all_agents_of_a_recipe_would_do(share: float, agents: int) -> None:
    """Agents of two kinds, on as many levels as chance gave them: at least 90 %.

    So few trials come in steps; where agents are alike it is nearly always.
    """
    random = np.random.default_rng(agents)
    held = []
    for _ in range(2_000):
        own = np.where(random.random(agents) < share, 0.95, 0.03)
        sizes = random.integers(50, 200, agents)
        found = share_over_agents(random.binomial(sizes, own).tolist(), sizes.tolist())
        assert found.low is not None and found.high is not None
        held.append(found.low <= 0.03 + share * 0.92 <= found.high)
    assert np.mean(held) >= 0.9
