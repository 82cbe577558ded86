"""What charts share: colours, the frame around them, marks for shares and their intervals.

Colours are those of `gmbench.drawing`, Okabe and Ito's, which people with every common kind of
colour vision tell apart; where two lines meet, dashes and marks tell them apart as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import altair as alt

from gmbench.drawing import GOAL_COLOUR, PROXY_COLOUR

FONT: Final = "Arial, Helvetica, Liberation Sans, sans-serif"
INK: Final = "#24292f"
SOFT_INK: Final = "#57606a"
LINES: Final = "#e4e7eb"
WALL: Final = "#3d4450"


def hexadecimal(colour: tuple[int, int, int]) -> str:
    """A colour as charts write it."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


GOAL: Final = hexadecimal(GOAL_COLOUR)
PROXY: Final = hexadecimal(PROXY_COLOUR)
SKILL: Final = "#009e73"  # Okabe and Ito's bluish green
OTHER: Final = "#cc79a7"  # and their reddish purple
NEITHER: Final = "#b4bac2"

# What charts show of every agent, in words, and its colour.
SHARES: Final = {
    "train_success": ("succeeds in training", SKILL),
    "goal_first": ("test: the goal first", GOAL),
    "proxy_first": ("test: the proxy first", PROXY),
}

Row = dict[str, Any]

_APART: Final[dict[str, Any]] = dict.fromkeys(("color", "strokeDash", "shape"), "independent")


def table(rows: Iterable[Mapping[str, Any]]) -> alt.Data:
    """Rows as a chart takes them."""
    return alt.Data(values=[dict(row) for row in rows])  # type: ignore[no-untyped-call]


def share_axis(title: str = "share of episodes", **more: Any) -> alt.Axis:
    """An axis from 0 to 1 in per cent."""
    return alt.Axis(title=title, format="%", values=[0, 0.25, 0.5, 0.75, 1], **more)


def share_y(title: str = "share of episodes") -> alt.Y:
    """That axis, upright, for the field ``value``."""
    return alt.Y("value:Q", scale=alt.Scale(domain=[0, 1]), axis=share_axis(title))


def of_figure(figure: Mapping[str, Any], **more: Any) -> Row | None:
    """A figure of a result as a row, with its interval; None where it has no value."""
    if figure["value"] is None:
        return None
    low, high = figure["low"], figure["high"]
    ends = (
        {"low": figure["value"], "high": figure["value"]}
        if low is None
        else {"low": low, "high": high}
    )
    return {**more, "value": figure["value"], **ends}


def interval(figure: Mapping[str, Any] | None) -> str:
    """A figure between -1 and 1 in words: "0.12 [0.03, 0.20]"; why, where it has no value."""
    if figure is None:
        return "not asked"
    if figure["value"] is None:
        return f"none ({figure['why']})"
    text = f"{figure['value']:.2f}"
    if figure["low"] is not None:
        text += f" [{figure['low']:.2f}, {figure['high']:.2f}]"
    return text.replace("-0.00", "0.00")


def scale(names: Sequence[str], colours: Sequence[str]) -> alt.Scale:
    """A colour for each name."""
    return alt.Scale(domain=list(names), range=list(colours))


def beside(*charts: Any) -> Any:
    """Charts in a row, each with scales and a legend of its own."""
    return alt.hconcat(*charts).resolve_scale(**_APART)


def above(*charts: Any) -> Any:
    """Charts in a column, each with scales and a legend of its own."""
    return alt.vconcat(*charts).resolve_scale(**_APART)


def names_axis(width: int) -> alt.Axis:
    """An axis of names, so many pixels wide that charts below each other line up."""
    return alt.Axis(title=None, ticks=False, domain=False, minExtent=width)


def headed(chart: Any, title: str, *below: str) -> Any:
    """A part of a figure under its own small heading."""
    return chart.properties(
        title=alt.TitleParams(
            title,
            subtitle=list(below),
            anchor="start",
            fontSize=13,
            subtitleFontSize=11,
            offset=10,
        )
    )


def framed(chart: Any, title: str, *below: str) -> Any:
    """A whole figure: its title, lines below it, and the look of everything in it."""
    titled = chart.properties(
        title=alt.TitleParams(title, subtitle=list(below), anchor="start", offset=18),
        padding={"left": 18, "right": 24, "top": 16, "bottom": 16},
        background="white",
    )
    return (
        titled.configure(font=FONT)
        .configure_title(color=INK, fontSize=16, subtitleColor=SOFT_INK, subtitleFontSize=12)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=SOFT_INK,
            titleColor=SOFT_INK,
            titleFontWeight="normal",
            labelFontSize=11,
            titleFontSize=11,
            gridColor=LINES,
            domainColor=LINES,
            tickColor=LINES,
            labelLimit=260,
            labelFlush=False,
            labelPadding=5,
        )
        .configure_legend(labelColor=INK, titleColor=SOFT_INK, titleFontWeight="normal")
        .configure_concat(spacing=34)
    )


def who(result: Mapping[str, Any]) -> str:
    """Who played what, for a line below the title."""
    agent, suite = result["agent"], result["suite"]
    return f"{agent['name']} on suite {suite['name']}; 95 % intervals"


def played(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The pairs that were played.

    Raises:
        ValueError: there is none.
    """
    found = [pair for pair in result["results"] if pair["status"] == "ok"]
    if not found:
        raise ValueError("no pair was played")
    return found
