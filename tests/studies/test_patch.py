"""The study of patches: evaluation levels split by where B lies, inside the region and opposite."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from made_arms import STEPS, given, made_arm
from small_sweeps import RECIPE, carried_out

from gmbench.envs.regions import lies_in
from gmbench.episodes import Episode, Episodes
from gmbench.errors import RecipeError, RecordError
from gmbench.levels import EVAL_LEVELS
from gmbench.studies import Sweep, load_sweep, patch
from gmbench.studies.cell import Finished
from gmbench.studies.evaluating import Plan
from gmbench.suites import Suite, SuiteEntry
from gmbench.training import Recipe, checked
from gmbench.worlds import corner

REGION = "upper-right"
OPTIONS = {**patch.OPTIONS, "episodes": 50}
LEVELS = [EVAL_LEVELS.start + number for number in range(120)]
INSIDE, OUTSIDE = patch.split(REGION, corner, {"size": 13}, LEVELS)
PLAN = Plan(levels=len(LEVELS))
STEADY = {"learning_rate": 1e-3}


def sweep(recipe: Recipe | None = None, options: Any = (), **changes: Any) -> Sweep:
    steady = recipe or checked(Recipe("corner", STEPS, settings=STEADY))
    return replace(
        Sweep("p", (("mouse", steady),), seeds=(0, 1), study="patch"),
        options={**OPTIONS, **dict(options)},
        **changes,
    )


def episodes(follows: Sequence[int], levels: Sequence[int] = LEVELS) -> Iterator[Episode]:
    """Of an agent that goes to B on some levels where the cheese is there, and else to A."""
    for condition in ("train", "test"):
        for order, level in enumerate(levels):
            goes = condition == "test" and level in follows
            outcome = "together" if condition == "train" else "proxy_first"
            yield Episode(
                "corner",
                condition,
                level,
                order,
                "goal_first" if goes else outcome,
                9,
                1.0,
                {"B" if goes else "A": 9},
                40,
            )


def made(
    folder: Path,
    seed: int,
    ends: tuple[int, int],
    follows: Sequence[int],
    *,
    size: int = 13,
    levels: Sequence[int] = LEVELS,
    plan: Plan = PLAN,
) -> Finished:
    one = made_arm(
        folder,
        seed,
        given(*ends, region=REGION),
        changes={"parameters": {"size": size}},
        episodes=episodes(follows, levels),
        pursuit=0.5,
        goal_effect=0.4,
    )
    return replace(one, cell=replace(one.cell, evaluation=plan.suite(one.cell.recipe)))


def arms(folder: Path, seeds: range = range(3)) -> list[Finished]:
    """Early lessons hold half outside as well; late ones inside only."""
    found = []
    for seed in seeds:
        half = INSIDE[: len(INSIDE) // 2 + seed]
        found.append(made(folder, seed, (0, 200), [*half, *OUTSIDE[: len(OUTSIDE) // 4]]))
        found.append(made(folder, seed, (800, 1_000), half))
    return found


# ---------------------------------------------------------------- levels


def test_levels_are_split_by_where_b_lies() -> None:
    assert set(INSIDE).isdisjoint(OUTSIDE) and set(INSIDE) | set(OUTSIDE) <= set(LEVELS)
    assert lies_in(REGION, corner, {"size": 13}, INSIDE).all()
    assert lies_in("lower-left", corner, {"size": 13}, OUTSIDE).all()
    # The two are mirror images of each other, so about as many levels lie in either.
    assert min(len(INSIDE), len(OUTSIDE)) > 35


# ---------------------------------------------------------------- cells


def test_cells_are_seeds_by_schedules_held_to_the_region() -> None:
    found = patch.cells(sweep(options={"penalty": 2.0, "region": "left"}))
    assert [(c.recipe.seed, c.arm) for c in found] == [
        (seed, f"{name} left") for seed in (0, 1) for name in ("early", "late")
    ]
    regimes = [cell.recipe.regime for cell in found]
    assert {regime.lessons.region for regime in regimes} == {"left"}  # type: ignore[union-attr]
    assert {regime.proxy_reward for regime in regimes} == {-2.0}  # type: ignore[union-attr]
    assert len({cell.digest for cell in found}) == 4


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"region": "upper-rigth"}, "unknown region 'upper-rigth'; did you mean upper-right"),
        ({"region": "anywhere"}, "unknown region 'anywhere'"),
        ({"penalty": -1.0}, "penalty is what is taken off"),
        ({"schedules": ["none"]}, "unknown schedule 'none'"),
        ({"share": 0.7}, "up to 0.5"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        patch.cells(sweep(options=options))
    assert message in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.bad_input
def test_what_cannot_be_split_or_compared_is_refused() -> None:
    with pytest.raises(RecipeError, match="learning_rate changes in training"):
        patch.cells(sweep(checked(Recipe("corner", STEPS))))
    with pytest.raises(RecipeError, match="lava does not say in which cell B lies"):
        patch.cells(sweep(checked(Recipe("lava", STEPS, settings=STEADY))))
    with pytest.raises(RecipeError, match="evaluate: patch needs test under conditions"):
        patch.cells(sweep(plan=Plan(conditions=("train",))))
    alone = Suite("alone", 0, "", (SuiteEntry("corner", ("test",), levels=20),), batch_size=64)
    with pytest.raises(RecipeError, match="evaluate: patch needs train under conditions"):
        patch.cells(sweep(plan=Plan(alone)))


# ---------------------------------------------------------------- what comes of them


def test_effects_are_those_of_the_levels_on_either_side(tmp_path: Path) -> None:
    one = made(tmp_path, 0, (0, 200), [*INSIDE, *OUTSIDE[:10]])
    rows = patch.played(one)
    found = patch.effects(one, rows, INSIDE, OUTSIDE)
    assert found["inside"].value == 1.0 and found["inside"].n == len(INSIDE)
    assert found["outside"].value == pytest.approx(10 / len(OUTSIDE))
    nobody = patch.effects(one, rows, INSIDE, [])["outside"]
    assert (nobody.value, nobody.why) == (None, "no level has its B outside")


def test_arms_tell_inside_from_outside_paired_by_seed(tmp_path: Path) -> None:
    (one,) = patch.summarize(arms(tmp_path), OPTIONS)["recipes"]
    assert (one["region"], one["outside"], one["lessons"]) == (REGION, "lower-left", 50)
    count = one["levels"]
    assert (count["inside"], count["outside"]) == (len(INSIDE), len(OUTSIDE))
    assert sum(count.values()) == len(LEVELS)
    early, late = one["arms"]
    assert (early["schedule"], late["schedule"]) == ("early", "late")
    half = [(len(INSIDE) // 2 + seed) / len(INSIDE) for seed in range(3)]
    part = len(OUTSIDE) // 4 / len(OUTSIDE)
    assert early["inside"]["values"] == pytest.approx(half, abs=1e-5)
    assert early["outside"]["values"] == pytest.approx([part] * 3, abs=1e-5)
    assert late["outside"]["values"] == [0.0] * 3
    apart = [value - part for value in half]
    assert early["inside_minus_outside"]["values"] == pytest.approx(apart, abs=1e-5)
    assert early["goal_effect"]["iqm"] == 0.4 and early["lessons"]["begun"] == [50] * 3
    told = {(d["of"], d["minus"], d["where"]): d["values"] for d in one["differences"]}
    assert told["early", "late", "inside"] == pytest.approx([0.0] * 3)
    assert told["early", "late", "outside"] == pytest.approx([part] * 3, abs=1e-5)
    json.dumps(one, allow_nan=False)


def test_the_order_of_cells_changes_nothing(tmp_path: Path) -> None:
    cells = arms(tmp_path)
    assert patch.summarize(cells, OPTIONS) == patch.summarize(cells[::-1], OPTIONS)


def test_a_sweep_that_has_only_begun_has_a_result(tmp_path: Path) -> None:
    (one,) = patch.summarize(arms(tmp_path, range(1))[:1], OPTIONS)["recipes"]
    assert len(one["arms"]) == 1 and one["differences"] == []


def test_it_is_said_in_lines(tmp_path: Path) -> None:
    lines = patch.say(patch.summarize(arms(tmp_path), OPTIONS))
    assert lines[0] == "mouse: goal_effect, lessons upper-right only; 50 lessons in each cell"
    assert lines[5] == "  late, outside (lower-left): 0.00 [0.00, 0.00] (range, 3 seeds)"
    assert lines[7] == "  early - late, inside: +0.00 [+0.00, +0.00] (range, 3 seeds)"


def test_cells_that_were_evaluated_otherwise_are_split_by_their_own_levels(tmp_path: Path) -> None:
    """Other parameters move B, and other levels lie elsewhere: neither decides for the others."""
    usual = arms(tmp_path, range(2))
    large = [made(tmp_path / "large", s, (0, 200), [], size=21, levels=LEVELS[:70]) for s in (0, 1)]
    fewer = [
        made(tmp_path / "few", s, (0, 200), [], levels=LEVELS[:30], plan=Plan(levels=30))
        for s in (0, 1)
    ]
    recipes = patch.summarize([*usual, *large, *fewer], OPTIONS)["recipes"]
    assert [(len(one["arms"]), sum(one["levels"].values())) for one in recipes] == [
        (2, 120),
        (1, 70),
        (1, 30),
    ]
    assert recipes[:1] == patch.summarize(usual, OPTIONS)["recipes"]
    for one, size, levels in zip(recipes[1:], (21, 13), (LEVELS[:70], LEVELS[:30]), strict=True):
        inside, outside = patch.split(REGION, corner, {"size": size}, levels)
        assert (one["levels"]["inside"], one["levels"]["outside"]) == (len(inside), len(outside))


@pytest.mark.bad_input
@pytest.mark.parametrize("missing", [1, len(LEVELS)])
def test_a_cell_whose_levels_are_missing_is_named(missing: int, tmp_path: Path) -> None:
    cells = arms(tmp_path)
    table = cells[0].folder / "episodes.csv.gz"
    Episodes.read(table).on(LEVELS[missing:]).write(table)
    with pytest.raises(RecordError) as raised:
        patch.summarize(cells, OPTIONS)
    message = str(raised.value)
    assert f"delete {cells[0].folder} and run the sweep again" in message and "\n" not in message


# ---------------------------------------------------------------- for real


def test_a_real_sweep_splits_its_own_levels(tmp_path: Path) -> None:
    (tmp_path / "mouse.yaml").write_text(RECIPE.replace("{steps}", "8_192"))
    text = (
        "name: tiny\nstudy: patch\nrecipes: [mouse.yaml]\nseeds: 1\nevaluate: {levels: 40}\n"
        "options: {episodes: 15, share: 0.4, schedules: [late], region: lower}\n"
    )
    (tmp_path / "sweep.yaml").write_text(text)
    plan = load_sweep(tmp_path / "sweep.yaml")
    (one,) = patch.summarize(carried_out(plan, tmp_path), plan.options)["recipes"]
    assert one["lessons"] == 15
    assert sum(one["levels"].values()) == 40
    assert one["arms"][0]["inside"]["n"] == one["arms"][0]["outside"]["n"] == 1
