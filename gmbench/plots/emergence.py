"""emergence: how skill and wants grow, who commits when, and what early outcomes foretell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from operator import itemgetter
from typing import Any, Final

import altair as alt

from gmbench.plots import across, look
from gmbench.plots.foretold import few, foretold, median_of

NAME = "emergence"
VERSION = 0

WIDTH: Final = 258
HEIGHT: Final = 210
LEAST: Final = 11  # pixels of a seed's row
STEPS: Final = "steps learned from"
MARKS: Final = {
    "competent": ("competent", look.SKILL),
    "goal_first": ("committed to the goal", look.GOAL),
    "proxy_first": ("committed to the proxy", look.PROXY),
}
SAID: Final = {
    "before": "committed before competent",
    "same": "at the same checkpoint",
    "after": "after",
    "never committed": "never committed",
    "never competent": "never competent",
}
READING: Final = (
    "thin: every seed; thick: their interquartile mean with its 95 % interval; lower panels: the",
    "levels of all agents, with 95 % intervals that count an agent as one trial",
)
READING_FEW: Final = ("thin: every seed; thick: their median; so few seeds have no interval",)


def chart(result: Mapping[str, Any]) -> Any:
    """Two rows a recipe: shares over steps, and when; then what a checkpoint foretells."""
    rows: list[Any] = []
    for one in across.recipes(result):
        rows += [
            look.beside(_shares(one), _when(one)),
            look.beside(
                foretold(one, "goal_first", _x(one), "P(in the end the goal first)", legend=True),
                foretold(one, "proxy_first", _x(one), "P(in the end the proxy first)"),
            ),
        ]
    question = "When does it commit, before or after it is competent?"
    reading = READING_FEW if all(map(few, across.recipes(result))) else READING
    return across.framed(result, question, *rows, reading=reading)


def _x(one: Mapping[str, Any]) -> alt.X:
    last = one["checkpoints"][-1]["steps"]
    axis = alt.Axis(title=STEPS, format="~s", grid=False, tickCount=5)
    return alt.X("at:Q", scale=alt.Scale(domain=[0, last], nice=False), axis=axis)


def _shares(one: Mapping[str, Any]) -> Any:
    words, colours = zip(*look.SHARES.values(), strict=True)
    scale = look.scale(words, colours)
    legend = alt.Legend(
        title=None, orient="bottom", columns=1, symbolType="stroke", symbolStrokeWidth=4
    )
    x = _x(one)
    # A little room above 100 %, so that this heading is no higher than that beside it.
    y = alt.Y("value:Q", scale=alt.Scale(domain=[0, 1.03], nice=False), axis=look.share_axis())
    unnamed = alt.Color("figure:N", scale=scale, legend=None)
    middles = list(_middles(one))
    thick = alt.Chart(look.table(middles)).mark_line(strokeWidth=3)
    band = alt.Chart(look.table(row for row in middles if "low" in row)).mark_area(opacity=0.2)
    thin = alt.Chart(look.table(_of_seeds(one))).mark_line(strokeWidth=1, opacity=0.4)
    drawn = alt.layer(
        band.encode(x=x, y="low:Q", y2="high:Q", color=unnamed),
        thin.encode(x=x, y=y, color=unnamed, detail="seed:N"),
        thick.encode(x=x, y=y, color=alt.Color("figure:N", scale=scale, legend=legend)),
        across.level(one["least"]),
    ).resolve_legend(color="independent")
    counts, seeds = one["verdicts"], len(one["seeds"])
    told = ", ".join(f"{counts[name]} {said}" for name, said in SAID.items() if counts[name])
    return look.headed(
        drawn.properties(width=WIDTH, height=HEIGHT),
        f"{across.names_of(one)}: {seeds} seeds",
        told,
        f"dashed: competent at {one['least']:.0%}",
    )


def _middles(one: Mapping[str, Any]) -> Iterator[look.Row]:
    if not few(one):
        yield from across.middle_rows(one["checkpoints"], itemgetter("steps"), look.SHARES)
        return
    for point in one["checkpoints"]:
        for name, (words, _) in look.SHARES.items():
            value = median_of(point[name]["values"])
            if value is not None:
                yield {"at": point["steps"], "value": value, "figure": words}


def _of_seeds(one: Mapping[str, Any]) -> Iterator[look.Row]:
    for agent in one["by_seed"]:
        for point in agent["points"]:
            for name, (words, _) in look.SHARES.items():
                value = point[name]["value"]
                if value is not None:
                    row = {"at": point["steps"], "value": value, "figure": words}
                    yield {**row, "seed": agent["seed"]}


def _when(one: Mapping[str, Any]) -> Any:
    """A seed a row: between which checkpoints it became competent, and committed."""
    agents = sorted(one["by_seed"], key=_order)
    order = [f"{agent['seed']}" for agent in agents]
    words, colours = zip(*MARKS.values(), strict=True)
    scale = look.scale(words, colours)
    shapes = alt.Scale(domain=list(words), range=["circle", "diamond", "square"])
    x = _x(one)
    axis = alt.Axis(title="seed", ticks=False, domain=False)
    y = alt.Y("seed:N", scale=alt.Scale(domain=order), axis=axis)
    legend = alt.Legend(title=None, orient="bottom", columns=1, symbolOpacity=1)
    base = alt.Chart(look.table(row for agent in agents for row in _moments(agent)))
    colour = alt.Color("what:N", scale=scale, legend=legend)
    wants = alt.Chart(look.table(row for agent in agents for row in _wants(agent)))
    stretch = base.mark_rule(strokeWidth=6, opacity=0.3, strokeCap="round")
    mark = base.mark_point(size=70, filled=True, opacity=1)
    drawn = alt.layer(
        wants.mark_circle(size=13, opacity=1).encode(
            x=x, y=y, yOffset="row:N", color=alt.Color("colour:N", scale=None)
        ),
        stretch.encode(x=alt.X("after:Q"), x2="at:Q", y=y, color=colour, yOffset="row:N"),
        mark.encode(
            x=x,
            y=y,
            yOffset="row:N",
            color=colour,
            shape=alt.Shape("what:N", scale=shapes, legend=legend),
        ),
    )
    height = max(HEIGHT, LEAST * len(agents))
    return look.headed(
        drawn.properties(width=WIDTH - 20, height=height),
        "When",
        "a mark at the first checkpoint, pale since the last",
        "before; small dots: what it prefers",
    )


def _order(agent: Mapping[str, Any]) -> tuple[float, float, int]:
    late = float("inf")
    committed, competent = agent["committed"]["steps"], agent["competent"]["steps"]
    return (
        late if committed is None else committed,
        late if competent is None else competent,
        agent["seed"],
    )


def _moments(agent: Mapping[str, Any]) -> Iterator[look.Row]:
    for row, (name, what) in enumerate((("committed", agent["prefers"]), ("competent",) * 2)):
        since = agent[name]
        if since["steps"] is not None:
            after = since["steps"] if since["after"] is None else since["after"]
            yield {
                "seed": f"{agent['seed']}",
                "row": row,
                "what": MARKS[what][0],
                "at": since["steps"],
                "after": after,
            }


def _wants(agent: Mapping[str, Any]) -> Iterator[look.Row]:
    for point in agent["points"]:
        if point["prefers"] is not None:
            colour = MARKS[point["prefers"]][1]
            yield {"seed": f"{agent['seed']}", "row": 0, "at": point["steps"], "colour": colour}
