"""What outcomes at a checkpoint say of those in the end, counted by hand."""

from __future__ import annotations

import pytest

from gmbench.metrics import wilson
from gmbench.metrics.clusters import clustered_share
from gmbench.studies.checkpointed import Answers
from gmbench.studies.foretelling import foretold

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
    expected = wilson(1, 5).to_json()
    assert {name: figure[name] for name in expected} == expected
    assert figure["across_seeds"]["values"] == [0.2]


def test_agents_of_several_seeds_share_levels() -> None:
    """Three levels of which two agents took the goal first: 2, 1 and 0 of them do in the end."""
    ways = {0: (answers("ggg"), answers("ggp")), 1: (answers("ggg"), answers("gpp"))}
    figure = foretold(ways, "name")["goal_first"]["goal_first"]
    expected = clustered_share([2, 1, 0], [2, 2, 2]).to_json()
    assert {name: figure[name] for name in expected} == expected
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
