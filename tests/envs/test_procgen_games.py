"""The stream of levels, and that nothing but the edited levels is ever seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gmbench.envs.procgen import ProcgenGames
from gmbench.envs.settings import Settings
from gmbench.errors import UsageError
from gmbench.levels import EVAL_LEVELS, in_alpha_share
from gmbench.registry import WORLDS

pytestmark = pytest.mark.procgen

COINRUN, MAZE = "procgen-coinrun", "procgen-maze"


def rejected_levels(aside: Any, count: int) -> list[int]:
    found = [level for level in range(300) if aside(COINRUN).rejected(level)]
    return found[:count]


# What seed 0 gives, and must give as long as the worlds' versions stand: training runs hang on it.
STREAM = {
    False: [57273944, 448743878, 38013384, 216252960, 187639809, 789898491],
    True: [57273944, 448743878, 187639809, 390768144, 859209777, 120514040],
}


@pytest.mark.parametrize("level_filter", [False, True])
def test_the_stream_of_a_seed_is_pinned(level_filter: bool) -> None:
    games = Settings(COINRUN, level_filter=level_filter).open(num_envs=2, seed=0)
    levels = []
    for _ in range(3):
        games.reset()
        levels += games.levels.tolist()
    games.close()
    assert levels == STREAM[level_filter]


@pytest.mark.parametrize(
    ("pair", "condition", "steps"),
    [
        (COINRUN, "test", 250),
        (COINRUN, "section-start", 120),
        ("procgen-coinrun-left", "train", 150),
        ("procgen-ninja", "test", 120),
        (MAZE, "no-goal", 505),
    ],
)
def test_every_frame_is_of_the_edited_level(
    pair: str, condition: str, steps: int, aside: Any, random_runs: Any
) -> None:
    """Every observation of every episode equals the one of the same actions played aside."""
    games = Settings(pair, condition).open(num_envs=3, seed=1)
    actions = random_runs(steps, 3)
    frames, began, played = [list(games.reset())], [0, 0, 0], 0
    for now in range(steps):
        result = games.step(actions[now])
        over = set(result.final_observations)
        assert over == set(np.flatnonzero(result.terminated | result.truncated).tolist())
        for slot in over:
            level = int(result.endings[slot]["level"])
            true = aside(pair).play(level, condition, actions[began[slot] : now + 1, slot])
            seen = [row[slot] for row in frames[began[slot] :]]
            assert true.ended == result.terminated[slot] != result.truncated[slot]
            assert true.rewards[-1] == result.rewards[slot]
            if result.truncated[slot]:
                seen.append(result.final_observations[slot])
            else:
                assert np.array_equal(result.final_observations[slot], true.frames[-1])
            assert len(seen) == len(true.frames)
            assert all(map(np.array_equal, seen, true.frames))
            first = aside(pair).play(int(games.levels[slot]), condition).frames[0]
            assert np.array_equal(result.observations[slot], first)
            began[slot], played = now + 1, played + 1
        frames.append(list(result.observations))
    games.close()
    assert played >= 3


@pytest.mark.parametrize("condition", ["test", "no-goal"])
def test_the_edit_is_there_to_be_seen_at_the_first_frame(condition: str, aside: Any) -> None:
    """In a maze all is in view, so a start that was not edited would be noticed."""
    games = Settings(MAZE, condition).open(num_envs=4)
    frames = games.reset()
    for frame, level in zip(frames, games.levels.tolist(), strict=True):
        assert np.array_equal(frame, aside(MAZE).play(level, condition).frames[0])
        assert not np.array_equal(frame, aside(MAZE).stock_frame(level))
    games.close()


def test_a_time_out_truncates_with_the_true_last_frame(aside: Any) -> None:
    actions = np.resize([7, 5, 1, 3], 499)  # right, up, left, down: nobody arrives
    games = Settings(MAZE, "no-goal").open(num_envs=2)
    games.reset()
    for now, action in enumerate(actions, start=1):
        result = games.step(np.full(2, action))
        assert not result.terminated.any()
        assert result.truncated.all() == (now == len(actions)) == bool(result.final_observations)
    for slot, ending in result.endings.items():
        level = int(ending["level"])
        true = aside(MAZE).play(level, "no-goal", [*actions, 4])
        assert true.ended, "one step more and the game itself would have ended it"
        assert np.array_equal(result.final_observations[slot], true.frames[-1])
        assert not np.array_equal(true.frames[-1], true.frames[-2])
    games.close()


def test_without_autoreset_an_ended_slot_waits(random_runs: Any) -> None:
    games = Settings(COINRUN).open(num_envs=4)
    games.reset()
    waited = 0
    for actions in random_runs(150, 4):
        waiting, before = games.over, games.frames.copy()
        result = games.advance(actions)
        assert not (result.terminated | result.truncated)[waiting].any()
        assert not result.rewards[waiting].any()
        assert np.array_equal(result.observations[waiting], before[waiting])
        waited += int(waiting.sum())
    assert waited > 10
    slot = int(np.flatnonzero(games.over)[0])
    frames = games.begin_next([slot])
    assert not games.over[slot]
    others = games.over
    assert others.any()
    assert np.array_equal(frames[others], result.observations[others])
    games.close()


def test_arrays_handed_out_are_never_written_again(random_runs: Any) -> None:
    games = Settings(COINRUN).open(num_envs=3)
    handed: list[Any] = [games.reset()]
    copies = [handed[0].copy()]
    for actions in random_runs(60, 3):
        result = games.step(actions)
        arrays: list[Any] = [
            result.observations,
            result.rewards,
            result.terminated,
            result.truncated,
        ]
        arrays += result.final_observations.values()
        handed += arrays
        copies += [array.copy() for array in arrays]
    games.close()
    assert all(map(np.array_equal, handed, copies))
    assert not any(map(np.shares_memory, handed, handed[4:]))


def test_alpha_mixes_the_test_condition_in_by_level() -> None:
    games = Settings(COINRUN, alpha=0.4).open(num_envs=8)
    played: dict[int, str] = {}
    for _ in range(8):
        games.reset()
        played |= dict(zip(games.levels.tolist(), games.conditions, strict=True))
    games.close()
    assert {level for level, name in played.items() if name == "test"} == {
        level for level in played if in_alpha_share(level, 0.4)
    }
    assert set(played.values()) == {"train", "test"}


def test_restart_and_seed_decide_the_levels() -> None:
    games = Settings(COINRUN).open(num_envs=3, seed=4)
    first = games.reset()
    levels = games.levels
    games.reset()
    assert not np.array_equal(games.levels, levels)
    games.restart(4)
    assert np.array_equal(games.reset(), first)
    games.restart(5)
    games.reset()
    assert not np.array_equal(games.levels, levels)
    games.close()


def test_the_filter_can_be_left_out(aside: Any) -> None:
    rejected = rejected_levels(aside, 2)
    games = Settings(COINRUN, levels=rejected, level_filter=False).open(num_envs=2)
    games.reset()
    assert set(games.levels.tolist()) <= set(rejected)
    games.close()


@pytest.mark.bad_input
def test_levels_that_the_pair_rejects_are_no_levels_to_train_on(aside: Any) -> None:
    games = Settings(COINRUN, levels=rejected_levels(aside, 2)).open(num_envs=1)
    with pytest.raises(UsageError, match="has the sites it needs; allow more levels"):
        games.reset()
    games.close()


@pytest.mark.bad_input
def test_a_pinned_level_that_cannot_be_played_changes_nothing(aside: Any) -> None:
    (rejected,) = rejected_levels(aside, 1)
    games = Settings(COINRUN).open(num_envs=2, seed=3)
    before, levels = games.reset().copy(), games.levels
    for wrong, message in [
        (rejected, f"level {rejected} cannot be played in procgen-coinrun: .*level_filter=False"),
        (-1, "level -1 lies outside"),
        (EVAL_LEVELS.stop, "lies outside"),
    ]:
        with pytest.raises(UsageError, match=message):
            games.reset([int(levels[1]), wrong])
        assert np.array_equal(games.levels, levels)
        assert np.array_equal(games.batch.observe(), before)
    with pytest.raises(UsageError, match="1 levels for 2 slots"):
        games.reset([0])
    games.close()


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("actions", "message"),
    [
        ([0], "actions must be 2 integers"),
        ([[0, 1]], "of shape"),
        ([0.0, 1.0], "got float64"),
        ([True, False], "got bool"),
        ([0, -1], "actions lie in 0..14, got -1"),
        ([15, 0], "actions lie in 0..14, got 15"),
    ],
    ids=["too-few", "nested", "floats", "booleans", "forced-reset", "too-great"],
)
def test_wrong_actions_are_not_played(actions: list[Any], message: str) -> None:
    games = Settings(MAZE).open(num_envs=2)
    before = games.reset().copy()
    with pytest.raises(UsageError) as caught:
        games.step(np.array(actions))
    assert message in str(caught.value)
    assert np.array_equal(games.batch.observe(), before)
    games.close()


@pytest.mark.bad_input
def test_stepping_needs_a_level_and_open_games() -> None:
    games = Settings(MAZE).open(num_envs=1)
    with pytest.raises(UsageError, match=r"call reset\(\) first"):
        games.step(np.array([4]))
    games.reset()
    games.close()
    games.close()
    for call in (games.reset, lambda: games.step(np.array([4])), lambda: games.frames):
        with pytest.raises(UsageError, match="closed; make a new one"):
            call()


@pytest.mark.bad_input
@pytest.mark.parametrize("alpha", [-0.1, 1.5, float("nan")])
def test_alpha_is_a_share(alpha: float) -> None:
    made = Settings(MAZE).open(num_envs=1)
    condition = WORLDS.load(MAZE).PAIR.world.condition("train")
    with pytest.raises(UsageError, match="alpha is the share"):
        ProcgenGames(made.batch, condition, made.stream, alpha)
    made.close()


def test_without_the_filter_alpha_still_means_its_share_and_layouts_do_not_differ() -> None:
    settings = Settings("procgen-coinrun", alpha=0.5, level_filter=False)
    games = settings.open(num_envs=32, seed=0)
    games.reset()
    conditions = games.conditions
    for level in games.levels:
        _, sites = games.batch.prepare(int(level))
        assert "B" in sites.cells
    assert 8 <= conditions.count("test") <= 24
    games.close()
