"""Fingerprints of what native worlds do: rules, levels and pictures, the same on every device.

``gmbench/data/golden.json`` holds those of the worlds that ship, by version. A change that alters
one alters what a figure means: raise the world's VERSION with it, and write the file anew with ::

    python -m gmbench.engine.digests
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gmbench.atomic import write_text
from gmbench.engine.abstract import AbstractBatch
from gmbench.engine.devices import open_batch, without_cuda
from gmbench.levels import EVAL_LEVELS
from gmbench.registry import WORLDS

GOLDEN: Final = Path(__file__).parents[1] / "data" / "golden.json"
LEVELS: Final = 64  # of every condition
STEPS: Final = 64
TILE: Final = 12  # of the pictures for people


def digests(
    module: ModuleType, device: str = "cpu", *, levels: int = LEVELS, steps: int = STEPS
) -> dict[str, str]:
    """What a native world does on a device, as digests that name what they pin.

    The first evaluation levels are played in every condition, each in a slot of its own. As in
    training: hash-drawn actions, grids; what ends is followed by the stream's next level, half of
    them in the second condition. As in evaluation, to the game's end or the deadline: a third of
    the slots by the goal's oracle, a third by the proxy's, a third by hash, pictures.

    Args:
        module: the world.
        device: "cpu" or "cuda".
        levels: how many.
        steps: how many of each level.

    Returns:
        Name to digest, 16 hexadecimal digits: ``training_states``, ``training_grid``,
        ``evaluation_states``, ``evaluation_rgb``, ``pictures``.

    Raises:
        MissingPartError: the device is "cuda", and there is none.
    """
    return {
        **_training(module, device, levels, steps),
        **_evaluation(module, device, levels, steps),
    }


def compared(device: str = "cpu", names: Iterable[str] | None = None) -> dict[str, Any]:
    """Play native worlds on a device and compare them with the golden digests.

    Args:
        device: "cpu" or "cuda".
        names: of worlds; None for all native ones.

    Returns:
        For JSON: ``device``; ``run``, "run" or, where there is no such device, "not run", and then
        ``why``; ``worlds``, by name: ``version``, ``digests``, ``golden`` (null where none is kept
        for this version) and ``equal`` (null likewise). "not run" leaves ``worlds`` empty.
    """
    why = without_cuda() if device == "cuda" else None
    if why is not None:
        return {"device": device, "run": "not run", "why": why, "worlds": {}}
    golden = read_golden()
    worlds = {}
    for name in native_worlds() if names is None else names:
        module = WORLDS.load(name)
        kept = golden.get(name, {})
        wanted = kept["digests"] if kept.get("version") == module.VERSION else None
        found = digests(module, device)
        worlds[name] = {
            "version": module.VERSION,
            "digests": found,
            "golden": wanted,
            "equal": None if wanted is None else found == wanted,
        }
    return {"device": device, "run": "run", "worlds": worlds}


def native_worlds() -> tuple[str, ...]:
    """The names of all native worlds, sorted."""
    return tuple(n for n in WORLDS.names() if WORLDS.load(n).PAIR.world.family == "native")


def read_golden() -> dict[str, Any]:
    """World to its ``version`` and ``digests``, as kept for the worlds that ship."""
    golden: dict[str, Any] = json.loads(GOLDEN.read_text())
    return golden


def write_golden() -> None:
    """Write the golden digests anew, from what the worlds that ship do on the processor."""
    shipped = [name for name in native_worlds() if WORLDS.item(name).package is None]
    golden = {
        name: {"version": WORLDS.load(name).VERSION, "digests": digests(WORLDS.load(name))}
        for name in shipped
    }
    write_text(GOLDEN, json.dumps(golden, indent=2) + "\n")


def _training(module: ModuleType, device: str, levels: int, steps: int) -> dict[str, str]:
    batch, actions = _begun(module, device, levels, steps, obs="grid")
    conditions = module.PAIR.world.conditions
    batch.autoreset = True
    batch.stream(0, alpha=0.5 if len(conditions) > 1 else 0.0, alpha_conditions=[1])
    seen = hashlib.blake2b(digest_size=8)
    for time in range(steps):
        result = batch.step(actions[:, time])
        _add(seen, result.observations, result.rewards, result.terminated, result.truncated)
        ended = _host(result.terminated) | _host(result.truncated)
        _add(seen, _host(result.last)[ended])
    return {"training_states": _states(batch), "training_grid": seen.hexdigest()}


def _evaluation(module: ModuleType, device: str, levels: int, steps: int) -> dict[str, str]:
    batch, actions = _begun(module, device, levels, steps, obs="rgb", evaluation=True)
    seen = hashlib.blake2b(digest_size=8)
    for time in range(steps):
        orders = actions[:, time].copy()
        for role in (0, 1):
            orders[role::3] = _host(batch.oracle(role))[role::3]
        result = batch.step(orders)
        _add(seen, result.observations, result.rewards, result.terminated, result.truncated)
    pictures = hashlib.blake2b(digest_size=8)
    _add(pictures, batch.frames(TILE))
    return {
        "evaluation_states": _states(batch),
        "evaluation_rgb": seen.hexdigest(),
        "pictures": pictures.hexdigest(),
    }


def _begun(
    module: ModuleType, device: str, levels: int, steps: int, *, obs: str, evaluation: bool = False
) -> tuple[Any, NDArray[np.int64]]:
    """The levels at their start, one slot each in every condition, and actions for all steps."""
    conditions = len(module.PAIR.world.conditions)
    n = levels * conditions
    batch = open_batch(module, n, device=device, obs=obs, autoreset=False)
    if evaluation:
        batch.evaluate([0] * conditions)
    numbers = [EVAL_LEVELS.start + at // conditions for at in range(n)]
    batch.begin(range(n), numbers, [at % conditions for at in range(n)])
    drawn = [hashlib.shake_128(b"%d" % number).digest(steps) for number in numbers]
    bytes_ = np.frombuffer(b"".join(drawn), np.uint8).reshape(n, steps)
    return batch, bytes_.astype(np.int64) * len(module.ACTIONS) >> 8


def _states(batch: AbstractBatch[Any]) -> str:
    """Of every field of all states and slots, without what lies between the fields."""
    digest = hashlib.blake2b(digest_size=8)
    for records in (batch.states, batch.slots):
        for name in records.dtype.names or ():
            if name != "order":  # an oracle's answer to whoever asked last
                _add(digest, records[name])
    return digest.hexdigest()


def _add(digest: Any, *arrays: Any) -> None:
    for array in arrays:
        digest.update(np.ascontiguousarray(_host(array)).data)


def _host(array: Any) -> NDArray[Any]:
    found: NDArray[Any] = array.copy_to_host() if hasattr(array, "copy_to_host") else array
    return found


if __name__ == "__main__":
    write_golden()
