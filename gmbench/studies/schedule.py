"""schedule: do values stick better before competence, and does intensity count?

Every agent is given the same number of disambiguating episodes, called lessons: episodes in the
test condition, in a training that otherwise has none. They begin early (in the first ``share`` of
its steps), spread over all of it, or late (in the last ``share``), evenly over four fifths of that
span, and in them the agent pays a penalty of 0, 1 or 5 where it enters the proxy's site before the
goal. Agents of one seed are given the same lessons, on the same levels in the same order, so arms
are compared paired by seed.

Lessons are counted when they begin, and a cell in which not all begin in time fails; so every
cell has had exactly ``episodes`` of them. Their lengths differ: an agent that does not know how
takes longer, and so learns from more steps of a lesson. ``lessons`` tells the steps, and what came
of them. A lesson that is running when the training ends is cut short; ``ended`` counts those that
were not. All can end where a fifth of the span is longer than the longest episode in every slot,
such as 128 steps in 256 slots.

Settings that change in training are refused: under the usual falling learning rate late lessons
would be learned from at a tenth of the rate of early ones. What remains different is the agent
itself, whose policy is narrower later, and the training that follows: early lessons can be
forgotten, late ones are tested fresh. early - late is what comes of both; these two are equally
dense, while spread lessons are a fifth as dense, at the default share, and so a weaker part of each
update. A difference whose interval holds 0 says that so many seeds do not tell the arms apart, not
that they are equal; where no arm stands above ``none`` the lessons were too few to say anything of
their time. Whether early means before competence is not assumed but told: ``success_first`` and
``success_last`` are the shares of training episodes that succeeded when the first and the last
lesson began.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, Final

from gmbench.errors import RecipeError
from gmbench.studies.arms import (
    LESSONS,
    NONE,
    SCHEDULES,
    Json,
    begun,
    by_recipe,
    difference,
    lessons,
    refuse_bad_schedules,
    refuse_changing,
    schedule_of,
    success_at,
    tallies,
    taught,
    with_arms,
)
from gmbench.studies.cell import SHOWN, Cell, Finished
from gmbench.studies.grouping import Group, in_words, spread
from gmbench.studies.sweep import Sweep
from gmbench.training.recipe import Recipe

NAME = "schedule"
VERSION = 0

OPTIONS: Final[Mapping[str, Any]] = {
    **LESSONS,
    "penalties": (0.0, 1.0, 5.0),
    "schedules": SCHEDULES,  # and none: agents without lessons, as a zero
}


def cells(sweep: Sweep) -> list[Cell]:
    """Recipes by seeds by schedules by penalties.

    Raises:
        RecipeError: an option is out of range, a setting changes in training, or the pair cannot
            be trained so.
    """
    options = sweep.options
    refuse_bad_schedules(options, NAME, (*SCHEDULES, NONE))
    penalties = options["penalties"]
    if not penalties or len(set(penalties)) < len(penalties) or min(penalties) < 0:
        raise RecipeError(f"{NAME}: penalties lists each once, none below 0", "options")
    for _, recipe in sweep.recipes:
        refuse_changing(recipe, NAME)
    return with_arms(sweep, NAME, lambda recipe: list(_arms(recipe, options)))


def _arms(recipe: Recipe, options: Mapping[str, Any]) -> Iterator[tuple[str, Recipe]]:
    for schedule in options["schedules"]:
        if schedule == NONE:
            yield "no lessons", recipe
            continue
        given = lessons(recipe, schedule, options)
        for penalty in options["penalties"]:
            yield f"{schedule} penalty {penalty:g}", taught(recipe, given, penalty)


def summarize(done: Sequence[Finished], options: Mapping[str, Any]) -> Json:
    """What every recipe comes to by schedule and penalty.

    Args:
        done: the finished cells.
        options: as the sweep had them.

    Returns:
        ``recipes``: for each its ``recipe``, ``pair``, ``score``; ``lessons``: how many began in
        every cell, null where cells differ; ``arms``: by ``schedule`` and ``penalty`` (null
        without lessons) the ``seeds``, the score and the shares across them, ``lessons`` (what
        became of them, by seed), ``success_first`` and ``success_last``; ``differences``: of the
        score, ``of`` one schedule ``minus`` another, at each ``penalty``, paired by seed;
        ``intensity``: likewise of one penalty minus a lower one, in each ``schedule``.
    """
    return {"recipes": [_of_recipe(arms, options) for arms in by_recipe(done)]}


def say(result: Mapping[str, Any]) -> list[str]:
    """A line for every arm and every difference."""
    lines = []
    for one in result["recipes"]:
        score, count = one["score"], one["lessons"]
        told = "cells differ in their lessons" if count is None else f"{count} lessons in each cell"
        lines.append(f"{one['recipe']}: {score} by schedule and penalty; {told}")
        for arm in one["arms"]:
            lines.append(f"  {_called(arm):<18} {in_words(arm[score])}")
        for found in one["differences"]:
            what = f"{found['of']} - {found['minus']}, penalty {found['penalty']:g}"
            lines.append(f"  {what}: {in_words(found, signed=True)}")
        for found in one["intensity"]:
            what = f"penalty {found['of']:g} - {found['minus']:g}, {found['schedule']}"
            lines.append(f"  {what}: {in_words(found, signed=True)}")
    return lines


def _called(arm: Mapping[str, Any]) -> str:
    if arm["penalty"] is None:
        return "no lessons"
    return f"{arm['schedule']}, penalty {arm['penalty']:g}"


def _of_recipe(found: Sequence[Group], options: Mapping[str, Any]) -> Json:
    arms: dict[tuple[str, float], Group] = {}
    for group in found:
        recipe = group.members[0].cell.recipe
        penalty = 0.0 if recipe.regime is None else -recipe.regime.proxy_reward
        arms[schedule_of(recipe, options), penalty or 0.0] = group
    order = sorted(arms, key=lambda key: ((*SCHEDULES, NONE).index(key[0]), key[1]))
    first = arms[order[0]]
    return {
        "recipe": first.label,
        "pair": first.pair,
        "score": first.score,
        "lessons": begun(found),
        "arms": [_of_arm(key, arms[key]) for key in order],
        "differences": list(_differences(arms)),
        "intensity": list(_intensity(arms)),
    }


def _of_arm(key: tuple[str, float], group: Group) -> Json:
    schedule, penalty = key
    at = group.label, schedule, f"{penalty!r}"
    has_lessons = schedule != NONE
    arm: Json = {
        "schedule": schedule,
        "penalty": penalty if has_lessons else None,
        "seeds": group.seeds,
        **group.spreads((group.score, *SHOWN), NAME, *at),
        "lessons": tallies(group),
    }
    for which in ("first", "last"):
        told = [success_at(one, f"{which}_step") for one in group.members] if has_lessons else []
        arm[f"success_{which}"] = spread(told, NAME, *at, which) if has_lessons else None
    return arm


def _differences(arms: Mapping[tuple[str, float], Group]) -> Iterator[Json]:
    """Of one schedule and another, at every penalty that both have; without lessons any is one."""
    for penalty in sorted({penalty for name, penalty in arms if name != NONE}):
        for one, other in combinations((*SCHEDULES, NONE), 2):
            first = arms.get((one, penalty))
            second = arms.get((other, 0.0 if other == NONE else penalty))
            if first is not None and second is not None:
                score = first.score
                values = first.by_seed(score), second.by_seed(score)
                names = (NAME, first.label, one, other, f"{penalty!r}")
                yield {
                    "of": one,
                    "minus": other,
                    "penalty": penalty,
                    **difference(*values, *names),
                }


def _intensity(arms: Mapping[tuple[str, float], Group]) -> Iterator[Json]:
    """Of one penalty and a lower one, in every schedule."""
    for schedule in SCHEDULES:
        penalties = sorted(penalty for name, penalty in arms if name == schedule)
        for low, high in combinations(penalties, 2):
            first, second = arms[schedule, high], arms[schedule, low]
            score = first.score
            names = (NAME, first.label, schedule, f"{high!r}", f"{low!r}")
            found = difference(first.by_seed(score), second.by_seed(score), *names)
            yield {"schedule": schedule, "of": high, "minus": low, **found}
