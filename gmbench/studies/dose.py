"""dose: how large a share of disambiguating levels makes the goal generalize?

The same recipe is trained at several alphas with several seeds each. The result holds the score
(pursuit, or preference where that ranks), train_success and the shares at every alpha, all seeds,
and the alpha at which the score passes its middle: one half of pursuit, 0 of preference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gmbench.errors import RecipeError
from gmbench.levels import stable_hash
from gmbench.studies.cell import SHOWN, Cell, Finished
from gmbench.studies.grouping import MIDDLE, Group, groups, in_words
from gmbench.studies.halfway import Scores, halfway
from gmbench.studies.sweep import Sweep

NAME = "dose"
VERSION = 0


def cells(sweep: Sweep) -> list[Cell]:
    """Recipes by alphas by seeds.

    Raises:
        RecipeError: there are fewer than two alphas, or the test is not played.
    """
    if len(sweep.alphas or ()) < 2:
        raise RecipeError(
            "a dose is studied over two alphas or more; list them under alphas", "alphas"
        )
    return sweep.tested(NAME)


def summarize(done: Sequence[Finished], options: Mapping[str, Any]) -> dict[str, Any]:
    """The curve of every recipe.

    Args:
        done: the finished cells.
        options: none.

    Returns:
        ``recipes``: for each its ``recipe``, ``pair``, ``score``, the ``points`` by rising alpha
        (``alpha``, ``seeds``, and each figure across seeds), and ``halfway``.
    """
    curves: dict[tuple[str, str], list[Group]] = {}
    for group in groups(done):
        curves.setdefault((group.label, group.pair), []).append(group)
    return {"recipes": [_curve(points) for points in curves.values()]}


def say(result: Mapping[str, Any]) -> list[str]:
    """A line for every alpha, and one for where the middle is passed."""
    lines = []
    for curve in result["recipes"]:
        score = curve["score"]
        lines.append(f"{curve['recipe']}: {score} over alpha, interquartile mean")
        for point in curve["points"]:
            lines.append(f"  {point['alpha']:<8g} {in_words(point[score])}")
        half = curve["halfway"]
        passed = half["why"] if half["value"] is None else f"passes at alpha {half['value']:.3g}"
        if half["low"] is not None and half["high"] is not None:
            passed += f" [{half['low']:.3g}, {half['high']:.3g}]"
        lines.append(f"  {score} {half['threshold']:g}: {passed}")
    return lines


def _curve(points: Sequence[Group]) -> dict[str, Any]:
    first = points[0]
    score, label = first.score, first.label
    return {
        "recipe": label,
        "pair": first.pair,
        "score": score,
        "points": [
            {
                "alpha": group.alpha,
                "seeds": group.seeds,
                **group.spreads((score, *SHOWN), NAME, label, f"{group.alpha!r}"),
            }
            for group in points
        ],
        "halfway": _halfway(points, score, label),
    }


def _halfway(points: Sequence[Group], score: str, label: str) -> dict[str, Any]:
    threshold = MIDDLE[score]
    values = {
        group.alpha: {seed: v for seed, v in group.by_seed(score).items() if v is not None}
        for group in points
    }
    known = {alpha: some for alpha, some in values.items() if some}
    if len(known) < 2:
        empty = dict.fromkeys(("value", "low", "high"))
        why = f"fewer than two alphas have a {score}"
        return {"threshold": threshold, **empty, "why": why, "method": "none", "by_seed": []}
    generator = np.random.default_rng(stable_hash(NAME, label, "halfway"))
    found = halfway(known, threshold, generator)
    found["by_seed"] = _by_seed(known, threshold)
    return found


def _by_seed(values: Scores, threshold: float) -> list[dict[str, Any]]:
    """Where each seed's own curve passes the threshold."""
    curves: dict[int, dict[float, dict[int, float]]] = {}
    for alpha, of_seeds in values.items():
        for seed, value in of_seeds.items():
            curves.setdefault(seed, {})[alpha] = {seed: value}
    generator = np.random.default_rng(0)  # draws nothing: one value has no interval
    found = []
    for seed, curve in sorted(curves.items()):
        if len(curve) > 1:
            one = halfway(curve, threshold, generator)
            found.append({"seed": seed, "value": one["value"], "why": one["why"]})
    return found
