"""How a level of coinrun is laid out: a start, sections, an end, and ledges off the way.

From left to right: a wall, the start with ground on both sides, two to five sections, the end
cell A. A section begins flat, with a step or with a pit, and carries nothing, crates, saws, an
enemy, or ledges in the air. At least one section has ledges.
"""

from __future__ import annotations

from typing import Any, Final

from gmbench.engine.chance import bits
from gmbench.engine.rules import rule
from gmbench.worlds.coinrun_physics import (
    COLUMNS,
    CRATE,
    GROUND,
    LAVA,
    LEDGE,
    ROWS,
    SAW,
    SKY,
    UNIT,
    VOID,
)
from gmbench.worlds.coinrun_ways import cell_at

MIN_SECTIONS: Final = 2
MAX_SECTIONS: Final = 5
LONGEST: Final = 18  # columns of a section
ENEMIES: Final = MAX_SECTIONS
LOWEST: Final = 2  # heights of the ground
HIGHEST: Final = 5
MIN_END: Final = 16  # column
BEHIND: Final = 15  # columns behind the end, walked on where the end is open
LAST: Final = COLUMNS - 2 - BEHIND - 2  # column behind the last section, at most

CLEARANCE: Final = 4  # columns by which a goal is left of the start, at least
IN_VIEW: Final = 7  # and at most: it is seen from there
DETOUR: Final = 4  # steps that a way to one site by the other is longer, at least

ROLLS: Final = 64  # random numbers of a level; no level needs more than 60

_LAYOUT: Final = 1  # their stream


def scratch_fields() -> list[tuple[Any, ...]]:
    """Working memory of this file's rules: the dice."""
    return [("rolled", "i8"), ("faces", "i8", (ROLLS,))]


@rule
def shake(dice, key):
    """Draw all of a level's random numbers."""
    dice.rolled = 0
    for i in range(ROLLS):
        dice.faces[i] = bits(key, _LAYOUT, i)


@rule
def roll(dice, n):
    """The next random integer in [0, n)."""
    rolled = int(dice.rolled)
    dice.rolled = rolled + 1
    return (int(dice.faces[rolled]) * n) >> 32


@rule
def fill(cells, first, end, low, high, kind):
    """Put something into the cells of some columns, from one height up to under another."""
    for height in range(low, high):
        row = cell_at(0, height)
        for column in range(first, end):
            cells[row + column] = kind


@rule
def run(cells, first, end, ground):
    """Lay flat ground; returns the column behind it."""
    fill(cells, first, end, 0, ground, GROUND)
    return end


@rule
def start(cells, dice):
    """Lay the ground around the start.

    Returns:
        The start's column, the ground's height, and the column behind what was laid.
    """
    column = 7 + roll(dice, 3)  # from 10 the left wall would be out of view
    ground = LOWEST + roll(dice, 3)
    end = run(cells, 1, column + 3, ground)
    load, length, high = roll(dice, 3), 2 + roll(dice, 2), ground + 1 + roll(dice, 2)
    if load < 2:  # a terrace at the left wall, or crates in front of it
        first = 1 if load == 0 else length + 1
        kind = GROUND if load == 0 else CRATE
        fill(cells, first, max(length, first) + 1, ground, high, kind)
    return column, ground, end


@rule
def border(cells, dice, column, ground):
    """Begin a section: flat, a step up or down, or a pit.

    Returns:
        The column behind it and the ground's new height.
    """
    kind, size, shift = roll(dice, 9), roll(dice, 3), roll(dice, 3) - 1
    if kind == 0:
        return column, ground
    if kind < 3:
        return column, min(ground + 1 + size, HIGHEST)
    if kind < 5:
        return column, max(ground - 1 - size, LOWEST)
    after = min(max(ground + shift, LOWEST), HIGHEST)
    end = column + 2 + size
    filling = LAVA if kind < 8 else VOID
    fill(cells, column, end, 0, min(ground, after) - 1, filling)
    return end, after


@rule
def obstacles(cells, dice, column, ground, kind):
    """Flat ground with one or two columns of crates, or of saws, on it."""
    first = column + 2 + roll(dice, 2)
    end = first + 1 + roll(dice, 2)
    for at in range(first, end):
        high = roll(dice, 2) if kind == CRATE else 0
        fill(cells, at, at + 1, ground, ground + 1 + high, kind)
    return run(cells, column, end + 3, ground)


