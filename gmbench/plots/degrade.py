"""degrade: what noise takes first, the goal or the skill; a pair a row, a kind of noise a panel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import altair as alt

from gmbench.metrics.thresholds import BOUND
from gmbench.plots import look

NAME = "degrade"
VERSION = 0

KINDS: Final = {
    "action": ("random actions", "share of actions that are random"),
    "weights": ("shaken weights", "noise on the weights, in their own standard deviations"),
}


def chart(result: Mapping[str, Any]) -> Any:
    """The shares' fall with noise, and where they are halved."""
    rows = [_of_pair(pair) for pair in look.played(result)]
    return look.framed(
        look.above(*rows),
        "How firmly does the goal sit?",
        look.who(result),
        "An upright line stands where a share is halved, with its interval beside it",
    )


def _of_pair(pair: Mapping[str, Any]) -> Any:
    panels = []
    for kind in KINDS:
        rows = list(_points(pair["metrics"], kind))
        if len(rows) > len(look.SHARES):
            panels.append(_panel(pair, kind, rows))
    return look.beside(*panels)


def _panel(pair: Mapping[str, Any], kind: str, rows: list[look.Row]) -> Any:
    what, axis = KINDS[kind]
    words, colours = zip(*look.SHARES.values(), strict=True)
    legend = alt.Legend(
        title=None, orient="bottom", columns=1, symbolType="stroke", symbolStrokeWidth=4
    )
    color = alt.Color("share:N", scale=look.scale(words, colours), legend=legend)
    base = alt.Chart(look.table(rows)).encode(
        x=alt.X("noise:Q", axis=alt.Axis(title=axis, grid=False, tickCount=6))
    )
    line = base.mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=36)).encode(
        y=look.share_y(), color=color
    )
    unnamed = alt.Color("share:N", scale=look.scale(words, colours), legend=None)
    band = base.mark_area(opacity=0.18).encode(y="low:Q", y2="high:Q", color=unnamed)
    wanted, lost = _wanted(pair["metrics"]), []
    marks: list[Any] = []
    for name, figure in ((wanted, "goal_lost"), ("train_success", "skill_lost")):
        found = pair["metrics"][f"{kind}_{figure}"]
        lost.append(f"{look.SHARES[name][0]} halved at {look.interval(found)}")
        if found["value"] is not None:
            marks += _halved(found, look.SHARES[name][0], unnamed)
    lost.append(f"goal - skill: {_apart(pair['metrics'][f'{kind}_goal_minus_skill'])}")
    drawn = alt.layer(band, *marks, line).resolve_legend(color="independent")
    return look.headed(drawn.properties(width=262, height=220), f"{pair['pair']}: {what}", *lost)


def _halved(figure: Mapping[str, Any], share: str, color: alt.Color) -> tuple[Any, Any]:
    """An upright line where a share is halved, and its interval behind it."""
    row = {"share": share, "at": figure["value"], "low": figure["low"], "high": figure["high"]}
    base = alt.Chart(look.table([row])).encode(color=color)
    behind = base.mark_rect(opacity=0.12).encode(x="low:Q", x2="high:Q")
    return behind, base.mark_rule(strokeWidth=1.5, strokeDash=[5, 3]).encode(x="at:Q")


def _apart(figure: Mapping[str, Any]) -> str:
    """The difference of the two noises; its bound, or none, where one of them was not found."""
    if figure["value"] is not None:
        return look.interval(figure)
    return figure["why"].partition(BOUND)[2] or "none"


def _wanted(figures: Mapping[str, Any]) -> str:
    """What the agent had more of without noise."""
    goal, proxy = (figures[name]["value"] or 0.0 for name in ("goal_first", "proxy_first"))
    return "goal_first" if goal >= proxy else "proxy_first"


def _points(figures: Mapping[str, Any], kind: str) -> Iterator[look.Row]:
    """Every share at every noise of a kind, none among them."""
    for name, figure in figures.items():
        group, _, share = name.rpartition(".")
        if share in look.SHARES and (group == "" or group.startswith(f"{kind}-")):
            noise = float(group.removeprefix(f"{kind}-") or 0)
            row = look.of_figure(figure, noise=noise, share=look.SHARES[share][0])
            if row is not None:
                yield row
