"""Training: a recipe in; out come an agent that acts, its curve, and nothing besides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_recipes import ENVS, STEPS, members, observations, small

import gmbench
from gmbench.errors import UsageError
from gmbench.training import Network, Progress, Recipe, checked, list_checkpoints, train
from gmbench.training.algorithms import ALGORITHMS
from gmbench.training.building import build_env
from gmbench.training.checkpoints import Due
from gmbench.training.curve import read_curve
from gmbench.worlds import corner


@pytest.fixture(autouse=True)
def told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gmbench.training.watching.TOLD_EVERY", 0.0)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_trains_and_its_agent_acts(algorithm: str, tmp_path: Path) -> None:
    done = train(small(algorithm, alpha=0.5, levels=50), tmp_path / "agent.zip")
    assert STEPS <= done.steps < STEPS + 32 * ENVS
    assert done.recipe == checked(done.recipe)
    rows = read_curve(tmp_path / "agent.curve.csv")
    assert rows[-1].steps == done.steps
    assert sum(row.episodes for row in rows) > 0
    assert any(row.success is not None and row.reward is not None for row in rows)
    agent = gmbench.load_agent(tmp_path / "agent.zip")
    assert agent.spec.details["num_timesteps"] == done.steps
    actions = agent.player(8, deterministic=True).act(observations())
    assert actions.shape == (8,)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["agent.curve.csv", "agent.zip"]


def test_it_learns_on_what_the_recipe_says(tmp_path: Path) -> None:
    recipe = checked(small(alpha=1.0, levels=3, parameters={"size": 9, "layout": "open"}, seed=4))
    env: Any = build_env(recipe)
    env.reset()
    assert env.observation_space.shape == (3, 9, 9)
    assert set(env.games.conditions) == {"test"}
    assert set(env.games.levels.tolist()) <= {0, 1, 2}
    env.close()


def test_checkpoints_are_agents_that_sort_by_their_steps(tmp_path: Path) -> None:
    folder = tmp_path / "on" / "the way"
    train(small(steps=4096), tmp_path / "agent.zip", checkpoints=folder, every=1000)
    found = list_checkpoints(folder)
    assert [one.steps for one in found] == [1024, 2048, 3072, 4096]
    for one in found:
        assert gmbench.load_agent(one.path).spec.details["num_timesteps"] == one.steps
    last = members(found[-1].path)["policy.pth"]
    assert last == members(tmp_path / "agent.zip")["policy.pth"]
    assert last != members(found[0].path)["policy.pth"]


def test_checkpoints_can_be_listed_one_by_one() -> None:
    due = Due([100, 250, 300])
    assert [steps for steps in range(50, 401, 50) if due(steps)] == [100, 250, 300]
    # Two that fall into one update are one.
    due = Due([100, 120, 500], done=0)
    assert [steps for steps in (90, 200, 400, 600) if due(steps)] == [200, 600]
    due = Due(100, done=250)
    assert [steps for steps in (280, 310, 390, 400) if due(steps)] == [310, 400]


def test_tensorboard_gets_its_events(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    train(small(), tmp_path / "agent.zip", tensorboard=logs)
    assert list(logs.glob("agent_1/events.out.tfevents.*"))


def test_progress_tells_speed_and_success(tmp_path: Path) -> None:
    told: list[Progress] = []
    train(small(steps=4096), tmp_path / "agent.zip", progress=told.append)
    steps = [far.steps for far in told]
    assert steps == sorted(steps) and steps[-1] == told[-1].total == 4096
    assert all(far.steps_per_second > 0 for far in told)
    last = told[-1]
    assert last.success is not None and 0 <= last.success <= 1
    assert last.reward == last.success  # in this world


def test_a_world_without_success_tells_its_returns(tmp_path: Path) -> None:
    recipe = Recipe("trees", STEPS, num_envs=ENVS, network=Network("stock", layers=(8,)))
    done = train(recipe.with_(settings={"batch_size": 128}), tmp_path / "agent.zip")
    assert {row.success for row in done.rows} == {None}
    assert done.rows[-1].reward is not None


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no zip": ({"out": "agent.tar"}, "ends in .zip"),
    "no folder": ({"out": "no/agent.zip"}, "there is no folder"),
    "a folder": ({"out": "folder.zip"}, "it is a folder"),
    "nothing to resume": ({"resume": True}, "nothing to resume"),
    "a folder without a number": ({"checkpoints": "c"}, "after how many steps"),
    "a number without a folder": ({"every": 10}, "need a folder"),
    "every nothing": ({"checkpoints": "c", "every": 0}, "every 1 or more steps"),
    "every half": ({"checkpoints": "c", "every": 0.5}, "every so many steps"),
    "checkpoints in a file": ({"checkpoints": "file", "every": 9}, "cannot make the folder"),
    "curve in no folder": ({"curve": "no/curve.csv"}, "there is no folder"),
    "no such device": ({"device": "tpu"}, "choose cpu or cuda"),
}


@pytest.mark.bad_input
@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_written_is_refused_before_training(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder.zip").mkdir()
    Path("file").touch()
    arguments, words = WRONG[case]
    with pytest.raises(UsageError, match=words):
        train(small(), **{"out": "agent.zip", **arguments})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.zip"]


@pytest.mark.parametrize(
    ("network", "obs"),
    [
        (Network("grid-cnn", features=8, channels=4, blocks=1, activation="relu"), "grid"),
        (Network("place-cnn", channels=8, blocks=1), "grid"),
        (Network("flat", layers=(8,)), "grid"),
        (Network("impala", features=8), "rgb"),
    ],
    ids=lambda value: getattr(value, "extractor", value),
)
def test_every_extractor_is_trained_and_loaded_again(
    network: Network, obs: str, tmp_path: Path
) -> None:
    train(small(network=network, obs=obs, steps=512), tmp_path / "agent.zip")
    agent = gmbench.load_agent(tmp_path / "agent.zip")
    assert agent.spec.details["trusted"] is False
    shape = agent.spec.observation_space.shape  # type: ignore[union-attr]
    shown = np.zeros((4, *(shape if obs == "grid" else (64, 64, 3))), np.uint8)
    assert agent.player(4, deterministic=True).act(shown).shape == (4,)


@pytest.mark.parametrize("extractor", ["grid-cnn", "place-cnn", "flat"])
def test_the_blind_act_alike_wherever_the_goal_is(extractor: str, tmp_path: Path) -> None:
    network = Network(extractor, layers=(16,))
    acts = {}
    for blind in (True, False):
        out = tmp_path / f"{blind}.zip"
        train(small(network=network, blind=blind, steps=2048), out)
        policy: Any = gmbench.load_agent(out).policy  # type: ignore[attr-defined]
        seen = torch.as_tensor(observations())
        hidden = seen.clone()
        hidden[:, corner.PLANES.index("cheese")] = 0
        probabilities = [policy.get_distribution(o).distribution.probs for o in (seen, hidden)]
        acts[blind] = torch.equal(*probabilities)
    assert acts == {True: True, False: False}
