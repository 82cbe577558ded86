"""Worlds for the engine's tests: every native one, and the lane with a word changed."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray

from gmbench.engine.digests import native_worlds

LANE = Path(__file__).with_name("lane_world.py")

every_native_world = pytest.mark.parametrize("world", native_worlds())


def changed_lane(folder: Path, name: str, *changes: tuple[str, str]) -> Path:
    """The lane's source under another name, with some words changed, as a file in a folder."""
    source = LANE.read_text()
    for old, new in (('NAME = "lane"', f'NAME = "{name.replace("_", "-")}"'), *changes):
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    file = folder / f"{name}.py"
    file.write_text(source)
    return file


def load(file: Path) -> ModuleType:
    """A module from a file, under the file's name."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    return module


def walk(module: ModuleType, slots: int, steps: int, seed: int = 0) -> NDArray[np.int64]:
    """Random actions of shape (steps, slots); those of a slot do not depend on how many there are.

    Args:
        module: the world.
        slots: how many.
        steps: of each.
        seed: names the walk.
    """
    chance = np.random.default_rng(seed)
    return chance.integers(len(module.ACTIONS), size=(slots, steps)).T
