"""The smallest sprites of coinrun, dot by dot: at 4 pixels a cell, what agents see.

Painted from shapes like the larger ones they would be grey smudges. A letter is a colour, a point
is clear; the agent has a row above its cell.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from gmbench.worlds import coinrun_sprites as art
from gmbench.worlds.coinrun_canvas import Sprite, rgb

SIDE: Final = 4

_COLOURS: Final = {
    "k": art.INK,
    "w": art.HELMET,
    "v": art.VISOR,
    "b": art.SUIT,
    "r": art.SCARF,
    "c": art.COIN,
    "l": art.COIN_LIGHT,
    "o": art.COIN_DARK,
    "d": art.ENEMY_DARK,
    "e": art.ENEMY,
    "s": art.STEEL_LIGHT,
    "t": art.STEEL_DARK,
    "x": art.WOOD_DARK,
    "y": art.WOOD_LIGHT,
    "z": art.WOOD,
}

COIN: Final = """
    .cc.
    clcc
    ccco
    .co.
"""
CRATE: Final = """
    xxxx
    xyzx
    xzyx
    xxxx
"""
SAW: Final = (
    """
    .tt.
    tsst
    tsst
    .tt.
    """,
    """
    t.st
    .tts
    stt.
    ts.t
    """,
)
ENEMY: Final = (
    """
    d.d.
    ddwd
    eeek
    d.d.
    """,
    """
    d.d.
    ddwd
    eeek
    .d.d
    """,
)
AGENT: Final = (
    """
    kkk.
    kwvv
    rrr.
    kbb.
    k.k.
    """,
    """
    kkk.
    kwvv
    rrr.
    kbbb
    k..k
    """,
    """
    kkk.
    kwvv
    rrr.
    kbb.
    .kk.
    """,
    """
    kkk.
    kwvv
    krrb
    rbb.
    kk..
    """,
    """
    kkk.
    rwvv
    krrb
    .bb.
    k..k
    """,
    """
    kkk.
    krvr
    kvr.
    bbbb
    k..k
    """,
)


def read(text: str) -> Sprite:
    """The sprite that a text draws, as `art.paint` returns one: a clear row above if it has 4."""
    lines = text.split()
    lines = ["." * SIDE] * (SIDE + 1 - len(lines)) + lines
    picture = np.zeros((SIDE + 1, SIDE, 3), np.uint8)
    mask = np.zeros((SIDE + 1, SIDE), np.bool_)
    for row, line in enumerate(lines):
        for column, letter in enumerate(line):
            if letter != ".":
                picture[row, column] = rgb(_COLOURS[letter])
                mask[row, column] = True
    return picture, mask
