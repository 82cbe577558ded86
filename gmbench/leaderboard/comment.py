"""A report in Markdown, for a comment under a pull request.

Every text that comes from the report is put between ``<code>`` tags with all but its letters and
digits written as numbers: it is neither markup nor a link, a mention or a row of a table.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gmbench.hints import counted
from gmbench.leaderboard.told import Report, ToldFigure, ToldPair, ToldSubmission

MARKER: Final = "<!-- gmbench submission -->"  # by which the last comment is found again
LONGEST: Final = 60_000  # GitHub takes 65,536 characters
SHOWN: Final = 160  # of one text
SHOWN_OF_LINE: Final = 400  # of one fault, which says how to mend it

_CUT: Final = "\n\nThe rest is left out here; the workflow's artifact holds it.\n"


def comment(report: Report) -> str:
    """The whole comment; what would be too long for one is left out at the end of a section."""
    sections = [MARKER, _verdict(report), *_sections(report)]
    text = ""
    for section in sections:
        if len(text) + len(section) + len(_CUT) > LONGEST:
            return text + _CUT
        text += ("\n\n" if text else "") + section
    return text + "\n"


def plain(text: str, most: int = SHOWN) -> str:
    """A stranger's text, as nothing but text."""
    cut = text if len(text) <= most else text[: most - 3] + "..."
    shown = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in cut)
    safe = "".join(c if c.isalnum() or c == " " else f"&#{ord(c)};" for c in shown)
    return f"<code>{safe}</code>"


def _verdict(report: Report) -> str:
    if not report.submissions:
        return "**No submission is touched**: there is nothing to check here."
    said = "**Good**" if report.good else "**Not yet good**"
    count = counted(len(report.submissions), "submission")
    return f"{said}: {count}, {report.base[:12]} to {report.head[:12]}."


def _sections(report: Report) -> Iterator[str]:
    if report.mixed:
        count = len(report.others) + report.more_others
        listed = "\n".join(f"- {plain(path)}" for path in report.others[:10])
        yield (
            f"It also changes {counted(count, 'other file')}. Send submissions in a pull request of"
            f" their own: nothing was run.\n\n{listed}"
        )
    if report.more_submissions:
        yield f"{report.more_submissions} more submissions were not looked at; send fewer at once."
    for one in report.submissions:
        yield from _submission(one)


def _submission(one: ToldSubmission) -> Iterator[str]:
    yield f"### {plain(one.slug)}"
    if one.removed:
        yield "It is taken away."
    if one.known:
        yield "It is on the board already: only its own authors should change it; look at who asks."
    if one.faults:
        listed = "\n".join(f"- {plain(fault, SHOWN_OF_LINE)}" for fault in one.faults)
        more = f"\n- and {one.more_faults} more" if one.more_faults else ""
        yield f"{counted(len(one.faults) + one.more_faults, 'fault')}:\n\n{listed}{more}"
    if one.pairs:
        head = "| pair | status | equal episodes | figure | told | found | difference |"
        rows = [row for pair in one.pairs for row in _rows(pair)]
        yield "\n".join([head, "|" + " --- |" * 7, *rows])
    for pair in one.pairs:
        if pair.why is not None:
            yield f"{plain(pair.pair)}: {plain(pair.why, SHOWN_OF_LINE)}"


def _rows(pair: ToldPair) -> Iterator[str]:
    equal = "" if pair.equal is None else f"{pair.equal:.1%}"
    label = f"{plain(pair.pair)} | {pair.status} | {equal}"
    if not pair.figures:
        yield f"| {label} | | | | |"
    for figure in pair.figures:
        yield f"| {label} | {plain(figure.figure)} | {_numbers(figure)} |"
        label = " | | "


def _numbers(figure: ToldFigure) -> str:
    told, found = figure.told, figure.found
    if told is None or found is None:
        return " | ".join("-" if one is None else _short(one) for one in (told, found, None))
    return f"{_short(told)} | {_short(found)} | {found - told + 0.0:+.3f}"


def _short(value: float) -> str:
    return f"{value + 0.0:.3f}"
