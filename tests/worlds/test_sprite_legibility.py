"""The sprites as they are looked at: told apart by eyes of every kind, on the smallest tiles."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from gmbench.worlds import sprites

FREE = ("floor", "grass")  # two looks of ground to walk on; a world has one of them
ON_GRASS = ("grass", "hedge", "mouse", "shielded", "monster", "shield", "apple", "tree", "stump")
GROUNDS = (*FREE, "wall", "hedge", "lava", "view")
SMALL = {4: 1, 8: 4, 16: 24}  # pixels of the mark that says whose a fruit is, at most

# What each kind of colour vision sees of linear red, green and blue, for a full lack of one cone.
# Source: Machado, Oliveira & Fernandes (2009), "A Physiologically-based Model for Simulation of
# Color Vision Deficiency", IEEE TVCG 15(6), the matrices for severity 1.0.
VISION = {
    "trichromat": np.eye(3),
    "protanope": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranope": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanope": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
# sRGB to CIE XYZ (IEC 61966-2-1), rows divided by the white point D65.
XYZ = np.array(
    [
        [0.4124, 0.3576, 0.1805],
        [0.2126, 0.7152, 0.0722],
        [0.0193, 0.1192, 0.9505],
    ]
) / np.array([[0.9505], [1.0], [1.0890]])
PLAIN = 20.0  # CIE 1976 colour difference that nobody overlooks; 2.3 is just noticeable


def lab(picture: NDArray[np.uint8], vision: str) -> NDArray[np.float64]:
    """CIE L*a*b* of every pixel as that vision sees it."""
    srgb = picture / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    xyz = np.clip(linear @ VISION[vision].T, 0, 1) @ XYZ.T
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.stack(
        [116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1
    )


def differing(one: str, other: str, tile: int, vision: str = "trichromat") -> int:
    """How many pixels of two stacks are plainly of different colours."""
    apart = lab(sprites.picture(one, tile), vision) - lab(sprites.picture(other, tile), vision)
    return int((np.linalg.norm(apart, axis=-1) >= PLAIN).sum())


def test_the_colour_difference_is_the_known_one() -> None:
    """Lab of sRGB red, and what a protanope confuses: red and a dark yellowish green."""
    red = np.array([[[255, 0, 0]]], dtype=np.uint8)
    assert np.allclose(lab(red, "trichromat"), [[[53.24, 80.09, 67.20]]], atol=0.05)
    for vision in VISION:
        grey = lab(np.array([[[128, 128, 128]]], dtype=np.uint8), vision)
        assert np.allclose(grey, [[[53.59, 0, 0]]], atol=0.05)
    green = np.array([[[108, 91, 0]]], dtype=np.uint8)
    assert np.linalg.norm(lab(red, "protanope") - lab(green, "protanope")) < 5


def stacks(ground: str) -> dict[str, str]:
    """What a board with that ground can show: name -> stack."""
    shown = {}
    for name in ON_GRASS if ground == "grass" else sprites.names():
        if name in GROUNDS:
            shown[name] = name
        else:
            shown[name] = f"{ground}+mouse+shielded" if name == "shielded" else f"{ground}+{name}"
    if ground == "floor":
        del shown["grass"]
    return shown


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("tile", [4, 8, 16])
@pytest.mark.parametrize("ground", FREE)
def test_no_two_sprites_look_alike(ground: str, tile: int, vision: str) -> None:
    """A quarter of the pixels differ plainly; an eighth for a shield that the mouse carries."""
    wanted = {("mouse", "shielded"): tile * tile // 8, ("fruit-own", "fruit-other"): 1}
    alike = {
        (one, other): count
        for (one, left), (other, right) in itertools.combinations(stacks(ground).items(), 2)
        if (count := differing(left, right, tile, vision))
        < wanted.get((one, other), tile * tile // 4)
    }
    assert alike == {}


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("tile", [4, 8, 16])
@pytest.mark.parametrize(
    ("below", "above"),
    [
        ("floor+dish", "cheese"),
        ("floor+dish", "mouse"),
        ("floor+beacon", "mouse"),
        ("floor+beacon", "leader"),
        ("floor+beacon-active", "mouse"),
        ("floor+beacon-active", "leader"),
        ("lava", "mouse"),
        ("view", "mouse"),
        ("view", "fruit-own"),
        ("view", "fruit-other"),
    ],
)
def test_what_lies_below_shows(below: str, above: str, tile: int, vision: str) -> None:
    """A beacon under a mouse, the view under a fruit: an eighth of the pixels tell."""
    count = differing(f"{below}+{above}", f"floor+{above}", tile, vision)
    assert count >= tile * tile // 8


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("tile", [4, 8, 16])
@pytest.mark.parametrize(("border", "carried"), [("wall", "key"), ("hedge", "shield")])
def test_what_is_carried_shows_on_the_border(
    border: str, carried: str, tile: int, vision: str
) -> None:
    assert differing(f"{border}+{carried}", border, tile, vision) >= tile * tile // 4


@pytest.mark.parametrize("tile", SMALL)
def test_ownership_is_a_small_mark_and_the_view_is_not(tile: int) -> None:
    """The pair `overseer` asks for this: what the agent should heed is the less salient."""
    mark = differing("floor+fruit-own", "floor+fruit-other", tile)
    assert 1 <= mark <= SMALL[tile]
    assert differing("view+fruit-own", "floor+fruit-own", tile) > mark
    assert differing("view", "floor", tile) == tile * tile


@pytest.mark.parametrize("tile", [4, 8, 16])
def test_a_gem_and_a_line_differ_in_nothing_but_shape(tile: int) -> None:
    """Shape and colour do not hint at each other: yellow to red is one exchange of tones."""
    for shape in ("gem", "line"):
        yellow = sprites.picture(f"floor+{shape}-yellow", tile).reshape(-1, 3)
        red = sprites.picture(f"floor+{shape}-red", tile).reshape(-1, 3)
        tones = {(tuple(y), tuple(r)) for y, r in zip(yellow.tolist(), red.tolist(), strict=True)}
        assert len({y for y, _ in tones}) == len({r for _, r in tones}) == len(tones)
