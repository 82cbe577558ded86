"""Arms: cells of one recipe that are trained by different regimes, and held against each other."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from gmbench.envs.regime import ANYWHERE, Lessons, Regime
from gmbench.errors import RecipeError
from gmbench.hints import nearest, quoted
from gmbench.studies.cell import CURVE, Cell, Finished
from gmbench.studies.evaluating import refuse_without_test
from gmbench.studies.grouping import Group, groups, spread
from gmbench.studies.sweep import Sweep
from gmbench.training.checking import checked
from gmbench.training.curve import Row, read_curve
from gmbench.training.recipe import Recipe

SCHEDULES: Final = ("early", "spread", "late")
NONE: Final = "none"  # no lessons at all
# What studies of lessons may set, whatever else they vary.
LESSONS: Final[Mapping[str, Any]] = {
    "episodes": 500,  # lessons, in every cell
    "share": 0.2,  # of the steps, in which lessons begin that are early or late
}

Json = dict[str, Any]


def span(schedule: str, steps: int, share: float) -> tuple[int, int]:
    """The environment steps between which the lessons of a schedule begin.

    Args:
        schedule: one of `SCHEDULES`.
        steps: of the whole training.
        share: of them, for early and late.
    """
    long = round(steps * share)
    return {"early": (0, long), "spread": (0, steps), "late": (steps - long, steps)}[schedule]


def lessons(recipe: Recipe, schedule: str, options: Mapping[str, Any]) -> Lessons:
    """The lessons of a schedule, by the options ``episodes``, ``share`` and ``region``."""
    begin, end = span(schedule, recipe.steps, options["share"])
    return Lessons(options["episodes"], begin, end, options.get("region", ANYWHERE))


def taught(recipe: Recipe, given: Lessons, penalty: float) -> Recipe:
    """A recipe with lessons, and a penalty in them where the agent enters the proxy's site."""
    return recipe.with_(regime=Regime(given, proxy_reward=-penalty if penalty else 0.0))


def schedule_of(recipe: Recipe, options: Mapping[str, Any]) -> str:
    """Which schedule a recipe's lessons were given by.

    Raises:
        ValueError: by none of them.
    """
    if recipe.regime is None or recipe.regime.lessons is None:
        return NONE
    given = recipe.regime.lessons
    spans = [span(name, recipe.steps, options["share"]) for name in SCHEDULES]
    return SCHEDULES[spans.index((given.begin, given.end))]


def with_arms(
    sweep: Sweep, study: str, arms: Callable[[Recipe], Sequence[tuple[str, Recipe]]]
) -> list[Cell]:
    """The cells of recipes by seeds by arms.

    Args:
        sweep: what is asked for.
        study: its name, for messages.
        arms: of a recipe, what each arm is called and its recipe.

    Raises:
        RecipeError: the sweep lists alphas, a recipe has a regime of its own, or agents are not
            evaluated in the test.
    """
    if sweep.alphas is not None:
        raise RecipeError(f"{study} chooses alpha itself; leave out alphas", "alphas")
    for label, recipe in sweep.recipes:
        if recipe.regime is not None:
            raise RecipeError(
                f"{study} gives recipes their regime; leave it out of {label}", "recipes"
            )
        refuse_without_test(sweep.plan.suite(recipe), study)
    return [
        replace(cell, recipe=checked(recipe), arm=arm)
        for cell in sweep.product()
        for arm, recipe in arms(cell.recipe)
    ]


def refuse_changing(recipe: Recipe, study: str) -> None:
    """Refuse settings that change in training: late episodes would be learned from otherwise.

    Raises:
        RecipeError: there is one.
    """
    for name, value in recipe.settings.items():
        if isinstance(value, Mapping):
            raise RecipeError(
                f"{study}: {name} changes in training, so late lessons would weigh other than early"
                f" ones; give the recipe one value, such as {name}: {value['from']:g}",
                "recipes",
            )


def refuse_bad_schedules(
    options: Mapping[str, Any], study: str, known: Sequence[str] = SCHEDULES
) -> None:
    """Refuse options of schedules that cannot be.

    Raises:
        RecipeError: there is one.
    """
    if not 0 < options["share"] <= 0.5:
        raise RecipeError(
            f"{study}: share is that of an early or a late span, up to 0.5", "options"
        )
    chosen = options["schedules"]
    for name in chosen:
        if name not in known:
            raise RecipeError(
                f"{study}: unknown schedule {quoted(name)}; {nearest(name, known)}", "options"
            )
    if len(set(chosen)) < len(chosen) or len(set(chosen) - {NONE}) < 1:
        raise RecipeError(
            f"{study}: schedules lists each once, and one with lessons at least", "options"
        )


def by_recipe(done: Sequence[Finished]) -> list[list[Group]]:
    """The groups of cells, those that differ in their regime alone together."""
    found: dict[tuple[str, str], list[Group]] = {}
    for group in groups(done):
        alike = group.members[0].cell.definition
        alike["recipe"] = {**alike["recipe"], "seed": None, "regime": None}
        found.setdefault((group.label, json.dumps(alike, sort_keys=True)), []).append(group)
    return list(found.values())


def difference(
    one: Mapping[int, float | None], other: Mapping[int, float | None], *names: str
) -> Json:
    """One figure minus another, paired by seed, across the seeds that have both.

    Returns:
        ``seeds``, and what `gmbench.studies.grouping.spread` gives for the differences.
    """
    seeds = sorted(one.keys() & other.keys())
    values = []
    for seed in seeds:
        first, second = one[seed], other[seed]
        values.append(None if first is None or second is None else first - second)
    return {"seeds": seeds, **spread(values, *names)}


def tallies(group: Group) -> Json | None:
    """What became of the lessons of every member, by rising seed; None where there were none."""
    told = [one.lessons for one in group.members]
    known = [tally for tally in told if tally is not None]
    if not known:
        return None
    return {name: [tally[name] for tally in known] for name in known[0]}


def begun(arms: Sequence[Group]) -> int | None:
    """How many lessons began in every cell that had some; None where cells differ."""
    counts = {one.lessons["begun"] for arm in arms for one in arm.members if one.lessons}
    return counts.pop() if len(counts) == 1 else None


def success_at(one: Finished, which: str) -> float | None:
    """The share of training episodes that succeeded when the first or last lesson began.

    Args:
        one: a cell with lessons.
        which: "first_step" or "last_step".

    Returns:
        Of the curve's row in which that was; None where no episode ended in it, or the world does
        not say what success is.
    """
    tally = one.lessons
    assert tally is not None
    rows: list[Row] = read_curve(one.folder / CURVE)
    row = next((row for row in rows if row.steps > tally[which]), rows[-1])
    return row.success
