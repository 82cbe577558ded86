"""Answers read in haste are those of the strict reader, and give the figures of the records."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_boards import SCRIPTED, cells

from gmbench import registry
from gmbench.episodes import COLUMNS, Episodes
from gmbench.episodes.codec import to_csv
from gmbench.errors import RecordError
from gmbench.leaderboard.answers import read_answers
from gmbench.leaderboard.haste import plain_table, table_of
from gmbench.records import Record
from gmbench.suites import load_suite

TABLES = [
    *sorted(SCRIPTED.glob("*.json")),
    *(cell / "record.json" for cell in cells("ppo-alpha-0", 2)),
]


def beside(path: Path) -> Path:
    table = path.with_name("episodes.csv.gz")
    return table if path.name == "record.json" else path.with_suffix(".csv.gz")


@pytest.mark.parametrize("path", TABLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_they_give_the_score_and_the_skill_of_the_record(path: Path) -> None:
    record = Record.load(path)
    found = read_answers(beside(path), [result.pair for result in record.results])
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


PAIRS = [entry.pair for entry in load_suite("native").entries]
ODD = {
    "one row twice, and the last counts": lambda rows: [rows[1], *rows],
    "short numbers of levels": lambda rows: [replace(row, level=row.level % 1000) for row in rows],
    "other names first": lambda rows: [replace(rows[0], pair="x"), *rows],
    "rows in another order": lambda rows: rows[::-1],
    "a group that begins with nothing": lambda rows: [replace(rows[0], group="goals"), *rows],
}


@pytest.mark.parametrize("odd", ODD)
def test_haste_reads_what_the_strict_reader_reads(tmp_path: Path, odd: str) -> None:
    rows = [row for row in Episodes.read(SCRIPTED / "goal.csv.gz") if row.pair in PAIRS[:4]]
    text = to_csv(ODD[odd](rows))
    plain, other = tmp_path / "plain.csv", tmp_path / "other.csv"
    plain.write_text(text)
    assert plain_table(plain, []) is not None
    # Quotes are what haste does not read; of a doubled row the strict reader is told one.
    lines = text.rstrip("\n").split("\n")
    lines = [lines[0], *(lines[2:] if odd.startswith("one row twice") else lines[1:])]
    other.write_text("".join('"' + line.replace(",", '","') + '"\n' for line in lines))
    assert plain_table(other, []) is None
    hasty, strict = read_answers(plain, PAIRS[:4]), read_answers(other, PAIRS[:4])
    for pair in PAIRS[:4]:
        for name in ("levels", "success", "given", "against", "ratio"):
            one, two = (getattr(found[pair], name) for found in (hasty, strict))
            assert np.array_equal(one, two), (pair, name)


@settings(max_examples=60)
@given(st.binary(max_size=200))
def test_what_is_no_table_is_not_taken_for_one(data: bytes) -> None:
    header = (",".join(COLUMNS) + "\n").encode()
    for text in (data, header + data, header + data + b"\n"):
        table = table_of(text, [])
        lines = text.split(b"\n")
        whole = all(line.count(b",") == len(COLUMNS) - 1 for line in lines[:-1])
        assert (table is not None) == (
            text.startswith(header) and whole and not lines[-1] and b'"' not in text
        )


@pytest.mark.parametrize("cut", [1, 100, 5_000])
def test_a_gzip_file_that_is_cut_off_or_goes_on_is_left_to_the_strict_reader(
    tmp_path: Path, cut: int
) -> None:
    data = (SCRIPTED / "goal.csv.gz").read_bytes()
    path = tmp_path / "t.csv.gz"
    path.write_bytes(data)
    assert plain_table(path, []) is not None
    path.write_bytes(data[:-cut])
    assert plain_table(path, []) is None
    path.write_bytes(data + gzip.compress(b"x"))
    assert plain_table(path, []) is None


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
