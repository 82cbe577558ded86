"""The ranking as CSV: a line for every line of every table, for people with spreadsheets."""

from __future__ import annotations

import csv
import io
from typing import Final

from gmbench.leaderboard.document import Frame, Line, Ranked, Ranking, Table, Unranked
from gmbench.leaderboard.rows import EntryRow

COLUMNS: Final = (
    "suite",
    "track",
    "pair",
    "entry",
    "name",
    "algorithm",
    "rank",
    "rank_low",
    "rank_high",
    "tie_group",
    "standing",
    "figure",
    "score",
    "score_low_seed",
    "score_high_seed",
    "train_success",
    "seeds",
    "status",
    "claimed",
    "steps_per_second",
)
ALL_PAIRS: Final = "all pairs"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def to_csv(ranking: Ranking) -> str:
    """CSV text with a header; texts that a spreadsheet would run get an apostrophe."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    entries = {one.entry: one for one in ranking.entries}
    for board in ranking.boards:
        for table in (*board.tables, board.overall):
            for line in (*table.ranked, *table.unranked, *table.frames):
                cells = _cells(table, line, entries[line.entry])
                writer.writerow([board.suite, board.track, *cells])
    return text.getvalue()


def _cells(table: Table, line: Line, entry: EntryRow) -> list[object]:
    row = next((one for one in entry.pairs if one.pair == table.pair), None)
    spread = row.across.get(table.ranks) if row is not None else None
    speeds = [
        one.steps_per_second.median
        for agent in (row.agents if row is not None else ())
        for one in agent.throughput
        if one.scope == "env+policy"
    ]
    return [
        table.pair or ALL_PAIRS,
        line.entry,
        cell(entry.name),
        cell(entry.algorithm),
        *_place(line),
        _standing(line),
        table.ranks,
        _number(line.score),
        _number(spread.smallest if spread else None),
        _number(spread.largest if spread else None),
        _number(line.train_success),
        line.seeds,
        line.status,
        line.claimed or "",
        _number(max(speeds) if speeds else None),
    ]


def _place(line: Line) -> tuple[object, ...]:
    if isinstance(line, Ranked):
        return line.rank, line.rank_low, line.rank_high, line.group
    return ("",) * 4


def _standing(line: Line) -> str:
    if isinstance(line, Unranked):
        return line.reason
    return line.role if isinstance(line, Frame) else "ranked"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def cell(text: str) -> str:
    """A stranger's text as a cell: what a spreadsheet would run gets an apostrophe."""
    return f"'{text}" if text.startswith(_FORMULA) else text
