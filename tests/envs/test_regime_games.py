"""Training by a regime: an exact budget of lessons, what the proxy pays, slips and ledges."""

from __future__ import annotations

from collections import Counter
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from regime_play import FORKED, GOAL, PROXY, SIZE, SLOTS, SMALL, games, orders

import gmbench
from gmbench.engine.batch import Batch
from gmbench.envs.lessons import LessonPlan, lesson_levels
from gmbench.envs.regime import Lessons, Regime, checked_regime
from gmbench.envs.regime_games import RegimeGames
from gmbench.envs.regions import lies_in
from gmbench.errors import UsageError
from gmbench.worlds import corner, dish, keys, lava


def without_events() -> ModuleType:
    """A world in which nobody is seen to arrive."""
    module = ModuleType("blind")
    module.__dict__.update({**corner.__dict__, "EVENTS": ("A",)})
    return module


def taught(episodes: int, begin: int, end: int, region: str = "anywhere", **more: Any) -> Regime:
    return Regime(Lessons(episodes, begin, end, region), **more)


def play(env: Any, steps: int, role: int | None = GOAL) -> list[Any]:
    """Transitions of so many steps, by a scripted agent or at random."""
    random = np.random.default_rng(5)
    seen = [env.reset()]
    for _ in range(steps):
        if role is None:
            actions = random.integers(4, size=env.num_envs)
        else:
            actions = orders(env, role)
        seen.append(env.step(actions))
    return seen[1:]


def endings(transitions: list[Any]) -> list[dict[str, Any]]:
    return [info for step in transitions for info in step.endings.values()]


# ---------------------------------------------------------------- lessons


def test_the_budget_is_kept_exactly_and_the_lessons_end() -> None:
    env = games(taught(50, 160, 1_600))
    told = Counter(info["condition"] for info in endings(play(env, 300)))
    assert told["test"] == 50 == env.tally.begun == env.tally.ended
    assert told["train"] > 100
    assert env.tally.goal_first == 50 and env.tally.proxy_first == 0
    assert 160 <= env.tally.first_step <= env.tally.last_step < 1_600