@rule
def enemy(state, dice, column, ground):
    """Flat ground on which an enemy patrols; the first two columns are out of its reach."""
    length = 8 + roll(dice, 3)
    at = int(state.enemies)
    span = (length - 4) * UNIT
    state.enemy_low[at] = (column + 2) * UNIT + UNIT // 2
    state.enemy_span[at] = span
    state.enemy_phase[at] = (2 * span * roll(dice, 256)) >> 8
    state.enemy_y[at] = (ROWS - ground) * UNIT
    state.enemies = at + 1
    return run(state.cells, column, column + length, ground)


@rule
def ledges(cells, dice, column, ground):
    """Flat ground under a ledge, or under two of which the upper is reached from the lower."""
    near, gap, far = 2 + roll(dice, 2), 1 + roll(dice, 2), 2 + roll(dice, 2)
    two, mirrored = roll(dice, 3) > 0, roll(dice, 2) == 1
    length = near + gap + far if two else near
    high = ground + (2 if two else 3)
    for i in range(length):
        at = column + 3 + (length - 1 - i if mirrored else i)
        if i < near:
            cells[cell_at(at, high)] = LEDGE
        elif i >= near + gap:
            cells[cell_at(at, high + 3)] = LEDGE
    return run(cells, column, column + length + 6, ground)


@rule
def lay_out(state, dice, key):
    """Lay out a level.

    Returns:
        Whether it can be used: it has ledges and fits, and its end is not before `MIN_END`.
    """
    shake(dice, key)
    cells = state.cells
    column, ground, at = start(cells, dice)
    state.start = cell_at(column, ground)
    count = MIN_SECTIONS + roll(dice, MAX_SECTIONS - MIN_SECTIONS + 1)
    perch = roll(dice, count)  # the section that must have ledges
    perched = False
    for i in range(count):
        if at + LONGEST > LAST and i >= MIN_SECTIONS:
            break
        at, ground = border(cells, dice, at, ground)
        load = roll(dice, 9)
        if i == perch or load == 0:
            at = ledges(cells, dice, at, ground)
            perched = True
        elif load < 5:
            at = obstacles(cells, dice, at, ground, CRATE if load < 3 else SAW)
        elif load < 8:
            at = enemy(state, dice, at, ground)
        else:
            at = run(cells, at, at + 4 + roll(dice, 3), ground)
    if at > LAST or not perched:
        return False
    run(cells, at, at + 3 + BEHIND, ground)
    state.site_a = cell_at(at + 2, ground)
    return at + 2 >= MIN_END


@rule
def is_site_b(cells, cell, start, on_ledge):
    """Whether the goal may stand in a standable cell in the test."""
    if on_ledge:  # one that is out of the way of a jump from the ground
        return cells[cell + COLUMNS] == LEDGE and cells[cell + 4 * COLUMNS] == SKY
    left_by = start % COLUMNS - cell % COLUMNS
    return left_by >= CLEARANCE and left_by <= IN_VIEW


@rule
def pick_site_b(state, dice, nodes):
    """Draw the cell at which the goal stands in the test, -1 for none.

    It is on a ledge or left of the start, either with the same chance, and within that any
    standable cell.
    """
    on_ledge = roll(dice, 2) == 1
    cells, start = state.cells, int(state.start)
    found = 0
    for node in range(nodes):
        if is_site_b(cells, int(dice.node_cell[node]), start, on_ledge):
            found += 1
    pick = roll(dice, found)
    for node in range(nodes):
        cell = int(dice.node_cell[node])
        if is_site_b(cells, cell, start, on_ledge):
            if pick == 0:
                return cell
            pick -= 1
    return -1


@rule
def is_distinguishing(state):
    """The design's rule on the steps between start, A and B."""
    start, site_a, site_b = int(state.start), int(state.site_a), int(state.site_b)
    to_a, to_b = int(state.way_a[start]), int(state.way_b[start])  # 1 more than steps, 0 no way
    back, across = int(state.way_a[site_b]), int(state.way_b[site_a])
    if to_a == 0 or to_b == 0 or back == 0 or to_b + back - to_a - 1 < DETOUR:
        return False
    return across == 0 or to_a + across - to_b - 1 >= DETOUR
