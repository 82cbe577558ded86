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

from gmbench.engine.rules import ENDED, rule
from gmbench.specs import Condition, Pair, World
from gmbench.worlds import boards, sprites
from gmbench.worlds.boards import lay_out, move, training_time
from gmbench.worlds.follow_beacons import (
    BEACONS,
    NOWHERE,
    beside,
    find_ways,
    place_beacons,
    place_mouse,
    toward,
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

shape, scratch_fields = boards.shape, boards.scratch_fields
deadline = boards.deadline  # at the first beacon at the latest

_TEST: Final = 1  # indices of conditions
_PROXY_MOVED: Final = 2
_BOTH_MOVED: Final = 3
_NO_LEADER: Final = 4

_OTHER: Final = 1 << 2  # bit of EVENTS


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


def atlas(tile: int) -> NDArray[np.uint32]:
    """The tiles of SPRITES, as `gmbench.worlds.sprites.atlas`."""
    return sprites.atlas(SPRITES, tile)


@rule
def level(state, scratch, key, condition):
    """Lay out the maze; rejected unless ways lead to all beacons and A and B are distinguishing."""
    size = int(state.size)
    lay_out(state.walls, scratch, size, int(state.layout), key)
    if not place_beacons(state.walls, state.beacons, size, key):
        return False
    find_ways(state, scratch.queue)
    start = place_mouse(state, key)
    if start < 0:
        return False
    state.mouse = start
    state.leader = NOWHERE if condition == _NO_LEADER else beside(state, key, start)
    state.lights = 1 if condition == _TEST or condition == _BOTH_MOVED else 0
    state.leads = 1 if condition == _PROXY_MOVED or condition == _BOTH_MOVED else 0
    return True


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
        ahead = toward(state, int(state.leader), target)
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
    return toward(state, int(state.mouse), target)


@rule
def limit(state):
    """Steps after which training truncates."""
    return training_time(state.tour)
