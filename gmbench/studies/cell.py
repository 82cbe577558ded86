"""A cell: one agent of a sweep, trained and evaluated, and the folder of what came of it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from gmbench import registry
from gmbench.envs.lessons import Tally
from gmbench.errors import RecordError
from gmbench.records import Metric, Record
from gmbench.suites import Suite
from gmbench.training.recipe import Recipe

VERSION: Final = 1  # of how a cell is carried out
DIGITS: Final = 12  # of its digest, in its name
SHOWN: Final = ("train_success", "goal_first", "proxy_first")  # told of every agent, and its score

AGENT: Final = "agent.zip"
CURVE: Final = "curve.csv"
RECORD: Final = "record.json"
EPISODES: Final = "episodes.csv.gz"
CHECKPOINTS: Final = "checkpoints"
LESSONS: Final = "lessons.json"  # what became of its lessons, where its recipe gives some
CELL: Final = "cell.json"  # what the cell is
TIMING: Final = "timing.json"  # how long it took, which is another time another

_ALPHA: Final = re.compile(r"-alpha-[0-9.]+(e-?[0-9]+)?$")  # at a recipe's name's end: said anyway
_ODD: Final = re.compile(r"[^a-z0-9.]+")

Json = Any  # plain data


@dataclass(frozen=True)
class Cell:
    """One agent to be trained and evaluated.

    Attributes:
        recipe: how it is trained, checked.
        evaluation: what it is evaluated on: a suite with one entry, of the recipe's pair.
        checkpoints: after how many steps an agent on the way is kept, or the list of steps.
        study: the study that carries it out in a way of its own; "" for the usual way.
        details: what that study needs besides, plain data.
        label: what people call the recipe; says nothing about what is done.
        arm: what people call that in which it differs from others of its recipe; likewise.
    """

    recipe: Recipe
    evaluation: Suite
    checkpoints: int | tuple[int, ...] | None = None
    study: str = ""
    details: Mapping[str, Json] = field(default_factory=dict, hash=False)
    label: str = ""
    arm: str = ""

    @property
    def definition(self) -> dict[str, Json]:
        """All that decides what comes of it, as plain data."""
        pair = registry.pair(self.recipe.pair)
        decisive: dict[str, Json] = {
            "version": VERSION,
            "world": {"pair": pair.name, "version": pair.world.version},
            "recipe": self.recipe.to_json(),
            "evaluation": self.evaluation.decisive(),
            "checkpoints": self.checkpoints,
        }
        protocol = registry.PROTOCOLS.versions()[self.evaluation.protocol]
        if protocol:  # nothing is said of version 0: cells that were made before keep their names
            decisive["protocol"] = protocol
        if self.study:
            version = registry.STUDIES.versions()[self.study]
            decisive["study"] = {"name": self.study, "version": version, **self.details}
        plain: dict[str, Json] = json.loads(json.dumps(decisive))
        return plain

    @property
    def digest(self) -> str:
        """SHA-256, in hex, of the definition."""
        canonical = json.dumps(self.definition, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    @property
    def name(self) -> str:
        """Of its folder: what people look for, and the digest's beginning."""
        called = f"{_ALPHA.sub('', self.label) or self.recipe.pair} {self.arm}"
        label = _ODD.sub("-", called.lower()).strip("-.")
        alpha, seed = f"{self.recipe.alpha:g}", self.recipe.seed
        return f"{label}-alpha-{alpha}-seed-{seed}-{self.digest[:DIGITS]}"

    @property
    def title(self) -> str:
        """What people call it."""
        recipe = self.recipe
        arm = f", {self.arm}" if self.arm else ""
        return f"{self.label or recipe.pair}{arm}, alpha {recipe.alpha:g}, seed {recipe.seed}"


@dataclass(frozen=True)
class Finished:
    """A cell whose folder is whole.

    Attributes:
        cell: what was asked for.
        folder: what came of it.
        record: of its evaluation.
    """

    cell: Cell
    folder: Path
    record: Record

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """The figures of the recipe's pair, by name."""
        return self.record.results[0].metrics

    def value(self, name: str) -> float | None:
        """A figure's value; None where it has none, or there is no such figure."""
        metric = self.metrics.get(name)
        return None if metric is None else metric.value

    @property
    def score(self) -> str:
        """The name of the figure that ranks the pair."""
        return registry.pair(self.cell.recipe.pair).ranks

    @property
    def lessons(self) -> dict[str, int] | None:
        """What became of its lessons (`gmbench.envs.lessons.Tally`); None where it had none.

        Raises:
            RecordError: the file is missing or damaged.
        """
        regime = self.cell.recipe.regime
        if regime is None or regime.lessons is None:
            return None
        path = self.folder / LESSONS
        try:
            return asdict(Tally(**json.loads(path.read_text())))
        except (OSError, ValueError, TypeError):
            raise RecordError(
                f"{path}: is missing or damaged; delete {self.folder} and run the sweep again"
            ) from None

    @property
    def steps(self) -> int:
        """Environment steps that the agent learned from."""
        return int(read_cell(self.folder)["steps"])


def read_cell(folder: Path) -> dict[str, Json]:
    """What a finished cell's folder says it is: ``digest``, ``definition`` and ``steps``.

    Raises:
        RecordError: the file is missing or no such file.
    """
    path = folder / CELL
    try:
        plain: dict[str, Json] = json.loads(path.read_text())
        digest = plain["digest"]
        if isinstance(digest, str) and digest and plain["definition"] and plain["steps"] > 0:
            return plain
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise RecordError(f"{path}: is missing or damaged; delete {folder} and run the sweep again")


def finished(cell: Cell, folder: Path) -> Finished:
    """What came of a cell.

    Raises:
        RecordError: the folder is damaged.
    """
    return Finished(cell, folder, Record.load(folder / RECORD))
