"""The tables of ``baselines/README.md``: what trained agents do, from the results of their sweeps.

A pair's folder holds sweeps and their results: ``<pair>-baselines.json``; ``<pair>-frame.json``,
the floor and the ceiling; ``<pair>-algorithms.json`` where others than PPO were trained.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

from gmbench import registry
from gmbench.records import Metric
from gmbench.report import effect, percent, share

SWEEPS: Final = ("baselines", "frame", "algorithms")  # others are studies
SHARES: Final = ("train_success", "goal_first", "proxy_first")

Agent = dict[str, Any]  # a cell of a sweep's results, and where it lies


def baselines_tables(root: Path) -> str:
    """A table with a line a recipe, and one with a line an agent.

    Args:
        root: of the repository.
    """
    native = [name for name in registry.pairs() if registry.pair(name).world.family == "native"]
    found = {name: list(_agents(root, name)) for name in native}
    return "\n".join([*_by_recipe(found), "", *_by_agent(found)])


def _agents(root: Path, pair: str) -> Iterator[Agent]:
    """The finished agents of a pair, with their ``folder`` and ``seconds`` of training."""
    for sweep in SWEEPS:
        path = root / "baselines" / pair / f"{pair}-{sweep}.json"
        for cell in json.loads(path.read_text())["cells"] if path.exists() else ():
            folder = path.parent / "cells" / cell["name"]
            seconds = json.loads((folder / "timing.json").read_text())["seconds"]["train"]
            place = folder.relative_to(root / "baselines").as_posix()
            yield {**cell, "folder": place, "seconds": seconds}


def _by_recipe(found: Mapping[str, Sequence[Agent]]) -> Iterator[str]:
    yield "| pair | recipe | agents | steps | minutes | " + " | ".join(SHARES) + " | score |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for pair, agents in found.items():
        if not agents:
            yield f"| `{pair}` | | not run | | | | | | |"
        for recipe in dict.fromkeys(agent["recipe"] for agent in agents):
            some = [agent for agent in agents if agent["recipe"] == recipe]
            told = [_range(some, name, shares=True) for name in SHARES]
            score = registry.pair(pair).ranks
            told.append(f"{score} {_range(some, score, shares=False)}")
            minutes = median(agent["seconds"] for agent in some) / 60
            link = f"[`{recipe}`]({pair}/{recipe}.yaml)"
            cost = f"{len(some)} | {some[0]['steps']:,} | {minutes:.1f}"
            yield f"| `{pair}` | {link} | {cost} | {' | '.join(told)} |"


def _by_agent(found: Mapping[str, Sequence[Agent]]) -> Iterator[str]:
    yield "| agent | " + " | ".join(SHARES) + " | score |"
    yield "| --- | --- | --- | --- | --- |"
    for pair, agents in found.items():
        for agent in agents:
            link = f"[`{pair}`, `{agent['recipe']}`, seed {agent['seed']}]({agent['folder']})"
            told = [share(Metric(**agent["metrics"][name])) for name in SHARES]
            score = registry.pair(pair).ranks
            told.append(f"{score} {effect(Metric(**agent['metrics'][score]))}")
            yield f"| {link} | {' | '.join(told)} |"


def _range(agents: Sequence[Agent], name: str, *, shares: bool) -> str:
    """The median of the agents that have a figure, and its range where there are several."""
    known = [agent["metrics"][name]["value"] for agent in agents]
    known = [value for value in known if value is not None]
    if not known:
        return "none"
    low, middle, high = (
        percent(value) if shares else f"{value:.2f}"
        for value in (min(known), median(known), max(known))
    )
    middle += " %" if shares else ""
    if len(known) > 1:
        middle += f" ({low} to {high})"
    of = "" if len(known) == len(agents) else f" of {len(known)}"
    return f"{middle}{of}"
