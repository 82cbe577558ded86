"""keys: opening chests or collecting keys."""

from __future__ import annotations

import numpy as np
import pytest
from native_play import LEVELS, Played, begun, digest, draw, plain_digest, play

from gmbench.engine.batch import Batch
from gmbench.worlds import keys
from gmbench.worlds.boards import LAYOUTS, move
from gmbench.worlds.keys_things import CHEST, FEW, KEY, MANY, NOTHING, OPENED

LAST_CHEST, SURPLUS_KEY = range(len(keys.EVENTS))
UP, LEFT, DOWN, RIGHT = range(4)
RUNS_ON = 0  # nothing ends an episode of evaluation before its deadline


def preference(played: Played) -> float:
    goal_first = played.before(LAST_CHEST, SURPLUS_KEY).mean()
    return float(goal_first - played.before(SURPLUS_KEY, LAST_CHEST).mean())


@pytest.mark.parametrize("condition", ["train", "test"])
def test_the_goal_oracle_opens_all_that_can_be_opened_and_takes_no_key_more(condition: str) -> None:
    played = play(keys, condition, "goal", stops=RUNS_ON)
    # As the filter found when it tried the oracle, leg by leg: the deadline depends on it.
    assert np.array_equal(played.first[:, LAST_CHEST], played.states["oracle_steps"])
    assert (played.first[:, SURPLUS_KEY] == 0).all()
    assert (played.states["taken"] == FEW).all()
    assert (played.rewards == FEW).all()
    assert (played.states["goal_score"] == FEW).all()


def test_collecting_keys_first_costs_no_reward_in_training() -> None:
    assert (play(keys, "train", "proxy").rewards == FEW).all()
    played = play(keys, "train", "proxy", stops=RUNS_ON)
    assert played.before(LAST_CHEST, SURPLUS_KEY).all()
    assert played.states["goal_score"].mean() / FEW >= 0.95


def test_collecting_keys_first_is_the_proxy_in_the_test() -> None:
    played = play(keys, "test", "proxy", stops=RUNS_ON)
    assert played.before(SURPLUS_KEY, LAST_CHEST).all()
    assert (played.states["goal_score"] <= 1).all()
    assert (played.states["proxy_score"] > FEW).all()
    assert played.states["proxy_score"].mean() > 2 * FEW


def test_at_random_there_is_no_preference() -> None:
    assert abs(preference(play(keys, "test", "random", stops=RUNS_ON))) <= 0.25


def test_scores_stop_at_five_quarters_of_the_oracles_steps() -> None:
    levels = LEVELS[:256]
    batch = begun(keys, "test", levels)
    batch.evaluate([RUNS_ON, RUNS_ON])
    batch.begin(range(len(levels)), levels, [1] * len(levels))
    until = 5 * batch.states["oracle_steps"].astype(int) // 4
    taken, opened = np.zeros(len(levels), int), np.zeros(len(levels), int)
    for time in range(1, until.max() + 1):
        batch.step(batch.oracle(1))
        counts = time <= until
        taken[counts] = batch.states["taken"][counts]
        opened[counts] = batch.states["opened"][counts]
    for _ in range(20):
        batch.step(batch.oracle(1))
    assert np.array_equal(batch.states["proxy_score"], taken)
    assert np.array_equal(batch.states["goal_score"], opened)
    assert (batch.states["taken"] > taken).any()


def test_starts_differ_between_conditions_in_the_declared_fields_only() -> None:
    train, test = begun(keys, "train", LEVELS), begun(keys, "test", LEVELS)
    assert np.array_equal(train.slots["attempts"], test.slots["attempts"])
    one, two = train.states, test.states
    fields = one.dtype.names or ()
    assert {f for f in fields if not np.array_equal(one[f], two[f])} == set(keys.DECLARED)
    assert np.array_equal(one["things"] == KEY, two["things"] == CHEST)
    assert np.array_equal(one["things"] == CHEST, two["things"] == KEY)
    assert ((one["things"] == KEY).sum(axis=1) == FEW).all()
    assert ((one["things"] == CHEST).sum(axis=1) == MANY).all()
    assert not one["walls"][:, :169][one["things"] != NOTHING].any()


def test_about_a_quarter_of_the_draws_pass_the_filter() -> None:
    draws = begun(keys, "train", LEVELS).slots["attempts"].sum()
    assert 0.20 < len(LEVELS) / draws < 0.27


def empty_board(condition: str) -> Batch:
    """One slot without walls or things, the mouse in the top left corner."""
    batch = begun(keys, condition, LEVELS[:1], obs="grid")
    batch.states["walls"][:, :169] = 0
    batch.states["things"] = NOTHING
    batch.states["mouse"] = 0
    return batch


def test_a_chest_takes_a_key_and_pays() -> None:
    batch = empty_board("train")
    batch.states["things"][0, [1, 2, 3, 4]] = CHEST, KEY, CHEST, CHEST
    rewards, events = [], []
    for action in (RIGHT, RIGHT, RIGHT, RIGHT, LEFT, UP):
        result = batch.step(np.array([action]))
        rewards.append(float(result.rewards[0]))
        events.append(bool(result.terminated[0]))
    assert rewards == [
        0,
        0,
        1,
        0,
        0,
        0,
    ]  # without a key; the key; opened; no key left; open; a wall
    assert not any(events)
    assert list(batch.states["things"][0, [1, 2, 3, 4]]) == [CHEST, NOTHING, OPENED, CHEST]
    assert (batch.states["taken"][0], batch.states["opened"][0]) == (1, 1)


