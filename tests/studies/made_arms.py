"""Finished cells of arms, with lessons, a curve and episodes of one's choice, untrained."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from made_cells import made_cell

from gmbench.envs.regime import Lessons, Regime
from gmbench.episodes import Episode, Episodes
from gmbench.studies.cell import CURVE, EPISODES, LESSONS, Finished
from gmbench.training import checked
from gmbench.training.curve import Row, write_curve

STEPS = 1_000
TALLY = {
    "begun": 50,
    "ended": 49,
    "steps": 700,
    "goal_first": 20,
    "proxy_first": 25,
    "first_step": 100,
    "last_step": 300,
}


def given(begin: int, end: int, penalty: float = 0.0, region: str = "anywhere") -> Regime:
    return Regime(Lessons(50, begin, end, region), proxy_reward=-penalty if penalty else 0.0)


def made_arm(
    folder: Path,
    seed: int,
    regime: Regime | None,
    *,
    changes: Mapping[str, Any] | None = None,
    tally: Mapping[str, int] | None = TALLY,
    curve: Iterable[tuple[int, float | None]] = ((200, 0.25), (400, 0.75)),
    episodes: Iterable[Episode] = (),
    label: str = "mouse",
    pair: str = "corner",
    **figures: Any,
) -> Finished:
    """A cell in a folder of its own; its curve is given as steps and success."""
    made = made_cell(seed, label=label, pair=pair, **figures)
    recipe = checked(made.cell.recipe.with_(**{"regime": regime, **(changes or {})}))
    cell = replace(made.cell, recipe=recipe)
    place = folder / cell.name
    place.mkdir(parents=True)
    if tally is not None and regime is not None and regime.lessons is not None:
        (place / LESSONS).write_text(json.dumps(dict(tally)))
    write_curve(place / CURVE, [Row(s, 1.0, 10, share, share, 9.0, 0.1) for s, share in curve])
    table = Episodes(tuple(episodes))
    table.write(place / EPISODES)
    record = made.record.model_copy(update={"episodes_digest": table.digest})
    return replace(made, cell=cell, folder=place, record=record)
