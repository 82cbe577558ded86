"""The door through which pytest finds gmbench: options, and which files are suites.

It stands outside the package, because importing gmbench imports numpy and Gymnasium: a pytest run
that collects no ``*.gmbench.yaml`` pays for neither. What it does with a suite is in
`gmbench.pytest_plugin`. ``-p no:gmbench`` leaves it out.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from gmbench.pytest_plugin.collecting import SuiteFile

SUFFIX = ".gmbench.yaml"
OPTIONS = (
    *("agent", "pair", "levels", "require", "trust", "sandbox", "throughput"),
    *("record", "episodes", "summary"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, all of which begin with --gmbench."""
    group = parser.getgroup("gmbench", "gmbench: which goal has an agent learned? (*.gmbench.yaml)")
    add = group.addoption
    add(
        "--gmbench-agent",
        metavar="AGENT",
        help="a zip, a folder, module:attribute or scripted:NAME; with = before a path, so that"
        " pytest does not look for its configuration there",
    )
    add(
        "--gmbench-pair",
        metavar="PAIR=AGENT",
        action="append",
        default=[],
        help="an agent for one pair; repeatable",
    )
    add("--gmbench-record", metavar="FILE", type=Path, help="write the record, FILE.json")
    add("--gmbench-episodes", metavar="FILE", type=Path, help="write the raw table, FILE.csv.gz")
    add("--gmbench-summary", metavar="FILE", type=Path, help="append the table, as Markdown")
    add("--gmbench-levels", metavar="N", type=int, help="play this many levels of every pair")
    add(
        "--gmbench-require",
        metavar="THRESHOLD",
        action="append",
        default=[],
        help="of every pair, beside what the suite requires, such as 'pursuit >= 0.5'; repeatable",
    )
    add("--gmbench-trust", action="store_true", help="let the agent's file run code when loaded")
    add("--gmbench-sandbox", action="store_true", help="run the agent in a sandbox")
    add(
        "--gmbench-throughput",
        action="store_true",
        help="also measure how fast each pair is played, with pytest-benchmark",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker, and refuse mistaken options before anything is collected."""
    config.addinivalue_line("markers", "gmbench: an agent on a pair of a gmbench suite")
    if any(config.getoption(f"gmbench_{name}") not in (None, False, []) for name in OPTIONS):
        from gmbench.pytest_plugin.session import GmbenchSession

        config.pluginmanager.register(GmbenchSession.begun(config), "gmbench-session")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> SuiteFile | None:
    """A suite, where the file's name says that it is one."""
    if not file_path.name.endswith(SUFFIX):
        return None
    from gmbench.pytest_plugin.collecting import SuiteFile

    root = parent.config.rootpath
    if file_path.is_relative_to(root):
        found: SuiteFile = SuiteFile.from_parent(parent, path=file_path)
    else:  # pytest would leave the file's name out of the tests' ids
        away = os.path.relpath(file_path, root).replace(os.sep, "/")
        found = SuiteFile.from_parent(parent, path=file_path, nodeid=away)
    return found
