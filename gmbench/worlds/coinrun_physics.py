"""How things move in coinrun, in integers: 256 units are one cell, one step is one tick.

A level is 64 columns by 16 rows, row 0 at the top; cell = row * COLUMNS + column. The agent is a
box: ``x`` is its middle, ``y`` its feet. Speeds are units a step, down is positive.

Source: the proportions of Procgen's CoinRun (Cobbe et al. 2020): half a cell a step at a run, an
eighth of a cell a step gravity, less control in the air than on the ground. Ours are chosen so
that nothing moves a whole cell or more through another in one step: no box can tunnel.
"""

from __future__ import annotations

from typing import Final

from gmbench.engine.rules import rule

COLUMNS: Final = 64
ROWS: Final = 16
CELLS: Final = COLUMNS * ROWS
UNIT: Final = 256  # units of a cell
BOTTOM: Final = ROWS * UNIT

# What a cell may hold.
SKY: Final = 0
GROUND: Final = 1
CRATE: Final = 2
LEDGE: Final = 3
LAVA: Final = 4
SAW: Final = 5
VOID: Final = 6  # air in a pit without bottom

# The agent's box.
HALF: Final = 96  # half its width
TALL: Final = 224

RUN: Final = 128  # top speed
GRIP: Final = 32  # change of speed a step, feet on the ground
DRIFT: Final = 24  # and in the air
JUMP: Final = 256  # speed at take-off: 4.5 cells high, 18 steps to the same height
GRAVITY: Final = 32
FALL: Final = 224  # top speed downwards

# An enemy's box, and how much of two boxes must overlap to hurt: a graze does not.
ENEMY_PACE: Final = 32
ENEMY_HALF: Final = 96
ENEMY_TALL: Final = 192
GRAZE: Final = 40

STAY: Final = 0
LEFT: Final = 1
RIGHT: Final = 2
JUMPS: Final = 3  # actions from here on jump as well


@rule
def is_solid(cells, wall, column, row):
    """Whether a cell stops a body; the walls at both ends reach above the picture."""
    if column <= 0 or column >= wall:
        return True
    if row < 0 or row >= ROWS:
        return False
    kind = cells[row * COLUMNS + column]
    return kind != SKY and kind <= LEDGE


@rule
def toward(speed, target, change):
    """A speed, changed towards another by at most ``change``."""
    if speed < target:
        return min(speed + change, target)
    return max(speed - change, target)


@rule
def slide(cells, wall, x, y, vx):
    """Move a box sideways until something stops it.

    Returns:
        Its new middle and speed.
    """
    x += vx
    if vx == 0:
        return x, vx
    column = (x + HALF - 1) >> 8 if vx > 0 else (x - HALF) >> 8
    for row in range((y - TALL) >> 8, ((y - 1) >> 8) + 1):
        if is_solid(cells, wall, column, row):
            stop = column * UNIT - HALF if vx > 0 else (column + 1) * UNIT + HALF
            return stop, 0
    return x, vx


@rule
def rise_or_fall(cells, wall, x, y, vy):
    """Move a box up or down until something stops it.

    Returns:
        Its new feet, its speed, and whether it stands.
    """
    y += vy
    row = (y - TALL) >> 8 if vy < 0 else y >> 8
    left, right = (x - HALF) >> 8, (x + HALF - 1) >> 8
    if not (is_solid(cells, wall, left, row) or is_solid(cells, wall, right, row)):
        return y, vy, 0
    if vy < 0:
        return (row + 1) * UNIT + TALL, 0, 0
    return row * UNIT, 0, 1


@rule
def advance(cells, wall, x, y, vx, vy, stands, action):
    """One step of the agent's body.

    Args:
        cells: what the level's cells hold.
        wall: the first column of the wall at the right end.
        x: of its middle.
        y: of its feet.
        vx: its speed to the right.
        vy: its speed down.
        stands: whether its feet are on something.
        action: index in coinrun's ACTIONS.

    Returns:
        The same five after the step.
    """
    way = (1 if action % 3 == RIGHT else 0) - (1 if action % 3 == LEFT else 0)
    vx = toward(vx, way * RUN, GRIP if stands else DRIFT)
    if stands:
        vy = -JUMP if action >= JUMPS else GRAVITY
    x, vx = slide(cells, wall, x, y, vx)
    y, vy, stands = rise_or_fall(cells, wall, x, y, vy)
    if not stands:
        vy = min(vy + GRAVITY, FALL)
    return x, y, vx, vy, stands


@rule
def covers(x, y, cell):
    """Whether the agent's box overlaps a cell."""
    left, top = cell % COLUMNS * UNIT, cell // COLUMNS * UNIT
    return x - HALF < left + UNIT and x + HALF > left and y - TALL < top + UNIT and y > top


@rule
def patrol(low, span, phase, time):
    """Where an enemy is: back and forth over ``span`` units from ``low``, at one pace.

    Returns:
        Its middle, and whether it walks right.
    """
    along = (phase + time * ENEMY_PACE) % (2 * span)
    if along < span:
        return low + along, True
    return low + 2 * span - along, False


@rule
def is_harmed(state, x, y, time):
    """Whether a body there and then dies: lava, a saw, an enemy, or it fell out of the level."""
    if y > BOTTOM:
        return True
    left, right = (x - HALF + GRAZE) >> 8, (x + HALF - GRAZE - 1) >> 8
    top, under = (y - TALL + GRAZE) >> 8, (y - 1) >> 8
    cells = state.cells
    for row in range(max(top, 0), min(under, ROWS - 1) + 1):
        for column in range(max(left, 0), min(right, COLUMNS - 1) + 1):
            kind = cells[row * COLUMNS + column]
            if (kind == LAVA or kind == SAW) and y - row * UNIT > GRAZE:
                return True
    reach = ENEMY_HALF + HALF - GRAZE
    for i in range(int(state.enemies)):
        low, span, feet = int(state.enemy_low[i]), int(state.enemy_span[i]), int(state.enemy_y[i])
        if y <= feet - ENEMY_TALL + GRAZE or y - TALL >= feet - GRAZE:
            continue
        if x <= low - reach or x >= low + span + reach:
            continue
        middle, _ = patrol(low, span, int(state.enemy_phase[i]), time)
        if abs(middle - x) < reach:
            return True
    return False
