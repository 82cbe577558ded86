"""Thresholds beside a suite's own, for whoever would otherwise have to copy its file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gmbench import registry
from gmbench.errors import UsageError
from gmbench.hints import nearest, quoted
from gmbench.suites.document import figures_of
from gmbench.suites.require import Threshold, read_demand
from gmbench.suites.suite import Suite, SuiteEntry


def with_demands(suite: Suite, texts: Iterable[str]) -> Suite:
    """The suite, every pair of which has to meet these thresholds as well; its digest is the same.

    Args:
        suite: what is played.
        texts: a figure and its threshold each, ``pursuit >= 0.5``; in place of the suite's own
            for that figure. Pairs that have no such figure are left alone.

    Raises:
        UsageError: one is written in another way, or twice, or no pair has such a figure.
    """
    demands: dict[str, Threshold] = {}
    for name, threshold in map(read_demand, texts):
        if name in demands:
            raise UsageError(f"{name} is required twice; say it once")
        demands[name] = threshold
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
