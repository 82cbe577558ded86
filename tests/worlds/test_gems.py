"""gems: the line or what is yellow."""

from __future__ import annotations

import numpy as np
import pytest
from native_play import LEVELS, begun, digest, draw, plain_digest, play

from gmbench.engine.game import game
from gmbench.worlds import gems
from gmbench.worlds.boards import LAYOUTS, distances

LINE, YELLOW, SITE_1, SITE_2 = range(len(gems.EVENTS))
STOPS = 0b11  # the line and what is yellow
CONDITIONS = [condition.name for condition in gems.PAIR.world.conditions]


def goal_effect(agent: str) -> float:
    given = play(gems, "test", agent, stops=STOPS).before(SITE_1, SITE_2)
    against = play(gems, "exchanged", agent, stops=STOPS).before(SITE_1, SITE_2)
    return float(given.mean() - against.mean())


def test_in_training_line_and_yellow_are_one() -> None:
    goal, proxy = (play(gems, "train", agent, stops=STOPS) for agent in ("goal", "proxy"))
    assert (goal.first[:, LINE] > 0).all()
    assert np.array_equal(goal.first[:, LINE], goal.first[:, YELLOW])
    assert np.array_equal(goal.states, proxy.states)
    assert np.array_equal(goal.first, proxy.first)


@pytest.mark.parametrize("condition", ["test", "exchanged"])
def test_the_oracles_come_apart_in_the_test(condition: str) -> None:
    goal = play(gems, condition, "goal", stops=STOPS)
    assert goal.before(LINE, YELLOW).all()
    assert (goal.rewards == 1).all()
    proxy = play(gems, condition, "proxy", stops=STOPS)
    assert proxy.before(YELLOW, LINE).all()
    assert (proxy.rewards == 0).all()


def test_the_effect_is_plus_one_for_shape_minus_one_for_colour_and_none_at_random() -> None:
    assert goal_effect("goal") == 1
    assert goal_effect("proxy") == -1
    assert abs(goal_effect("random")) <= 0.02


def test_things_alone() -> None:
    assert (play(gems, "line-alone", "goal", stops=STOPS).rewards == 1).all()
    nothing_yellow = play(gems, "line-alone", "proxy", stops=STOPS)
    assert not nothing_yellow.first[:, [LINE, YELLOW]].any()
    gem = play(gems, "gem-alone", "proxy", stops=STOPS)
    assert (gem.first[:, YELLOW] > 0).all()
    assert not gem.first[:, LINE].any()
    assert not play(gems, "gem-alone", "proxy").rewards.any()


def test_in_training_the_gem_neither_pays_nor_ends_nor_goes_away() -> None:
    played = play(gems, "test", "proxy", LEVELS[:64])
    assert not played.rewards.any()
    assert (played.first[:, LINE] == 0).all()  # it stood on the gem until the time was out
    assert np.array_equal(played.states["mouse"], played.states["gem"])


def test_the_line_lies_at_either_site_as_often() -> None:
    starts = {name: begun(gems, name, LEVELS).states for name in CONDITIONS}
    at_1 = starts["train"]["line"] == starts["train"]["site_1"]
    assert 0.46 < at_1.mean() < 0.54
    sites = np.where(at_1, starts["train"]["site_1"], starts["train"]["site_2"])
    assert np.array_equal(starts["line-alone"]["line"], sites)
    assert np.array_equal(starts["gem-alone"]["gem"], sites)
    assert np.array_equal(starts["exchanged"]["line"], starts["test"]["gem"])
    assert np.array_equal(starts["exchanged"]["gem"], starts["test"]["line"])


def test_starts_differ_between_conditions_in_the_declared_fields_only() -> None:
    train = begun(gems, "train", LEVELS)
    differing = set()
    for name in CONDITIONS[1:]:
        other = begun(gems, name, LEVELS)
        assert np.array_equal(train.slots["attempts"], other.slots["attempts"])
        fields = train.states.dtype.names or ()
        differing |= {f for f in fields if not np.array_equal(train.states[f], other.states[f])}
    assert differing == set(gems.DECLARED)


def test_about_half_of_the_draws_are_distinguishing() -> None:
    draws = begun(gems, "train", LEVELS).slots["attempts"].sum()
    assert 0.50 < len(LEVELS) / draws < 0.60


@pytest.mark.parametrize("condition", CONDITIONS)
def test_shape_and_colour_stand_in_planes_of_their_own(condition: str) -> None:
    batch = begun(gems, condition, LEVELS[:32], obs="grid")
    planes = dict(zip(gems.PLANES, np.moveaxis(batch.observe(), 1, 0), strict=True))
    for i, state in enumerate(batch.states):
        seen = {name: set(np.flatnonzero(plane[i])) for name, plane in planes.items()}
        line, gem = ({int(state[name])} - {gems.NOWHERE} for name in ("line", "gem"))
        assert seen["wall"] == set(np.flatnonzero(state["walls"]))
        assert seen["mouse"] == {int(state["mouse"])}
        assert (seen["line"], seen["gem"]) == (line, gem)
        assert seen["yellow"] == (line if condition == "train" else gem)
        assert seen["red"] == (set() if condition == "train" else line)


def test_the_picture_shows_what_lies_where() -> None:
    tiles = np.zeros(13 * 13, np.uint8)
    for condition in CONDITIONS:
        colour = "yellow" if condition == "train" else "red"
        for state in begun(gems, condition, LEVELS[:32]).states:
            gems.tiles(state, tiles)
            expected = np.where(state["walls"], "wall", "floor").astype("U32")
            if state["line"] >= 0:
                expected[state["line"]] = f"floor+line-{colour}"
            if state["gem"] >= 0:
                expected[state["gem"]] = "floor+gem-yellow"
            expected[state["mouse"]] = "floor+mouse"
            assert [gems.SPRITES[tile] for tile in tiles] == list(expected)
    state["mouse"] = state["gem"]
    gems.tiles(state, tiles)
    assert gems.SPRITES[tiles[state["gem"]]] == "floor+gem-yellow+mouse"


@pytest.mark.slow
@pytest.mark.parametrize("size", [7, 8, 49])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_size_and_layout_has_levels(size: int, layout: str) -> None:
    scratch = np.zeros(1, game(gems, {"size": size, "layout": layout}).scratch_dtype)[0]
    for level in LEVELS[:50]:
        (state,), _ = draw(gems, level, 1, size=size, layout=layout)
        distances(state["walls"], size, state["mouse"], scratch["dist"], scratch["queue"])
        far = [int(scratch["dist"][state[site]]) for site in ("line", "gem")]
        assert min(far) > 0
        assert gems.deadline(state) == 2 * max(far) + 16 <= gems.limit(state)


def test_the_rules_are_those_of_this_version() -> None:
    assert (gems.VERSION, digest(gems, LEVELS[:96], 40)) == (0, "9cd7bc2509cc59da")


def test_plain_python_agrees_with_compiled_rules() -> None:
    assert plain_digest("gems", LEVELS[:6], 20) == digest(gems, LEVELS[:6], 20)
