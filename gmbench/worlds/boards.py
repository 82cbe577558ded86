"""Boards of square cells: wall layouts, shortest ways, and a mouse's moves, for the board worlds.

A board of ``size`` by ``size`` cells is a flat uint8 array ``walls``, 1 where a wall stands; a cell
is its index, row times size plus column, rows counted from the top. Outside the board is wall.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gmbench.engine.chance import below, bits
from gmbench.engine.rules import rule
from gmbench.terrain import Terrain

MOVES: Final = ("up", "left", "down", "right")  # actions 0 to 3, everywhere on boards
STEPS: Final = ((-1, 0), (0, -1), (1, 0), (0, 1))  # of these moves: rows down, columns right
LAYOUTS: Final = ("tree", "blocks", "open", "noise")
SIZES: Final = range(7, 50)
BLOCK_SHARE: Final = 4  # one cell in four is a wall, as in Abdel Sadek et al. 2025

# Streams of random numbers that the layouts use; worlds take others.
_SHUFFLE: Final = 101
_BLOCKS: Final = 102
_NOISE: Final = 103

_GRAIN: Final = 3  # cells between two random values of the noise
_NOISE_LEVEL: Final = 0x5C000000  # walls where the noise is under this, of 2^32: about a quarter

Fields = list[tuple[Any, ...]]


def scratch_fields(size: int, **_: Any) -> Fields:
    """The working memory that the rules of this module need."""
    cells, rooms = size * size, ((size + 1) // 2) ** 2
    return [
        ("dist", "i2", (cells,)),
        ("dist2", "i2", (cells,)),
        ("queue", "i2", (cells,)),
        ("edges", "i2", (2 * rooms,)),
        ("parent", "i2", (rooms,)),
    ]


def shape(size: int, **_: Any) -> tuple[int, int]:
    """Rows and columns."""
    return size, size


def terrain(state: Any, sites: Mapping[str, int]) -> Terrain:
    """The terrain of a level on which a mouse moves, from its state at the start.

    Args:
        state: a record with the fields ``size``, ``walls`` and ``mouse``.
        sites: the cells of the level's sites, by the names of their events.
    """
    size = int(state["size"])
    return Terrain.of(state["walls"].reshape(size, size), STEPS, int(state["mouse"]), sites)


@rule
def lay_out(walls, scratch, size, layout, key):
    """Fill the walls.

    Layouts, by their index in `LAYOUTS`: ``tree``, rooms on the even rows and columns joined by a
    random spanning tree (Kruskal), one way between any two cells; ``blocks``, every cell a wall
    with probability 1/4; ``open``, none; ``noise``, walls where smooth noise is low.

    Args:
        walls: uint8 of shape (size * size,), written.
        scratch: a record with `scratch_fields`.
        size: rows and columns.
        layout: index in `LAYOUTS`.
        key: the level's key.
    """
    if layout == 0:
        _tree(walls, scratch.edges, scratch.parent, size, key)
    elif layout == 1:
        for cell in range(size * size):
            walls[cell] = 1 if below(key, _BLOCKS, cell, BLOCK_SHARE) == 0 else 0
    elif layout == 2:
        for cell in range(size * size):
            walls[cell] = 0
    else:
        _noise(walls, size, key)


@rule
def _tree(walls, edges, parent, size, key):
    side = (size + 1) // 2
    rooms = side * side
    for cell in range(size * size):
        walls[cell] = 1
    for room in range(rooms):
        parent[room] = room
    for edge in range(2 * rooms):
        edges[edge] = edge
    # Drawing edges without repetition, Fisher and Yates, until the rooms hang together.
    left, joined = 2 * rooms, 1
    for row in range(side):
        for column in range(side):
            walls[2 * row * size + 2 * column] = 0
    while joined < rooms:
        at = below(key, _SHUFFLE, left, left)
        left -= 1
        edge = int(edges[at])
        edges[at] = edges[left]
        room = edge >> 1
        row = room // side
        column = room - row * side
        down = edge & 1
        if (down == 1 and row + 1 == side) or (down == 0 and column + 1 == side):
            continue
        one, other = _root(parent, room), _root(parent, room + (side if down == 1 else 1))
        if one != other:
            parent[one] = other
            joined += 1
            walls[2 * row * size + 2 * column + (size if down == 1 else 1)] = 0


@rule
def _root(parent, room):
    while int(parent[room]) != room:
        parent[room] = parent[int(parent[room])]
        room = int(parent[room])
    return room


@rule
def _noise(walls, size, key):
    """Bilinear interpolation between random values on a lattice, in integers."""
    wide = size // _GRAIN + 2
    for row in range(size):
        top = row // _GRAIN
        down = row - top * _GRAIN
        for column in range(size):
            left = column // _GRAIN
            right = column - left * _GRAIN
            at = top * wide + left
            upper = bits(key, _NOISE, at) * (_GRAIN - right) + bits(key, _NOISE, at + 1) * right
            at += wide
            lower = bits(key, _NOISE, at) * (_GRAIN - right) + bits(key, _NOISE, at + 1) * right
            height = (upper * (_GRAIN - down) + lower * down) // (_GRAIN * _GRAIN)
            walls[row * size + column] = 1 if height < _NOISE_LEVEL else 0


@rule
def random_free(walls, size, key, stream):
    """A random cell without a wall; -1 where a hundred tries found none."""
    for attempt in range(100):
        cell = below(key, stream, attempt, size * size)
        if walls[cell] == 0:
            return cell
    return -1


@rule
def distances(walls, size, start, dist, queue):
    """Steps of the shortest way from a cell to every other, by breadth-first search.

    Args:
        walls: uint8 of shape (size * size,).
        size: rows and columns.
        start: the cell; a wall on it does not matter.
        dist: int16 of shape (size * size,), written; -1 where no way leads.
        queue: int16 of shape (size * size,), overwritten.

    Returns:
        How many cells can be reached, the start among them.
    """
    for cell in range(size * size):
        dist[cell] = -1
    dist[start] = 0
    queue[0] = start
    head, tail = 0, 1
    while head < tail:
        cell = int(queue[head])
        head += 1
        column = cell % size
        further = int(dist[cell]) + 1
        if cell >= size and walls[cell - size] == 0 and dist[cell - size] < 0:
            dist[cell - size] = further
            queue[tail] = cell - size
            tail += 1
        if column > 0 and walls[cell - 1] == 0 and dist[cell - 1] < 0:
            dist[cell - 1] = further
            queue[tail] = cell - 1
            tail += 1
        if cell + size < size * size and walls[cell + size] == 0 and dist[cell + size] < 0:
            dist[cell + size] = further
            queue[tail] = cell + size
            tail += 1
        if column + 1 < size and walls[cell + 1] == 0 and dist[cell + 1] < 0:
            dist[cell + 1] = further
            queue[tail] = cell + 1
            tail += 1
    return tail


@rule
def move(walls, size, cell, action):
    """The cell that a move leads to; a wall, the edge or any other action leaves it where it is."""
    cell = int(cell)
    column = cell % size
    if action == 0 and cell >= size and walls[cell - size] == 0:
        return cell - size
    if action == 1 and column > 0 and walls[cell - 1] == 0:
        return cell - 1
    if action == 2 and cell + size < size * size and walls[cell + size] == 0:
        return cell + size
    if action == 3 and column + 1 < size and walls[cell + 1] == 0:
        return cell + 1
    return cell


@rule
def downhill(walls, size, cell, dist):
    """The first action whose cell is one step nearer; 4, which moves nothing, where none is."""
    cell = int(cell)
    for action in range(4):
        beside = move(walls, size, cell, action)
        if beside != cell and int(dist[beside]) == int(dist[cell]) - 1:
            return action
    return 4


@rule
def way_to(walls, scratch, size, cell, target):
    """The first action of the shortest way from a cell to a target; 4 where there is none."""
    distances(walls, size, target, scratch.dist, scratch.queue)
    return downhill(walls, size, cell, scratch.dist)


@rule
def move_site(state, scratch, site_a, cell):
    """Make a cell B, and let the deadline know of it.

    Args:
        state: a record with ``size``, ``walls``, ``mouse``, ``site_b`` and ``far``, at the start.
        scratch: a record with `scratch_fields`.
        site_a: the cell of A.
        cell: that of B.

    Returns:
        Whether it can be: a free cell that a way leads to, neither A nor where the mouse is.
    """
    distances(state.walls, int(state.size), int(state.mouse), scratch.dist, scratch.queue)
    if scratch.dist[cell] <= 0 or state.walls[cell] or cell == site_a:
        return False
    state.site_b = cell
    state.far = max(int(scratch.dist[cell]), int(scratch.dist[site_a]))
    return True


@rule
def distinguishing(to_a, to_b, a_to_b):
    """Whether neither site lies on the way to the other, by four steps at least.

    Source: the design's rule for site worlds, d(s,B) + d(B,A) - d(s,A) >= 4 and the same with A
    and B exchanged; a negative distance means that no way leads there.
    """
    to_a, to_b, a_to_b = int(to_a), int(to_b), int(a_to_b)
    if to_a < 0 or to_b < 0 or a_to_b < 0:
        return False
    return to_b + a_to_b - to_a >= 4 and to_a + a_to_b - to_b >= 4


@rule
def time_for(far):
    """The deadline of an evaluation: 2 max(d(s,A), d(s,B)) + 16 steps (design, section 3)."""
    return 2 * int(far) + 16


@rule
def training_time(far):
    """Steps after which training truncates: 128, as Abdel Sadek et al. 2025, or more where far."""
    return max(128, time_for(far))


@rule
def limit(state):
    """Steps after which training truncates, in worlds whose states have ``far``."""
    return training_time(state.far)


@rule
def deadline(state):
    """Steps after which evaluation stops, in worlds whose states have ``far``."""
    return time_for(state.far)
