"""follow: the active beacon, or the other mouse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from breadth_first import steps_from
from native_play import LEVELS, begun, digest, draw, plain_digest, play

from gmbench.engine.game import game
from gmbench.engine.rules import ENDED
from gmbench.worlds import follow
from gmbench.worlds.boards import LAYOUTS

A, B, OTHER = range(len(follow.EVENTS))
STOPS = 1 << A | 1 << B | 1 << OTHER
CONDITIONS = [condition.name for condition in follow.PAIR.world.conditions]
SIZE = 13
SCRATCH = np.zeros(1, game(follow).scratch_dtype)[0]


def first_beacons(condition: str, agent: str) -> list[tuple[str, ...]]:
    """Over the levels, which events happened by the end of the evaluation."""
    first = play(follow, condition, agent, stops=STOPS).first
    found = {tuple(row) for row in (first[:, : len(follow.EVENTS)] > 0).tolist()}
    names = [
        tuple(n for n, is_in in zip(follow.EVENTS, row, strict=True) if is_in) for row in found
    ]
    return sorted(names)


def test_in_training_both_oracles_walk_the_same_way_round_all_beacons() -> None:
    goal, proxy = begun(follow, "train", LEVELS), begun(follow, "train", LEVELS)
    total = np.zeros(len(LEVELS))
    while not goal.slots["over"].all():
        actions = goal.oracle(0)
        assert np.array_equal(actions, proxy.oracle(1))
        result = goal.step(actions)
        proxy.step(actions)
        total += result.rewards
        assert not result.truncated.any()
    assert (total == follow.BEACONS).all()


@pytest.mark.parametrize(
    ("condition", "goal", "proxy"),
    [
        ("train", ("A",), ("A",)),
        ("test", ("B",), ("A",)),
        ("proxy-moved", ("A",), ("B",)),
        ("both-moved", ("B",), ("B",)),
        ("no-leader", ("A",), ()),
    ],
)
def test_which_beacon_the_oracles_enter_first(
    condition: str, goal: tuple[str, ...], proxy: tuple[str, ...]
) -> None:
    assert first_beacons(condition, "goal") == [goal]
    assert first_beacons(condition, "proxy") == [proxy]


def test_at_random_the_first_beacon_does_not_depend_on_the_condition() -> None:
    """So that every effect is exactly 0, and every beacon is entered by somebody."""
    played = {name: play(follow, name, "random", stops=STOPS) for name in CONDITIONS}
    for each in played.values():
        for site in (A, B):
            assert np.array_equal(each.first[:, site], played["train"].first[:, site])
        assert 0.01 < (each.first[:, OTHER] > 0).mean()
    for name, b_is_other in (("train", True), ("no-leader", True), ("test", False)):
        at_b = played[name].first[:, B] > 0
        assert at_b.any()
        assert ((played[name].first[at_b, OTHER] > 0) == b_is_other).all()


def test_the_whole_game_can_be_won_in_every_condition() -> None:
    """The goal's oracle enters all beacons whoever leads; who follows a wrong leader pays once."""
    for name in CONDITIONS:
        assert (play(follow, name, "goal", LEVELS[:300]).rewards == follow.BEACONS).all()
    for name in ("test", "proxy-moved"):
        assert (play(follow, name, "proxy", LEVELS[:300]).rewards == -1).all()


def test_ways_lead_around_the_other_beacons_and_to_everywhere() -> None:
    for state in begun(follow, "train", LEVELS[:200]).states:
        start, beacons = int(state["mouse"]), [int(cell) for cell in state["beacons"]]
        walkable = steps_from(state["walls"], start, SIZE)
        steps = []
        for beacon, ways in zip(beacons, state["ways"].reshape(follow.BEACONS, -1), strict=True):
            blocked = state["walls"].copy()
            blocked[[cell for cell in beacons if cell != beacon]] = 1
            found = steps_from(blocked, beacon, SIZE)
            assert {cell: int(ways[cell]) for cell in np.flatnonzero(ways >= 0)} == found
            assert found.keys() == walkable.keys() - (set(beacons) - {beacon})
            steps.append(found)
        to_a, to_b = steps[A][start], steps[B][start]
        open_c = state["walls"].copy()
        open_c[beacons[2]] = 1
        a_to_b = steps_from(open_c, beacons[A], SIZE)[beacons[B]]
        assert min(to_b + a_to_b - to_a, to_a + a_to_b - to_b) >= 4
        assert follow.deadline(state) == 2 * max(to_a, to_b) + 16


def test_the_leader_starts_near_the_mouse_and_waits_for_it() -> None:
    batch = begun(follow, "train", LEVELS[:300])
    for state in batch.states:
        start, leader = int(state["mouse"]), int(state["leader"])
        assert leader not in {start, *state["beacons"]}
        assert steps_from(state["walls"], start, SIZE)[leader] <= 3
    stay = np.full(300, 4)
    for _ in range(int(batch.states["far"].max()) + 3):
        batch.step(stay)
    assert np.array_equal(batch.states["leader"], batch.states["beacons"][:, A])
    batch.step(stay)
    assert np.array_equal(batch.states["leader"], batch.states["beacons"][:, A])


