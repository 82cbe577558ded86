"""`check` names every fault of a submission, whatever somebody put into it."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import pytest
from made_boards import SLUG, forged

from gmbench.cli import run
from gmbench.episodes import Episodes
from gmbench.leaderboard.check import check_submission
from gmbench.leaderboard.places import Places
from gmbench.leaderboard.submission import FILE
from gmbench.records import Record

TABLE = "evaluations/seed-0.csv.gz"
RECORD = "evaluations/seed-0.json"
AGENT = "agents/corner/seed-0.zip"

Output = pytest.CaptureFixture[str]


def told(folder: Path) -> list[str]:
    return [str(fault) for fault in check_submission(folder)]


def test_a_submission_that_add_made_is_good(folder: Path, board: Places, capsys: Output) -> None:
    assert told(folder) == []
    assert run(["leaderboard", "check", "--root", str(board.root)]) == 0
    assert "1 submission is good" in capsys.readouterr().out


@pytest.mark.bad_input
def test_one_byte_of_the_episodes_changed_is_named(folder: Path, capsys: Output) -> None:
    text = gzip.decompress((folder / TABLE).read_bytes()).decode()
    at = text.index(",proxy_first,") - 1  # the last digit of an episode's place
    changed = text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1 :]
    (folder / TABLE).write_bytes(gzip.compress(changed.encode()))
    found = told(folder)
    assert any(line.startswith(f"{TABLE}: the digest is") for line in found), found
    root = str(folder.parents[2])
    assert run(["leaderboard", "check", SLUG, "--root", root]) == 1
    out = capsys.readouterr().out
    assert f"{SLUG}/{TABLE}: the digest is" in out and "gmbench eval" in out


@pytest.mark.bad_input
def test_a_byte_of_the_packed_table_changed_is_named(folder: Path) -> None:
    data = bytearray((folder / TABLE).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / TABLE).write_bytes(bytes(data))
    found = told(folder)
    assert found and all(line.startswith(TABLE) for line in found), found


@pytest.mark.bad_input
def test_an_outcome_that_was_made_up_is_named_with_the_figures_it_changes(folder: Path) -> None:
    rows = list(Episodes.read(folder / TABLE))
    at = next(i for i, row in enumerate(rows) if row.outcome == "proxy_first" and not row.group)
    rows[at] = replace(rows[at], outcome="goal_first")
    forged(folder, 0, rows)
    found = told(folder)
    assert any("corner: goal_first says value" in line for line in found), found
    assert all("the episodes give" in line for line in found), found


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda row, at: None if at == 5 else row, "is missing under"),
        (lambda row, at: replace(row, level=5) if at == 5 else row, "training levels"),
        (
            lambda row, at: replace(row, level=2**31 - 2) if at == 5 else row,
            "is not one of the suite's",
        ),
        (lambda row, at: replace(row, group="me") if at == 5 else row, "the suite plays nothing"),
        (lambda row, at: None if row.condition == "no-goal" else row, "nothing was played under"),
    ],
)
def test_every_level_must_be_there_once(folder: Path, change, says: str) -> None:
    rows = [change(row, at) for at, row in enumerate(Episodes.read(folder / TABLE))]
    forged(folder, 0, [row for row in rows if row is not None])
    assert any(says in line for line in told(folder)), told(folder)


@pytest.mark.bad_input
def test_what_does_not_belong_there_is_named_all_at_once(folder: Path) -> None:
    (folder / "setup.py").write_text("import os")
    (folder / "link.txt").symlink_to("/etc/passwd")
    (folder / AGENT).write_bytes(b"another agent")
    (folder / "agents" / "corner" / "seed-1.zip").unlink()
    found = told(folder)
    assert any("'setup.py': is not expected" in line for line in found)
    assert any("'link.txt': is a link" in line for line in found)
    assert any("seed-1.zip: is missing" in line for line in found)
    assert all("; " in line for line in found), "each says how to mend it"


@pytest.mark.bad_input
def test_another_agent_than_the_record_s_is_named(folder: Path) -> None:
    (folder / AGENT).write_bytes(b"another agent")
    (found,) = told(folder)
    assert found.startswith(f"{RECORD}: the agent of corner is another")


@pytest.mark.bad_input
def test_a_link_in_the_place_of_a_file_is_never_followed(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("name: SECRET\n")
    (folder / FILE).unlink()
    (folder / FILE).symlink_to(secret)
    found = told(folder)
    assert any("is a link" in line for line in found)
    assert not any("SECRET" in line for line in found)


@pytest.mark.bad_input
def test_too_much_is_refused(folder: Path) -> None:
    with (folder / AGENT).open("r+b") as stream:
        stream.truncate(30_000_000)
    assert any("20 MB are allowed" in line for line in told(folder))


@pytest.mark.bad_input
def test_a_table_that_unpacks_to_a_mountain_is_not_unpacked(folder: Path) -> None:
    (folder / TABLE).write_bytes(gzip.compress(b"0" * 50_000_000, 9))
    assert any("unpacks to more than" in line for line in told(folder))


@pytest.mark.bad_input
def test_words_in_a_record_cannot_fool_a_reader(folder: Path) -> None:
    path = folder / RECORD
    record = Record.load(path)
    odd = record.hardware.model_copy(update={"cpu": "fast\u202etsaf"})
    record.model_copy(update={"hardware": odd}).save(path)
    assert any("RIGHT-TO-LEFT" in line for line in told(folder))


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("alpha: 0.0", "alpha: 0.5", "does not keep to the track alpha-0"),
        ("pair: corner", "pair: dish", "trains dish, it is given for corner"),
        ("steps: 1_000_000", "steps: lots", "steps"),
    ],
)
def test_a_recipe_must_be_of_its_pair_and_its_track(
    folder: Path, old: str, new: str, says: str
) -> None:
    path = folder / "corner.yaml"
    path.write_text(path.read_text().replace(old, new))
    (found,) = told(folder)
    assert found.startswith("corner.yaml") and says in found


@pytest.mark.bad_input
def test_a_name_that_another_has_and_a_slug_that_is_none_are_named(folder: Path) -> None:
    odd = folder.rename(folder.with_name("Far PPO"))
    (slug,) = told(odd)
    assert "is no slug" in slug
    assert any("another entry's" in str(f) for f in check_submission(odd, ["far-SIGHTED ppo"]))


@pytest.mark.bad_input
def test_garbage_in_every_file_is_one_line_each_and_no_traceback(folder: Path) -> None:
    for name in (TABLE, RECORD, "evaluations/seed-1.csv.gz", "corner.yaml"):
        (folder / name).write_bytes(b"\x00\xff" * 100)
    found = told(folder)
    assert found and not any("\n" in line or "\x00" in line for line in found)
