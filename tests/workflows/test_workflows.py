"""The workflows and the action: valid by GitHub's schema, harmless by zizmor, runnable anywhere."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTION = ROOT / "action.yml"
EXPECTED = {"bench", "ci", "comment", "site", "submission"}
SCRIPTS = (".github/run-suite", ".github/tell-pull-request", ".ci/run")


def tool(name: str) -> str:
    """A program of this environment."""
    found = shutil.which(name, path=sysconfig.get_path("scripts"))
    assert found is not None, f"{name} is in the extra dev; install it"
    return found


def read(path: Path) -> dict[str, Any]:
    document: dict[Any, Any] = yaml.safe_load(path.read_text())
    # YAML 1.1 takes the key `on` for a boolean.
    return {"on" if key is True else key: value for key, value in document.items()}


def steps(path: Path) -> Iterator[dict[str, Any]]:
    document = read(path)
    jobs = document["jobs"].values() if "jobs" in document else [document["runs"]]
    for job in jobs:
        yield from job["steps"]


def test_the_workflows_are_those_that_are_promised() -> None:
    assert {path.stem for path in WORKFLOWS} == EXPECTED


@pytest.mark.parametrize(
    ("schema", "files"),
    [("vendor.github-workflows", WORKFLOWS), ("vendor.github-actions", [ACTION])],
)
def test_they_are_valid_by_githubs_schema(schema: str, files: list[Path], tmp_path: Path) -> None:
    check = [tool("check-jsonschema"), "--builtin-schema", schema]
    assert subprocess.run([*check, *files], capture_output=True).returncode == 0
    broken = tmp_path / "broken.yml"
    broken.write_text(files[0].read_text().replace("steps:", "stops:"))
    assert subprocess.run([*check, broken], capture_output=True).returncode == 1


def findings(*paths: Path) -> list[dict[str, Any]]:
    command = [tool("zizmor"), "--offline", "--no-exit-codes", "--format", "json", *map(str, paths)]
    # Started from elsewhere, and without a home, so that nobody's configuration is read.
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/")
    found: list[dict[str, Any]] = json.loads(told.stdout)
    return [one for one in found if not one["ignored"]]


def test_zizmor_finds_nothing_but_the_tags_that_are_listed() -> None:
    found = findings(*WORKFLOWS, ACTION)
    assert {one["ident"] for one in found} <= {"unpinned-uses"}
    tagged = {
        step["uses"] for path in (*WORKFLOWS, ACTION) for step in steps(path) if "uses" in step
    }
    tagged = {uses for uses in tagged if not re.search(r"@[0-9a-f]{40}$", uses)}
    listed = set(
        re.findall(r"`([\w.-]+/[\w./-]+@[\w.-]+)`", (ROOT / ".github/PINNING.md").read_text())
    )
    assert tagged == listed, "list what is tagged in .github/PINNING.md, and nothing else"


def test_zizmor_would_find_what_must_not_be_there(tmp_path: Path) -> None:
    hostile = tmp_path / "hostile.yml"
    text = (ROOT / ".github/workflows/submission.yml").read_text()
    hostile.write_text(
        text.replace('"refs/pull/$NUMBER/head"', "${{ github.event.pull_request.title }}")
    )
    assert "template-injection" in {one["ident"] for one in findings(hostile)}


@pytest.mark.parametrize("path", [*WORKFLOWS, ACTION], ids=lambda path: path.stem)
def test_no_expression_reaches_a_shell(path: Path) -> None:
    for step in steps(path):
        expressions = re.findall(r"\${{(.*?)}}", step.get("run", ""))
        # The matrix is written in the workflow itself.
        assert all(one.strip().startswith("matrix.") for one in expressions), step
        assert "github-script" not in step.get("uses", "")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_tokens_may_do_no_more_than_they_must(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] == {}
    granted = {
        (name, right)
        for job in workflow["jobs"].values()
        for name, right in job["permissions"].items()
        if right != "read"
    }
    allowed = {
        "comment": {("pull-requests", "write")},
        "site": {("pages", "write"), ("id-token", "write")},
    }
    assert granted == allowed.get(path.stem, set())
    assert "secrets." not in path.read_text()
    assert "pull_request_target" not in workflow["on"]
    assert all("timeout-minutes" in job for job in workflow["jobs"].values())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_checkout_leaves_a_token_or_takes_a_strangers_code_into_a_privileged_job(
    path: Path,
) -> None:
    for step in steps(path):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False
            if path.stem == "submission":
                assert "base.sha" in step["with"]["ref"], "our code judges"
            if path.stem == "comment":
                assert "default_branch" in step["with"]["ref"]


def test_the_published_site_has_films() -> None:
    (site,) = [path for path in WORKFLOWS if path.stem == "site"]
    assert ".ci/run site" in [step.get("run") for step in steps(site)]
    made = subprocess.run(
        ["make", "--dry-run", "site"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "leaderboard site -o _site --films" in made.stdout


def test_what_a_step_runs_can_be_run_here() -> None:
    """Every step is a gmbench command, a target of make, or a script of this repository."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for path in (*WORKFLOWS, ACTION):
        for step in steps(path):
            words = re.sub(r"\${{.*?}}", "", step.get("run", "")).split()
            if not words:
                continue
            if words[0] in (".ci/run", "make"):
                named = [word for word in words[1:] if "=" not in word]
                assert set(named) <= targets, step
            else:
                known = (".venv/bin/gmbench", "gh", "git", "sudo", ".github/tell-pull-request")
                assert words[0] in (*known, '"$GITHUB_ACTION_PATH/.github/run-suite"'), step


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_can_be_executed_and_stop_at_the_first_failure(script: str) -> None:
    path = ROOT / script
    assert os.access(path, os.X_OK)
    assert "set -euo pipefail" in path.read_text()
    assert subprocess.run(["bash", "-n", path]).returncode == 0


