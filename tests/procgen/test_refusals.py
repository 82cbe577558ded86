"""What parse lets through, the C library survives: mutated states in a process of their own."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from procgen_games import GAMES

from gmbench.errors import StateError
from gmbench.procgen.refusals import MODES
from gmbench.procgen.state import ProcgenState, parse

pytestmark = pytest.mark.procgen

RECORDS = ("options", "progress", "motion", "view", "own", "entities")
TELLING = (0, 1, -1, 2, 9, 63, 101, 2**31 - 1, -(2**31))  # 2**31 - 1 is no number as a float

# Puts every state in the file into its game, plays on from it and into the next level.
SURVIVOR = """
import pickle, sys
import numpy as np
from gmbench.procgen.wheel import make_games
from gmbench.procgen.studio import StateBuffer

for game, states in pickle.load(open(sys.argv[1], "rb")).items():
    games = make_games(game, 1, "hard")
    buffer = StateBuffer(games, game, "hard")
    for number, data in enumerate(states):
        print(game, number, flush=True)
        buffer.write(0, data)
        for action in (4, 7, 5, 9, -1):
            games.act(np.array([action], dtype=np.int32))
            games.observe()
print("survived")
"""


def mutate(state: ProcgenState, rng: np.random.Generator) -> None:
    """Set a field, or a cell of the grid, to a telling or a random value."""
    value = np.int64(rng.choice([*TELLING, rng.integers(-(2**31), 2**31)])).astype(np.int32)
    if rng.random() < 0.15:
        state.grid[rng.integers(state.grid.shape[0]), rng.integers(state.grid.shape[1])] = value
        return
    record = getattr(state, str(rng.choice(RECORDS)))
    if record.dtype.names:
        fields = record.reshape(record.size).view("<i4").reshape(record.size, -1)
        fields[rng.integers(fields.shape[0]), rng.integers(fields.shape[1])] = value


def survivors(originals: list[bytes], count: int) -> tuple[list[bytes], int]:
    """Mutated states that parse accepts, and how many it refused on the way."""
    rng = np.random.default_rng(11)
    accepted: list[bytes] = []
    refused = 0
    while len(accepted) < count:
        state = parse(originals[int(rng.integers(len(originals)))])
        for _ in range(int(rng.integers(1, 4))):
            mutate(state, rng)
        data = state.to_bytes()
        try:
            if parse(data).mode == MODES["hard"]:
                accepted.append(data)
        except StateError:
            refused += 1
    return accepted, refused


def assert_the_library_survives(states: dict[str, list[bytes]], count: int, folder: Path) -> None:
    accepted = {}
    for game, originals in states.items():
        accepted[game], refused = survivors(originals, count)
        assert refused > count / 10
    file = folder / "states"
    file.write_bytes(pickle.dumps(accepted))
    done = subprocess.run(
        [sys.executable, "-c", SURVIVOR, str(file)],
        capture_output=True,
        text=True,
        timeout=60 + count * len(states) / 5,
    )
    assert done.stdout.split()[-1:] == ["survived"], (done.stdout[-200:], done.stderr[-500:])


def test_the_library_survives_what_parse_accepts(
    real_states: dict[tuple[str, str], list[bytes]], tmp_path: Path
) -> None:
    states = {game: real_states[game, "hard"][::50] for game in GAMES}
    assert_the_library_survives(states, 60, tmp_path)


@pytest.mark.slow
def test_the_library_survives_much_of_what_parse_accepts(
    real_states: dict[tuple[str, str], list[bytes]], tmp_path: Path
) -> None:
    states = {game: real_states[game, "hard"][::10] for game in GAMES}
    assert_the_library_survives(states, 2000, tmp_path)
