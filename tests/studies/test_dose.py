"""The study of the dose: a curve over alpha, all seeds, and where its middle is passed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from made_cells import made_cell

from gmbench.errors import RecipeError
from gmbench.studies import Sweep, dose
from gmbench.training import Recipe, checked

CURVE = {0.0: 0.0, 0.01: 0.2, 0.1: 0.8, 1.0: 1.0}
SEEDS = range(3)


def sweep(**changes: object) -> Sweep:
    recipe = checked(Recipe("corner", 1000))
    return replace(Sweep("s", (("mouse", recipe),), alphas=(0.0, 0.1), seeds=(0, 1)), **changes)  # type: ignore[arg-type]


def points(score: str = "pursuit", shift: float = 0.0) -> list[object]:
    return [
        made_cell(
            seed,
            alpha,
            **{score: middle + shift + 0.01 * (seed - 1), "train_success": 0.95},
            goal_first=0.5,
            proxy_first=0.4,
            pair="corner" if score == "pursuit" else "keys",
        )
        for seed in SEEDS
        for alpha, middle in CURVE.items()
    ]


def test_cells_are_alphas_by_seeds() -> None:
    found = dose.cells(sweep())
    assert [(c.recipe.alpha, c.recipe.seed) for c in found] == [(0, 0), (0, 1), (0.1, 0), (0.1, 1)]
    assert len({cell.digest for cell in found}) == 4


@pytest.mark.bad_input
def test_one_alpha_is_no_dose() -> None:
    with pytest.raises(RecipeError, match="two alphas or more"):
        dose.cells(sweep(alphas=(0.1,)))
    with pytest.raises(RecipeError, match="two alphas or more"):
        dose.cells(sweep(alphas=None))


def test_the_curve_holds_all_seeds_and_where_it_passes_one_half() -> None:
    result = dose.summarize(points(), {})  # type: ignore[arg-type]
    (curve,) = result["recipes"]
    assert (curve["recipe"], curve["pair"], curve["score"]) == ("mouse", "corner", "pursuit")
    assert [point["alpha"] for point in curve["points"]] == sorted(CURVE)
    third = curve["points"][2]
    assert third["seeds"] == [0, 1, 2]
    assert third["pursuit"]["values"] == pytest.approx([0.79, 0.8, 0.81])
    assert third["pursuit"]["iqm"] == pytest.approx(0.8)
    assert (third["pursuit"]["low"], third["pursuit"]["high"]) == (None, None)
    assert third["train_success"]["iqm"] == pytest.approx(0.95)
    half = curve["halfway"]
    assert (half["threshold"], half["why"]) == (0.5, None)
    assert half["value"] == pytest.approx(10**-1.5, rel=1e-3)
    assert half["by_seed"][1] == {"seed": 1, "value": half["value"], "why": None}
    assert half["by_seed"][0]["value"] > half["value"] > half["by_seed"][2]["value"]
    json.dumps(result, allow_nan=False)


def test_where_preference_ranks_the_middle_is_0() -> None:
    result = dose.summarize(points("preference", shift=-0.5), {})  # type: ignore[arg-type]
    half = result["recipes"][0]["halfway"]
    assert half["threshold"] == 0.0
    assert half["value"] == pytest.approx(10**-1.5, rel=1e-3)


def test_agents_without_a_score_are_left_out_and_shown() -> None:
    cells = [*points(), made_cell(9, 0.1, pursuit=None, train_success=0.1)]
    point = dose.summarize(cells, {})["recipes"][0]["points"][2]  # type: ignore[arg-type]
    assert point["pursuit"]["values"][-1] is None and point["pursuit"]["n"] == 3
    assert point["train_success"]["n"] == 4


def test_a_sweep_that_has_only_begun_has_a_result() -> None:
    half = dose.summarize([made_cell(pursuit=0.1)], {})["recipes"][0]["halfway"]
    assert half["value"] is None and "fewer than two alphas" in half["why"]


def test_recipes_do_not_mix() -> None:
    cells = [*points(), *(made_cell(0, a, label="rat", pursuit=0.3) for a in CURVE)]
    result = dose.summarize(cells, {})  # type: ignore[arg-type]
    assert [curve["recipe"] for curve in result["recipes"]] == ["mouse", "rat"]
    assert result["recipes"][1]["halfway"]["why"] == "stays under 0.5 up to alpha 1"


def test_the_order_of_cells_changes_nothing() -> None:
    cells = points()
    assert dose.summarize(cells, {}) == dose.summarize(cells[::-1], {})  # type: ignore[arg-type]


def test_it_is_said_in_lines() -> None:
    lines = dose.say(dose.summarize(points(), {}))  # type: ignore[arg-type]
    assert lines[0] == "mouse: pursuit over alpha, interquartile mean"
    assert lines[3] == "  0.1      0.80 [0.79, 0.81] (range, 3 seeds)"
    assert lines[-1] == "  pursuit 0.5: passes at alpha 0.0316"
