"""The design's rules of validity hold in every native world that is registered."""

from __future__ import annotations

import pytest

from gmbench import registry
from gmbench.testing import Check, WorldReport, check_world

NATIVE = [name for name in registry.WORLDS.names() if registry.pair(name).world.family == "native"]

# In these alone the oracles may part in training, and what they earn is compared instead.
MAY_PART = {"keys", "monsters"}

CHOICES = [
    (name, parameter, value)
    for name in NATIVE
    for parameter, allowed in registry.WORLDS.load(name).PARAMETERS.items()
    for value in allowed
    if isinstance(value, str) and value != registry.WORLDS.load(name).DEFAULTS[parameter]
]


def failed(report: WorldReport) -> dict[str, str]:
    return {check.name: check.detail for check in report.checks if check.passed is False}


def found(report: WorldReport, name: str) -> Check:
    return next(check for check in report.checks if check.name == name)


@pytest.mark.parametrize("name", NATIVE)
def test_every_native_world_is_valid(name: str) -> None:
    report = check_world(name, levels=200)
    assert failed(report) == {}
    assert name in MAY_PART or found(report, "train-alike").value == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("name", NATIVE)
def test_every_native_world_is_valid_over_thousands_of_levels(name: str) -> None:
    report = check_world(name, levels=4096)
    assert failed(report) == {}
    assert name in MAY_PART or found(report, "train-alike").value == 1.0
    repeats = found(report, "layout-repeats")
    assert " of 65536 layouts had occurred before" in repeats.detail


@pytest.mark.slow
@pytest.mark.parametrize(("name", "parameter", "value"), CHOICES)
def test_every_layout_of_a_native_world_is_valid(name: str, parameter: str, value: str) -> None:
    assert failed(check_world(name, levels=512, parameters={parameter: value})) == {}
