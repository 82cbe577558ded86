"""Thresholds beside a suite's own, for whoever would otherwise have to copy its file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from gmbench import registry
from gmbench.errors import UsageError
from gmbench.hints import nearest, quoted
from gmbench.suites.document import figures_of
from gmbench.suites.require import Threshold, read_demand
from gmbench.suites.suite import Suite, SuiteEntry


def read_demands(texts: Iterable[str]) -> dict[str, Threshold]:
    """Thresholds by figure, each written ``pursuit >= 0.5``.

    Raises:
        UsageError: one is written in another way, or a figure is named twice.
    """
    found: dict[str, Threshold] = {}
    for name, threshold in map(read_demand, texts):
        if name in found:
            raise UsageError(f"{name} is required twice; say it once")
        found[name] = threshold
    return found


def with_demands(suite: Suite, demands: Mapping[str, Threshold]) -> Suite:
    """The suite, every pair of which has to meet these thresholds as well; its digest is the same.

    Args:
        suite: what is played.
        demands: figure name to what it must be, in place of the suite's own for that figure. Pairs
            that have no such figure are left alone.

    Raises:
        UsageError: no pair has such a figure.
    """
    names = figures_of(suite.protocol, suite.settings)
    known = [names(registry.pair(entry.pair), entry.conditions) for entry in suite.entries]
    for name in demands:
        if all(figures is not None and name not in figures for figures in known):
            every = sorted({figure for figures in known for figure in figures or ()})
            raise UsageError(
                f"unknown figure of suite {suite.name} {quoted(name)}; {nearest(name, every)}"
            )

    def demanding(entry: SuiteEntry, figures: Iterable[str] | None) -> SuiteEntry:
        mine = {name: must for name, must in demands.items() if figures is None or name in figures}
        return replace(entry, require={**entry.require, **mine})

    return replace(suite, entries=tuple(map(demanding, suite.entries, known)))
