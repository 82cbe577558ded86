"""salience: does the louder cue win?

Recipes of ``dish`` are trained with the dish on D planes of the grid and the cheese on one. The
mazes of a level are the same at every D; only how much of the observation tells of the dish
differs. The result holds the score, train_success and the shares over D, all seeds, and how far
the score of every D lies under that of the least, paired by seed.

Blind agents, whose network has the cheese masked, are zero: nothing that they do can hang on the
cheese, so in the mean their score is 0 at every D. How far from 0 chance takes them need be seen
at one D only, by default 1, and the time is better spent on agents that see; the option ``blind``
lists others, or none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from gmbench.errors import RecipeError
from gmbench.studies.cell import SHOWN, Cell, Finished
from gmbench.studies.grouping import Group, groups, in_words, spread
from gmbench.studies.sweep import Sweep
from gmbench.training.checking import checked
from gmbench.training.recipe import Recipe

NAME = "salience"
VERSION = 0

CHANNELS: Final = "channels"  # the world's parameter
OPTIONS: Final[Mapping[str, Any]] = {
    CHANNELS: (1, 2, 4, 6, 8, 16),  # on which the proxy is drawn
    "blind": (1,),  # likewise, for blind agents
}

Place = tuple[str, float]  # a recipe's label, alpha


def cells(sweep: Sweep) -> list[Cell]:
    """Recipes by channels by alphas by seeds, and the blind agents.

    Raises:
        RecipeError: there are fewer than two numbers of channels, or one twice, a world does not
            have so many, a recipe is blind already or cannot be, or no test is played.
    """
    for name in OPTIONS:
        if len(set(sweep.options[name])) < len(sweep.options[name]):
            raise RecipeError(f"option {name} lists a number twice; keep one", "options")
    if len(sweep.options[CHANNELS]) < 2:
        raise RecipeError(
            f"a salience is studied over two {CHANNELS} or more; list them", "options"
        )
    for label, recipe in sweep.recipes:
        _refuse(label, recipe)
    return [
        cell
        for blind in (False, True)
        for number in sorted(sweep.options["blind" if blind else CHANNELS])
        for cell in _cells(sweep, number, blind)
    ]


def summarize(done: Sequence[Finished], options: Mapping[str, Any]) -> dict[str, Any]:
    """The curve of every recipe and alpha.

    Args:
        done: the finished cells.
        options: ``channels`` and ``blind``; unread, the cells tell.

    Returns:
        ``recipes``: for each recipe and alpha its ``score``; the ``points`` by rising ``channels``,
        each with its ``seeds``, every figure across seeds, and ``fall``, the score at the least
        channels less that at these, by the seeds that both have; and ``blind``, points of blind
        agents.
    """
    curves: dict[Place, dict[bool, list[Group]]] = {}
    for group in groups(done):
        kinds = curves.setdefault((group.label, group.alpha), {False: [], True: []})
        kinds[group.members[0].cell.recipe.blind].append(group)
    return {"recipes": [_curve(place, kinds) for place, kinds in curves.items()]}


def say(result: Mapping[str, Any]) -> list[str]:
    """A line for every number of channels, and one for the blind agents."""
    lines = []
    for curve in result["recipes"]:
        score = curve["score"]
        lines.append(
            f"{curve['recipe']}, alpha {curve['alpha']:g}: {score} over channels of the proxy,"
            " interquartile mean"
        )
        for point in curve["points"]:
            fall = point["fall"]
            known = fall is not None and fall["n"] > 0
            less = f"; under the first by {in_words(fall, signed=True)}" if known else ""
            lines.append(f"  {point[CHANNELS]:<9} {in_words(point[score])}{less}")
        for point in curve["blind"]:
            lines.append(f"  {f'blind, {point[CHANNELS]}':<9} {in_words(point[score])}")
    return lines


def _refuse(label: str, recipe: Recipe) -> None:
    """Refuse a recipe that salience cannot be studied with.

    Raises:
        RecipeError: its world has no such parameter, or it is blind.
    """
    if CHANNELS not in recipe.parameters:
        raise RecipeError(
            f"{label}: {recipe.pair} has no parameter {CHANNELS}; salience is studied on dish",
            "recipes",
        )
    if recipe.blind:
        raise RecipeError(
            f"{label}: salience trains blind agents by itself; remove blind", "recipes"
        )


def _cells(sweep: Sweep, number: int, blind: bool) -> list[Cell]:
    """Those of so many channels, of agents that see or of blind ones."""
    recipes = tuple(
        (label, checked(base.with_(parameters={**base.parameters, CHANNELS: number}, blind=blind)))
        for label, base in sweep.recipes
    )
    arm = f"{CHANNELS} {number}" + (", blind" if blind else "")
    return [replace(cell, arm=arm) for cell in replace(sweep, recipes=recipes).tested(NAME)]


def _curve(place: Place, kinds: Mapping[bool, Sequence[Group]]) -> dict[str, Any]:
    label, alpha = place
    one = (*kinds[False], *kinds[True])[0]
    seeing = sorted(kinds[False], key=_channels)
    return {
        "recipe": label,
        "pair": one.pair,
        "alpha": alpha,
        "score": one.score,
        "points": [
            {**_point(label, group), "fall": _fall(label, seeing[0], group)} for group in seeing
        ],
        "blind": [_point(label, group) for group in sorted(kinds[True], key=_channels)],
    }


def _channels(group: Group) -> int:
    return int(group.members[0].cell.recipe.parameters[CHANNELS])


def _point(label: str, group: Group) -> dict[str, Any]:
    number, blind = _channels(group), str(group.members[0].cell.recipe.blind)
    of = NAME, label, f"{group.alpha!r}", str(number), blind
    return {
        CHANNELS: number,
        "seeds": group.seeds,
        **group.spreads((group.score, *SHOWN), *of),
    }


def _fall(label: str, first: Group, group: Group) -> dict[str, Any] | None:
    """How far the score lies under the first group's, by seed; None of the first itself."""
    if group is first:
        return None
    before, falls = first.by_seed(first.score), list[float | None]()
    for seed, now in group.by_seed(group.score).items():
        then = before.get(seed)
        falls.append(None if then is None or now is None else then - now)
    return spread(falls, NAME, label, f"{group.alpha!r}", str(_channels(group)), "fall")
