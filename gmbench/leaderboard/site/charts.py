"""Charts of the site, in the look of `gmbench.plots`, as SVG with their data behind them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import altair as alt
import vl_convert

from gmbench.leaderboard.site.view import Group, Row
from gmbench.leaderboard.spreadsheet import cell
from gmbench.plots import look
from gmbench.plots.file import numbered_anew
from gmbench.records import Throughput
from gmbench.training.curve import Row as Step

LABELLED: Final = 12  # dots of a chart that carry a name; more would cover each other
ROOM: Final = (0.2, 0.08)  # that a name takes, across and up
PAPER: Final = "#ffffff"
COLUMNS: Final = 4  # panels of speeds in a row
LINE: Final = ("machine", "device", "scope", "pair", "observation")

# Light colour to the one that takes its place on dark paper.
DARK: Final[Mapping[str, str]] = {
    look.INK: "#e6e9ee",
    look.SOFT_INK: "#a7b0bd",
    look.LINES: "#2b313b",
    PAPER: "#14171c",
}
KINDS: Final = {
    "ranked": ("ranked", look.SKILL, "circle"),
    "unranked": ("not ranked", look.OTHER, "diamond"),
    "floor": ("floor", look.PROXY, "triangle-down"),
    "ceiling": ("ceiling", look.GOAL, "triangle-up"),
    "oracle": ("scripted", look.SOFT_INK, "square"),
}


@dataclass(frozen=True)
class Drawn:
    """A chart and what is behind it.

    Attributes:
        svg: the picture, which turns dark where its reader's system is.
        rows: its data.
    """

    svg: str
    rows: tuple[Mapping[str, Any], ...]

    @property
    def csv(self) -> str:
        """The data as CSV."""
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(self.rows[0]), lineterminator="\n")
        writer.writeheader()
        for row in self.rows:
            writer.writerow({k: cell(v) if isinstance(v, str) else v for k, v in row.items()})
        return text.getvalue()

    @property
    def json(self) -> str:
        """The data as JSON."""
        return json.dumps(list(self.rows), indent=1, ensure_ascii=False) + "\n"


def both_axes(group: Group) -> Drawn | None:
    """Does it know how, and what does it want? All that stand in a pair's table.

    Returns:
        None where nobody has both figures.
    """
    rows = [told for row in group.rows if (told := _dot(row)) is not None]
    if not rows:
        return None
    low = -0.25 if group.ranks == "pursuit" else -1.0
    names, colours, shapes = zip(*KINDS.values(), strict=True)
    base = alt.Chart(look.table(rows)).encode(
        x=alt.X(
            "train_success:Q",
            scale=alt.Scale(domain=[0, 1]),
            axis=look.share_axis("succeeds in training"),
        ),
        y=alt.Y("score:Q", scale=alt.Scale(domain=[low, 1]), axis=alt.Axis(title=group.ranks)),
        color=alt.Color("kind:N", scale=look.scale(names, colours), legend=alt.Legend(title=None)),
    )
    parts = [
        base.mark_rule(strokeWidth=1.5, opacity=0.7).encode(x="skill_low:Q", x2="skill_high:Q"),
        base.mark_rule(strokeWidth=1.5, opacity=0.7).encode(y="score_low:Q", y2="score_high:Q"),
        base.mark_point(filled=True, size=70, opacity=1, stroke=PAPER, strokeWidth=1).encode(
            shape=alt.Shape("kind:N", scale=look.scale(names, shapes))
        ),
        *_names(base, _labelled(rows)),
    ]
    chart = alt.layer(*parts).properties(width=440, height=280)
    title = "What it can, and what it wants"
    below = "across: whether it knows how; up: whether it pursues the goal"
    return Drawn(_svg(look.framed(chart, title, below)), tuple(rows))


def _names(base: Any, rows: Sequence[dict[str, Any]]) -> list[Any]:
    """Names beside the dots, on the side on which there is room."""
    left = [row for row in rows if row["train_success"] >= ROOM[0]]
    right = [row for row in rows if row not in left]
    return [
        base.properties(data=look.table(named))
        .mark_text(align=align, dx=shift, dy=-8, fontSize=10.5)
        .encode(text="name:N", color=alt.value(look.SOFT_INK))
        for named, align, shift in ((left, "right", -9), (right, "left", 9))
        if named
    ]


def _labelled(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first dots that have room for a name beside them."""
    kept: list[dict[str, Any]] = []
    for row in sorted(rows, key=lambda one: one["kind"] == KINDS["oracle"][0]):
        near = any(
            abs(row["train_success"] - one["train_success"]) < ROOM[0]
            and abs(row["score"] - one["score"]) < ROOM[1]
            for one in kept
        )
        if not near and len(kept) < LABELLED:
            kept.append(row)
    return kept


