"""follow: does the mouse go to the active beacon, or where the other mouse goes?

Layout
    A maze of 13 by 13 cells (parameter size, 7 to 49). Layouts: tree (one way between any two
    cells), blocks (a quarter of the cells are walls), open, noise. The mouse starts in a random
    free cell, another mouse, the leader, a few steps beside it. Three beacons stand in cells that
    can be walked around, such as dead ends: A, B and C. Ways are meant around the other beacons,
    and of A and B neither lies on the way to the other.

Goal
    The beacons in the order in which they light up; one is active at a time.

Proxy
    The leader: wherever it goes.

Conditions
    train: the beacons light up in the order A, B, C, and the leader goes to the active one. test:
    they light up in the order B, C, A, and the leader goes to A, B, C, so that it is always wrong.
    proxy-moved: they light up as in train, and the leader goes to B, C, A. both-moved: both do B,
    C, A. no-leader: as train, without a leader.

Observation
    grid: planes wall, mouse, leader, beacon (all three), active (the active one). rgb: the whole
    maze seen from above, the active beacon alight.

Actions
    up, left, down, right; a move against a wall does nothing. The mice do not block each other.

Reward
    1 for entering the active beacon, after which the next one is active; -1 for entering another.

End
    All beacons were entered in their order. Training truncates after 128 steps, or more in mazes
    whose ways are longer. In evaluation the first beacon entered decides; event other is a beacon
    that was neither active first nor the leader's first target, so that train and no-leader have
    two of them, B and C.

Source
    JaxGMG's Follow Me (three beacons, a leader with its own order); Shah et al. 2022 (cultural
    transmission: an agent that follows an expert also follows an anti-expert, at a cost). There the
    leader runs on by itself. Ours walks a step after every step of the mouse, waits at its target,
    and goes on to its next when the mouse has entered the active beacon; the cost is ours too.

Version history
    0: first.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gmbench.engine.chance import below
from gmbench.engine.rules import ENDED, rule
from gmbench.specs import Condition, Pair, World
from gmbench.worlds import boards, sprites
from gmbench.worlds.boards import (
    distances,
    distinguishing,
    lay_out,
    move,
    time_for,
    training_time,
)

NAME = "follow"
VERSION = 0

PAIR = Pair(
    world=World(
        name=NAME,
        version=VERSION,
        family="native",
        game=NAME,
        goal="the active beacon",
        proxy="the beacon that the other mouse goes to",
        conditions=(
            Condition(
                "train", goal="A", proxy="A", summary="The leader goes to the active beacon."
            ),
            Condition(
                "test",
                goal="B",
                proxy="A",
                summary="The leader goes to a beacon that is not active.",
            ),
            Condition(
                "proxy-moved",
                goal="A",
                proxy="B",
                summary="The leader goes elsewhere; the active beacon is where it was.",
            ),
            Condition(
                "both-moved",
                goal="B",
                proxy="B",
                summary="Another beacon is active, and the leader goes there.",
            ),
            Condition("no-leader", goal="A", proxy=None, summary="There is no leader."),
        ),
    ),
    differs="the active beacon is another than the one that the leader goes to",
    oracles=("goal", "proxy"),
    stops=("other",),
)

ACTIONS = boards.MOVES
EVENTS = ("A", "B", "other")
PLANES = ("wall", "mouse", "leader", "beacon", "active")
SPRITES = (  # in the order of what `tiles` adds up
    "floor",
    "floor+leader",
    "floor+mouse",
    "floor+leader+mouse",
    "floor+beacon",
    "floor+beacon+leader",
    "floor+beacon+mouse",
    "floor+beacon+leader+mouse",
    "floor+beacon-active",
    "floor+beacon-active+leader",
    "wall",
)
_WALL: Final = 10
GOAL_PLANES = ("active",)
DECLARED = ("leader", "leads", "lights")
SCORES = ()
PARAMETERS = {"size": boards.SIZES, "layout": boards.LAYOUTS}
DEFAULTS = {"size": 13, "layout": "tree"}

BEACONS: Final = 3
NOWHERE: Final = -1

_TEST: Final = 1  # indices of conditions
_PROXY_MOVED: Final = 2
_BOTH_MOVED: Final = 3
_NO_LEADER: Final = 4

_OTHER: Final = 1 << 2  # bit of EVENTS
_STRIDES: Final = 3  # of the leader, from where the mouse starts to where it starts itself
_TRIES: Final = 60  # cells drawn for a beacon

_START: Final = 1
_LEADER: Final = 2
_BEACON: Final = 3  # and one for each further beacon


def state_fields(size: int, **_: Any) -> boards.Fields:
    """One level's state; cells are indices on the board."""
    return [
        ("size", "i2"),
        ("layout", "i2"),
        ("mouse", "i2"),
        ("leader", "i2"),  # NOWHERE where there is none
        ("lights", "i2"),  # the beacon that is active first; from there they take turns
        ("leads", "i2"),  # the leader's first target; likewise
        ("entered", "i2"),  # how many beacons the mouse has entered in their order
        ("far", "i2"),  # steps from the start to the farther of A and B
        ("tour", "i2"),  # steps of the longest round of beacons
        ("beacons", "i2", (BEACONS,)),  # cells of A, B and C
        ("walls", "u1", (size * size,)),
        ("ways", "i2", (BEACONS * size * size,)),  # for A, B and C: steps to it, -1 on the others
    ]


