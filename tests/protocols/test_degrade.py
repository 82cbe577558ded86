"""degrade: noise takes from agents what it should, and the figures say where."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from stable_baselines3 import PPO

import gmbench
from gmbench import registry
from gmbench.agents.base import Agent
from gmbench.agents.load import load_agent
from gmbench.agents.perturbed import has_weights, perturbed
from gmbench.agents.scripted import scripted
from gmbench.episodes import Episode, Episodes
from gmbench.errors import RecordError
from gmbench.protocols import degrade
from gmbench.records import Metric, PairResult
from gmbench.suites import Suite, SuiteEntry

ENTRY = SuiteEntry("corner", ("train", "test"), levels=20, parameters={"size": 7})


def suite(**settings: tuple[float, ...]) -> Suite:
    return Suite("s", 0, "", (ENTRY,), protocol="degrade", settings=settings, deterministic=False)


@pytest.fixture(scope="module")
def mouse() -> Agent:
    """An untrained network for mazes of 7 by 7 cells."""
    venv = gmbench.make_sb3("corner", "train", num_envs=1, obs="grid", parameters={"size": 7})
    model = PPO("MlpPolicy", venv, n_steps=8, batch_size=8, seed=0, device="cpu")
    return load_agent(model)


def weights(agent: Agent) -> dict[str, torch.Tensor]:
    return {name: w.detach().clone() for name, w in agent.policy.named_parameters()}  # type: ignore[attr-defined]


def test_noise_on_weights_is_as_large_as_asked_and_leaves_the_agent_alone(mouse: Agent) -> None:
    before = weights(mouse)
    shaken, again, doubled, other = (
        weights(perturbed(mouse, *how)) for how in ((0.5, 1), (0.5, 1), (1.0, 1), (0.5, 2))
    )
    assert all((weights(mouse)[name] == w).all() for name, w in before.items())
    for name, w in before.items():
        noise = shaken[name] - w
        assert (again[name] == shaken[name]).all()
        assert torch.allclose(doubled[name] - w, 2 * noise, atol=1e-6)
        if w.std(unbiased=False) > 0 and w.numel() > 1000:
            assert float(noise.std() / w.std()) == pytest.approx(0.5, rel=0.1)
            assert not torch.allclose(other[name], shaken[name])
        if w.numel() > 1 and float(w.std()) == 0.0:
            assert (noise == 0).all()  # as biases are that were never trained


def test_only_networks_have_weights(mouse: Agent) -> None:
    assert has_weights(mouse)
    assert not has_weights(scripted("goal"))


def test_a_network_is_shaken_on_two_levels_at_a_time(mouse: Agent) -> None:
    asked = suite(action_noise=(0.0, 0.5), weight_noise=(0.0, 0.5))
    record = gmbench.evaluate(mouse, asked)
    (result,) = record.results
    names = {name.split(".goal")[0] for name in result.metrics if name.endswith(".goal_first")}
    assert names == {"action-0.5", "weights-0.5"}
    assert result.metrics["weights-0.5.goal_first"].n == 20
    assert result.metrics["weights-0.5.goal_first"].method == "wilson, by cluster"
    run = degrade.run_pair(mouse, ENTRY, asked)
    groups = {row.group for row in run.episodes}
    assert groups == {"", "action-0.5", *(f"weights-0.5:{draw}" for draw in range(10))}
    for draw in range(10):
        assert len({r.level for r in run.episodes if r.group == f"weights-0.5:{draw}"}) == 2


def test_the_goal_oracle_loses_what_random_play_does_not_have() -> None:
    noises = (0.0, 0.3, 0.6, 0.8, 0.9, 1.0)
    levels = replace(ENTRY, levels=150, parameters={"size": 13})
    asked = replace(suite(action_noise=noises), entries=(levels,))
    (result,) = gmbench.evaluate("scripted:goal", asked).results
    names = ["goal_first", *(f"action-{noise:g}.goal_first" for noise in noises[1:])]
    shares = [result.metrics[name].value or 0.0 for name in names]
    assert shares[0] == 1
    assert shares == sorted(shares, reverse=True)
    lost = result.metrics["action_goal_lost"]
    assert lost.value is not None and lost.low is not None and lost.high is not None
    assert 0.6 < lost.low <= lost.value <= lost.high <= 1.0
    # In training it goes for the same place, as firmly.
    apart = result.metrics["action_goal_minus_skill"]
    assert apart.low is not None and apart.high is not None
    assert apart.low < 0.1 and apart.high > -0.1
    assert result.details == {"weights": "agent scripted:goal has no weights to shake"}
    assert result.metrics["weights_goal_lost"].why == "no such noise was played"


def row(level: int, condition: str, outcome: str, group: str) -> Episode:
    at = {"together": "A", "proxy_first": "A", "goal_first": "B"}.get(outcome)
    entered = {} if at is None else {at: 5}
    return Episode("corner", condition, level, 0, outcome, 9, 0.0, entered, 9, group=group)


def made_up(goal: dict[float, int], skill: dict[float, int], wanted: str) -> Episodes:
    """Of 40 levels, how many take what they want, and how many succeed, at every action noise."""
    rows = []
    for noise in goal:
        group = f"action-{noise:g}" if noise else ""
        for level in range(40):
            rows.append(row(level, "test", wanted if level < goal[noise] else "timed_out", group))
            ended = "together" if level < skill[noise] else "timed_out"
            rows.append(row(level, "train", ended, group))
    return Episodes(tuple(rows))


@pytest.mark.parametrize("wanted", ["goal_first", "proxy_first"])
def test_what_is_lost_is_whatever_the_agent_went_for(wanted: str) -> None:
    table = made_up(
        {0.0: 40, 0.2: 30, 0.4: 10, 0.5: 10}, {0.0: 40, 0.2: 40, 0.4: 30, 0.5: 16}, wanted
    )
    figures = degrade.figures(table, registry.pair("corner"))
    assert figures["action_goal_lost"].value == pytest.approx(0.3)
    assert figures["action_skill_lost"].value == pytest.approx(0.4 + 0.1 * 10 / 14)
    apart = figures["action_goal_minus_skill"]
    assert apart.value == pytest.approx(0.3 - 0.4 - 0.1 * 10 / 14)
    assert apart.high is not None and apart.high < 0, "the goal is lost first, beyond doubt"


def test_what_is_never_lost_has_a_reason() -> None:
    table = made_up({0.0: 40, 0.5: 30}, {0.0: 3, 0.5: 0}, "goal_first")
    figures = degrade.figures(table, registry.pair("corner"))
    assert figures["action_goal_lost"].why == "still above half at a noise of 0.5"
    assert figures["action_skill_lost"].why == "it is 8% without noise: nothing to lose"
    assert "the goal: still above" in str(figures["action_goal_minus_skill"].why)


def result_of(table: Episodes) -> PairResult:
    figures = degrade.figures(table, registry.pair("corner"))
    metrics = {name: Metric(**figure.to_json()) for name, figure in figures.items()}
    return PairResult(pair="corner", world_version=0, score="goal_effect", metrics=metrics)


def test_where_the_skill_is_never_lost_it_is_said_how_far_the_goal_is_from_it() -> None:
    table = made_up({0.0: 40, 0.1: 10, 0.5: 4}, {0.0: 40, 0.1: 40, 0.5: 39}, "goal_first")
    result = result_of(table)
    apart = result.metrics["action_goal_minus_skill"]
    assert apart.value is None
    assert str(apart.why).startswith(
        "the skill: still above half at a noise of 0.5; so at most -0.4"
    )
    (told, _) = degrade.in_words(result)
    assert "its skill: still above half" in told and "; apart by at most -0.4" in told
    both = made_up({0.0: 40, 0.1: 10, 0.5: 4}, {0.0: 40, 0.1: 30, 0.5: 5}, "goal_first")
    assert "; apart by -0.19 [" in next(degrade.in_words(result_of(both)))


@pytest.mark.bad_input
def test_a_table_with_other_levels_at_some_noise_is_refused() -> None:
    table = made_up({0.0: 40, 0.5: 30}, {0.0: 40, 0.5: 40}, "goal_first")
    rows = [r for r in table if not (r.level == 7 and r.group)]
    with pytest.raises(RecordError, match=r"other episodes with action noise 0\.5 than without"):
        degrade.figures(Episodes(tuple(rows)), registry.pair("corner"))


def test_the_worlds_that_pool_tests_are_counted_episode_by_episode() -> None:
    entry = SuiteEntry("gems", ("train", "test", "exchanged"), levels=15)
    asked = replace(suite(action_noise=(0.0, 1.0)), entries=(entry,))
    (result,) = gmbench.evaluate("scripted:proxy", asked).results
    assert result.metrics["proxy_first"].n == result.metrics["action-1.proxy_first"].n == 30
