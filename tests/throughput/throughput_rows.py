"""Files of floors, row by row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Output = pytest.CaptureFixture[str]
WriteFloors = Callable[[str], Path]
SECONDS = ["--seconds", "0.001"]
CORNER = "{pair: corner, obs: grid, batches: [8], threads: 1}"


def rows(*rows: str) -> str:
    return "floors:\n" + "".join(f"  - {row}\n" for row in rows)


def row(name: str = "a", what: str = CORNER, **keys: object) -> str:
    further = "".join(f", {key}: {value}" for key, value in keys.items())
    return f"{{name: {name}, what: {what}{further}}}"
