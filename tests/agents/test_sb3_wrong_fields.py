"""Zips whose JSON says what no honest writer says: one line, and nothing is built."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnasium as gym
import pytest
from gymnasium import spaces
from noise_world import SMALL, Edit, Noise, OneLine, Save

from gmbench.agents.load import load_agent

pytestmark = pytest.mark.bad_input


# Text in ``data`` that is not what SB3 writes, or names what the lists do not hold.


@pytest.mark.parametrize(
    ("data", "match"),
    [
        pytest.param(b"{", "'data' is not JSON", id="cut"),
        pytest.param(b"\xff\xfe{}", "'data' is not JSON", id="not-utf-8"),
        pytest.param(b"[1, 2]", "'data' is no JSON object", id="a-list"),
        pytest.param(b"[" * 100_000, "'data' is not JSON", id="too-deep"),
        pytest.param(b"{}", "names no policy_class", id="no-policy"),
    ],
)
def test_wrong_json(data: bytes, match: str, good: Path, edited: Edit, one_line: OneLine) -> None:
    with one_line(match):
        load_agent(edited(good, members={"data": data}))


WRONG_FIELDS: dict[str, tuple[dict[str, Any], str]] = {
    "policy-of-its-own": (
        {"policy_class": {"__module__": "__main__", "__init__": "<function Mine.__init__ at 0x1>"}},
        "policy class that is not known: Mine of '__main__'.*--trust",
    ),
    "policy-without-init": (
        {"policy_class": {"__module__": "mine", "__init__": None}},
        "policy class of its own .module 'mine'.*--trust",
    ),
    "policy-from-another-module": (
        {"policy_class": {"__module__": "os"}},
        "policy class that is not known: ActorCriticCnnPolicy of 'os'.*--trust",
    ),
    "policy-init-injection": (
        {"policy_class": {"__init__": "<function system.__init__ at 0x1>\n; import os"}},
        "policy class of its own.*--trust",
    ),
    "kwargs-a-list": ({"policy_kwargs": [1]}, "policy_kwargs that are no dictionary"),
    "unknown-argument": (
        {"policy_kwargs": {"attention_heads": 4}},
        "argument that is not known: 'attention_heads'.*--trust",
    ),
    "foreign-activation": (
        {"policy_kwargs": {"activation_fn": "<class 'mine.Snake'>"}},
        "activation_fn .*Snake.*, not a known activation .*--trust",
    ),
    "activation-a-lambda": (
        {"policy_kwargs": {"activation_fn": "<function <lambda> at 0x7f>"}},
        "activation_fn .*lambda.*--trust",
    ),
    "activation-a-module-with-a-size": (
        {"policy_kwargs": {"activation_fn": "<class 'torch.nn.modules.linear.Linear'>"}},
        "activation_fn .*Linear.*--trust",
    ),
    "foreign-extractor": (
        {"policy_kwargs": {"features_extractor_class": "<class 'mine.Impala'>"}},
        "features_extractor_class .*Impala.*--trust",
    ),
    "extractor-argument": (
        {"policy_kwargs": {"features_extractor_kwargs": {"depth": 3}}},
        "gives NatureCNN an argument that is not known: 'depth'",
    ),
    "extractor-kwargs-text": (
        {"policy_kwargs": {"features_extractor_kwargs": "{'features_dim': 32}"}},
        "features_extractor_kwargs .*not a dictionary of plain values",
    ),
    "features-dim-huge": (
        {"policy_kwargs": {"features_extractor_kwargs": {"features_dim": 10**9}}},
        "features_dim '1000000000', not a whole number from 1 to 65536",
    ),
    "net-arch-negative": ({"policy_kwargs": {"net_arch": [-1]}}, r"net_arch '\[-1\]', not"),
    "net-arch-text": ({"policy_kwargs": {"net_arch": "[64, 64]"}}, "net_arch .*not a list"),
    "net-arch-true": ({"policy_kwargs": {"net_arch": [True]}}, "net_arch .*not a whole number"),
    "net-arch-shared": (
        {"policy_kwargs": {"net_arch": [64, {"pi": [64]}]}},
        "net_arch .*not a whole number",
    ),
    "net-arch-other-keys": (
        {"policy_kwargs": {"net_arch": {"pi": [8], "qf": [8]}}},
        "net_arch .*named pi and vf",
    ),
    "net-arch-too-deep": ({"policy_kwargs": {"net_arch": [8] * 99}}, "up to 32 layer widths"),
    "scaling-a-text": (
        {"policy_kwargs": {"normalize_images": "False"}},
        "normalize_images 'False', not true or false",
    ),
    "larger-than-its-weights": (
        {"policy_kwargs": {"net_arch": [60_000, 60_000]}},
        "a network of at least 3,60.* weights, policy.pth .* cannot hold them",
    ),
    "huge-head": (
        {"policy_kwargs": {"net_arch": {"pi": [60_000]}}, "action_space": {"n": "60000"}},
        "a network of at least 3,60.* weights, policy.pth .* cannot hold them",
    ),
    "another-network": (
        {"policy_kwargs": {"net_arch": [4]}},
        "policy.pth lacks 'mlp_extractor.policy_net.0.weight'",
    ),
    "exploration-by-state": ({"use_sde": True}, "uses state-dependent exploration"),
    "observations-unreadable": ({"observation_space": None}, "no readable observation_space"),
    "observations-of-another-kind": (
        {"observation_space": {":type:": "<class 'gymnasium.spaces.discrete.Discrete'>"}},
        "observes a 'Discrete' space, gmbench's worlds have a Box",
    ),
    "space-of-ones-own": (
        {"observation_space": {":type:": "<class 'mine.Box'>"}},
        "observes a 'Box' space",
    ),
    "shape-text": ({"observation_space": {"_shape": "(3, 64, 64)"}}, "shape that cannot be read"),
    "shape-huge": ({"observation_space": {"_shape": [3, 10**6, 10**6]}}, "which no world gives"),
    "shape-zero": ({"observation_space": {"_shape": [3, 0, 64]}}, "which no world gives"),
    "shape-too-small-for-the-cnn": (
        {"observation_space": {"_shape": [3, 16, 16]}},
        "ActorCriticCnnPolicy cannot be built for observations of shape .3, 16, 16.",
    ),
    "shape-of-another-agent": (
        {"observation_space": {"_shape": [4, 64, 64]}},
        "has 'features_extractor.cnn.0.weight' of shape .32, 3, 8, 8.*.32, 4, 8, 8.",
    ),
    "channels-last": (
        {"observation_space": {"_shape": [64, 64, 3]}},
        "cannot be built for observations of shape .64, 64, 3.",
    ),
    "dtype": ({"observation_space": {"dtype": "object"}}, "observations of type 'object'"),
    "bounds-differ": ({"observation_space": {"low": "[0. 1. 0.]"}}, "low is not the same every"),
    "bounds-unreadable": (
        {"observation_space": {"high": "__import__('os').system('true')"}},
        "whose high cannot be read",
    ),
    "bounds-swapped": (
        {"observation_space": {"low": "[255 255]", "high": "[0 0]"}},
        "is no range of uint8",
    ),
    "actions-continuous": (
        {"action_space": {":type:": "<class 'gymnasium.spaces.box.Box'>"}},
        "acts in a 'Box' space, gmbench's worlds have a Discrete",
    ),
    "actions-none": ({"action_space": {"n": "0"}}, "acts in Discrete.n='0'"),
    "actions-from-one": ({"action_space": {"start": "1"}}, "start='1'.*counted from 0"),
    "actions-more-than-weights": (
        {"action_space": {"n": "16"}},
        "'action_net.weight' of shape .15, 32., .*16, 32.",
    ),
}


@pytest.mark.parametrize("case", WRONG_FIELDS)
def test_wrong_fields(case: str, good: Path, edited: Edit, one_line: OneLine) -> None:
    fields, match = WRONG_FIELDS[case]
    with one_line(match):
        load_agent(edited(good, fields))


def test_towers_for_a_q_network(saved: Save, edited: Edit, one_line: OneLine) -> None:
    path = saved("DQN", policy_kwargs=SMALL)
    with one_line("net_arch for actor and critic, but CnnPolicy has no critic"):
        load_agent(edited(path, {"policy_kwargs": {"net_arch": {"pi": [8]}}}))


@pytest.mark.parametrize(
    ("lstm_kwargs", "match"),
    [
        pytest.param({"proj_size": 4}, "dictionary of bias and dropout", id="unknown"),
        pytest.param({"dropout": 7}, "dropout from 0 to 1", id="range"),
    ],
)
def test_lstm_arguments(
    lstm_kwargs: Any, match: str, saved: Save, edited: Edit, one_line: OneLine
) -> None:
    kwargs = {"lstm_hidden_size": 8, **SMALL}
    path = saved("RecurrentPPO", "CnnLstmPolicy", policy_kwargs=kwargs)
    with one_line(match):
        load_agent(edited(path, {"policy_kwargs": {"lstm_kwargs": lstm_kwargs}}))


@pytest.mark.parametrize("n", [0, "200", 10**7], ids=str)
def test_quantiles(n: Any, saved: Save, edited: Edit, one_line: OneLine) -> None:
    path = saved("QRDQN", policy_kwargs={"n_quantiles": 7, **SMALL})
    with one_line("n_quantiles .*, not a whole number"):
        load_agent(edited(path, {"policy_kwargs": {"n_quantiles": n}, "n_quantiles": n}))


@pytest.mark.parametrize(
    ("env", "policy", "match"),
    [
        pytest.param(
            Noise(action_space=spaces.Box(-1, 1, (2,))), "CnnPolicy", "acts in a 'Box'", id="box"
        ),
        pytest.param(
            Noise(action_space=spaces.MultiDiscrete([3, 3])),
            "CnnPolicy",
            "acts in a 'MultiDiscrete'",
            id="multi-discrete",
        ),
        pytest.param(
            Noise(spaces.Dict({"a": spaces.Box(0, 1, (2,))})),
            "MultiInputPolicy",
            "policy class that is not known: MultiInputActorCriticPolicy",
            id="dict",
        ),
    ],
)
def test_real_agents_of_other_spaces(
    env: gym.Env[Any, Any], policy: str, match: str, saved: Save, one_line: OneLine
) -> None:
    with one_line(match):
        load_agent(saved("PPO", policy, env=env))
