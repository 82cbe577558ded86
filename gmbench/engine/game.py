"""A native world in certain parameters: its arrays' types and shapes, checked once."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral
from types import ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gmbench.engine.driver import RULES, cuda_driver, driver
from gmbench.engine.plain import record
from gmbench.engine.rules import MAX_EVENTS
from gmbench.engine.tiles import CELL, frame_side
from gmbench.errors import UnknownNameError, UsageError
from gmbench.hints import nearest, quoted, span

HELD: Final = ("ACTIONS", "EVENTS", "PLANES", "DECLARED", "SCORES", "PARAMETERS", "DEFAULTS")
MADE: Final = ("state_fields", "scratch_fields", "shape", "atlas")

Parameters = Mapping[str, int | str]


@dataclass(frozen=True)
class Game:
    """A native world in certain parameters.

    Attributes:
        module: the world.
        parameters: a value for each of the world's parameters.
    """

    module: ModuleType
    parameters: dict[str, int | str]

    @property
    def state_dtype(self) -> np.dtype[np.void]:
        """One level's state."""
        return record(self.module.state_fields(**self.parameters))

    @property
    def scratch_dtype(self) -> np.dtype[np.void]:
        """The working memory of one thread."""
        fields = self.module.scratch_fields(**self.parameters)
        rows, columns = self.board
        return record([*fields, ("tile_map", "u1", (rows * columns,))])

    @property
    def board(self) -> tuple[int, int]:
        """Rows and columns of the grid observation."""
        rows, columns = self.module.shape(**self.parameters)
        return int(rows), int(columns)

    @property
    def planes(self) -> tuple[str, ...]:
        """Names of the grid observation's planes."""
        planes = self.module.PLANES
        return tuple(planes(**self.parameters) if callable(planes) else planes)

    @property
    def goal_planes(self) -> tuple[str, ...] | None:
        """The planes that tell the goal, which a blind agent is not shown; None: it is not said."""
        named = getattr(self.module, "GOAL_PLANES", None)
        return None if named is None else tuple(named)

    @property
    def grid_shape(self) -> tuple[int, int, int]:
        """Shape of one grid observation."""
        return len(self.planes), *self.board

    def frame_shape(self, tile: int = CELL) -> tuple[int, int, int]:
        """Shape of one picture, tiles being so many pixels wide.

        Raises:
            UsageError: not a multiple of 4, in which pictures are made.
        """
        _refuse_odd(tile)
        return *frame_side(*self.board, tile), 3

    def blank(self) -> NDArray[np.void]:
        """The state before a level is laid out, shape (1,): zeros, and the parameters."""
        blank = np.zeros(1, self.state_dtype)
        for name, value in self.parameters.items():
            if isinstance(value, str):
                value = list(self.module.PARAMETERS[name]).index(value)
            if name in (self.state_dtype.names or ()):
                blank[name] = value
        return blank

    def word(self, tile: int = CELL) -> str:
        """The words in which its pictures are written: the wider, the faster."""
        return "uint64" if hasattr(self.module, "tiles") and tile % 8 == 0 else "uint32"

    def kernels(self, tile: int = CELL) -> ModuleType:
        """Its kernels, for pictures with tiles so many pixels wide."""
        return driver(self.module, self.parameters, self.word(tile))

    def cuda_kernels(self, tile: int = CELL) -> ModuleType:
        """Its kernels for a graphics card, see `gmbench.engine.kernels_cuda`."""
        return cuda_driver(self.module, self.parameters, self.word(tile))

    def atlas(self, tile: int = CELL, word: str | None = None) -> NDArray[Any]:
        """What its pictures are made of, in words of that type; by default of `word`'s.

        Raises:
            UsageError: a tile is not a multiple of 4 pixels wide, in which pictures are made.
        """
        _refuse_odd(tile)
        return _atlas(self.module, tile).view(word or self.word(tile))


def game(module: ModuleType, parameters: Parameters | None = None) -> Game:
    """A native world in certain parameters, the others at their defaults.

    Raises:
        UsageError: the module lacks something that native worlds have, or a value is not allowed.
        UnknownNameError: the world has no such parameter.
    """
    _refuse_incomplete(module)
    values = dict(module.DEFAULTS)
    for name, value in (parameters or {}).items():
        if name not in module.PARAMETERS:
            known = nearest(str(name), module.PARAMETERS) if module.PARAMETERS else "it has none"
            raise UnknownNameError(f"{module.NAME} has no parameter {quoted(str(name))}; {known}")
        values[name] = _allowed(f"{module.NAME}: {name}", value, module.PARAMETERS[name])
    return Game(module, values)


@functools.lru_cache(maxsize=32)
def _atlas(module: ModuleType, tile: int) -> NDArray[np.uint32]:
    """Kept, because some take half a second to paint, and a film asks for one at every frame."""
    atlas: NDArray[np.uint32] = np.array(module.atlas(tile), dtype=np.uint32, order="C")
    atlas.flags.writeable = False
    return atlas


def _refuse_odd(tile: int) -> None:
    if tile < CELL or tile % CELL:
        raise UsageError(f"tile={tile}: cells are drawn in multiples of {CELL} pixels")


def _allowed(what: str, value: object, allowed: Any) -> int | str:
    """The value, an integer as Python's own: it is written into a driver's source."""
    plain = int(value) if isinstance(value, Integral) and not isinstance(value, bool) else value
    if not isinstance(plain, int | str) or isinstance(plain, bool) or plain not in allowed:
        raise UsageError(f"{what}={quoted(str(value))} is not allowed; choose {span(allowed)}")
    return plain


def _refuse_incomplete(module: ModuleType) -> None:
    name = getattr(module, "NAME", module.__name__)
    wanted = (*HELD, *MADE, *RULES)
    missing = [attribute for attribute in wanted if not hasattr(module, attribute)]
    if not hasattr(module, "tiles") and not hasattr(module, "draw"):
        missing.append("tiles or draw")
    if missing:
        raise UsageError(f"world {name!r} cannot be played: its module lacks {', '.join(missing)}")
    if len(module.EVENTS) > MAX_EVENTS:
        raise UsageError(f"world {name!r} has {len(module.EVENTS)} events; {MAX_EVENTS} at most")
