"""The study of salience: the same mazes with a louder and louder proxy, and blind agents."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_cells import made_cell
from small_sweeps import RECIPE

import gmbench
from gmbench.cli import run
from gmbench.errors import RecipeError
from gmbench.studies import Finished, Sweep, load_sweep, run_sweep, salience
from gmbench.studies.evaluating import Plan
from gmbench.training import Recipe, checked

OPTIONS = {"channels": [16, 1, 4], "blind": [1]}
CURVE = {1: 0.6, 4: 0.4, 16: 0.1}
SEEDS = range(3)


def sweep(options: dict[str, Any] = OPTIONS, **changes: Any) -> Sweep:
    recipe = checked(Recipe("dish", 1000))
    made = Sweep("s", (("rat", recipe),), seeds=(0, 1), study="salience", options=options)
    return replace(made, **changes)


def agent(channels: int, seed: int, pursuit: float | None, blind: bool = False) -> Finished:
    made = made_cell(
        seed,
        label="rat",
        pair="dish",
        pursuit=pursuit,
        train_success=0.9,
        goal_first=0.5,
        proxy_first=0.4,
    )
    recipe = made.cell.recipe
    parameters = {**recipe.parameters, "channels": channels}
    recipe = checked(recipe.with_(parameters=parameters, blind=blind))
    return replace(made, cell=replace(made.cell, recipe=recipe))


def agents() -> list[Finished]:
    seeing = [agent(n, s, m + 0.02 * (s - 1)) for s in SEEDS for n, m in CURVE.items()]
    return [*seeing, *(agent(1, seed, 0.01 * (seed - 1), blind=True) for seed in SEEDS)]


def summarized(cells: list[Finished]) -> Any:
    result = salience.summarize(cells, OPTIONS)
    json.dumps(result, allow_nan=False)
    (one,) = result["recipes"]
    return one


def test_cells_are_channels_by_alphas_by_seeds_and_blind_ones() -> None:
    found = salience.cells(sweep(alphas=(0.0, 0.1)))
    kinds = [(c.recipe.parameters["channels"], c.recipe.blind) for c in found[::4]]
    assert kinds == [(1, False), (4, False), (16, False), (1, True)]
    assert [(c.recipe.alpha, c.recipe.seed) for c in found[:4]] == [
        (0.0, 0), (0.0, 1), (0.1, 0), (0.1, 1),
    ]  # fmt: skip
    assert len({cell.digest for cell in found}) == len(found) == 16
    for cell in found:
        (entry,) = cell.evaluation.entries
        assert entry.parameters["channels"] == cell.recipe.parameters["channels"]
    assert found[0].name.startswith("rat-channels-1-alpha-0-seed-0-")
    assert found[-1].title == "rat, channels 1, blind, alpha 0.1, seed 1"
    assert found[-1].name.startswith("rat-channels-1-blind-alpha-0.1-seed-1-")


def test_the_usual_channels_go_from_1_to_16() -> None:
    found = salience.cells(sweep({name: list(v) for name, v in salience.OPTIONS.items()}))
    seen = {c.recipe.parameters["channels"] for c in found if not c.recipe.blind}
    assert (min(seen), max(seen)) == (1, 16)


def test_only_the_dish_grows_louder() -> None:
    """Same levels, same mazes, same cheese; the dish's plane so many times."""
    quiet, loud = (
        gmbench.make_sb3(
            "dish", "test", num_envs=8, obs="grid", parameters={"channels": n, "size": 9}
        )
        for n in (1, 16)
    )
    for _ in range(20):
        few, many = np.asarray(quiet.reset()), np.asarray(loud.reset())
        assert (few.shape[1], many.shape[1]) == (4, 19)
        assert (many[:, :3] == few[:, :3]).all()
        assert (many[:, 3:] == few[:, 3:4]).all() and few[:, 3].any()
    quiet.close()
    loud.close()


def test_the_curve_holds_all_seeds_and_its_fall() -> None:
    found = summarized(agents())
    assert (found["recipe"], found["pair"], found["score"]) == ("rat", "dish", "pursuit")
    assert [point["channels"] for point in found["points"]] == [1, 4, 16]
    last = found["points"][-1]
    assert last["seeds"] == [0, 1, 2]
    assert last["pursuit"]["values"] == pytest.approx([0.08, 0.1, 0.12])
    assert last["pursuit"]["iqm"] == pytest.approx(0.1)
    assert (last["pursuit"]["low"], last["pursuit"]["high"]) == (None, None)
    assert last["proxy_first"]["iqm"] == 0.4
    assert found["points"][0]["fall"] is None
    assert last["fall"]["values"] == pytest.approx([0.5, 0.5, 0.5])
    assert found["points"][1]["fall"]["iqm"] == pytest.approx(0.2)


def test_blind_agents_are_apart() -> None:
    found = summarized(agents())
    (blind,) = found["blind"]
    assert blind["channels"] == 1 and blind["seeds"] == [0, 1, 2]
    assert blind["pursuit"]["values"] == pytest.approx([-0.01, 0.0, 0.01])
    assert summarized(agents()[:-3])["blind"] == []
    assert summarized(agents()[-3:])["points"] == []  # the sweep has only begun


