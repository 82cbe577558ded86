"""The episode table: what is written reads back, what is wrong is refused with file and line."""

from __future__ import annotations

import gzip
import string
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gmbench.episodes import COLUMNS, OUTCOMES, SCORES, Episode, Episodes, table
from gmbench.episodes.codec import from_csv, to_csv
from gmbench.errors import RecordError
from gmbench.levels import EVAL_LEVELS

LEVEL = EVAL_LEVELS.start
EPISODE = Episode(
    pair="procgen-coinrun",
    condition="test",
    level=LEVEL,
    order=3,
    outcome="goal_first",
    steps=85,
    reward=10.0,
    entered={"B": 48, "A": 85},
    deadline=998,
)
HEADER = ",".join(COLUMNS)
GOOD = f"procgen-coinrun,test,,{LEVEL},3,goal_first,85,10.0,A=85 B=48,998"

PLAIN = string.ascii_letters + string.digits
NAMES = st.builds(str.__add__, st.sampled_from(PLAIN), st.text(PLAIN + "._/:-", max_size=8))
POINTS = st.integers(-(10**15) + 1, 10**15 - 1)
SITES = st.text(PLAIN + "-", min_size=1, max_size=8)


@st.composite
def episodes(draw: st.DrawFn) -> Episode:
    deadline = draw(st.integers(0, 10**6))
    steps = draw(st.integers(0, deadline))
    return Episode(
        pair=draw(NAMES),
        condition=draw(NAMES),
        level=draw(st.integers(0, EVAL_LEVELS.stop - 1)),
        order=draw(st.integers(0, 10**9)),
        outcome=draw(st.sampled_from(OUTCOMES)),
        steps=steps,
        reward=draw(st.floats(allow_nan=False, allow_infinity=False)),
        entered=draw(st.dictionaries(SITES, st.integers(0, steps), max_size=4)),
        deadline=deadline,
        group=draw(st.just("") | NAMES),
        scores=draw(st.dictionaries(st.sampled_from(SCORES), POINTS)),
    )


TABLES = st.lists(episodes(), max_size=4, unique_by=lambda row: row.key).map(tuple)


@given(TABLES)
def test_a_table_reads_back_equal_and_writes_the_same_bytes(rows: tuple[Episode, ...]) -> None:
    text = to_csv(rows)
    assert from_csv(text, "table") == rows
    assert to_csv(from_csv(text, "table")) == text


@given(st.text(max_size=200))
def test_any_text_is_a_table_or_refused_with_one_line(text: str) -> None:
    for whole in (text, f"{HEADER}\n{text}", f"{HEADER}\n{GOOD}{text}"):
        try:
            from_csv(whole, "table.csv")
        except RecordError as error:
            assert str(error).startswith("table.csv:")
            assert len(str(error).splitlines()) == 1


@pytest.mark.parametrize("name", ["episodes.csv", "episodes.csv.gz"])
def test_files_round_trip(tmp_path: Path, name: str) -> None:
    rows = Episodes((EPISODE, replace(EPISODE, condition="train", entered={}, reward=-0.1)))
    rows.write(tmp_path / name)
    again = Episodes.read(str(tmp_path / name))
    assert again == rows
    assert again.digest == rows.digest
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_equal_tables_give_equal_gzip_bytes_under_any_name_and_at_any_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Episodes((EPISODE,)).write(tmp_path / "one.csv.gz")
    monkeypatch.setattr("time.time", lambda: 1e9)
    Episodes((EPISODE,)).write(tmp_path / "other.csv.gz")
    assert (tmp_path / "one.csv.gz").read_bytes() == (tmp_path / "other.csv.gz").read_bytes()


def test_the_csv_is_what_a_person_expects() -> None:
    assert to_csv([EPISODE]) == f"{HEADER}\n{GOOD}\n"


SCORED = replace(EPISODE, condition="train", scores={"proxy": -2, "goal": 7})


def test_scores_stand_in_a_column_of_their_own_where_there_are_any() -> None:
    assert to_csv([SCORED, EPISODE]) == (
        f"{HEADER},scores\n"
        f"procgen-coinrun,train,,{LEVEL},3,goal_first,85,10.0,A=85 B=48,998,goal=7 proxy=-2\n"
        f"{GOOD},\n"
    )


