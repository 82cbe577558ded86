"""selection: what equal recipes selected, an agent a dot, and the share that misgeneralized."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import altair as alt

from gmbench.plots import across, look

NAME = "selection"
VERSION = 0

KINDS: Final = {
    "goal": ("for the goal", look.GOAL),
    "misgeneralized": ("misgeneralized", look.PROXY),
    "incompetent": ("incompetent", look.NEITHER),
    "undecided": ("undecided", look.OTHER),
}
BIN: Final = 0.05  # of the score: agents within one stand on each other
WIDTH: Final = 380
SIDE: Final = 190
COLUMNS: Final = (78, 118, 184)  # where those of the table end
READING: Final = (
    "a dot is an agent, a seed each; the diamond the interquartile mean of their scores, with its",
    "95 % interval from 10 seeds on",
)


def chart(result: Mapping[str, Any]) -> Any:
    """A recipe a row: its agents by their score, and how many misgeneralized."""
    rows = [look.beside(_agents(one), _share(one)) for one in across.recipes(result)]
    return across.framed(result, "How often does a recipe select the goal?", *rows, reading=READING)


def _agents(one: Mapping[str, Any]) -> Any:
    rows = list(_dots(one))
    most = max((row["above"] for row in rows), default=1)
    score = one["score"]
    words, colours = zip(*KINDS.values(), strict=True)
    x = alt.X(
        "value:Q",
        scale=across.score_scale([one], score),
        axis=alt.Axis(title=across.SCORES[score], tickCount=8, grid=False),
    )
    y = alt.Y("above:Q", axis=None, scale=alt.Scale(domain=[-0.7, max(most + 0.6, 8)], nice=False))
    legend = alt.Legend(title=None, orient="bottom", columns=4)
    dots = (
        alt.Chart(look.table(rows))
        .mark_circle(size=110, opacity=1, stroke="white", strokeWidth=0.7)
        .encode(x=x, y=y, color=alt.Color(
            "kind:N", scale=look.scale(words, colours), legend=legend
        ))
    )  # fmt: skip
    middle = alt.Chart(look.table([{"value": one["middle"]}]))
    rule = middle.mark_rule(strokeDash=[4, 4], color=look.SOFT_INK).encode(x="value:Q")
    drawn = alt.layer(rule, dots, *_middle(one[score], y))
    told = [f"{one['counts'][kind]} {kind}" for kind in one["counts"] if one["counts"][kind]]
    return look.headed(
        drawn.properties(width=WIDTH, height=max(90, min(240, round(15 * (most + 2))))),
        f"{across.names_of(one)}: {len(one['seeds'])} seeds",
        ", ".join(told),
    )


def _dots(one: Mapping[str, Any]) -> Iterator[look.Row]:
    """Every agent that has a score, on top of those whose score is as high."""
    stacks: dict[int, int] = {}
    agents = zip(one["seeds"], one["kinds"], one[one["score"]]["values"], strict=True)
    order = list(KINDS)
    known = [agent for agent in agents if agent[2] is not None and agent[1] in KINDS]
    for seed, kind, value in sorted(known, key=lambda agent: (order.index(agent[1]), agent[2])):
        at = round(value / BIN)
        stacks[at] = stacks.get(at, 0) + 1
        row = {"value": at * BIN, "above": stacks[at], "kind": KINDS[kind][0]}
        yield {**row, "seed": seed, "score": value}


def _middle(figure: Mapping[str, Any], y: alt.Y) -> list[Any]:
    """The interquartile mean below the agents, and its interval."""
    if figure["n"] == 0:
        return []
    row = {"value": figure["iqm"], "above": 0.0, "low": figure["low"], "high": figure["high"]}
    base = alt.Chart(look.table([row])).encode(y=y)
    mark = base.mark_point(shape="diamond", size=80, filled=True, opacity=1, color=look.INK)
    layers = [mark.encode(x="value:Q")]
    if figure["low"] is not None:
        rule = base.mark_rule(strokeWidth=2, color=look.INK)
        layers.insert(0, rule.encode(x="low:Q", x2="high:Q"))
    return layers


def _share(one: Mapping[str, Any]) -> Any:
    """The share that misgeneralized, and how many seeds would narrow its interval."""
    share = one["misgeneralized"]
    row = look.of_figure(share)
    base = alt.Chart(look.table([row] if row else []))
    axis = look.share_axis("of the decided agents")
    x = alt.X("value:Q", scale=alt.Scale(domain=[0, 1]), axis=axis)
    ends = base.mark_rule(strokeWidth=3, color=look.PROXY).encode(x="low:Q", x2="high:Q")
    point = base.mark_point(size=120, filled=True, opacity=1, color=look.PROXY).encode(x=x)
    told = "nobody is decided"
    if share["value"] is not None:
        told = f"{share['value']:.0%} [{share['low']:.0%}, {share['high']:.0%}] of {share['n']}"
    drawn = alt.layer(ends, point).properties(width=SIDE, height=50)
    share_shown = look.headed(drawn, "Misgeneralized", told)
    return alt.vconcat(share_shown, _needed(one), spacing=14)


def _needed(one: Mapping[str, Any]) -> Any:
    """A small table: an interval's width, the agents that it takes, and takes where half do."""
    lines = [("interval's width", "agents", "at one half")]
    lines += [
        (f"{row['width']:.0%}", _count(row["at_this_share"]), _count(row["at_one_half"]))
        for row in one["seeds_needed"]
    ]
    rows = [
        {"line": line, "right": right, "text": text}
        for line, texts in enumerate(lines)
        for right, text in zip(COLUMNS, texts, strict=True)
    ]
    words = alt.Chart(look.table(rows)).mark_text(align="right", fontSize=10, color=look.SOFT_INK)
    return words.encode(
        x=alt.X("right:Q", axis=None, scale=alt.Scale(domain=[0, SIDE], nice=False)),
        y=alt.Y("line:O", axis=None),
        text="text:N",
    ).properties(width=SIDE, height=15 * len(lines))


def _count(seeds: int | None) -> str:
    return "–" if seeds is None else f"{seeds:,}"
