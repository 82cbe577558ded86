"""The study of emergence: agents at their checkpoints, and which came first, skill or want."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from made_courses import Then, made_course
from small_sweeps import EMERGENCE, written

from gmbench.errors import RecipeError, RecordError
from gmbench.metrics import wilson
from gmbench.studies import Finished, Sweep, emergence, load_sweep
from gmbench.studies.evaluating import Plan
from gmbench.training import Recipe, checked

OPTIONS = {"competent": 0.8}
RANDOM = "n" * 32 + "g" * 4 + "p" * 4
PROXY = "p" * 34 + "g" * 2 + "n" * 4
GOAL = "g" * 34 + "p" * 2 + "n" * 4
COURSES = {
    "before": ((RANDOM, 0.1), (PROXY, 0.5), (PROXY, 0.9), (PROXY, 1.0)),
    "same": ((RANDOM, 0.1), (RANDOM, 0.5), (GOAL, 0.9), (GOAL, 1.0)),
    "after": ((RANDOM, 0.1), (RANDOM, 0.9), (RANDOM, 0.9), (PROXY, 1.0)),
    "never committed": ((RANDOM, 0.1), (PROXY, 0.9), (PROXY, 0.9), (RANDOM, 1.0)),
    "never competent": ((RANDOM, 0.1), (PROXY, 0.9), (PROXY, 0.9), (PROXY, 0.7)),
}


def sweep(**changes: Any) -> Sweep:
    recipe = checked(Recipe("corner", 1000))
    made = Sweep("s", (("mouse", recipe),), seeds=(0, 1), study="emergence", checkpoints=300)
    return replace(made, options=OPTIONS, **changes)


def agent(folder: Path, seed: int, kind: str, **more: Any) -> Finished:
    course = [Then(100 * at, test, success) for at, (test, success) in enumerate(COURSES[kind])]
    return made_course(folder, seed, course, **more)


@pytest.fixture(scope="module")
def agents(tmp_path_factory: pytest.TempPathFactory) -> list[Finished]:
    """One of every kind, and one more that commits first."""
    folder = tmp_path_factory.mktemp("agents")
    return [agent(folder, seed, kind) for seed, kind in enumerate([*COURSES, "before"])]


def summarized(cells: list[Finished], **options: Any) -> Any:
    result = emergence.summarize(cells, {**OPTIONS, **options})
    json.dumps(result, allow_nan=False)
    return result["recipes"][0]


def test_cells_are_alphas_by_seeds_with_checkpoints() -> None:
    found = emergence.cells(sweep(alphas=(0.0, 0.1)))
    assert [(c.recipe.alpha, c.recipe.seed) for c in found] == [(0, 0), (0, 1), (0.1, 0), (0.1, 1)]
    assert {cell.study for cell in found} == {"emergence"}
    assert {cell.checkpoints for cell in found} == {300}
    usual = sweep().product()[0]
    assert found[0].digest != usual.digest  # the usual way plays no checkpoints


def test_what_counts_as_competent_is_no_other_cell() -> None:
    loose = emergence.cells(replace(sweep(), options={"competent": 0.5}))
    assert [cell.digest for cell in loose] == [cell.digest for cell in emergence.cells(sweep())]


def test_every_agent_has_its_verdict(agents: list[Finished]) -> None:
    found = summarized(agents)
    assert [one["verdict"] for one in found["by_seed"]] == [*COURSES, "before"]
    counts = {"before": 2, "same": 1, "after": 1, "never committed": 1, "never competent": 1}
    assert found["verdicts"] == counts
    assert found["before"] == wilson(2, 4).to_json()
    assert found["prefers"] == {"goal_first": 1, "proxy_first": 4, "nothing": 1}
    assert found["competent"]["values"] == [200, 200, 100, 100, None, 200]
    assert found["committed"]["values"] == [100, 200, 300, None, 100, 100]
    assert found["lag"]["values"] == [-100, 0, 200, None, None, -100]
    assert (found["lag"]["smallest"], found["lag"]["largest"]) == (-100, 200)
    assert found["by_seed"][0]["committed"] == {"steps": 100, "after": 0, "why": None}


def test_figures_are_those_of_the_records(agents: list[Finished]) -> None:
    found = summarized(agents)
    assert [point["steps"] for point in found["checkpoints"]] == [0, 100, 200, 300]
    third = found["checkpoints"][2]
    assert third["train_success"]["values"] == [0.9] * 6
    assert third["proxy_first"]["values"] == [0.85, 0.05, 0.1, 0.85, 0.85, 0.85]
    assert third["neither"]["values"][1] == 0.1
    assert third["pursuit"]["n"] == 6 and third["pursuit"]["low"] is None  # under 10 seeds
    own = found["by_seed"][0]["points"][2]
    expected = wilson(34, 40)
    assert own["proxy_first"]["value"] == 0.85 and own["proxy_first"]["n"] == 40
    assert own["proxy_first"]["low"] == pytest.approx(expected.low, abs=1e-6)
    assert [point["prefers"] for point in found["by_seed"][1]["points"]] == [
        None, None, "goal_first", "goal_first",
    ]  # fmt: skip


def test_what_a_checkpoint_foretells(agents: list[Finished]) -> None:
    found = summarized(agents[:1])
    first = found["checkpoints"][0]["final"]
    # Untrained it took the goal on levels 32 to 35 and the proxy on 36 to 39; in the end it takes
    # the proxy on levels 0 to 33, the goal on 34 and 35.
    assert first["goal_first"]["goal_first"]["value"] == 0.5
    assert first["goal_first"]["proxy_first"]["value"] == 0.5
    assert first["proxy_first"]["proxy_first"]["value"] == 0.0
    assert first["neither"]["proxy_first"]["value"] == 1.0
    assert first["whatever"]["proxy_first"]["value"] == 0.85
    assert found["checkpoints"][-1]["final"] is None  # the end foretells itself
    newly = found["final_at_competence"]  # at 200 steps, where it did what it does in the end
    assert newly["proxy_first"]["proxy_first"]["value"] == 1.0
    assert newly["goal_first"]["goal_first"]["n"] == 2


def test_competent_only_at_the_end_foretells_nothing(tmp_path: Path) -> None:
    course = [Then(0, RANDOM, 0.1), Then(100, PROXY, 0.2), Then(200, PROXY, 0.9)]
    found = summarized([made_course(tmp_path, 0, course)])
    assert found["by_seed"][0]["verdict"] == "before"
    assert found["final_at_competence"] is None
    assert len(emergence.say({"recipes": [found]})) == 5


def test_competence_is_an_option(agents: list[Finished]) -> None:
    found = summarized(agents, competent=0.7)
    assert found["verdicts"]["never competent"] == 0 and found["least"] == 0.7


def test_recipes_and_alphas_do_not_mix(tmp_path: Path) -> None:
    cells = [
        agent(tmp_path, 0, "before", alpha=0.1),
        agent(tmp_path, 0, "after", label="rat"),
        agent(tmp_path, 0, "same"),
    ]
    result = emergence.summarize(cells, OPTIONS)["recipes"]
    kinds = [(one["recipe"], one["alpha"], one["by_seed"][0]["verdict"]) for one in result]
    assert kinds == [("mouse", 0.0, "same"), ("mouse", 0.1, "before"), ("rat", 0.0, "after")]


def test_the_order_of_cells_changes_nothing(agents: list[Finished]) -> None:
    assert summarized(agents) == summarized(agents[::-1])


def test_it_is_said_in_lines(agents: list[Finished]) -> None:
    lines = emergence.say({"recipes": [summarized(agents)]})
    assert lines[0] == (
        "mouse, alpha 0, 6 seeds: 2 committed before competent, 1 at the same checkpoint,"
        " 1 committed after competent, 1 competent and never committed, 1 never competent"
    )
    assert lines[1] == "  in the end 1 prefer the goal, 4 prefer the proxy, 1 prefer neither"
    assert lines[2] == "  competent after 167 steps [100, 200], 5 of 6 seeds"
    assert lines[3] == "  committed after 133 steps [100, 300], 5 of 6 seeds"
    assert lines[4].startswith("  half of the final preference ")
    assert lines[4].endswith("], 4 of 6 seeds")
    assert lines[5].startswith("  levels where it took the goal first when it had just become")
    assert "the goal in" in lines[6] and "the proxy in" in lines[6]


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"checkpoints": None}, "say after how many steps under checkpoints"),
        ({"checkpoints": 1000}, "the first checkpoint is at 1,000 steps, mouse ends at 1,000"),
        ({"checkpoints": (5000, 2000)}, "the first checkpoint is at 2,000 steps"),
        ({"plan": Plan(conditions=("train",))}, "evaluate: emergence needs test under conditions"),
        ({"plan": Plan(protocol="degrade")}, "needs the protocol transfer, not degrade"),
    ],
)
def test_what_cannot_be_studied_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        emergence.cells(sweep(**changes))


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("found", "instead", "line"),
    [
        ("checkpoints: [512, 1024]\n", "", 1),
        ("{levels: 20, references: [random]}", "{conditions: [train]}", 5),
    ],
)
def test_a_mistake_in_the_file_names_its_line(
    found: str, instead: str, line: int, tmp_path: Path
) -> None:
    file = written(tmp_path, EMERGENCE.replace(found, instead))
    with pytest.raises(RecipeError, match=rf"sweep\.yaml:{line}: .*emergence"):
        load_sweep(file)


@pytest.mark.bad_input
def test_a_share_that_is_none_is_refused() -> None:
    with pytest.raises(RecipeError, match="a share, from 0 to 1"):
        emergence.cells(replace(sweep(), options={"competent": 80}))


@pytest.mark.bad_input
@pytest.mark.parametrize("lost", ["checkpoint-000000000100.record.json", "curve.csv"])
def test_a_damaged_cell_is_named(lost: str, tmp_path: Path) -> None:
    one = agent(tmp_path, 0, "before")
    (found,) = one.folder.rglob(lost)
    found.unlink()
    with pytest.raises(RecordError, match=str(one.folder)) as caught:
        emergence.summarize([one], OPTIONS)
    assert len(str(caught.value).splitlines()) == 1