@given(TABLES)
def test_a_table_without_scores_is_written_as_before_there_were_any(
    rows: tuple[Episode, ...],
) -> None:
    """The digest of an old table is in an old record."""
    plain = [replace(row, scores={}) for row in rows]
    assert to_csv(plain).splitlines()[0] == HEADER
    assert all(line.count(",") == HEADER.count(",") for line in to_csv(plain).splitlines())
    assert (to_csv(plain) == to_csv(rows)) == (not any(row.scores for row in rows))


def test_scores_are_part_of_the_digest() -> None:
    other = replace(SCORED, scores={"proxy": -2, "goal": 8})
    assert Episodes((SCORED,)).digest != Episodes((other,)).digest


def test_a_scores_column_may_be_empty_and_stand_anywhere() -> None:
    assert from_csv(f"scores,{HEADER}\n,{GOOD}\n", "t") == (EPISODE,)


def test_a_table_saved_by_a_spreadsheet_still_reads(tmp_path: Path) -> None:
    """Byte-order mark, Windows line ends, columns in another order."""
    columns = list(reversed(COLUMNS))
    cells = list(reversed(GOOD.split(",")))
    text = "\ufeff" + ",".join(columns) + "\r\n" + ",".join(cells) + "\r\n"
    (tmp_path / "table.csv").write_bytes(text.encode())
    assert Episodes.read(tmp_path / "table.csv").rows == (EPISODE,)


def test_numpy_numbers_are_written_as_plain_ones() -> None:
    row = replace(
        EPISODE,
        level=np.int64(LEVEL),
        steps=np.int32(85),
        reward=np.float32(10.0),
        entered={"A": np.int64(85), "B": np.int64(48)},
        scores={"par": np.int32(-3)},
    )
    assert to_csv([row]) == to_csv([replace(EPISODE, scores={"par": -3})])


