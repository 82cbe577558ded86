"""A third party's study, whose cells fail or kill their worker; for tests, and quick."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gmbench.errors import Interrupted

NAME = "unruly"
VERSION = 0
# A finished cell; seeds.
OPTIONS = {"model": "", "fails": (0,), "kills": (0,), "once": (0,), "stops": (0,)}


def cells(sweep: Any) -> list[Any]:
    details = dict(sweep.options)
    return [replace(cell, study=NAME, details=details) for cell in sweep.product()]


def summarize(done: Sequence[Any], options: Mapping[str, Any]) -> dict[str, Any]:
    return {"seeds": [one.cell.recipe.seed for one in done]}


def say(result: Mapping[str, Any]) -> list[str]:
    return [f"seeds {result['seeds']}"]


def run_cell(cell: Any, folder: Path) -> dict[str, float]:
    seed, model = cell.recipe.seed, Path(cell.details["model"])
    (folder / "half-written").touch()
    if seed in cell.details["fails"]:
        raise ValueError("a cell that fails")
    before = model.with_name(f"died-{seed}")
    if seed in cell.details["kills"] or (seed in cell.details["once"] and not before.exists()):
        before.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if seed in cell.details["stops"] and not before.exists():
        before.touch()
        raise Interrupted("stopped, as training is by a signal", signal.SIGTERM)
    (folder / "half-written").unlink()
    for name in ("agent.zip", "curve.csv", "record.json", "episodes.csv.gz"):
        shutil.copy(model / name, folder / name)
    return {"train": 0.0}
