"""A sweep of small mazes that takes seconds."""

from __future__ import annotations

import zipfile
from pathlib import Path

from gmbench.studies import Finished, Sweep
from gmbench.studies.cell import AGENT, finished
from gmbench.studies.working import carry_out

RECIPE = """\
pair: corner
parameters: {size: 7}
steps: {steps}
num_envs: 16
network: {extractor: stock, layers: [16]}
settings: {batch_size: 128, n_epochs: 1, learning_rate: 0.02}
"""
SWEEP = """\
name: tiny
study: dose
recipes: [mouse.yaml]
alphas: [0, 1]
seeds: 2
evaluate: {levels: 20}
"""
TWENTY_FOUR = """\
name: many
study: selection
recipes: [mouse.yaml]
alphas: [0, 1]
seeds: 12
evaluate: {levels: 20}
"""
EMERGENCE = """\
name: tiny
study: emergence
recipes: [mouse.yaml]
seeds: 2
evaluate: {levels: 20, references: [random]}
checkpoints: [512, 1024]
"""


def written(folder: Path, text: str = SWEEP, steps: int = 2_048) -> Path:
    """A sweep's file, its recipe beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mouse.yaml").write_text(RECIPE.replace("{steps}", str(steps)))
    file = folder / "sweep.yaml"
    file.write_text(text)
    return file


def twenty_four(folder: Path) -> Path:
    """The file of a sweep of 24 cells, each long enough to be killed on its way."""
    return written(folder, TWENTY_FOUR, steps=6_144)


def folders(out: Path) -> list[Path]:
    """Those of a sweep's cells."""
    return sorted((out / "cells").iterdir())


def carried_out(plan: Sweep, out: Path) -> list[Finished]:
    """Every cell of a sweep, trained and evaluated in this process."""
    done = []
    for number, cell in enumerate(plan.cells()):
        folder = out / f"{number}"
        folder.mkdir()
        carry_out(cell, folder)
        done.append(finished(cell, folder))
    return done


def weights(one: Finished) -> bytes:
    """The weights of a cell's agent; the rest of its zip holds its recipe as well."""
    with zipfile.ZipFile(one.folder / AGENT) as archive:
        return archive.read("policy.pth")
