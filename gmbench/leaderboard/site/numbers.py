"""Numbers as tables show them: no digit that an interval does not bear."""

from __future__ import annotations

from typing import Final

MINUS: Final = "\N{MINUS SIGN}"
NONE: Final = "–"

_STEPS: Final = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


def two(value: float | None) -> str:
    """Two digits behind the point: "0.71", "−0.03"."""
    if value is None:
        return NONE
    return f"{value:.2f}".replace("-0.00", "0.00").replace("-", MINUS)


def percent(value: float | None) -> str:
    """A share in whole per cent, as a bare number; rounded as `two` rounds it."""
    return NONE if value is None else f"{100 * float(f'{value:.2f}'):.0f}".replace("-", MINUS)


def speed(value: float | None) -> str:
    """Steps per second with two or three digits: "22.9 k", "5.7 M"."""
    if value is None:
        return NONE
    for unit, name in _STEPS:
        if value >= unit:
            scaled = value / unit
            return f"{scaled:.0f} {name}" if scaled >= 100 else f"{scaled:.1f} {name}"
    return f"{value:.0f}"
