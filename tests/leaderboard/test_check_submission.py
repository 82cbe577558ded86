"""`check` names every fault of a submission, whatever somebody put into it."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
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
    assert capsys.readouterr().out == "1 submission is good\n"
    for way in (SLUG, f"{SLUG}/", str(folder), f"{folder}/"):
        assert run(["leaderboard", "check", way, "--root", str(board.root)]) == 0


@pytest.mark.bad_input
def test_a_folder_elsewhere_is_not_mistaken_for_the_board_s(
    board: Places, tmp_path: Path, capsys: Output
) -> None:
    other = tmp_path / SLUG
    other.mkdir()
    assert run(["leaderboard", "check", str(other), "--root", str(board.root)]) == 2
    assert "does not lie in" in capsys.readouterr().err


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
        (lambda row, at: replace(row, level=5) if at == 5 else row, "level 5 is a training level"),
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
    assert told(folder) == [f"'{FILE}': is a link; put the file itself there"]


@pytest.mark.bad_input
def test_too_much_is_refused(folder: Path) -> None:
    with (folder / AGENT).open("r+b") as stream:
        stream.truncate(30_000_000)
    (found,) = told(folder)
    assert found.startswith("holds 30.") and "20 MB are allowed; send fewer" in found


@pytest.mark.bad_input
def test_a_flood_of_files_is_one_fault(folder: Path, capsys: Output) -> None:
    for number in range(2_001):
        (folder / f"f{number}").touch()
    assert told(folder) == ["holds more than 2000 files; remove some"]
    assert run(["leaderboard", "check", SLUG, "--root", str(folder.parents[2])]) == 1
    assert capsys.readouterr().out.startswith(f"{SLUG}: holds more than")


@pytest.mark.bad_input
def test_what_is_odd_is_not_missing_as_well(folder: Path, tmp_path: Path) -> None:
    (folder / AGENT).unlink()
    (folder / AGENT).symlink_to("/etc/passwd")
    (folder / "evaluations").rename(tmp_path / "evaluations")
    (folder / "evaluations").symlink_to(tmp_path / "evaluations")
    (folder / "a" / "b" / "c" / "d").mkdir(parents=True)
    assert told(folder) == [
        "'a/b/c/d': is a folder deeper than 4; remove it",
        f"'{AGENT}': is a link; put the file itself there",
        "'evaluations': is a link; put the file itself there",
    ]


@pytest.mark.bad_input
def test_a_table_that_unpacks_to_a_mountain_is_not_unpacked(folder: Path) -> None:
    (folder / TABLE).write_bytes(gzip.compress(b"0" * 50_000_000, 9))
    assert any("unpacks to more than" in line for line in told(folder))


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": "quick"}, "is of suite 'quick'"),
        ({"name": "<b>" * 2_000}, "is of suite '<b><b>"),
        ({"version": 7}, "version 7"),
        ({"digest": "0" * 64}, "digest 000000000000; evaluate on native"),
    ],
)
def test_a_record_of_another_suite_is_named(
    folder: Path, change: dict[str, object], says: str, capsys: Output
) -> None:
    record = Record.load(folder / RECORD)
    suite = record.suite.model_copy(update=change)
    record.model_copy(update={"suite": suite}).save(folder / RECORD)
    found = told(folder)[0]
    assert found.startswith(f"{RECORD}: is of suite") and says in found
    # What `check` calls good is written down, and ranked.
    command = ["leaderboard", "check", SLUG, "--write", "--root", str(folder.parents[2])]
    assert run(command) == 1 and capsys.readouterr().err == ""


@pytest.mark.bad_input
def test_a_record_of_another_protocol_is_named(folder: Path) -> None:
    record = Record.load(folder / RECORD)
    record.model_copy(update={"protocol": "degrade"}).save(folder / RECORD)
    assert told(folder) == [
        f"{RECORD}: was played by the protocol 'degrade'; evaluate on native with its own, transfer"
    ]


@pytest.mark.bad_input
def test_a_record_that_is_none_is_named_with_a_mend(folder: Path) -> None:
    record = json.loads((folder / RECORD).read_text())
    record["results"][1]["metrics"]["pursuit"]["value"] = 0.9
    for broken in (json.dumps(record), "[" * 100_000, "{}"):
        (folder / RECORD).write_text(broken)
        (found,) = told(folder)
        assert found.startswith(f"{RECORD}: ") and found.endswith("gmbench eval"), found


@pytest.mark.bad_input
def test_normalization_that_the_record_does_not_know_is_named(folder: Path) -> None:
    path = folder / "agents/corner/seed-0.normalization.npz"
    path.write_bytes(b"x")
    (found,) = told(folder)
    assert found.startswith("agents/corner/seed-0.normalization.npz: holds no normalization; ")
    arrays = {"mean": np.zeros(3), "var": np.ones(3), "epsilon": 1e-8, "clip_obs": 10.0}
    with path.open("wb") as stream:
        np.savez(stream, **arrays, norm_obs=True)
    (found,) = told(folder)
    assert found.startswith(f"{RECORD}: the normalization of corner is another than the file")


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
