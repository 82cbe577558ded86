"""What the checks of a world found, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

SHOWN: Final = 3  # levels that a finding names


@dataclass(frozen=True)
class Check:
    """What one check found.

    Attributes:
        name: the check's name.
        passed: the verdict; None where the check only reports.
        value: the share or count it looks at, None where there was nothing to look at.
        detail: what was found, in words.
    """

    name: str
    passed: bool | None
    value: float | None
    detail: str


@dataclass(frozen=True)
class WorldReport:
    """Every check of one world.

    Attributes:
        world, version: what was checked.
        mode: of a Procgen world; "" where there are none.
        levels: how many level numbers, from 2^30.
        checks: what was found.
        parameters: of a native world, where they differ from its defaults.
    """

    world: str
    version: int
    mode: str
    levels: int
    checks: tuple[Check, ...]
    parameters: Mapping[str, int | str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether no check failed."""
        return all(check.passed is not False for check in self.checks)

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries, lists and values, ``passed`` included."""
        result = asdict(self)
        return {**result, "checks": list(result["checks"]), "passed": self.passed}


def share(part: int, whole: int) -> float | None:
    """A part of a whole, None where there is nothing to take a part of."""
    return None if whole == 0 else part / whole


def all_of(part: float | None) -> bool | None:
    """The verdict that all of something holds, none where there is nothing."""
    return None if part is None else part == 1.0


def some(levels: Sequence[int]) -> str:
    """The first of many levels, in words."""
    shown = ", ".join(str(level) for level in levels[:SHOWN])
    return shown if len(levels) <= SHOWN else f"{shown} and {len(levels) - SHOWN} more"
