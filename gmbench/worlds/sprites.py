"""The pictures of board worlds: text art from one file, stacked, scaled and packed for the engine.

A *stack* such as ``"floor+dish+cheese"`` names sprites from the ground up. An *atlas* holds one
tile a stack as words of four bytes, three words for four pixels, so that the engine draws a board
by copying words. Everything is integer arithmetic: the same bytes on every machine.

The drawings and how to edit them: ``gmbench/data/sprites.txt``.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gmbench.errors import UnknownNameError, UsageError
from gmbench.hints import nearest, quoted

SIZES: Final = (16, 8, 4)  # the drawings of a sprite, in pixels a side
LARGEST_TILE: Final = 256
CLEAR: Final = "."

_COLOUR = re.compile(r"(?P<letter>\S)\s*=\s*(?P<name>[^=]+?)\s*=\s*#(?P<rgb>[0-9a-fA-F]{6})")
_HEADING = re.compile(r"\[(?P<name>[a-z0-9]+(-[a-z0-9]+)*)\]")

Letters = NDArray[np.uint8]  # (n, n): the ASCII codes of a drawing's letters


@dataclass(frozen=True, eq=False)
class Sheet:
    """A palette and the sprites drawn with it.

    Attributes:
        colours: name of a colour -> (red, green, blue).
        sprites: name of a sprite -> side in pixels -> its drawing; a side for each of `SIZES`.
        inks: uint8 (128, 3), the colour of every letter by its ASCII code.
    """

    colours: Mapping[str, tuple[int, int, int]]
    sprites: Mapping[str, Mapping[int, Letters]]
    inks: NDArray[np.uint8]

    def picture(self, stack: str, tile: int) -> NDArray[np.uint8]:
        """One tile, as the module's `picture`."""
        _check_tile(tile)
        side = tile if tile in SIZES else max(SIZES)
        painted = np.full((side, side), ord(CLEAR), dtype=np.uint8)
        for name in stack.split("+"):
            if name not in self.sprites:
                raise UnknownNameError(
                    f"unknown sprite {quoted(name)}; {nearest(name, self.sprites)}"
                )
            drawing = self.sprites[name][side]
            painted = np.where(drawing == ord(CLEAR), painted, drawing)
        if (painted == ord(CLEAR)).any():
            raise UsageError(
                f"the stack {quoted(stack)} leaves pixels empty; begin it with a sprite that "
                f"fills its tile, as in {quoted('floor+' + stack)}"
            )
        return _scaled(self.inks[painted], tile)

    def atlas(self, stacks: Sequence[str], tile: int) -> NDArray[np.uint32]:
        """A tile a stack, as the module's `atlas`."""
        _check_tile(tile)
        frames = np.empty((len(stacks), tile, 3 * tile), dtype=np.uint8)
        for frame, stack in zip(frames, stacks, strict=True):
            frame[:] = self.picture(stack, tile).reshape(tile, 3 * tile)
        return frames.view("<u4").astype(np.uint32, copy=False)


def atlas(stacks: Sequence[str], tile: int) -> NDArray[np.uint32]:
    """Tiles for the engine to copy, one for each stack.

    Args:
        stacks: names of sprites joined by "+", painted from the first to the last; the first
            fills its tile.
        tile: pixels a side, a multiple of 4 up to `LARGEST_TILE`.

    Returns:
        uint32 of shape (len(stacks), tile, 3 * tile / 4): rows of red, green and blue bytes,
        the first byte in a word's lowest bits.

    Raises:
        UsageError: the size is no such multiple, or a stack leaves pixels empty.
        UnknownNameError: no sprite has that name.
    """
    return shipped().atlas(stacks, tile)


def picture(stack: str, tile: int) -> NDArray[np.uint8]:
    """One tile to look at: uint8 of shape (tile, tile, 3); arguments and errors as for `atlas`."""
    return shipped().picture(stack, tile)


def names() -> tuple[str, ...]:
    """The names of the sprites, in the file's order."""
    return tuple(shipped().sprites)


def palette() -> Mapping[str, tuple[int, int, int]]:
    """Name of a colour -> (red, green, blue) in [0, 255], in the file's order."""
    return shipped().colours


@functools.cache
def shipped() -> Sheet:
    """The sheet that comes with gmbench, read once a process."""
    file = resources.files("gmbench") / "data" / "sprites.txt"
    return read(file.read_text(encoding="utf-8"), "sprites.txt")


