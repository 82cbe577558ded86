"""The ranking: everybody is on it, in the right table, and equal input gives equal bytes."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from made_boards import REPOSITORY, SLUG, Mixtures, board_with_baselines, empty_board

import gmbench
from gmbench import registry
from gmbench.cli import run
from gmbench.errors import RecordError, UsageError
from gmbench.leaderboard.document import BoardTables, Ranking, Table, schema_text
from gmbench.leaderboard.places import Places, places
from gmbench.leaderboard.ranking import rank
from gmbench.leaderboard.sources import find_entry
from gmbench.leaderboard.spreadsheet import COLUMNS, to_csv
from gmbench.leaderboard.tracks import LADDER
from gmbench.leaderboard.verified import finding, write_findings
from gmbench.suites import load_suite


def tables(ranking: Ranking, track: str, suite: str = "native") -> BoardTables:
    return next(b for b in ranking.boards if (b.suite, b.track) == (suite, track))


def table(ranking: Ranking, pair: str, track: str = "open") -> Table:
    return next(one for one in tables(ranking, track).tables if one.pair == pair)


def test_every_baseline_and_the_scripted_agents_are_on_it(shipped_ranking: Ranking) -> None:
    known = {one.entry: one for one in shipped_ranking.entries}
    for path in (REPOSITORY / "baselines").glob("*/*.json"):
        found = json.loads(path.read_text())
        if found.get("sweep") and found["study"] is None:
            for cell in found["cells"]:
                entry = known[f"baselines:{cell['recipe']}"]
                (row,) = [row for row in entry.pairs if row.pair == cell["pair"]]
                assert cell["seed"] in [agent.seed for agent in row.agents]
    for role in ("goal", "proxy", "random"):
        rows = known[f"scripted:{role}"].pairs
        assert {row.pair for row in rows} == {e.pair for e in load_suite("native").entries}
    assert known["baselines:ppo-blind"].role == "floor"
    assert known["baselines:ppo-alpha-1"].role == "ceiling"


def test_every_path_it_tells_is_there(shipped_ranking: Ranking) -> None:
    for entry in shipped_ranking.entries:
        for row in entry.pairs:
            paths = [row.recipe, *(one.file for one in row.earned)]
            for agent in row.agents:
                paths += [agent.record, agent.episodes, agent.curve]
                paths += [] if agent.agent.startswith("scripted:") else [agent.agent]
            for path in paths:
                assert path is None or (REPOSITORY / path).is_file(), path


def test_floor_ceiling_and_oracles_frame_the_tables(shipped_ranking: Ranking) -> None:
    for board in shipped_ranking.boards:
        for one in board.tables:
            frames = {line.entry: line for line in one.frames}
            assert not frames.keys() & {line.entry for line in (*one.ranked, *one.unranked)}
            if board.suite == "native":
                assert frames["scripted:goal"].score == 1
    corner = {line.entry: line.role for line in table(shipped_ranking, "corner").frames}
    assert corner["baselines:ppo-blind"] == "floor"
    assert corner["baselines:ppo-alpha-1"] == "ceiling"


def test_who_does_not_know_how_is_listed_without_a_rank(shipped_ranking: Ranking) -> None:
    for board in shipped_ranking.boards:
        for one in board.tables:
            assert one.ranks == registry.pair(str(one.pair)).ranks
            for line in one.ranked:
                assert line.train_success is not None and line.train_success >= 0.8
                assert line.rank_low <= line.rank <= line.rank_high
            for line in one.unranked:
                assert line.reason == "no score" or "under 0.8" in line.why


def test_what_is_claimed_and_not_earned_stands_in_open(shipped_ranking: Ranking) -> None:
    known = {one.entry: one for one in shipped_ranking.entries}
    for board in shipped_ranking.boards:
        for one in board.tables:
            for line in (*one.ranked, *one.unranked):
                entry = known[line.entry]
                if board.track == "open":
                    assert line.claimed == (None if entry.claims == "open" else entry.claims)
                else:
                    assert (line.status, line.claimed) == ("retrained", None)
                    assert line.seeds >= 5 and entry.claims == board.track


def test_retrained_with_five_seeds_stands_in_its_track(tmp_path: Path) -> None:
    board = board_with_baselines(tmp_path / "five")
    earn(board, LADDER[1:])
    (line,) = table(rank(board), "corner", "alpha-0").ranked
    assert (line.entry, line.seeds, line.claimed) == ("baselines:ppo-alpha-0", 5, None)
    assert table(rank(board), "corner", "open").ranked == []
    agent = next((tmp_path / "five").glob("baselines/corner/cells/*/agent.zip"))
    agent.write_bytes(agent.read_bytes() + b"\n")
    (line,) = table(rank(board), "corner", "open").ranked
    assert (line.status, line.claimed) == ("self-reported", "alpha-0")


def test_four_seeds_or_one_step_less_do_not_stand_in_the_track(tmp_path: Path) -> None:
    four = board_with_baselines(tmp_path / "four", seeds=4)
    earn(four, LADDER[1:])
    assert table(rank(four), "corner", "open").ranked[0].claimed == "alpha-0"
    five = board_with_baselines(tmp_path / "five")
    earn(five, LADDER[1:-1])
    (line,) = table(rank(five), "corner", "open").ranked
    assert (line.status, line.claimed) == ("held-out", "alpha-0")


def earn(board: Places, statuses: tuple[str, ...]) -> None:
    entry = find_entry(board, "baselines:ppo-alpha-0")
    content = entry.contents["corner"]
    found = [finding(status, "corner", content) for status in statuses]  # type: ignore[arg-type]
    write_findings(board.verified, entry.entry, found)


def test_a_method_s_seeds_are_one_entry_with_their_spread(shipped_ranking: Ranking) -> None:
    (entry,) = [e for e in shipped_ranking.entries if e.entry == "baselines:ppo-alpha-0.1"]
    (row,) = [row for row in entry.pairs if row.pair == "corner"]
    spread = row.across["pursuit"]
    values = [agent.metrics["pursuit"].value for agent in row.agents]
    assert spread.values == values and len(values) >= 5
    assert (spread.smallest, spread.largest) == (min(values), max(values))
    assert row.score == pytest.approx(spread.middle, abs=2e-6)
    assert (spread.low is None) == (len(values) < 10)


def test_only_who_plays_every_ranked_pair_has_an_overall_rank(tmp_path: Path) -> None:
    board = empty_board(tmp_path)
    pairs = [entry.pair for entry in load_suite("native").entries]
    generator = np.random.default_rng(0)
    Mixtures(pairs, 6).write(board, "whole", 2, generator)
    Mixtures(pairs, 6, seed=1).write(board, "other", 1, generator)
    Mixtures(pairs[:9], 2).write(board, "nine", 1, generator)
    overall = tables(rank(board), "open").overall
    assert sorted(line.entry for line in overall.ranked) == ["other", "whole"]
    assert [line.seeds for line in overall.ranked if line.entry == "whole"] == [2]
    (left_out,) = overall.unranked
    assert (left_out.entry, left_out.reason) == ("nine", "missing pairs")
    assert "9 of 10" in left_out.why


def test_equal_input_gives_equal_bytes_and_reads_back(board: Places) -> None:
    one, two = rank(board), rank(places(board.root))
    assert one.to_json() == two.to_json() and to_csv(one) == to_csv(two)
    asked = ["leaderboard", "rank", "--root", str(board.root)]
    assert run(asked) == 0
    path = board.leaderboard / "ranking.json"
    assert path.read_text() == one.to_json() and Ranking.load(path) == one
    assert (board.leaderboard / "ranking.csv").read_text() == to_csv(one)


def test_the_ranking_in_the_repository_is_of_what_the_repository_holds(
    shipped_ranking: Ranking,
) -> None:
    folder = REPOSITORY / "leaderboard"
    how = "run gmbench leaderboard rank"
    assert (folder / "ranking.json").read_text() == shipped_ranking.to_json(), how
    assert (folder / "ranking.csv").read_text() == to_csv(shipped_ranking), how


def test_its_schema_is_checked_in_and_printed(capsys: pytest.CaptureFixture[str]) -> None:
    checked_in = Path(gmbench.__file__).parent / "data" / "ranking.schema.json"
    assert checked_in.read_text() == schema_text(), "write `gmbench schema ranking` to this file"
    assert run(["leaderboard", "rank", "--schema"]) == 0
    assert run(["schema", "ranking"]) == 0
    assert capsys.readouterr().out == schema_text() * 2


def test_the_csv_has_a_line_for_every_line_and_runs_no_formula(board: Places) -> None:
    ranking = rank(board)
    odd = ranking.entries[0].model_copy(update={"name": "=1+1"})
    odd_ranking = ranking.model_copy(update={"entries": [odd, *ranking.entries[1:]]})
    rows = list(csv.DictReader(io.StringIO(to_csv(odd_ranking))))
    assert tuple(rows[0]) == COLUMNS
    lines = sum(
        len(t.ranked) + len(t.unranked) + len(t.frames)
        for b in ranking.boards
        for t in (*b.tables, b.overall)
    )
    assert len(rows) == lines
    assert {row["name"] for row in rows if row["entry"] == SLUG} == {"'=1+1"}


@pytest.mark.bad_input
def test_a_submission_that_cannot_be_read_is_named(board: Places, folder: Path) -> None:
    (folder / "submission.yaml").write_text("name: [")
    with pytest.raises(UsageError, match=f"^{SLUG}: .*leaderboard check {SLUG}"):
        rank(board)


@pytest.mark.bad_input
def test_where_there_is_no_board_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["leaderboard", "rank", "--root", str(tmp_path)]) == 2
    assert "has no folder leaderboard" in capsys.readouterr().err
    (tmp_path / "ranking.json").write_text("{}")
    with pytest.raises(RecordError, match="settings: Field required"):
        Ranking.load(tmp_path / "ranking.json")


def test_neither_the_order_of_files_nor_of_hashes_changes_a_byte(tmp_path: Path) -> None:
    pairs, found = ["corner", "gems", "monsters"], []
    slugs = ["a-one", "b-two", "c-three", "d-four"]
    for hashes, order in (("1", slugs), ("2", slugs[::-1])):
        board = empty_board(tmp_path / hashes)
        for slug in order:  # folders list their files as they were made, or otherwise
            made = Mixtures(pairs, 3, seed=slugs.index(slug))
            made.write(board, slug, 2, np.random.default_rng(slugs.index(slug)))
        command = [sys.executable, "-m", "gmbench", "leaderboard", "rank", "--root"]
        hashed = {**os.environ, "PYTHONHASHSEED": hashes}
        subprocess.run([*command, str(board.root)], env=hashed, check=True, capture_output=True)
        names = ("ranking.json", "ranking.csv")
        found.append([(board.leaderboard / name).read_bytes() for name in names])
    assert found[0] == found[1] and all(found[0])


@pytest.mark.bad_input
def test_who_played_other_levels_is_named_and_nobody_else(tmp_path: Path) -> None:
    board = board_with_baselines(tmp_path, seeds=1)
    made = Mixtures(["corner"], 1)
    made.tables = [
        gzip.compress(gzip.decompress(made.tables[0]).replace(b",10737", b",10738"), mtime=0)
    ]
    made.write(board, "a-first", 1, np.random.default_rng(0))
    with pytest.raises(RecordError, match="^a-first: did not play the levels of corner"):
        rank(board)
