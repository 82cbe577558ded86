"""Where an episode ends in evaluation, and the goal oracle's return that worlds may ask for."""

from __future__ import annotations

from pathlib import Path

import lane_world as lane
import numpy as np
from engine_worlds import changed_lane, load, walk

from gmbench.engine.batch import Batch

TRAIN, TEST, NO_GOAL = range(3)
STOPS = [lane.ON_A, lane.ON_A | lane.ON_B, 0]


def evaluated(condition: int, n: int = 1) -> Batch:
    batch = Batch(lane, n, autoreset=False)
    batch.evaluate(STOPS)
    batch.begin(range(n), range(2**30, 2**30 + n), [condition] * n)
    return batch


def steps_until_over(batch: Batch, action: int) -> int:
    for step in range(1, 100):
        result = batch.step(np.full(batch.num_envs, action))
        if result.terminated[0] or result.truncated[0]:
            return step
    raise AssertionError("it never ended")


def test_an_episode_stops_at_the_events_of_its_condition() -> None:
    for condition, action, steps in [
        (TRAIN, lane.LEFT, 3),
        (TRAIN, lane.RIGHT, lane.DEADLINE),
        (TEST, lane.LEFT, 3),
        (TEST, lane.RIGHT, 3),
        (NO_GOAL, lane.LEFT, lane.DEADLINE),
    ]:
        batch = evaluated(condition)
        assert steps_until_over(batch, action) == steps, (condition, action)
        assert batch.slots["over"][0] == 1


def test_a_stop_terminates_and_the_deadline_truncates() -> None:
    stopped, late = evaluated(TRAIN), evaluated(NO_GOAL)
    for _ in range(3):
        result = stopped.step(np.array([lane.LEFT]))
    assert result.terminated[0] and not result.truncated[0]
    for _ in range(lane.DEADLINE):
        result = late.step(np.array([lane.STAY]))
    assert result.truncated[0] and not result.terminated[0]


def test_the_games_own_end_and_death_stop_it_too() -> None:
    for action, over in ((lane.QUIT, 1), (lane.DIE, 2)):
        batch = evaluated(NO_GOAL)
        assert steps_until_over(batch, action) == 1
        assert batch.slots["over"][0] == over


def test_training_goes_on_where_evaluation_stops() -> None:
    batch = Batch(lane, 1, autoreset=False)
    batch.begin([0], [2**30], [TRAIN])
    assert steps_until_over(batch, lane.LEFT) == lane.LIMIT


def test_par_is_the_goal_oracles_return_until_the_deadline() -> None:
    # The lamp is three steps away and pays at every step on it, up to the deadline.
    at_the_lamp = lane.DEADLINE - 2
    for condition, par in [(TRAIN, at_the_lamp), (TEST, at_the_lamp), (NO_GOAL, 0)]:
        batch = evaluated(condition, 3)
        assert batch.states["par"].tolist() == [par * lane.GIFT] * 3
        played = 0.0
        batch.evaluate([0] * 3)
        for _ in range(lane.DEADLINE):
            played += float(batch.step(batch.oracle(0)).rewards[0])
        assert played == par


def test_measuring_par_leaves_the_level_as_it_was() -> None:
    evaluation, training = evaluated(TEST), Batch(lane, 1)
    training.begin([0], [2**30], [TEST])
    assert evaluation.observe().tobytes() == training.observe().tobytes()
    for name in evaluation.states.dtype.names or ():
        assert (evaluation.states[name] == training.states[name]).all() == (name != "par")


def test_par_is_measured_by_several_threads_at_once() -> None:
    n = 4096
    batch = Batch(lane, n, threads=2)
    batch.evaluate(STOPS)
    conditions = [slot % 3 for slot in range(n)]
    for _ in range(5):
        batch.begin(range(n), range(n), conditions)
        wanted = np.where(np.array(conditions) == NO_GOAL, 0, lane.DEADLINE - 2)
        assert (batch.states["par"] == wanted).all()


def test_training_measures_no_par() -> None:
    batch = Batch(lane, 4)
    batch.reset()
    batch.step(walk(lane, 4, 1)[0])
    assert batch.states["par"].tolist() == [0] * 4


def test_par_ends_where_the_game_does(tmp_path: Path) -> None:
    ends = (
        "    return GIFT if at == state.goal else 0, events",
        "    if at == state.goal:\n        return GIFT, events | ENDED\n    return 0, events",
    )
    world = load(changed_lane(tmp_path, "lane_once", ends))
    batch = Batch(world, 2, autoreset=False)
    batch.evaluate([0] * 3)
    batch.begin([0, 1], [2**30, 2**30], [TRAIN, NO_GOAL])
    assert batch.states["par"].tolist() == [lane.GIFT, 0]