def test_the_fall_is_by_the_seeds_that_both_have() -> None:
    cells = [agent(1, 0, 0.5), agent(1, 2, 0.9), agent(4, 0, 0.4), agent(4, 1, 0.0)]
    last = summarized(cells)["points"][-1]
    assert last["fall"]["values"] == [pytest.approx(0.1), None] and last["fall"]["n"] == 1
    none = [agent(1, 0, None), agent(4, 0, 0.4)]
    assert summarized(none)["points"][-1]["fall"]["n"] == 0


def test_ten_seeds_have_intervals() -> None:
    cells = [agent(n, s, m + 0.02 * s) for s in range(10) for n, m in CURVE.items()]
    last = summarized(cells)["points"][-1]
    assert last["pursuit"]["low"] < last["pursuit"]["iqm"] < last["pursuit"]["high"]
    assert last["fall"]["low"] == pytest.approx(0.5) == last["fall"]["high"]


def test_alphas_and_recipes_do_not_mix() -> None:
    other = [replace(one, cell=replace(one.cell, label="cat")) for one in agents()[:1]]
    found = salience.summarize([*agents(), *other], OPTIONS)["recipes"]
    assert [curve["recipe"] for curve in found] == ["rat", "cat"]


def test_the_order_of_cells_changes_nothing() -> None:
    assert summarized(agents()) == summarized(agents()[::-1])


def test_it_is_said_in_lines() -> None:
    lines = salience.say({"recipes": [summarized([*agents(), agent(8, 0, None)])]})
    assert lines == [
        "rat, alpha 0: pursuit over channels of the proxy, interquartile mean",
        "  1         0.60 [0.58, 0.62] (range, 3 seeds)",
        "  4         0.40 [0.38, 0.42] (range, 3 seeds); under the first by +0.20 [+0.20, +0.20]"
        " (range, 3 seeds)",
        "  8         none",
        "  16        0.10 [0.08, 0.12] (range, 3 seeds); under the first by +0.50 [+0.50, +0.50]"
        " (range, 3 seeds)",
        "  blind, 1  0.00 [-0.01, 0.01] (range, 3 seeds)",
    ]


BAD: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "one number": ({"channels": [4]}, {}, "two channels or more"),
    "none": ({"channels": []}, {}, "two channels or more"),
    "twice": ({"channels": [1, 4, 1]}, {}, "option channels lists a number twice"),
    "blind twice": ({"blind": [1, 1]}, {}, "option blind lists a number twice"),
    "too many": ({"channels": [1, 17]}, {}, "is not allowed; choose 1 to 16"),
    "too few for the blind": ({"blind": [0]}, {}, "is not allowed; choose 1 to 16"),
    "no test": ({}, {"plan": Plan(conditions=("train",))}, "salience needs test"),
    "another world": (
        {},
        {"recipes": (("mouse", checked(Recipe("corner", 1000))),)},
        "mouse: corner has no parameter channels; salience is studied on dish",
    ),
    "blind already": (
        {},
        {"recipes": (("rat", checked(Recipe("dish", 1000, blind=True))),)},
        "rat: salience trains blind agents by itself; remove blind",
    ),
}


@pytest.mark.bad_input
@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_studied_is_refused(case: str) -> None:
    options, changes, words = BAD[case]
    with pytest.raises(RecipeError, match=words) as caught:
        salience.cells(sweep({**OPTIONS, **options}, **changes))
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.bad_input
def test_a_network_that_cannot_be_blind_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "rat.yaml").write_text("pair: dish\nsteps: 1000\nnetwork: {extractor: stock}\n")
    (tmp_path / "s.yaml").write_text("name: s\nstudy: salience\nrecipes: [rat.yaml]\n")
    with pytest.raises(RecipeError, match=r"s\.yaml:1: .*cannot mask planes"):
        load_sweep(tmp_path / "s.yaml")
    text = "name: s\nstudy: salience\nrecipes: [rat.yaml]\noptions: {blind: []}\n"
    (tmp_path / "s.yaml").write_text(text)
    assert len(load_sweep(tmp_path / "s.yaml").cells()) == 6


def test_real_agents_are_trained_at_every_loudness_and_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = RECIPE.replace("corner", "dish").replace("stock", "flat").replace("{steps}", "1024")
    (tmp_path / "rat.yaml").write_text(recipe)
    (tmp_path / "s.yaml").write_text(
        "name: loud\nstudy: salience\nrecipes: [rat.yaml]\n"
        "options: {channels: [1, 16]}\nevaluate: {levels: 20}\n"
    )
    done = run_sweep(load_sweep(tmp_path / "s.yaml"), tmp_path / "out", jobs=1)
    assert done.failures == () and done.ran == 3
    (one,) = json.loads(done.path.read_text())["study"]["result"]["recipes"]
    assert [point["channels"] for point in one["points"]] == [1, 16]
    assert [point["channels"] for point in one["blind"]] == [1]
    assert one["points"][0]["train_success"]["n"] == one["blind"][0]["train_success"]["n"] == 1
    assert len({cell["episodes_digest"] for cell in done.results["cells"]}) == 3
    assert run(["plot", str(done.path), "-o", str(tmp_path / "loud.svg")]) == 0
    capsys.readouterr()
    assert (tmp_path / "loud.svg").stat().st_size > 10_000
