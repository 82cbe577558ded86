"""Pictures for the README and the site: one level of a pair in each of its conditions."""

from __future__ import annotations

from types import ModuleType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gmbench import registry
from gmbench.drawing import GOAL_COLOUR, PROXY_COLOUR, beside, captioned, ringed
from gmbench.errors import UsageError
from gmbench.levels import EVAL_LEVELS
from gmbench.specs import Condition

PICTURE_SIDE: Final = 416  # pixels of a native world's picture, about
TRIES: Final = 20

Pictures = dict[str, NDArray[np.uint8]]


def pair_picture(name: str, *, mode: str = "easy", level: int | None = None) -> NDArray[np.uint8]:
    """One level of a pair in training and in the test, side by side.

    Args:
        name: the pair.
        mode: Procgen's distribution mode.
        level: which level; the first evaluation level that the pair accepts by default.

    Returns:
        uint8 of shape (h, w, 3).

    Raises:
        UsageError: the pair leaves that level out.
    """
    pair = registry.pair(name)
    pictures = condition_pictures(name, (pair.train, pair.test), mode=mode, level=level)
    return beside(pictures[pair.train], pictures[pair.test])


def condition_pictures(
    name: str,
    conditions: tuple[str, ...] | None = None,
    *,
    mode: str = "easy",
    level: int | None = None,
) -> Pictures:
    """One level in several conditions, each under a caption.

    Args:
        name: the pair.
        conditions: their names; all of the world's by default.
        mode: Procgen's distribution mode.
        level: which level; the first evaluation level that the pair accepts by default.

    Returns:
        Condition to picture, uint8 of shape (h, w, 3).

    Raises:
        UsageError: the pair leaves that level out.
    """
    module = registry.WORLDS.load(name)
    world = module.PAIR.world
    shown = [c for c in world.conditions if conditions is None or c.name in conditions]
    draw = _native if world.family == "native" else _procgen
    return draw(module, shown, mode, level)


def _native(
    module: ModuleType, conditions: list[Condition], mode: str, level: int | None
) -> Pictures:
    from gmbench.engine.batch import Batch

    batch = Batch(module, len(conditions), obs="none", threads=1)
    every = [condition.name for condition in module.PAIR.world.conditions]
    numbers = [*range(EVAL_LEVELS.start, EVAL_LEVELS.start + TRIES)] if level is None else [level]
    # Where only a part of the level is in view, one that shows what differs between the first two;
    # where nothing does at the start, the first.
    for number in [*numbers, numbers[0]]:
        batch.begin(
            range(len(conditions)),
            [number] * len(conditions),
            [every.index(condition.name) for condition in conditions],
        )
        frames = batch.frames(16 * max(1, round(PICTURE_SIDE / 16 / batch.game.board[0])))
        if (frames[0] != frames[1]).any():
            break
    return {
        condition.name: captioned(frame, condition.name, condition.summary)
        for condition, frame in zip(conditions, frames, strict=True)
    }


def _procgen(
    module: ModuleType, conditions: list[Condition], mode: str, level: int | None
) -> Pictures:
    """The goal is ringed, and by a broken ring the proxy's place where it is empty."""
    from gmbench.procgen.batch import apply_condition
    from gmbench.procgen.conditions import Cell
    from gmbench.procgen.pictures import LevelCamera, window_of
    from gmbench.procgen.studio import Studio

    game = module.PAIR.world.game
    studio, camera = Studio(game, mode), LevelCamera(game, mode)

    def circle(cell: Cell, height: int) -> tuple[tuple[float, float], float]:
        """Centre and radius, in pixels, of a ring around a cell."""
        scale = window.scale
        x = (cell.x - window.low.x + 0.5) * scale
        return (x, height - (cell.y - window.low.y + 0.5) * scale), max(14.0, 0.9 * scale)

    pictures = {}
    try:
        for number in EVAL_LEVELS if level is None else [level]:
            stock = studio.start_state(number)
            sites = module.find_sites(stock, number)
            if not sites.rejected:
                break
        else:
            raise UsageError(f"level {level} is not one that {module.NAME} uses")
        window = window_of(stock, sites)
        for condition in conditions:
            state = stock.copy()
            apply_condition(state, sites, condition)
            picture = camera.picture(state, window)
            if condition.proxy is not None and condition.proxy != condition.goal:
                centre, radius = circle(sites.cells[condition.proxy], len(picture))
                picture = ringed(picture, centre, radius, PROXY_COLOUR, broken=True)
            if condition.goal is not None:
                centre, radius = circle(sites.cells[condition.goal], len(picture))
                picture = ringed(picture, centre, radius, GOAL_COLOUR)
            pictures[condition.name] = captioned(picture, condition.name, condition.summary)
    finally:
        studio.close()
        camera.close()
    return pictures
