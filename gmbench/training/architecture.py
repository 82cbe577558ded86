"""The network in a recipe: which extractors fit what, and what the policy is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from gmbench.errors import RecipeError
from gmbench.hints import nearest, quoted
from gmbench.training.algorithms import Algorithm
from gmbench.training.recipe import Network, Recipe

# Extractor to the observations it reads, to the keys of a network that it knows and to the widths
# of the layers behind it where the recipe names none.
EXTRACTORS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...], tuple[int, ...] | None]]] = {
    "grid-cnn": (("grid",), ("features", "channels", "blocks"), ()),
    "place-cnn": (("grid",), ("agent", "channels", "blocks"), (64,)),
    "flat": (("grid",), (), (256, 256)),
    "impala": (("rgb",), ("features",), ()),
    "stock": (("grid", "rgb"), (), None),
}
USUAL: Final = {"grid": "grid-cnn", "rgb": "stock"}
MASKING: Final = ("flat", "grid-cnn", "place-cnn")  # those that can leave planes out
ACTIVATIONS: Final = ("tanh", "relu")
AGENT: Final = "mouse"  # the plane that shows where the agent is, where the network names none

_CALLED: Final = {"features": "features_dim"}  # by the extractors, where it is not the same
_MOST: Final = {"features": 65_536, "channels": 4_096, "blocks": 32, "lstm": 65_536}
_MOST_LAYERS: Final = 32


def checked_network(recipe: Recipe, algorithm: Algorithm, planes: Sequence[str]) -> Network:
    """The network with its extractor and layers named.

    Args:
        recipe: its ``obs`` is filled in.
        algorithm: the recipe's.
        planes: of its grid; none where it has none.

    Raises:
        RecipeError: the network does not fit the observation or the algorithm.
    """
    network = recipe.network
    name = network.extractor or USUAL[recipe.obs]
    if name not in EXTRACTORS:
        raise RecipeError(
            f"unknown extractor {quoted(str(name))}; {nearest(str(name), EXTRACTORS)}",
            "network.extractor",
        )
    reads, keys, layers = EXTRACTORS[name]
    if recipe.obs not in reads:
        fitting = " or ".join(other for other in EXTRACTORS if recipe.obs in EXTRACTORS[other][0])
        raise RecipeError(
            f"extractor {name} does not read {recipe.obs} observations; choose {fitting}",
            "network.extractor",
        )
    known = (*keys, *(("lstm",) if algorithm.name == "recurrent-ppo" else ()))
    for key, most in _MOST.items():
        value = getattr(network, key)
        if value is not None:
            if key not in known:
                of = algorithm.name if key == "lstm" else f"extractor {name}"
                raise RecipeError(f"{of} has no {key}; leave it out", f"network.{key}")
            whole(f"network.{key}", value, 1, most)
    network = replace(network, agent=_agent(network, name, "agent" in keys, planes))
    if network.activation not in (None, *ACTIVATIONS):
        raise RecipeError(
            f"unknown activation {quoted(str(network.activation))};"
            f" {nearest(str(network.activation), ACTIVATIONS)}",
            "network.activation",
        )
    if recipe.blind and name not in MASKING:
        raise RecipeError(
            f"extractor {name} cannot mask planes; a blind agent needs {' or '.join(MASKING)}",
            "network.extractor",
        )
    own = network.layers if network.layers is not None else layers
    return replace(network, extractor=name, layers=_checked_layers(own))


def policy_arguments(
    recipe: Recipe, planes: Sequence[str], masked: Sequence[str]
) -> dict[str, Any]:
    """What the policy's constructor is told; imports torch.

    Args:
        recipe: checked.
        planes: of its grid; none where it has none.
        masked: those that the extractor leaves out.
    """
    import torch

    network, told = recipe.network, dict[str, Any]()
    if network.layers is not None:
        told["net_arch"] = list(network.layers)
    if network.activation is not None:
        told["activation_fn"] = {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}[network.activation]
    if network.lstm is not None:
        told["lstm_hidden_size"] = network.lstm
    if network.extractor != "stock":
        given = {key: getattr(network, key) for key in EXTRACTORS[network.extractor][1]}
        kwargs = {_CALLED.get(key, key): value for key, value in given.items() if value is not None}
        if "agent" in kwargs:
            kwargs["agent"] = planes.index(kwargs["agent"])
        if masked:
            kwargs["blind_to"] = [planes.index(name) for name in masked]
        told["features_extractor_class"] = _extractor(network.extractor)
        told["features_extractor_kwargs"] = kwargs
    return told


def whole(key: str, value: Any, low: int, high: int) -> int:
    """A whole number from low to high.

    Raises:
        RecipeError: it is not.
    """
    name = key.rpartition(".")[2]
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise RecipeError(
            f"{name} must be a whole number from {low:,} to {high:,}, not {quoted(str(value))}",
            key,
        )
    return value


def _agent(network: Network, extractor: str, asked: bool, planes: Sequence[str]) -> str | None:
    """The plane at whose mark the network is read out; None where it is not read out so."""
    if not asked:
        if network.agent is not None:
            raise RecipeError(f"extractor {extractor} has no agent; leave it out", "network.agent")
        return None
    agent = AGENT if network.agent is None else network.agent
    if agent not in planes:
        raise RecipeError(
            f"agent: no plane is called {quoted(str(agent))}; {nearest(str(agent), planes)}",
            "network.agent" if network.agent is not None else "network.extractor",
        )
    return agent


def _checked_layers(layers: Any) -> tuple[int, ...] | None:
    if layers is None:
        return None
    if not isinstance(layers, tuple | list) or len(layers) > _MOST_LAYERS:
        raise RecipeError(f"layers must be a list of up to {_MOST_LAYERS} widths", "network.layers")
    return tuple(whole("network.layers", width, 1, 65_536) for width in layers)


def _extractor(name: str) -> Any:
    from gmbench.training import extractors

    return {
        "grid-cnn": extractors.GridCnn,
        "place-cnn": extractors.PlaceCnn,
        "flat": extractors.FlatGrid,
        "impala": extractors.ImpalaCnn,
    }[name]
