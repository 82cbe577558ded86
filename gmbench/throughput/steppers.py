"""Steppers: the engine alone, and the faces over it."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gmbench.engine.abstract import BUFFERS, AbstractBatch
from gmbench.engine.batch import Batch
from gmbench.engine.devices import open_batch, without_cuda
from gmbench.engine.game import game
from gmbench.engine.tiles import CELL
from gmbench.envs.games import Actions, Games, Observations
from gmbench.envs.native import NativeGames
from gmbench.envs.settings import Settings
from gmbench.errors import MissingPartError
from gmbench.throughput import gpu
from gmbench.throughput.clock import SEED, Stepper, drawn_actions, random_actions

GROUPS: Final = 16  # of slots that begin anew together, on the way to ages as in training


def engine_stepper(
    module: ModuleType, batch: int, device: str, obs: str, **options: int
) -> Stepper:
    """A native world's engine.

    Args:
        module: the world's.
        batch: environments stepped at once.
        device: "cpu" or "cuda".
        obs: kind of observation.
        options: ``tile`` and ``threads`` of the engine's batch.

    Raises:
        UsageError: an option is wrong.
        MissingPartError: there is no GPU, or too little memory on it.
    """
    if device == "cuda":
        missing = without_cuda()
        if missing is not None:
            raise MissingPartError(missing)
        made = game(module)
        shape = made.grid_shape if obs == "grid" else made.frame_shape(options.get("tile", CELL))
        # Every turn of the ring holds the observations and the last ones of what has ended.
        gpu.refuse_without_room(2 * BUFFERS * batch * int(np.prod(shape)))
    engine = open_batch(module, batch, device=device, obs=obs, **options)
    engine.stream(SEED)
    engine.reset()
    actions = len(module.ACTIONS)
    stepper = Stepper(
        step=engine.step,
        batch=batch,
        obs=obs,
        observation_bytes=int(np.prod(engine.observation_shape)),
        actions=random_actions(actions, batch),
        levels_begun=lambda: _begun(engine),
    )
    if isinstance(engine, Batch):
        stepper.threads = engine.workers
        _age(engine)
    else:
        stepper.actions = gpu.on_card(drawn_actions(actions, batch))
        stepper.device, stepper.driver, stepper.host_copy = gpu.name(), gpu.driver(), False
        stepper.finish = gpu.finish
        _age_by_playing(engine, stepper)
    return stepper


def face_stepper(pair: str, batch: int, scope: str, obs: str) -> Stepper:
    """A pair through a face; with scope "env" through the games that all faces stand on.

    Raises:
        UsageError: the pair cannot be played so.
        MissingPartError: the games are not installed.
    """
    face: Any
    if scope == "sb3":
        from gmbench.envs.make import make_sb3

        face = make_sb3(pair, num_envs=batch, obs=obs, seed=SEED)
        face.reset()
    elif scope == "vector":
        from gmbench.envs.vector import GmbenchVectorEnv

        face = GmbenchVectorEnv(pair, num_envs=batch, obs=obs)
        face.reset(seed=SEED)
    else:
        face = Settings(pair, obs=obs).open(batch, SEED)
        face.reset()
    games: Games = face if scope == "env" else face.games
    stepper = Stepper(
        step=_played(games) if scope == "env" else face.step,
        batch=batch,
        obs=obs,
        observation_bytes=int(np.prod(games.observation_space.shape)),
        actions=random_actions(int(games.action_space.n), batch),
        close=face.close,
    )
    if isinstance(games, NativeGames) and isinstance(games.batch, Batch):
        engine = games.batch
        stepper.threads, stepper.levels_begun = engine.workers, lambda: _begun(engine)
        _age(engine)
    return stepper


def _played(games: Games) -> Callable[[Actions], tuple[Observations]]:
    return lambda actions: (games.step(actions).observations,)


def _begun(engine: AbstractBatch[Any]) -> int:
    """How many levels the slots have taken from the stream."""
    return int(engine.slots["draws"].sum(dtype=np.int64))


def _age(engine: Batch) -> None:
    """Give the slots ages as in the middle of training, where episodes do not end all at once.

    Else a repeat would hold all of the slots' next levels or none of them.
    """
    limits = engine.slots["limit"].astype(np.int64)
    engine.slots["steps"] = _places(engine.num_envs) * limits // engine.num_envs


def _age_by_playing(engine: AbstractBatch[Any], stepper: Stepper) -> None:
    """The same, where slots cannot be written to: groups of them begin one after the other."""
    places = _places(engine.num_envs)
    between = -(-int(engine.slots["limit"].max()) // GROUPS)
    for group in range(GROUPS):
        engine.begin_next(np.flatnonzero(places % GROUPS == group))
        stepper.run(between)


def _places(slots: int) -> NDArray[np.int64]:
    """The slots' numbers in a random order, so that threads share the work of every age."""
    return np.random.default_rng(SEED).permutation(slots)
