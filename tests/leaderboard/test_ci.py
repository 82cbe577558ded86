"""What CI does with a pull request, from real commits to the comment."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from made_boards import SLUG

from gmbench.cli import run
from gmbench.leaderboard.places import Places
from gmbench.leaderboard.told import Report, load_report

WHO = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
TABLE = "evaluations/seed-0.csv.gz"


class Pull:
    """A repository whose branch ``pull`` submits what a board holds."""

    def __init__(self, root: Path, board: Places) -> None:
        self.root, self.folder = root, root / "leaderboard/submissions" / SLUG
        self.git("init", "-q", "-b", "main", str(root))
        (root / "leaderboard").mkdir()
        (root / "leaderboard" / "README.md").write_text("a board\n")
        self.commit()
        self.git("checkout", "-q", "-b", "pull")
        shutil.copytree(board.submission(SLUG), self.folder)
        self.commit()

    def git(self, *arguments: str) -> None:
        self.root.mkdir(exist_ok=True)
        subprocess.run(["git", "-C", str(self.root), *WHO, *arguments], check=True)

    def commit(self) -> None:
        self.git("add", "-A", "-f")
        self.git("commit", "-q", "-m", "x")

    def judged(self, base: str = "main", head: str = "pull") -> tuple[int, Report]:
        self.git("checkout", "-q", base)  # as in CI: our code, and nothing of theirs
        told = self.root.parent / "report.json"
        revisions = ["--base", base, "--head", head, "--root", str(self.root), "--no-sandbox"]
        code = run(["leaderboard", "ci", *revisions, "-o", str(told)])
        return code, load_report(told)


@pytest.fixture
def pull(board: Places, tmp_path: Path) -> Pull:
    return Pull(tmp_path / "repository", board)


@pytest.mark.slow
def test_an_honest_submission_is_rerun(pull: Pull, capsys: pytest.CaptureFixture[str]) -> None:
    code, report = pull.judged()
    assert code == 0 and report.good
    (one,) = report.submissions
    assert one.slug == SLUG and not one.faults
    assert {(pair.status, pair.equal) for pair in one.pairs} == {("rerun", 1.0)}
    figures = {figure.figure: (figure.told, figure.found) for figure in one.pairs[0].figures}
    assert set(figures) == {"train_success", "effect"}
    assert all(told == found for told, found in figures.values())
    said = capsys.readouterr().out
    assert "**Good**: 1 submission," in said and "| rerun | 100.0% |" in said


@pytest.mark.bad_input
def test_one_changed_byte_of_the_episodes_is_named(
    pull: Pull, capsys: pytest.CaptureFixture[str]
) -> None:
    data = bytearray((pull.folder / TABLE).read_bytes())
    data[len(data) // 2] ^= 1
    (pull.folder / TABLE).write_bytes(bytes(data))
    pull.commit()
    code, report = pull.judged()
    assert code == 1 and not report.good
    (one,) = report.submissions
    assert one.faults and one.faults[0].startswith(TABLE) and not one.pairs
    assert "evaluations&#47;seed&#45;0&#46;csv&#46;gz" in capsys.readouterr().out


@pytest.mark.bad_input
def test_what_also_changes_other_files_is_refused_and_not_run(
    pull: Pull, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("an agent was run")

    monkeypatch.setattr("gmbench.leaderboard.ci.rerun", never)
    (pull.root / "setup.py").write_text("print('mine now')\n")
    pull.commit()
    code, report = pull.judged()
    assert code == 1 and report.mixed and report.others == ["setup.py"]
    assert {pair.status for pair in report.submissions[0].pairs} == {"recomputed"}
    assert "It also changes 1 other file." in capsys.readouterr().out


@pytest.mark.bad_input
def test_a_link_in_a_submission_is_a_fault(pull: Pull) -> None:
    (pull.folder / "recipe.yaml").unlink(missing_ok=True)
    (pull.folder / "recipe.yaml").symlink_to("/etc/passwd")
    pull.commit()
    code, report = pull.judged()
    assert code == 1
    assert "'recipe.yaml' is no plain file" in report.submissions[0].faults[0]


def test_taking_a_submission_away_is_good_and_to_be_looked_at(
    pull: Pull, capsys: pytest.CaptureFixture[str]
) -> None:
    code, report = pull.judged(base="pull", head="main")
    # Seen from their last common commit, main does nothing to the branch.
    assert (code, report.submissions) == (0, [])
    pull.git("checkout", "-q", "-b", "away", "pull")
    shutil.rmtree(pull.folder)
    pull.commit()
    code, report = pull.judged(base="pull", head="away")
    assert code == 0
    assert [(one.removed, one.known) for one in report.submissions] == [(True, True)]
    assert "on the board already" in capsys.readouterr().out


@pytest.mark.bad_input
def test_a_link_in_the_place_of_a_folder_is_a_fault(pull: Pull) -> None:
    shutil.rmtree(pull.folder)
    pull.folder.symlink_to("/etc")
    pull.commit()
    code, report = pull.judged()
    assert code == 1
    (one,) = report.submissions
    assert one.faults == ["is no folder; put the submission's files into a folder of that name"]
    assert not one.known


@pytest.mark.bad_input
def test_two_of_one_change_cannot_share_a_name(pull: Pull, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gmbench.leaderboard.ci.rerun", lambda *_, **__: [])
    shutil.copytree(pull.folder, pull.folder.with_name("twin"))
    pull.commit()
    code, report = pull.judged()
    assert code == 1
    far, twin = report.submissions
    assert far.faults == [] and "is another entry's" in twin.faults[0]


@pytest.mark.bad_input
def test_revisions_without_a_common_commit_are_refused_in_a_line(
    pull: Pull, capsys: pytest.CaptureFixture[str]
) -> None:
    pull.git("checkout", "-q", "--orphan", "alone")
    pull.commit()
    revisions = ["--base", "main", "--head", "alone", "--root", str(pull.root)]
    assert run(["leaderboard", "ci", *revisions]) == 2
    assert "have no commit in common; fetch the whole history" in capsys.readouterr().err


@pytest.mark.bad_input
def test_a_revision_that_is_not_there_is_refused_in_a_line(
    pull: Pull, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["leaderboard", "ci", "--base", "main", "--head", "absent", "--root", str(pull.root)]
    assert run(command) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("gmbench: there is no revision 'absent' here; fetch it")