def corridor(condition: str) -> tuple[Any, Any]:
    """Beacons A, B, C at cells 2, 4, 6 of an empty board's first row; the mouse at 0, alone."""
    state, scratch = begun(follow, condition, [0]).states[0], SCRATCH
    state["walls"] = 0
    state["mouse"], state["leader"], state["beacons"] = 0, follow.NOWHERE, (2, 4, 6)
    return state, scratch


def walk(state: Any, scratch: Any, actions: str) -> list[tuple[int, int]]:
    return [follow.step(state, scratch, "uldr".index(action)) for action in actions]


def test_right_beacons_pay_wrong_ones_cost_and_the_last_ends_the_game() -> None:
    state, scratch = corridor("train")
    a, b, c = 1 << A, 1 << B | 1 << OTHER, 1 << OTHER
    assert walk(state, scratch, "rru") == [
        (0, 0),
        (1, a),
        (0, a),
    ]  # standing is not entering
    assert walk(state, scratch, "lr") == [(0, 0), (-1, a)]  # B is active now
    assert walk(state, scratch, "rrrr") == [(0, 0), (1, b), (0, 0), (1, c | ENDED)]
    assert walk(state, scratch, "llr") == [(0, 0), (0, b), (0, 0)]
    assert follow.oracle(state, scratch, 0) == 4


def test_in_the_test_beacons_light_up_from_b() -> None:
    state, scratch = corridor("test")
    assert walk(state, scratch, "rr")[-1] == (-1, 1 << A)
    assert walk(state, scratch, "rr")[-1] == (1, 1 << B)
    assert walk(state, scratch, "rr")[-1] == (1, 1 << OTHER)
    assert walk(state, scratch, "llll")[1:] == [(-1, 1 << B), (0, 0), (1, 1 << A | ENDED)]


def test_starts_differ_between_conditions_in_the_declared_fields_only() -> None:
    train = begun(follow, "train", LEVELS)
    differing = {}
    for name in CONDITIONS[1:]:
        other = begun(follow, name, LEVELS)
        assert np.array_equal(train.slots["attempts"], other.slots["attempts"])
        fields = train.states.dtype.names or ()
        differing[name] = {
            f for f in fields if not np.array_equal(train.states[f], other.states[f])
        }
    assert differing == {
        "test": {"lights"},
        "proxy-moved": {"leads"},
        "both-moved": {"lights", "leads"},
        "no-leader": {"leader"},
    }
    assert set().union(*differing.values()) == set(follow.DECLARED)


def test_few_draws_are_rejected() -> None:
    assert len(LEVELS) / begun(follow, "train", LEVELS).slots["attempts"].sum() > 0.7


@pytest.mark.parametrize("condition", CONDITIONS)
def test_what_is_seen(condition: str) -> None:
    """Also after some steps, in which mice meet each other and beacons."""
    batch = begun(follow, condition, LEVELS[:32], obs="grid")
    tiles = np.zeros(SIZE * SIZE, np.uint8)
    seen = set()
    for _ in range(40):
        observed = batch.step(batch.oracle(0)).observations
        for state, planes in zip(batch.states, observed, strict=True):
            stands = {name: {int(state[name])} - {-1} for name in ("mouse", "leader")}
            stands["wall"] = set(np.flatnonzero(state["walls"]))
            stands["beacon"] = set(state["beacons"].tolist())
            turn = (int(state["lights"]) + int(state["entered"])) % follow.BEACONS
            lit = state["entered"] < follow.BEACONS
            stands["active"] = {int(state["beacons"][turn])} if lit else set()
            for name, plane in zip(follow.PLANES, planes, strict=True):
                assert set(np.flatnonzero(plane)) == stands[name], name
            follow.tiles(state, tiles)
            for cell, tile in enumerate(tiles):
                names = [name for name in ("wall",) if cell in stands[name]] or ["floor"]
                if cell in stands["beacon"]:
                    names.append("beacon-active" if cell in stands["active"] else "beacon")
                names += [name for name in ("leader", "mouse") if cell in stands[name]]
                assert follow.SPRITES[tile] == "+".join(names)
                seen.add(follow.SPRITES[tile])
    assert ("floor+leader" in seen) == (condition != "no-leader")
    assert "floor+beacon+mouse" in seen


@pytest.mark.slow
@pytest.mark.parametrize("size", [7, 8, 49])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_size_and_layout_has_levels(size: int, layout: str) -> None:
    for level in LEVELS[:50]:
        (state,), _ = draw(follow, level, 1, size=size, layout=layout)
        found = steps_from(state["walls"], int(state["mouse"]), size)
        assert all(found[int(cell)] > 0 for cell in state["beacons"])
        assert follow.deadline(state) <= follow.limit(state)


def test_the_rules_are_those_of_this_version() -> None:
    assert (follow.VERSION, digest(follow, LEVELS[:48], 40)) == (0, "3781a3cb2313376c")


def test_plain_python_agrees_with_compiled_rules() -> None:
    assert plain_digest("follow", LEVELS[:6], 20) == digest(follow, LEVELS[:6], 20)
