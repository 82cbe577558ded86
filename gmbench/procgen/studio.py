"""Builds the stock start state of any level, aside from the games an agent plays."""

from __future__ import annotations

from typing import Any

import numpy as np

from gmbench.errors import StateError
from gmbench.procgen.state import MODES, ProcgenState, kind_of, parse
from gmbench.procgen.wheel import make_games

MAX_STATE = 2**20
FORCED_RESET = -1  # the action on which Procgen ends the level and starts the next


class StateBuffer:
    """Reads and writes the saved states of one ``ProcgenGym3Env``, through one reused buffer.

    Args:
        games: the environment.
        game, mode: what it plays; the state of any other is refused.
    """

    def __init__(self, games: Any, game: str, mode: str) -> None:
        self._games = games
        self._kind = game, MODES[mode]
        self._buffer = games._ffi.new(f"char[{MAX_STATE}]")
        self._bytes = games._ffi.buffer(self._buffer)

    def read(self, slot: int) -> bytes:
        """The saved state of one game."""
        size = self._games.call_c_func("get_state", slot, self._buffer, MAX_STATE)
        return bytes(self._bytes[:size])

    def write(self, slot: int, data: bytes) -> None:
        """Put a saved state back; the game's observation, reward and first flag follow it.

        Raises:
            StateError: the state is of another game or mode.
        """
        game, mode = kind_of(data)
        if (game, mode) != self._kind:
            names = {number: name for name, number in MODES.items()}
            raise StateError(
                f"the state is of {game} {names.get(mode, mode)}, but the games play "
                f"{self._kind[0]} {names[self._kind[1]]}; put it back where it came from"
            )
        self._games.call_c_func("set_state", slot, data, len(data))


class Studio:
    """A one-slot game in which start states are made.

    The start state of a level is a function of game, mode and level number alone: every build
    begins from the same template, in which only the seed of the next level is written.
    """

    def __init__(self, game: str, mode: str) -> None:
        self._games = make_games(game, 1, mode)
        self._states = StateBuffer(self._games, game, mode)
        self._reset = np.array([FORCED_RESET], dtype=np.int32)
        self._template = parse(self._states.read(0), trusted=True)

    def start_state(self, level: int) -> ProcgenState:
        """The stock start state of a level in [0, 2^31 - 1)."""
        template = self._template
        template.options["level_seed_low"] = level
        template.options["level_seed_high"] = level + 1
        self._states.write(0, template.to_bytes())
        self._games.act(self._reset)
        return parse(self._states.read(0), trusted=True)

    def close(self) -> None:
        """Free the game."""
        self._games.close()
