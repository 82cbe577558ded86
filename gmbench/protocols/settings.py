"""How a suite's YAML gives a protocol its settings."""

from __future__ import annotations

from typing import Final

from gmbench.strict_yaml import Value

MOST: Final = 1_000


def rates(value: Value) -> tuple[float, ...]:
    """A rising list of shares in [0, 1]."""
    return _rising(value, 1.0)


def scales(value: Value) -> tuple[float, ...]:
    """A rising list of numbers from 0 to 100."""
    return _rising(value, 100.0)


def count(value: Value) -> int:
    """A whole number from 0."""
    return value.integer(0, MOST)


def _rising(value: Value, most: float) -> tuple[float, ...]:
    numbers = tuple(item.number(0.0, most) for item in value.items())
    if not numbers or list(numbers) != sorted(set(numbers)):
        value.fail(f"{value.key} must be a list of rising numbers")
    return numbers
