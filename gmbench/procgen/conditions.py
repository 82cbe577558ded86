"""The edits that make a condition: move the goal, take it away, set the player down elsewhere.

An edit changes the named thing and nothing else: every other byte of the state stays equal
(tested over thousands of levels of every pair).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from gmbench.errors import StateError
from gmbench.procgen.state import ProcgenState

SPACE: Final = 100  # an empty cell, in every game
GOAL_CELL: Final = {"coinrun": 1, "maze": 2}  # games that hold their goal as a grid cell
GOAL_ENTITY: Final = 1  # the entity type of the goal in the other three games


class Cell(NamedTuple):
    """A grid cell: column from the left, row from the bottom."""

    x: int
    y: int


def goal_cell(state: ProcgenState) -> Cell:
    """Where the state's goal stands.

    Raises:
        StateError: the state holds no goal, or more than one.
    """
    if state.game in GOAL_CELL:
        rows, columns = np.nonzero(state.grid == GOAL_CELL[state.game])
        found = [Cell(int(x), int(y)) for x, y in zip(columns, rows, strict=True)]
    else:
        goals = state.entities[state.entities["type"] == GOAL_ENTITY]
        found = [Cell(int(goal["x"]), int(goal["y"])) for goal in goals]
    if len(found) != 1:
        raise StateError(f"a {state.game} start state must hold one goal, found {len(found)}")
    return found[0]


def place_goal(state: ProcgenState, cell: Cell | None) -> None:
    """Move the goal to a cell, or remove it (None), in place.

    Raises:
        StateError: the state does not hold one goal, or the cell lies outside its grid.
    """
    old = goal_cell(state)
    height, width = state.grid.shape
    if cell is not None and not (0 <= cell.x < width and 0 <= cell.y < height):
        raise StateError(f"the goal cannot be put outside the grid of {width}x{height}, at {cell}")
    if state.game in GOAL_CELL:
        state.grid[old.y, old.x] = SPACE
        if cell is not None:
            state.grid[cell.y, cell.x] = GOAL_CELL[state.game]
        return
    is_goal = state.entities["type"] == GOAL_ENTITY
    if cell is None:
        if state.game == "jumper":
            raise StateError("jumper cannot be played without a goal: its compass points at it")
        state.entities = state.entities[~is_goal]
        return
    state.entities["x"][is_goal] = cell.x + 0.5
    state.entities["y"][is_goal] = cell.y + 0.5


def place_player(state: ProcgenState, cell: Cell) -> None:
    """Stand the player on the floor of a cell, in place."""
    state.player["x"] = cell.x + 0.5
    state.player["y"] = cell.y + state.player["ry"]
    if state.game == "coinrun":
        state.own["last_agent_y"] = state.player["y"]


def remove_entities(state: ProcgenState, types: tuple[int, ...]) -> None:
    """Take all entities of the given types out of the level, in place."""
    state.entities = state.entities[~np.isin(state.entities["type"], types)]