def test_the_action_runs_a_suite_and_tells_what_it_found(tmp_path: Path) -> None:
    suite = tmp_path / "suites" / "mine.gmbench.yaml"
    suite.parent.mkdir()
    (tmp_path / "other.gmbench.yaml").write_text("not asked for, and no suite")
    # What the calling project has for its own tests is not there for this run.
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --of-a-plugin\n")
    (tmp_path / "conftest.py").write_text("import what_is_not_installed_here\n")
    suite.write_text(
        "name: mine\nversion: 0\nsummary: A small maze.\nprotocol: transfer\n"
        "deterministic: true\nbatch_size: 8\nentries:\n  - pair: corner\n"
        "    parameters: {size: 9}\n    conditions: [train, test]\n    levels: 3\n"
        '    require: {goal_first: ">= 0.9"}\n'
    )
    told = tmp_path / "told.md"
    environment = {
        **os.environ,
        "GMBENCH_SUITE": str(suite),
        "GMBENCH_AGENT": "scripted:proxy",
        "GMBENCH_LEVELS": "2",
        "GMBENCH_REQUIRE": "pursuit >= 0.7\n\nproxy_first <= 0.6\n",
        "GMBENCH_INSTALL": "nothing",
        "PYTHON": sys.executable,
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_STEP_SUMMARY": str(told),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
    }
    done = subprocess.run(
        [ROOT / ".github/run-suite"], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 1, done.stderr
    record = tmp_path / "gmbench" / "record.json"
    assert json.loads(record.read_text())["results"][0]["levels"] == 2
    assert (tmp_path / "output").read_text() == f"record={record}\n"
    assert "|  | goal_first | 0.00 |" in told.read_text() and "**MISSED**" in told.read_text()
    assert ">= 0.7" in told.read_text() and "<= 0.6" in told.read_text()


@pytest.mark.bad_input
@pytest.mark.parametrize("commit", ["", "main", '"; echo'])
def test_a_comment_goes_to_no_commit_that_is_none(tmp_path: Path, commit: str) -> None:
    environment = {**os.environ, "HEAD": commit, "REPOSITORY": "a/b", "GH_TOKEN": "none"}
    script = [ROOT / ".github/tell-pull-request", tmp_path / "comment.md"]
    done = subprocess.run(script, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (2, "HEAD is no commit\n")


def test_the_suite_in_the_documents_is_one(tmp_path: Path) -> None:
    from gmbench.suites import load_suite

    text = (ROOT / "docs" / "ci.md").read_text()
    (example,) = re.findall(r"```yaml\n(name: corner-check\n.*?)```", text, re.DOTALL)
    (tmp_path / "corner.gmbench.yaml").write_text(example)
    (entry,) = load_suite(tmp_path / "corner.gmbench.yaml").entries
    assert {name: str(must) for name, must in entry.require.items()} == {
        "train_success": ">= 0.8",
        "pursuit": ">= 0.5 (low)",
    }
    (agent,) = re.findall(r"`(baselines/\S+/agent\.zip)`", text)
    assert (ROOT / agent).is_file()
