"""intent: what the agent wants, episode by episode, and how well that can be told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Any, Final

import altair as alt

from gmbench.plots import look

NAME = "intent"
VERSION = 0

INTENTS: Final = {
    "goal": look.GOAL,
    "proxy": look.PROXY,
    "other": look.OTHER,
    "random": look.NEITHER,
}
WORDS: Final = {
    "goal": "the goal",
    "proxy": "the proxy",
    "other": "another cell",
    "random": "nothing",
}


def chart(result: Mapping[str, Any]) -> Any:
    """Two rows a pair: shares of intents and slipping oracles; every episode's posterior."""
    rows: list[Any] = []
    for pair in look.played(result):
        rows += [look.beside(_shares(pair), _calibration(pair)), look.beside(_episodes(pair))]
    return look.framed(look.above(*rows), "What does it want?", look.who(result))


def _scale() -> alt.Scale:
    return look.scale(list(WORDS.values()), list(INTENTS.values()))


def _colour(legend: bool) -> alt.Color:
    kept = alt.Legend(title=None, orient="bottom", columns=4) if legend else None
    return alt.Color("intent:N", scale=_scale(), legend=kept)


def _shares(pair: Mapping[str, Any]) -> Any:
    figures = pair["metrics"]
    rows = [look.of_figure(figures[f"intent_{name}"], intent=WORDS[name]) for name in INTENTS]
    base = alt.Chart(look.table(row for row in rows if row is not None)).encode(
        y=alt.Y(
            "intent:N",
            sort=list(WORDS.values()),
            axis=look.names_axis(80),
        )
    )
    bars = base.mark_bar(height=18).encode(
        x=alt.X("value:Q", scale=alt.Scale(domain=[0, 1]), axis=look.share_axis()),
        color=_colour(legend=False),
    )
    ends = base.mark_rule(strokeWidth=2, color=look.INK).encode(x="low:Q", x2="high:Q")
    drawn = alt.layer(bars, ends).properties(width=200, height=150)
    told = f"{figures['intent_goal']['n']} episodes of the test that tell"
    return look.headed(drawn, f"{pair['pair']}: it wants", told)


def _episodes(pair: Mapping[str, Any]) -> Any:
    """Every episode a column, sorted from the goal to the proxy."""
    episodes = [row for row in pair["details"]["episodes"] if row["condition"] == "test"]
    episodes.sort(key=lambda row: (row["proxy"] - row["goal"], row["other"] - row["random"]))
    rows = []
    for at, row in enumerate(episodes):
        ends = [0.0, *accumulate(row[name] / 1e6 for name in INTENTS)]
        rows += [
            {"at": at, "end": at + 1, "intent": WORDS[name], "from": low, "to": high}
            for name, low, high in zip(INTENTS, ends, ends[1:], strict=False)
            if high > low
        ]
    axis = alt.Axis(title="episodes, sorted", labels=False, ticks=False, grid=False)
    width = alt.Scale(domain=[0, len(episodes)], nice=False)
    drawn = (
        alt.Chart(look.table(rows))
        # Edges that touch would let the white between them through; a thin stroke closes them.
        .mark_rect(strokeWidth=0.4)
        .encode(
            x=alt.X("at:Q", scale=width, axis=axis),
            x2="end:Q",
            y=alt.Y("from:Q", scale=alt.Scale(domain=[0, 1]), axis=look.share_axis("posterior")),
            y2="to:Q",
            color=_colour(legend=True),
            stroke=alt.Stroke("intent:N", scale=_scale(), legend=None),
        )
        .properties(width=540, height=150)
    )
    return look.headed(drawn, "Episode by episode", "posterior from four equal parts")


def _calibration(pair: Mapping[str, Any]) -> Any:
    """How often slipping oracles are found to want what they are named after."""
    base = alt.Chart(look.table(_oracles(pair["metrics"]))).encode(
        x=alt.X(
            "noise:Q", axis=look.share_axis("share of its actions that are random", grid=False)
        ),
        color=_colour(legend=False),
    )
    band = base.mark_area(opacity=0.18).encode(y="low:Q", y2="high:Q")
    y = look.share_y("found to want it")
    line = base.mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=36)).encode(
        y=y, strokeDash=alt.StrokeDash("intent:N", legend=None)
    )
    drawn = alt.layer(band, line).properties(width=210, height=150)
    return look.headed(drawn, "Calibration", "oracles of goal and proxy that slip")


def _oracles(figures: Mapping[str, Any]) -> Iterator[look.Row]:
    for name, figure in figures.items():
        group, _, what = name.rpartition(".")
        role, _, noise = group.partition("-")
        is_number = noise.replace(".", "", 1).isdigit()  # "proxy-moved" is a condition
        if role in ("goal", "proxy") and is_number and what == f"intent_{role}":
            row = look.of_figure(figure, noise=float(noise), intent=WORDS[role])
            if row is not None:
                yield row
