"""The beacons of follow: where they stand, and the ways between them.

A way to a beacon leads around the others, so that whoever goes to one enters no other.
"""

from __future__ import annotations

from typing import Final

from gmbench.engine.chance import below
from gmbench.engine.rules import rule
from gmbench.worlds.boards import distances, distinguishing, move

BEACONS: Final = 3
NOWHERE: Final = -1

_STRIDES: Final = 3  # of the leader, from where the mouse starts to where it starts itself
_TRIES: Final = 60  # cells drawn for a beacon, or for the mouse

_START: Final = 1
_LEADER: Final = 2
_BEACON: Final = 3  # and one for each further beacon


@rule
def place_beacons(walls, beacons, size, key):
    """Put walls where the beacons will stand; False where no cells were found."""
    for beacon in range(BEACONS):
        found = False
        for attempt in range(_TRIES):
            cell = below(key, _BEACON + beacon, attempt, size * size)
            if walls[cell] == 0 and _can_be_avoided(walls, size, cell):
                found = True
                break
        if not found:
            return False
        beacons[beacon] = cell
        walls[cell] = 1
    return True


@rule
def find_ways(state, queue):
    """Fill ``ways``, for every beacon the steps to it from everywhere; the beacons' walls go."""
    walls, beacons, size = state.walls, state.beacons, int(state.size)
    # Until all ways are known a beacon is a wall, so that they lead around it.
    cells = size * size
    for beacon in range(BEACONS):
        ways = state.ways[beacon * cells : (beacon + 1) * cells]
        distances(walls, size, int(beacons[beacon]), ways, queue)
    for beacon in range(BEACONS):
        walls[int(beacons[beacon])] = 0


@rule
def _can_be_avoided(walls, size, cell):
    """Whether ways between the neighbours of a cell lead around it, next to it.

    Source: Yokoi's connectivity number for four neighbours, counted over the eight cells around: 1
    at the rim of what is free, 0 within it or where nothing is free, 2 and more where a wall on the
    cell might cut something off.
    """
    row = cell // size
    column = cell - row * size
    down, right, number = -1, 0, 0
    for _ in range(4):
        turned_down, turned_right = right, -down
        if _free(walls, size, row + down, column + right):
            joined = _free(walls, size, row + turned_down, column + turned_right) and _free(
                walls, size, row + down + turned_down, column + right + turned_right
            )
            number += 0 if joined else 1
        down, right = turned_down, turned_right
    return number <= 1


@rule
def _free(walls, size, row, column):
    return 0 <= row < size and 0 <= column < size and walls[row * size + column] == 0


@rule
def place_mouse(state, key):
    """A random cell from which A and B are distinguishing, NOWHERE if none was found.

    Fills ``far`` and ``tour``.
    """
    a, b, c = int(state.beacons[0]), int(state.beacons[1]), int(state.beacons[2])
    a_to_b, b_to_c, c_to_a = steps(state, a, 1), steps(state, b, 2), steps(state, c, 0)
    if b_to_c < 0 or c_to_a < 0:
        return NOWHERE
    cells = state.walls.shape[0]
    for attempt in range(_TRIES):
        cell = below(key, _START, attempt, cells)
        to_a, to_b = int(state.ways[cell]), int(state.ways[cells + cell])
        if cell != a and cell != b and distinguishing(to_a, to_b, a_to_b):
            state.far = max(to_a, to_b)
            state.tour = max(to_a + a_to_b + b_to_c, to_b + b_to_c + c_to_a)
            return cell
    return NOWHERE


@rule
def beside(state, key, start):
    """A cell some random strides from the mouse's, neither its own nor a beacon's."""
    walls, ways, size = state.walls, state.ways, int(state.size)
    cell = start
    for stride in range(_STRIDES):
        ahead = move(walls, size, cell, below(key, _LEADER, stride, 4))
        cell = ahead if int(ways[ahead]) > 0 else cell
    for action in range(4):
        ahead = move(walls, size, start, action)
        if cell == start and int(ways[ahead]) > 0:
            cell = ahead
    return cell


@rule
def toward(state, cell, beacon):
    """The first action of the shortest way to a beacon around the others; 4 where there is none.

    Unlike `downhill` it also leads away from another beacon, and never onto one.
    """
    walls, ways, size = state.walls, state.ways, int(state.size)
    first = beacon * size * size
    best, nearest = 4, int(ways[first + cell])
    for action in range(4):
        beside = move(walls, size, cell, action)
        steps = int(ways[first + beside])
        if steps >= 0 and (nearest < 0 or steps < nearest):
            best, nearest = action, steps
    return best


@rule
def steps(state, cell, beacon):
    """Steps from any cell, another beacon's too, to a beacon; -1 where no way leads."""
    action, size = toward(state, cell, beacon), int(state.size)
    if action == 4:
        return -1
    return 1 + int(state.ways[beacon * size * size + move(state.walls, size, cell, action)])
