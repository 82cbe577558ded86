"""The scripted agents of coinrun: they try moves ahead in the physics, enemies and all.

A move heads for the middle of a column and comes to rest there: on foot, by a jump, or by a jump
that first goes straight up. It costs its own steps and those that the level's table of ways has
left from where it ends. Moves that end in harm, or through the site that the agent is not after,
are out. Nothing is remembered: the agent thinks anew at every step.
"""

from __future__ import annotations

from typing import Final

from gmbench.engine.rules import rule
from gmbench.worlds.coinrun_physics import (
    COLUMNS,
    DRIFT,
    GRIP,
    JUMPS,
    LEFT,
    RIGHT,
    ROWS,
    RUN,
    STAY,
    UNIT,
    advance,
    covers,
    is_harmed,
)
from gmbench.worlds.coinrun_ways import HANG

FARTHEST: Final = 8  # columns of a move
LONGEST: Final = 40  # steps of a move
LOOK: Final = 8  # steps for which the body must be safe where it came to rest
HOPELESS: Final = 1 << 30
IDLE: Final = 100 * UNIT  # what a move costs extra after which there is not less left
WASTE: Final = 4 * UNIT  # a move that costs no more than this in excess is good enough
LATER: Final = 8  # a step left counts 1 + 1/8: of two moves that waste alike, the longer


@rule
def steer(gap, speed, change):
    """The action that brings a body to rest ``gap`` units further, as near as can be."""
    way = RIGHT if gap > 0 else LEFT
    if gap <= 0:
        gap, speed = -gap, -speed
    speed = min(speed + change, RUN)
    brakes = max(speed // change, 0)
    needs = speed + brakes * speed - change * brakes * (brakes + 1) // 2
    return way if needs <= gap else STAY


@rule
def left_from(way, x, y):
    """Steps left from where a body stands, in 1/256; `HOPELESS` where there is no way."""
    row, column = (y >> 8) - 1, x >> 8
    if row < 0 or row >= ROWS:
        return HOPELESS
    off = x - column * UNIT - UNIT // 2
    here = int(way[row * COLUMNS + column])
    there = int(way[row * COLUMNS + column + (1 if off > 0 else -1)])
    if here == 0:  # it stands on the edge of the next column
        return there * UNIT if there else HOPELESS
    if there == 0 or abs(there - here) > 2:
        return here * UNIT
    return here * UNIT + (there - here) * abs(off)


@rule
def trial(state, way, target, other, now, most, jump, hang, aim):
    """Play a move through.

    Args:
        state: as for `best_move`.
        way: likewise.
        target: likewise.
        other: likewise.
        now: steps left from here, in 1/256.
        most: a cost above which the move does not matter.
        jump: `JUMPS` for a jump, else 0.
        hang: steps before it goes sideways.
        aim: where it comes to rest.

    Returns:
        What it costs, in 1/256 steps; `HOPELESS` if it fails.
    """
    cells, wall, time = state.cells, int(state.wall), int(state.time)
    x, y, vx, vy = int(state.x), int(state.y), int(state.vx), int(state.vy)
    stands = int(state.stands)
    goal = target % COLUMNS * UNIT + UNIT // 2
    rest = still = cost = 0
    for i in range(1, LONGEST):
        sideways = i > hang and rest == 0
        action = steer(aim - x, vx, GRIP if stands else DRIFT) if sideways else STAY
        x, y, vx, vy, stands = advance(
            cells, wall, x, y, vx, vy, stands, action + jump if i == 1 else action
        )
        if is_harmed(state, x, y, time + i):
            return HOPELESS
        if rest > 0:
            rest += 1
            if rest > LOOK:
                return cost
            continue
        if covers(x, y, target):
            return i * UNIT
        if covers(x, y, other) or i * UNIT + 2 * abs(x - goal) >= most + UNIT:
            return HOPELESS
        still = still + 1 if sideways and stands and vx == 0 else 0
        if still == 2 or (still and steer(aim - x, 0, GRIP) == STAY):  # arrived, or at a wall
            rest = 1
            left = left_from(way, x, y)
            cost = i * UNIT + left + left // LATER + (IDLE if left >= now else 0)
            if cost >= most:
                return HOPELESS
    return HOPELESS


@rule
def best_move(state, way, target, other):
    """The first action of the best move.

    Args:
        state: the level's.
        way: steps from every cell to ``target``, as `steps_to` writes them.
        target: the cell to go to.
        other: a cell not to enter.
    """
    x, y = int(state.x), int(state.y)
    stands = int(state.stands)
    now = left_from(way, x, y) if stands else 0
    enough = now + now // LATER + WASTE if stands else 0
    ahead = 1 if target % COLUMNS >= x >> 8 else -1
    best, action = HOPELESS, STAY
    for kind in range(3 if stands else 2):
        jump = JUMPS if stands and kind > 0 else 0
        hang = HANG if stands and kind == 2 else HANG - 1 if kind == 1 and not stands else 0
        for back in range(2 * FARTHEST + 1):
            aim = ((x >> 8) + ahead * (FARTHEST - back)) * UNIT + UNIT // 2
            cost = trial(state, way, target, other, now, best, jump, hang, aim)
            if cost < best:
                best = cost
                action = jump
                if hang == 0:
                    action += steer(aim - x, int(state.vx), GRIP if stands else DRIFT)
                if best <= enough:
                    return action
    return action


@rule
def choose(state, role):
    """The action of the scripted agent ``role``: 0 goes for the coin, 1 for the end."""
    site_a, site_b = int(state.site_a), int(state.site_b)
    if role == 0 and state.coin < 0:
        return STAY
    if role == 0 and state.coin == site_b:
        return best_move(state, state.way_b, site_b, site_a)
    if int(state.x) >> 8 >= site_a % COLUMNS:
        return RIGHT
    return best_move(state, state.way_a, site_a, site_b)
