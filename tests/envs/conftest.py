"""Episodes played again, aside from any environment: what the agent must have seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray

from gmbench.procgen.batch import apply_condition
from gmbench.procgen.studio import StateBuffer, Studio
from gmbench.procgen.wheel import make_games
from gmbench.registry import WORLDS

RUN_RIGHT, COUNT = 8, 15


@dataclass(frozen=True)
class Playback:
    """One level played in a stock game that was given the edited start state.

    ``frames[n]`` is what is seen after n actions; where the game ends the level at the last
    action, the frame after it is of another level and left out.
    """

    frames: list[NDArray[np.uint8]]
    rewards: list[float]
    ended: bool


class Aside:
    """One stock game, driven without any of gmbench's environments."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        world = module.PAIR.world
        self._studio = Studio(world.game, "easy")
        self._games = make_games(world.game, 1, "easy")
        self._states = StateBuffer(self._games, world.game, "easy")

    def rejected(self, level: int) -> str | None:
        reason: str | None = self._module.find_sites(
            self._studio.start_state(level), level
        ).rejected
        return reason

    def stock_frame(self, level: int) -> NDArray[np.uint8]:
        self._states.write(0, self._studio.start_state(level).to_bytes())
        return self._frame()

    def play(self, level: int, condition: str, actions: Sequence[int] = ()) -> Playback:
        state = self._studio.start_state(level)
        sites = self._module.find_sites(state, level)
        apply_condition(state, sites, self._module.PAIR.world.condition(condition))
        self._states.write(0, state.to_bytes())
        frames, rewards, ended = [self._frame()], [], False
        for action in actions:
            assert not ended
            self._games.act(np.array([action], dtype=np.int32))
            reward, observation, first = self._games.observe()
            rewards.append(float(reward[0]))
            ended = bool(first[0])
            if not ended:
                frames.append(observation["rgb"][0])
        return Playback(frames, rewards, ended)

    def _frame(self) -> NDArray[np.uint8]:
        frame: NDArray[np.uint8] = self._games.observe()[1]["rgb"][0]
        return frame

    def close(self) -> None:
        self._games.close()
        self._studio.close()


@pytest.fixture(scope="session")
def aside() -> Iterator[Callable[[str], Aside]]:
    """The game of a pair, to play levels aside."""
    made: dict[str, Aside] = {}

    def of(pair: str) -> Aside:
        if pair not in made:
            made[pair] = Aside(WORLDS.load(pair))
        return made[pair]

    yield of
    for game in made.values():
        game.close()


@pytest.fixture
def random_runs() -> Callable[[int, int], NDArray[np.int64]]:
    """Actions of shape (steps, slots) that mostly run right: in platform games levels end soon."""

    def draw(steps: int, slots: int) -> NDArray[np.int64]:
        generator = np.random.default_rng(7)
        actions = generator.integers(0, COUNT, (steps, slots))
        actions[generator.random((steps, slots)) < 0.8] = RUN_RIGHT
        return actions

    return draw
