"""Suites as tests, as somebody meets them who types pytest: always in a process of its own."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

import gmbench
from gmbench.engine.cache import cache_folder
from gmbench.episodes import Episodes
from gmbench.records import Record

pytest_plugins = ("pytester",)

SUITE = """\
name: mine
version: 0
summary: Two small mazes.
protocol: transfer
deterministic: true
batch_size: 8
entries:
  - pair: corner
    parameters: {size: 9}
    conditions: [train, test]
    levels: 6
    require: {train_success: ">= 0.9", goal_first: ">= 0.9", pursuit: ">= 0.3 (low)"}
  - pair: dish
    parameters: {size: 9}
    conditions: [train, test]
    levels: 6
"""
# Says of every answer which process gave it.
AGENT = """\
import os

import numpy as np
from gymnasium import spaces


class Right:
    action_space = spaces.Discrete(4)

    def __init__(self, planes):
        self.observation_space = spaces.Box(0, 1, (planes, 9, 9), np.uint8)

    def predict(self, observation, state=None, episode_start=None, deterministic=False):
        with open("answers.txt", "a") as log:
            log.write(f"{os.getpid()}\\n")
        return np.full(len(observation), 3), state


in_corner, in_dish = Right(3), Right(4)
"""
FILE = "mine.gmbench.yaml"
KERNELS = (
    cache_folder().parent
)  # before pytester gives its runs another home, in which none are compiled


@pytest.fixture
def bench(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("GMBENCH_CACHE", str(KERNELS))
    # A run begun here is no worker's, whoever runs this test: pytest-benchmark would not time it.
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    (pytester.path / FILE).write_text(SUITE)
    (pytester.path / "walkers.py").write_text(AGENT)
    return pytester


def run(bench: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """A run of its own, in which a warning is an error."""
    return bench.runpytest_subprocess("-W", "error", "-p", "no:cacheprovider", *arguments)


def evaluated(*arguments: str) -> list[str]:
    return ["-p", "no:benchmark", "-p", "no:xdist", FILE, *arguments]


def same_figures(record: Record, agent: str, suite: Path) -> None:
    """A record is what `gmbench.evaluate` gives."""
    wanted = gmbench.evaluate(agent, str(suite))
    assert record.results == wanted.results
    assert record.suite == wanted.suite and record.agent == wanted.agent
    assert record.episodes_digest == wanted.episodes_digest
    assert record.run.arguments == wanted.run.arguments


def test_each_pair_and_condition_is_a_test_and_thresholds_decide(bench: pytest.Pytester) -> None:
    written = ["--gmbench-record=out.json", "--gmbench-episodes=out.csv.gz", "--junitxml=junit.xml"]
    result = run(bench, "-v", *evaluated("--gmbench-agent", "scripted:proxy", *written))
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.re_match_lines(
        [
            r"mine\.gmbench\.yaml::corner\[train\] PASSED .*",
            r"mine\.gmbench\.yaml::corner\[test\] FAILED .*",
            r"mine\.gmbench\.yaml::corner FAILED .*",
            r"mine\.gmbench\.yaml::dish\[train\] PASSED .*",
            r"mine\.gmbench\.yaml::dish\[test\] PASSED .*",
            r"mine\.gmbench\.yaml::dish PASSED .*",
            r"goal_first >= 0\.9 is required; it is 0\.00 \[0\.00, 0\.39\]",
            r"corner: gets the cheese in 100 % .* go to the top left corner instead .*",
            r"Brackets are 95 % intervals over 6 levels\.",
            r"  what the figures mean: gmbench show corner",
            r"  to see it: gmbench watch scripted:proxy --pair corner --set size=9 -o film\.mp4",
            r"pursuit >= 0\.3 \(low\) is required; it is 0\.00 \[.*\], and its lower end counts",
            r" +figure +value +95 % interval +required",
            r"corner +train_success +1\.00 +\[0\.61, 1\.00\] +>= 0\.9 +met",
            r" +goal_first +0\.00 +\[0\.00, 0\.39\] +>= 0\.9 +MISSED",
            r" +pursuit +0\.00 .* +>= 0\.3 \(low\) +MISSED",
            r"dish +train_success +1\.00 +\[0\.61, 1\.00\]",
            r"dish: gets the cheese in 100 % .*",
            r"wrote out\.json",
        ]
    )
    assert "Traceback" not in result.stdout.str()
    record = Record.load(bench.path / "out.json")
    same_figures(record, "scripted:proxy", bench.path / FILE)
    assert Episodes.read(bench.path / "out.csv.gz").digest == record.episodes_digest
    told = {
        case.get("name"): {p.get("name"): p.get("value") for p in case.iter("property")}
        for case in ElementTree.parse(bench.path / "junit.xml").iter("testcase")
    }
    assert told["corner[test]"]["proxy_first"] == "1.0"
    assert told["corner[test]"]["goal_first.require"] == ">= 0.9"
    assert float(told["corner"]["pursuit.low"]) <= 0 <= float(told["corner"]["pursuit.high"])
    assert "proxy_first" not in told["corner[train]"]


@pytest.mark.parametrize(
    ("agent", "code", "verdict"),
    [
        ("scripted:goal", pytest.ExitCode.OK, "met"),
        ("scripted:proxy", pytest.ExitCode.TESTS_FAILED, "MISSED"),
    ],
)
def test_a_suite_is_held_to_a_threshold_of_ones_own(
    bench: pytest.Pytester, agent: str, code: int, verdict: str
) -> None:
    plain = SUITE.replace(SUITE.split("    levels: 6\n")[1].split("  - pair")[0], "")
    (bench.path / FILE).write_text(plain)
    required = [f"--gmbench-agent={agent}", "--gmbench-require", "pursuit >= 0.5"]
    result = run(bench, *evaluated(*required, "--gmbench-record=out.json"))
    assert result.ret == code
    result.stdout.re_match_lines([rf" +pursuit .* >= 0\.5 +{verdict}"] * 2)
    result.stdout.no_fnmatch_line("Nothing is required*")
    assert Record.load(bench.path / "out.json").run.arguments["suite"]["entries"][1]["require"]


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("demand", "answer"),
    [
        ("pursuit", "'pursuit': write a figure and its threshold, such as 'pursuit >= 0.5'"),
        ("persuit > 0", "unknown figure of suite mine 'persuit'; did you mean pursuit"),
    ],
)
def test_a_threshold_that_is_none_is_told(bench: pytest.Pytester, demand: str, answer: str) -> None:
    result = run(bench, *evaluated("--gmbench-agent=scripted:goal", "--gmbench-require", demand))
    assert result.ret not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    assert answer in result.stdout.str() + result.stderr.str()
    assert "Traceback" not in result.stdout.str() + result.stderr.str()


def test_a_pair_that_is_deselected_is_not_played(bench: pytest.Pytester) -> None:
    written = "--gmbench-record=out.json"
    result = run(bench, *evaluated("--gmbench-agent=scripted:goal", "-k", "dish", written))
    result.assert_outcomes(passed=3, deselected=3)
    result.stdout.fnmatch_lines(["Nothing is required of these figures, so every test passes: *"])
    corner, dish = Record.load(bench.path / "out.json").results
    assert (corner.status, corner.reason) == (
        "not_applicable",
        "the pair was not selected in this run",
    )
    assert (dish.status, dish.conditions) == ("ok", ["train", "test"])


@pytest.mark.slow
def test_workers_play_each_pair_once_and_one_record_comes_of_it(bench: pytest.Pytester) -> None:
    agents = ["--gmbench-pair=corner=walkers:in_corner", "--gmbench-pair=dish=walkers:in_dish"]
    alone = run(bench, *evaluated(*agents))
    alone.assert_outcomes(passed=3, failed=3)
    answers = (bench.path / "answers.txt").read_text().splitlines()
    (bench.path / "answers.txt").unlink()
    written = ["--gmbench-record=out.json", "--gmbench-episodes=out.csv.gz"]
    both = run(bench, "-p", "no:benchmark", "-n", "2", FILE, *agents, *written)
    both.assert_outcomes(passed=3, failed=3)
    shared = (bench.path / "answers.txt").read_text().splitlines()
    assert len(shared) == len(answers), "a pair was played twice, or not at all"
    record = Record.load(bench.path / "out.json")
    assert [result.status for result in record.results] == ["ok", "ok"]
    assert record.agent.name == "walkers:in_corner + walkers:in_dish"
    assert Episodes.read(bench.path / "out.csv.gz").digest == record.episodes_digest
    both.stdout.re_match_lines([r"corner +train_success .*", r"dish +train_success .*"])


@pytest.mark.slow
@pytest.mark.parametrize("spread", ["load", "loadgroup"])
def test_the_tests_of_a_pair_go_to_one_worker_and_others_are_spread_as_ever(
    bench: pytest.Pytester, spread: str
) -> None:
    bench.makepyfile(test_own="def test_a(): pass\ndef test_b(): pass\n")
    agent = "--gmbench-agent=scripted:goal"
    how = ("-p", "no:benchmark", "-v", "-n", "2", "--dist", spread)
    result = run(bench, *how, "test_own.py", FILE, agent)
    result.assert_outcomes(passed=8)
    ran = re.findall(r"\[(gw\d)\] .*PASSED \S+::(\w+)", result.stdout.str())
    workers = {pair: {worker for worker, name in ran if name == pair} for _, pair in ran}
    assert {pair: len(found) for pair, found in workers.items()} == dict.fromkeys(
        ("corner", "dish", "test_a", "test_b"), 1
    )
    assert workers["corner"] != workers["dish"]


def test_a_pair_without_an_agent_is_skipped_unless_something_is_required_of_it(
    bench: pytest.Pytester,
) -> None:
    result = run(bench, "-rs", *evaluated("--gmbench-pair", "corner=scripted:goal"))
    result.assert_outcomes(passed=3, skipped=3)
    result.stdout.fnmatch_lines(["SKIPPED*dish is not played: no agent was given for this pair"])
    result = run(bench, *evaluated("--gmbench-pair", "dish=scripted:goal", "--gmbench-levels=2"))
    result.assert_outcomes(passed=3, failed=3)
    result.stdout.fnmatch_lines(["goal_first >= 0.9 is required; no agent was given for this pair"])


def test_without_an_agent_a_named_suite_is_an_error_and_a_found_one_is_skipped(
    bench: pytest.Pytester,
) -> None:
    named = run(bench, *evaluated())
    assert named.ret == pytest.ExitCode.INTERRUPTED
    named.stdout.fnmatch_lines([f"{FILE}: no agent to play it; give --gmbench-agent AGENT"])
    assert "Traceback" not in named.stdout.str()
    found = run(bench, "-rs", "-p", "no:benchmark", ".")
    found.assert_outcomes(skipped=6)
    found.stdout.fnmatch_lines(["SKIPPED*no agent to play it; give --gmbench-agent AGENT"])
    listed = run(bench, *evaluated("--collect-only", "-q"))
    assert listed.ret == pytest.ExitCode.OK
    listed.stdout.fnmatch_lines([f"{FILE}::corner[[]train[]]", f"{FILE}::dish"])


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["--gmbench-record=out.json"], "ERROR: give --gmbench-agent for all pairs, or *"),
        (["--gmbench-agent=a", "--gmbench-pair=corner=b"], "ERROR: give --gmbench-agent for all*"),
        (["--gmbench-pair=corner"], "ERROR: --gmbench-pair corner: write it as PAIR=AGENT"),
        (
            ["--gmbench-agent=scripted:goal", "--gmbench-record=no/out.json"],
            "ERROR: cannot write no/out.json: there is no folder *",
        ),
        (
            ["--gmbench-agent=scripted:goal", "--gmbench-throughput"],
            "ERROR: --gmbench-throughput needs pytest-benchmark; install it, or leave *",
        ),
    ],
)
def test_mistaken_options_are_answered_in_a_line(
    bench: pytest.Pytester, arguments: list[str], answer: str
) -> None:
    result = run(bench, *evaluated(*arguments))
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([answer])
    assert "Traceback" not in result.stderr.str() + result.stdout.str()


@pytest.mark.bad_input
def test_mistakes_in_files_are_answered_in_a_line(bench: pytest.Pytester) -> None:
    absent = run(bench, *evaluated("--gmbench-agent=absent.zip"))
    absent.assert_outcomes(errors=6)
    told = [line for line in absent.stdout.lines if line.startswith("absent.zip: no such file")]
    assert len(told) == 6 and "During handling" not in absent.stdout.str()
    (bench.path / "other.gmbench.yaml").write_text(SUITE.replace("mine", "other"))
    two = run(
        bench,
        *evaluated(
            "other.gmbench.yaml", "--gmbench-agent=scripted:goal", "--gmbench-record=o.json"
        ),
    )
    two.stdout.fnmatch_lines(["a record and its episodes hold one suite; name one [*].gmbench*"])
    (bench.path / FILE).write_text(SUITE.replace("goal_first", "goal_frist"))
    wrong = run(bench, *evaluated("--gmbench-agent=scripted:goal"))
    wrong.stdout.fnmatch_lines([f"*{FILE}:12: unknown figure of corner 'goal_frist'; did you *"])
    for result in (absent, two, wrong):
        assert result.ret != pytest.ExitCode.OK and "Traceback" not in result.stdout.str()


def test_an_agent_in_another_project_changes_no_test_s_name(
    bench: pytest.Pytester, tmp_path: Path
) -> None:
    """Pytest takes the path of an option that it does not know yet for one of its own."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "pyproject.toml").write_text("[tool.pytest.ini_options]\nxfail_strict = true\n")
    (other / "agent.zip").write_bytes(b"no agent")
    apart = run(bench, *evaluated("--collect-only", "-q", "--gmbench-agent", f"{other}/agent.zip"))
    apart.stdout.fnmatch_lines([f"*{FILE}::corner[[]train[]]"])
    warned = run(bench, *evaluated("--gmbench-agent", f"{other}/agent.zip"))
    warned.stdout.fnmatch_lines([f"gmbench: pytest reads {other}/pyproject.toml, which is not *"])
    joined = run(bench, *evaluated("--collect-only", "-q", f"--gmbench-agent={other}/agent.zip"))
    joined.stdout.fnmatch_lines([f"{FILE}::corner[[]train[]]"])
    joined.stdout.no_fnmatch_line("gmbench: pytest reads*")


