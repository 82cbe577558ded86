"""Suites: which pairs an evaluation plays, in which conditions, on which levels.

A suite is a YAML file of plain data (`gmbench.strict_yaml`); every mistake in it is one line that
names the file, the line and the nearest valid name::

    name: quick
    version: 0
    summary: Two pairs in a few minutes.
    protocol: transfer
    deterministic: true         # false: actions are sampled from the policy
    batch_size: 64              # may be left out
    seed: 0                     # may be left out
    entries:
      - pair: procgen-coinrun
        mode: easy              # only for games that have modes
        conditions: [train, test]
        levels: 200
        first_level: 1073741824 # may be left out, as may all below
        level_filter: pair
        counterfactual_runs: 10
        references: [random]

The shipped suites lie in ``gmbench/_suites`` in an installed wheel, and in ``suites/`` beside the
package in a source checkout.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Container
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from gmbench import registry, strict_yaml
from gmbench.errors import SuiteError, UnknownNameError
from gmbench.hints import nearest, quoted
from gmbench.levels import EVAL_LEVELS
from gmbench.specs import Pair
from gmbench.strict_yaml import Value

SUFFIX = ".gmbench.yaml"
MODES = {"procgen": ("easy", "hard")}  # family to the modes its games are played in
LEVEL_FILTERS = ("pair", "none")
DEFAULT_BATCH_SIZE = 64
MAX_BATCH_SIZE = 65_536
MAX_RUNS = 1_000

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_PACKAGE = Path(__file__).parent
_SHIPPED = (_PACKAGE / "_suites", _PACKAGE.parent / "suites")


@dataclass(frozen=True)
class SuiteEntry:
    """One pair of a suite.

    Attributes:
        pair: the pair's name.
        conditions: the conditions played, all on the same levels; holds the pair's ``train``.
        levels: how many levels: the first that the filter accepts, counted from first_level.
        first_level: the number at which counting starts, in `EVAL_LEVELS`.
        mode: "easy" or "hard"; "" for worlds whose family has no modes.
        level_filter: "pair" takes only levels that the pair's own filter accepts; "none" takes
            every level that has the sites its conditions need.
        counterfactual_runs: how often the agent also plays each level under ``train``, with sampled
            actions, so that figures can be given without the levels whose moved goal lies on its
            usual way (`gmbench.metrics.transfer.uncrossed_levels`); 0 for no such figures.
        references: scripted agents ("random", "goal", "proxy") run on the same levels.

    Raises:
        SuiteError: the levels do not lie in `EVAL_LEVELS`.
    """

    pair: str
    conditions: tuple[str, ...]
    levels: int
    first_level: int = EVAL_LEVELS.start
    mode: str = ""
    level_filter: str = "pair"
    counterfactual_runs: int = 0
    references: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse levels that are not evaluation levels, wherever the entry comes from."""
        mistake = _levels_mistake(self.first_level, self.levels)
        if mistake is not None:
            raise SuiteError(f"{self.pair}: {mistake}")


