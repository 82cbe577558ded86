"""Finished cells with figures of one's choice, without training anybody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gmbench.records import (
    AgentInfo,
    Hardware,
    Metric,
    PairResult,
    Record,
    Run,
    Software,
    SuiteInfo,
)
from gmbench.studies.cell import Cell, Finished
from gmbench.studies.evaluating import Plan
from gmbench.training import Recipe, checked

NONE = "0" * 64


def made_cell(
    seed: int = 0, alpha: float = 0.0, *, label: str = "mouse", pair: str = "corner", **figures: Any
) -> Finished:
    """A cell whose record holds these figures; None for one without a value."""
    recipe = checked(Recipe(pair, 1000, alpha=alpha, seed=seed))
    ranks = "preference" if "preference" in figures else "goal_effect"
    result = PairResult(
        pair=pair,
        world_version=0,
        score=ranks,  # type: ignore[arg-type]
        metrics={name: metric(value) for name, value in figures.items()},
    )
    record = Record(
        suite=SuiteInfo(name="own-pair", version=0, digest=NONE),
        agent=AgentInfo(name="agent", kind="sb3", algorithm="PPO", digest=NONE),
        results=[result],
        software=Software(
            python="3",
            gmbench="0",
            numpy="2",
            torch=None,
            gymnasium=None,
            stable_baselines3=None,
            sb3_contrib=None,
            procgen=None,
        ),
        hardware=Hardware(cpu="some", cores=1, gpu=None, platform="any"),
        run=Run(
            arguments={},
            commit=None,
            dirty=None,
            seed=0,
            started="2026-01-01T00:00:00Z",
            seconds=1.0,
        ),
        episodes_digest=NONE,
    )
    return Finished(Cell(recipe, Plan().suite(recipe), label=label), Path("nowhere"), record)


def metric(value: float | None) -> Metric:
    why = "it has none" if value is None else None
    return Metric(value=value, low=value, high=value, n=1, method="made", why=why)
