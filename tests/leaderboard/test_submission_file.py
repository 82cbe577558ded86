"""``submission.yaml``: written and read back, and every fault told at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_boards import submission

from gmbench.errors import SubmissionError
from gmbench.leaderboard.submission import FILE, load_submission, read_submission

GOOD = submission(
    link="https://example.org/a",
    seeds={"corner": (0, 3), "dish": (3,)},
    recipes={"corner": "corner.yaml"},
)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    odd = submission(name="no", algorithm="1e3", licence="null", seeds=GOOD.seeds)
    for one in (GOOD, odd):
        (tmp_path / FILE).write_text(one.to_yaml())
        assert load_submission(tmp_path) == one
        assert load_submission(tmp_path).seeds == one.seeds
    assert GOOD.all_seeds == (0, 3)
    assert GOOD.pairs_of(3) == ("corner", "dish")
    assert "evaluations/seed-3.csv.gz" in GOOD.files()


@pytest.mark.bad_input
def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    text = GOOD.to_yaml()
    text = text.replace("name: Far-sighted PPO", "nam: Far-sighted PPO")
    text = text.replace("https://example.org/a", "javascript:alert(1)")
    text = text.replace("track: alpha-0", "track: alpha-00")
    text = text.replace("seed-0.zip", "seed-9.zip")
    (tmp_path / FILE).write_text(text)
    found, faults = read_submission(tmp_path)
    told = [str(fault) for fault in faults]
    assert found is None
    for wanted in ("'nam'", "key name is missing", "javascript", "alpha-00", "seed-9.zip"):
        assert any(wanted in line for line in told), wanted
    assert all(line.startswith("submission.yaml") and "\n" not in line for line in told)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("suite: native", "suite: degrade", "only transfer is ranked"),
        ("suite: native", "suite: mine", "unknown suite"),
        ("corner", "mazes", "has no pair 'mazes'"),
        ("seed: 3", "seed: 0", "lists seed 0 twice"),
        ("seed: 3", "seed: -1", "must be from 0"),
        ("recipes:\n  corner: corner.yaml", "recipes:\n  corner: ../x.yaml", "name a .yaml"),
        ("recipes:\n  corner: corner.yaml", "recipes:\n  gems: x.yaml", "has no agents"),
        ("authors:\n- A. Name\n- B. Name", "authors: []", "authors has 0"),
        ("licence: MIT", "licence: !!python/object MIT", "tags are not allowed"),
        ("agents/corner/seed-0.zip", "/etc/passwd", "must be 'agents/corner/seed-0.zip'"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = GOOD.to_yaml()
    assert old in text
    (tmp_path / FILE).write_text(text.replace(old, new, -1 if old == "corner" else 1))
    found, faults = read_submission(tmp_path)
    assert found is None and any(says in str(fault) for fault in faults), list(map(str, faults))
    with pytest.raises(SubmissionError):
        load_submission(tmp_path)
