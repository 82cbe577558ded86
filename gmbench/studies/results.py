"""The results of a sweep: every figure, from its cells alone; equal cells give equal bytes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from gmbench import registry
from gmbench.atomic import write_text
from gmbench.records import Metric
from gmbench.report import effect, share
from gmbench.studies.cell import SHOWN, Cell, Finished
from gmbench.studies.sweep import Sweep

SCHEMA_VERSION: Final = 1


def results(sweep: Sweep, cells: Sequence[Cell], done: Sequence[Finished]) -> dict[str, Any]:
    """The figures of a sweep, as plain data without times or machines.

    Args:
        sweep: what was asked for.
        cells: its cells, in their order.
        done: those that are finished, in that order.

    Returns:
        ``cells``: of each finished one its figures; ``missing``: names of the others; ``study``:
        what the study makes of those that are finished, null without a study or a finished cell.
    """
    finished = {one.cell.digest for one in done}
    return {
        "schema_version": SCHEMA_VERSION,
        "sweep": sweep.to_json(),
        "cells": [_cell(one) for one in done],
        "missing": [cell.name for cell in cells if cell.digest not in finished],
        "study": _study(sweep, done),
    }


def write_results(path: Path, found: dict[str, Any]) -> None:
    """Write the results, whole or not at all."""
    write_text(path, json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def say(found: dict[str, Any]) -> list[str]:
    """The results for a person: what its study says; without one a line for every agent."""
    if found["study"] is not None:
        module = registry.STUDIES.load(found["study"]["name"])
        return list(module.say(found["study"]["result"]))
    return [_said(cell) for cell in found["cells"]]


def _said(cell: dict[str, Any]) -> str:
    score = registry.pair(cell["pair"]).ranks
    figures = {name: Metric(**figure) for name, figure in cell["metrics"].items()}
    told = [f"{name} {share(figures[name])}" for name in SHOWN]
    told.append(f"{score} {effect(figures[score])}")
    return f"{cell['recipe']}, alpha {cell['alpha']:g}, seed {cell['seed']}: {', '.join(told)}"


def _cell(one: Finished) -> dict[str, Any]:
    recipe, arm = one.cell.recipe, one.cell.arm
    return {
        "name": one.folder.name,
        "digest": one.cell.digest,
        "recipe": one.cell.label,
        **({"arm": arm} if arm else {}),
        "pair": recipe.pair,
        "alpha": recipe.alpha,
        "seed": recipe.seed,
        "steps": one.steps,
        "episodes_digest": one.record.episodes_digest,
        "metrics": {name: m.model_dump(mode="json") for name, m in one.metrics.items()},
    }


def _study(sweep: Sweep, done: Sequence[Finished]) -> dict[str, Any] | None:
    if not sweep.study or not done:
        return None
    module = registry.STUDIES.load(sweep.study)
    result = module.summarize(done, sweep.options)
    return {"name": module.NAME, "version": module.VERSION, "result": result}
