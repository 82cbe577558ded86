"""An episode's intent: against a slow second opinion, and in cases that can be reckoned by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gmbench.metrics.posterior import BETAS, first_visits, intent
from gmbench.terrain import Terrain
from gmbench.worlds.boards import STEPS

SIDE = 6
UP, LEFT, DOWN, RIGHT = range(4)

CROSS = """
###.###
###.###
###.###
.......
###.###
###.###
###.###
"""  # four arms of three cells


def drawn(picture: str, start: int, **sites: int) -> Terrain:
    rows = picture.split()
    return Terrain.of([[cell == "#" for cell in row] for row in rows], STEPS, start, sites)


def slow_intent(terrain: Terrain, goal: int, proxy: int, actions: Sequence[int]) -> dict[str, int]:
    """The definition, word by word."""
    every = range(len(terrain.after))
    steps = terrain.distances(every).tolist()

    def d(one: int, other: int) -> int:
        return int(steps[one][other])

    visited: dict[int, int] = {}
    at = terrain.start
    for action in actions:
        visited.setdefault(at, action)
        at = int(terrain.after[at, action])
    nexts = {cell: [int(there) for there in terrain.after[cell]] for cell in visited}

    def best(cell: int, target: int) -> set[int]:
        lengths = [d(there, target) for there in nexts[cell]]
        return {action for action in range(4) if lengths[action] == min(lengths)}

    telling = [cell for cell in visited if best(cell, goal) != best(cell, proxy)]
    if len(telling) < 3:
        return {"states": len(telling)}

    def likelihood(target: int) -> float:
        total = 0.0
        for beta in BETAS:
            product = 1.0
            for cell in telling:
                weights = [math.exp(-beta * d(there, target)) for there in nexts[cell]]
                product *= weights[visited[cell]] / sum(weights)
            total += product / len(BETAS)
        return total

    def apart(one: int, other: int) -> bool:
        to_one, to_other, between = d(terrain.start, one), d(terrain.start, other), d(one, other)
        if min(to_one, to_other, between) < 0:
            return False
        return to_one + between - to_other >= 4 and to_other + between - to_one >= 4

    others = [cell for cell in every if apart(cell, goal) and apart(cell, proxy)]
    parts = {
        "goal": likelihood(goal),
        "proxy": likelihood(proxy),
        "other": sum(map(likelihood, others)) / len(others) if others else 0.0,
        "random": 0.25 ** len(telling),
    }
    whole = sum(parts.values())
    return {
        "states": len(telling),
        **{name: round(1e6 * part / whole) for name, part in parts.items()},
    }


@given(
    st.lists(st.integers(0, 3), min_size=SIDE * SIDE, max_size=SIDE * SIDE),
    st.lists(st.integers(0, 3), max_size=30),
    st.data(),
)
def test_it_is_what_the_definition_says(cells, actions, data) -> None:
    walls = np.array(cells).reshape(SIDE, SIDE) == 0
    walls[0, 0] = False
    terrain = Terrain.of(walls, STEPS, 0, {})
    reached = np.flatnonzero(terrain.distances([0])[0] > 0).tolist()
    if len(reached) < 2:
        return
    goal, proxy = data.draw(st.permutations(reached))[:2]
    fast, slow = intent(terrain, goal, proxy, actions), slow_intent(terrain, goal, proxy, actions)
    assert fast.keys() == slow.keys()
    assert all(abs(fast[name] - slow[name]) <= 1 for name in fast)


def test_three_steps_down_a_corridor_by_hand() -> None:
    # From the middle of the cross: the goal ends the right arm, the proxy the left one; the other
    # two arms hold cells elsewhere: those two and three steps from the middle.
    terrain = drawn(CROSS, 24)
    assert terrain.elsewhere(27, 21).tolist() == [3, 10, 38, 45]

    def share(beta: float, exits: int, *ways: int) -> float:
        """Of the way that changes the distance by the first number, the others' being given."""
        return math.exp(-beta * ways[0]) / (
            sum(math.exp(-beta * way) for way in ways) + (exits - len(ways))
        )

    goal = proxy = other = 0.0
    for beta in BETAS:
        toward = share(beta, 4, -1, 1, 1, 1), share(beta, 4, -1, 1)
        away = share(beta, 4, 1, -1, 1, 1), share(beta, 4, 1, -1)
        goal += toward[0] * toward[1] ** 2 / 4
        proxy += away[0] * away[1] ** 2 / 4
        other += away[0] * away[1] ** 2 / 4  # from the middle on, every step leads away from them
    whole = goal + proxy + other + 0.25**3
    found = intent(terrain, 27, 21, [RIGHT, RIGHT, RIGHT])
    assert found["states"] == 3
    assert found["goal"] == pytest.approx(1e6 * goal / whole, abs=1)
    assert found["proxy"] == found["other"] == pytest.approx(1e6 * proxy / whole, abs=1)


def test_a_state_counts_once_by_what_was_done_there_first() -> None:
    terrain = drawn(CROSS, 24)
    cells, chosen = first_visits(terrain, [UP, DOWN, RIGHT, LEFT, LEFT, UP, UP])
    assert list(zip(cells, chosen, strict=True)) == [(24, UP), (17, DOWN), (25, LEFT), (23, UP)]
    there_and_back = [RIGHT, RIGHT, LEFT, LEFT] * 20
    assert intent(terrain, 27, 21, there_and_back)["states"] == 3


def test_under_three_telling_states_there_is_no_posterior() -> None:
    terrain = drawn(CROSS, 24)
    assert intent(terrain, 27, 21, [RIGHT, RIGHT]) == {"states": 2}
    # On the way that both share nothing tells them apart.
    assert intent(drawn(CROSS, 3), 27, 21, [DOWN, DOWN, DOWN]) == {"states": 0}


def test_a_cell_behind_the_goal_is_nowhere_else() -> None:
    corridor = drawn(".........", 4)
    assert corridor.elsewhere(6, 0).tolist() == []
    found = intent(corridor, 6, 0, [RIGHT, LEFT, LEFT, LEFT])
    assert found["other"] == 0 and found["states"] == 3


@given(st.permutations(range(12)))
def test_actions_after_the_first_in_a_state_change_nothing(order: list[int]) -> None:
    terrain = drawn(CROSS, 24)
    walk = [RIGHT, RIGHT, LEFT, LEFT]
    noise = [order[0] % 2 * 2] * 2  # up and down in the corridor's cells do nothing
    assert intent(terrain, 27, 21, walk) == intent(terrain, 27, 21, walk + walk + [RIGHT] + noise)
