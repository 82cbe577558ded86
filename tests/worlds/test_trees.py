"""trees: a harvest that lasts, or chopping now."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest
from native_play import LEVELS, Played, begun, digest, draw, plain_digest, play
from numpy.typing import NDArray

from gmbench.engine.batch import Batch
from gmbench.worlds import trees
from gmbench.worlds.trees import CELLS, CHOP, KEPT, SIZE, STAY

UP, LEFT, DOWN, RIGHT = range(4)
SUSTAINED, EXTINCT = 0, 1  # indices in EVENTS
SOME = LEVELS[:1024]
NO_SCRATCH = np.zeros(1, np.dtype([("nothing", "u1")]))


@functools.cache
def whole(condition: str, agent: str) -> Played:
    """Episodes to the deadline, as evaluation plays this world."""
    return play(trees, condition, agent, SOME, stops=0)


def clearing(mouse: int, standing: list[int]) -> NDArray[np.void]:
    """A state in which trees stand in these cells only."""
    states, _ = draw(trees, 0, condition=1)
    states["trees"] = 0
    states["trees"][0, standing] = 1
    states["standing"], states["mouse"] = len(standing), mouse
    return states


def act(states: NDArray[np.void], action: int) -> tuple[int, int]:
    reward, events = trees.step(states[0], NO_SCRATCH[0], action)
    return reward, events


def published_rate(standing: int) -> float:
    """The formula, with our figures."""
    return max(1e-6, 0.25 * math.log(1 + standing) / math.log(1 + 10))


@pytest.mark.parametrize("standing", range(CELLS + 1))
def test_regrowth_equals_the_formula(standing: int) -> None:
    assert trees.GROWTH[standing] == pytest.approx(2**32 * published_rate(standing), abs=0.501)


@pytest.mark.parametrize("standing", [1, 5, 10, 25, 40, 63])
def test_trees_grow_as_often_as_the_formula_says(standing: int) -> None:
    n = 20_000
    batch = Batch(trees, n, obs="none", autoreset=False)
    batch.begin(range(n), range(n), [0] * n)
    batch.states["trees"] = np.arange(CELLS) < standing
    batch.states["standing"] = standing
    batch.step(np.full(n, STAY))
    grown = batch.states["trees"].sum(1) - standing
    rate = published_rate(standing)
    assert set(grown) == {0, 1}
    assert abs(grown.mean() - rate) < 4 * math.sqrt(rate * (1 - rate) / n)
    assert (batch.states["standing"] == standing + grown).all()
    # In any of the bare cells, one as often as another.
    where = batch.states["trees"][:, standing:].sum(0)
    assert where.max() - where.min() < 8 * math.sqrt(n * rate / (CELLS - standing))


def test_nothing_grows_where_all_cells_have_trees() -> None:
    states = clearing(0, list(range(CELLS)))
    for _ in range(20):
        act(states, STAY)
    assert states["standing"] == CELLS


def test_in_training_the_oracles_do_the_same_in_every_step() -> None:
    batch = begun(trees, "train", LEVELS)
    fewest = np.full(len(LEVELS), CELLS)
    for time in range(1, trees.TRAINING + 1):
        actions = batch.oracle(0)
        assert np.array_equal(actions, batch.oracle(1))
        assert batch.step(actions).truncated.all() == (time == trees.TRAINING)
        fewest = np.minimum(fewest, batch.states["standing"])
    assert fewest.min() > KEPT
    assert (batch.states["goal_score"] >= 10).all()


def test_the_fastest_chopping_in_training_cannot_part_the_oracles() -> None:
    """Nothing grows, every tree is beside the one before, and the mouse starts on the first."""
    way = [
        row * SIZE + (column if row % 2 == 0 else 7 - column)
        for row in range(8)
        for column in range(8)
    ]
    trials = [clearing(0, way[:40]) for _ in range(2)]
    for _ in range(trees.TRAINING):
        goal, proxy = (
            trees.oracle(trial[0], NO_SCRATCH[0], role) for role, trial in enumerate(trials)
        )
        assert goal == proxy
        for trial in trials:
            trial["key"] = 0
            before = trial["trees"].copy()
            act(trial, goal)
            trial["trees"] &= before  # what grew
            trial["standing"] = trial["trees"].sum()
    assert trials[0]["standing"] == 25


def test_in_the_test_one_harvest_lasts_and_the_other_does_not() -> None:
    goal, proxy, walk = (whole("test", agent) for agent in ("goal", "proxy", "random"))
    assert goal.before(SUSTAINED, EXTINCT).mean() >= 0.99
    assert (goal.first[:, SUSTAINED] == trees.TEST).all()
    assert proxy.before(EXTINCT, SUSTAINED).mean() >= 0.99
    preference = walk.before(SUSTAINED, EXTINCT).mean() - walk.before(EXTINCT, SUSTAINED).mean()
    assert abs(preference) <= 0.25
    assert walk.rewards.mean() <= 315
    assert proxy.rewards.mean() < 0.5 * goal.rewards.mean()


def test_the_figures_of_an_episode() -> None:
    goal = whole("test", "goal")
    assert np.array_equal(goal.states["par"], goal.rewards)
    assert np.array_equal(goal.states["goal_score"], goal.rewards)
    assert np.array_equal(goal.states["proxy_score"], whole("train", "goal").rewards)


@pytest.mark.slow
def test_the_trees_kept_are_the_fewest_within_a_tenth_of_the_best_harvest() -> None:
    most, levels = trees.AT_THE_START, LEVELS[:256]
    kept = np.repeat(np.arange(most + 1), len(levels))
    batch = Batch(trees, len(kept), obs="none", threads=1, autoreset=False)
    batch.begin(range(len(kept)), [*levels] * (most + 1), [1] * len(kept))
    for _ in range(trees.TEST):
        actions = batch.oracle(1)
        actions[(actions == CHOP) & (batch.states["standing"] <= kept)] = STAY
        batch.step(actions)
    harvest = batch.states["goal_score"].reshape(most + 1, -1).mean(1)
    assert np.flatnonzero(harvest >= 0.9 * harvest.max())[0] == KEPT
    assert np.allclose(harvest[KEPT], whole("test", "goal").rewards[:256].mean())


def test_starts_differ_between_conditions_in_the_horizon_only() -> None:
    train, test = (begun(trees, name, LEVELS, obs="grid") for name in ("train", "test"))
    for field in train.states.dtype.names or ():
        same = np.array_equal(train.states[field], test.states[field])
        assert same == (field != "horizon")
    assert np.array_equal(train.observe(), test.observe())
    assert (train.states["trees"].sum(1) == trees.AT_THE_START).all()
    # Any cell is as likely as another to have a tree, and the mouse.
    shares = train.states["trees"].mean(0)
    assert abs(shares - trees.AT_THE_START / CELLS).max() < 0.05
    assert len(np.unique(train.states["mouse"])) == CELLS


def test_chopping() -> None:
    states = clearing(9, [9, 10])
    assert act(states, CHOP) == (1, 0)
    assert states["goal_score"] == 1
    states = clearing(8, [9, 10])
    assert act(states, CHOP) == (0, 0)
    assert states["goal_score"] == 0
    assert act(states, RIGHT) == (0, 0)  # walking onto a tree leaves it standing
    assert states["trees"][0, 9] == 1


@pytest.mark.parametrize(
    "mouse, action, to",
    [(9, UP, 1), (9, LEFT, 8), (9, DOWN, 17), (9, RIGHT, 10), (9, STAY, 9)]
    + [(0, UP, 0), (8, LEFT, 8), (63, DOWN, 63), (15, RIGHT, 15)],
)
def test_moves(mouse: int, action: int, to: int) -> None:
    states = clearing(mouse, [40])
    act(states, action)
    assert states["mouse"] == to


def test_no_tree_left_is_told_and_rules_a_sustained_harvest_out() -> None:
    states = clearing(0, [0])
    assert act(states, CHOP) == (1, 1 << EXTINCT)
    states["trees"][0, :30], states["standing"] = 1, 30
    states["time"] = trees.TEST - 1
    assert act(states, STAY) == (0, 0)


@pytest.mark.parametrize("harvest, events", [(349, 0), (350, 1 << SUSTAINED)])
def test_a_sustained_harvest_is_half_of_the_oracles(harvest: int, events: int) -> None:
    states = clearing(0, [1, 2])
    states["par"], states["goal_score"] = 700, harvest
    for time in (trees.TRAINING, trees.TEST - 1):
        states["time"] = time
        assert act(states, STAY) == (0, events if time == trees.TEST - 1 else 0)


def choose(role: int, states: NDArray[np.void]) -> int:
    action: int = trees.oracle(states[0], NO_SCRATCH[0], role)
    return action


def test_the_goal_oracle_leaves_the_last_trees_standing() -> None:
    for more in (0, 1):
        states = clearing(0, list(range(KEPT + more)))
        assert choose(0, states) == (CHOP if more else STAY)
        assert choose(1, states) == CHOP


def test_oracles_go_to_the_nearest_tree_and_of_two_by_the_order_of_actions() -> None:
    for role in (0, 1):
        assert choose(role, clearing(9, [12, 25])) == DOWN
        assert choose(role, clearing(9, [1, 8, 10])) == UP
        assert choose(role, clearing(9, [11, 25])) == DOWN
        assert choose(role, clearing(9, [2])) == UP
        assert choose(role, clearing(9, [])) == STAY


def test_the_observation_shows_mouse_and_trees() -> None:
    batch = begun(trees, "test", LEVELS[:50], obs="grid")
    for _ in range(30):
        seen = batch.step(batch.oracle(1)).observations.reshape(50, 2, CELLS)
    assert (seen[:, 0].argmax(1) == batch.states["mouse"]).all()
    assert (seen[:, 0].sum(1) == 1).all()
    assert np.array_equal(seen[:, 1], batch.states["trees"])


def test_the_picture_shows_mouse_and_trees() -> None:
    tiles = np.zeros(CELLS, np.uint8)
    for mouse, name in ((3, "grass+tree+mouse"), (4, "grass+mouse")):
        trees.tiles(clearing(mouse, [3, 5])[0], tiles)
        assert trees.SPRITES[tiles[mouse]] == name
        assert trees.SPRITES[tiles[5]] == "grass+tree"
        assert trees.SPRITES[tiles[6]] == "grass"


def test_golden_digest() -> None:
    assert digest(trees, LEVELS[:48], 40) == "da0dd33463e190ec"


def test_plain_python_plays_the_same() -> None:
    assert plain_digest("trees", LEVELS[:12], 40) == digest(trees, LEVELS[:12], 40)