def _dot(row: Row) -> dict[str, Any] | None:
    score, skill = row.score, row.skill
    if score is None or skill is None:
        return None
    kind = row.entry.role if row.frame else ("ranked" if row.ranked else "unranked")
    ends = [
        (one.value, one.value) if one.low is None else (one.low, one.high) for one in (score, skill)
    ]
    return {
        "entry": row.entry.entry,
        "name": row.name,
        "kind": KINDS[kind][0],
        "train_success": skill.value,
        "skill_low": ends[1][0],
        "skill_high": ends[1][1],
        "score": score.value,
        "score_low": ends[0][0],
        "score_high": ends[0][1],
    }


def curves(runs: Mapping[str, Sequence[Step]]) -> Drawn | None:
    """How agents learned: the share of training episodes that succeed, a line an agent.

    Args:
        runs: agent ("seed 0") to its curve.

    Returns:
        None where no curve tells of success.
    """
    rows = [
        {"agent": agent, "steps": step.steps, "success": step.success}
        for agent, steps in runs.items()
        for step in steps
        if step.success is not None
    ]
    if not rows:
        return None
    chart = (
        alt.Chart(look.table(rows))
        .mark_line(strokeWidth=1.4, opacity=0.85, color=look.SKILL)
        .encode(
            x=alt.X("steps:Q", axis=alt.Axis(title="steps of training", format="~s")),
            y=alt.Y(
                "success:Q",
                scale=alt.Scale(domain=[0, 1]),
                axis=look.share_axis("episodes that succeed"),
            ),
            detail="agent:N",
        )
        .properties(width=440, height=180)
    )
    below = f"{len(runs)} agents" if len(runs) > 1 else "one agent"
    return Drawn(_svg(look.framed(chart, "How it learned", below)), tuple(rows))


def speeds(found: Sequence[tuple[str, Throughput]]) -> Drawn | None:
    """Steps per second over batch, a panel for each pair and what was timed of it.

    Args:
        found: where each was measured, and what.

    Returns:
        None where nothing was timed at more than one batch: a table says that better.
    """
    rows = _over_batches([_timed(where, one) for where, one in found])
    if not rows:
        return None
    panels = [
        look.headed(_over_batch(rows, of), " · ".join(dict.fromkeys(of)))
        for of in dict.fromkeys((row["pair"], row["scope"]) for row in rows)
    ]
    joined = alt.concat(*panels, columns=COLUMNS, spacing=28).resolve_scale(color="shared")
    below = "median and quartiles over repeats; both axes logarithmic; broken: rgb"
    return Drawn(_svg(look.framed(joined, "Steps per second", below)), tuple(rows))


def _over_batches(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that were timed at several batches, so that there is a line to draw."""
    batches: dict[tuple[Any, ...], set[int]] = {}
    for row in rows:
        batches.setdefault(_line(row), set()).add(row["batch"])
    return [row for row in rows if len(batches[_line(row)]) > 1]


def _line(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in LINE)


def _timed(where: str, one: Throughput) -> dict[str, Any]:
    return {
        "machine": where,
        "device": one.device,
        "scope": one.scope,
        "pair": one.pair or "all",
        "observation": one.observation or "",
        "threads": one.threads or 0,
        "batch": one.batch,
        "steps_per_second": one.steps_per_second.median,
        "low": one.steps_per_second.q1,
        "high": one.steps_per_second.q3,
    }


def _over_batch(rows: Sequence[dict[str, Any]], of: tuple[str, str]) -> Any:
    log = alt.Scale(type="log", nice=False)
    devices = list(dict.fromkeys(row["device"] for row in rows))
    colours = [look.SKILL, look.GOAL, look.PROXY, look.OTHER]
    here = [row for row in rows if (row["pair"], row["scope"]) == of]
    batches = sorted({row["batch"] for row in here})
    base = alt.Chart(look.table(here)).encode(
        x=alt.X("batch:Q", scale=log, axis=alt.Axis(title="batch", values=batches)),
        y=alt.Y(
            "steps_per_second:Q",
            scale=log,
            axis=alt.Axis(title="steps/s", format="~s", tickCount=5),
        ),
        color=alt.Color(
            "device:N",
            scale=alt.Scale(domain=devices, range=colours[: len(devices)]),
            legend=alt.Legend(title=None),
        ),
        detail=list(f"{name}:N" for name in LINE),
    )
    dash = alt.condition("datum.observation == 'rgb'", alt.value([5, 3]), alt.value([1, 0]))
    return alt.layer(
        base.mark_line(strokeWidth=1.2, opacity=0.6).encode(strokeDash=dash),
        base.mark_rule(strokeWidth=1.5).encode(y="low:Q", y2="high:Q"),
        base.mark_point(filled=True, size=36),
    ).properties(width=200, height=150)


def _svg(chart: Any) -> str:
    """The picture, with a second set of colours for dark paper."""
    chart = chart.properties(background="transparent")
    drawn = numbered_anew(vl_convert.vegalite_to_svg(chart.to_json(format="vega-lite")))
    rules = "".join(
        f'[fill="{light}" i]{{fill:{dark}}}[stroke="{light}" i]{{stroke:{dark}}}'
        for light, dark in DARK.items()
    )
    style = f"<style>@media (prefers-color-scheme: dark){{{rules}}}</style>"
    head, end, rest = drawn.partition(">")
    return f"{head}{end}{style}{rest}\n"
