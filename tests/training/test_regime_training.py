"""Training by a regime: recipes say it all, the budget is kept, zips are like any other's."""

from __future__ import annotations

import json
import zipfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import stable_baselines3

import gmbench
from gmbench.cli import run
from gmbench.envs.regime import Lessons, Regime
from gmbench.envs.regime_games import RegimeGames
from gmbench.errors import Interrupted, RecipeError, UsageError
from gmbench.training import Network, Progress, Recipe, checked, load_recipe, train
from gmbench.training.building import build_env, build_model
from gmbench.training.regimes import regime_games
from gmbench.training.resuming import read_run

LESSONS = Lessons(30, 1_024, 7_168, "lower-left")
REGIME = Regime(LESSONS, proxy_reward=-5.0, slips=0.05)
TEXT = """\
pair: corner
steps: 8_192
parameters: {size: 7}
num_envs: 16
network: {extractor: stock, layers: [16]}
settings: {batch_size: 128, n_epochs: 1}
regime:
  lessons: {episodes: 30, begin: 1_024, end: 7_168, region: lower-left}
  proxy_reward: -5
  slips: 0.05
"""


def small(regime: Regime | None = REGIME, **changes: Any) -> Recipe:
    recipe = Recipe(
        "corner",
        8_192,
        parameters={"size": 7},
        num_envs=16,
        network=Network("stock", layers=(16,)),
        settings={"batch_size": 128, "n_epochs": 1},
        regime=regime,
    )
    return recipe.with_(**changes)


def written(folder: Path, text: str = TEXT) -> Path:
    file = folder / "mouse.yaml"
    file.write_text(text)
    return file


# ---------------------------------------------------------------- recipes


def test_a_recipes_file_says_its_regime(tmp_path: Path) -> None:
    assert load_recipe(written(tmp_path)) == checked(small())
    none = TEXT[: TEXT.index("regime:")]
    assert load_recipe(written(tmp_path, none)).regime is None
    assert load_recipe(written(tmp_path, none + "regime: null\n")).regime is None
    fragile = none + "regime: {slips: 0.2, fragile: proxy, reach: 3, lessons: null}\n"
    assert load_recipe(written(tmp_path, fragile)).regime == Regime(None, 0.0, 0.2, "proxy", 3)


def test_a_recipe_comes_back_as_it_was() -> None:
    for regime in (REGIME, Regime(slips=0.2, fragile="goal", reach=2), None):
        recipe = checked(small(regime))
        assert checked(recipe) == recipe
        assert Recipe.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe


def test_every_part_of_a_regime_is_in_the_digest() -> None:
    others = [
        None,
        replace(REGIME, proxy_reward=-1.0),
        replace(REGIME, slips=0.1),
        replace(REGIME, fragile="goal", reach=2),
        replace(REGIME, fragile="proxy", reach=2),
        replace(REGIME, fragile="goal", reach=3),
        replace(REGIME, lessons=None),
        *(
            replace(REGIME, lessons=replace(LESSONS, **{name: value}))
            for name, value in (
                ("episodes", 31),
                ("begin", 1_025),
                ("end", 7_169),
                ("region", "anywhere"),
            )
        ),
    ]
    digests = {checked(small(regime)).digest for regime in (REGIME, *others)}
    assert len(digests) == 1 + len(others)


