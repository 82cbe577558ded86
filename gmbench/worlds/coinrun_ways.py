"""Ways through a coinrun level: which cells lead to which, in how many steps.

The agent can stand in a cell that is free and has something solid under it. From such a cell it
walks to the next one, falls off an edge, or jumps up to five columns to either side. One kind of
jump is counted: from rest, straight up for four steps, then across, coming to rest again, so that
every edge stands for itself. `SWEPT` says through which cells such a jump passes and `FLIGHT` how
long it takes; a test flies every one of them in the physics, through the narrowest gap allowed.
Enemies are ignored.

Columns are sets of bits here, bit h being the cell h rows above the lowest.
"""

from __future__ import annotations

from typing import Any, Final

from gmbench.engine.rules import rule
from gmbench.worlds.coinrun_physics import COLUMNS, LEDGE, ROWS, SKY, VOID

NODES: Final = 256
EDGES: Final = 12  # walk or fall, and five jumps, to either side
UNREACHED: Final = 10_000

FAR: Final = 5  # columns that a jump crosses at most
APEX: Final = 4  # rows it rises at most
WALK: Final = 2  # steps a column, at a run
STEP_OFF: Final = 5  # steps until the feet have left an edge, from rest
HANG: Final = 4  # steps of a jump before it goes sideways

# Steps of a jump that ends 4, 3 … -14 rows higher.
FLIGHT: Final = (12, 14, 15, 16, 18, 19, 20, 21, 22, 23, 24, 26, 27, 28, 29, 30, 31, 32, 34)
# Steps of a fall by so many rows.
DROP: Final = (0, 4, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 19, 21)

# Rows that the body sweeps, relative to the feet before the jump: for jumps of 1, 2 … columns, the
# lowest and highest row in each column after the first. In the last one it falls on.
LOWEST: Final = -16
SWEPT: Final = (
    ((LOWEST, 5),),
    ((3, 5), (LOWEST, 5)),
    ((3, 5), (3, 5), (LOWEST, 5)),
    ((3, 5), (4, 5), (1, 5), (LOWEST, 4)),
    ((3, 5), (4, 5), (3, 5), (0, 4), (LOWEST, 3)),
)
TAKE_OFF: Final = (0, 5)  # in the first column
REACH: Final = (4, 4, 3, 3, 1)  # rows that jumps of 1, 2 … columns can end higher

_SHIFT: Final = -LOWEST


def _bits(low: int, high: int) -> int:
    return sum(1 << (_SHIFT + row) for row in range(low, high + 1))


_CROSSED: Final = tuple(
    _bits(*column) for jump in SWEPT for column in (*jump, *((1, 0),) * (FAR - len(jump)))
)
_UP: Final = _bits(*TAKE_OFF)
_ROOF: Final = tuple(jump[-1][1] + 1 for jump in SWEPT)


def scratch_fields() -> list[tuple[Any, ...]]:
    """Working memory of this file's rules."""
    return [
        ("solid", "i8", (COLUMNS,)),
        ("blocked", "i8", (COLUMNS,)),
        ("node_at", "i2", (COLUMNS * ROWS,)),
        ("node_cell", "i2", (NODES,)),
        ("edge_to", "i2", (NODES * EDGES,)),
        ("edge_cost", "i2", (NODES * EDGES,)),
        ("dist", "i2", (NODES,)),
    ]


@rule
def cell_at(column, height):
    """The cell of a column, so many rows above the lowest."""
    return (ROWS - 1 - height) * COLUMNS + column


@rule
def highest(bits):
    """The highest bit of 16, -1 if there is none."""
    if bits == 0:
        return -1
    at = 0
    for width in (8, 4, 2, 1):
        if bits >> (at + width):
            at += width
    return at


