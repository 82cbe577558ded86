"""Pictures for the README and the site: one level of a pair, in training and in the test."""

from __future__ import annotations

from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from gmbench import registry
from gmbench.drawing import GOAL_COLOUR, PROXY_COLOUR, beside, captioned, ringed
from gmbench.errors import UsageError
from gmbench.levels import EVAL_LEVELS
from gmbench.procgen.batch import apply_condition
from gmbench.procgen.conditions import Cell
from gmbench.procgen.pictures import LevelCamera, Window, window_of
from gmbench.procgen.sites import Sites
from gmbench.procgen.state import ProcgenState
from gmbench.procgen.studio import Studio
from gmbench.specs import Condition


def pair_picture(name: str, *, mode: str = "easy", level: int | None = None) -> NDArray[np.uint8]:
    """One level of a pair in both conditions, side by side, goal and proxy ringed.

    Args:
        name: the pair.
        mode: Procgen's distribution mode.
        level: which level; the first evaluation level that the pair accepts by default.

    Returns:
        uint8 of shape (h, w, 3).
    """
    module = registry.WORLDS.load(name)
    pair = module.PAIR
    studio, camera = Studio(pair.world.game, mode), LevelCamera(pair.world.game, mode)
    try:
        state, sites = _level(module, studio, level)
        window = window_of(state, sites)
        panels = []
        for condition_name in (pair.train, pair.test):
            condition = pair.world.condition(condition_name)
            panels.append(_panel(camera, state.copy(), sites, window, condition))
    finally:
        studio.close()
        camera.close()
    return beside(*panels)


def _level(module: ModuleType, studio: Studio, level: int | None) -> tuple[ProcgenState, Sites]:
    for number in EVAL_LEVELS if level is None else [level]:
        state = studio.start_state(number)
        sites: Sites = module.find_sites(state, number)
        if not sites.rejected:
            return state, sites
    raise UsageError(f"level {level} is not one that {module.NAME} uses")


def _panel(
    camera: LevelCamera,
    state: ProcgenState,
    sites: Sites,
    window: Window,
    condition: Condition,
) -> NDArray[np.uint8]:
    apply_condition(state, sites, condition)
    picture = camera.picture(state, window)
    if condition.proxy is not None and condition.proxy != condition.goal:
        centre, radius = _circle(sites.cells[condition.proxy], window, picture)
        picture = ringed(picture, centre, radius, PROXY_COLOUR, broken=True)
    if condition.goal is not None:
        centre, radius = _circle(sites.cells[condition.goal], window, picture)
        picture = ringed(picture, centre, radius, GOAL_COLOUR)
    return captioned(picture, condition.name, condition.summary)


def _circle(
    cell: Cell, window: Window, picture: NDArray[np.uint8]
) -> tuple[tuple[float, float], float]:
    """Centre and radius, in pixels, of a ring around a cell."""
    scale = window.scale
    x = (cell.x - window.low.x + 0.5) * scale
    y = picture.shape[0] - (cell.y - window.low.y + 0.5) * scale
    return (x, y), max(14.0, 0.9 * scale)
