"""Procgen's action numbers that gmbench's scripted agents use.

An action below 9 is ``3 * (dx + 1) + (dy + 1)`` for dx, dy in -1, 0, 1; the rest are special.
"""

from __future__ import annotations

from typing import Final

LEFT: Final = 1
DOWN: Final = 3
STAY: Final = 4
UP: Final = 5
RIGHT: Final = 7
RIGHT_UP: Final = 8
COUNT: Final = 15


def move_of(action: int) -> tuple[int, int]:
    """How an action moves the player: dx and dy, y counted upwards; special actions do not."""
    return (action // 3 - 1, action % 3 - 1) if action < 9 else (0, 0)
