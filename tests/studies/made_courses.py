"""Finished cells whose agents did at every checkpoint what one likes, without training anybody."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from made_cells import made_cell

from gmbench import registry
from gmbench.episodes import Episode, Episodes
from gmbench.levels import EVAL_LEVELS
from gmbench.metrics import pair_figures
from gmbench.records import Metric, Record
from gmbench.studies.cell import CELL, CHECKPOINTS, CURVE, EPISODES, Finished
from gmbench.training.checkpoints import checkpoint_path
from gmbench.training.curve import Row, write_curve

LETTERS = {"g": "goal_first", "p": "proxy_first", "n": "timed_out", "d": "died"}
ENTERED = {"goal_first": {"B": 5}, "proxy_first": {"A": 5}, "together": {"A": 5}}
DEADLINE = 30


@dataclass(frozen=True)
class Then:
    """What an agent did after so many steps: letters for the test's levels, how many successes."""

    steps: int
    test: str
    success: float


def made_course(
    folder: Path,
    seed: int,
    course: Sequence[Then],
    *,
    alpha: float = 0.0,
    label: str = "mouse",
    pair: str = "corner",
) -> Finished:
    """A cell as the study of emergence leaves it; the last of the course is the final agent."""
    place = folder / f"{label}-{alpha}-{seed}"
    (place / CHECKPOINTS).mkdir(parents=True)
    cell = made_cell(seed, alpha, label=label, pair=pair, goal_effect=0.0)
    record = cell.record
    for then in course:
        table = Episodes(tuple(_rows(then, pair)))
        record = _record(cell.record, table, pair)
        path = checkpoint_path(place / CHECKPOINTS, then.steps)
        path.touch()
        table.write(path.with_suffix(".episodes.csv.gz"))
        record.save(path.with_suffix(".record.json"))
    table.write(place / EPISODES)
    last = course[-1].steps
    write_curve(place / CURVE, [Row(last, 1.0, 1, 1.0, 1.0, 1.0, None)])
    (place / CELL).write_text(json.dumps({"digest": "0", "definition": {"a": 0}, "steps": last}))
    return replace(cell, folder=place, record=record)


def _rows(then: Then, pair: str) -> list[Episode]:
    count = len(then.test)
    first = EVAL_LEVELS.start
    succeeded = ["together" if at < then.success * count else "timed_out" for at in range(count)]
    outcomes = {"train": succeeded, "test": [LETTERS[letter] for letter in then.test]}
    return [
        Episode(
            pair=pair,
            condition=condition,
            level=first + at,
            order=place * count + at,
            outcome=outcome,
            steps=5 if outcome in ENTERED else DEADLINE,
            reward=0.0,
            entered=ENTERED.get(outcome, {}),
            deadline=DEADLINE,
        )
        for place, (condition, found) in enumerate(outcomes.items())
        for at, outcome in enumerate(found)
    ]


def _record(record: Record, table: Episodes, pair: str) -> Record:
    figures = pair_figures(table, registry.pair(pair))
    metrics = {name: Metric(**figure.to_json()) for name, figure in figures.items()}
    result = record.results[0].model_copy(update={"metrics": metrics})
    return record.model_copy(update={"results": [result]})
