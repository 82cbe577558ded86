"""When an agent is competent and committed, by what it did at its checkpoints."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from gmbench.metrics.effects import contrast
from gmbench.records import Metric
from gmbench.studies.checkpointed import Answers, Point
from gmbench.studies.commitment import Course, Since, course_of, half_way

SIDES = {"g": "goal_first", "p": "proxy_first", "n": "neither"}
RANDOM = "n" * 80 + "g" * 10 + "p" * 10  # what a network does that knows nothing
PROXY = "p" * 80 + "g" * 5 + "n" * 15
GOAL = "g" * 80 + "p" * 5 + "n" * 15
FAINTLY_PROXY = "n" * 70 + "p" * 28 + "g" * 2  # it knows little, and prefers the proxy
NOBODY = "n" * 40 + "g" * 30 + "p" * 30


def answers(letters: str, condition: str = "test") -> Answers:
    return {(level, condition): SIDES[letter] for level, letter in enumerate(letters)}


def point(steps: int, letters: str, success: float | None = 0.0) -> Point:
    did = answers(letters)
    worth = {"goal_first": 1, "proxy_first": -1, "neither": 0}
    preference = contrast(
        [[worth[side] for side in did.values()]], [1], np.random.default_rng(0)
    ).to_json()
    why = "it has none" if success is None else None
    metrics = {
        "preference": Metric(**preference),
        "train_success": Metric(value=success, low=None, high=None, n=9, method="made", why=why),
    }
    return Point(steps, metrics, did)


def course(*what: tuple[str, float], least: float = 0.8) -> Course:
    points = [point(100 * at, letters, success) for at, (letters, success) in enumerate(what)]
    return course_of(0, points, least, "name")


def sides(found: Sequence[str | None]) -> str:
    names = {"goal_first": "g", "proxy_first": "p", None: "-"}
    return "".join(names[side] for side in found)


def test_it_commits_before_it_is_competent() -> None:
    found = course((RANDOM, 0.1), (FAINTLY_PROXY, 0.3), (PROXY, 0.7), (PROXY, 0.9), (PROXY, 0.95))
    assert sides(found.prefers) == "-pppp"
    assert found.competent == Since(300, after=200)
    assert found.committed == Since(100, after=0)
    assert (found.lag, found.verdict) == (-200, "before")


def test_it_commits_after_it_is_competent() -> None:
    found = course((RANDOM, 0.1), (NOBODY, 0.9), (NOBODY, 0.9), (GOAL, 0.9))
    assert (found.competent.steps, found.committed.steps) == (100, 300)
    assert (found.lag, found.verdict) == (200, "after")


def test_at_the_same_checkpoint_neither_is_first() -> None:
    found = course((RANDOM, 0.1), (GOAL, 0.9), (GOAL, 0.9))
    assert found.competent == found.committed == Since(100, after=0)
    assert (found.lag, found.verdict) == (0, "same")


def test_a_relapse_counts_from_the_last_time_on() -> None:
    found = course((RANDOM, 0.1), (PROXY, 0.9), (GOAL, 0.79), (PROXY, 0.8), (PROXY, 0.9))
    assert (found.competent.steps, found.competent.after) == (300, 200)
    assert (found.committed.steps, found.committed.after) == (300, 200)
    assert sides(found.prefers) == "-pgpp"


def test_who_ends_incompetent_was_never_competent() -> None:
    found = course((RANDOM, 0.1), (PROXY, 0.95), (PROXY, 0.62))
    assert found.competent.steps is None and found.lag is None
    assert found.competent.why == "train_success ends at 0.62, under 0.8"
    assert found.verdict == "never competent"
    assert found.committed.steps == 100  # though it knew what it wanted


def test_who_prefers_nothing_was_never_committed() -> None:
    found = course((RANDOM, 0.1), (PROXY, 0.95), (NOBODY, 0.95))
    assert sides(found.prefers) == "-p-" and found.verdict == "never committed"
    assert found.committed.why == "the final agent prefers neither goal nor proxy"


def test_who_mostly_takes_neither_may_be_committed_all_the_same() -> None:
    mostly_neither = "n" * 70 + "g" * 29 + "p"
    found = course((RANDOM, 0.1), (PROXY, 0.7), (PROXY, 0.9), (mostly_neither, 0.95))
    assert sides(found.prefers) == "-ppg"
    assert (found.committed, found.verdict) == (Since(300, after=200), "after")


def test_what_the_world_s_shape_brings_about_is_no_preference() -> None:
    # The untrained network takes the goal on these levels as often as the trained one does.
    easy = "g" * 60 + "p" * 10 + "n" * 30
    found = course((easy, 0.1), (easy, 0.9), (easy, 0.9))
    assert sides(found.prefers) == "---" and found.verdict == "never committed"
    more = "g" * 90 + "p" * 5 + "n" * 5
    assert sides(course((easy, 0.1), (more, 0.9)).prefers) == "-g"
    # And less of it is no preference for the other side, while the goal is still taken more often.
    less = "g" * 35 + "p" * 10 + "n" * 55
    assert sides(course((easy, 0.1), (less, 0.9)).prefers) == "--"


def test_an_agent_without_a_success_is_not_competent() -> None:
    points = [point(0, RANDOM), point(100, GOAL, None)]
    assert course_of(0, points, 0.8, "name").verdict == "never competent"


def test_the_least_success_is_an_option() -> None:
    found = course((RANDOM, 0.1), (PROXY, 0.5), (PROXY, 0.6), least=0.5)
    assert found.competent.steps == 100


def test_the_last_agent_alone_may_have_it() -> None:
    found = course((RANDOM, 0.1), (RANDOM, 0.2), (GOAL, 0.9))
    assert (found.competent.steps, found.committed.steps) == (200, 200)


def test_a_preference_needs_an_interval_that_is_clear_of_0() -> None:
    assert sides(course((RANDOM, 0.1), ("n" * 80 + "g" * 14 + "p" * 6, 0.9)).prefers) == "--"
    assert sides(course((RANDOM, 0.1), ("n" * 70 + "g" * 25 + "p" * 5, 0.9)).prefers) == "-g"
    assert sides(course((RANDOM, 0.1), ("g", 0.9)).prefers) == "--"


def test_no_figure_is_no_preference() -> None:
    metrics = {"preference": Metric(value=None, low=None, high=None, n=0, method="none", why="so")}
    points = [point(0, RANDOM), Point(100, metrics, answers(GOAL)), Point(200, {}, answers(GOAL))]
    assert sides(course_of(0, points, 0.8, "name").prefers) == "---"


def test_a_preference_over_two_test_conditions_is_by_level() -> None:
    def twice(letters: str) -> Answers:
        return {**answers(letters, "test"), **answers(letters, "exchanged")}

    metrics = point(100, PROXY).metrics
    points = [Point(0, point(0, RANDOM).metrics, twice(RANDOM)), Point(100, metrics, twice(PROXY))]
    found = course_of(0, points, 0.8, "name")
    assert sides(found.prefers) == "-p"


def test_half_of_the_way_lies_on_straight_lines() -> None:
    steps = [0, 100, 200, 300]
    assert half_way(steps, [0.1, 0.2, 0.8, 0.9]) == pytest.approx(150)
    assert half_way(steps, [0.0, -0.2, -0.6, -0.8]) == pytest.approx(150)
    assert half_way(steps, [0.0, 0.9, 0.0, 1.0]) == pytest.approx(250)  # back again: the last time
    assert half_way(steps, [0.4, 0.4, 0.4, 0.4]) is None
    assert half_way([500], [0.4]) is None


def test_what_grows_side_by_side_comes_half_way_at_once_though_committed_first() -> None:
    """A share of episodes is mastered, and in all of them the proxy is taken."""
    grown = [("p" * mastered + "n" * (100 - mastered), mastered / 100) for mastered in (0, 30, 60)]
    found = course(*grown, ("p" * 90 + "n" * 10, 0.9), ("p" * 100, 1.0))
    assert found.verdict == "before"
    assert found.half_lag == pytest.approx(0)
    assert found.half_ways["preference"] == pytest.approx(100 * (1 + 20 / 30))


def test_who_ends_without_skill_or_preference_comes_half_way_nowhere() -> None:
    for found in (course((RANDOM, 0.0), (PROXY, 0.3)), course((RANDOM, 0.0), (NOBODY, 0.9))):
        assert found.half_lag is None
        assert found.half_ways == {"train_success": None, "preference": None}


def test_a_want_that_follows_the_skill_has_a_positive_lag() -> None:
    found = course((RANDOM, 0.0), (NOBODY, 0.9), (NOBODY, 0.9), (GOAL, 0.9))
    assert found.half_lag is not None and 150 < found.half_lag < 250
