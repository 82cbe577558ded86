"""Cells that differ in their seed only, as the figures of one group."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from gmbench.levels import stable_hash
from gmbench.metrics import across_seeds
from gmbench.studies.cell import Finished

# What the middle of each ranking score is: half of what can be pursued, or neither preferred.
MIDDLE: Final = {"pursuit": 0.5, "preference": 0.0}


@dataclass(frozen=True)
class Group:
    """Finished cells of one recipe and alpha, by rising seed.

    Attributes:
        label: what people call the recipe.
        alpha: share of test levels in training.
        members: the cells.
    """

    label: str
    alpha: float
    members: tuple[Finished, ...]

    @property
    def pair(self) -> str:
        """The pair's name."""
        return self.members[0].cell.recipe.pair

    @property
    def score(self) -> str:
        """The name of the figure that ranks the pair."""
        return self.members[0].score

    @property
    def seeds(self) -> list[int]:
        """The members' seeds."""
        return [one.cell.recipe.seed for one in self.members]

    def values(self, name: str) -> list[float | None]:
        """A figure of every member; None where it has no value."""
        return [one.value(name) for one in self.members]

    def by_seed(self, name: str) -> dict[int, float | None]:
        """A figure of every member, by its seed."""
        return dict(zip(self.seeds, self.values(name), strict=True))

    def spreads(self, figures: Iterable[str], *names: str) -> dict[str, dict[str, Any]]:
        """Several figures across seeds; see `spread`.

        Args:
            figures: their names.
            names: of the group; with the figure's they seed the resampling.
        """
        return {figure: spread(self.values(figure), *names, figure) for figure in figures}


def groups(cells: Sequence[Finished]) -> list[Group]:
    """The cells by recipe and alpha, in the order of the recipes' first cells and rising alpha.

    Two cells stand in one group if all but the seed of their definitions is the same.
    """
    found: dict[tuple[str, str, float], list[Finished]] = {}
    for one in cells:
        plain = one.cell.definition
        plain["recipe"] = {**plain["recipe"], "seed": None, "alpha": None}
        key = one.cell.label, json.dumps(plain, sort_keys=True), one.cell.recipe.alpha
        found.setdefault(key, []).append(one)
    places = {key[:2]: at for at, key in reversed(list(enumerate(found)))}
    return [
        Group(key[0], key[2], tuple(sorted(found[key], key=lambda one: one.cell.recipe.seed)))
        for key in sorted(found, key=lambda key: (places[key[:2]], key[2]))
    ]


def spread(values: Sequence[float | None], *names: str) -> dict[str, Any]:
    """A figure across seeds, for JSON: every value, the range, and the interquartile mean.

    Args:
        values: by rising seed; None where an agent has no value.
        names: of the figure; they seed the resampling.

    Returns:
        ``values``; ``n``, how many there are; ``iqm``, ``smallest`` and ``largest``, null where
        there are none; ``low`` and ``high``, the 95 % interval of the interquartile mean, null
        under 10 seeds.
    """
    known = [value for value in values if value is not None]
    if not known:
        empty = dict.fromkeys(("iqm", "low", "high", "smallest", "largest"))
        return {"values": list(values), "n": 0, **empty, "method": "none"}
    generator = np.random.default_rng(stable_hash("across-seeds", *names))
    across = across_seeds(known, generator)
    middle = across.middle.to_json()
    return {
        "values": list(values),
        "n": len(known),
        "iqm": middle["value"],
        "low": middle["low"],
        "high": middle["high"],
        "smallest": across.smallest,
        "largest": across.largest,
        "method": middle["method"],
    }


def in_words(across: Mapping[str, Any], signed: bool = False) -> str:
    """A figure across seeds: its interquartile mean, and its interval or else its range."""
    if across["n"] == 0:
        return "none"
    ends = ("low", "high") if across["low"] is not None else ("smallest", "largest")
    sign = "+" if signed else ""
    # Rounded first, so that nothing reads -0.00.
    middle, low, high = (f"{round(across[name], 2) + 0.0:{sign}.2f}" for name in ("iqm", *ends))
    seeds = f"{across['n']} seed{'s' if across['n'] > 1 else ''}"
    what = "95 % interval" if ends[0] == "low" else "range"
    return f"{middle} [{low}, {high}] ({what}, {seeds})"
