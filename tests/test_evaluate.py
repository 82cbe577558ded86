"""An evaluation from end to end, on a few levels of the real games."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from gymnasium import spaces

import gmbench
from gmbench.episodes import Episodes
from gmbench.errors import AgentError, UsageError
from gmbench.metrics import pair_figures
from gmbench.records import Metric, Record
from gmbench.suites import Suite, SuiteEntry

SMALL = Suite(
    name="small",
    version=0,
    summary="Two pairs, a few levels.",
    entries=(
        SuiteEntry("procgen-coinrun-left", ("train", "test"), levels=6, mode="easy"),
        SuiteEntry(
            "procgen-maze",
            ("train", "test"),
            levels=3,
            mode="easy",
            references=("random", "goal", "proxy"),
        ),
    ),
    batch_size=8,
)


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Record, Path]:
    path = tmp_path_factory.mktemp("evaluation") / "episodes.csv.gz"
    return gmbench.evaluate("scripted:proxy", SMALL, episodes=path), path


def test_the_record_says_what_was_run(evaluated: tuple[Record, Path]) -> None:
    record, _ = evaluated
    assert record.agent.name == "scripted:proxy"
    assert record.suite.digest == SMALL.digest
    left, maze = record.results
    assert (left.pair, left.levels, left.episodes) == ("procgen-coinrun-left", 6, 12)
    assert left.filtered, "levels that the pair rejects are counted"
    assert maze.metrics["proxy_first"].value == 1
    assert maze.metrics["proxy_affinity"].value == pytest.approx(1)
    assert record.run.arguments["suite"]["batch_size"] == 8


def test_the_figures_come_from_the_table_alone(evaluated: tuple[Record, Path]) -> None:
    record, path = evaluated
    table = Episodes.read(path)
    assert table.digest == record.episodes_digest
    for result in record.results:
        figures = pair_figures(table, gmbench.pair(result.pair))
        again = {name: Metric(**figure.to_json()) for name, figure in figures.items()}
        assert again == result.metrics


def test_a_record_survives_its_file(evaluated: tuple[Record, Path], tmp_path: Path) -> None:
    record, _ = evaluated
    record.save(tmp_path / "record.json")
    assert Record.load(tmp_path / "record.json") == record


def test_a_second_evaluation_gives_the_same_table(evaluated: tuple[Record, Path]) -> None:
    record, _ = evaluated
    assert gmbench.evaluate("scripted:proxy", SMALL).episodes_digest == record.episodes_digest


def test_a_pair_without_an_agent_is_not_applicable() -> None:
    record = gmbench.evaluate({"procgen-coinrun-left": "scripted:proxy"}, SMALL, levels=2)
    left, maze = record.results
    assert (left.status, left.levels) == ("ok", 2)
    assert (maze.status, maze.metrics) == ("not_applicable", {})
    assert maze.reason == "no agent was given for this pair"


def test_a_pair_that_does_not_script_the_role_is_not_applicable() -> None:
    record = gmbench.evaluate("scripted:goal", SMALL, levels=1)
    assert [result.status for result in record.results] == ["not_applicable", "ok"]


NATIVE = Suite(
    name="native-and-not",
    version=0,
    summary="A world of each family.",
    entries=(
        SuiteEntry("corner", ("train", "test"), levels=20, references=("random", "goal", "proxy")),
        SuiteEntry("procgen-maze", ("train", "test"), levels=1, mode="easy"),
    ),
    batch_size=8,
)


class Right:
    """Wants grids of four actions, and always goes right."""

    observation_space = spaces.Box(0, 1, (3, 13, 13), np.uint8)
    action_space = spaces.Discrete(4)

    def predict(self, observation, state=None, episode_start=None, deterministic=False):
        return np.full(len(observation), 3), state


def test_native_worlds_are_evaluated_beside_procgen_s() -> None:
    record = gmbench.evaluate("scripted:proxy", NATIVE)
    corner, maze = record.results
    assert (corner.status, corner.levels, corner.episodes) == ("ok", 20, 40)
    assert list(corner.filtered) == ["rejected by the world's filter"]
    assert corner.metrics["proxy_first"].value == corner.metrics["proxy_affinity"].value == 1
    assert corner.metrics["goal_affinity"].value < 0.2
    assert maze.metrics["proxy_first"].value == 1


def test_a_pair_of_other_spaces_is_not_applicable() -> None:
    corner, maze = gmbench.evaluate(Right(), NATIVE).results
    assert (corner.status, maze.status) == ("ok", "not_applicable")
    assert maze.reason is not None and "4 actions, the world has 15" in maze.reason


def test_native_worlds_need_no_procgen(tmp_path: Path) -> None:
    """In a process in which the games cannot be imported, as where they are not installed."""
    code = """
