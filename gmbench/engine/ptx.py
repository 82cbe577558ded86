"""What a world's kernels look like on a graphics card, compiled where there is none.

So a machine without one still guards the way to it: whether the rules compile for it at all, and
whether they keep to integers there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace
from typing import Any, Final

import numba.cuda.dispatcher
import numpy as np
from numba import cuda, from_dtype, types

from gmbench.engine import layout
from gmbench.engine.game import Parameters, game

KERNELS: Final = ("advance", "choose", "portray")
CAPABILITIES: Final = ((8, 0), (9, 0))  # Ampere and Hopper

_FLOAT: Final = re.compile(r"^(?!\s*//).*\.(?:bf16|f16|tf32|f32|f64|e[45]m\d)\w*\b.*$", re.M)


def world_ptx(
    module: ModuleType, capability: tuple[int, int], parameters: Parameters | None = None
) -> dict[str, str]:
    """A world's kernels as PTX, the assembly of graphics cards, by their names in `KERNELS`.

    The kernels are those of `gmbench.engine.kernels_cuda`, but for the rewards, which are written
    as integers here: so any float that `float_instructions` finds comes from a rule.

    Args:
        module: the world.
        capability: for which cards, (8, 0) for example.
        parameters: of the world; the others are at their defaults.

    Raises:
        numba.core.errors.NumbaError: a rule does not compile for graphics cards.
    """
    world = game(module, parameters)
    kernels, signatures = world.cuda_kernels(), _signatures(world)
    compiled = {}
    with _card(capability):
        for name in KERNELS:
            text, _ = cuda.compile_ptx(
                getattr(kernels, name), signatures[name], device=False, cc=capability
            )
            compiled[name] = str(text)
    return compiled


def float_instructions(ptx: str) -> list[str]:
    """The lines of PTX that work on floats of any kind."""
    return [line.strip() for line in _FLOAT.findall(ptx)]


def _signatures(world: Any) -> dict[str, Any]:
    """The types of the kernels' arguments."""
    states, slots = _array(world.state_dtype), _array(layout.SLOT)
    scratches, numbers = _array(world.scratch_dtype), types.int64[::1]
    word, flags = _array(world.word(), 3), types.boolean[::1]
    observations = (types.uint8[:, ::1], word, types.uint8[:, ::1])
    results = (numbers, types.int32[::1], flags, flags, numbers)
    board = (states, slots, scratches, numbers, numbers, word, *observations)
    return {
        "advance": types.void(*board, *results),
        "choose": types.void(states, slots, scratches, types.int64, numbers),
        "portray": types.void(states, scratches, word, word, types.uint8[:, ::1]),
    }


def _array(dtype: Any, dimensions: int = 1) -> Any:
    return types.Array(from_dtype(np.dtype(dtype)), dimensions, "C")


@contextmanager
def _card(capability: tuple[int, int]) -> Iterator[None]:
    """Let numba-cuda believe in a card.

    It asks the driver what the card can do whenever it compiles a function that a kernel calls,
    even where it has been told. This is the only place that meddles with it.
    """
    dispatcher = numba.cuda.dispatcher
    asked = dispatcher.get_current_device
    dispatcher.get_current_device = lambda: SimpleNamespace(compute_capability=capability)
    try:
        yield
    finally:
        dispatcher.get_current_device = asked
