"""The Gymnasium vector environment, checked against Gymnasium's own vectorization of the scalar."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv

import gmbench  # noqa: F401
from gmbench.envs.gym import GmbenchEnv
from gmbench.envs.vector import GmbenchVectorEnv
from gmbench.errors import UsageError

pytestmark = pytest.mark.procgen

COINRUN = "gmbench/Procgen-CoinRun-v0"
MODES = [AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP]


def assert_equal_infos(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert one.keys() == other.keys()
    for key in one:
        if isinstance(one[key], dict):
            assert_equal_infos(one[key], other[key])
        else:
            for a, b in zip(one[key], other[key], strict=True):
                assert np.array_equal(a, b), key


def test_make_vec_makes_it() -> None:
    env = gymnasium.make_vec(COINRUN, num_envs=3, condition="test")
    assert isinstance(env.unwrapped, GmbenchVectorEnv)
    assert env.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
    assert env.metadata["render_fps"] == 15
    assert env.num_envs == 3
    assert env.single_observation_space == gymnasium.spaces.Box(0, 255, (64, 64, 3), np.uint8)
    assert env.observation_space.shape == (3, 64, 64, 3)
    assert env.single_action_space == gymnasium.spaces.Discrete(15)
    assert env.action_space == gymnasium.spaces.MultiDiscrete([15] * 3)
    observations, infos = env.reset(seed=0)
    assert observations in env.observation_space
    assert infos == {}
    env.action_space.seed(0)
    for _ in range(5):
        observations, rewards, terminations, truncations, infos = env.step(
            env.action_space.sample()
        )
        assert observations in env.observation_space
        for array, dtype in [(rewards, "f"), (terminations, "b"), (truncations, "b")]:
            assert (array.shape, array.dtype.kind) == ((3,), dtype)
    env.close()
    env.close()


@pytest.mark.parametrize("mode", MODES)
def test_one_slot_is_what_gymnasium_makes_of_the_scalar(
    mode: AutoresetMode, random_runs: Any
) -> None:
    """The same frames, rewards, flags and infos at every step, whatever the autoreset mode."""
    ours = GmbenchVectorEnv("procgen-coinrun", "test", autoreset_mode=mode)
    theirs = SyncVectorEnv([lambda: GmbenchEnv("procgen-coinrun", "test")], autoreset_mode=mode)
    assert ours.metadata["autoreset_mode"] is theirs.metadata["autoreset_mode"]
    assert np.array_equal(ours.reset(seed=5)[0], theirs.reset(seed=5)[0])
    ended = 0
    for actions in random_runs(2200, 1):
        one: Any = ours.step(actions)
        other: Any = theirs.step(actions)
        assert all(map(np.array_equal, one[:4], other[:4]))
        assert_equal_infos(one[4], other[4])
        ended += int(one[2][0] or one[3][0])
    ours.close()
    theirs.close()
    assert ended >= 2


@pytest.mark.parametrize("condition", ["test", "no-goal"])
def test_next_step_shows_edited_levels_only(condition: str, aside: Any, random_runs: Any) -> None:
    env = GmbenchVectorEnv("procgen-coinrun", condition, num_envs=4, autoreset_mode="NextStep")
    begun = [[frame] for frame in env.reset(seed=0)[0]]
    taken: list[list[int]] = [[] for _ in begun]
    over = np.zeros(4, dtype=bool)
    played = 0
    for actions in random_runs(200, 4):
        waiting = over
        frames, rewards, terminated, truncated, infos = env.step(actions)
        over = terminated | truncated
        assert not rewards[waiting].any() and not over[waiting].any()
        for slot in range(4):
            if waiting[slot]:
                begun[slot], taken[slot] = [frames[slot]], []
                continue
            begun[slot].append(frames[slot])
            taken[slot].append(int(actions[slot]))
            if over[slot]:
                assert infos["_level"][slot]
                true = aside("procgen-coinrun").play(
                    int(infos["level"][slot]), condition, taken[slot]
                )
                held = [*true.frames, true.frames[-1]] if true.ended else true.frames
                assert len(held) == len(begun[slot])
                assert all(map(np.array_equal, begun[slot], held))
                played += 1
    env.close()
    assert played >= 4


def test_final_frames_and_infos_are_there_for_ended_slots_only(random_runs: Any) -> None:
    env = gymnasium.make_vec(COINRUN, num_envs=4)
    env.reset(seed=0)
    ended = np.zeros(4, dtype=int)
    for actions in random_runs(200, 4):
        _, rewards, terminated, truncated, infos = env.step(actions)
        over = terminated | truncated
        ended += over
        if not over.any():
            assert infos == {}
            continue
        assert np.array_equal(infos["_final_obs"], over)
        assert np.array_equal(infos["final_info"]["_level"], over)
        for slot in range(4):
            frame = infos["final_obs"][slot]
            assert (frame is None) == (not over[slot])
            if over[slot]:
                assert frame.shape == (64, 64, 3)
                assert infos["final_info"]["condition"][slot] == "train"
                assert infos["final_info"]["is_success"][slot] == (rewards[slot] > 0)
    env.close()
    assert (ended > 0).all()


def test_slots_do_not_depend_on_each_other(random_runs: Any) -> None:
    """Slot 1 of two plays what slot 1 of five plays, and a seed gives everything again."""
    actions = random_runs(60, 5)
    seen = []
    for slots in (2, 5, 5):
        env = GmbenchVectorEnv("procgen-coinrun", num_envs=slots)
        frames = [env.reset(seed=9)[0]] + [env.step(row[:slots])[0] for row in actions]
        seen.append(np.stack(frames))
        env.close()
    assert np.array_equal(seen[0], seen[1][:, :2])
    assert np.array_equal(seen[1], seen[2])
    assert len(np.unique(seen[1][0].reshape(5, -1), axis=0)) == 5


def test_levels_can_be_pinned_for_all_or_each(aside: Any) -> None:
    env = GmbenchVectorEnv("procgen-maze", "test", num_envs=3)
    drawn = env.reset(seed=1)[0]
    seven, eight = (aside("procgen-maze").play(level, "test").frames[0] for level in (7, 8))
    assert all(np.array_equal(frame, seven) for frame in env.reset(options={"level": 7})[0])
    frames = env.reset(seed=1, options={"level": [8, None, 7]})[0]
    assert np.array_equal(frames[0], eight)
    assert np.array_equal(frames[1], drawn[1])
    assert np.array_equal(frames[2], seven)
    env.close()


def test_arrays_survive_the_next_steps(random_runs: Any) -> None:
    env = gymnasium.make_vec(COINRUN, num_envs=3)
    handed = [env.reset(seed=0)[0]]
    copies = [handed[0].copy()]
    for actions in random_runs(80, 3):
        given = env.step(actions)
        arrays = [*given[:4], *(f for f in given[4].get("final_obs", ()) if f is not None)]
        handed += arrays
        copies += [array.copy() for array in arrays]
    env.close()
    assert all(map(np.array_equal, handed, copies))


@pytest.mark.parametrize("mode", ["SameStep", "NextStep"])
def test_arrays_of_native_worlds_survive_the_next_two_steps(mode: str) -> None:
    small = {"obs": "grid", "parameters": {"size": 7}}
    env = GmbenchVectorEnv("corner", num_envs=48, autoreset_mode=mode, **small)
    seen = env.reset(seed=0)[0]
    kept, ended = [(seen, seen.copy())], 0
    for actions in np.random.default_rng(0).integers(0, 4, (200, 48)):
        seen, _, terminated, truncated, _ = env.step(actions)
        ended += int((terminated | truncated).sum())
        kept = [*kept[-2:], (seen, seen.copy())]
        assert all(np.array_equal(array, was) for array, was in kept)
    assert ended > 48


def test_rgb_array_renders_every_slot() -> None:
    env: Any = gymnasium.make_vec(COINRUN, num_envs=2, render_mode="rgb_array")
    frames = env.reset(seed=0)[0]
    assert all(map(np.array_equal, env.render(), frames))
    env.close()
    silent = GmbenchVectorEnv("procgen-maze", num_envs=2)
    assert silent.render() is None
    silent.close()


def test_statistics_wrapper_of_gymnasium_fits(random_runs: Any) -> None:
    env = gymnasium.wrappers.vector.RecordEpisodeStatistics(gymnasium.make_vec(COINRUN, num_envs=3))
    env.reset(seed=0)
    length = np.zeros(3, dtype=int)
    ended = 0
    for actions in random_runs(150, 3):
        _, _, terminated, truncated, infos = env.step(actions)
        length += 1
        over = terminated | truncated
        if over.any():
            assert np.array_equal(infos["episode"]["l"][over], length[over])
        ended += int(over.sum())
        length[over] = 0
    env.close()
    assert ended


def test_gymnasium_can_vectorize_the_scalar_itself() -> None:
    env = gymnasium.make_vec(
        "gmbench/Procgen-Maze-v0", num_envs=2, vectorization_mode="sync", condition="test"
    )
    ours = gymnasium.make_vec("gmbench/Procgen-Maze-v0", num_envs=2, condition="test")
    assert np.array_equal(env.reset(seed=3)[0][0], ours.reset(seed=3)[0][0])
    env.close()
    ours.close()


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"autoreset_mode": AutoresetMode.DISABLED}, "use SameStep or NextStep"),
        ({"autoreset_mode": "same"}, "autoreset_mode 'same' is not supported"),
        ({"render_mode": "human"}, "render_mode 'human' is not supported"),
        ({"num_envs": 0}, "needs one slot at least"),
    ],
    ids=["disabled", "no-mode", "human", "no-slots"],
)
def test_wrong_arguments_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        GmbenchVectorEnv("procgen-maze", **wrong)


@pytest.mark.bad_input
def test_one_level_a_slot_and_no_fewer() -> None:
    env = GmbenchVectorEnv("procgen-maze", num_envs=3)
    with pytest.raises(UsageError, match="2 levels for 3 slots"):
        env.reset(options={"level": [7, 8]})
    env.close()
