"""What the checks of a world found, as values."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


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
        world, version, mode: what was checked.
        levels: how many level numbers, from 2^30.
        checks: what was found.
    """

    world: str
    version: int
    mode: str
    levels: int
    checks: tuple[Check, ...]

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
