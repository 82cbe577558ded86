"""Charts of sweeps: they show what the study found, every seed of it, and need no other file."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from chart_reading import document, drawn, marks, words, written
from made_cells import made_cell
from made_courses import Then, made_course

from gmbench.cli import run
from gmbench.errors import RecordError, UsageError
from gmbench.plots import look
from gmbench.plots.file import SWEEP_VERSION, plot
from gmbench.registry import PLOTS, STUDIES
from gmbench.studies import dose, emergence, salience, selection
from gmbench.studies.results import SCHEMA_VERSION
from gmbench.training import checked

CURVE = {0.0: 0.0, 0.001: 0.1, 0.01: 0.3, 0.1: 0.8, 1.0: 1.0}


def some_dose(folder: Path, seeds: int = 10) -> Any:
    cells = [
        made_cell(
            seed,
            alpha,
            pursuit=middle + 0.01 * (seed % 3),
            train_success=0.95,
            goal_first=middle,
            proxy_first=0.9 - 0.8 * middle,
        )
        for seed in range(seeds)
        for alpha, middle in CURVE.items()
    ]
    return dose.summarize(cells, {})


def some_selection(folder: Path, seeds: int = 10) -> Any:
    cells = [
        made_cell(
            seed,
            pursuit=0.9 if seed % 4 == 0 else 0.02 * seed,
            train_success=0.3 if seed == 5 else 0.95,
            goal_first=0.1,
            proxy_first=0.8,
        )
        for seed in range(seeds)
    ]
    return selection.summarize(cells, {"competent": 0.8, "widths": [0.4, 0.2]})


def some_emergence(folder: Path, seeds: int = 3) -> Any:
    random, proxy = "n" * 32 + "g" * 4 + "p" * 4, "p" * 34 + "g" * 2 + "n" * 4
    course = [Then(0, random, 0.1), Then(1000, proxy, 0.5), Then(2000, proxy, 0.95)]
    cells = [made_course(folder, seed, course[: 3 - (seed == 2)]) for seed in range(seeds)]
    return emergence.summarize(cells, {"competent": 0.8})


def some_salience(folder: Path, seeds: int = 10) -> Any:
    def agent(seed: int, channels: int, pursuit: float, blind: bool) -> Any:
        shares = {"train_success": 0.9, "goal_first": 0.5, "proxy_first": 0.4}
        one = made_cell(seed, label="rat", pair="dish", pursuit=pursuit, **shares)
        recipe = one.cell.recipe
        parameters = {**recipe.parameters, "channels": channels}
        recipe = checked(recipe.with_(parameters=parameters, blind=blind))
        return replace(one, cell=replace(one.cell, recipe=recipe))

    curve = {1: 0.6, 4: 0.4, 16: 0.1}
    seeing = [agent(s, n, m + 0.01 * s, False) for s in range(seeds) for n, m in curve.items()]
    blind = [agent(s, 1, 0.01 * (s - 1), True) for s in range(seeds)]
    return salience.summarize([*seeing, *blind], {})


MADE: dict[str, Callable[..., Any]] = {
    "dose": some_dose,
    "selection": some_selection,
    "emergence": some_emergence,
    "salience": some_salience,
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Any]]:
    folder = tmp_path_factory.mktemp("made")
    results = {name: make(folder / "cells") for name, make in MADE.items()}
    return {name: (written(folder, name, result), result) for name, result in results.items()}


def test_these_studies_have_charts() -> None:
    assert set(MADE) <= set(PLOTS.names()) & set(STUDIES.names())
    assert SWEEP_VERSION == SCHEMA_VERSION


@pytest.mark.parametrize("name", MADE)
def test_it_is_drawn_as_one_file_that_needs_no_other(
    name: str, made: dict[str, tuple[Path, Any]], tmp_path: Path
) -> None:
    path, result = made[name]
    svg = drawn(path)
    assert svg == drawn(path)
    assert set(re.findall(r"https?://[^\s\"'<>]*", svg)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    said = words(svg)
    assert f"sweep my-{name}" in said
    assert "interquartile mean" in said or "so few seeds have no interval" in said
    for one in result["recipes"]:
        assert f"{one['recipe']} ({one['pair']})" in said
    assert look.GOAL in svg and look.PROXY in svg
    plot(path, tmp_path / "one.png")
    assert (tmp_path / "one.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", MADE)
def test_it_fits_where_people_read_it(name: str, made: dict[str, tuple[Path, Any]]) -> None:
    """A page of about 700 pixels shows it at its own size, where its smallest words are legible."""
    svg = drawn(made[name][0])
    width = re.search(r'<svg[^>]* width="([0-9.]+)"', svg)
    assert width is not None and float(width[1]) <= 740
    sizes = [float(size) for size in re.findall(r'font-size="([0-9.]+)px"', svg)]
    assert min(sizes) >= 10


@pytest.mark.parametrize(("seeds", "interval"), [(10, True), (5, False)])
def test_the_curve_of_a_dose_shows_every_seed(seeds: int, interval: bool, tmp_path: Path) -> None:
    result = some_dose(tmp_path, seeds)
    svg = drawn(written(tmp_path, "dose", result))
    said = marks(svg)
    (one,) = result["recipes"]
    dots = [mark for mark in said if "figure: pursuit" in mark and "seed: " in mark]
    assert len(dots) == seeds * len(CURVE)
    for point in one["points"]:
        middle = f"value: {point['pursuit']['iqm']:.6g}"
        assert any(middle in mark and "seed" not in mark for mark in said)
    assert any("figure: pursuit" in mark and "low: " in mark for mark in said) == interval
    assert "halfway at 0.0" in words(svg)
    (at,) = {
        float(mark.removeprefix("at: ")) for mark in said if re.fullmatch("at: [-.0-9]+", mark)
    }
    assert at == pytest.approx(math.log10(one["halfway"]["value"]))


def test_where_there_is_no_halfway_the_chart_says_why(tmp_path: Path) -> None:
    cells = [
        made_cell(0, alpha, pursuit=0.1, train_success=0.9, goal_first=0.1, proxy_first=0.8)
        for alpha in (0.0, 0.5)
    ]
    svg = drawn(written(tmp_path, "dose", dose.summarize(cells, {})))
    assert "pursuit 0.5: stays under 0.5 up to alpha 0.5" in words(svg)
    assert "halfway at" not in words(svg)


def test_a_preference_has_its_own_scale(tmp_path: Path) -> None:
    cells = [
        made_cell(s, a, pair="keys", preference=p, train_success=0.9, goal_first=0.1, proxy_first=0)
        for s in range(2)
        for a, p in ((0.02, -0.9), (0.5, 0.9))
    ]
    svg = drawn(written(tmp_path, "dose", dose.summarize(cells, {})))
    assert "preference: 1 the goal first" in words(svg) and "0.02" in words(svg)


def test_a_dot_is_an_agent_of_a_selection(made: dict[str, tuple[Path, Any]]) -> None:
    path, result = made["selection"]
    said = marks(drawn(path))
    (one,) = result["recipes"]
    for kind, word in (("goal", "for the goal"), ("misgeneralized", "misgeneralized")):
        assert sum(f"kind: {word}" in mark for mark in said) == one["counts"][kind] > 0
    share = one["misgeneralized"]
    shown = words(drawn(path))
    assert f"{share['value']:.0%} [{share['low']:.0%}, {share['high']:.0%}] of 9" in shown
    for row in one["seeds_needed"]:
        assert f"{row['at_this_share']}" in shown and f"{row['at_one_half']}" in shown


def test_nobody_decided_is_drawn_too(tmp_path: Path) -> None:
    cells = [
        made_cell(s, pursuit=None, train_success=0.9, goal_first=0, proxy_first=0) for s in (0, 1)
    ]
    result = selection.summarize(cells, {"competent": 0.8, "widths": [0.4]})
    said = words(drawn(written(tmp_path, "selection", result)))
    assert "nobody is decided" in said and "2 undecided" in said


def test_an_emergence_shows_when_and_what_it_foretells(made: dict[str, tuple[Path, Any]]) -> None:
    path, result = made["emergence"]
    svg = drawn(path)
    said, shown = marks(svg), words(svg)
    (one,) = result["recipes"]
    assert "2 committed before competent, 1 never competent" in shown
    assert sum("what: committed to the proxy" in mark for mark in said if "shape" not in mark) >= 3
    for point in one["checkpoints"][:-1]:
        figure = point["final"]["proxy_first"]["proxy_first"]
        if figure["value"] is not None:
            values = [value for value in figure["across_seeds"]["values"] if value is not None]
            share = f"value: {100 * median(values):.6f}%"
            assert any(share in mark and "given: the proxy first" in mark for mark in said)


@pytest.mark.parametrize(("seeds", "bands"), [(3, False), (9, False), (10, True)])
def test_an_emergence_of_few_seeds_is_every_seed_and_their_median(
    seeds: int, bands: bool, tmp_path: Path
) -> None:
    """An interval of so few says nothing, and hides what there is to see."""
    svg = drawn(written(tmp_path, "emergence", some_emergence(tmp_path, seeds)))
    said = marks(svg)
    assert any("low: " in mark for mark in said) == bands
    assert ("95 % interval" in words(svg)) == bands
    alone = {
        mark.rpartition("seed: ")[2] for mark in said if "given: " in mark and "seed: " in mark
    }
    assert alone == (set() if bands else {f"{seed}" for seed in range(seeds)})


def test_salience_has_the_blind_as_its_zero(made: dict[str, tuple[Path, Any]]) -> None:
    path, result = made["salience"]
    shown = words(drawn(path))
    assert "blind agents, D = 1: all 10, and their mean" in shown
    assert "pursuit falls by 0.50 from 1 to 16 channels [0.50, 0.50], 10 seeds" in shown
    (one,) = result["recipes"]
    alone = {"recipes": [{**one, "blind": []}]}
    bare = written(path.parent, "salience", alone)
    assert "blind agents" not in words(drawn(bare))
    written(path.parent, "salience", result)


@pytest.mark.parametrize("name", MADE)
def test_a_sweep_that_has_only_begun_is_drawn(name: str, tmp_path: Path) -> None:
    shares = {"train_success": 0.9, "goal_first": 0.1, "proxy_first": 0.8}
    if name == "emergence":
        cells = [made_course(tmp_path, 0, [Then(0, "nngp" * 5, 0.1), Then(100, "p" * 20, 0.9)])]
        result = emergence.summarize(cells, {"competent": 0.8})
    elif name == "salience":
        one = made_cell(0, label="rat", pair="dish", pursuit=0.1, **shares)
        result = salience.summarize([one], {})
    else:
        options = {"competent": 0.8, "widths": [0.4]}
        cells = [made_cell(0, alpha, pursuit=0.1, **shares) for alpha in (0.0,)]
        result = STUDIES.load(name).summarize(cells, options)
    assert "<svg" in drawn(written(tmp_path, name, result))


def test_one_pair_can_be_drawn_alone(tmp_path: Path) -> None:
    result = some_dose(tmp_path, 2)
    (one,) = result["recipes"]
    path = written(tmp_path, "dose", {"recipes": [one, {**one, "recipe": "cat", "pair": "dish"}]})
    plot(path, tmp_path / "one.svg", "dish")
    said = words((tmp_path / "one.svg").read_text())
    assert "cat (dish)" in said and "mouse" not in said
    with pytest.raises(RecordError, match="it has no pair 'lava'"):
        plot(path, tmp_path / "one.svg", "lava")


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no study": ({"study": None}, "a sweep without a study, or without a finished cell"),
    "a study without a name": ({"study": {"result": {}}}, "does not say by which study"),
    "an older sweep": ({"schema_version": 0}, "have schema_version 1 here"),
    "a study without a chart": (
        {"study": {"name": "doze", "result": {}}},
        "unknown plot 'doze'; did you mean dose?",
    ),
    "nothing in it": (
        {"study": {"name": "dose", "result": {}}},
        "lacks what a chart of dose needs",
    ),
    "no recipe": (
        {"study": {"name": "dose", "result": {"recipes": []}}},
        "no recipe has a finished cell",
    ),
}


@pytest.mark.bad_input
@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_drawn_is_refused_in_one_line(case: str, tmp_path: Path) -> None:
    changes, message = BAD[case]
    path = tmp_path / "results.json"
    path.write_text(json.dumps({**document("dose", {}), **changes}))
    with pytest.raises(UsageError) as raised:
        plot(path, tmp_path / "r.svg")
    assert message in str(raised.value) and "\n" not in str(raised.value)
    assert [one.name for one in tmp_path.iterdir()] == ["results.json"]
    assert run(["plot", str(path), "-o", str(tmp_path / "r.svg")]) == 2