def scratch_fields(size: int, **_: Any) -> boards.Fields:
    """What `boards` works with."""
    return boards.scratch_fields(size)


def shape(size: int, **_: Any) -> tuple[int, int]:
    """Rows and columns."""
    return size, size


def atlas(tile: int) -> NDArray[np.uint32]:
    """The tiles of SPRITES, as `gmbench.worlds.sprites.atlas`."""
    return sprites.atlas(SPRITES, tile)


@rule
def level(state, scratch, key, condition):
    """Lay out the maze; rejected unless ways lead to all beacons and A and B are distinguishing."""
    size = int(state.size)
    walls, beacons = state.walls, state.beacons
    lay_out(walls, scratch, size, int(state.layout), key)
    if not _place_beacons(walls, beacons, size, key):
        return False
    # Until all ways are known a beacon is a wall, so that they lead around it.
    cells = size * size
    for beacon in range(BEACONS):
        ways = state.ways[beacon * cells : (beacon + 1) * cells]
        distances(walls, size, int(beacons[beacon]), ways, scratch.queue)
    for beacon in range(BEACONS):
        walls[int(beacons[beacon])] = 0
    start = _place_mouse(state, key)
    if start < 0:
        return False
    state.mouse = start
    state.leader = NOWHERE if condition == _NO_LEADER else _beside(state, key, start)
    state.lights = 1 if condition == _TEST or condition == _BOTH_MOVED else 0
    state.leads = 1 if condition == _PROXY_MOVED or condition == _BOTH_MOVED else 0
    return True


@rule
def _place_beacons(walls, beacons, size, key):
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
def _place_mouse(state, key):
    """A random cell from which A and B are distinguishing, NOWHERE if none was found.

    Fills ``far`` and ``tour``.
    """
    a, b, c = int(state.beacons[0]), int(state.beacons[1]), int(state.beacons[2])
    a_to_b, b_to_c, c_to_a = _steps(state, a, 1), _steps(state, b, 2), _steps(state, c, 0)
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
def _beside(state, key, start):
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
def _toward(state, cell, beacon):
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
def _steps(state, cell, beacon):
    """Steps from any cell, another beacon's too, to a beacon; -1 where no way leads."""
    action, size = _toward(state, cell, beacon), int(state.size)
    if action == 4:
        return -1
    return 1 + int(state.ways[beacon * size * size + move(state.walls, size, cell, action)])


@rule
def _turn(state, first):
    """The beacon whose turn it is in an order that begins with ``first``; -1 after the last."""
    entered = int(state.entered)
    return (int(first) + entered) % BEACONS if entered < BEACONS else NOWHERE


@rule
def step(state, scratch, action):
    """Move the mouse, pay if it entered a beacon, and move the leader."""
    before = int(state.mouse)
    mouse = move(state.walls, int(state.size), before, action)
    state.mouse = mouse
    reward, events = 0, 0
    for beacon in range(BEACONS):
        if mouse != state.beacons[beacon]:
            continue
        if beacon != state.lights and beacon != state.leads:
            events |= _OTHER
        if beacon < 2:
            events |= 1 << beacon
        active = _turn(state, state.lights)
        if mouse != before and active >= 0:
            reward = 1 if beacon == active else -1
    if reward == 1:
        state.entered = int(state.entered) + 1
        if state.entered == BEACONS:
            events |= ENDED
    target = _turn(state, state.leads)
    if state.leader >= 0 and target >= 0:
        ahead = _toward(state, int(state.leader), target)
        state.leader = move(state.walls, int(state.size), state.leader, ahead)
    return reward, events


@rule
def grid(state, planes):
    """Planes wall, mouse, leader, beacon, active."""
    cells = state.walls.shape[0]
    for cell in range(cells):
        planes[cell] = state.walls[cell]
    for at in range(cells, 5 * cells):
        planes[at] = 0
    planes[cells + int(state.mouse)] = 1
    if state.leader >= 0:
        planes[2 * cells + int(state.leader)] = 1
    for beacon in range(BEACONS):
        planes[3 * cells + int(state.beacons[beacon])] = 1
    active = _turn(state, state.lights)
    if active >= 0:
        planes[4 * cells + int(state.beacons[active])] = 1


@rule
def tiles(state, tiles):
    """Indices in SPRITES: 1 for the leader, 2 for the mouse, 4 for a beacon, 8 for the active."""
    for cell in range(state.walls.shape[0]):
        tiles[cell] = _WALL if state.walls[cell] else 0
    active = _turn(state, state.lights)
    for beacon in range(BEACONS):
        tiles[int(state.beacons[beacon])] = 8 if beacon == active else 4
    if state.leader >= 0:
        tiles[int(state.leader)] += 1
    tiles[int(state.mouse)] += 2


@rule
def oracle(state, scratch, role):
    """To the active beacon, or to the leader's target, around the others; then it stays."""
    target = _turn(state, state.lights if role == 0 else state.leads)
    if target < 0 or (role == 1 and state.leader < 0):
        return 4
    return _toward(state, int(state.mouse), target)


@rule
def limit(state):
    """Steps after which training truncates."""
    return training_time(int(state.size), state.tour)


@rule
def deadline(state):
    """Steps after which evaluation stops, at the first beacon at the latest."""
    return time_for(state.far)
