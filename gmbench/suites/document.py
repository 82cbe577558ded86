"""Reads a suite from a YAML file of plain data (`gmbench.strict_yaml`).

Every mistake is one line that names the file, the line and the nearest valid name. A suite::

    name: quick
    version: 0
    summary: Two pairs in a few minutes.
    protocol: transfer
    deterministic: true         # false: actions are sampled from the policy
    batch_size: 64              # may be left out
    seed: 0                     # may be left out
    settings: {...}             # of the protocol, where it has some; may be left out
    entries:
      - pair: procgen-coinrun
        mode: easy              # Procgen's worlds have modes
        conditions: [train, test]
        levels: 200
        first_level: 1073741824 # may be left out, as may all below
        level_filter: pair
        counterfactual_runs: 10
        references: [random]
        require: {pursuit: ">= 0.5"}   # see `gmbench.suites.require`
      - pair: corner
        parameters: {size: 9}   # native worlds have parameters; may be left out
        conditions: [train, test]
        levels: 200
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from typing import Any

from gmbench import registry
from gmbench.hints import quoted
from gmbench.levels import EVAL_LEVELS
from gmbench.specs import Pair
from gmbench.stages.open import MODES
from gmbench.strict_yaml import Value
from gmbench.suites.require import Threshold, read_require
from gmbench.suites.suite import DEFAULT_BATCH_SIZE, Suite, SuiteEntry, levels_mistake

LEVEL_FILTERS = ("pair", "none")
MAX_BATCH_SIZE = 65_536
MAX_RUNS = 1_000

# Of a pair in some conditions, the figures there can be; None where the protocol does not tell.
Figures = Callable[[Pair, Sequence[str]], Collection[str] | None]

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def read_suite(document: Value) -> Suite:
    """The suite in a document.

    Raises:
        SuiteError: it has a mistake.
    """
    fields = document.mapping(
        required=("name", "version", "summary", "protocol", "deterministic", "entries"),
        optional=("batch_size", "seed", "settings"),
    )
    name = fields["name"].text()
    if not _NAME.fullmatch(name):
        fields["name"].fail(
            f"name must be lower case letters, digits and dashes, not {quoted(name)}"
        )
    batch_size, seed = fields.get("batch_size"), fields.get("seed")
    protocol = fields["protocol"].choice(registry.PROTOCOLS.names(), "protocol")
    settings = _settings(fields.get("settings"), protocol)
    return Suite(
        name=name,
        version=fields["version"].integer(0, 2**31 - 1),
        summary=fields["summary"].text(),
        protocol=protocol,
        deterministic=fields["deterministic"].boolean(),
        batch_size=batch_size.integer(1, MAX_BATCH_SIZE) if batch_size else DEFAULT_BATCH_SIZE,
        seed=seed.integer(0, 2**31 - 1) if seed else 0,
        entries=_entries(fields["entries"], figures_of(protocol, settings)),
        settings=settings,
    )


def _settings(value: Value | None, protocol: str) -> dict[str, Any]:
    """The protocol's settings, its defaults where the suite is silent."""
    module = registry.PROTOCOLS.load(protocol)
    readers, defaults = getattr(module, "SETTINGS", {}), dict(getattr(module, "DEFAULTS", {}))
    if value is None:
        return defaults
    if not readers:
        value.fail(f"protocol {protocol} has no settings; remove them")
    given = value.mapping((), tuple(readers))
    return defaults | {name: readers[name](one) for name, one in given.items()}


def figures_of(protocol: str, settings: Mapping[str, Any]) -> Figures:
    """Tells the names of a pair's figures under a protocol; None where nobody can tell."""
    tell = getattr(registry.PROTOCOLS.load(protocol), "figure_names", None)
    return lambda pair, conditions: tell and tell(pair, conditions, settings)


def _entries(value: Value, figures: Figures) -> tuple[SuiteEntry, ...]:
    entries: dict[str, SuiteEntry] = {}
    for item in value.items():
        entry = _entry(item, figures, taken=entries)
        entries[entry.pair] = entry
    if not entries:
        value.fail("entries is empty; list at least one pair")
    return tuple(entries.values())


