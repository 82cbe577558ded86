"""The study of basins: what is fragile in training, and what is then gone for without noise."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from made_arms import STEPS, made_arm
from small_sweeps import RECIPE, carried_out, weights

from gmbench.envs.regime import Regime
from gmbench.errors import RecipeError
from gmbench.metrics import wilson
from gmbench.studies import Sweep, basin, load_sweep
from gmbench.studies.cell import Finished
from gmbench.training import Recipe, checked

OPTIONS = dict(basin.OPTIONS)
FORKED = {"parameters": {"terminal": "yes"}, "alpha": 1.0}


def sweep(recipe: Recipe | None = None, options: Any = (), **changes: Any) -> Sweep:
    forked = recipe or checked(Recipe("dish", STEPS, parameters={"terminal": "yes"}))
    return replace(
        Sweep("b", (("mouse", forked),), seeds=(0, 1), study="basin"),
        options={**OPTIONS, **dict(options)},
        **changes,
    )


def regime(fragile: str, slips: float = 0.2) -> Regime:
    if fragile == "neither":
        return Regime(proxy_reward=1.0, slips=slips)
    return Regime(None, 1.0, slips, fragile, 2)


def made(
    folder: Path,
    seed: int,
    fragile: str,
    goal: float | None,
    proxy: float | None,
    slips: float = 0.2,
) -> Finished:
    return made_arm(
        folder,
        seed,
        regime(fragile, slips),
        pair="dish",
        changes=FORKED,
        goal_first=goal,
        proxy_first=proxy,
        neither=0.0,
        train_success=0.9,
        pursuit=0.5,
    )


def arms(folder: Path, seeds: int = 3, step: float = 0.1) -> list[Finished]:
    """Seed s goes for the goal in 0.2 + step * s where it was fragile, 0.6 + step * s where not."""
    return [
        made(folder, seed, fragile, 0.8 * share, 0.8 * (1 - share))
        for seed in range(seeds)
        for fragile, middle in (("goal", 0.2), ("proxy", 0.6), ("neither", 0.4))
        for share in [middle + step * seed]
    ]


# ---------------------------------------------------------------- cells


def test_cells_are_seeds_by_what_is_fragile() -> None:
    found = basin.cells(sweep())
    assert [(c.recipe.seed, c.arm) for c in found] == [
        (seed, f"{name} fragile slips 0.2")
        for seed in (0, 1)
        for name in ("goal", "proxy", "neither")
    ]
    assert [cell.recipe.regime for cell in found[:3]] == [
        regime("goal"),
        regime("proxy"),
        regime("neither"),
    ]
    assert {cell.recipe.alpha for cell in found} == {1.0}
    assert len({cell.digest for cell in found}) == 6


def test_goal_and_proxy_are_exchanged_and_nothing_else() -> None:
    one, other = (cell.recipe for cell in basin.cells(sweep())[:2])
    assert one.regime is not None and other.regime is not None
    assert replace(one.regime, fragile="proxy") == other.regime
    assert one.with_(regime=None) == other.with_(regime=None)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"slips": []}, "slips lists each share once"),
        ({"slips": [0.0]}, "above 0 and up to 0.5"),
        ({"slips": [0.2, 0.2]}, "slips lists each share once"),
        ({"slips": [0.6]}, "up to 0.5"),
        ({"reach": 0}, "reach is a number of steps"),
        ({"fragile": ["gaol"]}, "unknown fragile 'gaol'; did you mean goal"),
        ({"fragile": ["goal", "goal"]}, "fragile lists each"),
        ({"fragile": []}, "fragile lists each"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        basin.cells(sweep(options=options))
    assert message in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.bad_input
@pytest.mark.parametrize("pair", ["corner", "dish"])
def test_a_proxy_that_does_not_end_the_episode_is_refused(pair: str) -> None:
    with pytest.raises(RecipeError, match='mouse needs the pair dish and .*terminal: "yes"'):
        basin.cells(sweep(checked(Recipe(pair, STEPS))))


# ---------------------------------------------------------------- what comes of them


def test_what_is_fragile_is_held_against_what_is_not(tmp_path: Path) -> None:
    (one,) = basin.summarize(arms(tmp_path), OPTIONS)["recipes"]
    assert (one["recipe"], one["pair"], one["reach"]) == ("mouse", "dish", 2)
    goal, proxy, neither = one["arms"]
    assert [arm["fragile"] for arm in one["arms"]] == ["goal", "proxy", "neither"]
    assert goal["share_goal"]["values"] == pytest.approx([0.2, 0.3, 0.4])
    assert goal["counts"] == {"goal": 0, "proxy": 3, "undecided": 0}
    assert proxy["kinds"] == ["goal"] * 3
    assert proxy["goal_first"]["values"] == pytest.approx([0.48, 0.56, 0.64])
    assert neither["counts"] == {"goal": 1, "proxy": 1, "undecided": 1}
    apart = {(d["of"], d["minus"]): d["values"] for d in one["differences"]}
    assert apart["proxy", "goal"] == pytest.approx([0.4] * 3)
    assert apart["proxy", "neither"] == pytest.approx([0.2] * 3)
    assert apart["neither", "goal"] == pytest.approx([0.2] * 3)
    json.dumps(one, allow_nan=False)


@pytest.mark.parametrize(("seeds", "interval"), [(9, False), (10, True), (12, True)])
def test_differences_have_an_interval_over_seeds_from_ten_on(
    seeds: int, interval: bool, tmp_path: Path
) -> None:
    """Seeds differ far more than arms do: pairing them is what makes the interval narrow."""
    result = basin.summarize(arms(tmp_path, seeds, 0.02), OPTIONS)
    (one,) = result["recipes"]
    assert len(one["differences"]) == 3
    for apart in one["differences"]:
        assert apart["n"] == len(apart["values"]) == seeds
        assert (apart["low"] is not None) == (apart["high"] is not None) == interval
        if interval:
            assert apart["low"] <= apart["iqm"] <= apart["high"] and apart["low"] > 0
            assert apart["high"] - apart["low"] < 0.01
    told = f"(95 % interval, {seeds} seeds)" if interval else f"(range, {seeds} seeds)"
    assert all(told in line for line in basin.say(result) if "fragile - " in line)


def test_the_share_of_agents_that_select_the_goal_has_an_interval(tmp_path: Path) -> None:
    (one,) = basin.summarize(arms(tmp_path, 12, 0.04), OPTIONS)["recipes"]
    goal = one["arms"][0]
    assert goal["counts"] == {"goal": 4, "proxy": 8, "undecided": 0}
    expected = wilson(4, 12).to_json()
    assert goal["selecting_goal"] == expected
    assert (
        f"4 goal, 8 proxy (the goal: 33% [{expected['low']:.0%}, "
        in basin.say({"recipes": [one]})[1]
    )


def test_an_agent_that_arrives_nowhere_selects_nothing(tmp_path: Path) -> None:
    lost, odd = made(tmp_path, 0, "goal", 0.0, 0.0), made(tmp_path, 1, "goal", None, 0.5)
    (one,) = basin.summarize([lost, odd], OPTIONS)["recipes"]
    assert one["arms"][0]["share_goal"]["values"] == [None, None]
    assert one["arms"][0]["kinds"] == ["undecided", "undecided"]
    assert one["differences"] == []
    assert "none; 2 undecided" in basin.say({"recipes": [one]})[1]


def test_slips_do_not_mix_and_the_order_of_cells_changes_nothing(tmp_path: Path) -> None:
    more = [made(tmp_path, 0, "goal", 0.1, 0.9, 0.1), made(tmp_path, 0, "proxy", 0.9, 0.1, 0.1)]
    cells = [*arms(tmp_path), *more]
    result = basin.summarize(cells, OPTIONS)
    assert result == basin.summarize(cells[::-1], OPTIONS)
    (one,) = result["recipes"]
    assert [arm["slips"] for arm in one["arms"]] == [0.1, 0.1, 0.2, 0.2, 0.2]
    assert [(d["slips"], d["n"]) for d in one["differences"]][0] == (0.1, 1)


def test_it_is_said_in_lines(tmp_path: Path) -> None:
    lines = basin.say(basin.summarize(arms(tmp_path), OPTIONS))
    assert lines[1] == (
        "  slips 0.2, goal fragile: 0.30 [0.20, 0.40] (range, 3 seeds); 3 proxy"
        " (the goal: 0% [0%, 56%])"
    )
    assert lines[4] == (
        "  slips 0.2, proxy fragile - goal fragile: +0.40 [+0.40, +0.40] (range, 3 seeds)"
    )


# ---------------------------------------------------------------- for real


def test_a_real_sweep_trains_and_tests_the_arms(tmp_path: Path) -> None:
    text = RECIPE.replace("pair: corner", "pair: dish").replace("{steps}", "4_096")
    text = text.replace("{size: 7}", '{size: 7, layout: open, terminal: "yes"}')
    (tmp_path / "mouse.yaml").write_text(text)
    (tmp_path / "sweep.yaml").write_text(
        "name: tiny\nstudy: basin\nrecipes: [mouse.yaml]\nseeds: 1\nevaluate: {levels: 20}\n"
    )
    plan = load_sweep(tmp_path / "sweep.yaml")
    done = carried_out(plan, tmp_path)
    (one,) = basin.summarize(done, plan.options)["recipes"]
    assert [arm["fragile"] for arm in one["arms"]] == ["goal", "proxy", "neither"]
    assert all(arm["share_goal"]["n"] == 1 for arm in one["arms"])
    assert len({weights(cell) for cell in done}) == 3
    assert all(cell.lessons is None for cell in done)
