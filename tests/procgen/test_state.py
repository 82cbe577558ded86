"""The saved state: read and written again to the byte, or refused with one line."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from procgen_games import GAMES, MODES

from gmbench.errors import StateError
from gmbench.procgen.state import END_MARK, OPTIONS, ProcgenState, kind_of, parse
from gmbench.procgen.studio import StateBuffer
from gmbench.procgen.wheel import make_games

pytestmark = pytest.mark.procgen

RealStates = dict[tuple[str, str], list[bytes]]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("game", GAMES)
def test_every_real_state_is_rebuilt_to_the_byte(
    real_states: RealStates, game: str, mode: str
) -> None:
    states = real_states[game, mode]
    assert len(states) == 300
    assert len({parse(data).progress["current_level_seed"].item() for data in states}) > 5
    for data in states:
        state = parse(data)
        assert state.game == game
        assert state.to_bytes() == data
        assert state.copy().to_bytes() == data
        assert kind_of(data) == (game, state.mode)


def test_a_copy_shares_nothing(real_states: RealStates) -> None:
    data = real_states["coinrun", "hard"][-1]
    state = parse(data)
    copy = state.copy()
    copy.grid[:] = 7
    for record in (copy.options, copy.progress, copy.entities, copy.motion, copy.view, copy.own):
        record.reshape(record.size).view("<i4")[:] = 99
    copy.rand.text = copy.level_seeds.text = copy.asset_rand.text = b"1"
    assert state.to_bytes() == data


@pytest.mark.parametrize("game", GAMES)
def test_fields_have_the_values_the_game_shows(game: str) -> None:
    """Fields are read from where they stand: numbers known from outside are found in them."""
    games = make_games(game, 1, "hard")
    buffer = StateBuffer(games, game, "hard")
    for steps in range(1, 6):
        games.act(np.array([4], dtype=np.int32))
        games.observe()
        state = parse(buffer.read(0))
        info = games.get_info()[0]
        assert state.progress["current_level_seed"] == info["level_seed"]
        assert state.progress["cur_time"] == steps
        assert state.progress["action"] == 4
        assert state.progress["timeout"] == (500 if game == "maze" else 1000)
        assert state.options["distribution_mode"] == 1
        assert state.player["type"] == 0
    games.close()


# --- Bytes that are no state -------------------------------------------------------------------

CORPUS_STEP = 297  # a state late in play: trails, bullets and enemies are about


def outcome(data: bytes) -> str:
    """What reading the bytes comes to; any error but `StateError` fails the test."""
    try:
        state = parse(data)
    except StateError as error:
        assert "\n" not in str(error)
        return "refused"
    assert state.to_bytes() == data
    return "rebuilt"


@pytest.mark.parametrize("game", GAMES)
@given(data=st.data())
@settings(max_examples=60)
def test_mutated_states_are_refused_or_rebuilt(
    real_states: RealStates, game: str, data: st.DataObject
) -> None:
    mutated = bytearray(real_states[game, "hard"][CORPUS_STEP])
    for _ in range(data.draw(st.integers(1, 4))):
        # The first fields and the last ones are drawn more often than the long texts between.
        at = data.draw(st.integers(0, 200) | st.integers(0, len(mutated) - 1))
        at = len(mutated) - 1 - at if data.draw(st.booleans()) else at
        width = data.draw(st.sampled_from((1, 4)))
        mutated[at : at + width] = data.draw(st.binary(min_size=width, max_size=width))
    outcome(bytes(mutated))


@pytest.mark.parametrize("game", GAMES)
@given(data=st.data())
@settings(max_examples=60)
def test_mutated_integers_are_refused_or_rebuilt(
    real_states: RealStates, game: str, data: st.DataObject
) -> None:
    """Whole fields set to telling values, lengths and counts among them."""
    original = real_states[game, "easy"][CORPUS_STEP]
    at = data.draw(st.integers(0, len(original) // 4 - 1)) * 4 + data.draw(st.integers(0, 3))
    value = data.draw(st.sampled_from((0, 1, -1, 2**31 - 1, -(2**31), 100, 4096)))
    mutated = bytearray(original)
    mutated[at : at + 4] = struct.pack("<i", value)
    outcome(bytes(mutated))


@pytest.mark.parametrize("game", GAMES)
@given(data=st.data())
@settings(max_examples=60)
def test_truncated_states_are_refused(
    real_states: RealStates, game: str, data: st.DataObject
) -> None:
    original = real_states[game, "easy"][CORPUS_STEP]
    length = data.draw(st.integers(0, len(original) - 1))
    assert outcome(original[:length]) == "refused"


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(data: bytes) -> None:
    assert outcome(data) == "refused"


def _set(record: str, field: str, value: float) -> Callable[[ProcgenState], None]:
    def edit(state: ProcgenState) -> None:
        getattr(state, record)[field] = value

    return edit


def _set_last_entity(field: str, value: float) -> Callable[[ProcgenState], None]:
    def edit(state: ProcgenState) -> None:
        state.entities[field][-1] = value

    return edit


def _without_player(state: ProcgenState) -> None:
    state.entities = state.entities[1:]


def _without_entities(state: ProcgenState) -> None:
    state.entities = state.entities[:0]


def _without_carrot(state: ProcgenState) -> None:
    state.entities = state.entities[state.entities["type"] != 1]


def _strange_cell(state: ProcgenState) -> None:
    state.grid[3, 3] = 101


def _smaller_grid(state: ProcgenState) -> None:
    state.grid = state.grid[:-1].copy()


def _words_in_generator(state: ProcgenState) -> None:
    state.rand.text = b"import os"


def _short_generator(state: ProcgenState) -> None:
    state.rand.text = b"1 2 3"


def _unseeded(state: ProcgenState) -> None:
    state.rand.is_seeded = 0


EDITS = {
    "no entities": ("coinrun", _without_entities, "must be the player"),
    "no player": ("coinrun", _without_player, "must be the player"),
    "two players": ("jumper", _set_last_entity("type", 0), "must be the player"),
    "jumper without its carrot": ("jumper", _without_carrot, "needs its carrot"),
    "position not a number": ("ninja", _set_last_entity("x", np.nan), "state's x must be"),
    "endless speed": ("coinrun", _set("entities", "vx", 1e9), "state's vx must be"),
    "image type": ("coinrun", _set_last_entity("image_type", 333), "image type lies outside"),
    "type": ("coinrun", _set_last_entity("type", -5), "type lies outside"),
    "image theme": ("caveflyer", _set_last_entity("image_theme", 1), "image theme"),
    "wall theme": ("ninja", _set("own", "wall_theme", 3), "no wall theme 3"),
    "background": ("maze", _set("motion", "background_index", 9), "no background 9"),
    "generated background": ("maze", _set("motion", "use_procgen_background", 1), "backgrounds"),
    "strange cell": ("caveflyer", _strange_cell, "101, which is no object"),
    "strange border": ("jumper", _set("view", "out_of_bounds_object", 101), "no object"),
    "grid of another size": ("maze", _smaller_grid, "world size"),
    "grid count": ("maze", _set("progress", "grid_size", 5), "grid size"),
    "endless view": ("maze", _set("view", "visibility", np.inf), "visibility"),
    "unknown mode": ("coinrun", _set("options", "distribution_mode", 3), "unknown distribution"),
    "generated assets": ("coinrun", _set("options", "use_generated_assets", 1), "generated"),
    "no levels": ("coinrun", _set("options", "level_seed_high", 0), "hold no level"),
    "mid-step": ("coinrun", _set("progress", "is_waiting_for_step", 1), "midst of a step"),
    "words in a generator": ("coinrun", _words_in_generator, "not a list of numbers"),
    "short generator": ("coinrun", _short_generator, "not a Mersenne Twister's"),
    "unseeded generator": ("coinrun", _unseeded, "not seeded"),
}


@pytest.mark.bad_input
@pytest.mark.parametrize(("game", "edit", "message"), EDITS.values(), ids=EDITS.keys())
def test_states_on_which_the_library_would_abort_are_refused(
    real_states: RealStates, game: str, edit: Callable[[ProcgenState], None], message: str
) -> None:
    state = parse(real_states[game, "hard"][CORPUS_STEP])
    edit(state)
    with pytest.raises(StateError, match=message) as caught:
        parse(state.to_bytes())
    assert "\n" not in str(caught.value)


def _at(data: bytes, offset: int, value: int) -> bytes:
    return data[:offset] + struct.pack("<i", value) + data[offset + 4 :]


FIRST_TEXT = 4 + 4 + len("coinrun") + OPTIONS.itemsize + 4  # length of the first generator's text

BYTES = {
    "empty": (lambda d: b"", "truncated state: version needs 4 bytes"),
    "one byte short": (lambda d: d[:-1], "truncated state: end mark"),
    "half": (lambda d: d[: len(d) // 2], "truncated state: asset generator"),
    "cut in the options": (lambda d: d[:40], "truncated state: options"),
    "one byte more": (lambda d: d + b"x", "1 bytes follow"),
    "another end mark": (lambda d: _at(d, len(d) - 4, 5), f"0x5, expected {END_MARK:#x}"),
    "a picture": (lambda d: b"\x89PNG\r\n\x1a\n" + d, "not a Procgen 0.10.7 state"),
    "another version": (lambda d: _at(d, 0, 1), "its version is 1, expected 0"),
    "another game": (lambda d: d.replace(b"coinrun", b"bigfish", 1), "unknown game 'bigfish'"),
    "a name not ASCII": (lambda d: d.replace(b"coinrun", b"co\xffnrun", 1), "unknown game"),
    "an endless name": (lambda d: _at(d, 4, 2**31 - 1), "bytes of game name"),
    "a negative length": (lambda d: _at(d, FIRST_TEXT, -1), "-1 bytes of level seed generator"),
}


@pytest.mark.bad_input
@pytest.mark.parametrize(("mangle", "message"), BYTES.values(), ids=BYTES.keys())
def test_bytes_that_are_no_state_are_refused(
    real_states: RealStates, mangle: Callable[[bytes], bytes], message: str
) -> None:
    with pytest.raises(StateError, match=message) as caught:
        parse(mangle(real_states["coinrun", "easy"][0]))
    assert "\n" not in str(caught.value)
