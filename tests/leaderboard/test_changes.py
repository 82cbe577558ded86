"""What a change touches, read from real repositories."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gmbench.errors import SubmissionError, UsageError
from gmbench.leaderboard.changes import changes, commit, extract

FAR = "leaderboard/submissions/far/submission.yaml"
WHO = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")


class Repository:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.git("init", "-q", "-b", "main")
        self.commit({"README.md": "one"})

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.root), *WHO, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self, files: dict[str, str]) -> str:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "x")
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    (tmp_path / "r").mkdir()
    return Repository(tmp_path / "r")


def test_submissions_are_told_from_everything_else(repository: Repository) -> None:
    base = repository.git("rev-parse", "HEAD")
    repository.git("checkout", "-q", "-b", "pull")
    odd = 'leaderboard/submissions/o d"d/a'
    files = {FAR: "x", odd: "y", "gmbench/x.py": ""}
    files |= {f"leaderboard/submissions/{name}": "" for name in ("README", ".gitkeep")}
    head = repository.commit(files)
    # What main does meanwhile is not the pull request's.
    repository.git("checkout", "-q", "main")
    repository.commit({"main.txt": "m"})
    found = changes(repository.root, "main", "pull")
    assert found.slugs == ("README", "far", 'o d"d')  # no folder, which `extract` says
    assert found.others == ("gmbench/x.py", "leaderboard/submissions/.gitkeep")
    assert found.head == head and found.base != base and found.start == base
    nothing = changes(repository.root, "pull", "pull")
    assert nothing.slugs == nothing.others == ()


def test_a_renamed_file_counts_where_it_was_and_where_it_is(repository: Repository) -> None:
    base = repository.commit({FAR: "a text of some length, to be found again"})
    repository.git("mv", "leaderboard/submissions/far", "leaderboard/submissions/farther")
    assert changes(repository.root, base, repository.commit({})).slugs == ("far", "farther")


def test_a_submission_is_written_as_it_is_in_the_commit(
    repository: Repository, tmp_path: Path
) -> None:
    attributes = "* export-ignore\nsubmission.yaml text eol=crlf ident\n"
    folder = "leaderboard/submissions/far"
    files = {
        FAR: "$Id$\none\n",
        f"{folder}/agents/a.zip": "z",
        f"{folder}/.gitattributes": attributes,
    }
    head = repository.commit(files)
    repository.commit({FAR: "later"})
    assert extract(repository.root, head, "far", tmp_path / "out")
    assert (tmp_path / "out" / "submission.yaml").read_bytes() == b"$Id$\none\n"
    assert (tmp_path / "out" / "agents" / "a.zip").read_bytes() == b"z"
    assert not extract(repository.root, head, "fa", tmp_path / "none")
    assert not (tmp_path / "none").exists()


@pytest.mark.bad_input
def test_links_and_hostile_names_are_refused_before_anything_is_written(
    repository: Repository, tmp_path: Path
) -> None:
    folder = repository.root / "leaderboard/submissions/far"
    folder.mkdir(parents=True)
    (folder / "link").symlink_to("/etc/passwd")
    linked = repository.commit({FAR: "x"})
    with pytest.raises(SubmissionError, match="'link' is no plain file; put the file itself"):
        extract(repository.root, linked, "far", tmp_path / "out")
    # A tree that no git would make of files: its folder is called "..".
    blob = repository.git("rev-parse", f"{linked}:{FAR}")
    inner = tree(repository, b"100644 escaped\0" + bytes.fromhex(blob))
    for name in ("..", "far", "submissions", "leaderboard"):
        inner = tree(repository, f"40000 {name}".encode() + b"\0" + bytes.fromhex(inner))
    escaped = repository.git("commit-tree", inner, "-m", "x")
    with pytest.raises(SubmissionError, match="is no name for a file here; rename it"):
        extract(repository.root, escaped, "far", tmp_path / "out")
    assert not (tmp_path / "out").exists() and not (tmp_path / "escaped").exists()


def tree(repository: Repository, content: bytes) -> str:
    command = ["git", "-C", str(repository.root), "hash-object", "-t", "tree", "-w", "--literally"]
    done = subprocess.run([*command, "--stdin"], input=content, capture_output=True, check=True)
    return done.stdout.decode().strip()


@pytest.mark.bad_input
def test_too_much_is_refused(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = repository.commit({FAR: "x" * 100})
    monkeypatch.setattr("gmbench.leaderboard.changes.MOST_BYTES", 99)
    with pytest.raises(SubmissionError, match="MB are allowed"):
        extract(repository.root, head, "far", tmp_path / "out")
    monkeypatch.setattr("gmbench.leaderboard.changes.MOST_FILES", 0)
    with pytest.raises(SubmissionError, match="holds more than 0 files"):
        extract(repository.root, head, "far", tmp_path / "out")


@pytest.mark.bad_input
@pytest.mark.parametrize("revision", ["absent", "--output=x", "a b", "", "main:README.md", "$(x)"])
def test_what_is_no_revision_is_refused(repository: Repository, revision: str) -> None:
    with pytest.raises(UsageError, match="is no revision|there is no revision"):
        commit(repository.root, revision)


@pytest.mark.bad_input
def test_a_folder_that_is_no_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        changes(tmp_path, "main", "main")


@pytest.mark.bad_input
def test_where_there_is_no_git_that_is_told_and_not_a_missing_revision(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(UsageError, match="git cannot be run: .*; install git"):
        commit(repository.root, "main")
