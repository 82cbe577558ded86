"""What a training run needs to go on, kept in a file beside the agent: never in its zip.

Weights and the optimizer's moments, the random states, the counts, the curve so far, and of a
replay buffer the newest transitions. Episodes that were running are lost, lessons as well, and the
stream of levels goes on under a seed of its own, but lessons that are still to come are those they
would have been: a resumed run is a run of as many steps, not the same to the bit.
"""

from __future__ import annotations

import json
import os
import pickle
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.buffers import ReplayBuffer

from gmbench.atomic import replacing
from gmbench.errors import UsageError
from gmbench.training.curve import Row, from_csv, to_csv
from gmbench.training.recipe import Recipe
from gmbench.training.regimes import regime_games

SUFFIX: Final = ".resume"
VERSION: Final = 1
MOST_KEPT: Final = 2**28  # bytes of a replay buffer

# Counts that algorithms keep besides the steps.
_COUNTS: Final = ("_n_updates", "_episode_num", "_n_calls")
_TRANSITIONS: Final = (
    "observations",
    "next_observations",
    "actions",
    "rewards",
    "dones",
    "timeouts",
)


@dataclass(frozen=True)
class Saved:
    """A run that was stopped.

    Attributes:
        recipe: what is trained, checked.
        steps: environment steps learned from.
        seconds: of training.
        rows: of the curve until then.
        state: for `restore`.
    """

    recipe: Recipe
    steps: int
    seconds: float
    rows: list[Row]
    state: dict[str, Any] = field(repr=False)


def resume_path(agent: Path) -> Path:
    """The file beside an agent's zip."""
    return agent.with_suffix(SUFFIX)


def save_run(
    model: BaseAlgorithm, path: Path, recipe: Recipe, seconds: float, rows: list[Row]
) -> None:
    """Write what is needed to go on, whole or not at all.

    Raises:
        UsageError: the file cannot be written.
    """
    games = regime_games(model)
    data = {
        "version": VERSION,
        "recipe": json.dumps(recipe.to_json()),
        "steps": model.num_timesteps,
        "seconds": seconds,
        "curve": to_csv(rows),
        "parameters": model.get_parameters(),
        "counts": {name: getattr(model, name) for name in _COUNTS if hasattr(model, name)},
        "random": _random_states(model),
        "replay": _transitions(model),
        "regime": None if games is None else games.progress(),
    }
    with replacing(path) as draft:
        torch.save(data, draft)


def read_run(path: Path) -> Saved:
    """The run in a file; nothing in it is unpickled but tensors and plain values.

    Raises:
        UsageError: there is no such file, or it is not of this version.
    """
    if not path.is_file():
        raise UsageError(f"{path}: there is no such file, so nothing to resume; leave out --resume")
    try:
        data = torch.load(path, weights_only=True, map_location="cpu")
        if data["version"] != VERSION:
            raise ValueError(f"it is of version {data['version']}, not {VERSION}")
        recipe = Recipe.from_json(json.loads(data["recipe"]))
        rows = from_csv(data["curve"])
        return Saved(recipe, int(data["steps"]), float(data["seconds"]), rows, data)
    except (OSError, RuntimeError, ValueError, TypeError, KeyError, pickle.UnpicklingError) as bad:
        reason = " ".join(f"{bad}".split())[:120]
        raise UsageError(
            f"{path}: cannot go on from it ({reason}); delete it and train anew"
        ) from None


def restore(model: BaseAlgorithm, saved: Saved) -> None:
    """Put a new model of the same recipe where the run stopped."""
    state = saved.state
    model.set_parameters(state["parameters"], exact_match=True, device=model.device)
    model.num_timesteps = saved.steps
    for name, value in state["counts"].items():
        setattr(model, name, value)
    _put_back(model, state["replay"])
    games = regime_games(model)
    if games is not None:
        games.go_on(state["regime"])
    _set_random_states(model, state["random"])


def _random_states(model: BaseAlgorithm) -> dict[str, Any]:
    numpy: Any = np.random.get_state(legacy=False)
    version, words, gauss = random.getstate()
    return {
        "torch": torch.get_rng_state(),
        "numpy": {**numpy, "state": {**numpy["state"], "key": numpy["state"]["key"].tolist()}},
        "python": [version, list(words), gauss],
        # Its numbers have more bits than a plain pickle's reader takes.
        "actions": json.dumps(model.action_space.np_random.bit_generator.state),
    }


def _set_random_states(model: BaseAlgorithm, states: dict[str, Any]) -> None:
    torch.set_rng_state(states["torch"])
    numpy = states["numpy"]
    key = np.array(numpy["state"]["key"], np.uint32)
    np.random.set_state({**numpy, "state": {**numpy["state"], "key": key}})
    version, words, gauss = states["python"]
    random.setstate((version, tuple(words), gauss))
    model.action_space.np_random.bit_generator.state = json.loads(states["actions"])


def _transitions(model: BaseAlgorithm) -> dict[str, torch.Tensor] | None:
    """The newest transitions of a replay buffer, oldest first, as many as `MOST_KEPT` holds."""
    buffer = getattr(model, "replay_buffer", None)
    if not isinstance(buffer, ReplayBuffer):
        return None
    arrays = {name: getattr(buffer, name) for name in _TRANSITIONS}
    held, each = buffer.size(), sum(array[0].nbytes for array in arrays.values())
    newest = min(held, max(1, MOST_KEPT // each))
    places = np.arange(buffer.pos - newest, buffer.pos) % buffer.buffer_size
    return {name: torch.from_numpy(array[places]) for name, array in arrays.items()}


def _put_back(model: BaseAlgorithm, kept: dict[str, torch.Tensor] | None) -> None:
    buffer = getattr(model, "replay_buffer", None)
    if kept is None or not isinstance(buffer, ReplayBuffer):
        return
    count = len(kept["actions"])
    for name, tensor in kept.items():
        getattr(buffer, name)[:count] = tensor.numpy()
    buffer.pos, buffer.full = count % buffer.buffer_size, count == buffer.buffer_size


def remove(path: Path) -> None:
    """Remove the file of a run that has come to its end."""
    if path.exists():
        os.unlink(path)
