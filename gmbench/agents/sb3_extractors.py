"""What is known of the features extractors on the allow-list: their arguments and their weights.

They are Stable-Baselines3's own and gmbench's. Nothing here imports them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, Final

from gmbench.agents.sb3_allowed import MAX_LAYERS, Refused, boolean, depth, shown, width

MAX_PLANES: Final = 1024  # that a network can be told to be blind to

Shape = tuple[int, ...]
Arguments = Mapping[str, Any]


@dataclass(frozen=True)
class Extractor:
    """What is known of an allowed features extractor.

    Attributes:
        checks: its allowed arguments, each with what refuses a wrong value by a ValueError.
        features: how many it gives, from the shape of an observation and the arguments.
        weights: how many it has in its matrices, from the same; what it has at the least.
    """

    checks: Mapping[str, Callable[[Any], Any]]
    features: Callable[[Shape, Arguments], int]
    weights: Callable[[Shape, Arguments], int]


def _widths(value: Any) -> list[int]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_LAYERS:
        raise ValueError(f"a list of 1 to {MAX_LAYERS} widths")
    return [width(n) for n in value]


def _planes(value: Any) -> list[int]:
    if not isinstance(value, list) or len(value) > MAX_PLANES:
        raise ValueError(f"a list of up to {MAX_PLANES} planes")
    if any(type(n) is not int or not 0 <= n < MAX_PLANES for n in value):
        raise ValueError(f"planes from 0 to {MAX_PLANES - 1}")
    return list(value)


def _plane(value: Any) -> int:
    return _planes([value])[0]


def _dimension(usual: int) -> Callable[[Shape, Arguments], int]:
    return lambda shape, arguments: int(arguments.get("features_dim", usual))


def _flat(shape: Shape, arguments: Arguments) -> int:
    return prod(shape)


def _none(shape: Shape, arguments: Arguments) -> int:
    return 0


def _nature_weights(shape: Shape, arguments: Arguments) -> int:
    sizes = list(shape[1:])
    for kernel, stride in ((8, 4), (4, 2), (3, 1)):
        sizes = [(size - kernel) // stride + 1 for size in sizes]
    return _dimension(512)(shape, arguments) * 64 * prod(max(size, 0) for size in sizes)


def _grid_weights(shape: Shape, arguments: Arguments) -> int:
    channels, blocks = int(arguments.get("channels", 16)), int(arguments.get("blocks", 1))
    linear = _dimension(128)(shape, arguments) * channels * prod((n + 1) // 2 for n in shape[1:])
    return linear + 9 * channels * (shape[0] + 2 * channels * blocks)


def _place_weights(shape: Shape, arguments: Arguments) -> int:
    channels, blocks = int(arguments.get("channels", 16)), int(arguments.get("blocks", 3))
    return 9 * channels * (shape[0] + 2 * channels * blocks)


def _impala_weights(shape: Shape, arguments: Arguments) -> int:
    sections = arguments.get("channels", [16, 32, 32])
    sizes = [-(-size // 2 ** len(sections)) for size in shape[1:]]
    total = _dimension(256)(shape, arguments) * sections[-1] * prod(sizes)
    for before, after in zip([shape[0], *sections], sections, strict=False):
        total += 9 * after * (before + 4 * after)
    return int(total)


_BOARD_CHECKS = {"channels": width, "blocks": depth, "blind_to": _planes}

KNOWN: Final[Mapping[str, Extractor]] = {
    "FlattenExtractor": Extractor({}, _flat, _none),
    "NatureCNN": Extractor(
        {"features_dim": width, "normalized_image": boolean},
        _dimension(512),
        _nature_weights,
    ),
    "FlatGrid": Extractor({"blind_to": _planes}, _flat, _none),
    "GridCnn": Extractor({"features_dim": width, **_BOARD_CHECKS}, _dimension(128), _grid_weights),
    "PlaceCnn": Extractor(
        {"agent": _plane, **_BOARD_CHECKS},
        lambda shape, arguments: int(arguments.get("channels", 16)),
        _place_weights,
    ),
    "ImpalaCnn": Extractor(
        {"features_dim": width, "channels": _widths}, _dimension(256), _impala_weights
    ),
}


def check_arguments(arguments: Arguments, name: str) -> None:
    """Refuse what an extractor does not take.

    Args:
        arguments: its keyword arguments, from a file.
        name: one of `KNOWN`.

    Raises:
        Refused: an argument is not known, or its value is wrong.
    """
    checks = KNOWN[name].checks
    for key, value in arguments.items():
        if key not in checks:
            raise Refused(f"gives {name} an argument that is not known: {shown(key)}")
        try:
            checks[key](value)
        except ValueError as error:
            raise Refused(f"has {key} {shown(value)}, not {error}") from None
