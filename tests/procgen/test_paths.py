"""Shortest ways and the rule that tells journeys apart, against slow and obvious answers."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from procgen_games import FIRST_LEVEL, MODES, MakeBatch, world_of

from gmbench.procgen.conditions import Cell
from gmbench.procgen.paths import DETOUR, UNREACHABLE, distances, distinguishing, shortest_way
from gmbench.procgen.worlds import maze

Free = NDArray[np.bool_]


def slow_distances(free: Free, source: Cell) -> dict[Cell, int]:
    """By letting every cell ask its neighbours until nothing changes."""
    known = {source: 0}
    cells = [Cell(int(x), int(y)) for y, x in np.argwhere(free)]
    changed = True
    while changed:
        changed = False
        for cell in cells:
            x, y = cell
            beside = [Cell(x + 1, y), Cell(x - 1, y), Cell(x, y + 1), Cell(x, y - 1)]
            best = min((known[other] + 1 for other in beside if other in known), default=None)
            if best is not None and best < known.get(cell, best + 1):
                known[cell] = best
                changed = True
    return known


@st.composite
def rooms(draw: st.DrawFn) -> tuple[Free, Cell, Cell]:
    height, width = draw(st.integers(1, 8)), draw(st.integers(1, 8))
    bits = draw(st.lists(st.integers(0, 3), min_size=height * width, max_size=height * width))
    free = (np.array(bits) > 0).reshape(height, width)
    cells = st.builds(Cell, st.integers(0, width - 1), st.integers(0, height - 1))
    source, target = draw(cells), draw(cells)
    free[source.y, source.x] = free[target.y, target.x] = True
    return free, source, target


@given(rooms())
@settings(max_examples=80)
def test_distances_are_those_of_the_slow_search(room: tuple[Free, Cell, Cell]) -> None:
    free, source, _ = room
    slow = slow_distances(free, source)
    fast = distances(free, source)
    for y, x in product(range(free.shape[0]), range(free.shape[1])):
        assert fast[y, x] == slow.get(Cell(x, y), UNREACHABLE)


@given(rooms())
@settings(max_examples=80)
def test_a_shortest_way_is_a_way_and_the_shortest(room: tuple[Free, Cell, Cell]) -> None:
    free, source, target = room
    way = shortest_way(free, source, target)
    length = distances(free, source)[target.y, target.x]
    assert len(way) == max(length, 0)
    for before, cell in zip([source, *way], way, strict=False):
        assert free[cell.y, cell.x]
        assert abs(before.x - cell.x) + abs(before.y - cell.y) == 1
    if length > 0:
        assert way[-1] == target


@given(rooms())
@settings(max_examples=80)
def test_distinguishing_cells_are_those_of_the_rule(room: tuple[Free, Cell, Cell]) -> None:
    free, start, a = room
    from_start, from_a = slow_distances(free, start), slow_distances(free, a)
    expected = [
        b
        for b in sorted(from_start, key=lambda cell: (cell.y, cell.x))
        if a in from_start
        and from_start[b] + from_a[b] - from_start[a] >= DETOUR
        and from_start[a] + from_a[b] - from_start[b] >= DETOUR
    ]
    assert distinguishing(free, start, a) == expected


@pytest.mark.procgen
@pytest.mark.parametrize("mode", MODES)
def test_every_b_of_a_maze_is_a_different_journey(make_batch: MakeBatch, mode: str) -> None:
    """In a tree of corridors the shortest way is the only one, so a journey is a set of cells."""
    batch = make_batch(world_of("maze"), 1, mode, maze.find_sites)
    accepted = 0
    for level in range(FIRST_LEVEL, FIRST_LEVEL + 30):
        state, sites = batch.prepare(level)
        if sites.rejected:
            assert "B" not in sites.cells
            continue
        accepted += 1
        free = state.grid != 51
        start = Cell(int(state.player["x"]), int(state.player["y"]))
        a, b = sites.cells["A"], sites.cells["B"]
        to_a, to_b = set(shortest_way(free, start, a)), set(shortest_way(free, start, b))
        assert len(to_a - to_b) >= DETOUR / 2
        assert len(to_b - to_a) >= DETOUR / 2
        assert b in distinguishing(free, start, a)
        assert sites.candidates == len(distinguishing(free, start, a))
        margin = start.x
        assert a == (state.grid.shape[1] - 1 - margin, state.grid.shape[0] - 1 - margin)
        assert state.grid[a.y, a.x] != 51
    assert accepted >= 10
