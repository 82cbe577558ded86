"""The algorithms that can train, and what each is usually told.

Stable-Baselines3's own defaults are meant for eight environments; with hundreds of slots a rollout
of theirs takes a whole training run. So every algorithm has settings that suit many slots; a
recipe overrides what it likes.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gmbench.errors import MissingPartError
from gmbench.training.recipe import Setting

# What the recipe says by other keys, what takes no plain value, and what only continuous actions
# know.
_NOT_SETTINGS: Final = frozenset(
    "self policy env policy_kwargs verbose seed device tensorboard_log _init_setup_model"
    " stats_window_size rollout_buffer_class rollout_buffer_kwargs replay_buffer_class"
    " replay_buffer_kwargs optimize_memory_usage use_sde sde_sample_freq".split()
)

_BOARDS: Final[Mapping[str, Setting]] = {"gamma": 0.97, "gae_lambda": 0.9}
_PICTURES: Final[Mapping[str, Setting]] = {"gamma": 0.999, "gae_lambda": 0.95}
_REPLAY: Final[Mapping[str, Setting]] = {
    "learning_rate": 5e-4,
    "buffer_size": 200_000,
    "learning_starts": 10_000,
    "batch_size": 256,
    "train_freq": 4,
    "gradient_steps": 4,
    "target_update_interval": 4_000,
    "exploration_fraction": 0.4,
}
_SMALL_REPLAY: Final[Mapping[str, Setting]] = {**_REPLAY, "buffer_size": 50_000, "gamma": 0.99}


@dataclass(frozen=True)
class Usual:
    """What an algorithm is told where the recipe says nothing.

    Attributes:
        num_envs: slots played at once.
        settings: keywords of its constructor.
    """

    num_envs: int
    settings: Mapping[str, Setting] = field(hash=False)


@dataclass(frozen=True)
class Algorithm:
    """One algorithm.

    Attributes:
        name: in recipes.
        module, attribute: where its stock class is.
        policies: names of its policies for vectors and for images.
        on_policy: whether it learns from whole rollouts, and knows an actor and a critic.
        divides: whether ``batch_size`` must divide a rollout.
        usual: family of worlds to what it is usually told.
    """

    name: str
    module: str
    attribute: str
    policies: tuple[str, str]
    on_policy: bool
    divides: bool
    usual: Mapping[str, Usual] = field(hash=False)

    @property
    def keywords(self) -> dict[str, inspect.Parameter]:
        """The settings that its constructor takes, with their defaults and types.

        Raises:
            MissingPartError: sb3-contrib is needed and not installed.
        """
        parameters = inspect.signature(stock_class(self).__init__).parameters
        return {name: p for name, p in parameters.items() if name not in _NOT_SETTINGS}


def _on_policy(
    name: str,
    attribute: str,
    boards: Mapping[str, Setting],
    pictures: Mapping[str, Setting],
    *,
    contrib: bool = False,
    recurrent: bool = False,
    divides: bool = True,
) -> Algorithm:
    lstm = "Lstm" if recurrent else ""
    return Algorithm(
        name,
        "sb3_contrib" if contrib else "stable_baselines3",
        attribute,
        (f"Mlp{lstm}Policy", f"Cnn{lstm}Policy"),
        True,
        divides,
        {
            "native": Usual(256, {**_BOARDS, **boards}),
            "procgen": Usual(64, {**_PICTURES, **pictures}),
        },
    )


def _off_policy(name: str, attribute: str, *, contrib: bool = False) -> Algorithm:
    return Algorithm(
        name,
        "sb3_contrib" if contrib else "stable_baselines3",
        attribute,
        ("MlpPolicy", "CnnPolicy"),
        False,
        False,
        {"native": Usual(32, {**_REPLAY, "gamma": 0.97}), "procgen": Usual(16, _SMALL_REPLAY)},
    )


_CLIPPED: Final[dict[str, Setting]] = {
    "learning_rate": {"from": 3e-3, "to": 1e-4},
    "n_steps": 32,
    "batch_size": 1024,
    "n_epochs": 2,
    "ent_coef": 0.01,
}
_CLIPPED_PICTURES: Final[dict[str, Setting]] = {
    "learning_rate": 5e-4,
    "n_steps": 128,
    "batch_size": 2048,
    "n_epochs": 2,
    "ent_coef": 0.01,
}

ALGORITHMS: Final[Mapping[str, Algorithm]] = {
    one.name: one
    for one in (
        _on_policy("ppo", "PPO", _CLIPPED, _CLIPPED_PICTURES),
        _on_policy(
            "a2c",
            "A2C",
            {"n_steps": 16, "ent_coef": 0.01, "learning_rate": {"from": 2e-3, "to": 1e-4}},
            {"n_steps": 16, "ent_coef": 0.01, "learning_rate": 7e-4},
            divides=False,
        ),
        _off_policy("dqn", "DQN"),
        _off_policy("qrdqn", "QRDQN", contrib=True),
        _on_policy(
            "trpo",
            "TRPO",
            {"n_steps": 32, "batch_size": 2048},
            {"n_steps": 128, "batch_size": 2048},
            contrib=True,
        ),
        _on_policy(
            "recurrent-ppo",
            "RecurrentPPO",
            _CLIPPED,
            _CLIPPED_PICTURES,
            contrib=True,
            recurrent=True,
            divides=False,
        ),
    )
}


def stock_class(algorithm: Algorithm) -> Any:
    """The class as Stable-Baselines3 or sb3-contrib has it.

    Raises:
        MissingPartError: it is sb3-contrib's, which is not installed.
    """
    try:
        return getattr(importlib.import_module(algorithm.module), algorithm.attribute)
    except ModuleNotFoundError as error:
        if error.name != "sb3_contrib":
            raise
        raise MissingPartError(
            f"{algorithm.name} needs sb3-contrib, which is not installed; run"
            ' pip install "gmbench[contrib]"'
        ) from None


def training_class(algorithm: Algorithm, family: str) -> Any:
    """The class that trains in worlds of a family: gmbench's own PPO in native ones.

    Raises:
        MissingPartError: it is sb3-contrib's, which is not installed.
    """
    if algorithm.name == "ppo" and family == "native":
        from gmbench.training.ppo import PPO

        return PPO
    return stock_class(algorithm)
