"""dose: the score and the shares over alpha, all seeds, and the alpha that is halfway."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import altair as alt

from gmbench.plots import across, look

NAME = "dose"
VERSION = 0

AXIS: Final = "alpha, the share of test levels in training"
ROOM: Final = 0.7  # tenfolds that a label takes


def chart(result: Mapping[str, Any]) -> Any:
    """A recipe a row: its score, where it is halfway, and its shares."""
    rows = [_of_recipe(one) for one in across.recipes(result)]
    return across.framed(result, "How many disambiguating levels does it take?", *rows)


def _of_recipe(one: Mapping[str, Any]) -> Any:
    alphas = [point["alpha"] for point in one["points"]]
    place = _Places(alphas)
    x = alt.X(
        "at:Q",
        scale=alt.Scale(domain=[place.first - 0.25, place.last + 0.25], nice=False),
        axis=across.marked_axis(place.labels(alphas), AXIS),
    )
    half = one["halfway"]
    return across.score_and_shares(
        one,
        lambda point: place(point["alpha"]),
        x,
        across.level(half["threshold"]),
        *_halfway(half, place),
        heading=(across.names_of(one, alpha=False), _in_words(one)),
    )


class _Places:
    """Where an alpha stands on the axis: its logarithm; 0 a step before the least other.

    Between 0 and the least other one places are linear in alpha, as the search for what is halfway
    is.
    """

    def __init__(self, alphas: list[float]) -> None:
        self._logs = [math.log10(alpha) for alpha in alphas if alpha > 0] or [0.0]
        self._has_zero = 0 in alphas
        self.first = self._logs[0] - self._has_zero
        self.last = self._logs[-1]

    def __call__(self, alpha: float) -> float:
        least = self._logs[0]
        if self._has_zero and alpha < 10**least:
            return least - 1 + alpha / 10**least
        return math.log10(alpha)

    def labels(self, alphas: list[float]) -> dict[float, str]:
        """Place to label: of 0 and of powers of ten first, and of others where there is room."""
        labels = {self(alpha): "" for alpha in alphas}
        for alpha in sorted(alphas, key=lambda alpha: (alpha > 0 and self(alpha) % 1 != 0, alpha)):
            place = self(alpha)
            if all(abs(place - other) > ROOM for other, text in labels.items() if text):
                labels[place] = f"{alpha:g}"
        return labels


def _halfway(half: Mapping[str, Any], place: _Places) -> list[Any]:
    """An upright line at the alpha that is halfway, its interval behind it."""
    layers: list[Any] = []
    if half["value"] is None:
        return layers
    if half["low"] is not None and half["high"] is not None:
        band = {"from": place(half["low"]), "to": place(half["high"])}
        base = alt.Chart(look.table([band]))
        layers.append(base.mark_rect(color=look.SKILL, opacity=0.14).encode(x="from:Q", x2="to:Q"))
    row = {"at": place(half["value"]), "words": f"halfway at {half['value']:.2g}"}
    base = alt.Chart(look.table([row])).encode(x="at:Q")
    text = base.mark_text(align="left", dx=5, dy=-8, fontSize=11, color=look.INK)
    return [
        *layers,
        base.mark_rule(color=look.SKILL, strokeWidth=2),
        text.encode(y=alt.value(across.HEIGHT), text="words:N"),
    ]


def _in_words(one: Mapping[str, Any]) -> str:
    half, score = one["halfway"], one["score"]
    if half["value"] is None:
        return f"{score} {half['threshold']:g}: {half['why']}"
    text = f"{score} passes {half['threshold']:g} at alpha {half['value']:.2g}"
    if half["low"] is not None and half["high"] is not None:
        text += f" [{half['low']:.2g}, {half['high']:.2g}]"
    return text
