"""What every agent of a sweep is evaluated on: a suite, or its own pair as it was trained."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from gmbench import registry
from gmbench.errors import RecipeError, UsageError
from gmbench.hints import nearest, quoted
from gmbench.levels import EVAL_LEVELS
from gmbench.records import USUAL_PROTOCOL
from gmbench.specs import Pair
from gmbench.strict_yaml import Value
from gmbench.suites import Suite, SuiteEntry, load_suite
from gmbench.training.recipe import Recipe

OWN: Final = "own-pair"  # the name of a suite that is no file's
BATCH_SIZE: Final = 256  # episodes side by side
LEVELS: Final = 200


@dataclass(frozen=True)
class Plan:
    """What an agent is evaluated on.

    Attributes:
        suite_: a suite that has the recipe's pair, with the parameters it was trained in; None
            for the pair alone, by what follows.
        conditions: those played; None for the pair's training and test conditions.
        levels: how many.
        references: scripted agents run on the same levels.
        protocol: which plays.
        deterministic: whether the agent acts greedily; else its actions are sampled.
    """

    suite_: Suite | None = None
    conditions: tuple[str, ...] | None = None
    levels: int = LEVELS
    references: tuple[str, ...] = ()
    protocol: str = USUAL_PROTOCOL
    deterministic: bool = False

    def suite(self, recipe: Recipe) -> Suite:
        """What an agent of a recipe is evaluated on: a suite with one entry.

        Raises:
            RecipeError: it does not fit the recipe.
        """
        if self.suite_ is not None:
            return _own_part(self.suite_, recipe)
        pair = registry.pair(recipe.pair)
        entry = SuiteEntry(
            recipe.pair,
            self._conditions(pair),
            self.levels,
            mode=recipe.mode,
            references=self._references(pair),
            parameters=recipe.parameters,
        )
        return Suite(
            OWN,
            0,
            "The recipe's own pair.",
            (entry,),
            protocol=self.protocol,
            deterministic=self.deterministic,
            batch_size=BATCH_SIZE,
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data, for the results."""
        if self.suite_ is not None:
            return {"suite": self.suite_.name, "digest": self.suite_.digest}
        return {name: value for name, value in asdict(self).items() if name != "suite_"}

    def _conditions(self, pair: Pair) -> tuple[str, ...]:
        if self.conditions is None:
            return (pair.train, *pair.tests)
        known = [condition.name for condition in pair.world.conditions]
        for name in self.conditions:
            if name not in known:
                raise RecipeError(
                    f"evaluate: {pair.name} has no condition {quoted(name)};"
                    f" {nearest(name, known)}",
                    "evaluate",
                )
        if pair.train not in self.conditions:
            raise RecipeError(
                f"evaluate: conditions must hold {pair.train}, with which the others are compared",
                "evaluate",
            )
        return self.conditions

    def _references(self, pair: Pair) -> tuple[str, ...]:
        known = ("random", *pair.oracles)
        for role in self.references:
            if role not in known:
                raise RecipeError(
                    f"evaluate: {pair.name} has no scripted agent {quoted(role)};"
                    f" {nearest(role, known)}",
                    "evaluate",
                )
        return self.references


def refuse_without_test(suite: Suite, study: str) -> None:
    """Refuse to evaluate agents of a study on what does not say what they do in the test.

    Args:
        suite: with one entry.
        study: its name.

    Raises:
        RecipeError: a test condition is not played, or another protocol plays.
    """
    (entry,) = suite.entries
    if suite.protocol != USUAL_PROTOCOL:
        raise RecipeError(
            f"evaluate: {study} needs the protocol {USUAL_PROTOCOL}, not {suite.protocol}",
            "evaluate",
        )
    missing = [name for name in registry.pair(entry.pair).tests if name not in entry.conditions]
    if missing:
        raise RecipeError(
            f"evaluate: {study} needs {' and '.join(missing)} under conditions", "evaluate"
        )


def read_plan(value: Value, folder: Path) -> Plan:
    """The plan in a document.

    Args:
        value: under ``evaluate``.
        folder: from which a suite's file is looked for.

    Raises:
        RecipeError: it has a mistake; names file and line.
    """
    if value.is_mapping and "suite" in value.entries():
        return Plan(_suite(value.mapping(("suite",))["suite"], folder))
    found = value.mapping(
        (), ("conditions", "levels", "references", "protocol", "deterministic", "suite")
    )
    plan = Plan()
    if "conditions" in found:
        plan = replace(plan, conditions=_texts(found["conditions"]))
    if "levels" in found:
        plan = replace(plan, levels=found["levels"].integer(1, len(EVAL_LEVELS)))
    if "references" in found:
        plan = replace(plan, references=_texts(found["references"]))
    if "protocol" in found:
        protocol = found["protocol"].choice(registry.PROTOCOLS.names(), "protocol")
        plan = replace(plan, protocol=protocol)
    if "deterministic" in found:
        plan = replace(plan, deterministic=found["deterministic"].boolean())
    return plan


def _suite(value: Value, folder: Path) -> Suite:
    name = value.text()
    try:
        return load_suite(folder / name if name.endswith((".yaml", ".yml")) else name)
    except UsageError as error:
        value.fail(str(error))


def _texts(value: Value) -> tuple[str, ...]:
    found: list[str] = []
    for item in value.items():
        if item.text() in found:
            item.fail(f"{quoted(item.text())} is listed twice; keep one")
        found.append(item.text())
    return tuple(found)


def _own_part(suite: Suite, recipe: Recipe) -> Suite:
    """A suite's entry of the recipe's pair alone."""
    entry = next((one for one in suite.entries if one.pair == recipe.pair), None)
    if entry is None:
        raise RecipeError(f"evaluate: suite {suite.name} has no pair {recipe.pair}", "evaluate")
    if registry.pair(recipe.pair).world.family == "native":
        from gmbench.engine.game import game

        played = game(registry.WORLDS.load(recipe.pair), entry.parameters).parameters
        for name, value in recipe.parameters.items():
            if played[name] != value:
                raise RecipeError(
                    f"evaluate: suite {suite.name} plays {recipe.pair} with {name}={played[name]},"
                    f" the recipe trains with {name}={value}",
                    "evaluate",
                )
    return replace(suite, entries=(entry,))
