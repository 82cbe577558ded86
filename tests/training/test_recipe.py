"""Recipes: everything in them is held against what there is before anything is built."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest

from gmbench import registry
from gmbench.errors import RecipeError
from gmbench.training import Network, Recipe, checked, document, load_recipe
from gmbench.training.algorithms import ALGORITHMS
from gmbench.training.checking import masked_planes


def test_what_is_left_out_is_as_usual() -> None:
    recipe = checked(Recipe("corner", 1000))
    assert (recipe.obs, recipe.algorithm, recipe.num_envs) == ("grid", "ppo", 256)
    assert recipe.parameters == {"size": 13, "layout": "tree"}
    assert recipe.network.extractor == "grid-cnn" and recipe.network.layers == ()
    assert recipe.settings["n_steps"] == 32  # ours
    assert recipe.settings["vf_coef"] == 0.5  # Stable-Baselines3's
    assert checked(recipe) == recipe


def test_pictures_and_procgen_have_their_own_usual() -> None:
    recipe = checked(Recipe("procgen-coinrun", 1000))
    assert (recipe.obs, recipe.mode, recipe.num_envs) == ("rgb", "easy", 64)
    assert recipe.network.extractor == "stock"
    assert recipe.settings["gamma"] == 0.999


@pytest.mark.parametrize("pair", registry.pairs())
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_has_a_usual_recipe_for_every_pair(pair: str, algorithm: str) -> None:
    recipe = checked(Recipe(pair, 1000, algorithm=algorithm))
    assert set(recipe.settings) == set(ALGORITHMS[algorithm].keywords)


def test_the_digest_is_of_what_is_done() -> None:
    base = Recipe("corner", 1000)
    same = Recipe("corner", 1000, parameters={"size": 13}, obs="grid", settings={"gamma": 0.97})
    assert checked(base).digest == checked(same).digest
    others = [
        base.with_(steps=1001),
        base.with_(parameters={"size": 9}),
        base.with_(obs="rgb"),
        base.with_(alpha=0.1),
        base.with_(levels=10),
        base.with_(algorithm="a2c"),
        base.with_(seed=1),
        base.with_(num_envs=128),
        base.with_(network=Network(channels=8)),
        base.with_(blind=True),
        base.with_(settings={"gamma": 0.9}),
    ]
    digests = {checked(recipe).digest for recipe in [base, *others]}
    assert len(digests) == 1 + len(others)


def test_json_keeps_all_of_it() -> None:
    schedule = {"learning_rate": {"from": 1e-3, "to": 1e-4}}
    recipe = checked(Recipe("dish", 10, network=Network(layers=(8, 9)), settings=schedule))
    assert Recipe.from_json(recipe.to_json()) == recipe


def test_the_example_in_the_manual_is_a_recipe(tmp_path: Path) -> None:
    example = (document.__doc__ or "").partition("::\n\n")[2]
    file = tmp_path / "recipe.yaml"
    file.write_text(dedent(example))
    recipe = load_recipe(file)
    assert (recipe.pair, recipe.steps, recipe.levels, recipe.alpha) == ("corner", 10**6, 1000, 0.01)
    assert recipe.settings["learning_rate"] == {"from": 1e-3, "to": 1e-4}


def test_blindness_masks_what_tells_the_goal() -> None:
    assert masked_planes(checked(Recipe("corner", 1))) == ()
    assert masked_planes(checked(Recipe("corner", 1, blind=True))) == ("cheese",)
    assert masked_planes(checked(Recipe("gems", 1, blind=True))) == ("line", "gem")
    flat = Recipe("dish", 1, blind=True, network=Network(extractor="flat"))
    assert masked_planes(checked(flat)) == ("cheese",)


START = "pair: corner\nsteps: 1000\n"
BAD = {
    "no pair": ("steps: 1\n", 1, "missing key pair"),
    "no steps": ("pair: corner\n", 1, "missing key steps"),
    "unknown key": (START + "sede: 1\n", 3, "did you mean seed"),
    "unknown pair": ("pair: cornr\nsteps: 1\n", 1, "did you mean corner"),
    "pair is a number": ("pair: 1\nsteps: 1\n", 1, "pair must be text"),
    "no steps at all": ("pair: corner\nsteps: 0\n", 2, "steps must be a whole number from 1"),
    "half a step": ("pair: corner\nsteps: 1.5\n", 2, "steps must be a whole number"),
    "steps in words": ("pair: corner\nsteps: many\n", 2, "steps must be a whole number"),
    "unknown parameter": (START + "parameters: {sise: 9}\n", 3, "did you mean size"),
    "parameter out of range": (START + "parameters: {size: 3}\n", 3, "choose 7 to 49"),
    "parameters of procgen": (
        "pair: procgen-maze\nsteps: 1\nparameters: {size: 9}\n",
        3,
        "has no parameters",
    ),
    "a mode where there is none": (START + "mode: easy\n", 3, "corner has none"),
    "unknown mode": ("pair: procgen-maze\nsteps: 1\nmode: soft\n", 3, "easy or hard"),
    "unknown observation": (START + "obs: grids\n", 3, "did you mean grid"),
    "grids of procgen": ("pair: procgen-maze\nsteps: 1\nobs: grid\n", 3, "known: rgb"),
    "alpha above one": (START + "alpha: 1.5\n", 3, "a number from 0 to 1"),
    "alpha in words": (START + "alpha: much\n", 3, "a number from 0 to 1"),
    "no levels": (START + "levels: 0\n", 3, "levels must be a whole number"),
    "a negative seed": (START + "seed: -1\n", 3, "seed must be a whole number"),
    "no slots": (START + "num_envs: 0\n", 3, "num_envs must be a whole number"),
    "unknown algorithm": (START + "algorithm: pop\n", 3, "did you mean ppo"),
    "blindness in words": (START + "blind: very\n", 3, "blind must be true or false"),
    "blind to pictures": (START + "obs: rgb\nblind: true\n", 4, "trained on grids"),
    "blind in trees": ("pair: trees\nsteps: 1\nblind: true\n", 3, "no plane of trees"),
    "blind and stock": (
        START + "blind: true\nnetwork: {extractor: stock}\n",
        4,
        "cannot mask planes",
    ),
    "unknown extractor": (START + "network:\n  extractor: gridcnn\n", 4, "did you mean grid-cnn"),
    "pictures' extractor on grids": (
        START + "network: {extractor: impala}\n",
        3,
        "does not read grid",
    ),
    "channels of none": (
        START + "network: {extractor: flat, channels: 8}\n",
        3,
        "extractor flat has no channels",
    ),
    "memory of none": (START + "network: {lstm: 8}\n", 3, "ppo has no lstm"),
    "no channels": (START + "network: {channels: 0}\n", 3, "channels must be a whole number"),
    "layers of nothing": (START + "network: {layers: [8, 0]}\n", 3, "layers must be a whole"),
    "layers no list": (START + "network: {layers: 8}\n", 3, "layers must be a list"),
    "unknown activation": (START + "network: {activation: relo}\n", 3, "did you mean relu"),
    "unknown network key": (START + "network: {widht: 8}\n", 3, "unknown key 'widht'"),
    "unknown setting": (START + "settings: {gama: 0.9}\n", 3, "did you mean gamma"),
    "setting of another": (START + "settings:\n  tau: 0.9\n", 4, "ppo has no setting 'tau'"),
    "what is no setting": (START + "settings:\n  device: cpu\n", 4, "ppo has no setting"),
    "setting out of range": (START + "settings: {gamma: 1.5}\n", 3, "gamma must be from 0 to 1"),
    "setting zero": (START + "settings: {learning_rate: 0}\n", 3, "must be above 0"),
    "setting in words": (START + "settings: {gamma: high}\n", 3, "gamma must be a number"),
    "setting half": (START + "settings: {n_epochs: 2.5}\n", 3, "n_epochs must be a whole number"),
    "setting null": (START + "settings: {gamma: null}\n", 3, "gamma must be a number"),
    "setting a truth": (START + "settings: {gamma: true}\n", 3, "gamma must be a number"),
    "schedule of a constant": (
        START + "settings:\n  gamma: {from: 0.9, to: 1}\n",
        4,
        "gamma cannot change",
    ),
    "half a schedule": (
        START + "settings:\n  learning_rate: {from: 0.9}\n",
        4,
        "must be a value or {from: .., to: ..}",
    ),
    "schedule out of range": (
        START + "settings:\n  learning_rate: {from: 0.9, to: -1}\n",
        4,
        "learning_rate must be above 0",
    ),
    "batches that do not divide": (
        START + "num_envs: 10\nsettings:\n  batch_size: 300\n",
        5,
        "does not divide num_envs x n_steps = 320; choose one that does, such as 160",
    ),
    "a buffer past the memory": (
        START + "algorithm: dqn\nsettings:\n  buffer_size: 2_000_000_000\n",
        5,
        "more than this machine's",
    ),
    "an agent where none is asked for": (
        START + "network: {agent: mouse}\n",
        3,
        "extractor grid-cnn has no agent; leave it out",
    ),
    "an agent that no plane shows": (
        START + "network: {extractor: place-cnn, agent: house}\n",
        3,
        "agent: no plane is called 'house'; did you mean mouse?",
    ),
    "two documents": (START + "---\n" + START, 3, "document"),
}


@pytest.mark.bad_input
@pytest.mark.parametrize("case", BAD)
def test_a_mistake_is_one_line_that_names_its_place(case: str, tmp_path: Path) -> None:
    text, line, words = BAD[case]
    file = tmp_path / "recipe.yaml"
    file.write_text(text)
    with pytest.raises(RecipeError) as caught:
        load_recipe(file)
    message = str(caught.value)
    assert message.startswith(f"{file}:{line}: ") and words in message
    assert len(message.splitlines()) == 1


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("recipe", "key"),
    [
        (Recipe("corner", "1000"), "steps"),  # type: ignore[arg-type]
        (Recipe("corner", True), "steps"),
        (Recipe("corner", 1000, alpha=float("nan")), "alpha"),
        (Recipe("corner", 1000, settings={"gamma": float("inf")}), "settings.gamma"),
        (Recipe("corner", 1000, network=Network(layers="88")), "network.layers"),  # type: ignore[arg-type]
    ],
)
def test_a_recipe_made_in_python_is_held_to_the_same(recipe: Recipe, key: str) -> None:
    with pytest.raises(RecipeError) as caught:
        checked(recipe)
    assert caught.value.key == key
    assert re.fullmatch(r"[^\n]+", str(caught.value))
