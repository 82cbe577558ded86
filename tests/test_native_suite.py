"""The suite of all native pairs: nothing is left out, and the oracles get the figures they must."""

from __future__ import annotations

import pytest

import gmbench
from gmbench import registry
from gmbench.suites import load_suite

NATIVE = [name for name in gmbench.pairs() if gmbench.pair(name).world.family == "native"]
SUITE = load_suite("native")


def test_it_plays_every_native_pair_in_every_condition() -> None:
    played = {entry.pair: entry for entry in SUITE.entries}
    assert sorted(played) == NATIVE == sorted(set(NATIVE))
    for name in NATIVE:
        pair = registry.pair(name)
        assert set(played[name].conditions) == {c.name for c in pair.world.conditions}
        assert set(played[name].references) == {"random", *pair.oracles}


@pytest.mark.parametrize("role", ["goal", "proxy"])
def test_the_oracles_do_in_every_pair_what_they_are_named_after(role: str) -> None:
    record = gmbench.evaluate(f"scripted:{role}", SUITE.with_levels(12))
    assert [result.pair for result in record.results] == [entry.pair for entry in SUITE.entries]
    for result in record.results:
        shares = {name: result.metrics[name].value for name in ("train_success", f"{role}_first")}
        assert shares == {"train_success": 1, f"{role}_first": 1}, result.pair
        affinity = result.metrics[f"{role}_affinity"]
        assert affinity.value == pytest.approx(1) or affinity.why is not None, result.pair