@dataclass(frozen=True)
class Suite:
    """What an evaluation runs.

    Attributes:
        name, version: the version is bumped when the figures it yields would change.
        summary: one sentence for a person.
        entries: its pairs, each at most once.
        protocol: the name of the protocol that plays them.
        deterministic: whether the agent acts greedily; False samples its actions.
        batch_size: episodes played side by side; part of the protocol, because a network's
            answers differ by rounding with the size of the batch.
        seed: of the order of play and of sampled actions.
    """

    name: str
    version: int
    summary: str
    entries: tuple[SuiteEntry, ...]
    protocol: str = "transfer"
    deterministic: bool = True
    batch_size: int = DEFAULT_BATCH_SIZE
    seed: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries and lists, defaults included."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return plain

    @property
    def digest(self) -> str:
        """SHA-256, in hex, of all that decides what is run: everything but the summary."""
        decisive = {key: value for key, value in self.to_json().items() if key != "summary"}
        canonical = json.dumps(decisive, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def with_levels(self, levels: int) -> Suite:
        """The same suite with this many levels in every entry; its digest differs.

        Raises:
            SuiteError: no whole number, not positive, or more than there are.
        """
        if isinstance(levels, bool) or not isinstance(levels, int):
            raise SuiteError(f"levels must be a whole number, not {levels!r}")
        return replace(self, entries=tuple(replace(e, levels=levels) for e in self.entries))


def suites() -> tuple[str, ...]:
    """The names of the shipped suites, sorted."""
    return tuple(_shipped())


def load_suite(name_or_path: str | os.PathLike[str]) -> Suite:
    """A shipped suite by its name, or any suite by its file.

    A string is a path if it ends in .yaml or .yml or names a folder; a shipped suite is never
    shadowed by a file that happens to bear its name.

    Raises:
        UnknownNameError: no shipped suite has that name.
        SuiteError: the file is missing or has a mistake.
    """
    if isinstance(name_or_path, str) and not _is_path(name_or_path):
        known = _shipped()
        if name_or_path not in known:
            raise UnknownNameError(
                f"unknown suite {quoted(name_or_path)}; {nearest(name_or_path, known)}"
                " (a file of your own must end in .yaml)"
            )
        return _suite(strict_yaml.read(known[name_or_path], SuiteError))
    return _suite(strict_yaml.read(name_or_path, SuiteError))


def _is_path(text: str) -> bool:
    return text.endswith((".yaml", ".yml")) or os.path.basename(text) != text


def _shipped() -> dict[str, Path]:
    """Name to file of the shipped suites; the wheel's folder comes before the checkout's."""
    for folder in _SHIPPED:
        found = {file.name.removesuffix(SUFFIX): file for file in folder.glob("*" + SUFFIX)}
        if found:
            return dict(sorted(found.items()))
    return {}


def _suite(document: Value) -> Suite:
    fields = document.mapping(
        required=("name", "version", "summary", "protocol", "deterministic", "entries"),
        optional=("batch_size", "seed"),
    )
    name = fields["name"].text()
    if not _NAME.fullmatch(name):
        fields["name"].fail(
            f"name must be lower case letters, digits and dashes, not {quoted(name)}"
        )
    batch_size, seed = fields.get("batch_size"), fields.get("seed")
    return Suite(
        name=name,
        version=fields["version"].integer(0, 2**31 - 1),
        summary=fields["summary"].text(),
        protocol=fields["protocol"].choice(registry.PROTOCOLS.names(), "protocol"),
        deterministic=fields["deterministic"].boolean(),
        batch_size=batch_size.integer(1, MAX_BATCH_SIZE) if batch_size else DEFAULT_BATCH_SIZE,
        seed=seed.integer(0, 2**31 - 1) if seed else 0,
        entries=_entries(fields["entries"]),
    )


def _entries(value: Value) -> tuple[SuiteEntry, ...]:
    entries: dict[str, SuiteEntry] = {}
    for item in value.items():
        entry = _entry(item, taken=entries)
        entries[entry.pair] = entry
    if not entries:
        value.fail("entries is empty; list at least one pair")
    return tuple(entries.values())


def _entry(item: Value, taken: Container[str]) -> SuiteEntry:
    fields = item.mapping(
        required=("pair", "conditions", "levels"),
        optional=("mode", "first_level", "level_filter", "counterfactual_runs", "references"),
    )
    name = fields["pair"].choice(registry.WORLDS.names(), "pair")
    if name in taken:
        fields["pair"].fail(f"pair {name!r} is listed twice; keep one entry")
    pair = registry.pair(name)
    first_level, levels = _levels(fields)
    level_filter, counterfactual = fields.get("level_filter"), fields.get("counterfactual_runs")
    return SuiteEntry(
        pair=name,
        conditions=_conditions(fields["conditions"], pair),
        levels=levels,
        first_level=first_level,
        mode=_mode(item, fields.get("mode"), pair),
        level_filter=level_filter.choice(LEVEL_FILTERS, "level filter") if level_filter else "pair",
        counterfactual_runs=counterfactual.integer(1, MAX_RUNS) if counterfactual else 0,
        references=_references(fields.get("references"), pair),
    )


def _levels(fields: dict[str, Value]) -> tuple[int, int]:
    """First level and count, blamed on the key at fault."""
    levels = fields["levels"].integer(1, len(EVAL_LEVELS))
    if "first_level" not in fields:
        return EVAL_LEVELS.start, levels
    first_level = fields["first_level"].integer(-(2**62), EVAL_LEVELS[-1])
    mistake = _levels_mistake(first_level, levels)
    if mistake is not None:
        fields["first_level"].fail(mistake)
    return first_level, levels


def _levels_mistake(first_level: int, levels: int) -> str | None:
    if levels < 1:
        return f"levels must be at least 1, not {levels}"
    if first_level < EVAL_LEVELS.start:
        return (
            f"first_level {first_level} is not an evaluation level; those start at"
            f" {EVAL_LEVELS.start}, below are training levels"
        )
    if first_level + levels > EVAL_LEVELS.stop:
        return f"{levels} levels from {first_level} reach past the last level, {EVAL_LEVELS[-1]}"
    return None


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


def _references(value: Value | None, pair: Pair) -> tuple[str, ...]:
    known = ("random", *(oracle for oracle in ("goal", "proxy") if oracle in pair.oracles))
    return value.choices(known, f"scripted agent of {pair.name}") if value else ()
