"""The sandbox's tests: skipped where none can be made, but never in CI; every attack is noted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import gmbench
from gmbench.sandbox.doctor import examine


@pytest.fixture(scope="session")
def sandbox_is_there() -> None:
    """Skips where no sandbox can be made; `tests/allowed_skips.txt` says when that may be."""
    missing = [check for check in examine() if check.passed is False]
    if missing:
        pytest.skip(f"no sandbox can be made here: {missing[0].found}")


@pytest.fixture
def attack_table(request: pytest.FixtureRequest) -> Iterator[list[tuple[str, str, str]]]:
    """Rows of an attack, what it did outside, what was said of it inside.

    They are noted on the test; `tests/conftest.py` prints those of all tests.
    """
    rows: list[tuple[str, str, str]] = []
    yield rows
    request.node.user_properties += [("attack", row) for row in rows]


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(gmbench.__file__).parent.parent
