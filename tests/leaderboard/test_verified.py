"""What an entry has earned is of its files as they are, step by step."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_boards import SLUG

from gmbench.cli import run
from gmbench.errors import RecordError, SubmissionError
from gmbench.leaderboard.places import Places
from gmbench.leaderboard.sources import find_entry
from gmbench.leaderboard.tracks import LADDER
from gmbench.leaderboard.verified import (
    finding,
    findings_file,
    read_findings,
    status_of,
    write_findings,
)
from gmbench.leaderboard.verify import recomputed, write

CONTENT = "a" * 64


def test_the_ladder_is_climbed_step_by_step() -> None:
    every = [finding(status, "corner", CONTENT) for status in LADDER[1:]]
    for steps, status in enumerate(LADDER):
        assert status_of(every[:steps], "corner", CONTENT) == status
    without = [one for one in every if one.status != "rerun"]
    assert status_of(without, "corner", CONTENT) == "recomputed"
    assert status_of(every, "dish", CONTENT) == "self-reported"
    assert status_of(every, "corner", "b" * 64) == "self-reported"


def test_what_failed_earns_nothing() -> None:
    found = [
        finding("recomputed", "corner", CONTENT),
        finding("rerun", "corner", CONTENT, why="no"),
    ]
    assert not found[1].passed
    assert status_of(found, "corner", CONTENT) == "recomputed"


def test_findings_are_kept_beside_each_other_and_replaced_by_newer_ones(tmp_path: Path) -> None:
    write_findings(tmp_path, "baselines:x", [finding("rerun", "corner", CONTENT, why="no")])
    path = write_findings(
        tmp_path,
        "baselines:x",
        [finding("recomputed", "dish", CONTENT), finding("rerun", "corner", CONTENT)],
    )
    assert path.name == "baselines.x.json"
    kept = read_findings(tmp_path, "baselines:x")
    assert [(f.pair, f.status, f.passed) for f in kept] == [
        ("corner", "rerun", True),
        ("dish", "recomputed", True),
    ]


def test_check_writes_recomputed_only_where_it_is_asked_to(board: Places) -> None:
    asked = ["leaderboard", "check", SLUG, "--root", str(board.root)]
    assert run(asked) == 0
    assert find_entry(board, SLUG).status() == "self-reported"
    assert run([*asked, "--write"]) == 0
    assert find_entry(board, SLUG).status() == "recomputed"


def test_a_submission_that_changed_has_lost_what_it_had_earned(board: Places, folder: Path) -> None:
    entry = find_entry(board, SLUG)
    write(board, entry, recomputed(board, entry))
    for name in ("submission.yaml", "agents/corner/seed-1.zip", "corner.yaml"):
        before = (folder / name).read_bytes()
        assert find_entry(board, SLUG).status() == "recomputed"
        (folder / name).write_bytes(before + b"\n")
        assert find_entry(board, SLUG).status() == "self-reported"
        (folder / name).write_bytes(before)


@pytest.mark.bad_input
def test_nothing_is_written_of_what_has_changed_meanwhile(board: Places, folder: Path) -> None:
    entry = find_entry(board, SLUG)
    found = recomputed(board, entry)
    (folder / "corner.yaml").write_text((folder / "corner.yaml").read_text() + "\n")
    with pytest.raises(SubmissionError, match="changed while it was verified"):
        write(board, entry, found)
    (folder / "agents/corner/seed-1.zip").write_bytes(b"other")
    with pytest.raises(SubmissionError, match="is another than the file"):
        recomputed(board, find_entry(board, SLUG))


@pytest.mark.bad_input
def test_a_damaged_file_or_another_entry_s_is_refused(tmp_path: Path) -> None:
    path = findings_file(tmp_path, "far-ppo")
    path.write_text("{")
    with pytest.raises(RecordError, match="not JSON"):
        read_findings(tmp_path, "far-ppo")
    write_findings(tmp_path, "other", [])
    findings_file(tmp_path, "other").rename(path)
    with pytest.raises(RecordError, match="is of other"):
        read_findings(tmp_path, "far-ppo")
