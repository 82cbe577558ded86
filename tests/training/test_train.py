"""Training: a recipe in; out come an agent that acts, its curve, and nothing besides."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import gmbench
from gmbench.engine.batch import Batch
from gmbench.errors import Interrupted, UsageError
from gmbench.levels import EVAL_LEVELS
from gmbench.training import Network, Progress, Recipe, checked, list_checkpoints, train
from gmbench.training.algorithms import ALGORITHMS
from gmbench.training.building import build_env, build_model
from gmbench.training.checkpoints import Due
from gmbench.training.curve import read_curve
from gmbench.training.resuming import read_run, restore, save_run
from gmbench.worlds import corner

STEPS, ENVS = 1024, 16
SMALL: dict[str, dict[str, Any]] = {
    "ppo": {"batch_size": 128, "n_epochs": 1},
    "a2c": {},
    "dqn": {"buffer_size": 2_000, "learning_starts": 100, "batch_size": 32, "gradient_steps": 1},
    "qrdqn": {"buffer_size": 2_000, "learning_starts": 100, "batch_size": 8, "gradient_steps": 1},
    "trpo": {"batch_size": 128, "cg_max_steps": 3},
    "recurrent-ppo": {"batch_size": 128, "n_epochs": 1},
}


def small(algorithm: str = "ppo", **changes: Any) -> Recipe:
    lstm = 16 if algorithm == "recurrent-ppo" else None
    recipe = Recipe(
        "corner",
        STEPS,
        parameters={"size": 7},
        algorithm=algorithm,
        num_envs=ENVS,
        network=Network("stock", layers=(16,), lstm=lstm),
        settings=SMALL[algorithm],
    )
    return recipe.with_(**changes)


def observations() -> Any:
    """The starts of a few levels, uint8 (8, 3, 7, 7)."""
    batch = Batch(corner, 8, parameters={"size": 7}, threads=1)
    return batch.begin(range(8), EVAL_LEVELS[:8], [0] * 8).copy()


def stop_at(steps: int) -> Callable[[Progress], None]:
    """What presses Ctrl-C, once, when so many steps are played."""
    pressed: list[int] = []

    def press(far: Progress) -> None:
        if far.steps >= steps and not pressed:
            pressed.append(far.steps)
            os.kill(os.getpid(), signal.SIGINT)

    return press


@pytest.fixture(autouse=True)
def told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gmbench.training.watching.TOLD_EVERY", 0.0)


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


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


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_zips_hold_no_optimizer_state_and_no_observations(algorithm: str, tmp_path: Path) -> None:
    logs = tmp_path / "a-folder-of-this-machine"
    train(small(algorithm), tmp_path / "agent.zip", tensorboard=logs)
    files = members(tmp_path / "agent.zip")
    optimizer = torch.load(io.BytesIO(files["policy.optimizer.pth"]), weights_only=True)
    assert optimizer["state"] == {}
    data = json.loads(files["data"])
    held = {name for name, value in data.items() if value is not None}
    assert held.isdisjoint(
        {"_last_obs", "_last_original_obs", "_last_episode_starts", "_last_lstm_states"}
    )
    assert held.isdisjoint({"replay_buffer", "rollout_buffer", "ep_info_buffer", "start_time"})
    assert logs.name.encode() not in b"".join(files.values())
    # 16 observations would be 2 KiB alone: nothing pickled is as large.
    pickled = {
        name: len(value[":serialized:"])
        for name, value in data.items()
        if isinstance(value, dict) and ":serialized:" in value
    }
    assert pickled and max(pickled.values()) < 2_000, pickled
    assert data["gmbench_recipe"] == checked(small(algorithm)).to_json()


def test_a_stock_agent_acts_alike_where_gmbench_is_not_installed(tmp_path: Path) -> None:
    schedule = {"learning_rate": {"from": 1e-3, "to": 1e-4}}
    train(small(settings={**SMALL["ppo"], **schedule}), tmp_path / "agent.zip")
    shown = observations()
    np.save(tmp_path / "shown.npy", shown)
    code = (
        "import sys; sys.modules['gmbench'] = None\n"
        "import numpy as np, stable_baselines3, torch\n"
        "agent = stable_baselines3.PPO.load('agent.zip', device='cpu')\n"
        "shown = np.load('shown.npy')\n"
        "print(*agent.predict(shown, deterministic=True)[0])\n"
        "chances = agent.policy.get_distribution(torch.as_tensor(shown)).distribution.probs\n"
        "np.save('chances.npy', chances.detach().numpy())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    agent: Any = gmbench.load_agent(tmp_path / "agent.zip")
    here = agent.player(8, deterministic=True).act(shown)
    assert done.stdout.split() == [str(action) for action in here]
    # Equal actions may be a coincidence; equal chances of all of them are none.
    chances = agent.policy.get_distribution(torch.as_tensor(shown)).distribution.probs
    assert len(np.unique(chances.detach().numpy(), axis=0)) == len(shown)
    assert np.array_equal(np.load(tmp_path / "chances.npy"), chances.detach().numpy())


def test_equal_recipes_give_equal_agents(tmp_path: Path) -> None:
    weights = []
    for name in ("one", "two", "other"):
        recipe = small(seed=1 if name == "other" else 0)
        done = train(recipe, tmp_path / f"{name}.zip")
        weights.append(members(done.agent)["policy.pth"])
    assert weights[0] == weights[1] != weights[2]


def test_it_learns_on_what_the_recipe_says(tmp_path: Path) -> None:
    recipe = checked(small(alpha=1.0, levels=3, parameters={"size": 9, "layout": "open"}, seed=4))
    env: Any = build_env(recipe)
    env.reset()
    assert env.observation_space.shape == (3, 9, 9)
    assert set(env.games.conditions) == {"test"}
    assert set(env.games.levels.tolist()) <= {0, 1, 2}
    env.close()


@pytest.mark.parametrize("algorithm", ["ppo", "dqn", "recurrent-ppo"])
def test_ctrl_c_saves_and_resume_counts_on(algorithm: str, tmp_path: Path) -> None:
    out = tmp_path / "agent.zip"
    recipe = small(algorithm, steps=4 * STEPS)
    with pytest.raises(Interrupted, match=r"of 4,096 steps; .*agent\.zip .*--resume") as caught:
        train(recipe, out, progress=stop_at(STEPS + 1))
    assert caught.value.signal == signal.SIGINT
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    saved = read_run(tmp_path / "agent.resume")
    # The rollout that was begun is not counted, since nothing was learned from it.
    assert 0 < saved.steps <= STEPS + 1
    assert gmbench.load_agent(out).spec.details["num_timesteps"] == saved.steps
    told: list[Progress] = []
    done = train(recipe, out, resume=True, progress=told.append)
    assert told[0].steps > saved.steps and told[0].total == 4 * STEPS
    assert 4 * STEPS <= done.steps < 4 * STEPS + 32 * ENVS
    assert list(done.rows[: len(saved.rows)]) == saved.rows
    steps = [row.steps for row in done.rows]
    assert steps == sorted(set(steps)) and steps[-1] == done.steps
    assert done.seconds > saved.seconds
    assert not (tmp_path / "agent.resume").exists()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_is_put_aside_is_taken_up_whole(algorithm: str, tmp_path: Path) -> None:
    recipe = checked(small(algorithm))
    env = build_env(recipe)
    model: Any = build_model(recipe, env)
    model.learn(512)
    path = tmp_path / "agent.resume"
    save_run(model, path, recipe, 1.5, [])
    drawn = torch.rand(3), np.random.rand(3), model.action_space.sample()
    again: Any = build_model(recipe, env)
    saved = read_run(path)
    assert (saved.recipe, saved.steps, saved.seconds) == (recipe, model.num_timesteps, 1.5)
    restore(again, saved)
    assert again.num_timesteps == model.num_timesteps
    assert again._n_updates == model._n_updates > 0
    optimizer = model.policy.optimizer.state_dict()
    assert optimizer["state"]
    for name, tensors in optimizer["state"].items():
        kept = again.policy.optimizer.state_dict()["state"][name]
        assert all(
            torch.equal(torch.as_tensor(v), torch.as_tensor(kept[k])) for k, v in tensors.items()
        )
    for name, weights in model.policy.state_dict().items():
        assert torch.equal(weights, again.policy.state_dict()[name])
    assert torch.equal(torch.rand(3), drawn[0])
    assert np.array_equal(np.random.rand(3), drawn[1])
    assert again.action_space.sample() == drawn[2]
    env.close()


def test_a_replay_buffer_is_taken_up_newest_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = checked(small("dqn", settings={**SMALL["dqn"], "buffer_size": 640}))
    env = build_env(recipe)
    model: Any = build_model(recipe, env)
    model.learn(1024)  # 64 rounds of 16 slots; the buffer holds 40 of them
    buffer = model.replay_buffer
    assert buffer.full and buffer.pos == 24
    each = sum(getattr(buffer, name)[0].nbytes for name in ("observations", "actions"))
    monkeypatch.setattr("gmbench.training.resuming.MOST_KEPT", 30 * 2 * each)
    save_run(model, tmp_path / "a.resume", recipe, 0.0, [])
    again: Any = build_model(recipe, env)
    restore(again, read_run(tmp_path / "a.resume"))
    kept = again.replay_buffer.size()
    assert 20 < kept < 40
    newest = np.arange(24 - kept, 24) % 40
    assert np.array_equal(again.replay_buffer.observations[:kept], buffer.observations[newest])
    assert np.array_equal(again.replay_buffer.rewards[:kept], buffer.rewards[newest])
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


@pytest.mark.bad_input
def test_a_stopped_run_is_neither_overwritten_nor_mixed_up(tmp_path: Path) -> None:
    out, aside = tmp_path / "agent.zip", tmp_path / "agent.resume"
    with pytest.raises(Interrupted):
        train(small(steps=4 * STEPS), out, progress=stop_at(STEPS))
    with pytest.raises(UsageError, match="go on with --resume, or delete it"):
        train(small(steps=4 * STEPS), out)
    with pytest.raises(UsageError, match="is of another recipe"):
        train(small(steps=4 * STEPS, seed=1), out, resume=True)
    aside.write_bytes(b"no run")
    with pytest.raises(UsageError, match="cannot go on from it"):
        train(small(steps=4 * STEPS), out, resume=True)


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
