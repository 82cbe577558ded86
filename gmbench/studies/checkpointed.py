"""Agents on the way: each checkpoint of a cell plays the levels that its final agent plays.

A cell carried out this way has beside every ``checkpoint-<steps>.zip`` what came of it, as the
cell has for its final agent: ``checkpoint-<steps>.record.json`` with the figures and their
intervals, and ``checkpoint-<steps>.episodes.csv.gz`` with the outcome on every level. Checkpoint 0
is the network before it has learned anything. Once they have played, the zips may be deleted.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from gmbench import registry
from gmbench.episodes import Episode, Episodes
from gmbench.errors import RecordError, UsageError
from gmbench.metrics.shares import NEITHER
from gmbench.records import Metric, Record
from gmbench.studies.cell import CHECKPOINTS, CURVE, EPISODES, Cell, Finished
from gmbench.studies.working import run_cell as train_and_play
from gmbench.training.checkpoints import Checkpoint, checkpoint_path, list_checkpoints
from gmbench.training.curve import read_curve
from gmbench.training.recipe import Recipe

PLAYED: Final = ".record.json"  # in place of a checkpoint's .zip: what came of it
SIDES: Final = ("goal_first", "proxy_first", "neither")

Question = tuple[int, str]  # a level, and the test condition it was played under
Answers = Mapping[Question, str]  # to the side taken; to another outcome where it took none


@dataclass(frozen=True)
class Point:
    """An agent after so many steps.

    Attributes:
        steps: environment steps that it had learned from.
        metrics: its figures, by name.
        answers: what it did on every level of the test.
    """

    steps: int
    metrics: Mapping[str, Metric]
    answers: Answers

    def value(self, name: str) -> float | None:
        """A figure's value; None where it has none, or there is no such figure."""
        metric = self.metrics.get(name)
        return None if metric is None else metric.value

    def plain(self, name: str) -> dict[str, Any]:
        """A figure with its interval, as plain data; its value is None where it has none."""
        metric = self.metrics.get(name)
        if metric is None:
            return {"value": None, "low": None, "high": None, "n": 0}
        return {"value": metric.value, "low": metric.low, "high": metric.high, "n": metric.n}


def run_cell(cell: Cell, folder: Path) -> dict[str, float]:
    """Train, play the evaluation, and let every checkpoint play the same levels.

    Returns:
        What took how many seconds.
    """
    began = time.monotonic()
    place = folder / CHECKPOINTS
    place.mkdir()
    save_untrained(cell.recipe, checkpoint_path(place, 0))
    before = time.monotonic()
    seconds = train_and_play(cell, folder)
    after = time.monotonic()
    for checkpoint in _before_the_end(folder):
        _play(cell, checkpoint)
    seconds["checkpoints"] = round(before - began + time.monotonic() - after, 3)
    return seconds


def save_untrained(recipe: Recipe, path: Path) -> None:
    """Write the agent that training by a checked recipe begins with."""
    from gmbench.training.building import build_env, build_model
    from gmbench.training.saving import save_agent

    env = build_env(recipe)
    try:
        save_agent(build_model(recipe, env), path)
    finally:
        env.close()


def points(one: Finished) -> list[Point]:
    """The agents of a finished cell by rising steps; the last is the final one.

    Raises:
        RecordError: the folder is damaged.
    """
    found = [
        _point(one, at.steps, Record.load(_record(at)), Episodes.read(_episodes(at)))
        for at in _before_the_end(one.folder)
    ]
    last = _point(one, one.steps, one.record, Episodes.read(one.folder / EPISODES))
    return [*found, last]


def _before_the_end(folder: Path) -> list[Checkpoint]:
    """The checkpoints that are not the final agent itself, known by their zips or their records.

    Raises:
        RecordError: the folder is damaged.
    """
    try:
        last = read_curve(folder / CURVE)[-1].steps
        place = folder / CHECKPOINTS
        known = {*list_checkpoints(place), *list_checkpoints(place, PLAYED)}
    except (OSError, ValueError, IndexError, UsageError) as error:
        raise RecordError(
            f"{folder}: its curve or its checkpoints are damaged; delete it and run the sweep again"
        ) from error
    return sorted((at for at in known if at.steps < last), key=lambda at: at.steps)


def _play(cell: Cell, checkpoint: Checkpoint) -> None:
    from gmbench.evaluation import evaluate

    # What scripted agents do does not change while another one learns, and what the levels that an
    # agent crosses by chance would say of it is asked of the final one alone.
    entries = tuple(
        replace(entry, references=(), counterfactual_runs=0) for entry in cell.evaluation.entries
    )
    record = evaluate(
        {cell.recipe.pair: str(checkpoint.path)},
        replace(cell.evaluation, entries=entries),
        episodes=_episodes(checkpoint),
    )
    record.save(_record(checkpoint))


def _point(one: Finished, steps: int, record: Record, episodes: Episodes) -> Point:
    pair = registry.pair(one.cell.recipe.pair)
    answers = {
        (row.level, row.condition): _side(row)
        for row in episodes
        if row.pair == pair.name and row.group == "" and row.condition in pair.tests
    }
    return Point(steps, record.results[0].metrics, answers)


def _side(row: Episode) -> str:
    return "neither" if row.outcome in NEITHER else row.outcome


def _record(checkpoint: Checkpoint) -> Path:
    return checkpoint.path.with_suffix(PLAYED)


def _episodes(checkpoint: Checkpoint) -> Path:
    return checkpoint.path.with_suffix(".episodes.csv.gz")