def _entry(item: Value, figures: Figures, taken: Container[str]) -> SuiteEntry:
    fields = item.mapping(
        required=("pair", "conditions", "levels"),
        optional=(
            "mode",
            "parameters",
            "first_level",
            "level_filter",
            "counterfactual_runs",
            "references",
            "require",
        ),
    )
    name = fields["pair"].choice(registry.WORLDS.names(), "pair")
    if name in taken:
        fields["pair"].fail(f"pair {name!r} is listed twice; keep one entry")
    pair = registry.pair(name)
    first_level, levels = _levels(fields)
    counterfactual = fields.get("counterfactual_runs")
    conditions = _conditions(fields["conditions"], pair)
    return SuiteEntry(
        pair=name,
        conditions=conditions,
        levels=levels,
        first_level=first_level,
        mode=_mode(item, fields.get("mode"), pair),
        level_filter=_level_filter(fields.get("level_filter"), pair),
        counterfactual_runs=counterfactual.integer(1, MAX_RUNS) if counterfactual else 0,
        references=_references(fields.get("references"), pair),
        parameters=_parameters(fields.get("parameters"), pair),
        require=_require(fields.get("require"), pair, figures(pair, conditions)),
    )


def _levels(fields: dict[str, Value]) -> tuple[int, int]:
    """First level and count, blamed on the key at fault."""
    levels = fields["levels"].integer(1, len(EVAL_LEVELS))
    if "first_level" not in fields:
        return EVAL_LEVELS.start, levels
    first_level = fields["first_level"].integer(-(2**62), EVAL_LEVELS[-1])
    mistake = levels_mistake(first_level, levels)
    if mistake is not None:
        fields["first_level"].fail(mistake)
    return first_level, levels


def _conditions(value: Value, pair: Pair) -> tuple[str, ...]:
    known = [condition.name for condition in pair.world.conditions]
    conditions = value.choices(known, f"condition of {pair.name}")
    if pair.train not in conditions:
        value.fail(f"conditions must hold {pair.train}, with which the others are compared")
    return conditions


def _mode(item: Value, value: Value | None, pair: Pair) -> str:
    modes = MODES.get(pair.world.family, ())
    if value is None:
        if modes:
            item.fail(f"missing key mode; {pair.name} is played in {' or '.join(modes)}")
        return ""
    if not modes:
        value.fail(f"{pair.name} has no modes; remove mode")
    return value.choice(modes, "mode")


def _level_filter(value: Value | None, pair: Pair) -> str:
    if value is None:
        return "pair"
    chosen = value.choice(LEVEL_FILTERS, "level filter")
    if chosen == "none" and pair.world.family == "native":
        value.fail(f"{pair.name} draws its levels by its filter; remove level_filter")
    return chosen


def _parameters(value: Value | None, pair: Pair) -> dict[str, int | str]:
    """A native world's parameters, each one of the values that its module allows."""
    if value is None:
        return {}
    allowed = getattr(registry.WORLDS.load(pair.name), "PARAMETERS", {})
    if pair.world.family != "native" or not allowed:
        value.fail(f"{pair.name} has no parameters; remove them")
    return {
        name: _one_of(given, allowed[name])
        for name, given in value.mapping((), tuple(allowed)).items()
    }


def _require(
    value: Value | None, pair: Pair, known: Collection[str] | None
) -> dict[str, Threshold]:
    return {} if value is None else read_require(value, known, pair.name)


def _one_of(value: Value, allowed: Sequence[int] | Sequence[str]) -> int | str:
    words = [one for one in allowed if isinstance(one, str)]
    if value.node.value in words:
        return str(value.node.value)  # also where YAML would make a boolean of it
    if words:
        return value.choice(words, value.key)
    numbers = [one for one in allowed if isinstance(one, int)]
    number = value.integer(min(numbers), max(numbers))
    if number not in numbers:
        value.fail(f"{value.key} must be one of {', '.join(map(str, numbers))}, not {number}")
    return number


def _references(value: Value | None, pair: Pair) -> tuple[str, ...]:
    known = ("random", *(oracle for oracle in ("goal", "proxy") if oracle in pair.oracles))
    return value.choices(known, f"scripted agent of {pair.name}") if value else ()
