"""Answers read in haste are those of the strict reader, and give the figures of the records."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from made_boards import SCRIPTED, cells

from gmbench import registry
from gmbench.episodes import Episodes
from gmbench.errors import RecordError
from gmbench.leaderboard.answers import read_answers
from gmbench.records import Record

TABLES = [
    *sorted(SCRIPTED.glob("*.json")),
    *(cell / "record.json" for cell in cells("ppo-alpha-0", 2)),
]


def table_of(path: Path) -> Path:
    beside = path.with_name("episodes.csv.gz")
    return beside if path.name == "record.json" else path.with_suffix(".csv.gz")


@pytest.mark.parametrize("path", TABLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_they_give_the_score_and_the_skill_of_the_record(path: Path) -> None:
    record = Record.load(path)
    found = read_answers(table_of(path), [result.pair for result in record.results])
    for result in record.results:
        answers, ranks = found[result.pair], registry.pair(result.pair).ranks
        assert answers.score == pytest.approx(result.metrics[ranks].value, abs=1e-6)
        skill = result.metrics["train_success"].value
        assert answers.success.mean() == pytest.approx(skill, abs=1e-6)
        assert len(answers.levels) == result.levels


def test_a_table_with_its_columns_in_another_order_is_read_strictly(tmp_path: Path) -> None:
    (cell,) = cells("ppo-alpha-0", 1)
    text = gzip.decompress((cell / "episodes.csv.gz").read_bytes()).decode()
    lines = [line.split(",") for line in text.rstrip("\n").split("\n")]
    other = tmp_path / "other.csv"
    other.write_text("".join(",".join([*line[1:], line[0]]) + "\n" for line in lines))
    one, two = (
        read_answers(path, ["corner"])["corner"] for path in (cell / "episodes.csv.gz", other)
    )
    for name in ("levels", "success", "given", "against"):
        assert np.array_equal(getattr(one, name), getattr(two, name))


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text.replace(",test,,", ",other,,"), "needs the same levels"),
        (lambda text: text.replace("corner,train,,10", "corner,train,,x"), "no numbers"),
        (lambda text: text.replace("pair,condition", "pear,condition"), "unknown column"),
        (lambda text: "", "is empty"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, change, says: str) -> None:
    (cell,) = cells("ppo-alpha-0", 1)
    text = gzip.decompress((cell / "episodes.csv.gz").read_bytes()).decode()
    path = tmp_path / "episodes.csv"
    path.write_text(change(text))
    with pytest.raises(RecordError, match=says):
        read_answers(path, ["corner"])


def test_the_strict_reader_is_what_they_are_held_against() -> None:
    (cell,) = cells("ppo-alpha-0", 1)
    table = Episodes.read(cell / "episodes.csv.gz")
    found = read_answers(cell / "episodes.csv.gz", ["corner"])["corner"]
    rows = {row.level: row for row in table.of("corner", "test")}
    first = ["B" in rows[n].entered and rows[n].outcome == "goal_first" for n in found.levels]
    assert found.given.tolist() == [float(one) for one in first]
