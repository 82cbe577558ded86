"""`add` makes a whole submission or nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from made_boards import CORNER, SLUG, cells, empty_board, submission

from gmbench.cli import run
from gmbench.errors import UsageError
from gmbench.leaderboard.adding import Source, add, cells_of
from gmbench.leaderboard.check import check_submission
from gmbench.leaderboard.places import Places
from gmbench.records import Record
from gmbench.suites import load_suite

ASKED = ["--name", "Far PPO", "--author", "A. Name", "--algorithm", "PPO", "--licence", "MIT"]


def test_cells_become_one_record_a_seed_of_the_whole_suite(made: Places) -> None:
    folder = made.submissions / SLUG
    record = Record.load(folder / "evaluations" / "seed-1.json")
    assert record.suite.digest == load_suite("native").digest
    assert [r.pair for r in record.results if r.status == "ok"] == ["corner"]
    (cell,) = [cell for cell in cells("ppo-alpha-0", 2) if "seed-1" in cell.name]
    assert record.results[1].metrics == Record.load(cell / "record.json").results[0].metrics
    assert sorted(path.name for path in made.submissions.iterdir()) == [SLUG]


@pytest.mark.slow
def test_an_agent_s_file_is_evaluated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    board = empty_board(tmp_path / "root")
    (cell,) = cells("ppo-alpha-0", 1)
    chosen = ["--pair", f"corner:7={cell / 'agent.zip'}", "--root", str(board.root)]
    assert run(["leaderboard", "add", "far", *ASKED, *chosen]) == 0
    assert check_submission(board.submissions / "far") == []
    assert (board.submissions / "far" / "agents" / "corner" / "seed-7.zip").is_file()


@pytest.mark.bad_input
def test_a_submission_that_exists_is_replaced_only_by_force(board: Places) -> None:
    folder = board.submissions / SLUG
    agents = {("corner", seed): folder / f"agents/corner/seed-{seed}.zip" for seed in (0, 1)}
    source = Source(agents, _parts(folder))
    with pytest.raises(UsageError, match="--force"):
        add(board, SLUG, submission(), source)
    copied = {key: _copy(path, board.root / f"{key[1]}.zip") for key, path in agents.items()}
    add(board, SLUG, submission("Renamed"), replace(source, agents=copied), force=True)
    assert "name: Renamed" in (folder / "submission.yaml").read_text()
    assert check_submission(folder) == []
    assert [path.name for path in board.submissions.iterdir()] == [SLUG]


@pytest.mark.bad_input
def test_nothing_is_left_where_something_is_wrong(board: Places) -> None:
    folder = board.submissions / SLUG
    bad = board.root / "bad.zip"
    bad.write_bytes(b"no agent")
    good = folder / "agents/corner/seed-0.zip"
    parts = {("corner", 0): _parts(folder)["corner", 0]}
    for name, one, source, says in (
        ("other", submission(), Source({("corner", 0): bad}, parts), "is another than the file"),
        ("other", submission(), Source({("corner", 0): bad}), "bad.zip|zip"),
        ("other", submission(), Source({("corner", 0): board.root / "no.zip"}), "no such file"),
        ("other", submission("x\u202ey"), Source({("corner", 0): good}, parts), "printable text"),
        ("other", submission(), Source({("maze", 0): good}), "has no pair"),
        ("../out", submission(), Source({("corner", 0): good}, parts), "slug"),
    ):
        with pytest.raises(UsageError, match=says):
            add(board, name, one, source)
        assert [path.name for path in board.submissions.iterdir()] == [SLUG]


@pytest.mark.bad_input
def test_cells_of_two_recipes_are_not_mixed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="choose one recipe by --label"):
        cells_of([CORNER])
    with pytest.raises(UsageError, match="holds no finished cells"):
        cells_of([tmp_path])
    with pytest.raises(UsageError, match="whose name begins with 'dqn'"):
        cells_of([CORNER], "dqn")


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([], "give agents by --pair"),
        (["--pair", "corner=a.zip"], "PAIR:SEED=FILE"),
        (["--pair", "corner:0=a.zip", "--pair", "corner:0=b.zip"], "given twice"),
        (["--pair", "corner:0=a.zip", "--label", "x"], "--label chooses"),
        (["--pair", "corner:0=a.zip", "--track", "alpha-2"], "--track must be one of"),
    ],
)
def test_odd_options_are_refused(
    board: Places, options: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["leaderboard", "add", "far", *ASKED, *options, "--root", str(board.root)])
    assert code == 2 and says in capsys.readouterr().err


def _parts(folder: Path):
    from gmbench.episodes import Episodes

    return {
        ("corner", seed): (
            Record.load(folder / f"evaluations/seed-{seed}.json"),
            Episodes.read(folder / f"evaluations/seed-{seed}.csv.gz"),
        )
        for seed in (0, 1)
    }


def _copy(path: Path, target: Path) -> Path:
    target.write_bytes(path.read_bytes())
    return target


def test_help_shows_how(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["leaderboard", "--help"]) == 0
    listed = capsys.readouterr().out
    assert all(command in listed for command in ("add", "check", "verify", "rank"))
    assert run(["leaderboard", "add", "--help"]) == 0
    assert "--pair corner:0=a.zip" in " ".join(capsys.readouterr().out.replace("│", " ").split())
