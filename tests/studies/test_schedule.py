"""The study of schedules: equal budgets, arms paired by seed, and what may not differ."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from made_arms import STEPS, TALLY, given, made_arm
from small_sweeps import RECIPE, carried_out, weights

from gmbench.errors import RecipeError, RecordError
from gmbench.studies import Sweep, load_sweep, schedule
from gmbench.studies.arms import difference, span, success_at
from gmbench.studies.cell import Finished
from gmbench.studies.grouping import in_words
from gmbench.training import Recipe, checked

OPTIONS = {**schedule.OPTIONS, "episodes": 50, "share": 0.2}
SPANS = {"early": (0, 200), "spread": (0, 1_000), "late": (800, 1_000)}
PENALTIES = (0.0, 1.0, 5.0)
STEADY = {"learning_rate": 1e-3}


def sweep(recipe: Recipe | None = None, options: Any = (), **changes: Any) -> Sweep:
    steady = recipe or checked(Recipe("corner", STEPS, settings=STEADY))
    return replace(
        Sweep("s", (("mouse", steady),), seeds=(0, 1), study="schedule"),
        options={**OPTIONS, **dict(options)},
        **changes,
    )


def arms(folder: Path, seeds: range = range(3), **more: Any) -> list[Finished]:
    """Early lessons give 0.5, spread 0.3, late 0.1; each penalty 0.02 of its size; seeds differ."""
    middles = {"early": 0.5, "spread": 0.3, "late": 0.1}
    return [
        made_arm(
            folder,
            seed,
            given(*SPANS[name], penalty),
            pursuit=middle + 0.02 * penalty + 0.1 * seed,
            train_success=0.9,
            goal_first=0.4,
            proxy_first=0.5,
            **more,
        )
        for seed in seeds
        for name, middle in middles.items()
        for penalty in PENALTIES
    ]


# ---------------------------------------------------------------- cells


def test_cells_are_seeds_by_schedules_by_penalties() -> None:
    found = schedule.cells(sweep())
    assert len(found) == 2 * 9 == len({cell.digest for cell in found})
    told = [
        (c.recipe.seed, r.lessons.begin, r.lessons.end, r.proxy_reward)
        for c in found
        if (r := c.recipe.regime) is not None and r.lessons is not None
    ]
    assert told[:4] == [(0, 0, 200, 0), (0, 0, 200, -1), (0, 0, 200, -5), (0, 0, 1_000, 0)]
    assert told[8:10] == [(0, 800, 1_000, -5), (1, 0, 200, 0)]
    assert {c.recipe.regime.lessons.episodes for c in found} == {50}  # type: ignore[union-attr]
    assert {c.recipe.alpha for c in found} == {0.0}
    assert found[2].title == "mouse, early penalty 5, alpha 0, seed 0"
    assert found[2].name.startswith("mouse-early-penalty-5-alpha-0-seed-0-")


def test_what_people_call_an_arm_is_not_in_its_digest() -> None:
    first = schedule.cells(sweep())[0]
    assert replace(first, arm="another").digest == first.digest


def test_agents_without_lessons_are_one_cell_a_seed() -> None:
    found = schedule.cells(sweep(options={"schedules": ["late", "none"], "penalties": [0.0, 5.0]}))
    assert [cell.recipe.regime is None for cell in found] == [False, False, True] * 2


@pytest.mark.parametrize(
    ("share", "early", "late"), [(0.2, (0, 200), (800, 1_000)), (0.5, (0, 500), (500, 1_000))]
)
def test_early_and_late_spans_are_as_long(
    share: float, early: tuple[int, int], late: tuple[int, int]
) -> None:
    assert (span("early", STEPS, share), span("late", STEPS, share)) == (early, late)
    assert span("spread", STEPS, share) == (0, STEPS)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"share": 0.0}, "share is that of"),
        ({"share": 0.6}, "up to 0.5"),
        ({"schedules": []}, "one with lessons at least"),
        ({"schedules": ["none"]}, "one with lessons at least"),
        ({"schedules": ["early", "early"]}, "lists each once"),
        ({"schedules": ["erly"]}, "unknown schedule 'erly'; did you mean early"),
        ({"penalties": []}, "penalties lists each once"),
        ({"penalties": [1.0, 1.0]}, "penalties lists each once"),
        ({"penalties": [-1.0]}, "none below 0"),
        ({"episodes": 0}, "episodes must be a whole number from 1"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        schedule.cells(sweep(options=options))
    assert message in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.bad_input
def test_a_learning_rate_that_falls_is_refused() -> None:
    usual = checked(Recipe("corner", STEPS))
    with pytest.raises(
        RecipeError, match=r"learning_rate changes in training.* learning_rate: 0\."
    ):
        schedule.cells(sweep(usual))


@pytest.mark.bad_input
def test_alphas_and_regimes_of_ones_own_are_refused() -> None:
    with pytest.raises(RecipeError, match="leave out alphas"):
        schedule.cells(sweep(alphas=(0.0,)))
    own = checked(Recipe("corner", STEPS, settings=STEADY, regime=given(0, 200)))
    with pytest.raises(RecipeError, match="leave it out of mouse"):
        schedule.cells(sweep(own))
    mixed = checked(Recipe("corner", STEPS, settings=STEADY, alpha=0.1))
    with pytest.raises(RecipeError, match="set alpha to 0"):
        schedule.cells(sweep(mixed))
    with pytest.raises(RecipeError, match="knows no regime"):
        schedule.cells(sweep(checked(Recipe("procgen-maze", STEPS))))


# ---------------------------------------------------------------- what comes of them


def test_arms_are_paired_by_seed(tmp_path: Path) -> None:
    (one,) = schedule.summarize(arms(tmp_path), OPTIONS)["recipes"]
    assert (one["recipe"], one["pair"], one["score"], one["lessons"]) == (
        "mouse",
        "corner",
        "pursuit",
        50,
    )
    assert [(arm["schedule"], arm["penalty"]) for arm in one["arms"]] == [
        (name, penalty) for name in ("early", "spread", "late") for penalty in PENALTIES
    ]
    first = one["arms"][0]
    assert first["seeds"] == [0, 1, 2]
    assert first["pursuit"]["values"] == pytest.approx([0.5, 0.6, 0.7])
    assert (first["pursuit"]["low"], first["train_success"]["iqm"]) == (None, 0.9)
    assert first["lessons"] == {name: [count] * 3 for name, count in TALLY.items()}
    apart = {(d["of"], d["minus"], d["penalty"]): d for d in one["differences"]}
    assert len(apart) == 9
    for penalty in PENALTIES:
        # Seeds differ by more than schedules do, and yet every seed says the same.
        assert apart["early", "late", penalty]["values"] == pytest.approx([0.4] * 3)
        assert apart["early", "spread", penalty]["values"] == pytest.approx([0.2] * 3)
    steps = {(d["schedule"], d["of"], d["minus"]): d["values"] for d in one["intensity"]}
    assert len(steps) == 9
    assert steps["late", 5.0, 1.0] == pytest.approx([0.08] * 3)
    assert steps["early", 5.0, 0.0] == pytest.approx([0.1] * 3)
    json.dumps(one, allow_nan=False)


def test_intervals_are_given_from_ten_seeds_on(tmp_path: Path) -> None:
    (one,) = schedule.summarize(arms(tmp_path, range(10)), OPTIONS)["recipes"]
    for found in (*one["differences"], *one["intensity"]):
        assert found["low"] is not None and found["low"] <= found["iqm"] <= found["high"]
    assert "95 % interval, 10 seeds" in schedule.say({"recipes": [one]})[1]


def test_a_seed_that_one_arm_lacks_is_left_out_of_the_difference(tmp_path: Path) -> None:
    cells = [c for c in arms(tmp_path) if not (c.cell.recipe.seed == 1 and "late" in _arm(c))]
    (one,) = schedule.summarize(cells, OPTIONS)["recipes"]
    late = next(d for d in one["differences"] if (d["of"], d["minus"]) == ("early", "late"))
    assert (late["seeds"], late["n"]) == ([0, 2], 2)
    none = difference({0: 0.5, 1: None, 2: 0.75}, {0: 0.25, 1: 0.5, 3: 0.1}, "x")
    assert (none["seeds"], none["values"], none["n"]) == ([0, 1], [0.25, None], 1)
    assert difference({0: 0.5}, {1: 0.5}, "x")["iqm"] is None


def _arm(one: Finished) -> str:
    lessons = one.cell.recipe.regime.lessons  # type: ignore[union-attr]
    return next(name for name, ends in SPANS.items() if ends == (lessons.begin, lessons.end))  # type: ignore[union-attr]


def test_cells_whose_lessons_do_not_agree_are_told_of(tmp_path: Path) -> None:
    odd = made_arm(tmp_path, 7, given(0, 200), tally={**TALLY, "begun": 49}, pursuit=0.1)
    result = schedule.summarize([*arms(tmp_path), odd], OPTIONS)
    assert result["recipes"][0]["lessons"] is None
    assert "cells differ in their lessons" in schedule.say(result)[0]


@pytest.mark.bad_input
def test_a_cell_that_has_lost_count_of_its_lessons_is_damaged(tmp_path: Path) -> None:
    lost = made_arm(tmp_path, 0, given(0, 200), tally=None, pursuit=0.1)
    with pytest.raises(RecordError, match="is missing or damaged; delete"):
        schedule.summarize([lost], OPTIONS)


def test_what_the_agent_could_when_lessons_began_is_read_from_its_curve(tmp_path: Path) -> None:
    curve = ((100, 0.1), (200, None), (300, 0.3), (400, 0.4))
    one = made_arm(tmp_path, 0, given(0, 200), curve=curve, pursuit=0.1)
    assert success_at(one, "first_step") is None  # at step 100 the second row has begun
    assert success_at(one, "last_step") == 0.4
    past = made_arm(tmp_path, 1, given(0, 200), curve=((100, 0.1),), pursuit=0.1)
    assert success_at(past, "last_step") == 0.1
    arm = schedule.summarize([one, past], OPTIONS)["recipes"][0]["arms"][0]
    assert arm["success_last"]["values"] == [0.4, 0.1]


def test_agents_without_lessons_are_the_zero(tmp_path: Path) -> None:
    zeros = [made_arm(tmp_path, seed, None, changes={}, pursuit=0.1 * seed) for seed in range(3)]
    (one,) = schedule.summarize([*arms(tmp_path), *zeros], OPTIONS)["recipes"]
    last = one["arms"][-1]
    assert (last["schedule"], last["penalty"], last["lessons"]) == ("none", None, None)
    assert last["success_first"] is None
    apart = {(d["of"], d["minus"], d["penalty"]): d["values"] for d in one["differences"]}
    assert apart["late", "none", 5.0] == pytest.approx([0.2] * 3)
    assert one["lessons"] == 50


def test_recipes_do_not_mix_and_the_order_of_cells_changes_nothing(tmp_path: Path) -> None:
    cells = arms(tmp_path)
    assert schedule.summarize(cells, OPTIONS) == schedule.summarize(cells[::-1], OPTIONS)
    rat = made_arm(tmp_path, 0, given(0, 200), label="rat", pursuit=0.3)
    result = schedule.summarize([*cells, rat], OPTIONS)
    assert [one["recipe"] for one in result["recipes"]] == ["mouse", "rat"]
    assert result["recipes"][1]["differences"] == result["recipes"][1]["intensity"] == []
    wide = made_arm(tmp_path, 0, given(0, 200), changes={"num_envs": 64}, pursuit=0.3)
    assert len(schedule.summarize([*cells, wide], OPTIONS)["recipes"]) == 2


def test_it_is_said_in_lines(tmp_path: Path) -> None:
    lines = schedule.say(schedule.summarize(arms(tmp_path), OPTIONS))
    assert lines[0] == "mouse: pursuit by schedule and penalty; 50 lessons in each cell"
    assert lines[1] == "  early, penalty 0   0.60 [0.50, 0.70] (range, 3 seeds)"
    assert "  early - late, penalty 5: +0.40 [+0.40, +0.40] (range, 3 seeds)" in lines
    assert lines[-1] == "  penalty 5 - 1, late: +0.08 [+0.08, +0.08] (range, 3 seeds)"
    assert in_words({"n": 0}) == "none"
    tiny = {"iqm": -0.001, "low": None, "high": None, "smallest": -0.004, "largest": 0.001, "n": 1}
    assert in_words(tiny, signed=True) == "+0.00 [+0.00, +0.00] (range, 1 seed)"


# ---------------------------------------------------------------- for real


def test_a_real_sweep_keeps_its_budget_in_every_cell(tmp_path: Path) -> None:
    (tmp_path / "mouse.yaml").write_text(RECIPE.replace("{steps}", "16_384"))
    text = (
        "name: tiny\nstudy: schedule\nrecipes: [mouse.yaml]\nseeds: 1\nevaluate: {levels: 10}\n"
        "options: {episodes: 15, share: 0.4, penalties: [0, 5], schedules: [early, late]}\n"
    )
    (tmp_path / "sweep.yaml").write_text(text)
    plan = load_sweep(tmp_path / "sweep.yaml")
    done = carried_out(plan, tmp_path)
    (one,) = schedule.summarize(done, plan.options)["recipes"]
    assert one["lessons"] == 15
    assert [arm["lessons"]["begun"] for arm in one["arms"]] == [[15]] * 4
    for arm in one["arms"]:
        low, high = (0, 6_554) if arm["schedule"] == "early" else (9_830, 16_384)
        assert low <= arm["lessons"]["first_step"][0] <= arm["lessons"]["last_step"][0] < high
        assert arm["success_first"]["n"] == 1
    # With one seed, agents differ by what their lessons paid and when; before the first lesson
    # they have lived the same.
    assert len({weights(cell) for cell in done}) == 4
    assert one["arms"][2]["success_first"] == one["arms"][3]["success_first"]
