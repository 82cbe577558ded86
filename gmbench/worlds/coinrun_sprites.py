"""The sprites of coinrun, drawn from ellipses, boxes and polygons at any size.

Colours follow Okabe and Ito's palette, and things differ in lightness and shape besides, so that
people with any kind of colour vision tell them apart: an orange coin, bluish green grass, dark
earth, vermilion lava, a reddish purple enemy. A place in a tile is given in parts of its side,
from its top left corner; sprites may stand out of it above by `OVERHANG`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gmbench.worlds.coinrun_canvas import Canvas, Colour, Sprite

OVERHANG: Final = 0.25

INK: Final = 0x16293D
EARTH, EARTH_DARK, EARTH_LIGHT = 0x5F4636, 0x4B362A, 0x735744
GRASS, GRASS_LIGHT = 0x009E73, 0x45C79C
STONE, STONE_DARK, STONE_LIGHT = 0x77828F, 0x5C6672, 0x929DA9
WOOD, WOOD_DARK, WOOD_LIGHT = 0xB58A5C, 0x6E4C2C, 0xCDA676
LAVA, LAVA_DARK, LAVA_LIGHT = 0xD55E00, 0xB34A00, 0xFFC24A
STEEL, STEEL_DARK, STEEL_LIGHT = 0xB4BEC8, 0x39444F, 0xEDF2F5
COIN, COIN_DARK, COIN_LIGHT = 0xF5A800, 0x8F5600, 0xFFE08A
ENEMY, ENEMY_DARK, ENEMY_LIGHT = 0x9C3F78, 0x5C1F46, 0xCC79A7
SUIT, SUIT_DARK, HELMET, VISOR, SCARF = 0x0072B2, 0x00466E, 0xF7FAFC, 0x14283C, 0xD55E00
DUSK, NIGHT = 0x5F8794, 0x14232F
WHITE: Final = 0xFFFFFF

# Sixteen directions around a circle, written out: sines may differ in their last bit.
_A, _B, _C = 0.9238795325112867, 0.7071067811865476, 0.3826834323650898
_FIRST = ((1.0, 0.0), (_A, _C), (_B, _B), (_C, _A))
DIRECTIONS: Final = tuple(
    turned
    for turn in range(4)
    for x, y in _FIRST
    for turned in [((x, y), (-y, x), (-x, -y), (y, -x))[turn]]
)

# Stones in the earth, of each variant: x, y and size in sixteenths of a tile, and whether light.
_STONES: Final = (
    ((3, 4, 2, 0), (11, 9, 1, 1), (6, 13, 1, 0)),
    ((12, 3, 1, 1), (5, 8, 2, 0), (13, 13, 2, 0)),
    ((8, 6, 1, 0), (2, 12, 1, 1)),
    ((10, 12, 2, 1), (4, 3, 1, 0), (14, 7, 1, 0)),
)


def _stones(canvas: Canvas, variant: int) -> None:
    for x, y, size, light in _STONES[variant]:
        colour = EARTH_LIGHT if light else EARTH_DARK
        canvas.ellipse(x / 16, y / 16, size / 16 + 0.03, size / 20 + 0.02, colour)


def ground(canvas: Canvas, variant: int, top: bool, left: bool, right: bool) -> None:
    """Earth, with grass on it where it is open to the sky, and darker at open sides."""
    canvas.box(0, 0, 1, 1, EARTH)
    _stones(canvas, variant)
    if left:
        canvas.box(0, 0, 0.1, 1, EARTH_DARK)
    if right:
        canvas.box(0.9, 0, 1, 1, EARTH_DARK)
    if top:
        _turf(canvas, variant)
        _round_off(canvas, left, right)


def _turf(canvas: Canvas, variant: int) -> None:
    canvas.box(0, 0, 1, 0.25, GRASS)
    for i in range(4):
        depth = 0.14 if (i + variant) % 2 else 0.08
        canvas.ellipse(0.125 + i / 4, 0.25, 0.125, depth, GRASS)
    canvas.box(0, 0, 1, 0.1, GRASS_LIGHT)


def _round_off(canvas: Canvas, left: bool, right: bool) -> None:
    for is_open, x in ((left, canvas.x), (right, 1 - canvas.x)):
        if is_open:
            corner = (x < 0.2) & (canvas.y < 0.2)
            canvas.erase(corner & ((x - 0.2) ** 2 + (canvas.y - 0.2) ** 2 > 0.04))


def ledge(canvas: Canvas, left: bool, right: bool) -> None:
    """A floating piece of ground, round where it ends."""
    canvas.box(0, 0, 1, 0.62, EARTH)
    for i in range(3):
        canvas.ellipse(1 / 6 + i / 3, 0.62, 1 / 6, 0.16 if i % 2 else 0.1, EARTH)
    canvas.box(0.15, 0.48, 0.4, 0.56, EARTH_LIGHT)
    canvas.box(0.6, 0.56, 0.8, 0.63, EARTH_DARK)
    _turf(canvas, 0)
    for is_open, x in ((left, canvas.x), (right, 1 - canvas.x)):
        if is_open:
            canvas.erase(
                (x < 0.5)
                & (((x - 0.5) / 0.5) ** 2 + ((canvas.y - 0.2) / 0.6) ** 2 > 1)
                & (canvas.y > 0.2)
            )
    _round_off(canvas, left, right)


def wall(canvas: Canvas, variant: int) -> None:
    """Bricks."""
    canvas.box(0, 0, 1, 1, STONE_DARK)
    for row in range(2):
        shift = 0.5 * ((row + variant) % 2)
        for i in range(-1, 2):
            left, top = i + shift, row / 2
            canvas.box(max(left + 0.04, 0), top + 0.04, min(left + 0.96, 1), top + 0.46, STONE)
            right = min(left + 0.96, 1)
            canvas.box(max(left + 0.04, 0), top + 0.04, right, top + 0.12, STONE_LIGHT)


def crate(canvas: Canvas) -> None:
    """A wooden box with a brace across."""
    canvas.box(0, 0, 1, 1, WOOD_DARK)
    canvas.box(0.04, 0.04, 0.96, 0.96, WOOD_LIGHT)
    canvas.box(0.16, 0.16, 0.84, 0.84, WOOD_DARK)
    for i in range(3):
        canvas.box(0.2, 0.2 + i * 0.21, 0.8, 0.38 + i * 0.21, WOOD)
    canvas.polygon(((0.18, 0.7), (0.7, 0.18), (0.82, 0.3), (0.3, 0.82)), WOOD_LIGHT)


def lava(canvas: Canvas, top: bool, variant: int) -> None:
    """Lava, with waves on it where it is open."""
    canvas.box(0, 0.34 if top else 0, 1, 1, LAVA)
    if top:
        for i in range(-1, 3):
            canvas.ellipse(i / 2 + variant / 4, 0.36, 0.25, 0.14, LAVA)
        for i in range(-1, 3):
            canvas.ellipse(i / 2 + variant / 4, 0.36, 0.2, 0.07, LAVA_LIGHT)
    canvas.ellipse(0.3 + variant / 3, 0.7, 0.14, 0.07, LAVA_DARK)
    canvas.ellipse(0.8 - variant / 3, 0.86, 0.1, 0.05, LAVA_LIGHT)


def void(canvas: Canvas, depth: int) -> None:
    """A pit without bottom: dusk in the first cell, darker in the second, night below."""
    for i in range(4):
        canvas.box(0, i / 4, 1, 1, _between(DUSK, NIGHT, min(depth * 4 + i, 8), 8))


def _between(first: Colour, last: Colour, part: int, parts: int) -> Colour:
    """A colour on the way from one to another."""
    mixed = 0
    for shift in (16, 8, 0):
        a, b = first >> shift & 255, last >> shift & 255
        mixed |= (a + (b - a) * part // parts) << shift
    return mixed


def saw(canvas: Canvas, turned: bool) -> None:
    """A toothed disc."""
    for radius, colour in ((0.52, STEEL_DARK), (0.47, STEEL)):
        points = []
        for i, (x, y) in enumerate(DIRECTIONS):
            out = radius if (i % 2 == 0) != turned else radius * 0.76
            points.append((0.5 + out * x, 0.53 + out * y))
        canvas.polygon(points, colour)
    canvas.ellipse(0.5, 0.53, 0.3, 0.3, STEEL_LIGHT)
    canvas.ellipse(0.5, 0.53, 0.25, 0.25, STEEL)
    canvas.ellipse(0.5, 0.53, 0.13, 0.13, STEEL_DARK)
    x, y = DIRECTIONS[1 if turned else 3]
    for side in (1, -1):
        canvas.ellipse(0.5 + side * 0.2 * x, 0.53 + side * 0.2 * y, 0.045, 0.045, STEEL_DARK)


def coin(canvas: Canvas) -> None:
    """A big round coin."""
    canvas.ellipse(0.5, 0.5, 0.49, 0.49, COIN_DARK)
    canvas.ellipse(0.5, 0.5, 0.43, 0.43, COIN)
    canvas.ellipse(0.5, 0.5, 0.31, 0.31, COIN_DARK)
    canvas.ellipse(0.5, 0.5, 0.27, 0.27, 0xFFC42E)
    canvas.box(0.44, 0.34, 0.56, 0.66, COIN_DARK)
    canvas.ellipse(0.3, 0.27, 0.12, 0.09, COIN_LIGHT)


def enemy(canvas: Canvas, stride: bool) -> None:
    """A spiky thing that walks right."""
    for x in (0.18, 0.36, 0.54, 0.72):
        canvas.polygon(((x - 0.1, 0.42), (x + 0.02, 0.1), (x + 0.14, 0.42)), ENEMY_DARK)
    for i, x in enumerate((0.26, 0.5, 0.74)):
        lift = 0.05 if (i % 2 == 0) == stride else 0
        canvas.ellipse(x, 0.93 - lift, 0.1, 0.08, ENEMY_DARK)
    canvas.ellipse(0.5, 0.62, 0.46, 0.34, ENEMY_DARK)
    canvas.ellipse(0.5, 0.62, 0.41, 0.29, ENEMY)
    canvas.ellipse(0.44, 0.5, 0.2, 0.1, ENEMY_LIGHT)
    for x in (0.58, 0.82):
        canvas.ellipse(x, 0.58, 0.11, 0.13, WHITE)
        canvas.ellipse(x + 0.03, 0.6, 0.055, 0.07, INK)
    canvas.polygon(((0.44, 0.38), (0.72, 0.5), (0.7, 0.56), (0.42, 0.44)), ENEMY_DARK)


# Of each pose (it stands, runs, runs on, rises, falls, is hurt): the left and the right foot, the
# hand, the scarf's end.
_POSES: Final = (
    ((0.36, 0.95), (0.62, 0.95), (0.56, 0.68), (0.08, 0.56)),
    ((0.2, 0.86), (0.76, 0.95), (0.72, 0.6), (-0.06, 0.4)),
    ((0.44, 0.95), (0.56, 0.88), (0.46, 0.7), (-0.04, 0.46)),
    ((0.3, 0.92), (0.66, 0.82), (0.8, 0.42), (0.06, 0.74)),
    ((0.24, 0.82), (0.74, 0.88), (0.8, 0.54), (0.06, 0.2)),
    ((0.22, 0.9), (0.78, 0.9), (0.84, 0.44), (0.0, 0.3)),
)


def agent(canvas: Canvas, pose: int, hurt: bool) -> None:
    """A little astronaut with a scarf, facing right."""
    left, right, hand, scarf = _POSES[pose]
    canvas.polygon(((0.42, 0.42), (0.4, 0.56), scarf, (scarf[0], scarf[1] - 0.12)), SCARF)
    for x, y in (left, right):
        canvas.polygon(((0.36, 0.72), (0.62, 0.72), (x + 0.1, y), (x - 0.1, y)), SUIT_DARK)
        canvas.ellipse(x + 0.03, y - 0.01, 0.15, 0.07, INK)
    canvas.box(0.16, 0.5, 0.34, 0.78, STEEL_DARK)
    canvas.ellipse(0.48, 0.64, 0.25, 0.23, INK)
    canvas.ellipse(0.48, 0.64, 0.21, 0.19, SUIT)
    canvas.ellipse(hand[0], hand[1], 0.11, 0.09, INK)
    canvas.ellipse(hand[0], hand[1], 0.075, 0.06, HELMET)
    canvas.ellipse(0.5, 0.18, 0.38, 0.36, INK)
    canvas.ellipse(0.5, 0.18, 0.33, 0.31, HELMET)
    canvas.ellipse(0.61, 0.2, 0.23, 0.18, VISOR)
    if hurt:
        for side in (1, -1):
            canvas.polygon(
                (
                    (0.48, 0.2 - 0.1 * side),
                    (0.54, 0.2 - 0.13 * side),
                    (0.76, 0.2 + 0.1 * side),
                    (0.7, 0.2 + 0.13 * side),
                ),
                SCARF,
            )
    else:
        canvas.ellipse(0.69, 0.13, 0.08, 0.05, 0x7FC4EE)
    canvas.box(0.28, 0.43, 0.68, 0.53, SCARF)


Painter = Callable[[Canvas], None]


def paint(painter: Painter, tile: int) -> Sprite:
    """A tile's sprite, with the overhang above: (tile * 5 / 4, tile) pixels."""
    canvas = Canvas(1, 1 + OVERHANG, tile, above=OVERHANG)
    painter(canvas)
    return canvas.done()
