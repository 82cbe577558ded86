"""Values on which Procgen's C library aborts, crashes or hangs, refused before it sees them.

An assertion that fails in the library ends the whole process without a Python exception. What is
checked here is what its ``deserialize``, drawing and stepping code takes for granted.

Source: openai/procgen 0.10.7, ``basic-abstract-game.cpp``, ``resources.cpp``, the games' files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from gmbench.errors import StateError

if TYPE_CHECKING:
    from gmbench.procgen.state import ProcgenState

PLAYER: Final = 0  # the entity type of the player, which is always entity 0
MODES: Final = {"easy": 0, "hard": 1, "memory": 10}

LAST_OBJECT: Final = 59  # the highest number of an object that has a picture
SPACE: Final = 100  # drawn as nothing
GOAL: Final = 1  # jumper's, which its compass needs
GENERATOR_SPACES: Final = 624  # a Mersenne Twister's text is 624 words and a position
VISIBILITY: Final = (1.0, 128.0)  # cells drawn along a side

# A step takes time in proportion to speeds and sizes: with what lies beyond these, for ever.
_LIMITS: Final[Mapping[str, float]] = {
    **{"x": 1e6, "y": 1e6, "vx": 100, "vy": 100, "rx": 1000, "ry": 1000},
    **{"friction": 2, "grow_rate": 2, "mixrate": 2, "maxspeed": 10, "max_jump": 10},
    **{"gravity": 2, "air_control": 2, "jump_charge": 2, "jump_charge_inc": 2},
}

_BACKGROUNDS: Final = {"coinrun": 62, "maze": 9, "ninja": 62, "jumper": 62, "caveflyer": 13}
_WALL_THEMES: Final = {"coinrun": 6, "ninja": 3, "jumper": 4}
# Object number to its number of pictures, where it is more than one. CoinRun's enemies, 5, are
# drawn as 6 and 7 in turn.
_THEMES: Final[Mapping[str, Mapping[int, int]]] = {
    "coinrun": {0: 5, 5: 9, 6: 9, 7: 9, 9: 5, 12: 5, 13: 5, 15: 6, 16: 6, 20: 4},
    "maze": {},
    "ninja": {1: 6, 20: 3},
    "jumper": {6: 4, 7: 4},
    "caveflyer": {},
}


def _theme_limits(themes: Mapping[int, int]) -> NDArray[np.int64]:
    return np.array([themes.get(number, 1) for number in range(LAST_OBJECT + 1)])


_THEME_LIMITS: Final = {game: _theme_limits(themes) for game, themes in _THEMES.items()}


def refuse_what_aborts(state: ProcgenState) -> None:
    """Check everything that the C library takes for granted.

    Raises:
        StateError: the library would abort, crash or hang on the state.
    """
    for check in _CHECKS:
        check(state)


def _grid(state: ProcgenState) -> None:
    height, width = state.grid.shape
    if (int(state.view["main_width"]), int(state.view["main_height"])) != (width, height):
        raise StateError(f"grid of {width}x{height} cells does not match the state's world size")
    if int(state.progress["grid_size"]) != width * height:
        raise StateError(f"grid of {width * height} cells does not match the state's grid size")
    cells = np.append(state.grid, state.view["out_of_bounds_object"])
    known = (cells >= -1) & ((cells <= LAST_OBJECT) | (cells == SPACE))
    if not known.all():
        raise StateError(f"the grid holds {cells[~known][0]}, which is no object of the game")


def _options(state: ProcgenState) -> None:
    if state.mode not in MODES.values():
        raise StateError(f"unknown distribution mode {state.mode}; known: {MODES}")
    if int(state.options["use_generated_assets"]):
        raise StateError("states with generated assets cannot be restored by Procgen")
    low, high = int(state.options["level_seed_low"]), int(state.options["level_seed_high"])
    if not 0 <= low < high:
        raise StateError(f"level seeds from {low} to {high} hold no level")
    if int(state.progress["is_waiting_for_step"]):
        raise StateError("the state was saved in the midst of a step")


def _generators(state: ProcgenState) -> None:
    for generator in (state.level_seeds, state.rand):
        if not generator.is_seeded:
            raise StateError("a generator of the state is not seeded")
    for generator in (state.level_seeds, state.rand, state.asset_rand):
        if generator.text.count(b" ") != GENERATOR_SPACES:
            raise StateError("a generator of the state is not a Mersenne Twister's")


def _entities(state: ProcgenState) -> None:
    types, images = state.entities["type"], state.entities["image_type"]
    if len(types) == 0 or types[0] != PLAYER or np.count_nonzero(types == PLAYER) != 1:
        raise StateError("the first entity of a state, and no other, must be the player")
    themes, limits = state.entities["image_theme"], _THEME_LIMITS[state.game]
    # A step may give an entity the images of its type, so its theme must fit these as well.
    for name, numbers in (("type", types), ("image type", images)):
        if numbers.min() < 0 or numbers.max() > LAST_OBJECT:
            raise StateError(f"an entity's {name} lies outside 0..{LAST_OBJECT}")
        if (themes < 0).any() or (themes >= limits[numbers]).any():
            raise StateError(f"an entity's image theme is one that its {name} does not have")
    if state.game == "jumper" and GOAL not in types:
        raise StateError("a jumper state needs its carrot: the compass points at it")


def _sizes(state: ProcgenState) -> None:
    for records in (state.entities, state.motion, state.own):
        columns, limits = _limited(records.dtype)
        if not len(columns):
            continue
        # All fields have four bytes, so records are rows of a matrix: much faster than by name.
        values = np.ascontiguousarray(records).view("<f4").reshape(records.size, -1)[:, columns]
        # Written so that it refuses what is not a number, too.
        fits = np.abs(values) <= limits
        if not fits.all():
            at = int(np.flatnonzero(~fits.all(axis=0))[0])
            name = (records.dtype.names or ())[columns[at]]
            raise StateError(f"a state's {name} must be a number up to {limits[at]:g}")


@cache
def _limited(dtype: np.dtype[np.void]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Which columns of a record have a limit, and the limits."""
    names = [name for name in dtype.names or () if name in _LIMITS]
    columns = [(dtype.names or ()).index(name) for name in names]
    limits = np.array([_LIMITS[name] for name in names], dtype=np.float32)
    return np.array(columns, dtype=np.int64), limits


def _pictures(state: ProcgenState) -> None:
    background = int(state.motion["background_index"])
    if not 0 <= background < _BACKGROUNDS[state.game]:
        raise StateError(f"{state.game} has no background {background}")
    if int(state.motion["use_procgen_background"]) or float(state.motion["bg_tile_ratio"]) != 0.0:
        raise StateError(f"{state.game} has no generated or tiled backgrounds")
    if state.game in _WALL_THEMES:
        theme = int(state.own["wall_theme"])
        if not 0 <= theme < _WALL_THEMES[state.game]:
            raise StateError(f"{state.game} has no wall theme {theme}")
    low, high = VISIBILITY
    if not (low <= state.view["visibility"] <= high and state.view["min_visibility"] <= high):
        raise StateError(f"the state's visibility lies outside {low:g} to {high:g} cells")


_CHECKS: Final[tuple[Callable[[ProcgenState], None], ...]] = (
    _grid,
    _options,
    _generators,
    _entities,
    _sizes,
    _pictures,
)
