"""Rules of the whole suite: no test stops running unseen, and property tests repeat themselves."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from gmbench.errors import MissingPartError

ALLOWED_SKIPS = Path(__file__).with_name("allowed_skips.txt")

# The same examples in every run: what CI saw is what a developer sees.
settings.register_profile("gmbench", deadline=None, derandomize=True)
settings.load_profile("gmbench")

# A shell starts what runs in the background with Ctrl-C ignored, and gmbench leaves that so.
signal.signal(signal.SIGINT, signal.default_int_handler)


SIMULATOR = {"NUMBA_DISABLE_JIT": "1", "NUMBA_ENABLE_CUDASIM": "1"}


@pytest.fixture
def on_simulated_card() -> Callable[[Path, str], None]:
    """Runs a part of a script on a simulated card, which says whether it is as on the processor."""

    def run(script: Path, part: str) -> None:
        done = subprocess.run(
            [sys.executable, "-W", "error", script, part],
            env={**os.environ, **SIMULATOR},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (0, f"{part}: as on the processor\n"), done.stderr

    return run


def procgen_is_installed() -> bool:
    # A folder that an uninstalled wheel leaves behind is found too, as a namespace without origin.
    spec = importlib.util.find_spec("procgen")
    return spec is not None and spec.origin is not None


def ray_is_installed() -> bool:
    return importlib.util.find_spec("ray") is not None


def a_sandbox_must_be_there() -> bool:
    # In CI its tests are never skipped, wherever else they may be.
    if os.environ.get("CI") == "true":
        return True
    from gmbench.sandbox.doctor import examine

    return all(check.passed is not False for check in examine())


def a_card_is_there() -> bool:
    from gmbench.engine.devices import without_cuda

    return without_cuda() is None


def a_browser_is_there() -> bool:
    """CI has one, or fails for want of it."""
    known = ("chromium", "google-chrome", "chromium-browser")
    return bool(os.environ.get("CI")) or any(shutil.which(name) for name in known)


WHEN: dict[str, Callable[[], bool]] = {
    "always": lambda: True,
    "without procgen": lambda: not procgen_is_installed(),
    "without ray": lambda: not ray_is_installed(),
    "without a sandbox": lambda: not a_sandbox_must_be_there(),
    "without a browser": lambda: not a_browser_is_there(),
    "without a graphics card": lambda: not a_card_is_there(),
}


@dataclass(frozen=True)
class AllowedSkip:
    """One line of the list: the tests it names may be skipped in the circumstance it names."""

    pattern: str
    when: str
    reason: str

    def covers(self, nodeid: str) -> bool:
        # Only the asterisk is wild: brackets belong to the names of parametrized tests.
        pattern = ".*".join(re.escape(part) for part in self.pattern.split("*"))
        return WHEN[self.when]() and re.fullmatch(pattern, nodeid) is not None


def read_allowed_skips(path: Path) -> list[AllowedSkip]:
    """Reads lines of ``PATTERN | WHEN | REASON``; blank lines and comments (#) say nothing."""
    allowed = []
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = [field.strip() for field in line.split("|")]
        if len(fields) != 3 or not all(fields) or fields[1] not in WHEN:
            raise pytest.UsageError(
                f"{path.name}:{number}: want PATTERN | {' or '.join(WHEN)} | REASON, not {line!r}"
            )
        allowed.append(AllowedSkip(*fields))
    return allowed


class SkipPolicy:
    """Prints every skipped test at the end; one that is not on the list fails the run."""

    def __init__(self, allowed: Iterable[AllowedSkip]) -> None:
        self._allowed = list(allowed)
        self._skipped: dict[str, str] = {}

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        # An expected failure is reported as skipped too, but it ran.
        if report.skipped and not hasattr(report, "wasxfail"):
            where = report.longrepr
            reason = where[2] if isinstance(where, tuple) else str(where)
            self._skipped[report.nodeid] = reason.removeprefix("Skipped: ")

    def _refused(self) -> list[str]:
        return [
            nodeid
            for nodeid in self._skipped
            if not any(allowed.covers(nodeid) for allowed in self._allowed)
        ]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._refused() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self._skipped:
            return
        refused = self._refused()
        terminalreporter.section(f"{len(self._skipped)} skipped, {len(refused)} not allowed")
        for nodeid, reason in self._skipped.items():
            verdict = "NOT ALLOWED" if nodeid in refused else "allowed"
            terminalreporter.line(f"{verdict}: {nodeid}: {reason}")
        if refused:
            terminalreporter.line(
                f"ERROR: skips that {ALLOWED_SKIPS.name} does not list fail the run", red=True
            )


class Attacks:
    """Prints at the end what attacks did outside the sandbox, and what was said of them inside.

    It reads reports, for they come here from whichever process ran the test.
    """

    def __init__(self) -> None:
        self._rows: list[tuple[str, str, str]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "teardown":
            found: Iterable[tuple[str, Any]] = report.user_properties
            self._rows += [row for name, row in found if name == "attack"]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self._rows:
            return
        terminalreporter.section(f"{len(self._rows)} attacks, outside the sandbox and inside")
        for name, does, line in self._rows:
            terminalreporter.line(f"{name:30} outside: {does}")
            terminalreporter.line(f"{'':30} inside:  {line}")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(SkipPolicy(read_allowed_skips(ALLOWED_SKIPS)), "skip-policy")
    config.pluginmanager.register(Attacks(), "attacks")


@contextlib.contextmanager
def skipping_for_want_of_the_games() -> Iterator[None]:
    """Skips a test that asks for the games where they are not installed.

    So every test that can run without them does, and none has to say which it is. A test that
    reaches them through another process is marked ``procgen`` instead.
    """
    try:
        yield
    except (MissingPartError, ModuleNotFoundError) as error:
        missing = isinstance(error, MissingPartError) or error.name in {"procgen", "gym3"}
        if procgen_is_installed() or not missing:
            raise
        pytest.skip("the procgen extra is not installed")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    with skipping_for_want_of_the_games():
        if item.get_closest_marker("procgen") and not procgen_is_installed():
            raise MissingPartError("procgen")
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    with skipping_for_want_of_the_games():
        return (yield)