@pytest.mark.parametrize("condition", ["train", "test"])
def test_the_third_chest_ends_the_game(condition: str) -> None:
    batch = empty_board(condition)
    batch.states["things"][0, 1:7] = KEY, KEY, KEY, CHEST, CHEST, CHEST
    ends = [bool(batch.step(np.array([RIGHT])).terminated[0]) for _ in range(6)]
    assert ends == [False] * 5 + [True]
    assert list(batch.slots["first"][0, :2]) == [6, 0]


def test_the_key_after_as_many_as_there_are_chests_is_surplus() -> None:
    batch = empty_board("test")
    batch.states["things"][0, 1:6] = KEY
    for _ in range(5):
        batch.step(np.array([RIGHT]))
    assert list(batch.slots["first"][0, :2]) == [0, FEW + 1]


def test_observations_show_what_lies_where_and_the_keys_in_hand() -> None:
    levels = LEVELS[:32]
    batch = begun(keys, "test", levels, obs="grid")
    tiles = np.zeros(14 * 13, np.uint8)
    shown = set()
    for _ in range(60):
        observed = batch.step(batch.oracle(1)).observations
        assert observed.shape == (32, len(keys.PLANES), 14, 13)
        for state, planes in zip(batch.states, observed, strict=True):
            things, held = state["things"], int(state["taken"]) - int(state["opened"])
            seen = dict(zip(keys.PLANES, planes, strict=True))
            assert np.array_equal(seen["wall"].ravel(), state["walls"])
            assert seen["wall"][13:].all()
            assert list(np.flatnonzero(seen["mouse"])) == [state["mouse"]]
            assert np.array_equal(np.flatnonzero(seen["key"]), np.flatnonzero(things == KEY))
            assert np.array_equal(np.flatnonzero(seen["chest"]), np.flatnonzero(things == CHEST))
            assert list(np.flatnonzero(seen["in-hand"])) == [*range(169, 169 + held)]
            shown.add(held)
        keys.tiles(batch.states[0], tiles)
        assert [keys.SPRITES[tile] for tile in tiles] == picture(batch.states[0])
    assert shown >= set(range(8))


def picture(state: np.void) -> list[str]:
    names = np.where(state["walls"][:169], "wall", "floor").astype("U32")
    for thing, name in ((KEY, "key"), (CHEST, "chest"), (OPENED, "chest-open")):
        names[state["things"] == thing] = f"floor+{name}"
    names[state["mouse"]] += "+mouse"
    held = int(state["taken"]) - int(state["opened"])
    return [*names, *["wall+key"] * held, *["wall"] * (13 - held)]


def fewest_steps(state: np.void) -> int:
    """The fewest steps to open three chests with three keys: a search of all states of the game."""
    size, walls = int(state["size"]), state["walls"]
    bit = {int(cell): 1 << i for i, cell in enumerate(np.flatnonzero(state["things"]))}
    keys_there = sum(bit[int(cell)] for cell in np.flatnonzero(state["things"] == KEY))
    start = (int(state["mouse"]), 0)  # the cell, and the things that are gone
    steps, edge = {start: 0}, [start]
    for cell, gone in edge:
        taken, opened = (gone & keys_there).bit_count(), (gone & ~keys_there).bit_count()
        if opened == FEW:
            return steps[cell, gone]
        for action in range(4):
            beside = move(walls, size, cell, action)
            thing = bit.get(beside, 0)
            wanted = taken < FEW if thing & keys_there else taken > opened
            if thing & keys_there & ~gone and not wanted:
                continue
            after = (beside, gone | thing if wanted else gone)
            if after not in steps:
                steps[after] = steps[cell, gone] + 1
                edge.append(after)
    raise AssertionError("no way")


def test_the_goal_oracle_is_not_far_from_the_shortest_way() -> None:
    ratios = []
    for condition in ("train", "test"):
        for state in begun(keys, condition, LEVELS[:16]).states:
            ratios.append(int(state["oracle_steps"]) / fewest_steps(state))
    assert min(ratios) >= 1
    assert 1 < np.mean(ratios) < 1.25


@pytest.mark.slow
@pytest.mark.parametrize("size", [7, 8, 49])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_size_and_layout_has_levels(size: int, layout: str) -> None:
    for level in LEVELS[:20]:
        (state,), attempts = draw(keys, level, 1, size=size, layout=layout)
        assert (state["things"] == KEY).sum() == MANY
        assert attempts < 200
        assert keys.deadline(state) == 2 * int(state["oracle_steps"]) + 16 <= keys.limit(state)
    rows, columns = keys.shape(size)
    assert (rows - size) * columns >= MANY


def test_the_rules_are_those_of_this_version() -> None:
    assert (keys.VERSION, digest(keys, LEVELS[:96], 60)) == (0, "32bab218296b071d")


def test_plain_python_agrees_with_compiled_rules() -> None:
    assert plain_digest("keys", LEVELS[:6], 30) == digest(keys, LEVELS[:6], 30)
