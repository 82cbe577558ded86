"""What a suite is, and the digest of all that decides what it runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from gmbench.errors import SuiteError
from gmbench.levels import EVAL_LEVELS
from gmbench.stages.base import Setting
from gmbench.suites.require import Threshold, Told

DEFAULT_BATCH_SIZE = 64


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
            every level that has the sites its conditions need, for Procgen worlds only.
        counterfactual_runs: how often the agent also plays each level under ``train``, with sampled
            actions, so that figures can be given without the levels whose moved goal lies on its
            usual way (`gmbench.metrics.transfer.uncrossed_levels`); 0 for no such figures.
        references: scripted agents ("random", "goal", "proxy") run on the same levels.
        parameters: of a native world, where they differ from its defaults.
        require: figure name to what it must be; it changes nothing in what is played.

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
    parameters: Mapping[str, int | str] = field(default_factory=dict, hash=False)
    require: Mapping[str, Threshold] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        """Refuse levels that are not evaluation levels, wherever the entry comes from."""
        mistake = levels_mistake(self.first_level, self.levels)
        if mistake is not None:
            raise SuiteError(f"{self.pair}: {mistake}")

    def setting(self, obs: str = "") -> Setting:
        """How the pair is played, by agents that are shown this kind of observation."""
        return Setting(obs, self.mode, self.parameters)

    def shortfalls(self, figures: Mapping[str, Told], reason: str | None = None) -> dict[str, str]:
        """The thresholds that figures do not meet: figure name to one line.

        Args:
            figures: the pair's, by name.
            reason: why the pair was not played; then no threshold is met.
        """
        if reason is not None:
            return {n: f"{n} {must} is required; {reason}" for n, must in self.require.items()}
        found = {name: must.shortfall(name, figures) for name, must in self.require.items()}
        return {name: line for name, line in found.items() if line is not None}


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
        settings: of the protocol, where it has some.
    """

    name: str
    version: int
    summary: str
    entries: tuple[SuiteEntry, ...]
    protocol: str = "transfer"
    deterministic: bool = True
    batch_size: int = DEFAULT_BATCH_SIZE
    seed: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON, defaults included, but what came later only where there is any of it."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        if not plain["settings"]:
            del plain["settings"]  # suites written before there were any keep their digest
        for written, entry in zip(plain["entries"], self.entries, strict=True):
            written["require"] = {name: str(must) for name, must in entry.require.items()}
            for key in ("parameters", "require"):
                if not written[key]:
                    del written[key]  # likewise
        return plain

    def decisive(self) -> dict[str, Any]:
        """Plain JSON of all that decides what is run: no summary, and no thresholds."""
        plain = {key: value for key, value in self.to_json().items() if key != "summary"}
        for entry in plain["entries"]:
            entry.pop("require", None)
        return plain

    @property
    def digest(self) -> str:
        """SHA-256, in hex, of all that decides what is run; see `decisive`."""
        canonical = json.dumps(self.decisive(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def with_levels(self, levels: int) -> Suite:
        """The same suite with this many levels in every entry; its digest differs.

        Raises:
            SuiteError: no whole number, not positive, or more than there are.
        """
        if isinstance(levels, bool) or not isinstance(levels, int):
            raise SuiteError(f"levels must be a whole number, not {levels!r}")
        return replace(self, entries=tuple(replace(e, levels=levels) for e in self.entries))


def levels_mistake(first_level: int, levels: int) -> str | None:
    """What is wrong with a number of levels from a first one, None where nothing is."""
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
