"""The policy of conftest.py, on real pytest runs over small suites of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")
SUITE = """
import pytest

def test_runs():
    pass

@pytest.mark.parametrize("case", ["a", "b"])
def test_left_out(case):
    pytest.skip("for want of a nail")

@pytest.mark.xfail(reason="known")
def test_expected_to_fail():
    assert False
"""


def run(
    folder: Path, allowed: str, suite: str = SUITE, **variables: str
) -> subprocess.CompletedProcess[str]:
    shutil.copy(CONFTEST, folder)
    (folder / "allowed_skips.txt").write_text(allowed)
    (folder / "test_it.py").write_text(suite)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--rootdir={folder}"]
    env = {**os.environ, **variables}
    return subprocess.run(
        [*command, str(folder)], capture_output=True, text=True, cwd=folder, env=env
    )


def test_a_skip_that_is_not_listed_fails_the_run_and_is_named(tmp_path: Path) -> None:
    result = run(tmp_path, "test_it.py::test_left_out[a] | always | no nail\n")
    assert result.returncode == 1
    assert "NOT ALLOWED: test_it.py::test_left_out[b]: for want of a nail" in result.stdout
    assert "allowed: test_it.py::test_left_out[a]: for want of a nail" in result.stdout
    assert "test_expected_to_fail" not in result.stdout


def test_listed_skips_are_printed_and_pass(tmp_path: Path) -> None:
    result = run(tmp_path, "# a comment\n\ntest_it.py::test_left_out* | always | no nail\n")
    assert result.returncode == 0
    assert result.stdout.count("allowed: test_it.py::test_left_out") == 2


def test_a_module_that_skips_itself_counts(tmp_path: Path) -> None:
    lonely = 'import pytest\npytest.importorskip("no_such_package_at_all")\n'
    (tmp_path / "test_other.py").write_text("def test_runs():\n    pass\n")
    result = run(tmp_path, "", lonely)
    assert result.returncode == 1
    assert "NOT ALLOWED: test_it.py: could not import 'no_such_package_at_all'" in result.stdout


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_the_sandboxs_tests_are_skipped_where_there_is_none_but_never_in_ci(
    tmp_path: Path, ci: str, code: int
) -> None:
    allowed = "test_it.py::* | without a sandbox | plays in one\n"
    assert run(tmp_path, allowed, PATH=str(tmp_path), CI=ci).returncode == code


@pytest.mark.parametrize("line", ["test_it.py | always", "test_it.py | on Mondays | rest"])
def test_a_line_without_a_reason_or_with_an_unknown_circumstance_is_refused(
    tmp_path: Path, line: str
) -> None:
    result = run(tmp_path, line + "\n")
    assert result.returncode == pytest.ExitCode.USAGE_ERROR
    assert "allowed_skips.txt:1: want PATTERN" in result.stderr