def read(text: str, source: str) -> Sheet:
    """Reads a sheet in the format that the head of ``gmbench/data/sprites.txt`` explains.

    Args:
        text: the file's text.
        source: what messages call the file.

    Raises:
        UsageError: ``SOURCE:LINE: what is wrong``.
    """
    reader = _Reader(source)
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            reader.take(number, line.strip())
    return reader.sheet()


class _Reader:
    """What has been read so far; the palette stands before the first sprite."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.letters: dict[str, str] = {}  # letter -> name of its colour
        self.colours: dict[str, tuple[int, int, int]] = {}
        self.rows: dict[str, dict[int, list[str]]] = {}  # sprite -> side -> its rows
        self.headings: dict[str, int] = {}  # sprite -> line

    def fail(self, number: int, message: str) -> UsageError:
        return UsageError(f"{self.source}:{number}: {message}")

    def take(self, number: int, line: str) -> None:
        if line.startswith("["):
            self.heading(number, line)
        elif self.rows:
            self.row(number, line)
        else:
            self.colour(number, line)

    def colour(self, number: int, line: str) -> None:
        found = _COLOUR.fullmatch(line)
        if found is None:
            raise self.fail(
                number, f"want a colour, as in 'y = yellow = #f0e442', not {quoted(line)}"
            )
        letter, name, rgb = found["letter"], found["name"], found["rgb"]
        if not (letter.isascii() and letter.isalpha()):
            raise self.fail(number, f"{quoted(letter)} is not a letter from a to z or A to Z")
        if letter in self.letters or name in self.colours:
            again = letter if letter in self.letters else name
            raise self.fail(number, f"{quoted(again)} is in the palette already; use another")
        self.letters[letter] = name
        self.colours[name] = (int(rgb[:2], 16), int(rgb[2:4], 16), int(rgb[4:], 16))

    def heading(self, number: int, line: str) -> None:
        found = _HEADING.fullmatch(line)
        if found is None:
            raise self.fail(number, f"want a sprite's name, as in '[gem-red]', not {quoted(line)}")
        name = found["name"]
        if name in self.rows:
            raise self.fail(number, f"there is a sprite {quoted(name)} already; rename this one")
        self.headings[name] = number
        self.rows[name] = {side: [] for side in SIZES}

    def row(self, number: int, line: str) -> None:
        drawings = self.rows[next(reversed(self.rows))]
        for part in line.split():
            if len(part) not in drawings:
                raise self.fail(number, f"{quoted(part)} has {len(part)} letters, want 16, 8 or 4")
            for letter in part:
                if letter != CLEAR and letter not in self.letters:
                    raise self.fail(
                        number, f"{quoted(letter)} is not in the palette; add it or write '.'"
                    )
            drawings[len(part)].append(part)

    def sheet(self) -> Sheet:
        sprites = {}
        for name, drawings in self.rows.items():
            for side, rows in drawings.items():
                if len(rows) != side:
                    raise self.fail(
                        self.headings[name],
                        f"the drawing of {side}x{side} of {quoted(name)} has {len(rows)} rows, "
                        f"want {side}",
                    )
            sprites[name] = MappingProxyType({n: _letters(rows) for n, rows in drawings.items()})
        inks = np.zeros((128, 3), dtype=np.uint8)
        for letter, colour in self.letters.items():
            inks[ord(letter)] = self.colours[colour]
        inks.flags.writeable = False  # the shipped sheet serves the whole process
        return Sheet(MappingProxyType(self.colours), MappingProxyType(sprites), inks)


def _letters(rows: Sequence[str]) -> Letters:
    return np.frombuffer("".join(rows).encode("ascii"), np.uint8).reshape(len(rows), -1)


def _check_tile(tile: int) -> None:
    if not 4 <= tile <= LARGEST_TILE or tile % 4:
        raise UsageError(
            f"a tile of {tile} pixels cannot be drawn; give a multiple of 4 from 4 to "
            f"{LARGEST_TILE}"
        )


def _scaled(pixels: NDArray[np.uint8], tile: int) -> NDArray[np.uint8]:
    """The mean colour that each new pixel covers of the old ones.

    Whole multiples repeat pixels exactly, other enlargements blend only where an edge falls within
    a pixel.
    """
    side = len(pixels)
    # Lengths in units of 1 / (side * tile) of the picture: a new pixel is `side` units long.
    new = np.arange(tile)[:, None] * side
    old = np.arange(side)[None, :] * tile
    overlap = np.clip(np.minimum(new + side, old + tile) - np.maximum(new, old), 0, None)
    covered = overlap @ np.tensordot(overlap, pixels, axes=1)  # rows first, then columns
    return ((covered + side * side // 2) // (side * side)).astype(np.uint8)