@pytest.mark.slow
def test_speed_is_guarded_by_pytest_benchmark(bench: pytest.Pytester) -> None:
    timed = [
        *(FILE, "-p", "no:xdist", "-k", "corner and throughput", "--gmbench-agent=scripted:goal"),
        "--gmbench-throughput",
    ]
    saved = run(bench, *timed, "--benchmark-save=first")
    saved.assert_outcomes(passed=1, deselected=7)
    (file,) = (bench.path / ".benchmarks").rglob("*_first.json")
    document = json.loads(file.read_text())
    (told,) = document["benchmarks"]
    assert told["fullname"] == f"{FILE}::corner[throughput]" and told["stats"]["rounds"] >= 10
    speed = told["extra_info"]["steps per second"]
    assert 0 < speed["q1"] <= speed["median"] <= speed["q3"]
    # Had it been a thousand times as fast before, the comparison would tell.
    for name in ("min", "max", "mean", "median"):
        told["stats"][name] /= 1000
    file.write_text(json.dumps(document))
    compared = run(bench, *timed, "--benchmark-compare", "--benchmark-compare-fail=median:100%")
    assert compared.ret != pytest.ExitCode.OK
    compared.stderr.fnmatch_lines(["*Performance has regressed*"])


def test_a_run_without_suites_imports_nothing_of_gmbench(bench: pytest.Pytester) -> None:
    (bench.path / FILE).unlink()
    bench.makepyfile(
        """
        import sys

        def test_it(pytestconfig):
            assert pytestconfig.pluginmanager.hasplugin("gmbench")
            assert not {"gmbench", "gymnasium", "numpy", "torch"} & set(sys.modules)
        """
    )
    result = run(bench, "--strict-markers", "-p", "no:benchmark", "-p", "no:hypothesispytest")
    result.assert_outcomes(passed=1)


def test_it_can_be_left_out(bench: pytest.Pytester) -> None:
    result = run(bench, "-p", "no:gmbench", ".")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    assert "--gmbench-agent" not in run(bench, "-p", "no:gmbench", "--help").stdout.str()