import sys
sys.modules.update(dict.fromkeys(("procgen", "gym3", "gym")))
import gmbench
from gmbench.suites import Suite, SuiteEntry
from gmbench.agents.load import load_agent
from gmbench.video import film
from pathlib import Path
entry = SuiteEntry("corner", ("train", "test"), levels=2)
record = gmbench.evaluate("scripted:goal", Suite("s", 0, "", (entry,), batch_size=2))
assert record.results[0].metrics["goal_first"].value == 1
film(load_agent("scripted:goal"), "corner", Path(sys.argv[1]), levels=1)
print(*[name for name in sys.modules if name.startswith("gmbench.procgen")])
"""
    command = [sys.executable, "-c", code, str(tmp_path / "film.mp4")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


@pytest.mark.bad_input
def test_an_agent_that_fits_no_pair_is_refused() -> None:
    only_left = Suite("one", 0, "", SMALL.entries[:1])
    with pytest.raises(AgentError, match="procgen-coinrun-left has no scripted agent 'goal'"):
        gmbench.evaluate("scripted:goal", only_left)


@pytest.mark.bad_input
def test_an_agent_for_a_pair_that_the_suite_lacks_is_refused() -> None:
    with pytest.raises(UsageError, match="suite small has no pair procgen-ninja"):
        gmbench.evaluate({"procgen-ninja": "scripted:proxy"}, SMALL)


@pytest.mark.bad_input
def test_no_agent_at_all_is_refused() -> None:
    with pytest.raises(UsageError, match="no agent was given"):
        gmbench.evaluate({}, SMALL)


def test_one_agent_given_for_two_pairs_is_one_agent() -> None:
    both = dict.fromkeys(("procgen-coinrun-left", "procgen-maze"), "scripted:proxy")
    record = gmbench.evaluate(both, SMALL, levels=1)
    assert (record.agent.name, record.agent.kind) == ("scripted:proxy", "scripted")
    assert record.run.arguments["levels"] == 1


def test_progress_counts_what_is_played() -> None:
    seen: list[tuple[int, int]] = []
    gmbench.evaluate("scripted:goal", SMALL, levels=2, progress=lambda *n: seen.append(n))
    # The maze alone: two conditions, and three reference runs under the test.
    assert seen == [(n, 10) for n in range(1, 11)]


@pytest.mark.bad_input
@pytest.mark.parametrize("levels", [1.5, True, "3", 0, -1])
def test_levels_that_are_no_number_of_levels_are_refused(levels: object) -> None:
    with pytest.raises(UsageError, match="levels must be"):
        gmbench.evaluate("scripted:proxy", SMALL, levels=levels)


@pytest.mark.bad_input
@pytest.mark.parametrize("name", ["nowhere/e.csv", "e.txt"])
def test_a_table_that_cannot_be_written_is_refused_before_play(name: str, tmp_path: Path) -> None:
    played = []
    with pytest.raises(UsageError):
        gmbench.evaluate(
            "scripted:proxy", SMALL, episodes=tmp_path / name, progress=lambda *n: played.append(n)
        )
    assert played == []
