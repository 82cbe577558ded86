"""Any level on demand, and nothing but states of the right game into the library."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from procgen_games import GAMES, MODES

from gmbench.errors import StateError
from gmbench.procgen.state import ProcgenState, parse
from gmbench.procgen.studio import StateBuffer, Studio
from gmbench.procgen.wheel import import_procgen, make_games

pytestmark = pytest.mark.procgen

LEVELS = (0, 1, 2**30, 2**31 - 2)


def fresh(game: str, mode: str, level: int) -> tuple[ProcgenState, NDArray[np.uint8]]:
    """The first state and frame of an environment made for one level, the library's own way."""
    games = import_procgen().ProcgenGym3Env(
        num=1,
        env_name=game,
        distribution_mode=mode,
        num_levels=1,
        start_level=level,
        num_threads=0,
        rand_seed=level % 1000 + 1,
    )
    state = parse(StateBuffer(games, game, mode).read(0))
    frame = games.observe()[1]["rgb"][0]
    games.close()
    return state, frame


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("game", GAMES)
def test_a_level_is_the_one_that_procgen_makes_of_its_number(game: str, mode: str) -> None:
    studio = Studio(game, mode)
    games = make_games(game, 1, mode)
    for level in LEVELS:
        state = studio.start_state(level)
        expected, frame = fresh(game, mode, level)
        assert state.progress["current_level_seed"] == level
        assert np.array_equal(state.grid, expected.grid)
        assert state.entities.tobytes() == expected.entities.tobytes()
        assert state.own.tobytes() == expected.own.tobytes()
        assert state.rand.text == expected.rand.text
        assert state.progress["cur_time"] == 0
        StateBuffer(games, game, mode).write(0, state.to_bytes())
        assert np.array_equal(games.observe()[1]["rgb"][0], frame)
    games.close()
    studio.close()


@pytest.mark.parametrize("game", GAMES)
def test_a_level_does_not_hang_on_those_made_before(game: str) -> None:
    """To the byte, generators and all: in any order and in another studio."""
    one, other = Studio(game, "hard"), Studio(game, "hard")
    levels = [5, 2**30, 17, 2**31 - 2]
    first = {level: one.start_state(level).to_bytes() for level in levels}
    assert len(set(first.values())) == len(levels)
    for level in reversed(levels):
        assert one.start_state(level).to_bytes() == first[level]
        assert other.start_state(level).to_bytes() == first[level]
    one.close()
    other.close()


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("game", "mode", "message"),
    [
        ("maze", "hard", "of maze hard, but the games play coinrun hard"),
        ("coinrun", "easy", "of coinrun easy, but the games play coinrun hard"),
    ],
    ids=["another game", "another mode"],
)
def test_a_state_from_elsewhere_is_refused(
    real_states: dict[tuple[str, str], list[bytes]], game: str, mode: str, message: str
) -> None:
    games = make_games("coinrun", 1, "hard")
    buffer = StateBuffer(games, "coinrun", "hard")
    before = buffer.read(0)
    with pytest.raises(StateError, match=message) as caught:
        buffer.write(0, real_states[game, mode][0])
    assert "\n" not in str(caught.value)
    assert buffer.read(0) == before
    games.close()


def test_a_state_put_back_is_the_state_read_again(
    real_states: dict[tuple[str, str], list[bytes]],
) -> None:
    for game in GAMES:
        games = make_games(game, 1, "easy")
        buffer = StateBuffer(games, game, "easy")
        for data in real_states[game, "easy"][::30]:
            buffer.write(0, data)
            assert buffer.read(0) == data
        games.close()