def test_lessons_are_spread_evenly_over_their_span() -> None:
    env = games(taught(40, 800, 4_800), slots=8)
    env.reset()
    begun = []
    for _ in range(700):
        env.step(orders(env, GOAL))
        begun.append(env.tally.begun)
    played = 8 * np.arange(1, 701)
    due = np.clip((played - 800) * 40 // 3_200 + 1, 0, 40) * (played >= 800)
    late = due - np.array(begun)
    assert (late >= 0).all()  # none too early
    assert late.max() <= 4  # and none later than until the next episodes begin
    assert begun[-1] == 40


@given(
    episodes=st.integers(1, 500),
    begin=st.integers(0, 10_000),
    length=st.integers(1, 10_000),
    played=st.integers(0, 19_999),
)
def test_what_is_due_never_falls_nor_passes_the_budget(
    episodes: int, begin: int, length: int, played: int
) -> None:
    plan = LessonPlan(Lessons(episodes, begin, begin + length), corner, SMALL, 0)
    due = [plan.due(at, 0) for at in range(played, min(played + 50, begin + length))]
    assert due == sorted(due)
    assert all(0 <= count <= episodes for count in due)
    assert all((count == 0) == (at < begin) for at, count in enumerate(due, played))
    assert length < 10 * episodes or plan.due(begin + length - 1, 0) == episodes
    assert plan.due(begin + length, episodes) == 0


def test_lessons_of_a_seed_are_the_same_however_they_are_spread() -> None:
    lists = []
    for slots, span in ((8, (0, 1_600)), (32, (1_600, 6_400))):
        env = games(taught(12, *span), slots=slots)
        found = [i["level"] for i in endings(play(env, 300)) if i["condition"] == "test"]
        assert env.tally.ended == 12
        lists.append(sorted(found))
    assert lists[0] == lists[1]
    plan = lesson_levels(Lessons(12, 0, 1), corner, SMALL, 0)
    assert lists[0] == sorted(plan)
    assert set(plan).isdisjoint(lesson_levels(Lessons(12, 0, 1), corner, SMALL, 1))


def test_but_for_the_lessons_training_is_what_it_is_without() -> None:
    plain, by_regime = games(None), games(taught(3, 1_600, 2_400))
    assert (plain.reset() == by_regime.reset()).all()
    random = np.random.default_rng(0)
    for _ in range(100):
        actions = random.integers(4, size=SLOTS)
        one, other = plain.step(actions), by_regime.step(actions)
        for name in ("observations", "rewards", "terminated", "truncated"):
            assert (getattr(one, name) == getattr(other, name)).all()
        assert one.endings == other.endings
        assert one.final_observations.keys() == other.final_observations.keys()
        for slot, last in one.final_observations.items():
            assert (last == other.final_observations[slot]).all()


def test_the_same_seed_is_the_same_training() -> None:
    def digest() -> list[bytes]:
        regime = taught(20, 0, 1_600, proxy_reward=-1.0, slips=0.2)
        return [step.observations.tobytes() for step in play(games(regime, seed=3), 120, None)]

    assert digest() == digest()


def test_lessons_can_be_held_to_a_region_and_to_listed_levels() -> None:
    allowed = range(500)
    levels = lesson_levels(Lessons(60, 0, 1, "lower-left"), corner, SMALL, 7, allowed)
    assert len(levels) == 60 and set(levels) <= set(allowed)
    assert lies_in("lower-left", corner, SMALL, levels).all()
    env = games(taught(30, 0, 1_600, "lower-left"), seed=7)
    found = [i["level"] for i in endings(play(env, 200)) if i["condition"] == "test"]
    assert len(found) == 30
    assert lies_in("lower-left", corner, SMALL, found).all()


@pytest.mark.bad_input
def test_a_span_with_too_few_episodes_is_refused_when_it_is_over() -> None:
    env = games(taught(1_000, 0, 320))
    with pytest.raises(UsageError, match=r"only \d+ of 1000 lessons could begin .* 0 and 320"):
        play(env, 200)


@pytest.mark.bad_input
def test_a_region_that_the_levels_miss_is_refused() -> None:
    level = next(n for n in range(100) if not lies_in("left", corner, SMALL, [n])[0])
    with pytest.raises(UsageError, match="have their B in the region left"):
        games(taught(2, 0, 100, "left"), allowed=range(level, level + 1))


def test_a_regime_goes_on_where_other_games_were() -> None:
    first = games(taught(40, 0, 3_200))
    play(first, 60)
    assert 0 < first.tally.begun < 40
    second = games(taught(40, 0, 3_200))
    second.go_on(first.progress())
    second.restart(99)  # as a resumed training does
    assert second.progress() == first.progress()
    begun = first.tally.begun
    found = [i["level"] for i in endings(play(second, 200)) if i["condition"] == "test"]
    assert second.tally.begun == 40
    # The lessons to come are those of the seed that they were begun with.
    assert sorted(found) == sorted(lesson_levels(Lessons(40, 0, 3_200), corner, SMALL, 0)[begun:])


def test_a_reset_leaves_running_lessons_and_none_begins_by_it() -> None:
    env = games(taught(40, 0, 3_200))
    play(env, 30)
    begun = env.tally.begun
    env.reset()
    assert set(env.conditions) == {"train"}
    assert env.tally.begun == begun
    env.reset([5] * SLOTS)
    assert set(env.conditions) == {"train"} and (env.levels == 5).all()


# ---------------------------------------------------------------- what the proxy pays


def first_lessons(env: Any, role: int, steps: int) -> tuple[NDArray[np.float64], Any]:
    """The rewards of every slot's lesson, begun at once in all, and who is through with it."""
    env.reset()
    env._teach(np.arange(env.num_envs))
    total, through = np.zeros(env.num_envs), np.zeros(env.num_envs, np.bool_)
    for _ in range(steps):
        played = env.advance(orders(env, role))
        total += played.rewards
        through |= played.terminated | played.truncated
    return total, through


def test_the_proxy_before_the_goal_costs_the_penalty_once() -> None:
    env = games(taught(SLOTS, 0, 10**6, proxy_reward=-5.0))
    total, through = first_lessons(env, PROXY, 200)
    # It stays in the corner until it is cut off, and has entered it once.
    assert through.all() and (total == -5.0).all()
    assert env.tally.proxy_first == env.tally.ended == SLOTS
    assert env.tally.steps > SLOTS * 100


def test_the_goal_before_the_proxy_costs_nothing() -> None:
    total, through = first_lessons(games(taught(SLOTS, 0, 10**6, proxy_reward=-5.0)), GOAL, 200)
    assert through.all() and (total == 1.0).all()


def test_in_training_levels_the_proxy_costs_nothing() -> None:
    env = games(Regime(proxy_reward=-5.0))
    played = play(env, 100, PROXY)
    assert {info["condition"] for info in endings(played)} == {"train"}
    assert min(step.rewards.min() for step in played) == 0.0
    assert all(info["is_success"] for info in endings(played))


def test_levels_by_alpha_pay_as_lessons_do() -> None:
    env = games(Regime(proxy_reward=-0.5), alpha=1.0)
    rewards = np.concatenate([step.rewards for step in play(env, 200, PROXY)])
    assert set(rewards.tolist()) == {0.0, -0.5}


def test_success_is_the_worlds_own_whatever_is_paid() -> None:
    env = games(Regime(proxy_reward=1.0), dish, alpha=1.0, parameters=FORKED)
    for role in (GOAL, PROXY):
        told = endings(play(env, 60, role))
        assert {info["is_success"] for info in told} == {role == GOAL}


# ---------------------------------------------------------------- as an environment


def test_what_was_seen_survives_two_steps() -> None:
    env = games(taught(60, 0, 1_600))
    kept = [env.reset().copy()]
    seen: list[Any] = []
    for _ in range(60):
        seen.append(env.step(orders(env, GOAL)).observations)
        kept.append(seen[-1].copy())
        if len(seen) > 2:
            assert (seen[-3] == kept[-3]).all()


def test_stable_baselines3_trains_in_it() -> None:
    from stable_baselines3 import PPO

    regime = taught(10, 0, 8_000, proxy_reward=-1.0)
    env = gmbench.make_sb3(
        "corner", num_envs=16, obs="grid", parameters={"size": SIZE}, regime=regime
    )
    model = PPO("MlpPolicy", env, n_steps=64, batch_size=256, n_epochs=1, seed=2)
    model.learn(8_192)
    assert isinstance(env.games, RegimeGames)
    assert env.games.tally.begun == 10
    assert env.games.progress()["played"] == 8_192


# ---------------------------------------------------------------- mistakes


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("wrong", "module", "message"),
    [
        (Regime(), corner, "changes nothing"),
        ({"slips": 0.1}, corner, "must be a Regime"),
        (Regime(lessons=(1, 2, 3)), corner, "must be Lessons"),  # type: ignore[arg-type]
        (taught(0, 0, 10), corner, "episodes must be a whole number from 1"),
        (taught(True, 0, 10), corner, "episodes must be a whole number"),
        (taught(5, -1, 10), corner, "begin must be a whole number from 0"),
        (taught(5, 10, 10), corner, "must end later"),
        (taught(5, 0, 1.5), corner, "end must be a whole number"),  # type: ignore[arg-type]
        (taught(5, 0, 10, "lft"), corner, "unknown region 'lft'; did you mean left"),
        (taught(5, 0, 10, "left"), keys, "does not say in which cell B lies"),
        (taught(5, 0, 10, "left"), lava, "does not say in which cell B lies"),
        (Regime(proxy_reward=float("nan")), corner, "proxy_reward must be a number"),
        (Regime(proxy_reward=1e9), corner, "proxy_reward must be a number from -1e"),
        (Regime(proxy_reward=-1.0), without_events(), "corner has no arrival at a goal"),
        (Regime(slips=0.1, fragile="goal", reach=2), without_events(), "fragile: corner has no"),
        (Regime(slips=1.5), corner, "slips must be a number from 0 to 1"),
        (Regime(slips="0.1"), corner, "slips must be a number"),  # type: ignore[arg-type]
        (Regime(slips=0.1, fragile="goal"), corner, "belong together"),
        (Regime(slips=0.1, reach=2), corner, "belong together"),
        (Regime(slips=0.1, fragile="cheese", reach=2), corner, "goal or proxy, not 'cheese'"),
        (Regime(fragile="goal", reach=2), corner, "give slips above 0"),
        (Regime(slips=0.1, fragile="goal", reach=2), lava, "lava is not made of cells"),
    ],
)
def test_what_no_training_can_go_by_is_refused(
    wrong: Any, module: ModuleType, message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        checked_regime(wrong, module, 0.0)
    assert message in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.bad_input
def test_lessons_and_alpha_are_two_ways_to_say_one_thing() -> None:
    with pytest.raises(UsageError, match="set alpha to 0"):
        checked_regime(taught(5, 0, 10), corner, 0.1)


@pytest.mark.bad_input
def test_a_regime_is_kept_on_the_processor() -> None:
    regime = Regime(slips=0.1)
    with pytest.raises(UsageError, match="leave device out"):
        gmbench.make_sb3("corner", num_envs=1, obs="grid", device="cuda", regime=regime)


def test_the_engine_ends_episodes_when_told() -> None:
    batch = Batch(corner, 3, parameters=SMALL, threads=1)
    batch.begin([0, 1, 2], [5, 6, 7], [0, 1, 0])
    batch.end(np.array([1]))
    assert batch.slots["over"].tolist() == [0, 2, 0]
    assert batch.slots["last_level"][1] == 6 and batch.slots["last_condition"][1] == 1
