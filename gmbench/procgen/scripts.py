"""The action sequences of Procgen's scripted agents.

A script sees the level's start state, which no agent under evaluation ever does.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, cycle, repeat

import numpy as np
from numpy.typing import NDArray

from gmbench.procgen.actions import DOWN, LEFT, RIGHT, RIGHT_UP, STAY, UP
from gmbench.procgen.conditions import Cell
from gmbench.procgen.paths import shortest_way

_MOVES = {(1, 0): RIGHT, (-1, 0): LEFT, (0, 1): UP, (0, -1): DOWN}


def run_right_jumping() -> Iterator[int]:
    """Run right and jump whenever there is ground underfoot."""
    return repeat(RIGHT_UP)


def run_right_with_charged_jumps(charge_steps: int) -> Iterator[int]:
    """Run right, hold the jump for some steps, let go, again and again (ninja's jump)."""
    return cycle([RIGHT_UP] * charge_steps + [RIGHT])


def walk_to(free: NDArray[np.bool_], start: Cell, target: Cell | None) -> Iterator[int]:
    """Walk a shortest way to a cell, then stay; stay at once where there is no target."""
    way = [start] if target is None else [start, *shortest_way(free, start, target)]
    moves = [_MOVES[b.x - a.x, b.y - a.y] for a, b in zip(way, way[1:], strict=False)]
    return chain(moves, repeat(STAY))
