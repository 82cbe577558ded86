"""The sandbox's tests: skipped where none can be made, but never in CI; a table of all attacks."""

from __future__ import annotations

from pathlib import Path

import pytest

import gmbench
from gmbench.sandbox.doctor import examine

ROWS: list[tuple[str, str, str]] = []  # attack, what it did outside, what was said of it inside


@pytest.fixture(scope="session")
def sandbox_is_there() -> None:
    """Skips where no sandbox can be made; `tests/allowed_skips.txt` says when that may be."""
    missing = [check for check in examine() if check.passed is False]
    if missing:
        pytest.skip(f"no sandbox can be made here: {missing[0].found}")


@pytest.fixture
def attack_table() -> list[tuple[str, str, str]]:
    return ROWS


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not ROWS:
        return
    terminalreporter.section(f"{len(ROWS)} attacks, outside the sandbox and inside")
    for name, does, line in ROWS:
        terminalreporter.line(f"{name:30} outside: {does}")
        terminalreporter.line(f"{'':30} inside:  {line}")


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(gmbench.__file__).parent.parent
