"""The study of emergence: agents at their checkpoints, and which came first, skill or want."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from made_courses import Then, made_course
from small_sweeps import written

from gmbench.cli import run
from gmbench.episodes import Episodes
from gmbench.errors import RecipeError, RecordError
from gmbench.metrics import wilson
from gmbench.records import Record
from gmbench.studies import Finished, Sweep, Swept, emergence, load_sweep, run_sweep
from gmbench.studies.cell import finished
from gmbench.studies.checkpointed import points
from gmbench.studies.evaluating import Plan
from gmbench.training import Recipe, checked
from gmbench.training.checkpoints import list_checkpoints
from gmbench.training.curve import read_curve
from gmbench.training.run import train

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

SWEEP = """\
name: tiny
study: emergence
recipes: [mouse.yaml]
seeds: 2
evaluate: {levels: 20, references: [random]}
checkpoints: [512, 1024]
"""


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
    assert found["prefers"] == {"goal_first": 1, "proxy_first": 4, "neither": 1, "no side": 0}
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
    assert [point["leans"] for point in found["by_seed"][1]["points"]] == [
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
    assert len(emergence.say({"recipes": [found]})) == 4


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
    assert lines[1] == "  in the end 1 prefer the goal, 4 the proxy, 1 neither"
    assert lines[2] == "  competent after 167 steps [100, 200], 5 of 6 seeds"
    assert lines[3] == "  committed after 133 steps [100, 300], 5 of 6 seeds"
    assert lines[4].startswith("  levels where it took the goal first when it had just become")
    assert "the goal in" in lines[5] and "the proxy in" in lines[5]


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


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Swept:
    folder = tmp_path_factory.mktemp("emergence")
    return run_sweep(load_sweep(written(folder, SWEEP)), folder / "out", jobs=1)


def cell_folder(trained: Swept) -> Path:
    return min((trained.path.parent / "cells").iterdir())


def test_a_real_cell_keeps_every_checkpoint_with_what_it_did(trained: Swept) -> None:
    assert trained.failures == () and trained.ran == 2
    folder = cell_folder(trained)
    kept = list_checkpoints(folder / "checkpoints")
    assert kept[0].steps == 0 and len(kept) == 3
    levels = None
    for checkpoint in kept:
        record = Record.load(checkpoint.path.with_suffix(".record.json"))
        episodes = Episodes.read(checkpoint.path.with_suffix(".episodes.csv.gz"))
        assert record.episodes_digest == episodes.digest
        assert episodes.groups("corner") == ("",)  # no reference run is played again
        assert len(episodes) == 40
        now = sorted((row.level, row.condition) for row in episodes)
        assert levels is None or now == levels
        levels = now
    final = Episodes.read(folder / "episodes.csv.gz")
    assert sorted((row.level, row.condition) for row in final.of("corner")) == levels
    assert final.groups("corner") == ("", "random")


def test_checkpoints_change_nothing_about_the_training(trained: Swept, tmp_path: Path) -> None:
    cell = load_sweep(written(tmp_path, SWEEP)).cells()[0]
    alone = train(cell.recipe, tmp_path / "alone.zip")
    kept = read_curve(cell_folder(trained) / "curve.csv")
    assert [replace(row, seconds=0.0) for row in kept] == [
        replace(row, seconds=0.0) for row in read_curve(alone.curve)
    ]
    ours, plain = weights(cell_folder(trained) / "agent.zip"), weights(alone.agent)
    assert all(torch.equal(ours[name], plain[name]) for name in plain)


def weights(agent_zip: Path) -> Any:
    with zipfile.ZipFile(agent_zip) as archive:
        return torch.load(io.BytesIO(archive.read("policy.pth")), weights_only=True)


def test_the_untrained_network_is_that_training_begins_with(trained: Swept) -> None:
    untrained, first, *_, last = points_of(trained)
    assert untrained.steps == 0 < first.steps < last.steps
    assert untrained.answers.keys() == last.answers.keys()
    assert untrained.answers != last.answers


def points_of(trained: Swept) -> Any:
    folder = cell_folder(trained)
    cells = {cell.name: cell for cell in load_sweep(trained.path.parents[1] / "sweep.yaml").cells()}
    return points(finished(cells[folder.name], folder))


def test_real_results_say_when_and_are_drawn(
    trained: Swept, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = json.loads(trained.path.read_text())
    (one,) = found["study"]["result"]["recipes"]
    assert found["study"]["name"] == "emergence"
    assert one["seeds"] == [0, 1] and sum(one["verdicts"].values()) == 2
    assert len(one["checkpoints"]) == 4 and one["checkpoints"][0]["steps"] == 0
    cells = {cell["seed"]: cell for cell in found["cells"]}
    for seed, agent_ in zip(one["seeds"], one["by_seed"], strict=True):
        assert agent_["points"][-1]["steps"] == cells[seed]["steps"]
        last = agent_["points"][-1]["proxy_first"]["value"]
        assert last == cells[seed]["metrics"]["proxy_first"]["value"]
    assert run(["plot", str(trained.path), "-o", str(tmp_path / "e.svg")]) == 0
    capsys.readouterr()
    assert (tmp_path / "e.svg").stat().st_size > 10_000


def test_a_second_run_trains_nobody_and_writes_the_same_bytes(trained: Swept) -> None:
    before = trained.path.read_bytes()
    again = run_sweep(load_sweep(trained.path.parents[1] / "sweep.yaml"), trained.path.parent)
    assert again.ran == 0 and trained.path.read_bytes() == before
