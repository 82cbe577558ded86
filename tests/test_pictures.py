"""What people look at: the picture of a pair, the film of an agent, the README's table."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import imageio.v3 as imageio
import numpy as np
import pytest

import gmbench
from gmbench import registry
from gmbench.agents.scripted import scripted
from gmbench.drawing import GAP, GOAL_COLOUR, PROXY_COLOUR, STRIP_HEIGHT, captioned
from gmbench.errors import AgentError, UsageError
from gmbench.figures import pair_picture
from gmbench.levels import EVAL_LEVELS
from gmbench.pages import readmes
from gmbench.pages.worlds import PICTURES
from gmbench.rollout import Loop, Task
from gmbench.stages.open import open_stage
from gmbench.video import HOLD, READ, film, side_by_side, write_film

ROOT = Path(gmbench.__file__).parent.parent


@pytest.mark.parametrize("name", gmbench.pairs())
def test_a_pair_s_picture_shows_two_conditions_of_one_level(name: str) -> None:
    picture = pair_picture(name)
    assert picture.dtype == np.uint8
    half = (picture.shape[1] - GAP) // 2
    train, test = picture[STRIP_HEIGHT:, :half], picture[STRIP_HEIGHT:, half + GAP :]
    changed = (train != test).any(axis=2)
    # Two worlds differ only in what comes later: how long they last, and what happens on the way.
    later = registry.pair(name).success == "return"
    assert changed.any() != later, "the goal has moved"
    assert changed.mean() < 0.25, "and all else is the same level"


def test_a_picture_of_a_rejected_level_is_refused() -> None:
    with pytest.raises(UsageError, match="not one that procgen-coinrun uses"):
        pair_picture("procgen-coinrun", level=2**30)


def test_a_caption_too_long_for_its_picture_is_cut() -> None:
    narrow = np.zeros((10, 120, 3), np.uint8)
    assert captioned(narrow, "title", "word " * 100).shape == (10 + STRIP_HEIGHT, 120, 3)


@pytest.mark.parametrize(("name", "side"), [("procgen-maze", 512), ("corner", 520)])
def test_a_level_is_filmed_to_its_end_in_both_conditions(name: str, side: int) -> None:
    pair, module = gmbench.pair(name), registry.WORLDS.load(name)
    both = [c for c in pair.world.conditions if c.name in ("train", "test")]
    with closing(open_stage(module, both, 2, pictures=True)) as stage:
        number = stage.find_levels(1, EVAL_LEVELS.start).numbers[0]
        loop = Loop(scripted("proxy"), stage, deterministic=False, seed=0)
        tasks = {slot: Task(number, condition, slot) for slot, condition in enumerate(both)}
        frames = list(side_by_side(loop, stage, tasks))
        start, end = READ * stage.fps, HOLD * stage.fps
    assert frames[0].shape == (side + STRIP_HEIGHT, 2 * side + GAP, 3)
    assert all((frame == frames[0]).all() for frame in frames[:start]), "the start is held"
    assert all((frame == frames[-1]).all() for frame in frames[-end:]), "and so is the end"
    moved = [(a != b)[STRIP_HEIGHT:].any() for a, b in zip(frames, frames[1:], strict=False)]
    assert sum(moved) > 5
    train, test = frames[-1][:STRIP_HEIGHT, :side], frames[-1][:STRIP_HEIGHT, side + GAP :]
    assert shows(train, GOAL_COLOUR) and not shows(train, PROXY_COLOUR), "it got the goal there"
    assert shows(test, PROXY_COLOUR) and not shows(test, GOAL_COLOUR), "and here it did not"
    assert not shows(frames[0][:STRIP_HEIGHT], GOAL_COLOUR)


def shows(strip: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool((strip == np.array(colour)).all(axis=2).any())


@pytest.mark.parametrize("name", ["procgen-maze", "corner"])
def test_a_film_is_one_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    film(scripted("proxy"), name, path, levels=2)
    shown = imageio.imread(path, plugin="pyav")
    assert shown.shape[0] > 40 and shown.shape[1] % 2 == shown.shape[2] % 2 == 0
    assert [p.name for p in tmp_path.iterdir()] == ["film.mp4"]


@pytest.mark.bad_input
def test_a_film_of_an_agent_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match="procgen-coinrun has no scripted agent 'goal'"):
        film(scripted("goal"), "procgen-coinrun", tmp_path / "film.mp4")


def test_a_film_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def failing():
        yield np.zeros((64, 64, 3), np.uint8)
        raise UsageError("no more")

    with pytest.raises(UsageError):
        write_film(failing(), tmp_path / "film.mp4", 15)
    assert list(tmp_path.iterdir()) == []


def test_the_readmes_tables_are_what_the_program_writes() -> None:
    for path, text in readmes(ROOT).items():
        assert path.read_text() == text, f"{path.name}: run python -m gmbench.pages"
    for name in gmbench.pairs():
        assert (ROOT / PICTURES / f"{name}.png").is_file()
