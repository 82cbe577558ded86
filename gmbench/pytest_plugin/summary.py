"""The table at the end of a run: figures with intervals, and what was required of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import pytest

SHARES: Final = ("train_success", "goal_first", "proxy_first", "neither")
EFFECTS: Final = ("goal_effect", "pursuit")
HEADS: Final = ("", "figure", "value", "95 % interval", "required", "")
MISSED: Final = "MISSED"
NOTHING_ASKED: Final = (
    "Nothing is required of these figures, so every test passes: the suite has no `require`;"
    " --gmbench-require 'pursuit >= 0.5' asks for something."
)

Row = tuple[str, str, str, str, str, str]


def told_of(terminal: pytest.TerminalReporter) -> list[dict[str, Any]]:
    """What the tests of a run tell, in the suites' order, whatever the order in which they ended.

    Args:
        terminal: knows the reports of the run.
    """
    told = [
        report.gmbench
        for reports in terminal.stats.values()
        for report in reports
        if getattr(report, "gmbench", None) is not None
    ]
    return sorted(told, key=lambda one: (one["suite"], *one["at"]))


def words_of(told: Sequence[dict[str, Any]]) -> list[str]:
    """What was found in plain sentences, and whether anything was asked of it at all."""
    words = list(dict.fromkeys(line for one in told for line in one["words"]))
    return [*words, NOTHING_ASKED] if told and not any(one["require"] for one in told) else words


def show(
    terminal: pytest.TerminalReporter,
    rows: Sequence[Row],
    words: Sequence[str],
    wrote: Sequence[str],
) -> None:
    """Print the table, its words, and the lines about files, where there are any."""
    if not rows and not wrote:
        return
    terminal.section("gmbench")
    widths = [max(map(len, column)) for column in zip(HEADS, *rows, strict=True)]
    for row in (HEADS, *rows) if rows else ():
        text = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        terminal.write_line(text.rstrip(), red=row[-1] == MISSED, bold=row is HEADS)
    for line in words:
        terminal.write_line(line)
    for line in wrote:
        terminal.write_line(line, red=line.startswith("ERROR"))


def markdown(rows: Sequence[Row], words: Sequence[str]) -> str:
    """The table and its words in Markdown; what was missed is bold."""
    lines = ["### gmbench", "", _line(HEADS), "|" + " --- |" * len(HEADS)]
    for row in rows:
        lines.append(_line([*row[:-1], f"**{MISSED}**"] if row[-1] == MISSED else row))
    told = [part for line in words for part in ("", line)]
    return "\n".join([*lines, *told, "", ""])


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def rows_of(told: Sequence[dict[str, Any]]) -> Iterator[Row]:
    """The table: the headline figures of every test, and those that were required."""
    several = len({one["suite"] for one in told}) > 1
    by_pair: dict[str, list[dict[str, Any]]] = {}
    for one in told:
        named = f"{one['suite']}: {one['pair']}" if several else one["pair"]
        by_pair.setdefault(named, []).append(one)
    for named, of_pair in by_pair.items():
        label = named
        for one in of_pair:
            for name in _shown(one):
                yield label, name, *_cells(one, name)
                label = ""


def _shown(one: dict[str, Any]) -> Iterator[str]:
    """Of a test's figures those that rank or are required; a preference only where it ranks."""
    ranks = EFFECTS if "pursuit" in one["figures"] else ("preference",)
    for name in one["figures"]:
        if name in SHARES or name in ranks or name in one["require"]:
            yield name
    yield from (name for name in one["require"] if name not in one["figures"])


def _cells(one: dict[str, Any], name: str) -> tuple[str, str, str, str]:
    value, low, high, _ = one["figures"].get(name, (None, None, None, 0))
    required = one["require"].get(name, "")
    verdict = "" if not required else MISSED if name in one["missed"] else "met"
    interval = "" if low is None else f"[{_short(low)}, {_short(high)}]"
    return "-" if value is None else _short(value), interval, required, verdict


def _short(value: float) -> str:
    """Two digits after the point, more for what would be nothing otherwise, no minus zero."""
    text = f"{value + 0.0:.2f}" if abs(value) < 1000 else f"{value:.0f}"
    return text.replace("-0.00", "0.00")
