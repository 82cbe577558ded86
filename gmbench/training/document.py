"""Reads a recipe from a YAML file of plain data (`gmbench.strict_yaml`).

Every mistake is one line that names the file and the line. A recipe, of which everything but pair
and steps may be left out::

    pair: corner
    parameters: {size: 9}       # native worlds
    obs: grid                   # rgb: pictures
    alpha: 0.01                 # share of training levels in the test condition
    levels: 1000                # null: all training levels
    algorithm: ppo              # a2c dqn qrdqn trpo recurrent-ppo
    steps: 1_000_000
    seed: 0
    num_envs: 256
    network: {extractor: grid-cnn, channels: 16, layers: [128]}  # place-cnn flat impala stock
    blind: false                # true: the planes that tell the goal are masked
    settings:                   # the algorithm's own keywords
      learning_rate: {from: 1.0e-3, to: 1.0e-4}
      n_steps: 32
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from gmbench.errors import RecipeError
from gmbench.strict_yaml import Value, read
from gmbench.training.checking import checked
from gmbench.training.recipe import Network, Recipe

_REQUIRED: Final = ("pair", "steps")
_NETWORK: Final = tuple(field.name for field in fields(Network))
_OPTIONAL: Final = tuple(f.name for f in fields(Recipe) if f.name not in _REQUIRED)
_TEXTS: Final = ("pair", "mode", "obs", "algorithm")


def load_recipe(path: str | os.PathLike[str]) -> Recipe:
    """The recipe in a file, checked.

    Raises:
        RecipeError: it has a mistake; names file and line.
        MissingPartError: it needs sb3-contrib, which is not installed.
    """
    return read_recipe(read(path, RecipeError))


def read_recipe(document: Value) -> Recipe:
    """The recipe in a document, checked.

    Raises:
        RecipeError: it has a mistake; names file and line.
        MissingPartError: it needs sb3-contrib, which is not installed.
    """
    found = document.mapping(_REQUIRED, _OPTIONAL)
    places = {"": document, **found}
    values: dict[str, Any] = {}
    for name, value in found.items():
        if name == "network":
            values[name] = _network(value, places)
        elif name in ("parameters", "settings"):
            values[name] = _named(value, places)
        else:
            values[name] = value.text() if name in _TEXTS else value.scalar()
    try:
        return checked(Recipe(**values))
    except RecipeError as error:
        _at(places, error.key).fail(str(error))


def _network(value: Value, places: dict[str, Value]) -> Network:
    found = value.mapping((), _NETWORK)
    places |= {f"network.{name}": inner for name, inner in found.items()}
    layers = found.pop("layers", None)
    plain: dict[str, Any] = {name: inner.scalar() for name, inner in found.items()}
    if layers is not None:
        plain["layers"] = tuple(width.scalar() for width in layers.items())
    return Network(**plain)


def _named(value: Value, places: dict[str, Value]) -> dict[str, Any]:
    """A mapping whose keys are checked later."""
    found = value.entries()
    places |= {f"{value.key}.{name}": inner for name, inner in found.items()}
    return {
        name: {end: bound.scalar() for end, bound in inner.entries().items()}
        if inner.is_mapping
        else inner.scalar()
        for name, inner in found.items()
    }


def _at(places: Mapping[str, Value], key: str) -> Value:
    """The place in the document that a mistake is about: its key's, or what that stands in."""
    while key not in places:
        key = key.rpartition(".")[0]
    return places[key]
