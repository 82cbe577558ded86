"""Observation and action spaces, read from the text that stands beside their pickles."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
from gymnasium import spaces

from gmbench.agents.sb3_allowed import MAX_WIDTH, SAVE_ANEW, Refused, class_name, shown
from gmbench.hints import quoted

MAX_OBSERVATION = 2**22  # numbers in one observation

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*(e[-+]?\d+)?|inf)")


def read_spaces(fields: Mapping[str, Any]) -> tuple[spaces.Box, spaces.Discrete]:
    """The spaces of an agent.

    Args:
        fields: the JSON of a zip's member ``data``.

    Raises:
        Refused: they are not a Box with equal bounds everywhere and a Discrete from 0.
    """
    return (
        _box(_space(fields, "observation_space", "Box")),
        _discrete(_space(fields, "action_space", "Discrete")),
    )


def _space(fields: Mapping[str, Any], key: str, wanted: str) -> Mapping[str, Any]:
    """The text of a space of the wanted kind."""
    entry = fields.get(key)
    kind = entry.get(":type:") if isinstance(entry, dict) else None
    name = class_name(kind)
    if name is None or not isinstance(entry, dict):
        raise Refused(f"has no readable {key}", SAVE_ANEW)
    # SB3 < 2 wrote the spaces of gym, whose text is the same.
    if name not in (f"{lib}.spaces.{wanted.lower()}.{wanted}" for lib in ("gymnasium", "gym")):
        what = "observes a" if key == "observation_space" else "acts in a"
        raise Refused(
            f"{what} {quoted(name.rpartition('.')[2])} space, gmbench's worlds have a {wanted}",
            "train an agent on gmbench.make_sb3() or a world of the same spaces",
        )
    return entry


def _box(entry: Mapping[str, Any]) -> spaces.Box:
    shape, dtype = entry.get("_shape", entry.get("shape")), entry.get("dtype")
    if not isinstance(shape, list) or not 1 <= len(shape) <= 4:
        raise Refused(f"has an observation shape that cannot be read: {shown(shape)}")
    if any(type(n) is not int or n < 1 for n in shape) or prod(shape) > MAX_OBSERVATION:
        raise Refused(f"has observations of shape {shown(shape)}, which no world gives")
    if dtype not in ("uint8", "float32", "float64"):
        raise Refused(f"has observations of type {shown(dtype)}, not uint8, float32 or float64")
    low, high = _bound(entry, "low"), _bound(entry, "high")
    if not low < high or (dtype == "uint8" and not 0 <= low < high <= 255):
        raise Refused(f"has observations in [{low}, {high}], which is no range of {dtype}")
    kind: np.dtype[Any] = np.dtype(dtype)
    bounds = [np.full(shape, bound).astype(kind) for bound in (low, high)]
    return spaces.Box(bounds[0], bounds[1], dtype=kind.type)


def _bound(entry: Mapping[str, Any], key: str) -> float:
    """The one number that NumPy's print of an array shows everywhere."""
    text = entry.get(key)
    words = re.sub(r"[\[\]]|\.\.\.", " ", text).split() if isinstance(text, str) else []
    if not words or not all(_NUMBER.fullmatch(word) for word in words):
        raise Refused(f"has an observation space whose {key} cannot be read")
    values = {float(word) for word in words}
    if len(values) > 1:
        raise Refused(f"has observations whose {key} is not the same everywhere")
    return values.pop()


def _discrete(entry: Mapping[str, Any]) -> spaces.Discrete:
    n, start = (_integer(entry.get(key, default)) for key, default in (("n", None), ("start", 0)))
    if n is None or not 1 <= n <= MAX_WIDTH or start != 0:
        raise Refused(
            f"acts in Discrete(n={shown(entry.get('n'))}, start={shown(entry.get('start'))}),"
            f" not in 1 to {MAX_WIDTH} actions counted from 0"
        )
    return spaces.Discrete(n)


def _integer(value: Any) -> int | None:
    """A plain integer, or the text of NumPy's."""
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,9}", value):
        return int(value)
    return value if type(value) is int else None
