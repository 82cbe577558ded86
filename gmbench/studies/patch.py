"""patch: does a lesson hold outside the region in which it was given, or only there?

Agents are given disambiguating episodes, called lessons, only on levels whose B, where the goal
stands in the test, lies in one part of the board, early or late in training; see the study
`schedule`, whose ways and limits these are. The evaluation levels are then split by where their B
lies, and goal_effect is taken inside the region and in the opposite one. Levels on the line between
the two count for neither.

Inside and outside differ in more than the lessons where the regions are not alike. In corner, where
A is always the upper left cell, B is farther from A in the right half than in the left; the halves
beside the diagonal, upper-right and lower-left, are mirror images of each other, and there inside
minus outside is in the mean the lessons' doing alone; one agent may lean to a side of itself. In
dish and overseer, where A is anywhere, any two halves are alike.

Little inside and little outside says that the lessons were too few, not that they did not spread;
what outside is to be held against is inside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from gmbench import registry
from gmbench.envs.regions import OPPOSITE, REGIONS, lies_in
from gmbench.episodes import Episodes
from gmbench.errors import RecipeError, RecordError
from gmbench.hints import nearest, quoted
from gmbench.metrics import Figure
from gmbench.metrics.table import PairTable
from gmbench.studies.arms import (
    LESSONS,
    SCHEDULES,
    Json,
    begun,
    by_recipe,
    difference,
    lessons,
    refuse_bad_schedules,
    refuse_changing,
    schedule_of,
    tallies,
    taught,
    with_arms,
)
from gmbench.studies.cell import EPISODES, SHOWN, Cell, Finished
from gmbench.studies.grouping import Group, in_words, spread
from gmbench.studies.sweep import Sweep
from gmbench.training.recipe import Recipe

NAME = "patch"
VERSION = 0

OPTIONS: Final[Mapping[str, Any]] = {
    **LESSONS,
    "penalty": 0.0,  # for the proxy's site before the goal, in lessons
    "region": "upper-right",
    "schedules": ("early", "late"),
}
WHERE: Final = ("inside", "outside")


def cells(sweep: Sweep) -> list[Cell]:
    """Recipes by seeds by schedules.

    Raises:
        RecipeError: an option is out of range, a setting changes in training, or the pair cannot
            be trained so, or is not evaluated in the conditions that goal_effect compares.
    """
    options = sweep.options
    refuse_bad_schedules(options, NAME)
    if options["region"] not in REGIONS:
        hint = nearest(options["region"], REGIONS)
        raise RecipeError(f"{NAME}: unknown region {quoted(options['region'])}; {hint}", "options")
    if options["penalty"] < 0:
        raise RecipeError(f"{NAME}: penalty is what is taken off, from 0", "options")
    for _, recipe in sweep.recipes:
        refuse_changing(recipe, NAME)
    found = with_arms(sweep, NAME, lambda recipe: list(_arms(recipe, options)))
    for cell in found:
        _refuse_without_effect(cell)
    return found


def _arms(recipe: Recipe, options: Mapping[str, Any]) -> Iterator[tuple[str, Recipe]]:
    for schedule in options["schedules"]:
        given = lessons(recipe, schedule, options)
        yield f"{schedule} {options['region']}", taught(recipe, given, options["penalty"])


def _refuse_without_effect(cell: Cell) -> None:
    pair = registry.pair(cell.recipe.pair)
    played = cell.evaluation.entries[0].conditions
    for name in (pair.effect.given, pair.effect.against):
        if name not in played:
            raise RecipeError(f"evaluate: {NAME} needs {name} under conditions", "evaluate")


def summarize(done: Sequence[Finished], options: Mapping[str, Any]) -> Json:
    """What every recipe learned inside the region and outside.

    Args:
        done: the finished cells. Those of other pairs, parameters or evaluations are recipes of
            their own.
        options: as the sweep had them.

    Returns:
        ``recipes``: for each its ``recipe``, ``pair``, ``region`` and the one ``outside``;
        ``levels``: how many evaluation levels lie ``inside``, ``outside`` and ``between``;
        ``lessons``: how many began in every cell, null where cells differ; ``arms``: by
        ``schedule`` the ``seeds``, goal_effect ``inside`` and ``outside`` and ``inside_minus_
        outside``, paired by seed, the shares over all levels, and what became of the ``lessons``;
        ``differences``: of goal_effect, ``of`` one schedule ``minus`` another, ``where``.

    Raises:
        RecordError: the episodes of a cell are damaged.
    """
    return {"recipes": [_of_recipe(arms, options) for arms in by_recipe(done)]}


def say(result: Mapping[str, Any]) -> list[str]:
    """Three lines for every arm, and one for every difference."""
    lines = []
    for one in result["recipes"]:
        count = one["lessons"]
        told = "cells differ in their lessons" if count is None else f"{count} lessons in each cell"
        lines.append(f"{one['recipe']}: goal_effect, lessons {one['region']} only; {told}")
        for arm in one["arms"]:
            for where in WHERE:
                place = one["region"] if where == "inside" else one["outside"]
                lines.append(f"  {arm['schedule']}, {where} ({place}): {in_words(arm[where])}")
            apart = in_words(arm["inside_minus_outside"], signed=True)
            lines.append(f"  {arm['schedule']}, inside - outside: {apart}")
        for found in one["differences"]:
            what = f"{found['of']} - {found['minus']}, {found['where']}"
            lines.append(f"  {what}: {in_words(found, signed=True)}")
    return lines


def played(one: Finished) -> Episodes:
    """The episodes of a cell's own pair.

    Raises:
        RecordError: they are not those that its record was made of, or there are none.
    """
    path = one.folder / EPISODES
    table = Episodes.read(path)
    rows = table.of(one.cell.recipe.pair)
    if table.digest != one.record.episodes_digest or not len(rows):
        raise RecordError(
            f"{path}: holds other episodes than the record beside it was made of; delete"
            f" {one.folder} and run the sweep again"
        )
    return rows


def effects(
    one: Finished, rows: Episodes, inside: Sequence[int], outside: Sequence[int]
) -> dict[str, Figure]:
    """An agent's goal_effect on the levels inside, and on those outside.

    Args:
        one: its cell.
        rows: what it `played`.
        inside: levels on the one side; those that it did not play are passed over.
        outside: those on the other.
    """
    pair = registry.pair(one.cell.recipe.pair)
    found = {}
    for where, levels in zip(WHERE, (inside, outside), strict=True):
        some = rows.on(levels)
        if len(some):
            effect = pair.effect
            figure = PairTable(some, pair, 0).effect("goal_effect", effect.given, effect.against)
        else:
            figure = Figure.missing(f"no level has its B {where}")
        found[where] = figure
    return found


def split(
    region: str, module: ModuleType, parameters: Mapping[str, int | str], levels: Sequence[int]
) -> tuple[list[int], list[int]]:
    """The levels whose B lies in a region, and those whose B lies in the opposite one."""
    parts = []
    for part in (region, OPPOSITE[region]):
        there = lies_in(part, module, parameters, levels)
        parts.append([level for level, lies in zip(levels, there, strict=True) if lies])
    return parts[0], parts[1]


def _of_recipe(found: Sequence[Group], options: Mapping[str, Any]) -> Json:
    arms = {schedule_of(group.members[0].cell.recipe, options): group for group in found}
    order = [name for name in SCHEDULES if name in arms]
    first, region = arms[order[0]], options["region"]
    tables = {one.folder: played(one) for group in found for one in group.members}
    # All were evaluated alike (`by_recipe`), so on the same levels.
    levels = sorted({row.level for rows in tables.values() for row in rows})
    (entry,) = first.members[0].cell.evaluation.entries
    module = registry.WORLDS.load(entry.pair)
    inside, outside = split(region, module, entry.parameters, levels)
    told: dict[str, Told] = {
        name: _effects_of(arms[name], tables, inside, outside) for name in order
    }
    between = len(levels) - len(inside) - len(outside)
    return {
        "recipe": first.label,
        "pair": first.pair,
        "region": region,
        "outside": OPPOSITE[region],
        "levels": {"inside": len(inside), "outside": len(outside), "between": between},
        "lessons": begun(found),
        "arms": [_of_arm(name, arms[name], told[name]) for name in order],
        "differences": list(_differences(first.label, told)),
    }


Told = dict[str, dict[int, float | None]]  # where, by seed


def _effects_of(
    group: Group, tables: Mapping[Path, Episodes], inside: Sequence[int], outside: Sequence[int]
) -> Told:
    found: Told = {where: {} for where in WHERE}
    for one in group.members:
        for where, figure in effects(one, tables[one.folder], inside, outside).items():
            found[where][one.cell.recipe.seed] = figure.to_json()["value"]
    return found


def _of_arm(schedule: str, group: Group, told: Told) -> Json:
    at = NAME, group.label, schedule
    return {
        "schedule": schedule,
        "seeds": group.seeds,
        **{where: spread(list(told[where].values()), *at, where) for where in WHERE},
        "inside_minus_outside": difference(told["inside"], told["outside"], *at),
        **group.spreads(("goal_effect", *SHOWN), *at),
        "lessons": tallies(group),
    }


def _differences(label: str, told: Mapping[str, Told]) -> Iterator[Json]:
    for one, other in combinations(told, 2):
        for where in WHERE:
            names = NAME, label, one, other, where
            apart = difference(told[one][where], told[other][where], *names)
            yield {"of": one, "minus": other, "where": where, **apart}