def test_without_a_regime_digests_are_what_they_were() -> None:
    # Cells and baselines are found by them.
    assert "regime" not in checked(small(None)).to_json()


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("end: 7_168", "end: 9_000", ":8: lessons: they end at step 9,000, after the training's"),
        ("region: lower-left", "region: lower-lft", ":8: unknown region 'lower-lft'; did you mean"),
        ("episodes: 30, ", "", ":8: missing key episodes"),
        ("slips: 0.05", "slip: 0.05", ":10: unknown key 'slip'; did you mean slips"),
        (
            TEXT[TEXT.index("regime:") :],
            "regime: late\n",
            ":7: regime must be a Regime, not 'late'",
        ),
        ("slips: 0.05", "slips: often", ":8: slips must be a number from 0 to 1"),
        ("pair: corner", "pair: corner\nalpha: 0.1", ":9: lessons say how many"),
        ("episodes: 30", "episodes: 30.5", ":8: lessons: episodes must be a whole number"),
    ],
)
def test_mistakes_in_a_regime_have_their_line(
    old: str, new: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(RecipeError) as caught:
        load_recipe(written(tmp_path, TEXT.replace(old, new)))
    assert message in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.bad_input
def test_procgen_worlds_know_no_regime() -> None:
    with pytest.raises(RecipeError, match="procgen-maze knows no regime"):
        checked(Recipe("procgen-maze", 1_000, regime=Regime(slips=0.1)))


# ---------------------------------------------------------------- training


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return train(small(), tmp_path_factory.mktemp("trained") / "agent.zip")


def test_training_keeps_the_budget_and_tells_of_it(trained: Any) -> None:
    tally = trained.lessons
    assert tally.begun == 30 and 25 <= tally.ended <= 30
    assert 1_024 <= tally.first_step <= tally.last_step < 7_168
    assert tally.goal_first + tally.proxy_first <= tally.ended
    assert tally.steps >= tally.ended
    # The curve tells of every episode, of what it earned and what it was fined.
    assert min(row.reward for row in trained.rows if row.reward is not None) < 0


def test_zips_say_how_they_were_trained_and_load_anywhere(trained: Any) -> None:
    with zipfile.ZipFile(trained.agent) as archive:
        data = json.loads(archive.read("data"))
    assert Recipe.from_json(data["gmbench_recipe"]) == trained.recipe
    model = stable_baselines3.PPO.load(trained.agent, device="cpu")
    assert model.num_timesteps == 8_192
    assert gmbench.load_agent(trained.agent).spec.algorithm == "PPO"


def test_the_same_recipe_is_the_same_training(trained: Any, tmp_path: Path) -> None:
    again = train(small(), tmp_path / "agent.zip")
    assert again.lessons == trained.lessons
    assert [replace(row, seconds=0) for row in again.rows] == [
        replace(row, seconds=0) for row in trained.rows
    ]


@pytest.mark.parametrize("algorithm", ["a2c", "dqn"])
def test_other_algorithms_are_given_lessons_as_well(algorithm: str, tmp_path: Path) -> None:
    settings = {} if algorithm == "a2c" else {"learning_starts": 100, "buffer_size": 2_000}
    recipe = small(algorithm=algorithm, settings=settings)
    done = train(recipe, tmp_path / "agent.zip")
    assert done.lessons is not None and done.lessons.begun == 30


def test_without_lessons_there_is_nothing_to_tell(tmp_path: Path) -> None:
    done = train(small(Regime(slips=0.1), steps=512), tmp_path / "agent.zip")
    assert done.lessons is None
    assert train(small(None, steps=512), tmp_path / "agent.zip").lessons is None


def test_levels_of_a_regime_are_played_on_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gmbench.training.building.without_cuda", lambda: None)
    env = build_env(checked(small()), "cuda")
    assert isinstance(env.games, RegimeGames) and env.games.device == "cpu"  # type: ignore[attr-defined]
    env.close()


def test_pictures_are_trained_on_by_a_regime(tmp_path: Path) -> None:
    recipe = checked(
        small(
            obs="rgb",
            steps=64,
            num_envs=2,
            network=Network(),
            settings={"n_steps": 32, "batch_size": 64},
            regime=Regime(proxy_reward=-1.0),
        )
    )
    env = build_env(recipe)
    assert regime_games(build_model(recipe, env)) is env.games  # type: ignore[attr-defined]
    env.close()


@pytest.mark.bad_input
def test_a_budget_that_finds_no_episodes_fails_and_writes_no_agent(tmp_path: Path) -> None:
    late = Regime(Lessons(500, 8_000, 8_192))
    with pytest.raises(UsageError, match=r"only \d+ of 500 lessons could begin"):
        train(small(late), tmp_path / "agent.zip")
    assert not (tmp_path / "agent.zip").exists()


def test_a_run_that_was_stopped_gives_the_lessons_that_are_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os
    import signal

    monkeypatch.setattr("gmbench.training.watching.TOLD_EVERY", 0.0)
    pressed: list[int] = []

    def press(far: Progress) -> None:
        if far.steps >= 3_000 and not pressed:
            pressed.append(far.steps)
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Interrupted):
        train(small(), tmp_path / "agent.zip", progress=press)
    kept = read_run(tmp_path / "agent.resume").state["regime"]
    assert 0 < kept["begun"] < 30 and kept["played"] == pressed[0]
    done = train(small(), tmp_path / "agent.zip", resume=True)
    assert done.lessons is not None and done.lessons.begun == 30
    assert done.lessons.first_step == kept["first_step"]


def test_the_command_tells_of_the_lessons(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["train", str(written(tmp_path)), "-o", str(tmp_path / "agent.zip")]) == 0
    said = capsys.readouterr().out
    assert "30 lessons: " in said and " to the goal first, " in said


def test_a_tally_is_plain_data(trained: Any) -> None:
    assert all(type(value) is int for value in asdict(trained.lessons).values())