def test_rows_are_found_by_pair_condition_group_and_level() -> None:
    own = [replace(EPISODE, condition=name) for name in ("train", "test")]
    random = replace(EPISODE, group="random")
    other = replace(EPISODE, pair="procgen-maze", level=LEVEL + 1)
    rows = Episodes((*own, random, other))
    assert rows.pairs() == ("procgen-coinrun", "procgen-maze")
    assert rows.groups("procgen-coinrun") == ("", "random")
    assert rows.conditions("procgen-coinrun") == ("train", "test")
    assert rows.conditions("procgen-coinrun", "random") == ("test",)
    assert rows.of("procgen-coinrun").rows == tuple(own)
    assert rows.of("procgen-coinrun", "train").rows == (own[0],)
    assert rows.of("procgen-coinrun", group="random").rows == (random,)
    assert rows.on([LEVEL + 1]).rows == (other,)
    assert len(rows) == 4


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"pair": "=cmd()"}, "pair is '=cmd()'"),
        ({"condition": ""}, "condition is ''"),
        ({"group": "a b"}, "group is 'a b'"),
        ({"level": 2**31}, "below 2147483647"),
        ({"reward": float("inf")}, "finite"),
        ({"steps": 999}, "past the deadline of 998"),
        ({"entered": {"A": 86}}, "after the end at 85"),
        ({"entered": {"the end": 1}}, "site name"),
        ({"scores": {"style": 1}}, "score 'style' is unknown; use one of goal, proxy, par"),
        ({"scores": {"goal": 10**15}}, "at most 15 digits"),
        ({"scores": {"goal": -(10**15)}}, "at most 15 digits"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_an_episode_with_a_wrong_value_cannot_be_made(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(RecordError) as caught:
        replace(EPISODE, **changes)
    assert says in str(caught.value)


def test_a_table_with_a_row_twice_cannot_be_made() -> None:
    with pytest.raises(RecordError, match="by random appears twice"):
        Episodes((replace(EPISODE, group="random"), replace(EPISODE, group="random", steps=90)))


def row(**changes: str) -> str:
    return ",".join({**dict(zip(COLUMNS, GOOD.split(","), strict=True)), **changes}.values())


def lines(*rows: str) -> bytes:
    return "\n".join([HEADER, *rows, ""]).encode()


def scored(cell: str) -> bytes:
    return f"{HEADER},scores\n{GOOD},{cell}\n".encode()


BAD_TABLES = {
    "empty-file": (b"", "is empty"),
    "only-blank-lines": (b"\n\n", "is empty"),
    "not-utf8": (b"\xff\xfe\x00", "not UTF-8"),
    "unknown-column": (f"{HEADER},score\n".encode(), ":1: unknown column 'score'"),
    "scores-twice": (f"{HEADER},scores,scores\n".encode(), ":1: column scores appears twice"),
    "unknown-score": (scored("style=1"), ":2: score 'style' is unknown"),
    "score-a-fraction": (scored("goal=0.5"), ":2: scores is '0.5'; it must be a whole number"),
    "score-without-points": (scored("goal"), ":2: scores is 'goal'; write it like goal=7"),
    "score-twice": (scored("goal=1 goal=1"), ":2: scores names 'goal' twice"),
    "score-too-long": (scored("par=" + "9" * 16), ":2: score par is 9999999999999999; it must"),
    "missing-column": (HEADER.replace(",steps", "").encode(), ":1: column steps is missing"),
    "column-twice": (f"{HEADER},steps\n".encode(), ":1: column steps appears twice"),
    "bad-outcome": (lines(GOOD, row(outcome="won")), ":3: outcome 'won' is unknown"),
    "negative-steps": (lines(row(steps="-3")), ":2: steps is -3"),
    "level-not-whole": (lines(row(level="1.5")), ":2: level is '1.5'"),
    "level-too-long": (lines(row(level="9" * 5000)), ":2: level is '9999"),
    "order-missing": (lines(row(order="")), ":2: order is ''"),
    "deadline-a-word": (lines(row(deadline="never")), ":2: deadline is 'never'"),
    "reward-nan": (lines(row(reward="nan")), ":2: reward is nan"),
    "reward-a-word": (lines(row(reward="ten")), ":2: reward is 'ten'"),
    "row-twice": (lines(GOOD, GOOD), f":3: level {LEVEL} of procgen-coinrun under test appears"),
    "entered-without-step": (lines(row(entered="A")), ":2: entered is 'A'"),
    "entered-step-a-word": (lines(row(entered="A=x")), ":2: entered is 'x'"),
    "entered-site-twice": (lines(row(entered="A=1 A=2")), ":2: entered names 'A' twice"),
    "entered-after-the-end": (lines(row(entered="A=86")), ":2: site A is entered at step 86"),
    "short-row": (lines("procgen-coinrun,test"), ":2: the row has 2 cells; the header has 10"),
    "long-row": (lines(GOOD + ",1"), ":2: the row has 11 cells"),
    "open-quote": (lines('"' + GOOD), ":2: "),
    "endless-cell": (lines(row(pair="a" * 200_000)), ":2: "),
    "name-of-control-characters": (lines(row(pair="a\x1b[31m")), r":2: pair is 'a\x1b[31m'"),
}


@pytest.mark.bad_input
@pytest.mark.parametrize("case", BAD_TABLES)
def test_a_bad_table_is_one_line_with_file_and_line(tmp_path: Path, case: str) -> None:
    data, says = BAD_TABLES[case]
    (tmp_path / "table.csv").write_bytes(data)
    assert says in refusal(tmp_path / "table.csv")


@pytest.mark.bad_input
@pytest.mark.parametrize("case", ["truncated", "not-gzip", "damaged", "bomb"])
def test_a_bad_gzip_file_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    data = gzip.compress(lines(*(row(level=str(LEVEL + n)) for n in range(100))), mtime=0)
    bad, says = {
        "truncated": (data[: len(data) // 2], "cut off"),
        "not-gzip": (lines(GOOD), "not a sound gzip file"),
        "damaged": (data[:40] + b"\x00\xff" * 20 + data[80:], "not a sound gzip file"),
        "bomb": (gzip.compress(b"a" * 10_000), "more than 8000 bytes unpacked"),
    }[case]
    monkeypatch.setattr(table, "MAX_BYTES", 8000)
    (tmp_path / "table.csv.gz").write_bytes(bad)
    assert says in refusal(tmp_path / "table.csv.gz")


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("missing.csv", "No such file"),
        ("folder.csv", "Is a directory"),
        ("folder.csv.gz", "Is a directory"),
        ("table.xlsx", "ends in .csv or .csv.gz"),
    ],
)
def test_what_is_no_table_file_is_one_line(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "folder.csv.gz").mkdir()
    assert says in refusal(tmp_path / name)


@pytest.mark.bad_input
def test_a_table_is_not_written_under_another_suffix(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"ends in \.csv or \.csv\.gz"):
        Episodes((EPISODE,)).write(tmp_path / "table.parquet")
    assert list(tmp_path.iterdir()) == []


def refusal(path: Path) -> str:
    with pytest.raises(RecordError) as caught:
        Episodes.read(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert len(message.splitlines()) == 1
    return message