@rule
def find_nodes(cells, wall, scratch):
    """Sum up the columns left of ``wall``, and number the cells in which the agent can stand.

    Returns:
        How many, or -1 if there are more than `NODES`.
    """
    full = (1 << ROWS) - 1
    solid, blocked, node_at = scratch.solid, scratch.blocked, scratch.node_at
    for column in range(COLUMNS):
        solid[column] = 0
        blocked[column] = 0
    for row in range(ROWS):
        bit = 1 << (ROWS - 1 - row)
        for column in range(COLUMNS):
            kind = cells[row * COLUMNS + column]
            solid[column] |= bit if kind != SKY and kind <= LEDGE else 0
            blocked[column] |= bit if kind != SKY and kind != VOID else 0
    solid[0] = blocked[0] = full
    for column in range(wall, COLUMNS):
        solid[column] = blocked[column] = full
    nodes = 0
    for column in range(1, wall):
        stand = (int(solid[column]) << 1) & ~int(blocked[column]) & full
        for height in range(1, ROWS):
            if not stand >> height:
                break
            if stand >> height & 1:
                if nodes == NODES:
                    return -1
                cell = cell_at(column, height)
                node_at[cell] = nodes
                scratch.node_cell[nodes] = cell
                nodes += 1
    return nodes


@rule
def stand_below(scratch, column, height):
    """The height of the feet on what is highest in a column below ``height``, -1 for nothing."""
    feet = highest(int(scratch.solid[column]) & ((1 << height) - 1)) + 1
    return feet if feet > 0 else -1


@rule
def walk_or_fall(scratch, column, height):
    """The height at which the agent stands that goes into a column, -1 if it cannot."""
    feet = stand_below(scratch, column, height)
    through = ((1 << (height + 1)) - 1) >> max(feet, 0) << max(feet, 0)
    return -1 if int(scratch.blocked[column]) & through else feet


@rule
def jump(scratch, column, height, way, far):
    """The height at which a jump over ``far`` columns ends, -1 if something is in the way."""
    target = column + way * far
    if target < 1 or target >= COLUMNS:
        return -1
    feet = stand_below(scratch, target, min(height + _ROOF[far - 1], ROWS))
    if feet < 0 or feet >= ROWS or feet - height > REACH[far - 1]:
        return -1
    above = -1 << (_SHIFT + feet - height)
    for i in range(far):
        rows = (int(scratch.blocked[column + way * (i + 1)]) << _SHIFT) >> height
        if rows & above & _CROSSED[(far - 1) * FAR + i]:
            return -1
    return feet


@rule
def add_edge(scratch, node, slot, column, feet, cost):
    """Write one edge of a node; ``feet`` -1 for none."""
    at = node * EDGES + slot
    scratch.edge_cost[at] = cost if feet >= 0 else UNREACHED
    scratch.edge_to[at] = scratch.node_at[cell_at(column, feet)] if feet >= 0 else node


@rule
def find_edges(scratch, nodes):
    """Write every node's edges."""
    for node in range(nodes):
        cell = int(scratch.node_cell[node])
        column, height = cell % COLUMNS, ROWS - 1 - cell // COLUMNS
        can_jump = ((int(scratch.blocked[column]) << _SHIFT) >> height) & _UP == 0
        for side in range(2):
            way = 2 * side - 1
            slot = side * (FAR + 1)
            feet = walk_or_fall(scratch, column + way, height)
            fallen = height - feet
            cost = WALK if fallen == 0 else STEP_OFF + DROP[fallen] if feet >= 0 else 0
            add_edge(scratch, node, slot, column + way, feet, cost)
            for far in range(1, FAR + 1):
                feet = jump(scratch, column, height, way, far) if can_jump else -1
                cost = FLIGHT[APEX + height - feet] if feet >= 0 else 0
                add_edge(scratch, node, slot + far, column + way * far, feet, cost)


@rule
def steps_to(scratch, nodes, target, field):
    """Write, for every standable cell, the steps from it to the cell ``target``.

    Args:
        scratch: after `find_edges`.
        nodes: how many.
        target: a standable cell.
        field: a number a cell; 1 more than the steps, 0 where there is no way.
    """
    dist = scratch.dist
    for node in range(nodes):
        dist[node] = UNREACHED
    dist[scratch.node_at[target]] = 0
    rounds, changed = 0, True
    while changed:
        changed = False
        for i in range(nodes):
            node = i if rounds & 1 else nodes - 1 - i
            best = int(dist[node])
            for at in range(node * EDGES, (node + 1) * EDGES):
                best = min(best, int(scratch.edge_cost[at]) + int(dist[scratch.edge_to[at]]))
            if best < dist[node]:
                dist[node] = best
                changed = True
        rounds += 1
    for node in range(nodes):
        field[scratch.node_cell[node]] = dist[node] + 1 if dist[node] < UNREACHED else 0
