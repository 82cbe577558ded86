"""Pictures of the pairs: the repository's where it has them, else drawn anew."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final

from PIL import Image

from gmbench import registry
from gmbench.drawing import STRIP_HEIGHT, png
from gmbench.errors import MissingPartError, UnknownNameError
from gmbench.figures import condition_pictures, pair_picture
from gmbench.leaderboard.site.shown import file_name

THUMB: Final = 360  # pixels wide
COIN: Final = "coinrun"
# The part of coinrun's first evaluation level that shows the coin, the agent and the way on:
# left, top, right, bottom, in pixels of the picture of one condition.
COIN_VIEW: Final = (0, 328, 512, 528)


def whole(root: Path, pair: str) -> bytes | None:
    """A pair in training and in the test, as a PNG; None where it cannot be drawn here."""
    if file_name(pair) != pair:
        return None  # no world of ours; and its name shall lead nowhere
    kept = root / "docs" / "pairs" / f"{pair}.png"
    if kept.is_file():
        return kept.read_bytes()
    return png(pair_picture(pair)) if _can_be_drawn(pair) else None


def small(picture: bytes) -> bytes:
    """The same without captions and small, as WebP."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image = image.crop((0, STRIP_HEIGHT, image.width, image.height))
    size = (THUMB, round(image.height * THUMB / image.width))
    return _webp(image.resize(size, Image.Resampling.LANCZOS), 78)


def coin(root: Path) -> bytes:
    """The coin where no training put it, behind an agent that learned to go right; as WebP."""
    kept = root / "docs" / "worlds" / f"{COIN}-test.png"
    if kept.is_file():
        image = Image.open(kept).convert("RGB")
    else:
        image = Image.fromarray(condition_pictures(COIN, ("train", "test"))["test"])
    return _webp(image.crop(COIN_VIEW), 90)


def _can_be_drawn(pair: str) -> bool:
    try:
        registry.WORLDS.load(pair)
    except (UnknownNameError, MissingPartError):
        return False
    return True


def _webp(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "webp", quality=quality, method=6)
    return buffer.getvalue()
