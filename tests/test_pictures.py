"""What people look at: the picture of a pair, the film of an agent, the README's table."""

from __future__ import annotations

from pathlib import Path

import imageio.v3 as imageio
import numpy as np
import pytest

import gmbench
from gmbench.agents.scripted import scripted
from gmbench.drawing import GAP, STRIP_HEIGHT, captioned
from gmbench.errors import UsageError
from gmbench.figures import pair_picture
from gmbench.pages import PICTURES, with_table
from gmbench.video import HOLD, side_by_side, write_film

ROOT = Path(gmbench.__file__).parent.parent


@pytest.mark.parametrize("name", gmbench.pairs())
def test_a_pair_s_picture_shows_two_conditions_of_one_level(name: str) -> None:
    picture = pair_picture(name)
    assert picture.dtype == np.uint8
    half = (picture.shape[1] - GAP) // 2
    train, test = picture[STRIP_HEIGHT:, :half], picture[STRIP_HEIGHT:, half + GAP :]
    changed = (train != test).any(axis=2)
    assert changed.any(), "the goal has moved"
    assert changed.mean() < 0.25, "and all else is the same level"


def test_a_picture_of_a_rejected_level_is_refused() -> None:
    with pytest.raises(UsageError, match="not one that procgen-coinrun uses"):
        pair_picture("procgen-coinrun", level=2**30)


def test_a_caption_too_long_for_its_picture_is_cut() -> None:
    narrow = np.zeros((10, 120, 3), np.uint8)
    assert captioned(narrow, "title", "word " * 100).shape == (10 + STRIP_HEIGHT, 120, 3)


def test_a_film_shows_both_conditions_to_their_ends(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    frames = list(side_by_side(scripted("proxy"), "procgen-maze", levels=1))
    write_film(iter(frames), path)
    film = imageio.imread(path, plugin="pyav")
    assert len(film) == len(frames) > HOLD
    assert film.shape[1:] == frames[0].shape == (512 + STRIP_HEIGHT, 2 * 512 + GAP, 3)
    # The end is held: the last frames stand still, and the strips have got their outcome.
    assert (frames[-1] == frames[-HOLD]).all()
    assert (frames[-1][:STRIP_HEIGHT] != frames[0][:STRIP_HEIGHT]).any()
    assert [p.name for p in tmp_path.iterdir()] == ["film.mp4"]


def test_a_film_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def failing():
        yield np.zeros((64, 64, 3), np.uint8)
        raise UsageError("no more")

    with pytest.raises(UsageError):
        write_film(failing(), tmp_path / "film.mp4")
    assert list(tmp_path.iterdir()) == []


def test_the_readme_s_table_is_what_the_program_writes() -> None:
    readme = (ROOT / "README.md").read_text()
    assert with_table(readme) == readme
    for name in gmbench.pairs():
        assert (ROOT / PICTURES / f"{name}.png").is_file()
