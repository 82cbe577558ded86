"""A sweep: recipes by alphas by seeds, and what every agent is evaluated on; read from YAML.

Every mistake is one line that names the file and the line. A sweep, of which everything but name
and recipes may be left out::

    name: corner-dose
    study: dose                     # what is made of the cells; gmbench list studies
    options: {}                     # of the study
    recipes: [corner.yaml]          # files, by their place from here
    alphas: [0, 1e-3, 1e-2, 0.1, 1] # else each recipe's own
    seeds: 8                        # 0 to 7; or a list; else each recipe's own
    evaluate:                       # or suite: NAME or FILE, which has the recipe's pair
      conditions: [train, test]     # the pair's, where none are named
      levels: 200
      references: [random]          # scripted agents on the same levels
      protocol: transfer            # gmbench list protocols
      deterministic: false          # true: greedy actions
    checkpoints: 50_000             # agents kept on the way; or the list of steps
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from gmbench import registry
from gmbench.errors import RecipeError, UsageError
from gmbench.hints import nearest, quoted
from gmbench.strict_yaml import Value, read
from gmbench.studies.cell import Cell, Json
from gmbench.studies.evaluating import Plan, read_plan, refuse_without_test
from gmbench.training.checking import checked
from gmbench.training.checkpoints import Due
from gmbench.training.document import load_recipe
from gmbench.training.recipe import Recipe

MOST_SEEDS: Final = 10_000
MOST_CELLS: Final = 100_000
_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Sweep:
    """What is trained and evaluated, and what is made of it.

    Attributes:
        name: of the sweep.
        recipes: what people call each, and the recipe, checked.
        alphas: shares of test levels in training; None for each recipe's own.
        seeds: None for each recipe's own.
        plan: what the agents are evaluated on.
        study: what is made of the cells; "" for nothing more than their figures.
        options: of the study, every one.
        checkpoints: after how many steps agents on the way are kept, or the list of steps.
    """

    name: str
    recipes: tuple[tuple[str, Recipe], ...]
    alphas: tuple[float, ...] | None = None
    seeds: tuple[int, ...] | None = None
    plan: Plan = Plan()
    study: str = ""
    options: Mapping[str, Json] = field(default_factory=dict, hash=False)
    checkpoints: int | tuple[int, ...] | None = None

    def cells(self) -> list[Cell]:
        """Every cell, in the order of recipes, alphas and seeds; the study may ask for others.

        Raises:
            RecipeError: the study cannot use the sweep, or the evaluation does not fit a recipe.
        """
        if self.study:
            found: list[Cell] = registry.STUDIES.load(self.study).cells(self)
        else:
            found = self.product()
        if len({cell.digest for cell in found}) < len(found):
            raise RecipeError(
                "two cells of the sweep are the same; name each recipe once", "recipes"
            )
        return found

    def product(self) -> list[Cell]:
        """The cells of recipes by alphas by seeds.

        Raises:
            RecipeError: the evaluation does not fit a recipe.
        """
        return [
            Cell(recipe, self.plan.suite(recipe), self.checkpoints, label=label)
            for label, base in self.recipes
            for alpha in ((base.alpha,) if self.alphas is None else self.alphas)
            for seed in ((base.seed,) if self.seeds is None else self.seeds)
            for recipe in [checked(base.with_(alpha=alpha, seed=seed))]
        ]

    @property
    def count(self) -> int:
        """How many cells `product` gives."""
        alphas = 1 if self.alphas is None else len(self.alphas)
        return len(self.recipes) * alphas * (1 if self.seeds is None else len(self.seeds))

    def tested(self, study: str) -> list[Cell]:
        """The cells of `product`, for a study that reads what agents do in the test.

        Raises:
            RecipeError: as `product`, or the test is not played.
        """
        found = self.product()
        for cell in found:
            refuse_without_test(cell.evaluation, study)
        return found

    def to_json(self) -> dict[str, Json]:
        """Plain data, for the results."""
        return {
            "name": self.name,
            "recipes": {label: recipe.digest for label, recipe in self.recipes},
            "alphas": None if self.alphas is None else list(self.alphas),
            "seeds": None if self.seeds is None else list(self.seeds),
            "evaluate": self.plan.to_json(),
            "study": self.study or None,
            "options": dict(self.options),
            "checkpoints": self.checkpoints,
        }


def load_sweep(path: str | os.PathLike[str]) -> Sweep:
    """The sweep in a file, checked as far as can be told without running it.

    Raises:
        RecipeError: it has a mistake, or a recipe has; names file and line.
        MissingPartError: a recipe needs sb3-contrib, which is not installed.
    """
    document = read(path, RecipeError)
    found = document.mapping(
        ("name", "recipes"),
        ("study", "options", "alphas", "seeds", "evaluate", "checkpoints"),
    )
    name = found["name"].text()
    if not _NAME.fullmatch(name):
        found["name"].fail(
            f"name must be lower case letters, digits and dashes, not {quoted(name)}"
        )
    sweep = Sweep(
        name,
        _recipes(found["recipes"], Path(path).parent),
        _alphas(found.get("alphas")),
        _seeds(found.get("seeds")),
        read_plan(found["evaluate"], Path(path).parent) if "evaluate" in found else Plan(),
        checkpoints=_checkpoints(found.get("checkpoints")),
    )
    sweep = _with_study(sweep, found)
    _refuse_too_many(sweep.count, document)  # before each is made, which takes minutes
    try:
        count = len(sweep.cells())
    except RecipeError as error:
        found.get(error.key, document).fail(str(error))
    except UsageError as error:
        document.fail(str(error))
    _refuse_too_many(count, document)
    return sweep


def _refuse_too_many(count: int, document: Value) -> None:
    if not 1 <= count <= MOST_CELLS:
        document.fail(f"the sweep has {count:,} cells; 1 to {MOST_CELLS:,} can be run")


def _recipes(value: Value, folder: Path) -> tuple[tuple[str, Recipe], ...]:
    found: dict[str, Recipe] = {}
    for item in value.items():
        path = folder / item.text()
        if path.stem in found:
            item.fail(f"two recipes are called {quoted(path.stem)}; rename one file")
        if not path.is_file():
            item.fail(f"there is no recipe {quoted(item.text())} in {folder}")
        found[path.stem] = load_recipe(path)
    if not found:
        value.fail("recipes is empty; name at least one file")
    return tuple(found.items())


def _alphas(value: Value | None) -> tuple[float, ...] | None:
    if value is None:
        return None
    found: list[float] = []
    for item in value.items():
        alpha = item.scalar()
        if isinstance(alpha, bool) or not isinstance(alpha, int | float) or not 0 <= alpha <= 1:
            item.fail(f"alphas must be numbers from 0 to 1, not {quoted(str(alpha))}")
        if float(alpha) in found:
            item.fail(f"alpha {alpha:g} is listed twice; keep one")
        found.append(float(alpha))
    if not found:
        value.fail("alphas is empty; leave it out for the recipe's own")
    return tuple(sorted(found))


def _seeds(value: Value | None) -> tuple[int, ...] | None:
    if value is None:
        return None
    if not value.is_list:
        return tuple(range(value.integer(1, MOST_SEEDS)))
    found: list[int] = []
    for item in value.items():
        seed = item.integer(0, 2**31 - 1)
        if seed in found:
            item.fail(f"seed {seed} is listed twice; keep one")
        found.append(seed)
    if not found:
        value.fail("seeds is empty; leave it out for the recipe's own")
    return tuple(sorted(found))


def _checkpoints(value: Value | None) -> int | tuple[int, ...] | None:
    if value is None:
        return None
    every: Any = tuple(i.scalar() for i in value.items()) if value.is_list else value.scalar()
    try:
        Due(every)
    except UsageError as error:
        value.fail(str(error))
    found: int | tuple[int, ...] = every
    return found


def _with_study(sweep: Sweep, found: Mapping[str, Value]) -> Sweep:
    """The sweep with its study and every option of it.

    A study's ``OPTIONS`` gives each a default; what is given is of the default's type.
    """
    options = found.get("options")
    if "study" not in found:
        if options is not None:
            options.fail("options are a study's; name the study, or remove them")
        return sweep
    name = found["study"].choice(registry.STUDIES.names(), "study")
    known: Mapping[str, Json] = getattr(registry.STUDIES.load(name), "OPTIONS", {})
    values = {key: list(v) if isinstance(v, tuple) else v for key, v in known.items()}
    for key, value in options.entries().items() if options is not None else ():
        if key not in known:
            value.fail(f"{name} has no option {quoted(key)}; {nearest(key, known)}")
        values[key] = _option(value, values[key])
    return replace(sweep, study=name, options=values)


def _option(value: Value, default: Json) -> Json:
    """An option's value, of its default's type; a whole number may stand for any."""
    if isinstance(default, list):
        return [_option(item, default[0]) for item in value.items()]
    given = value.scalar()
    kinds = (float, int) if isinstance(default, float) else (type(default),)
    if type(given) not in kinds:
        words = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
        value.fail(f"{value.key} must be {words[type(default)]}, not {quoted(str(given))}")
    return float(given) if isinstance(default, float) else given  # type: ignore[arg-type]
