"""Charts of the studies that compare arms: every seed and every difference that was found."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from chart_reading import drawn, marks, words, written
from made_arms import given, made_arm
from test_basin import OPTIONS as BASIN
from test_basin import made as basin_cell
from test_patch import INSIDE, OUTSIDE
from test_patch import OPTIONS as PATCH
from test_patch import made as patch_cell

from gmbench.plots.file import plot
from gmbench.registry import PLOTS, STUDIES
from gmbench.studies import basin, patch, schedule

SCHEDULE = {**schedule.OPTIONS, "episodes": 50, "share": 0.2}
SPANS = {"early": (0, 200), "spread": (0, 1_000), "late": (800, 1_000)}


def some_schedule(folder: Path, seeds: int) -> Any:
    shares = {"train_success": 0.9, "goal_first": 0.4, "proxy_first": 0.5}
    cells = [
        made_arm(folder, seed, given(*span, p), pursuit=0.1 + 0.05 * p + 0.01 * seed, **shares)
        for seed in range(seeds)
        for span in SPANS.values()
        for p in (0.0, 1.0, 5.0)
    ]
    cells += [made_arm(folder, seed, None, pursuit=0.0, **shares) for seed in range(seeds)]
    return schedule.summarize(cells, SCHEDULE)


def some_patch(folder: Path, seeds: int) -> Any:
    cells = [
        patch_cell(folder, seed, span, [*INSIDE[: 20 + seed], *OUTSIDE[:seed]])
        for seed in range(seeds)
        for span in (SPANS["early"], SPANS["late"])
    ]
    return patch.summarize(cells, PATCH)


def some_basin(folder: Path, seeds: int) -> Any:
    cells = [
        basin_cell(folder, seed, fragile, share, 1 - share, slips)
        for seed in range(seeds)
        for fragile, middle in (("goal", 0.2), ("proxy", 0.7), ("neither", 0.4))
        for slips in (0.1, 0.2)
        for share in [middle + 0.02 * seed]
    ]
    return basin.summarize(cells, BASIN)


MADE: dict[str, Callable[[Path, int], Any]] = {
    "schedule": some_schedule,
    "patch": some_patch,
    "basin": some_basin,
}


def spreads(one: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Everything across seeds that a chart of the study shows."""
    found = [*one["differences"], *one.get("intensity", ())]
    for arm in one["arms"]:
        if name == "schedule":
            found += [arm[one["score"]], arm["success_first"], arm["success_last"]]
        elif name == "patch":
            found += [arm["inside"], arm["outside"], arm["inside_minus_outside"]]
        else:
            found.append(arm["share_goal"])
    return [across for across in found if across is not None and across["n"]]


def test_these_studies_have_charts() -> None:
    assert set(MADE) <= set(PLOTS.names()) & set(STUDIES.names())


@pytest.mark.parametrize("seeds", [3, 10])
@pytest.mark.parametrize("name", MADE)
def test_every_seed_and_every_middle_is_drawn(name: str, seeds: int, tmp_path: Path) -> None:
    result = MADE[name](tmp_path, seeds)
    (one,) = result["recipes"]
    shown = spreads(one, name)
    said = marks(drawn(written(tmp_path, name, result)))
    dots = [mark for mark in said if "seed: " in mark]
    assert len(dots) == sum(across["n"] for across in shown)
    middles = [mark for mark in said if "arm" not in mark or "seed: " not in mark]
    for across in shown:
        number = across["iqm"]
        texts = (f"value: {number:.6g}", f"value: {100 * number:.6g}")
        assert any(text in mark for mark in middles for text in texts), number
    with_interval = [mark for mark in said if "low: " in mark]
    assert len(with_interval) == (len(shown) if seeds >= 10 else 0)


@pytest.mark.parametrize("name", MADE)
def test_it_fits_a_page_and_says_what_it_shows(name: str, tmp_path: Path) -> None:
    svg = drawn(written(tmp_path, name, MADE[name](tmp_path, 3)))
    width = re.search(r'<svg[^>]* width="([0-9.]+)"', svg)
    assert width is not None and float(width[1]) <= 740
    assert min(float(size) for size in re.findall(r'font-size="([0-9.]+)px"', svg)) >= 10
    said = words(svg)
    assert f"sweep my-{name}" in said and "mouse" in said
    told = {
        "schedule": ("50 lessons in every cell", "penalty 5", "no lessons", "at the last lesson"),
        "patch": ("outside: lower-left", f"{len(INSIDE)} levels inside"),
        "basin": ("neither", "slips 0.1", "a slip within 2 steps of it was the end"),
    }[name]
    for text in told:
        assert text in said
    plot(tmp_path / f"{name}.json", tmp_path / "one.png")
    assert (tmp_path / "one.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", MADE)
def test_a_sweep_that_has_only_begun_is_drawn(name: str, tmp_path: Path) -> None:
    regime = given(*SPANS["early"])
    result = {
        "schedule": lambda: schedule.summarize(
            [made_arm(tmp_path, 0, regime, pursuit=0.1)], SCHEDULE
        ),
        "patch": lambda: patch.summarize([patch_cell(tmp_path, 0, SPANS["late"], [])], PATCH),
        "basin": lambda: basin.summarize([basin_cell(tmp_path, 0, "goal", 0.0, 0.0)], BASIN),
    }[name]()
    svg = drawn(written(tmp_path, name, result))
    expected = {"schedule": "one schedule so far", "patch": "late", "basin": "one arm so far"}
    assert expected[name] in words(svg)
    only_zero = schedule.summarize([made_arm(tmp_path, 1, None, pursuit=0.1)], SCHEDULE)
    assert "no lessons so far" in words(drawn(written(tmp_path, "schedule", only_zero)))
