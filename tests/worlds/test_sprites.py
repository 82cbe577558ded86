"""The sprites: the file is whole, a tile is what its stack says, and mistakes are named."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from gmbench.errors import UnknownNameError, UsageError
from gmbench.worlds import sprites

GROUNDS = ("floor", "grass", "wall", "hedge", "lava", "view")
STACKS = [name if name in GROUNDS else f"floor+{name}" for name in sprites.names()]


def test_every_sprite_has_every_drawing_and_every_colour_is_used() -> None:
    sheet = sprites.shipped()
    used = set()
    for drawings in sheet.sprites.values():
        assert {side: drawing.shape for side, drawing in drawings.items()} == {
            16: (16, 16),
            8: (8, 8),
            4: (4, 4),
        }
        for drawing in drawings.values():
            used |= {tuple(sheet.inks[code]) for code in set(drawing.flat) - {ord(sprites.CLEAR)}}
    assert used == set(sprites.palette().values())


def test_grounds_fill_their_tile_and_the_rest_does_not() -> None:
    for name, drawings in sprites.shipped().sprites.items():
        full = [bool((drawing != ord(sprites.CLEAR)).all()) for drawing in drawings.values()]
        assert all(full) if name in GROUNDS else not full[0]


TINY = """
# A sheet of two sprites.
a = soil = #102030
b = leaf = #a0B0c0
[soil]
"""
SOIL = "\n".join(
    "  ".join(["a" * 16, *(["a" * 8] if row < 8 else []), *(["a" * 4] if row < 4 else [])])
    for row in range(16)
)
TINY += SOIL + "\n\n[leaf-1]\n" + SOIL.replace("a", ".").replace(".", "b", 1) + "\n"


def test_a_stack_is_painted_from_the_ground_up() -> None:
    sheet = sprites.read(TINY, "tiny.txt")
    assert dict(sheet.colours) == {"soil": (0x10, 0x20, 0x30), "leaf": (0xA0, 0xB0, 0xC0)}
    tile = sheet.picture("soil+leaf-1", 16)
    assert tile[0, 0].tolist() == [0xA0, 0xB0, 0xC0]
    assert (tile.reshape(-1, 3)[1:] == [0x10, 0x20, 0x30]).all()
    assert (sheet.picture("soil+leaf-1+soil", 16) == sheet.picture("soil", 16)).all()


def test_words_hold_red_green_and_blue_from_the_lowest_byte() -> None:
    words = sprites.read(TINY, "tiny.txt").atlas(["soil", "soil+leaf-1"], 16)
    assert words[0, 0, :3].tolist() == [0x10302010, 0x20103020, 0x30201030]
    assert words[1, 0, 0] == 0x10C0B0A0


@pytest.mark.parametrize("tile", [4, 8, 12, 16, 20, 32])
def test_an_atlas_holds_the_pictures(tile: int) -> None:
    words = sprites.atlas(STACKS, tile)
    assert words.shape == (len(STACKS), tile, 3 * tile // 4)
    assert words.dtype == np.uint32
    bytes_ = words.astype("<u4").view(np.uint8).reshape(len(STACKS), tile, tile, 3)
    for tiles, stack in zip(bytes_, STACKS, strict=True):
        assert (tiles == sprites.picture(stack, tile)).all()
    assert sprites.atlas([], tile).shape == (0, tile, 3 * tile // 4)


@pytest.mark.parametrize("tile", [32, 48, 256])
def test_whole_multiples_repeat_pixels(tile: int) -> None:
    small = sprites.picture("floor+dish+cheese", 16)
    repeated = small.repeat(tile // 16, axis=0).repeat(tile // 16, axis=1)
    assert (sprites.picture("floor+dish+cheese", tile) == repeated).all()


@pytest.mark.parametrize("tile", [12, 20, 24, 28, 60])
def test_other_sizes_are_means_over_the_area(tile: int) -> None:
    """Against the definition: repeat every pixel `tile` times, average blocks of sixteen."""
    small = sprites.picture("grass+tree", 16).astype(np.int64)
    fine = small.repeat(tile, axis=0).repeat(tile, axis=1)
    means = fine.reshape(tile, 16, tile, 16, 3).mean(axis=(1, 3))
    assert np.abs(sprites.picture("grass+tree", tile) - means).max() <= 0.5


def test_the_small_tiles_show_their_own_drawings() -> None:
    sheet = sprites.shipped()
    for side in (4, 8):
        drawn = sheet.inks[sheet.sprites["wall"][side]]
        assert (sprites.picture("wall", side) == drawn).all()


PINNED = {
    4: "af297b83500f97a2",
    8: "175fbc92cd3014ce",
    12: "fdfeb1ee7e26f33c",
    16: "a0915aab4d649f52",
    24: "0bf624834ea9129f",
    32: "168c6f3fe020ef01",
}


@pytest.mark.parametrize("tile", PINNED)
def test_tiles_are_equal_on_every_machine(tile: int) -> None:
    """Values that change only with a drawing; frames of every board world change with them."""
    words = sprites.atlas(STACKS, tile).astype("<u4")
    assert hashlib.sha256(words.tobytes()).hexdigest()[:16] == PINNED[tile]


def test_pictures_may_be_drawn_upon() -> None:
    sprites.picture("floor+mouse", 4)[:] = 0
    assert sprites.picture("floor+mouse", 4).any()


def test_sprites_need_no_compiler() -> None:
    code = "import sys, gmbench.worlds.sprites as s; s.names(); print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.bad_input
@pytest.mark.parametrize("tile", [0, -4, 2, 6, 260])
def test_a_tile_that_cannot_be_drawn(tile: int) -> None:
    for call in (lambda: sprites.atlas([], tile), lambda: sprites.picture("floor", tile)):
        with pytest.raises(UsageError) as caught:
            call()
        assert str(caught.value) == (
            f"a tile of {tile} pixels cannot be drawn; give a multiple of 4 from 4 to 256"
        )


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("stack", "message"),
    [
        ("floor+chese", "unknown sprite 'chese'; did you mean cheese"),
        ("", "unknown sprite ''; known: apple, beacon"),
        ("floor+", "unknown sprite ''; known: apple, beacon"),
    ],
)
def test_a_sprite_that_nobody_drew(stack: str, message: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        sprites.picture(stack, 4)
    assert str(caught.value).startswith(message)


@pytest.mark.bad_input
def test_a_stack_without_ground() -> None:
    with pytest.raises(UsageError) as caught:
        sprites.atlas(["floor", "mouse"], 8)
    assert str(caught.value) == (
        "the stack 'mouse' leaves pixels empty; begin it with a sprite that fills its tile, "
        "as in 'floor+mouse'"
    )


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("a = soil = #102030", "a = soil = #10203", ":3: want a colour, as in 'y = yellow"),
        ("a = soil = #102030", "ab = soil = #102030", ":3: want a colour, as in 'y = yellow"),
        ("a = soil = #102030", "é = soil = #102030", ":3: 'é' is not a letter from a to z"),
        ("a = soil = #102030", ". = soil = #102030", ":3: '.' is not a letter from a to z"),
        ("b = leaf", "a = leaf", ":4: 'a' is in the palette already; use another"),
        ("b = leaf", "b = soil", ":4: 'soil' is in the palette already; use another"),
        ("[soil]", "aaaa", ":5: want a colour, as in 'y = yellow = #f0e442', not 'aaaa'"),
        ("[leaf-1]", "[Leaf 1]", ":23: want a sprite's name, as in '[gem-red]', not '[Leaf 1]'"),
        ("[leaf-1]", "[soil]", ":23: there is a sprite 'soil' already; rename this one"),
        ("[leaf-1]", "[leaf-1]\naaaaa", ":24: 'aaaaa' has 5 letters, want 16, 8 or 4"),
        ("[leaf-1]", "[leaf-1]\nabca", ":24: 'c' is not in the palette; add it or write '.'"),
        ("[leaf-1]", "[leaf-1]\naaaa", ":23: the drawing of 4x4 of 'leaf-1' has 5 rows, want 4"),
        ("[leaf-1]", "[bare]\n[leaf-1]", ":23: the drawing of 16x16 of 'bare' has 0 rows, want 16"),
    ],
)
def test_a_sheet_with_a_mistake(before: str, after: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        sprites.read(TINY.replace(before, after, 1), "tiny.txt")
    assert str(caught.value).startswith("tiny.txt" + message)
    assert "\n" not in str(caught.value)
